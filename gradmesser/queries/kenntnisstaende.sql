-- On which days did something become known?
-- returns: bekannt
SELECT DISTINCT bekannt_von AS bekannt FROM snapshot
WHERE source_id IN ('open_pvog', 'meldung', 'leistungskatalog', 'themen') AND status = 'veroeffentlicht'
    -- before the first delivery there is nothing to show
    AND bekannt_von >= (SELECT min(bekannt_von) FROM snapshot WHERE source_id IN ('open_pvog', 'meldung') AND status = 'veroeffentlicht')
ORDER BY bekannt
