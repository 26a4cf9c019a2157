-- What a run of deliveries k = a … b means in valid time and knowledge time, exactly, in whatever order they arrived.
-- A day of knowledge sees the deliveries known by then; of one stand only the last.
CREATE OR REPLACE TEMP TABLE lauf AS SELECT a, b FROM arbeit.dienst_lauf UNION SELECT a, b FROM zell_lauf;

CREATE OR REPLACE TEMP TABLE kenntnis AS
SELECT DISTINCT bekannt_von AS tag FROM folge;

-- For each day of knowledge and each k: the stand of the first visible delivery from k on (open end if none).
CREATE OR REPLACE TEMP TABLE sicht AS
WITH sichtbar AS (
    SELECT t.tag, f.stand, max(f.k) AS k
    FROM kenntnis AS t JOIN folge AS f ON f.bekannt_von <= t.tag GROUP BY ALL
), ziel AS (
    SELECT t.tag, r.k FROM kenntnis AS t CROSS JOIN (SELECT unnest(range(0, (SELECT count(*) + 1 FROM folge))) AS k) AS r
)
SELECT z.tag, z.k, coalesce(s.stand, DATE '9999-12-31') AS stand
FROM ziel AS z ASOF LEFT JOIN sichtbar AS s ON s.tag = z.tag AND s.k >= z.k;

CREATE OR REPLACE TABLE arbeit.laufzeit AS
WITH je_tag AS (
    SELECT l.a, l.b, v.tag, v.stand AS gueltig_von, b.stand AS gueltig_bis
    FROM lauf AS l JOIN sicht AS v ON v.k = l.a JOIN sicht AS b ON b.k = l.b + 1 AND b.tag = v.tag
), marke AS (
    SELECT *, coalesce((gueltig_von, gueltig_bis) <> lag((gueltig_von, gueltig_bis))
        OVER (PARTITION BY a, b ORDER BY tag), true) AS neu
    FROM je_tag
), grenze AS (
    SELECT a, b, gueltig_von, gueltig_bis, tag AS bekannt_von,
        coalesce(lead(tag) OVER (PARTITION BY a, b ORDER BY tag), DATE '9999-12-31') AS bekannt_bis
    FROM marke WHERE neu
)
SELECT * FROM grenze WHERE gueltig_von < gueltig_bis;
