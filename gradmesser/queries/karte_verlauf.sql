-- How do n, N and u of each responsible unit develop over all stichtage?
-- returns: stichtag, ars, n, nenner, u, kreis_ars, einwohner
SELECT r.stichtag, r.ars, r.n, r.nenner, r.u, e.kreis_ars, e.einwohner
FROM rollin_einheit_am($wissen) AS r JOIN einheit AS e USING (ars)
WHERE r.massgeblich
ORDER BY r.stichtag, r.ars
