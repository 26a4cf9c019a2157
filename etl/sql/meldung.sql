-- Reports of states and milestones as bitemporal intervals.
-- Needs meldung_rollin and meldung_meilenstein (rows of all reports with nr) and aussage_zeit for both kinds of keys.
INSERT INTO rollin_meldung
SELECT m.ars, m.leika_key, m.zustand, m.seit, m.geplant_am, m.beleg_url, m.bemerkung, l.snapshot_id, m.line,
    t.gueltig_von, t.gueltig_bis, t.bekannt_von, t.bekannt_bis
FROM meldung_rollin AS m
JOIN meldung_liste AS l USING (nr)
JOIN aussage_zeit AS t ON t.art = 'zeile' AND t.schluessel = m.ars || m.leika_key AND t.nr = m.nr
ORDER BY m.ars, m.leika_key, t.bekannt_von, t.gueltig_von;

INSERT INTO meilenstein
SELECT m.ars, m.register_id, m.meilenstein, m.geplant_am, m.erreicht_am, m.datensaetze, m.datensaetze_mit_idnr, m.bemerkung,
    l.snapshot_id, m.line, t.gueltig_von, t.gueltig_bis, t.bekannt_von, t.bekannt_bis
FROM meldung_meilenstein AS m
JOIN meldung_liste AS l USING (nr)
JOIN aussage_zeit AS t ON t.art = 'meilenstein' AND t.schluessel = m.ars || m.register_id || '/' || m.meilenstein AND t.nr = m.nr
ORDER BY m.ars, m.register_id, m.meilenstein, t.bekannt_von, t.gueltig_von;

-- Who reported when, whether or not anything changed.
INSERT INTO meldung_abgabe
SELECT a.ars, l.snapshot_id, l.stand, l.bekannt_von, sum(leistungen)::INTEGER, sum(meilensteine)::INTEGER
FROM (
    SELECT ars, nr, 1 AS leistungen, 0 AS meilensteine FROM meldung_rollin
    UNION ALL
    SELECT ars, nr, 0, 1 FROM meldung_meilenstein
) AS a JOIN meldung_liste AS l USING (nr)
GROUP BY ALL ORDER BY a.ars, l.stand, l.snapshot_id;

-- Reports of one stand that say different things of one cell: the last one counts, all are kept to be shown.
INSERT INTO meldung_konflikt
SELECT ars, leika_key, stand, zustand, snapshot_id, line, bekannt_von,
    nr = max(nr) OVER (PARTITION BY ars, leika_key, stand)
FROM meldung_rollin JOIN meldung_liste USING (nr)
WHERE zustand IS NOT NULL
QUALIFY count(DISTINCT zustand) OVER (PARTITION BY ars, leika_key, stand) > 1
ORDER BY ars, leika_key, stand, nr;
