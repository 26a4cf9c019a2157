-- What changed between the last two stichtage up to a day, as it was known on another, for the Land or one unit?
-- returns: stichtag, einheit, leistung, art, ars, leika_key
WITH tag AS (
    SELECT DISTINCT stichtag FROM stichtag_am($wissen) WHERE massgeblich AND stichtag <= $stand
), letzter AS (
    -- reports come on days between two stichtage
    SELECT max(stichtag) AS bis, coalesce(max(stichtag) FILTER (stichtag < (SELECT max(stichtag) FROM tag)), DATE '0001-01-01') AS nach
    FROM tag
)
SELECT a.stichtag, e.anzeigename AS einheit, arg_max(l.name, l.katalog_version) AS leistung, a.art, a.ars, a.leika_key
FROM aenderung_am($wissen) AS a JOIN letzter AS t ON a.stichtag > t.nach AND a.stichtag <= t.bis
JOIN einheit AS e ON e.ars = a.ars
JOIN leistung AS l USING (leika_key)
WHERE $ars = '' OR a.ars = $ars
GROUP BY ALL ORDER BY a.art, e.anzeigename, leistung
