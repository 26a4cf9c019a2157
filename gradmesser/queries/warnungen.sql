-- Which unknown values did the deliveries hold?
-- returns: snapshot_id, spalte, wert, zeilen
SELECT snapshot_id, spalte, wert, zeilen FROM warnung ORDER BY snapshot_id DESC, spalte, wert
