-- How did the coverage of one service develop, with both versions at a catalogue break?
-- returns: stichtag, katalog_version, massgeblich, n, nenner, u, einwohner_live, einwohner
SELECT s.stichtag, s.katalog_version, s.massgeblich, (count(*) FILTER (c.zustand IN ('live', 'sichtbar', 'ende_zu_ende')))::INTEGER AS n,
    count(*)::INTEGER AS nenner, (count(*) FILTER (c.zustand = 'keine_meldung'))::INTEGER AS u,
    coalesce(sum(e.einwohner) FILTER (c.zustand IN ('live', 'sichtbar', 'ende_zu_ende')), 0)::BIGINT AS einwohner_live,
    sum(e.einwohner)::BIGINT AS einwohner
FROM stichtag_am($wissen) AS s
JOIN zustaendigkeit AS z ON z.katalog_version = s.katalog_version AND z.leika_key = $leika_key
JOIN einheit AS e ON e.ars = z.ars
JOIN rollin_zelle AS c ON c.ars = z.ars AND c.leika_key = z.leika_key
    AND c.gueltig_von <= s.stichtag AND s.stichtag < c.gueltig_bis AND c.bekannt_von <= $wissen AND $wissen < c.bekannt_bis
WHERE c.zustand <> 'nicht_zustaendig'
GROUP BY ALL ORDER BY s.stichtag, s.massgeblich
