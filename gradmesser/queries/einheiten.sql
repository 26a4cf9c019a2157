-- Which Gemeinden, administrations and Kreise can be chosen today?
-- returns: ars, name, langname, ebene, typ, gruppe, zustaendig_ars, kreis_ars, einwohner, flaeche_km2, ags
SELECT ars, anzeigename AS name, langname, ebene::TEXT AS ebene, typ::TEXT AS typ, gruppe::TEXT AS gruppe,
    zustaendig_ars, kreis_ars, einwohner, flaeche_km2, ags
FROM einheit WHERE gueltig_bis = DATE '9999-12-31' ORDER BY ars
