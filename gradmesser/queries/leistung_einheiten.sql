-- In which state is one service in each administration on a day, as it was known on another, since when, by whose offer?
-- returns: ars, einheit, gruppe, zustand, beleg, geerbt_von, mitglieder, mitglieder_belegt, seit, geplant_am, zu_pruefen, einwohner
WITH geltend AS (
    FROM katalog_am($stand, $wissen)
), verlauf AS (
    SELECT c.* FROM rollin_zelle AS c
    JOIN zustaendigkeit AS z ON z.ars = c.ars AND z.leika_key = c.leika_key
    JOIN geltend USING (katalog_version)
    WHERE c.leika_key = $leika_key AND c.gueltig_von <= $stand
        AND c.bekannt_von <= $wissen AND $wissen < c.bekannt_bis
), jetzt AS (
    SELECT * FROM verlauf WHERE $stand < gueltig_bis
), seit AS (
    -- the state holds since the day on which the last other state ended
    SELECT j.ars, coalesce(max(v.gueltig_bis) FILTER (v.zustand <> j.zustand), min(v.gueltig_von)) AS seit
    FROM jetzt AS j JOIN verlauf AS v USING (ars) GROUP BY j.ars
)
SELECT j.ars, e.anzeigename AS einheit, e.gruppe::TEXT AS gruppe, j.zustand::TEXT AS zustand, j.beleg::TEXT AS beleg,
    g.anzeigename AS geerbt_von, j.mitglieder, j.mitglieder_belegt, s.seit, j.geplant_am, j.zu_pruefen, e.einwohner
FROM jetzt AS j
JOIN seit AS s USING (ars)
JOIN einheit AS e USING (ars)
LEFT JOIN einheit AS g ON g.ars = j.geerbt_von
ORDER BY e.anzeigename
