-- How did n, N and u of each responsible unit develop over the last 13 months up to a day, as it was known on another?
-- returns: ars, name, stichtag, katalog_version, massgeblich, n, nenner, u
SELECT r.ars, e.anzeigename AS name, r.stichtag, r.katalog_version, r.massgeblich, r.n, r.nenner, r.u
FROM rollin_einheit_am($wissen) AS r JOIN einheit AS e USING (ars)
WHERE r.stichtag <= $stand AND r.stichtag > last_day($stand - INTERVAL 14 MONTH)
ORDER BY r.ars, r.stichtag, r.massgeblich
