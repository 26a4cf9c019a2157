-- How long did administrations stay in each state, and how long do those stand there who are in it now, by service?
-- returns: leika_key, zustand, laeuft, tage, anzahl
WITH geltend AS (
    FROM katalog_am($stand, $wissen)
), beginn AS (
    -- a stay begins where the state is not the one before; a new plan or proof alone begins none
    SELECT ars, leika_key, zustand, gueltig_von AS von
    FROM rollin_zelle
    WHERE gueltig_von <= $stand AND bekannt_von <= $wissen AND $wissen < bekannt_bis
    QUALIFY lag(zustand) OVER (PARTITION BY ars, leika_key ORDER BY gueltig_von) IS DISTINCT FROM zustand
), aufenthalt AS (
    SELECT ars, leika_key, zustand, von, lead(von) OVER (PARTITION BY ars, leika_key ORDER BY von) AS bis FROM beginn
)
SELECT a.leika_key, a.zustand::TEXT AS zustand, a.bis IS NULL AS laeuft,
    (coalesce(a.bis, $stand) - a.von)::INTEGER AS tage, count(*)::INTEGER AS anzahl
FROM aufenthalt AS a
JOIN zustaendigkeit AS z USING (ars, leika_key)
JOIN geltend USING (katalog_version)
WHERE a.zustand <> 'nicht_zustaendig' AND (a.bis IS NULL OR a.zustand <> 'keine_meldung')
GROUP BY ALL ORDER BY ALL
