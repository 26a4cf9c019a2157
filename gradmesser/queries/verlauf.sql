-- How did n, N and u develop, for the Land (empty $ars) or one unit, with both versions at a catalogue break?
-- returns: stichtag, katalog_version, massgeblich, n, nenner, u
SELECT s.stichtag, s.katalog_version, s.massgeblich, sum(r.n)::INTEGER AS n, sum(r.nenner)::INTEGER AS nenner,
    sum(r.u)::INTEGER AS u
FROM rollin_einheit AS r JOIN stichtag AS s USING (stichtag, katalog_version)
WHERE $ars = '' OR r.ars = $ars
GROUP BY ALL ORDER BY s.stichtag, s.massgeblich
