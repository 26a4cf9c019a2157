-- How did the answers to one theme develop from Stichtag to Stichtag, as it is known?
-- returns: stichtag, merkmal, auspraegung, summe, n, bekannt, nicht_zutreffend, nenner
WITH angaben AS (
    SELECT gebiet, merkmal, auspraegung, period, value, status
    FROM observation
    WHERE measure_id = $measure_id AND gebiet_art = 'einheit' AND period <= $stand AND bekannt_von <= $wissen AND $wissen < bekannt_bis
),
tage AS (SELECT DISTINCT period AS stichtag FROM angaben),
einheiten AS (
    SELECT count(*) AS alle FROM einheit WHERE zustaendig_ars = ars AND gueltig_bis = DATE '9999-12-31'
),
geltend AS (
    SELECT t.stichtag, a.* FROM tage AS t JOIN angaben AS a ON a.period <= t.stichtag
    QUALIFY rank() OVER (PARTITION BY t.stichtag, a.gebiet, a.merkmal ORDER BY a.period DESC) = 1
)
SELECT stichtag, merkmal, auspraegung, sum(value)::DOUBLE AS summe, count(*) FILTER (value > 0) AS n, count(value) AS bekannt,
    count(*) FILTER (status = 'nicht_zutreffend') AS nicht_zutreffend,
    max(alle) - count(*) FILTER (status = 'nicht_zutreffend') AS nenner
FROM geltend CROSS JOIN einheiten GROUP BY stichtag, merkmal, auspraegung ORDER BY stichtag, merkmal, auspraegung
