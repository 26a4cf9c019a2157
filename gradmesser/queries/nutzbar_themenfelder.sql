-- How much of each Themenfeld can people in the municipal units use online on a day, as it was known on another?
-- returns: themenfeld, n, nenner, u
WITH geltend AS (
    FROM katalog_am($stand, $wissen)
), zelle AS (
    SELECT z.ars, z.leika_key, z.katalog_version, c.zustand
    FROM zustaendigkeit AS z
    JOIN geltend USING (katalog_version)
    JOIN rollin_zelle AS c ON c.ars = z.ars AND c.leika_key = z.leika_key
        AND c.gueltig_von <= $stand AND $stand < c.gueltig_bis
        AND c.bekannt_von <= $wissen AND $wissen < c.bekannt_bis
    WHERE c.zustand <> 'nicht_zustaendig'
), angebot AS (
    -- a Landkreis works for the people of its municipal units; the unit's own cell wins
    SELECT e.ars, z.leika_key, z.katalog_version, z.zustand
    FROM einheit AS e JOIN zelle AS z ON z.ars = e.ars OR (e.gruppe = 'gemeindeebene' AND z.ars = e.kreis_ars)
    WHERE e.ars = e.zustaendig_ars AND e.gruppe <> 'landkreis' AND e.gueltig_bis = DATE '9999-12-31'
    QUALIFY row_number() OVER (PARTITION BY e.ars, z.leika_key ORDER BY z.ars = e.ars DESC) = 1
)
SELECT l.themenfeld, (count(*) FILTER (a.zustand IN ('live', 'sichtbar', 'ende_zu_ende')))::INTEGER AS n,
    count(*)::INTEGER AS nenner, (count(*) FILTER (a.zustand = 'keine_meldung'))::INTEGER AS u
FROM angebot AS a JOIN leistung AS l USING (leika_key, katalog_version)
GROUP BY ALL ORDER BY n / nenner DESC, l.themenfeld
