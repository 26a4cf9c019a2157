-- What is the state of each service in some administrations (ARS, separated by commas) on a day, as it was known on another?
-- returns: ars, name, leika_key, leistung, themenfeld, zustand, beleg, eigen, geerbt, geerbt_von, gemeldet, mitglieder, mitglieder_belegt, geplant_am, zu_pruefen
WITH geltend AS (
    FROM katalog_am($stand, $wissen)
), einheiten AS (
    SELECT DISTINCT unnest(string_split($einheiten, ',')) AS ars
)
SELECT z.ars, e.anzeigename AS name, z.leika_key, l.name AS leistung, l.themenfeld, c.zustand::TEXT AS zustand,
    c.beleg::TEXT AS beleg, c.eigen, c.geerbt, g.anzeigename AS geerbt_von, c.gemeldet::TEXT AS gemeldet,
    c.mitglieder, c.mitglieder_belegt, c.geplant_am, c.zu_pruefen
FROM einheiten
JOIN zustaendigkeit AS z USING (ars)
JOIN geltend USING (katalog_version)
JOIN leistung AS l USING (leika_key, katalog_version)
JOIN einheit AS e ON e.ars = z.ars
JOIN rollin_zelle AS c ON c.ars = z.ars AND c.leika_key = z.leika_key
    AND c.gueltig_von <= $stand AND $stand < c.gueltig_bis
    AND c.bekannt_von <= $wissen AND $wissen < c.bekannt_bis
LEFT JOIN einheit AS g ON g.ars = c.geerbt_von
ORDER BY z.ars, z.leika_key
