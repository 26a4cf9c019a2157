-- Which reports give one cell different states for the same stand, of one unit or, for an empty $ars, of all?
-- returns: ars, name, leika_key, leistung, stand, zustand, gilt, absender, datei, zeile, abgerufen, snapshot_id
SELECT k.ars, e.anzeigename AS name, k.leika_key, l.name AS leistung, k.stand, k.zustand::TEXT AS zustand, k.gilt,
    s.absender, s.datei, k.zeile, s.abgerufen, k.snapshot_id
FROM meldung_konflikt AS k
JOIN einheit AS e ON e.ars = k.ars
JOIN snapshot AS s ON s.snapshot_id = k.snapshot_id
LEFT JOIN (
    SELECT leika_key, first(name ORDER BY katalog_version DESC) AS name FROM leistung GROUP BY leika_key
) AS l ON l.leika_key = k.leika_key
WHERE ($ars = '' OR k.ars = $ars) AND k.stand <= $stand AND k.bekannt_von <= $wissen
ORDER BY k.stand DESC, e.anzeigename, k.ars, k.leika_key, s.abgerufen, k.snapshot_id
