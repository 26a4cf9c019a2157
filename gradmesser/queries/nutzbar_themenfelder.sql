-- How much of each Themenfeld can people in the municipal units use online on a day, as it was known on another?
-- returns: themenfeld, n, nenner, u
SELECT l.themenfeld, (count(*) FILTER (a.zustand IN ('live', 'sichtbar', 'ende_zu_ende')))::INTEGER AS n,
    count(*)::INTEGER AS nenner, (count(*) FILTER (a.zustand = 'keine_meldung'))::INTEGER AS u
FROM angebot_am($stand, $wissen) AS a JOIN leistung AS l USING (leika_key, katalog_version)
GROUP BY ALL ORDER BY n / nenner DESC, l.themenfeld
