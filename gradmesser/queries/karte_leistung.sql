-- Where is one service online, over all stichtage?
-- returns: stichtag, ars, zustand, kreis_ars, einwohner
SELECT s.stichtag, z.ars, c.zustand::TEXT AS zustand, e.kreis_ars, e.einwohner
FROM stichtag_am($wissen) AS s
JOIN zustaendigkeit AS z ON z.katalog_version = s.katalog_version AND z.leika_key = $leika_key
JOIN einheit AS e ON e.ars = z.ars
JOIN rollin_zelle AS c ON c.ars = z.ars AND c.leika_key = z.leika_key
    AND c.gueltig_von <= s.stichtag AND s.stichtag < c.gueltig_bis AND c.bekannt_von <= $wissen AND $wissen < c.bekannt_bis
WHERE s.massgeblich
ORDER BY s.stichtag, z.ars
