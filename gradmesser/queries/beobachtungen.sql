-- What do other measures say of one unit, newest value first?
-- returns: measure_id, period, value, status
SELECT measure_id, period, value, status::TEXT AS status
FROM observation WHERE gebiet_art = 'einheit' AND gebiet = $ars ORDER BY measure_id, period DESC
