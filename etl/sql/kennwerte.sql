-- One row per source and origin for monitoring: newest published stand, last arrival, rows and deliveries by what became of them.
SELECT source_id, herkunft::TEXT AS herkunft, max(stand) FILTER (status = 'veroeffentlicht') AS stand, max(abgerufen) AS eingang,
    coalesce(sum(angenommen) FILTER (status = 'veroeffentlicht'), 0)::BIGINT AS angenommen,
    coalesce(sum(angenommen) FILTER (status = 'zurueckgehalten'), 0)::BIGINT AS zurueckgehalten,
    sum(abgelehnt)::BIGINT AS abgelehnt,
    count(*) FILTER (status = 'veroeffentlicht') AS lieferungen,
    count(*) FILTER (status = 'zurueckgehalten') AS lieferungen_zurueckgehalten
FROM snapshot GROUP BY ALL ORDER BY ALL
