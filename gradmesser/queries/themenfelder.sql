-- How many cells are online in each Themenfeld on a day, as it was known on another, for the Land or one unit?
-- returns: themenfeld, n, nenner, u
SELECT l.themenfeld, (count(*) FILTER (c.zustand IN ('live', 'sichtbar', 'ende_zu_ende')))::INTEGER AS n,
    count(*)::INTEGER AS nenner, (count(*) FILTER (c.zustand = 'keine_meldung'))::INTEGER AS u
FROM zelle_am($stand, $wissen) AS c JOIN leistung AS l USING (leika_key, katalog_version)
WHERE $ars = '' OR c.ars = $ars
GROUP BY ALL ORDER BY n / nenner DESC, l.themenfeld
