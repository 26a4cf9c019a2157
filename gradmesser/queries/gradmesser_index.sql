-- What does the Gradmesser-Index need of each responsible unit's services on a day, as it was known on another?
-- returns: ars, name, gruppe, kreis_ars, einwohner, n, nenner, u, link_ok, link_geprueft, link_ungeprueft, live_gemeldet, ohne_portalverbund, ohne_eigene_meldung
WITH zelle AS (
    FROM zelle_am($stand, $wissen)
), dienst AS (
    SELECT leika_key, ars_heute, bool_or(online_status = 'ok') AS ok, bool_or(online_status IN ('ok', 'nicht ok')) AS geprueft
    FROM onlinedienst
    WHERE zaehlt AND gueltig_von <= $stand AND $stand < gueltig_bis AND bekannt_von <= $wissen AND $wissen < bekannt_bis
    GROUP BY leika_key, ars_heute
), quelle AS (
    -- where a unit's own evidence lies: at itself, at an erfüllende Gemeinde, for a VG at its members
    SELECT ars, ars AS beleg_ars FROM einheit WHERE ars = zustaendig_ars
    UNION SELECT g.zustaendig_ars, g.ars FROM einheit AS g JOIN einheit AS v ON v.ars = g.zustaendig_ars
    WHERE g.ebene = 'gemeinde' AND g.gueltig_bis = DATE '9999-12-31'
        AND (g.typ = 'erfuellende_gemeinde' OR v.typ = 'verwaltungsgemeinschaft')
), beleg AS (
    SELECT z.ars, z.leika_key, d.ok, d.geprueft
    FROM zelle AS z JOIN quelle AS q ON q.ars = z.ars
    JOIN dienst AS d ON d.leika_key = z.leika_key AND d.ars_heute = q.beleg_ars
    WHERE z.eigen
    UNION ALL
    SELECT z.ars, z.leika_key, d.ok, d.geprueft
    FROM zelle AS z JOIN dienst AS d ON d.leika_key = z.leika_key AND d.ars_heute = z.geerbt_von
    WHERE z.geerbt
), adresse AS (
    SELECT ars, leika_key, coalesce(bool_or(ok), false) AS ok, coalesce(bool_or(geprueft), false) AS geprueft
    FROM beleg GROUP BY ars, leika_key
)
SELECT e.ars, e.anzeigename AS name, e.gruppe::TEXT AS gruppe, e.kreis_ars, e.einwohner,
    (count(*) FILTER (z.zustand IN ('live', 'sichtbar', 'ende_zu_ende')))::INTEGER AS n, count(*)::INTEGER AS nenner,
    (count(*) FILTER (z.zustand = 'keine_meldung'))::INTEGER AS u,
    (count(*) FILTER (a.geprueft AND a.ok))::INTEGER AS link_ok,
    (count(*) FILTER (a.geprueft))::INTEGER AS link_geprueft,
    (count(*) FILTER (NOT a.geprueft))::INTEGER AS link_ungeprueft,
    (count(*) FILTER (z.gemeldet IN ('live', 'sichtbar', 'ende_zu_ende')))::INTEGER AS live_gemeldet,
    (count(*) FILTER (z.gemeldet IN ('live', 'sichtbar', 'ende_zu_ende') AND NOT z.eigen AND NOT z.geerbt))::INTEGER AS ohne_portalverbund,
    (count(*) FILTER (z.gemeldet IS NULL))::INTEGER AS ohne_eigene_meldung
FROM zelle AS z
JOIN einheit AS e ON e.ars = z.ars
LEFT JOIN adresse AS a ON a.ars = z.ars AND a.leika_key = z.leika_key
GROUP BY e.ars, e.anzeigename, e.gruppe, e.kreis_ars, e.einwohner
ORDER BY e.ars
