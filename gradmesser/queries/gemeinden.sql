-- Which Gemeinden are there today, and which administration is responsible for each?
-- returns: ars, name, zustaendig_ars, gruppe, kreis_ars, einwohner, typ
SELECT ars, anzeigename AS name, zustaendig_ars, gruppe::TEXT AS gruppe, kreis_ars, einwohner, typ::TEXT AS typ
FROM einheit WHERE ebene = 'gemeinde' AND gueltig_bis = DATE '9999-12-31' ORDER BY ars
