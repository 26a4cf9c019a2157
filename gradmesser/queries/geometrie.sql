-- Which static files hold the boundaries?
-- returns: ebene, datei
SELECT ebene, datei FROM geometrie ORDER BY ebene
