-- What is new at each of the last twelve Stichtage since the one before: counts, and the services that moved most.
WITH tag AS (
    SELECT stichtag, lag(stichtag) OVER (ORDER BY stichtag) AS vorher
    FROM (SELECT DISTINCT stichtag FROM stichtag WHERE massgeblich)
    QUALIFY row_number() OVER (ORDER BY stichtag DESC) <= 12
), ereignis AS (
    SELECT t.stichtag, a.leika_key, a.art, a.art = 'neu_online' AS gewonnen,
        a.zustand_alt IN ('live', 'sichtbar', 'ende_zu_ende')
            AND a.zustand_neu NOT IN ('live', 'sichtbar', 'ende_zu_ende', 'nicht_zustaendig') AS verloren
    FROM tag AS t JOIN aenderung AS a ON a.stichtag > t.vorher AND a.stichtag <= t.stichtag
), je_leistung AS (
    SELECT e.stichtag, n.name, count(*) FILTER (e.gewonnen) AS gewonnen, count(*) FILTER (e.verloren) AS verloren
    FROM ereignis AS e
    JOIN (SELECT leika_key, first(name ORDER BY katalog_version DESC) AS name FROM leistung GROUP BY leika_key) AS n
        USING (leika_key)
    GROUP BY e.stichtag, e.leika_key, n.name
), groesste AS (
    SELECT stichtag, list({'name': name, 'gewonnen': gewonnen, 'verloren': verloren}
        ORDER BY gewonnen + verloren DESC, name) AS leistungen
    FROM je_leistung WHERE gewonnen + verloren > 0
    GROUP BY stichtag
), gezaehlt AS (
    SELECT stichtag, count(*) FILTER (gewonnen) AS gewonnen, count(*) FILTER (verloren) AS verloren,
        count(*) FILTER (verloren AND art = 'link_defekt') AS link_defekt, count(*) FILTER (art = 'fortschritt') AS fortschritt
    FROM ereignis GROUP BY stichtag
), stand_der_dinge AS (
    SELECT r.stichtag, sum(r.n)::INTEGER AS n, sum(r.nenner)::INTEGER AS nenner, sum(r.u)::INTEGER AS u
    FROM rollin_einheit AS r JOIN stichtag AS s USING (stichtag, katalog_version)
    WHERE s.massgeblich GROUP BY r.stichtag
)
SELECT t.stichtag, t.vorher, s.n, s.nenner, s.u, coalesce(g.gewonnen, 0) AS gewonnen, coalesce(g.verloren, 0) AS verloren,
    coalesce(g.link_defekt, 0) AS link_defekt, coalesce(g.fortschritt, 0) AS fortschritt,
    coalesce(l.leistungen[:5], []) AS leistungen
FROM tag AS t
JOIN stand_der_dinge AS s USING (stichtag)
LEFT JOIN gezaehlt AS g USING (stichtag)
LEFT JOIN groesste AS l USING (stichtag)
ORDER BY t.stichtag DESC
