-- How many services can people in each municipal unit use online, from whichever administration, on a day, as it was known on another?
-- returns: ars, name, gruppe, stand, n, nenner, u, n_eigen, n_geerbt, gestoert, teilweise, einwohner, kreis_ars, typ
WITH gezaehlt AS (
    SELECT einheit_ars AS ars, count(*) FILTER (zustand IN ('live', 'sichtbar', 'ende_zu_ende')) AS n, count(*) AS nenner,
        count(*) FILTER (zustand = 'keine_meldung') AS u,
        count(*) FILTER (zustand IN ('live', 'sichtbar', 'ende_zu_ende') AND selbst AND beleg = 'eigen') AS n_eigen,
        count(*) FILTER (zustand = 'gestoert') AS gestoert,
        count(*) FILTER (selbst AND NOT eigen AND mitglieder_belegt > 0) AS teilweise
    FROM angebot_am($stand, $wissen) GROUP BY einheit_ars
), massgeblich AS (
    SELECT coalesce(max(stand) FILTER (source_id = 'open_pvog'), max(stand)) AS stand FROM snapshot
    WHERE source_id IN ('open_pvog', 'meldung') AND status = 'veroeffentlicht' AND stand <= $stand AND bekannt_von <= $wissen
)
SELECT e.ars, e.anzeigename AS name, e.gruppe::TEXT AS gruppe, m.stand, g.n, g.nenner, g.u, g.n_eigen,
    g.n - g.n_eigen AS n_geerbt, g.gestoert, g.teilweise, e.einwohner, e.kreis_ars, e.typ::TEXT AS typ
FROM einheit AS e JOIN gezaehlt AS g USING (ars) CROSS JOIN massgeblich AS m
ORDER BY e.ars
