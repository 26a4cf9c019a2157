-- What score did the eGovernment Benchmark give each state, by indicator, life event and year, and which totals can be compared?
-- returns: gebiet, merkmal, auspraegung, jahr, value, vergleichbar
WITH werte AS (
    SELECT gebiet, merkmal, auspraegung, year(period)::INTEGER AS jahr, value
    FROM observation WHERE measure_id = 'egov_benchmark' AND bekannt_bis = DATE '9999-12-31'
),
teile AS (
    SELECT gebiet, auspraegung, jahr, avg(value) AS mittel
    FROM werte
    WHERE merkmal IN ('e_gov_1_uc', 'e_gov_2_tr', 'e_gov_3_ke', 'e_gov_4_cb')
    GROUP BY gebiet, auspraegung, jahr HAVING count(value) = 4
),
-- the total is the mean of the four parts; where it is not, the source has counted otherwise (docs/methodik.md)
abweichung AS (
    SELECT w.auspraegung, w.jahr, median(abs(w.value - t.mittel)) AS punkte
    FROM werte AS w JOIN teile AS t USING (gebiet, auspraegung, jahr)
    WHERE w.merkmal = 'e_gov_0_score' GROUP BY ALL
)
SELECT w.gebiet, w.merkmal, w.auspraegung, w.jahr, w.value,
    w.merkmal <> 'e_gov_0_score' OR coalesce(a.punkte, 0) <= 2 AS vergleichbar
FROM werte AS w LEFT JOIN abweichung AS a USING (auspraegung, jahr)
ORDER BY w.gebiet, w.merkmal, w.auspraegung, w.jahr
