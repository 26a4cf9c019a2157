-- In how many responsible administrations, and for how many inhabitants, is each service online on a day?
-- returns: leika_key, leistung, ebene, n, nenner, u, einwohner_live, einwohner, themenfeld
SELECT c.leika_key, l.name AS leistung, l.ebene::TEXT AS ebene,
    count(*) FILTER (c.zustand IN ('live', 'sichtbar', 'ende_zu_ende')) AS n, count(*) AS nenner,
    count(*) FILTER (c.zustand = 'keine_meldung') AS u,
    coalesce(sum(e.einwohner) FILTER (c.zustand IN ('live', 'sichtbar', 'ende_zu_ende')), 0)::BIGINT AS einwohner_live,
    sum(e.einwohner)::BIGINT AS einwohner, l.themenfeld
FROM zelle_am($stand, $wissen) AS c
JOIN einheit AS e ON e.ars = c.ars
JOIN leistung AS l ON l.leika_key = c.leika_key AND l.katalog_version = c.katalog_version
GROUP BY ALL ORDER BY c.leika_key
