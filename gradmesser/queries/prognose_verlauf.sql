-- How did n, N and u of each responsible unit develop over the last 13 months up to a day, as it was known on another?
-- returns: ars, name, stichtag, katalog_version, massgeblich, n, nenner, u
WITH tag AS (
    SELECT stichtag, katalog_version, massgeblich FROM stichtag
    WHERE stichtag <= $stand AND stichtag > last_day($stand - INTERVAL 14 MONTH)
        -- after the last stand that was known nothing has happened yet
        AND stichtag <= (SELECT max(stand) FROM snapshot
            WHERE source_id IN ('open_pvog', 'meldung') AND status = 'veroeffentlicht' AND bekannt_von <= $wissen)
)
SELECT z.ars, e.anzeigename AS name, t.stichtag, t.katalog_version, t.massgeblich,
    (count(*) FILTER (c.zustand IN ('live', 'sichtbar', 'ende_zu_ende')))::INTEGER AS n, count(*)::INTEGER AS nenner,
    (count(*) FILTER (c.zustand = 'keine_meldung'))::INTEGER AS u
FROM tag AS t
JOIN zustaendigkeit AS z USING (katalog_version)
JOIN einheit AS e ON e.ars = z.ars
JOIN rollin_zelle AS c ON c.ars = z.ars AND c.leika_key = z.leika_key
    AND c.gueltig_von <= t.stichtag AND t.stichtag < c.gueltig_bis AND c.bekannt_von <= $wissen AND $wissen < c.bekannt_bis
WHERE c.zustand <> 'nicht_zustaendig'
GROUP BY ALL ORDER BY z.ars, t.stichtag, t.massgeblich
