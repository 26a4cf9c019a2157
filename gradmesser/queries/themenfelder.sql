-- How many cells are online in each Themenfeld on a day, as it was known on another, for the Land or one unit?
-- returns: themenfeld, n, nenner, u
WITH geltend AS (
    FROM katalog_am($stand, $wissen)
)
SELECT l.themenfeld, (count(*) FILTER (c.zustand IN ('live', 'sichtbar', 'ende_zu_ende')))::INTEGER AS n,
    count(*)::INTEGER AS nenner, (count(*) FILTER (c.zustand = 'keine_meldung'))::INTEGER AS u
FROM zustaendigkeit AS z
JOIN geltend USING (katalog_version)
JOIN leistung AS l USING (leika_key, katalog_version)
JOIN rollin_zelle AS c ON c.ars = z.ars AND c.leika_key = z.leika_key
    AND c.gueltig_von <= $stand AND $stand < c.gueltig_bis
    AND c.bekannt_von <= $wissen AND $wissen < c.bekannt_bis
WHERE c.zustand <> 'nicht_zustaendig' AND ($ars = '' OR z.ars = $ars)
GROUP BY ALL ORDER BY n / nenner DESC, l.themenfeld
