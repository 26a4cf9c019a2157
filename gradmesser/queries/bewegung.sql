-- How much was gained and lost at each of the last stichtage, for the Land or one unit?
-- returns: stichtag, neu_online, verloren
SELECT s.stichtag, (count(*) FILTER (a.art = 'neu_online'))::INTEGER AS neu_online,
    (count(*) FILTER (a.art IN ('weggefallen', 'link_defekt')))::INTEGER AS verloren
FROM (SELECT DISTINCT stichtag FROM stichtag WHERE massgeblich AND stichtag <= $stand) AS s
LEFT JOIN aenderung AS a ON a.stichtag = s.stichtag AND ($ars = '' OR a.ars = $ars)
GROUP BY s.stichtag ORDER BY s.stichtag
