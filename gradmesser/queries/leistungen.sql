-- Which services does the catalogue in force on a day hold, as it was known on another?
-- returns: leika_key, leistung, themenfeld, ebene
SELECT leika_key, name AS leistung, themenfeld, ebene::TEXT AS ebene
FROM leistung JOIN katalog_am($stand, $wissen) USING (katalog_version)
ORDER BY leistung, leika_key
