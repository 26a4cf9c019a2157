-- Which accepted rows of the newest stand count for nothing, and why?
-- returns: grund, zeilen, beispiel
SELECT grund, count(*)::INTEGER AS zeilen, min(coalesce(leika_name, leika_key)) AS beispiel
FROM onlinedienst
WHERE NOT zaehlt AND gueltig_von <= $stand AND $stand < gueltig_bis AND bekannt_von <= $wissen AND $wissen < bekannt_bis
GROUP BY grund ORDER BY zeilen DESC, grund
