-- Rejected rows of the files in `zeile`, with line number; of doubled rows the first in the file stays.
INSERT INTO verworfen
WITH getrimmt AS (
    SELECT nr, zeile, inhalt, coalesce(trim(leika_key), '') AS leika_key, coalesce(trim(ars), '') AS ars,
        coalesce(trim(url), '') AS url, coalesce(trim(online_status), '') AS online_status,
        coalesce(trim(aktiv), '') AS aktiv, coalesce(trim(art_flaechendeckung), '') AS art_flaechendeckung,
        coalesce(trim(begruendung), '') AS begruendung, datum_ok
    FROM zeile
), zugeordnet AS (
    SELECT g.*, i.id, i.ablehnung
    FROM getrimmt AS g
    JOIN gesucht AS i USING (leika_key, ars, url, online_status, aktiv, art_flaechendeckung, begruendung, datum_ok)
    WHERE i.ablehnung IS NOT NULL
        OR (leika_key, ars, url, online_status, nr) IN (SELECT (leika_key, ars, url, online_status, nr) FROM doppelt)
), beurteilt AS (
    SELECT nr, zeile, inhalt, id, coalesce(ablehnung, CASE WHEN row_number() OVER (
        PARTITION BY nr, ablehnung, leika_key, ars, url, online_status ORDER BY zeile) > 1 THEN 'doppelt' END) AS grund
    FROM zugeordnet
)
SELECT nr, zeile, grund, inhalt, id FROM beurteilt WHERE grund IS NOT NULL;
