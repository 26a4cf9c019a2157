-- How much was gained and lost up to each stichtag since the one before, for the Land or one unit?
-- returns: stichtag, neu_online, verloren
WITH tag AS (
    SELECT stichtag, coalesce(lag(stichtag) OVER (ORDER BY stichtag), DATE '0001-01-01') AS vorher
    FROM (SELECT DISTINCT stichtag FROM stichtag_am($wissen) WHERE massgeblich AND stichtag <= $stand)
)
SELECT s.stichtag, (count(*) FILTER (a.art = 'neu_online'))::INTEGER AS neu_online,
    -- whatever is online no more, also by a step back; who is no longer responsible has lost nothing
    (count(*) FILTER (a.zustand_alt IN ('live', 'sichtbar', 'ende_zu_ende')
        AND a.zustand_neu NOT IN ('live', 'sichtbar', 'ende_zu_ende', 'nicht_zustaendig')))::INTEGER AS verloren
FROM tag AS s
LEFT JOIN aenderung_am($wissen) AS a ON a.stichtag > s.vorher AND a.stichtag <= s.stichtag AND ($ars = '' OR a.ars = $ars)
GROUP BY s.stichtag ORDER BY s.stichtag
