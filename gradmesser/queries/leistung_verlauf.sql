-- How did the coverage of one service develop, with both versions at a catalogue break?
-- returns: stichtag, katalog_version, massgeblich, n, nenner, u, einwohner_live, einwohner
SELECT s.stichtag, s.katalog_version, s.massgeblich, r.n, r.nenner, r.u, r.einwohner_live, r.einwohner
FROM rollin_leistung AS r JOIN stichtag AS s USING (stichtag, katalog_version)
WHERE r.leika_key = $leika_key
ORDER BY s.stichtag, s.massgeblich
