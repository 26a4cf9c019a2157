-- Which values of generic measures are there at all?
-- returns: gebiet_art, gebiet, measure_id, merkmal, auspraegung, period, value, status
SELECT gebiet_art, gebiet, measure_id, merkmal, auspraegung, period, value, status::TEXT AS status
FROM observation ORDER BY ALL
