-- Rules 1 and 2 for every distinct usable row.
CREATE OR REPLACE TABLE arbeit.dienst AS
WITH beurteilt AS (
    SELECT id, leika_key, ars, ars_heute, nullif(url, '') AS url, nullif(online_status, '') AS online_status,
        nullif(aktiv, '') AS aktiv, nullif(art_flaechendeckung, '') AS art_flaechendeckung,
        nullif(begruendung, '') AS begruendung, leika_name,
        CASE
            WHEN leika_key NOT IN (SELECT leika_key FROM leistung) THEN 'unbekannter Schlüssel'
            WHEN url = '' THEN 'keine Adresse'
            WHEN aktiv NOT IN ('', 'ja') THEN 'nicht aktiv'
            WHEN art_flaechendeckung NOT IN ('', 'bundesweit flächendeckend', 'landesweit flächendeckend',
                'kreisweit flächendeckend', 'in mind. einer Kommune verfügbar') THEN 'nicht in Auswertung berücksichtigt'
        END AS grund
    FROM inhalt WHERE ablehnung IS NULL
)
SELECT *, grund IS NULL AS zaehlt, grund IS NULL AND coalesce(online_status = 'ok', false) AS ok FROM beurteilt;
