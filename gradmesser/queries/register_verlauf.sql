-- In how many (unit, register) was one milestone reached at each stichtag since the first report up to a day?
-- returns: stichtag, n, nenner, u
WITH tag AS (
    SELECT DISTINCT tag AS stichtag FROM (
        SELECT stichtag AS tag FROM stichtag WHERE massgeblich
        UNION ALL
        SELECT stand FROM meldung_abgabe WHERE meilensteine > 0 AND bekannt_von <= $wissen
    )
    WHERE tag <= $stand
        AND tag >= (SELECT min(stand) FROM meldung_abgabe WHERE meilensteine > 0 AND bekannt_von <= $wissen)
), gefuehrt AS (
    SELECT z.ars, z.register_id FROM register_zustaendigkeit AS z
    JOIN einheit AS e ON e.ars = z.ars JOIN register AS r ON r.register_id = z.register_id
    WHERE ($register = '' OR z.register_id = $register) AND ($kreis = '' OR e.kreis_ars = $kreis)
        AND ($meilenstein <= 8 OR r.nachweisbezug)
), bekannt AS (
    SELECT t.stichtag, m.ars, m.register_id,
        coalesce(bool_or(m.meilenstein = $meilenstein AND m.erreicht_am <= t.stichtag), false) AS erreicht
    FROM tag AS t
    JOIN meilenstein AS m ON m.gueltig_von <= t.stichtag AND t.stichtag < m.gueltig_bis
        AND m.bekannt_von <= $wissen AND $wissen < m.bekannt_bis
    JOIN register AS r ON r.register_id = m.register_id
    WHERE m.meilenstein <= 8 OR r.nachweisbezug
    GROUP BY ALL
)
SELECT t.stichtag, (count(*) FILTER (b.erreicht))::INTEGER AS n, count(*)::INTEGER AS nenner,
    (count(*) FILTER (b.ars IS NULL))::INTEGER AS u
FROM tag AS t CROSS JOIN gefuehrt AS g
LEFT JOIN bekannt AS b ON b.stichtag = t.stichtag AND b.ars = g.ars AND b.register_id = g.register_id
GROUP BY t.stichtag ORDER BY t.stichtag
