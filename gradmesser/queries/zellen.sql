-- What is the state of each service of one responsible unit on a day, as it was known on another, and who offers it?
-- returns: leika_key, leistung, themenfeld, ebene, adressat, zustand, beleg, geerbt_von, mitglieder, mitglieder_belegt, seit, url, urls, sicherheit, vollzug_hinweis, register
WITH geltend AS (
    FROM katalog_am($stand, $wissen)
), bekannt AS (
    SELECT c.* FROM rollin_zelle AS c
    WHERE c.ars = $ars AND c.gueltig_von <= $stand AND c.bekannt_von <= $wissen AND $wissen < c.bekannt_bis
), zelle AS (
    -- a new report or other evidence for the same state does not make the state younger
    SELECT *, coalesce(
        (SELECT max(v.gueltig_bis) FROM bekannt AS v WHERE v.leika_key = c.leika_key AND v.zustand <> c.zustand),
        (SELECT min(v.gueltig_von) FROM bekannt AS v WHERE v.leika_key = c.leika_key)) AS seit
    FROM bekannt AS c WHERE $stand < c.gueltig_bis
), quelle AS (
    SELECT $ars AS ars
    UNION SELECT ars FROM einheit WHERE zustaendig_ars = $ars AND ebene = 'gemeinde' AND gueltig_bis = DATE '9999-12-31'
        AND (SELECT typ FROM einheit WHERE ars = $ars) IN ('verwaltungsgemeinschaft')
    UNION SELECT ars FROM einheit WHERE zustaendig_ars = $ars AND typ = 'erfuellende_gemeinde' AND gueltig_bis = DATE '9999-12-31'
), dienst AS (
    SELECT o.leika_key, o.url, o.ok, o.ars_heute, q.ars IS NOT NULL AS eigen
    FROM onlinedienst AS o LEFT JOIN quelle AS q ON q.ars = o.ars_heute
    WHERE o.zaehlt AND o.gueltig_von <= $stand AND $stand < o.gueltig_bis
        AND o.bekannt_von <= $wissen AND $wissen < o.bekannt_bis
), adresse AS (
    SELECT z.leika_key, first(d.url ORDER BY d.ok DESC, d.eigen DESC, d.url) AS url, count(DISTINCT d.url)::INTEGER AS urls
    FROM zelle AS z JOIN dienst AS d ON d.leika_key = z.leika_key AND (d.eigen OR d.ars_heute = z.geerbt_von)
    GROUP BY z.leika_key
)
SELECT z.leika_key, l.name AS leistung, l.themenfeld, l.ebene::TEXT AS ebene, l.adressat, z.zustand::TEXT AS zustand,
    z.beleg::TEXT AS beleg, e.anzeigename AS geerbt_von, z.mitglieder, z.mitglieder_belegt, z.seit,
    a.url, coalesce(a.urls, 0) AS urls, l.sicherheit::TEXT AS sicherheit, l.vollzug_hinweis, r.name AS register
FROM zustaendigkeit AS s
JOIN geltend USING (katalog_version)
JOIN leistung AS l USING (leika_key, katalog_version)
JOIN zelle AS z USING (leika_key)
LEFT JOIN adresse AS a USING (leika_key)
LEFT JOIN einheit AS e ON e.ars = z.geerbt_von
LEFT JOIN register AS r USING (register_id)
WHERE s.ars = $ars
ORDER BY l.themenfeld, l.name
