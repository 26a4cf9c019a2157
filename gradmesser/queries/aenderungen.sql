-- What changed on the last stichtag up to a day, for the Land or one unit?
-- returns: stichtag, einheit, leistung, art, ars, leika_key
WITH letzter AS (
    SELECT max(stichtag) AS stichtag FROM stichtag WHERE massgeblich AND stichtag <= $stand
)
SELECT a.stichtag, e.anzeigename AS einheit, any_value(l.name) AS leistung, a.art, a.ars, a.leika_key
FROM aenderung AS a JOIN letzter USING (stichtag)
JOIN einheit AS e ON e.ars = a.ars
JOIN leistung AS l USING (leika_key)
WHERE $ars = '' OR a.ars = $ars
GROUP BY ALL ORDER BY a.art, e.anzeigename, leistung
