-- Which cells went online or offline between two days, each as part of the difference, and why?
-- returns: teil, vorzeichen, ars, name, kreis_ars, leika_key, leistung, themenfeld, zustand_alt, zustand_neu, anfang, ende, seit
WITH abschnitt AS (
    -- one for each version in force on the way: from its first day to the first day of the next one
    SELECT katalog_version, greatest(gueltig_von, $von) AS anfang, least(gueltig_bis, $bis) AS ende,
        lag(katalog_version) OVER (ORDER BY gueltig_von) AS vorige
    FROM fassung_am($wissen) WHERE gueltig_von <= $bis AND $von < gueltig_bis
), leistung_der_fassung AS (
    SELECT leika_key, katalog_version, name, themenfeld FROM leistung WHERE $themenfeld = '' OR themenfeld = $themenfeld
), gefragt AS (
    SELECT z.ars, z.leika_key, z.katalog_version, e.anzeigename, e.kreis_ars, l.name AS leistung, l.themenfeld
    FROM zustaendigkeit AS z
    JOIN leistung_der_fassung AS l USING (leika_key, katalog_version)
    JOIN einheit AS e ON e.ars = z.ars
    WHERE ($ars = '' OR z.ars = $ars) AND ($kreis = '' OR e.kreis_ars = $kreis)
), tag AS (
    SELECT anfang AS tag FROM abschnitt UNION SELECT ende FROM abschnitt
), zelle AS (
    SELECT t.tag, c.ars, c.leika_key, c.zustand, c.zustand IN ('live', 'sichtbar', 'ende_zu_ende') AS ist_live,
        -- the evidence alone would not count as online
        c.zu_pruefen AND coalesce(c.gemeldet IN ('live', 'sichtbar', 'ende_zu_ende'), false) AS nur_gemeldet
    FROM tag AS t
    JOIN rollin_zelle AS c ON c.gueltig_von <= t.tag AND t.tag < c.gueltig_bis
    WHERE c.bekannt_von <= $wissen AND $wissen < c.bekannt_bis
), gesehen AS (
    SELECT a.anfang, coalesce(bool_or(s.stand <= a.anfang), false) AS portal_gesehen
    FROM abschnitt AS a LEFT JOIN snapshot AS s
        ON s.source_id = 'open_pvog' AND s.status = 'veroeffentlicht' AND s.bekannt_von <= $wissen
    GROUP BY a.anfang
), datiert AS (
    -- the start that the unit itself has given last, in whatever report
    SELECT t.tag, m.ars, m.leika_key, arg_max(m.seit, m.gueltig_von) AS beginn
    FROM rollin_meldung AS m JOIN tag AS t ON m.gueltig_von <= t.tag
    WHERE m.bekannt_von <= $wissen AND $wissen < m.bekannt_bis AND m.seit IS NOT NULL
        AND m.zustand IN ('live', 'sichtbar', 'ende_zu_ende')
    GROUP BY ALL
), im_abschnitt AS (
    SELECT
        CASE
            WHEN 'nicht_zustaendig' IN (v.zustand, b.zustand) THEN 'zustaendigkeit'
            WHEN b.ist_live AND v.zustand = 'keine_meldung' AND (
                (b.nur_gemeldet AND coalesce(d.beginn <= s.anfang, true)) OR (NOT b.nur_gemeldet AND NOT p.portal_gesehen)
            ) THEN 'erstmeldungen'
            WHEN v.ist_live AND b.zustand = 'keine_meldung' AND v.nur_gemeldet THEN 'erstmeldungen'
            WHEN b.ist_live THEN 'neu_online'
            ELSE 'weggefallen'
        END AS teil,
        g.ars, g.leika_key, g.katalog_version, v.zustand AS zustand_alt, b.zustand AS zustand_neu, s.anfang, s.ende,
        b.ist_live AS gewinn
    FROM abschnitt AS s
    JOIN gefragt AS g USING (katalog_version)
    JOIN zelle AS v ON v.ars = g.ars AND v.leika_key = g.leika_key AND v.tag = s.anfang
    JOIN zelle AS b ON b.ars = g.ars AND b.leika_key = g.leika_key AND b.tag = s.ende
    JOIN gesehen AS p ON p.anfang = s.anfang
    LEFT JOIN datiert AS d ON d.ars = g.ars AND d.leika_key = g.leika_key AND d.tag = s.ende
    WHERE v.ist_live <> b.ist_live
), am_wechsel AS (
    SELECT s.anfang AS tag, n.ars, n.leika_key, n.katalog_version, s.vorige AS andere, true AS gewinn
    FROM abschnitt AS s JOIN gefragt AS n ON n.katalog_version = s.katalog_version
    WHERE s.vorige IS NOT NULL
        AND (n.ars, n.leika_key, s.vorige) NOT IN (SELECT (ars, leika_key, katalog_version) FROM gefragt)
    UNION ALL
    SELECT s.anfang, a.ars, a.leika_key, a.katalog_version, s.katalog_version, false
    FROM abschnitt AS s JOIN gefragt AS a ON a.katalog_version = s.vorige
    WHERE (a.ars, a.leika_key, s.katalog_version) NOT IN (SELECT (ars, leika_key, katalog_version) FROM gefragt)
), katalogwirkung AS (
    -- a key that both versions know has only changed hands
    SELECT CASE WHEN l.leika_key IS NULL THEN 'katalog' ELSE 'zustaendigkeit' END AS teil,
        w.ars, w.leika_key, w.katalog_version, CASE WHEN NOT w.gewinn THEN z.zustand END AS zustand_alt,
        CASE WHEN w.gewinn THEN z.zustand END AS zustand_neu, w.tag AS anfang, w.tag AS ende, w.gewinn
    FROM am_wechsel AS w
    JOIN zelle AS z ON z.ars = w.ars AND z.leika_key = w.leika_key AND z.tag = w.tag AND z.ist_live
    LEFT JOIN leistung_der_fassung AS l ON l.leika_key = w.leika_key AND l.katalog_version = w.andere
), damals AS (
    SELECT g.ars, g.leika_key, g.katalog_version, c.zustand, c.zustand IN ('live', 'sichtbar', 'ende_zu_ende') AS ist_live
    FROM katalog_am($von, $wissen_von)
    JOIN gefragt AS g USING (katalog_version)
    JOIN rollin_zelle AS c ON c.ars = g.ars AND c.leika_key = g.leika_key
        AND c.gueltig_von <= $von AND $von < c.gueltig_bis
        AND c.bekannt_von <= $wissen_von AND $wissen_von < c.bekannt_bis
    WHERE $wissen <> $wissen_von
), heute AS (
    SELECT g.ars, g.leika_key, g.katalog_version, z.zustand, z.ist_live
    FROM katalog_am($von, $wissen)
    JOIN gefragt AS g USING (katalog_version)
    JOIN zelle AS z ON z.ars = g.ars AND z.leika_key = g.leika_key AND z.tag = $von
    WHERE $wissen <> $wissen_von
), berichtigt AS (
    -- a cell that only one of the two catalogues holds counts in that one
    SELECT 'korrektur' AS teil, coalesce(h.ars, d.ars) AS ars, coalesce(h.leika_key, d.leika_key) AS leika_key,
        coalesce(h.katalog_version, d.katalog_version) AS katalog_version, d.zustand AS zustand_alt, h.zustand AS zustand_neu,
        $von AS anfang, $von AS ende, coalesce(h.ist_live, false) AS gewinn
    FROM heute AS h FULL JOIN damals AS d ON d.ars = h.ars AND d.leika_key = h.leika_key
    WHERE coalesce(h.ist_live, false) <> coalesce(d.ist_live, false)
), teile AS (
    FROM im_abschnitt UNION ALL FROM katalogwirkung UNION ALL FROM berichtigt
), anderer_zustand AS (
    SELECT t.ars, t.leika_key, t.ende, max(c.gueltig_bis) AS seit
    FROM (SELECT DISTINCT ars, leika_key, ende, zustand_neu FROM teile WHERE zustand_neu IS NOT NULL) AS t
    JOIN rollin_zelle AS c ON c.ars = t.ars AND c.leika_key = t.leika_key AND c.gueltig_bis <= t.ende
        AND c.bekannt_von <= $wissen AND $wissen < c.bekannt_bis AND c.zustand <> t.zustand_neu
    GROUP BY ALL
)
SELECT t.teil, CASE WHEN t.gewinn THEN 1 ELSE -1 END AS vorzeichen, t.ars, g.anzeigename AS name, g.kreis_ars, t.leika_key,
    g.leistung, g.themenfeld, t.zustand_alt::TEXT AS zustand_alt, t.zustand_neu::TEXT AS zustand_neu, t.anfang, t.ende,
    CASE WHEN t.zustand_neu IS NULL THEN t.ende ELSE coalesce(a.seit, t.anfang) END AS seit
FROM teile AS t
JOIN gefragt AS g USING (ars, leika_key, katalog_version)
LEFT JOIN anderer_zustand AS a ON a.ars = t.ars AND a.leika_key = t.leika_key AND a.ende = t.ende
ORDER BY t.teil, seit DESC, t.ars, t.leika_key, t.anfang
