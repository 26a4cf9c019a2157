-- Which values of published measures are there at all?
-- returns: gebiet_art, gebiet, measure_id, merkmal, auspraegung, period, value, status
SELECT o.gebiet_art, o.gebiet, o.measure_id, o.merkmal, o.auspraegung, o.period, o.value, o.status::TEXT AS status
FROM observation AS o JOIN measure AS m USING (measure_id)
WHERE m.source_id <> 'themen' AND o.bekannt_bis = DATE '9999-12-31'
ORDER BY ALL
