-- What do other published measures say of one unit, newest value first?
-- returns: measure_id, period, value, status
SELECT o.measure_id, o.period, o.value, o.status::TEXT AS status
FROM observation AS o JOIN measure AS m USING (measure_id)
WHERE o.gebiet_art = 'einheit' AND o.gebiet = $ars AND m.source_id <> 'themen' AND o.bekannt_bis = DATE '9999-12-31'
ORDER BY o.measure_id, o.period DESC
