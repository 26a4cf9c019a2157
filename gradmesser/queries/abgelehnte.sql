-- Which rows of one delivery were rejected, and why?
-- returns: datei, zeile, grund, inhalt
SELECT datei, zeile, grund, inhalt FROM abgelehnt WHERE snapshot_id = $snapshot_id ORDER BY zeile, grund LIMIT 2000
