-- One row per source and origin: newest stand, deliveries, rows of all of them, whether any is held back.
SELECT source_id, herkunft, max(stand) FILTER (status = 'veroeffentlicht') AS stand, count(*) AS snapshots,
    sum(zeilen) AS zeilen, sum(abgelehnt) AS abgelehnt,
    arg_max(status, (stand, abgerufen)) AS status,
    coalesce(list(snapshot_id ORDER BY stand) FILTER (status = 'zurueckgehalten'), []) AS zurueckgehalten,
    coalesce(list(grund ORDER BY stand) FILTER (status = 'zurueckgehalten'), []) AS gruende
FROM snapshot GROUP BY ALL ORDER BY ALL
