-- Whose workbook is it, and which catalogue is inside?
-- returns: name, ars, katalog, herkunft
SELECT e.anzeigename AS name, e.ars, k.titel || ' (' || k.katalog_version || ')' AS katalog, d.herkunft::TEXT AS herkunft
FROM einheit AS e, katalog_version AS k, stand_der_datenbank AS d
WHERE e.ars = $ars AND e.gueltig_bis = DATE '9999-12-31' AND k.katalog_version = (FROM katalog_am(DATE '9999-12-30', DATE '9999-12-30'))
    AND (e.ars = e.zustaendig_ars OR e.ebene = 'land')
ORDER BY e.ars
