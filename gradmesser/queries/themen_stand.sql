-- What has each administration last said of the other themes, up to a day and as it was known?
-- returns: ars, name, gruppe, einwohner, measure_id, merkmal, auspraegung, period, value, status, bemerkung
WITH bekannt AS (
    SELECT o.gebiet, o.measure_id, o.merkmal, o.auspraegung, o.period, o.value, o.status::TEXT AS status, o.bemerkung
    FROM observation AS o JOIN measure AS m USING (measure_id)
    WHERE m.source_id = 'themen' AND o.period <= $stand AND o.bekannt_von <= $wissen AND $wissen < o.bekannt_bis
),
-- all levels of one question are of one Stichtag, so that nothing is counted on two levels
juengste AS (
    SELECT * FROM bekannt
    QUALIFY rank() OVER (PARTITION BY gebiet, measure_id, merkmal ORDER BY period DESC) = 1
)
SELECT e.ars, e.anzeigename AS name, e.gruppe::TEXT AS gruppe, e.einwohner, j.measure_id, j.merkmal, j.auspraegung, j.period, j.value,
    j.status, j.bemerkung
FROM einheit AS e LEFT JOIN juengste AS j ON j.gebiet = e.ars
WHERE e.zustaendig_ars = e.ars AND e.gueltig_bis = DATE '9999-12-31'
ORDER BY e.ars, j.measure_id, j.merkmal, j.auspraegung
