-- How did n, N and u of each unit develop, as it was known on a day, by responsibility or, with $sicht = 'nutzbar', by what people can use there?
-- returns: stichtag, katalog_version, massgeblich, ars, n, nenner, u, kreis_ars, einwohner
WITH zelle AS (
    SELECT s.stichtag, s.katalog_version, s.massgeblich, z.ars, z.leika_key, c.zustand
    FROM stichtag_am($wissen) AS s
    JOIN zustaendigkeit AS z USING (katalog_version)
    JOIN rollin_zelle AS c ON c.ars = z.ars AND c.leika_key = z.leika_key
        AND c.gueltig_von <= s.stichtag AND s.stichtag < c.gueltig_bis
        AND c.bekannt_von <= $wissen AND $wissen < c.bekannt_bis
    WHERE c.zustand <> 'nicht_zustaendig'
), traeger AS (
    -- whose cells count for a unit: its own, and in the view "nutzbar" those of its Landkreis, which is then no unit itself
    SELECT ars, ars AS von, kreis_ars, einwohner FROM einheit
    WHERE ars = zustaendig_ars AND gueltig_bis = DATE '9999-12-31' AND ($sicht <> 'nutzbar' OR gruppe <> 'landkreis')
    UNION ALL
    SELECT ars, kreis_ars AS von, kreis_ars, einwohner FROM einheit
    WHERE ars = zustaendig_ars AND gueltig_bis = DATE '9999-12-31' AND $sicht = 'nutzbar' AND gruppe = 'gemeindeebene'
), angebot AS (
    SELECT z.stichtag, z.katalog_version, z.massgeblich, t.ars, z.leika_key, t.kreis_ars, t.einwohner,
        arg_max(z.zustand, t.ars = t.von) AS zustand
    FROM traeger AS t JOIN zelle AS z ON z.ars = t.von
    GROUP BY ALL
)
SELECT stichtag, katalog_version, massgeblich, ars,
    (count(*) FILTER (zustand IN ('live', 'sichtbar', 'ende_zu_ende')))::INTEGER AS n, count(*)::INTEGER AS nenner,
    (count(*) FILTER (zustand = 'keine_meldung'))::INTEGER AS u, kreis_ars, einwohner
FROM angebot GROUP BY ALL ORDER BY stichtag, massgeblich, ars
