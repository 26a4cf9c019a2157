-- What happened in a span of days, cell by cell, as it was known on a day: gained, lost, link broken, steps?
-- returns: stichtag, art, ars, name, kreis_ars, leika_key, leistung, themenfeld, zustand_alt, zustand_neu
SELECT a.stichtag, a.art, a.ars, e.anzeigename AS name, e.kreis_ars, a.leika_key, l.name AS leistung, l.themenfeld,
    a.zustand_alt, a.zustand_neu
FROM aenderung_am($wissen) AS a
JOIN fassung_am($wissen) AS f ON f.gueltig_von <= a.stichtag AND a.stichtag < f.gueltig_bis
JOIN leistung AS l ON l.leika_key = a.leika_key AND l.katalog_version = f.katalog_version
JOIN einheit AS e ON e.ars = a.ars
WHERE a.stichtag > $von AND a.stichtag <= $bis
    AND ($ars = '' OR a.ars = $ars) AND ($kreis = '' OR e.kreis_ars = $kreis) AND ($themenfeld = '' OR l.themenfeld = $themenfeld)
ORDER BY a.stichtag DESC, a.ars, a.leika_key
