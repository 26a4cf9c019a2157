-- S_k(v): what each unit is responsible for in each version of the catalogue (docs/methodik.md, rule 5).
INSERT INTO zustaendigkeit
WITH zustaendige AS (
    SELECT ars, gruppe FROM einheit WHERE ars = zustaendig_ars AND gueltig_bis = DATE '9999-12-31'
), regel AS (
    SELECT k.ars, l.leika_key, l.katalog_version
    FROM zustaendige AS k
    JOIN leistung AS l ON (k.gruppe = 'kreisfreie_stadt')
        OR (k.gruppe = 'gemeindeebene' AND l.ebene = 'gemeinde')
        OR (k.gruppe = 'landkreis' AND l.ebene = 'kreis')
    UNION
    SELECT a.ars, l.leika_key, l.katalog_version
    FROM zustaendigkeit_ausnahme AS a JOIN leistung AS l USING (leika_key) WHERE a.zustaendig
)
SELECT ars, leika_key, katalog_version FROM regel
WHERE (leika_key, ars) NOT IN (SELECT (leika_key, ars) FROM zustaendigkeit_ausnahme WHERE NOT zustaendig)
ORDER BY ALL; -- questions about one unit read only its part; UNION keeps each row single, the sources hold the keys

-- K_r: by level, and additionally whoever holds a service of the register by exception (e.g. Wohngeld in Gotha).
INSERT INTO register_zustaendigkeit
SELECT k.ars, r.register_id
FROM (SELECT ars, gruppe FROM einheit WHERE ars = zustaendig_ars AND gueltig_bis = DATE '9999-12-31') AS k
JOIN register AS r ON k.gruppe = 'kreisfreie_stadt'
    OR (k.gruppe = 'gemeindeebene' AND r.ebene = 'gemeinde')
    OR (k.gruppe = 'landkreis' AND r.ebene = 'kreis')
UNION
SELECT a.ars, l.register_id
FROM zustaendigkeit_ausnahme AS a JOIN leistung AS l USING (leika_key)
WHERE a.zustaendig AND l.register_id IS NOT NULL
ORDER BY 1, 2;
