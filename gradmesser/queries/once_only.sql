-- Which services are online in a unit on a day, and has the register whose evidence they need there reached M9?
-- returns: ars, name, kreis_ars, leika_key, leistung, register_id, register, fuehrt, traeger, traeger_m9, traeger_unbekannt, ergebnis
-- The register there: the unit's own, else that of its Kreis, else those of all administrations in its Kreis.
WITH online AS (
    SELECT c.ars, c.leika_key, l.name AS leistung, l.register_id
    FROM zelle_am($stand, $wissen) AS c
    JOIN leistung AS l USING (leika_key, katalog_version)
    JOIN register AS r USING (register_id)
    WHERE r.nachweisbezug AND c.zustand IN ('live', 'sichtbar', 'ende_zu_ende')
), gefuehrt AS (
    -- m9: reached, reported but not reached, or (NULL) nothing known
    SELECT z.ars, z.register_id, e.kreis_ars,
        bool_or(CASE WHEN m.ars IS NOT NULL THEN m.meilenstein = 9 AND coalesce(m.erreicht_am <= $stand, false) END) AS m9
    FROM register_zustaendigkeit AS z
    JOIN einheit AS e ON e.ars = z.ars
    LEFT JOIN meilenstein AS m ON m.ars = z.ars AND m.register_id = z.register_id
        AND m.gueltig_von <= $stand AND $stand < m.gueltig_bis AND m.bekannt_von <= $wissen AND $wissen < m.bekannt_bis
    GROUP BY ALL
), bedarf AS (
    SELECT DISTINCT o.ars, o.register_id, e.kreis_ars FROM online AS o JOIN einheit AS e ON e.ars = o.ars
), kandidat AS (
    SELECT b.ars, b.register_id, g.m9,
        CASE g.ars WHEN b.ars THEN 1 WHEN b.kreis_ars THEN 2 ELSE 3 END AS naehe
    FROM bedarf AS b JOIN gefuehrt AS g ON g.register_id = b.register_id AND g.kreis_ars = b.kreis_ars
), traeger AS (
    SELECT ars, register_id, naehe, count(*)::INTEGER AS traeger, (count(*) FILTER (m9))::INTEGER AS traeger_m9,
        (count(*) FILTER (m9 IS NULL))::INTEGER AS traeger_unbekannt
    FROM (SELECT * FROM kandidat QUALIFY naehe = min(naehe) OVER (PARTITION BY ars, register_id))
    GROUP BY ALL
)
SELECT e.ars, e.anzeigename AS name, e.kreis_ars, o.leika_key, o.leistung, r.register_id, r.name AS register,
    CASE t.naehe WHEN 1 THEN 'eigen' WHEN 2 THEN 'kreis' WHEN 3 THEN 'verwaltungen' END AS fuehrt,
    coalesce(t.traeger, 0) AS traeger, coalesce(t.traeger_m9, 0) AS traeger_m9, coalesce(t.traeger_unbekannt, 0) AS traeger_unbekannt,
    CASE WHEN t.traeger = t.traeger_m9 THEN 'm9'
        WHEN t.traeger > t.traeger_m9 + t.traeger_unbekannt THEN 'offen'
        ELSE 'keine_meldung' END AS ergebnis
FROM online AS o
JOIN einheit AS e ON e.ars = o.ars
JOIN register AS r ON r.register_id = o.register_id
LEFT JOIN traeger AS t ON t.ars = o.ars AND t.register_id = o.register_id
ORDER BY e.ars, r.name, o.leistung
