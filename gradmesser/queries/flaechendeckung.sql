-- In how many responsible administrations, and for how many inhabitants, is each service online on a day?
-- returns: leika_key, leistung, ebene, n, nenner, u, einwohner_live, einwohner, themenfeld
WITH geltend AS (
    FROM katalog_am($stand, $wissen)
), zellen AS (
    SELECT z.leika_key, z.katalog_version, c.zustand, e.einwohner
    FROM zustaendigkeit AS z
    JOIN geltend USING (katalog_version)
    JOIN rollin_zelle AS c ON c.ars = z.ars AND c.leika_key = z.leika_key
        AND c.gueltig_von <= $stand AND $stand < c.gueltig_bis
        AND c.bekannt_von <= $wissen AND $wissen < c.bekannt_bis
    JOIN einheit AS e ON e.ars = z.ars
    WHERE c.zustand <> 'nicht_zustaendig'
)
SELECT z.leika_key, l.name AS leistung, l.ebene::TEXT AS ebene,
    count(*) FILTER (zustand IN ('live', 'sichtbar', 'ende_zu_ende')) AS n, count(*) AS nenner,
    count(*) FILTER (zustand = 'keine_meldung') AS u,
    coalesce(sum(einwohner) FILTER (zustand IN ('live', 'sichtbar', 'ende_zu_ende')), 0)::BIGINT AS einwohner_live,
    sum(einwohner)::BIGINT AS einwohner, l.themenfeld
FROM zellen AS z JOIN leistung AS l USING (leika_key, katalog_version)
GROUP BY ALL ORDER BY z.leika_key
