-- What does the reporting workbook of a unit (or of all) hold about registers before it is filled in?
-- returns: ars, einheit, register_id, register, meilenstein, geplant_am, erreicht_am, datensaetze, datensaetze_mit_idnr, bemerkung
WITH gemeldet AS (
    SELECT * FROM meilenstein WHERE gueltig_bis = DATE '9999-12-31' AND bekannt_bis = DATE '9999-12-31'
)
SELECT z.ars, e.anzeigename AS einheit, z.register_id, r.name AS register, 'M' || s.nr AS meilenstein,
    m.geplant_am, m.erreicht_am, m.datensaetze, m.datensaetze_mit_idnr, m.bemerkung
FROM register_zustaendigkeit AS z
JOIN register AS r USING (register_id)
JOIN einheit AS e ON e.ars = z.ars
CROSS JOIN (SELECT unnest(range(1, 12)) AS nr) AS s
LEFT JOIN gemeldet AS m ON m.ars = z.ars AND m.register_id = z.register_id AND m.meilenstein = s.nr
WHERE ($ars = '160000000000' OR z.ars = $ars) AND (s.nr < 9 OR r.nachweisbezug)
ORDER BY z.ars, r.name, z.register_id, s.nr
