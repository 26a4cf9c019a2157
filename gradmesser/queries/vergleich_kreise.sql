-- How do n, N and u of all administrations of each Kreis develop up to a day, as it was known on another?
-- returns: kreis_ars, kreis, stichtag, katalog_version, n, nenner, u
WITH tag AS (
    SELECT stichtag, katalog_version FROM stichtag WHERE massgeblich AND stichtag <= $stand
), lauf AS (
    SELECT z.katalog_version, e.kreis_ars, c.gueltig_von, c.gueltig_bis,
        (count(*) FILTER (c.zustand IN ('live', 'sichtbar', 'ende_zu_ende')))::INTEGER AS n, count(*)::INTEGER AS nenner,
        (count(*) FILTER (c.zustand = 'keine_meldung'))::INTEGER AS u
    FROM zustaendigkeit AS z
    JOIN einheit AS e ON e.ars = z.ars
    JOIN rollin_zelle AS c ON c.ars = z.ars AND c.leika_key = z.leika_key
        AND c.bekannt_von <= $wissen AND $wissen < c.bekannt_bis
    WHERE c.zustand <> 'nicht_zustaendig'
    GROUP BY ALL
)
SELECT l.kreis_ars, k.anzeigename AS kreis, t.stichtag, t.katalog_version, sum(l.n)::INTEGER AS n, sum(l.nenner)::INTEGER AS nenner,
    sum(l.u)::INTEGER AS u
FROM tag AS t
JOIN lauf AS l ON l.katalog_version = t.katalog_version AND l.gueltig_von <= t.stichtag AND t.stichtag < l.gueltig_bis
JOIN einheit AS k ON k.ars = l.kreis_ars
GROUP BY ALL ORDER BY l.kreis_ars, t.stichtag
