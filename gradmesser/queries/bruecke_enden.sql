-- How many cells are online in each administration on two days, each as it was known then?
-- returns: ars, name, kreis_ars, n_von, nenner_von, u_von, n_bis, nenner_bis, u_bis
WITH ende AS (
    SELECT 'von' AS ende, $von AS tag, $wissen_von AS wissen
    UNION ALL
    SELECT 'bis', $bis, $wissen
    UNION ALL
    -- the way begins here once the corrections are set apart
    SELECT 'beginn', $von, $wissen
), fassung AS (
    SELECT 'von' AS ende, katalog_version FROM katalog_am($von, $wissen_von)
    UNION ALL
    SELECT 'bis', katalog_version FROM katalog_am($bis, $wissen)
    UNION ALL
    SELECT 'beginn', katalog_version FROM katalog_am($von, $wissen)
), zellen AS (
    SELECT d.ende, z.ars, c.zustand
    FROM ende AS d
    JOIN fassung AS f USING (ende)
    JOIN zustaendigkeit AS z USING (katalog_version)
    JOIN leistung AS l USING (leika_key, katalog_version)
    JOIN rollin_zelle AS c ON c.ars = z.ars AND c.leika_key = z.leika_key
        AND c.gueltig_von <= d.tag AND d.tag < c.gueltig_bis AND c.bekannt_von <= d.wissen AND d.wissen < c.bekannt_bis
    WHERE $themenfeld = '' OR l.themenfeld = $themenfeld
), gezaehlt AS (
    SELECT ars,
        count(*) FILTER (ende = 'von' AND zustand IN ('live', 'sichtbar', 'ende_zu_ende')) AS n_von,
        count(*) FILTER (ende = 'von' AND zustand <> 'nicht_zustaendig') AS nenner_von,
        count(*) FILTER (ende = 'von' AND zustand = 'keine_meldung') AS u_von,
        count(*) FILTER (ende = 'bis' AND zustand IN ('live', 'sichtbar', 'ende_zu_ende')) AS n_bis,
        count(*) FILTER (ende = 'bis' AND zustand <> 'nicht_zustaendig') AS nenner_bis,
        count(*) FILTER (ende = 'bis' AND zustand = 'keine_meldung') AS u_bis
    FROM zellen GROUP BY ars
)
SELECT e.ars, e.anzeigename AS name, e.kreis_ars, g.n_von, g.nenner_von, g.u_von, g.n_bis, g.nenner_bis, g.u_bis
FROM einheit AS e JOIN gezaehlt AS g USING (ars)
WHERE ($ars = '' OR e.ars = $ars) AND ($kreis = '' OR e.kreis_ars = $kreis)
    -- before anything was known there is no end to start from
    AND (SELECT count(DISTINCT ende) FROM zellen) = 3
ORDER BY e.ars
