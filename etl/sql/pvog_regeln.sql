-- Distinct rows, cells trimmed; what the rules say of each; which files need a second look for line numbers.
CREATE OR REPLACE TEMP TABLE inhalt AS
WITH getrimmt AS (
    SELECT coalesce(trim(leika_key), '') AS leika_key, coalesce(trim(ars), '') AS ars,
        coalesce(trim(url), '') AS url, coalesce(trim(online_status), '') AS online_status,
        coalesce(trim(aktiv), '') AS aktiv, coalesce(trim(art_flaechendeckung), '') AS art_flaechendeckung,
        coalesce(trim(begruendung), '') AS begruendung, datum_ok, max(trim(leika_name)) AS leika_name,
        flatten(list(nrs)) AS nrs
    FROM roh GROUP BY ALL
)
SELECT row_number() OVER (ORDER BY leika_key, g.ars, url, online_status, aktiv, art_flaechendeckung, begruendung, datum_ok) AS id,
    g.*, coalesce(s.ars_heute, a.ars_heute) AS ars_heute,
    ablehnungsgrund(leika_key, g.ars, coalesce(s.ars_heute, a.ars_heute), url, datum_ok) AS ablehnung,
    list_distinct(nrs) AS in_dateien
FROM getrimmt AS g
LEFT JOIN gebiet_schluessel AS s ON s.ars = g.ars
LEFT JOIN ags_heute AS a ON a.ags = ags_aus_ars(g.ars);

CREATE OR REPLACE TEMP TABLE doppelt AS
WITH gruppe AS (
    SELECT leika_key, ars, url, online_status, flatten(list(nrs)) AS nrs
    FROM inhalt WHERE ablehnung IS NULL GROUP BY ALL
    HAVING count(*) > 1 OR any_value(len(nrs)) > any_value(len(in_dateien))
)
SELECT leika_key, ars, url, online_status, nr
FROM (SELECT leika_key, ars, url, online_status, unnest(nrs) AS nr FROM gruppe)
GROUP BY ALL HAVING count(*) > 1;

CREATE OR REPLACE TEMP TABLE auffaellig AS
SELECT DISTINCT unnest(in_dateien) AS nr FROM inhalt WHERE ablehnung IS NOT NULL
UNION SELECT nr FROM doppelt;
