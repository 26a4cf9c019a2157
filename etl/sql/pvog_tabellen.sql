-- Working tables of reading Open-PVOG deliveries. `nrs` lists the files of a row, as often as it stands in each; NULL says
-- once in every file from `von` to `bis`, so that the many plain rows need no list.
CREATE OR REPLACE TEMP TABLE roh (
    leika_key TEXT, ars TEXT, url TEXT, online_status TEXT, aktiv TEXT, art_flaechendeckung TEXT, begruendung TEXT,
    datum_ok BOOLEAN, leika_name TEXT, von INTEGER, bis INTEGER, nrs INTEGER[]
);
CREATE OR REPLACE TEMP TABLE verworfen (
    nr INTEGER, zeile INTEGER, grund TEXT, inhalt TEXT, id BIGINT
);
-- Reason why a row cannot be used at all, in the order in which a reader would look; NULL for a usable row.
CREATE OR REPLACE TEMP MACRO ablehnungsgrund(leika_key, ars, ars_heute, url, datum_ok) AS CASE
    WHEN NOT regexp_full_match(leika_key, '[0-9]{14}') THEN 'leika_key_ungueltig'
    WHEN NOT regexp_full_match(ars, '[0-9]{12}') THEN 'ars_ungueltig'
    WHEN ars_heute IS NULL THEN 'ars_unbekannt'
    WHEN url <> '' AND NOT regexp_matches(url, '^(?i)https?://[^\s/?#]') THEN 'url_ungueltig'
    WHEN NOT datum_ok THEN 'datum_ungueltig'
END;
-- AGS of a Gemeinde's key, also of a dissolved one; NULL for Kreis, Verband, Land (a plain equality keeps the join a hash join).
CREATE OR REPLACE TEMP MACRO ags_aus_ars(ars) AS CASE WHEN right(ars, 3) <> '000' THEN left(ars, 5) || right(ars, 3) END;
CREATE OR REPLACE TEMP MACRO alle_nrs(von, bis, nrs) AS coalesce(nrs, range(von, bis + 1)::INTEGER[]);
