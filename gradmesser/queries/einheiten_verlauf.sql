-- How did n, N and u of each unit develop, as it was known on a day, by responsibility or, with $sicht = 'nutzbar', by what people can use there?
-- returns: stichtag, katalog_version, massgeblich, ars, n, nenner, u, kreis_ars, einwohner
WITH wert AS MATERIALIZED (
    FROM rollin_einheit_am($wissen)
), einheiten AS (
    -- whose cells count for a unit: its own, and in the view "nutzbar" those of its Landkreis, which is then no unit itself
    SELECT ars, CASE WHEN $sicht = 'nutzbar' AND gruppe = 'gemeindeebene' THEN kreis_ars END AS auch, kreis_ars, einwohner
    FROM einheit
    WHERE ars = zustaendig_ars AND gueltig_bis = DATE '9999-12-31' AND ($sicht <> 'nutzbar' OR gruppe <> 'landkreis')
), beide AS MATERIALIZED (
    SELECT e.ars, e.auch, z.katalog_version, z.leika_key
    FROM einheiten AS e JOIN zustaendigkeit AS z ON z.ars = e.ars
    JOIN zustaendigkeit AS k ON k.ars = e.auch AND k.leika_key = z.leika_key AND k.katalog_version = z.katalog_version
), zelle AS MATERIALIZED (
    SELECT ars, leika_key, zustand, gueltig_von, gueltig_bis FROM rollin_zelle
    SEMI JOIN (SELECT ars, leika_key FROM beide UNION SELECT auch, leika_key FROM beide) AS paar USING (ars, leika_key)
    WHERE bekannt_von <= $wissen AND $wissen < bekannt_bis AND zustand <> 'nicht_zustaendig'
), doppelt AS (
    -- cells of the Landkreis that give way to the unit's own
    SELECT s.stichtag, s.katalog_version, d.ars, sum(d.n) AS n, sum(d.nenner) AS nenner, sum(d.u) AS u
    FROM stichtag_am($wissen) AS s JOIN (
        SELECT b.katalog_version, b.ars, greatest(o.gueltig_von, k.gueltig_von) AS von, least(o.gueltig_bis, k.gueltig_bis) AS bis,
            count(*) FILTER (k.zustand IN ('live', 'sichtbar', 'ende_zu_ende')) AS n, count(*) AS nenner,
            count(*) FILTER (k.zustand = 'keine_meldung') AS u
        FROM beide AS b JOIN zelle AS o ON o.ars = b.ars AND o.leika_key = b.leika_key
        JOIN zelle AS k ON k.ars = b.auch AND k.leika_key = b.leika_key AND k.gueltig_von < o.gueltig_bis AND o.gueltig_von < k.gueltig_bis
        GROUP BY ALL
    ) AS d ON d.katalog_version = s.katalog_version AND d.von <= s.stichtag AND s.stichtag < d.bis
    GROUP BY ALL
), teil AS (
    SELECT w.stichtag, w.katalog_version, w.massgeblich, e.ars, w.n, w.nenner, w.u, e.kreis_ars, e.einwohner
    FROM wert AS w JOIN einheiten AS e ON w.ars = e.ars
    UNION ALL
    SELECT w.stichtag, w.katalog_version, w.massgeblich, e.ars, w.n, w.nenner, w.u, e.kreis_ars, e.einwohner
    FROM wert AS w JOIN einheiten AS e ON w.ars = e.auch
)
SELECT t.stichtag, t.katalog_version, t.massgeblich, t.ars, (sum(t.n) - coalesce(any_value(d.n), 0))::INTEGER AS n,
    (sum(t.nenner) - coalesce(any_value(d.nenner), 0))::INTEGER AS nenner,
    (sum(t.u) - coalesce(any_value(d.u), 0))::INTEGER AS u, t.kreis_ars, t.einwohner
FROM teil AS t LEFT JOIN doppelt AS d USING (stichtag, katalog_version, ars)
GROUP BY ALL ORDER BY t.stichtag, t.massgeblich, t.ars
