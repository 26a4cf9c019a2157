-- How many services of today's list are online in each administration on a day and on an earlier one, and what did a new catalogue change?
-- returns: ars, name, gruppe, n, nenner, u, einwohner, n_vorher, nenner_vorher, u_vorher, n_alt, nenner_alt
WITH fassung AS (
    SELECT katalog_version, gueltig_von <= $stand AND $stand < gueltig_bis AS heute,
        gueltig_von <= $vorher AND $vorher < gueltig_bis AS damals
    FROM fassung_am($wissen)
), aufgabe AS (
    SELECT z.ars, z.leika_key, bool_or(f.heute) AS heute, bool_or(f.damals) AS damals
    FROM zustaendigkeit AS z JOIN fassung AS f USING (katalog_version) WHERE f.heute OR f.damals GROUP BY ALL
), zelle AS (
    SELECT a.ars, a.heute, a.damals, c.zustand IN ('live', 'sichtbar', 'ende_zu_ende') AS online,
        c.zustand = 'keine_meldung' AS unbekannt,
        c.gueltig_von <= $stand AND $stand < c.gueltig_bis AS jetzt,
        c.gueltig_von <= $vorher AND $vorher < c.gueltig_bis AS vorher
    FROM aufgabe AS a
    JOIN rollin_zelle AS c ON c.ars = a.ars AND c.leika_key = a.leika_key AND c.gueltig_von <= $stand AND $vorher < c.gueltig_bis
        AND c.bekannt_von <= $wissen AND $wissen < c.bekannt_bis
    WHERE c.zustand <> 'nicht_zustaendig'
), gezaehlt AS (
    -- n_vorher counts today's list on the earlier day, n_alt the list that was in force then
    SELECT ars, (count(*) FILTER (jetzt AND heute AND online))::INTEGER AS n, (count(*) FILTER (jetzt AND heute))::INTEGER AS nenner,
        (count(*) FILTER (jetzt AND heute AND unbekannt))::INTEGER AS u,
        (count(*) FILTER (vorher AND heute AND online))::INTEGER AS n_vorher,
        (count(*) FILTER (vorher AND heute))::INTEGER AS nenner_vorher,
        (count(*) FILTER (vorher AND heute AND unbekannt))::INTEGER AS u_vorher,
        (count(*) FILTER (vorher AND damals AND online))::INTEGER AS n_alt,
        (count(*) FILTER (vorher AND damals))::INTEGER AS nenner_alt
    FROM zelle GROUP BY ars
)
SELECT e.ars, e.anzeigename AS name, e.gruppe::TEXT AS gruppe, g.n, g.nenner, g.u, e.einwohner,
    g.n_vorher, g.nenner_vorher, g.u_vorher, g.n_alt, g.nenner_alt
FROM einheit AS e JOIN gezaehlt AS g USING (ars)
ORDER BY e.ars
