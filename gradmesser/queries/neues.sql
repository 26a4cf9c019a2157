-- What happened in a span of days, cell by cell, as it was known on a day: gained, lost, link broken, steps?
-- returns: stichtag, art, ars, name, kreis_ars, leika_key, leistung, themenfeld, zustand_alt, zustand_neu
WITH fassung AS (
    SELECT katalog_version, gueltig_bis,
        CASE WHEN gueltig_von = min(gueltig_von) OVER () THEN DATE '0001-01-01' ELSE gueltig_von END AS gueltig_von
    FROM katalog_version
), rang AS (
    SELECT unnest(['keine_meldung', 'nicht_begonnen', 'interesse', 'beschlossen', 'onboarding', 'test', 'live', 'sichtbar',
        'ende_zu_ende'])::zustand AS zustand, unnest(range(9)) AS stufe
), geordnet AS (
    SELECT ars, leika_key, gueltig_von AS stichtag, zustand,
        lag(zustand) OVER (PARTITION BY ars, leika_key ORDER BY gueltig_von) AS vorher
    FROM rollin_zelle
    WHERE bekannt_von <= $wissen AND $wissen < bekannt_bis AND gueltig_bis >= $von AND gueltig_von <= $bis
), wechsel AS (
    SELECT *, zustand IN ('live', 'sichtbar', 'ende_zu_ende') AS jetzt, vorher IN ('live', 'sichtbar', 'ende_zu_ende') AS zuvor
    FROM geordnet WHERE vorher IS NOT NULL AND zustand <> vorher AND stichtag > $von
)
SELECT w.stichtag,
    CASE
        WHEN w.jetzt AND NOT w.zuvor THEN 'neu_online'
        WHEN w.zuvor AND w.zustand = 'gestoert' THEN 'link_defekt'
        WHEN w.zuvor AND w.zustand = 'keine_meldung' THEN 'weggefallen'
        WHEN w.vorher = 'keine_meldung' THEN 'erstmeldung'
        WHEN n.stufe > v.stufe THEN 'fortschritt'
        WHEN n.stufe < v.stufe THEN 'rueckschritt'
        ELSE 'sonstige'
    END AS art,
    w.ars, e.anzeigename AS name, e.kreis_ars, w.leika_key, l.name AS leistung, l.themenfeld,
    w.vorher::TEXT AS zustand_alt, w.zustand::TEXT AS zustand_neu
FROM wechsel AS w
JOIN zustaendigkeit AS z ON z.ars = w.ars AND z.leika_key = w.leika_key
JOIN fassung AS f ON f.katalog_version = z.katalog_version AND f.gueltig_von <= w.stichtag AND w.stichtag < f.gueltig_bis
JOIN leistung AS l ON l.leika_key = z.leika_key AND l.katalog_version = z.katalog_version
JOIN einheit AS e ON e.ars = w.ars
LEFT JOIN rang AS n ON n.zustand = w.zustand
LEFT JOIN rang AS v ON v.zustand = w.vorher
WHERE ($ars = '' OR w.ars = $ars) AND ($kreis = '' OR e.kreis_ars = $kreis)
    AND ($themenfeld = '' OR l.themenfeld = $themenfeld)
ORDER BY w.stichtag DESC, w.ars, w.leika_key
