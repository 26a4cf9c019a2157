-- Values of generic measures as rectangles of knowledge: of one Stichtag the delivery that became known last counts, until
-- another one corrects it. Needs table beobachtet with the rows of all deliveries, nr in the order in which they became known.
INSERT INTO observation
WITH heutig AS (
    SELECT kind AS gebiet_art, coalesce(a.ars_heute, b.area) AS gebiet, measure_id, merkmal, auspraegung, period, nr, bekannt_von,
        max(value) AS value, min(status) AS status, max(bemerkung) AS bemerkung, min(snapshot_id) AS snapshot_id
    FROM beobachtet AS b LEFT JOIN ags_heute AS a ON b.kind = 'einheit' AND a.ags = b.area
    GROUP BY ALL
),
je_tag AS (
    SELECT * FROM heutig
    QUALIFY row_number() OVER (PARTITION BY gebiet, measure_id, merkmal, auspraegung, period, bekannt_von ORDER BY nr DESC) = 1
)
SELECT gebiet_art, gebiet, measure_id, merkmal, auspraegung, period, value, status, bemerkung, snapshot_id, bekannt_von,
    coalesce(
        lead(bekannt_von) OVER (PARTITION BY gebiet, measure_id, merkmal, auspraegung, period ORDER BY bekannt_von),
        DATE '9999-12-31'
    ) AS bekannt_bis
FROM je_tag ORDER BY ALL;
