-- Distinct rows, cells trimmed; what the rules say of each; which files need a second look for line numbers.
CREATE OR REPLACE TEMP TABLE inhalt AS
WITH getrimmt AS (
    SELECT coalesce(trim(leika_key), '') AS leika_key, coalesce(trim(ars), '') AS ars,
        coalesce(trim(url), '') AS url, coalesce(trim(online_status), '') AS online_status,
        coalesce(trim(aktiv), '') AS aktiv, coalesce(trim(art_flaechendeckung), '') AS art_flaechendeckung,
        coalesce(trim(begruendung), '') AS begruendung, datum_ok, trim(leika_name) AS leika_name, von, bis, nrs
    FROM roh
), mehrfach AS (
    SELECT leika_key, ars, url, online_status, aktiv, art_flaechendeckung, begruendung, datum_ok
    FROM getrimmt GROUP BY ALL HAVING count(*) > 1
), vereint AS (
    SELECT * FROM getrimmt ANTI JOIN mehrfach
        USING (leika_key, ars, url, online_status, aktiv, art_flaechendeckung, begruendung, datum_ok)
    UNION ALL
    -- spelled or laid out in different ways: one row, whose list stays even if it could be told as a range
    SELECT leika_key, ars, url, online_status, aktiv, art_flaechendeckung, begruendung, datum_ok, max(leika_name),
        min(von), max(bis), flatten(list(alle_nrs(von, bis, nrs)))
    FROM getrimmt SEMI JOIN mehrfach
        USING (leika_key, ars, url, online_status, aktiv, art_flaechendeckung, begruendung, datum_ok)
    GROUP BY leika_key, ars, url, online_status, aktiv, art_flaechendeckung, begruendung, datum_ok
)
SELECT row_number() OVER (ORDER BY leika_key, g.ars, url, online_status, aktiv, art_flaechendeckung, begruendung, datum_ok) AS id,
    g.*, coalesce(s.ars_heute, a.ars_heute) AS ars_heute,
    ablehnungsgrund(leika_key, g.ars, coalesce(s.ars_heute, a.ars_heute), url, datum_ok) AS ablehnung
FROM vereint AS g
LEFT JOIN gebiet_schluessel AS s ON s.ars = g.ars
LEFT JOIN ags_heute AS a ON a.ags = ags_aus_ars(g.ars);

CREATE OR REPLACE TEMP TABLE doppelt AS
WITH gruppe AS (
    SELECT leika_key, ars, url, online_status
    FROM inhalt WHERE ablehnung IS NULL GROUP BY ALL
    HAVING count(*) > 1 OR bool_or(len(nrs) > list_unique(nrs))
)
SELECT leika_key, ars, url, online_status, nr
FROM (
    SELECT leika_key, ars, url, online_status, unnest(alle_nrs(von, bis, nrs)) AS nr
    FROM inhalt SEMI JOIN gruppe USING (leika_key, ars, url, online_status) WHERE ablehnung IS NULL
)
GROUP BY ALL HAVING count(*) > 1;

CREATE OR REPLACE TEMP TABLE auffaellig AS
SELECT DISTINCT unnest(alle_nrs(von, bis, nrs)) AS nr FROM inhalt WHERE ablehnung IS NOT NULL
UNION SELECT nr FROM doppelt;

-- What the second look has to find: rows that are rejected for their content, and those that are doubled somewhere.
CREATE OR REPLACE TEMP TABLE gesucht AS
SELECT id, leika_key, ars, url, online_status, aktiv, art_flaechendeckung, begruendung, datum_ok, ablehnung
FROM inhalt
WHERE ablehnung IS NOT NULL
    OR (leika_key, ars, url, online_status) IN (SELECT (leika_key, ars, url, online_status) FROM doppelt);
