-- How did n, N and u develop, for the Land (empty $ars) or one unit, with both versions at a catalogue break?
-- returns: stichtag, katalog_version, massgeblich, n, nenner, u
SELECT stichtag, katalog_version, massgeblich, sum(n)::INTEGER AS n, sum(nenner)::INTEGER AS nenner, sum(u)::INTEGER AS u
FROM rollin_einheit_am($wissen)
WHERE $ars = '' OR ars = $ars
GROUP BY ALL ORDER BY stichtag, massgeblich
