-- What does the reporting workbook of a unit (or of all, for the Land's key) hold about services before it is filled in?
-- returns: ars, einheit, leika_key, leistung, bisher, zustand, seit, geplant_am, beleg_url, bemerkung
WITH geltend AS (
    FROM katalog_am(DATE '9999-12-30', DATE '9999-12-30')
), jetzt AS (
    SELECT * FROM rollin_zelle WHERE gueltig_bis = DATE '9999-12-31' AND bekannt_bis = DATE '9999-12-31'
), gemeldet AS (
    SELECT * FROM rollin_meldung WHERE gueltig_bis = DATE '9999-12-31' AND bekannt_bis = DATE '9999-12-31'
)
SELECT z.ars, e.anzeigename AS einheit, z.leika_key, l.name AS leistung,
    c.zustand::TEXT AS bisher,
    -- what is only inherited is not the unit's to report: a prefilled state would turn it into an own one
    coalesce(c.gemeldet, CASE WHEN c.eigen AND c.zustand <> 'keine_meldung' THEN c.zustand END)::TEXT AS zustand,
    m.seit, m.geplant_am, m.beleg_url, m.bemerkung
FROM zustaendigkeit AS z
JOIN geltend USING (katalog_version)
JOIN leistung AS l USING (leika_key, katalog_version)
JOIN einheit AS e ON e.ars = z.ars
LEFT JOIN jetzt AS c ON c.ars = z.ars AND c.leika_key = z.leika_key
LEFT JOIN gemeldet AS m ON m.ars = z.ars AND m.leika_key = z.leika_key
WHERE $ars = '160000000000' OR z.ars = $ars
ORDER BY z.ars, l.themenfeld, l.name, z.leika_key
