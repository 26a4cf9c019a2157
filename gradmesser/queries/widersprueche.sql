-- Where do reports and the portal network disagree on a day, as it was known on another, in one unit or, for an empty $ars, in all?
-- returns: ars, name, leika_key, leistung, art, gemeldet, zustand, portalverbund, meldung_stand, geplant_am, bemerkung, beleg_url, url, absender, snapshot_id
WITH geltend AS (
    FROM katalog_am($stand, $wissen)
), zelle AS (
    SELECT c.* FROM rollin_zelle AS c
    JOIN zustaendigkeit AS z ON z.ars = c.ars AND z.leika_key = c.leika_key
    JOIN geltend USING (katalog_version)
    WHERE c.zu_pruefen AND c.gemeldet IS NOT NULL AND ($ars = '' OR c.ars = $ars)
        AND c.gueltig_von <= $stand AND $stand < c.gueltig_bis AND c.bekannt_von <= $wissen AND $wissen < c.bekannt_bis
        -- both say that the link is broken: worth a look, no contradiction
        AND NOT (c.gemeldet = 'gestoert' AND c.zustand = 'gestoert')
), quelle AS (
    SELECT ars, ars AS beleg_ars FROM zelle
    UNION SELECT ars, geerbt_von FROM zelle WHERE geerbt_von IS NOT NULL
    UNION SELECT e.zustaendig_ars, e.ars FROM einheit AS e
    WHERE e.ebene = 'gemeinde' AND e.gueltig_bis = DATE '9999-12-31' AND e.typ IN ('mitgliedsgemeinde', 'erfuellende_gemeinde')
), adresse AS (
    SELECT z.ars, z.leika_key, first(o.url ORDER BY o.ok DESC, o.url) AS url
    FROM zelle AS z
    JOIN quelle AS q ON q.ars = z.ars
    JOIN onlinedienst AS o ON o.leika_key = z.leika_key AND o.ars_heute = q.beleg_ars
    WHERE o.zaehlt AND o.gueltig_von <= $stand AND $stand < o.gueltig_bis
        AND o.bekannt_von <= $wissen AND $wissen < o.bekannt_bis
    GROUP BY z.ars, z.leika_key
)
SELECT z.ars, e.anzeigename AS name, z.leika_key, l.name AS leistung,
    CASE
        WHEN z.gemeldet = 'nicht_zustaendig' THEN 'nachweis_ohne_zustaendigkeit'
        WHEN z.gemeldet IN ('live', 'sichtbar', 'ende_zu_ende') AND (z.eigen OR z.geerbt) THEN 'link_defekt'
        WHEN z.gemeldet IN ('live', 'sichtbar', 'ende_zu_ende') AND z.mitglieder_belegt > 0 THEN 'nur_teilweise'
        WHEN z.gemeldet IN ('live', 'sichtbar', 'ende_zu_ende') THEN 'ohne_nachweis'
        ELSE 'nachweis_ohne_meldung'
    END AS art,
    z.gemeldet::TEXT AS gemeldet, z.zustand::TEXT AS zustand,
    CASE
        WHEN z.gemeldet = 'nicht_zustaendig' THEN 'eigener Eintrag vorhanden'
        WHEN z.gemeldet NOT IN ('live', 'sichtbar', 'ende_zu_ende')
            THEN CASE WHEN z.eigen THEN 'eigener Eintrag' ELSE 'Eintrag bei ' || g.anzeigename END || ', Link in Ordnung'
        WHEN z.eigen OR z.geerbt
            THEN CASE WHEN z.eigen THEN 'eigener Eintrag' ELSE 'Eintrag bei ' || g.anzeigename END || ', Link defekt'
        WHEN z.mitglieder_belegt > 0
            THEN 'Eintrag bei ' || z.mitglieder_belegt || ' von ' || z.mitglieder || ' Mitgliedsgemeinden'
        ELSE 'kein Eintrag'
    END AS portalverbund,
    m.gueltig_von AS meldung_stand, m.geplant_am, m.bemerkung, m.beleg_url, a.url, s.absender, m.snapshot_id
FROM zelle AS z
JOIN einheit AS e ON e.ars = z.ars
JOIN geltend ON true
JOIN leistung AS l ON l.leika_key = z.leika_key AND l.katalog_version = geltend.katalog_version
LEFT JOIN einheit AS g ON g.ars = z.geerbt_von
LEFT JOIN adresse AS a ON a.ars = z.ars AND a.leika_key = z.leika_key
LEFT JOIN rollin_meldung AS m ON m.ars = z.ars AND m.leika_key = z.leika_key
    AND m.gueltig_von <= $stand AND $stand < m.gueltig_bis AND m.bekannt_von <= $wissen AND $wissen < m.bekannt_bis
LEFT JOIN snapshot AS s ON s.snapshot_id = m.snapshot_id
ORDER BY e.anzeigename, z.ars, l.name, z.leika_key
