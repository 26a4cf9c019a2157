-- Which responsible administrations do not have a service online, in which state are they since when, what is planned?
-- returns: leika_key, ars, einheit, zustand, seit, geplant_am
WITH geltend AS (
    FROM katalog_am($stand, $wissen)
), verlauf AS (
    SELECT ars, leika_key, zustand, geplant_am, gueltig_von, gueltig_bis FROM rollin_zelle
    WHERE gueltig_von <= $stand AND bekannt_von <= $wissen AND $wissen < bekannt_bis
), jetzt AS (
    SELECT v.* FROM verlauf AS v
    JOIN zustaendigkeit AS z USING (ars, leika_key)
    JOIN geltend USING (katalog_version)
    WHERE $stand < v.gueltig_bis AND v.zustand NOT IN ('live', 'sichtbar', 'ende_zu_ende', 'nicht_zustaendig')
), davor AS (
    SELECT j.ars, j.leika_key, max(v.gueltig_bis) AS bis
    FROM jetzt AS j JOIN verlauf AS v ON v.ars = j.ars AND v.leika_key = j.leika_key AND v.zustand <> j.zustand
    GROUP BY ALL
), zuerst AS (
    SELECT ars, leika_key, min(gueltig_von) AS von FROM verlauf GROUP BY ALL
)
SELECT j.leika_key, j.ars, e.anzeigename AS einheit, j.zustand::TEXT AS zustand,
    -- the state holds since the day on which the last other state ended
    coalesce(d.bis, f.von) AS seit, j.geplant_am
FROM jetzt AS j
JOIN zuerst AS f USING (ars, leika_key)
LEFT JOIN davor AS d USING (ars, leika_key)
JOIN einheit AS e USING (ars)
ORDER BY j.leika_key, e.anzeigename
