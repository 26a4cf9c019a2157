-- How many contradictions between report and portal network does each unit have on a day, as it was known on another?
-- returns: ars, name, widersprueche
WITH geltend AS (
    FROM katalog_am($stand, $wissen)
)
SELECT c.ars, e.anzeigename AS name, count(*)::INTEGER AS widersprueche
FROM rollin_zelle AS c
JOIN zustaendigkeit AS z ON z.ars = c.ars AND z.leika_key = c.leika_key
JOIN geltend USING (katalog_version)
JOIN einheit AS e ON e.ars = c.ars
WHERE c.zu_pruefen AND c.gemeldet IS NOT NULL AND NOT (c.gemeldet = 'gestoert' AND c.zustand = 'gestoert')
    AND c.gueltig_von <= $stand AND $stand < c.gueltig_bis AND c.bekannt_von <= $wissen AND $wissen < c.bekannt_bis
GROUP BY c.ars, e.anzeigename ORDER BY c.ars
