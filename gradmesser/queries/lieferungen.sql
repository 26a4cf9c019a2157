-- Which deliveries are kept, and what became of their rows?
-- returns: snapshot_id, source_id, quelle, stand, abgerufen, zeilen, angenommen, abgelehnt, warnungen, herkunft, status, grund, freigabe_grund, datei, absender
SELECT s.snapshot_id, s.source_id, q.title AS quelle, s.stand, s.abgerufen, s.zeilen, s.angenommen, s.abgelehnt,
    s.warnungen, s.herkunft::TEXT AS herkunft, s.status::TEXT AS status, s.grund, s.freigabe_grund, s.datei, s.absender
FROM snapshot AS s JOIN source AS q USING (source_id)
ORDER BY s.source_id, s.stand DESC, s.abgerufen DESC
