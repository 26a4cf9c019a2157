-- How do n, N and u of all administrations of each Kreis develop up to a day, as it was known on another?
-- returns: kreis_ars, kreis, stichtag, katalog_version, n, nenner, u
SELECT e.kreis_ars, k.anzeigename AS kreis, r.stichtag, r.katalog_version, sum(r.n)::INTEGER AS n,
    sum(r.nenner)::INTEGER AS nenner, sum(r.u)::INTEGER AS u
FROM rollin_einheit_am($wissen) AS r
JOIN einheit AS e ON e.ars = r.ars
JOIN einheit AS k ON k.ars = e.kreis_ars
WHERE r.massgeblich AND r.stichtag <= $stand
GROUP BY ALL ORDER BY e.kreis_ars, r.stichtag
