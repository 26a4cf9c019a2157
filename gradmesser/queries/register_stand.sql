-- How far is each register that each responsible unit keeps, on a day, as it was known on another?
-- returns: ars, name, gruppe, kreis_ars, einwohner, register_id, register, ebene, nachweisbezug, sicherheit, gemeldet, erreicht, hoechster, lueckenlos, moeglich, stufe, m7, m8, m9, m6_geplant, naechster, naechster_am, ueberfaellig, ueberfaellig_nr, ueberfaellig_seit, datensaetze, datensaetze_mit_idnr, letzte_meldung
WITH moeglich AS (
    -- M9 to M11 exist only where evidence from the register is needed
    SELECT z.ars, z.register_id, s.nr
    FROM register_zustaendigkeit AS z
    JOIN register AS r USING (register_id)
    JOIN (SELECT unnest(range(1, 12)) AS nr) AS s ON s.nr <= 8 OR r.nachweisbezug
), aussage AS (
    SELECT m.*, coalesce(m.erreicht_am <= $stand, false) AS erreicht
    FROM meilenstein AS m
    WHERE m.gueltig_von <= $stand AND $stand < m.gueltig_bis AND m.bekannt_von <= $wissen AND $wissen < m.bekannt_bis
), zeile AS (
    SELECT p.ars, p.register_id, p.nr, a.ars IS NOT NULL AS gesagt, coalesce(a.erreicht, false) AS erreicht,
        -- a planned date never advances anything: it only tells when, and whether it has passed
        CASE WHEN NOT a.erreicht THEN a.geplant_am END AS geplant_am, a.datensaetze, a.datensaetze_mit_idnr, a.gueltig_von
    FROM moeglich AS p
    LEFT JOIN aussage AS a ON a.ars = p.ars AND a.register_id = p.register_id AND a.meilenstein = p.nr
), stand AS (
    SELECT ars, register_id, bool_or(gesagt) AS gemeldet, max(nr)::INTEGER AS moeglich,
        coalesce(list(nr::INTEGER ORDER BY nr) FILTER (erreicht), []) AS erreicht,
        coalesce(max(nr) FILTER (erreicht), 0)::INTEGER AS hoechster,
        (coalesce(min(nr) FILTER (NOT erreicht), max(nr) + 1) - 1)::INTEGER AS lueckenlos,
        min(geplant_am) FILTER (nr = 6) AS m6_geplant,
        arg_min(nr, (geplant_am, nr)) FILTER (geplant_am >= $stand)::INTEGER AS naechster,
        min(geplant_am) FILTER (geplant_am >= $stand) AS naechster_am,
        coalesce(bool_or(geplant_am < $stand), false) AS ueberfaellig,
        arg_min(nr, (geplant_am, nr)) FILTER (geplant_am < $stand)::INTEGER AS ueberfaellig_nr,
        min(geplant_am) FILTER (geplant_am < $stand) AS ueberfaellig_seit,
        coalesce(arg_max(datensaetze, (gueltig_von, nr)) FILTER (datensaetze IS NOT NULL AND datensaetze_mit_idnr IS NOT NULL),
            arg_max(datensaetze, (gueltig_von, nr)) FILTER (datensaetze IS NOT NULL)) AS datensaetze,
        arg_max(datensaetze_mit_idnr, (gueltig_von, nr))
            FILTER (datensaetze IS NOT NULL AND datensaetze_mit_idnr IS NOT NULL) AS datensaetze_mit_idnr
    FROM zeile GROUP BY ars, register_id
), abgabe AS (
    SELECT ars, max(stand) AS letzte_meldung FROM meldung_abgabe
    WHERE stand <= $stand AND bekannt_von <= $wissen AND meilensteine > 0 GROUP BY ars
)
SELECT e.ars, e.anzeigename AS name, e.gruppe::TEXT AS gruppe, e.kreis_ars, e.einwohner, r.register_id, r.name AS register,
    r.ebene::TEXT AS ebene, r.nachweisbezug, r.sicherheit::TEXT AS sicherheit, s.gemeldet, s.erreicht,
    CASE WHEN s.gemeldet THEN s.hoechster END AS hoechster, CASE WHEN s.gemeldet THEN s.lueckenlos END AS lueckenlos, s.moeglich,
    CASE WHEN NOT s.gemeldet THEN 'keine_meldung'
        WHEN s.lueckenlos >= 6 AND s.hoechster >= 7 THEN 'im_verbund'
        WHEN s.lueckenlos >= 6 THEN 'idnr_gespeichert'
        WHEN s.lueckenlos = 5 THEN 'im_test'
        WHEN s.lueckenlos >= 2 THEN 'vorbereitet'
        WHEN s.lueckenlos = 1 THEN 'erfasst'
        ELSE 'offen' END AS stufe,
    CASE WHEN s.gemeldet THEN list_contains(s.erreicht, 7) END AS m7,
    CASE WHEN s.gemeldet THEN list_contains(s.erreicht, 8) END AS m8,
    CASE WHEN s.gemeldet AND r.nachweisbezug THEN list_contains(s.erreicht, 9) END AS m9,
    s.m6_geplant, s.naechster, s.naechster_am, s.ueberfaellig, s.ueberfaellig_nr, s.ueberfaellig_seit,
    s.datensaetze, s.datensaetze_mit_idnr, a.letzte_meldung
FROM stand AS s
JOIN einheit AS e ON e.ars = s.ars
JOIN register AS r ON r.register_id = s.register_id
LEFT JOIN abgabe AS a ON a.ars = s.ars
WHERE EXISTS (
    SELECT 1 FROM snapshot WHERE source_id IN ('open_pvog', 'meldung') AND status = 'veroeffentlicht'
        AND stand <= $stand AND bekannt_von <= $wissen
)
ORDER BY e.ars, r.register_id
