-- In how many responsible administrations, and for how many inhabitants, is each service online, and who needs it?
-- returns: leika_key, leistung, themenfeld, adressat, ebene, n, nenner, u, einwohner_live, einwohner_unbekannt, einwohner
WITH zellen AS (
    SELECT c.leika_key, c.katalog_version, c.zustand IN ('live', 'sichtbar', 'ende_zu_ende') AS online,
        c.zustand = 'keine_meldung' AS unbekannt, e.einwohner
    FROM zelle_am($stand, $wissen) AS c JOIN einheit AS e ON e.ars = c.ars
)
SELECT z.leika_key, l.name AS leistung, l.themenfeld, l.adressat, l.ebene::TEXT AS ebene,
    (count(*) FILTER (online))::INTEGER AS n, count(*)::INTEGER AS nenner, (count(*) FILTER (unbekannt))::INTEGER AS u,
    coalesce(sum(einwohner) FILTER (online), 0)::BIGINT AS einwohner_live,
    coalesce(sum(einwohner) FILTER (unbekannt), 0)::BIGINT AS einwohner_unbekannt, sum(einwohner)::BIGINT AS einwohner
FROM zellen AS z JOIN leistung AS l USING (leika_key, katalog_version)
GROUP BY ALL ORDER BY z.leika_key
