-- Which services does the catalogue in force on a day hold?
-- returns: leika_key, leistung, themenfeld, ebene
SELECT leika_key, name AS leistung, themenfeld, ebene::TEXT AS ebene
FROM leistung JOIN katalog_version AS k USING (katalog_version)
WHERE $stand < k.gueltig_bis
    AND ($stand >= k.gueltig_von OR k.gueltig_von = (SELECT min(gueltig_von) FROM katalog_version))
ORDER BY leistung, leika_key
