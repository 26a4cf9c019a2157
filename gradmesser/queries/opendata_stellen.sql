-- Which of the observed bodies stood on the list of open data publishers, at each date?
-- returns: ars, name, ebene, stichtag, value
SELECT o.gebiet AS ars, coalesce(e.anzeigename, o.gebiet) AS name, coalesce(e.ebene::TEXT, 'aufgelöst') AS ebene, o.period AS stichtag,
    o.value
FROM observation AS o
LEFT JOIN einheit AS e ON e.ars = o.gebiet AND e.gueltig_bis = DATE '9999-12-31'
WHERE o.measure_id = 'opendata_publisher' AND o.bekannt_bis = DATE '9999-12-31'
ORDER BY o.gebiet, o.period
