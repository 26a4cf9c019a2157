-- Facts and marts of the published database.
INSERT INTO stichtag FROM stichtag_gezaehlt(DATE '9999-12-30') ORDER BY 1, 3, 2;

-- What each run adds to the counts when it begins and takes away when it ends: running sums of these are the counts on
-- every Stichtag, without a row for every cell on every day.
CREATE OR REPLACE TEMP TABLE schritt AS
WITH geltend AS (
    SELECT z.katalog_version, z.ars, z.leika_key, e.einwohner, c.gueltig_von, c.gueltig_bis,
        c.zustand IN ('live', 'sichtbar', 'ende_zu_ende') AS ist_live,
        ist_live AND coalesce(c.beleg = 'eigen', false) AS ist_eigen,
        c.zustand = 'keine_meldung' AS unbekannt,
        c.zustand = 'gestoert' AS gestoert,
        NOT c.eigen AND c.mitglieder_belegt > 0 AS teilweise
    FROM zustaendigkeit AS z
    JOIN rollin_zelle AS c ON c.ars = z.ars AND c.leika_key = z.leika_key AND c.bekannt_bis = DATE '9999-12-31'
    JOIN einheit AS e ON e.ars = z.ars
    WHERE c.zustand <> 'nicht_zustaendig'
)
SELECT katalog_version, ars, leika_key, gueltig_von AS tag, 1 AS zelle, ist_live::INTEGER AS n, ist_eigen::INTEGER AS n_eigen,
    unbekannt::INTEGER AS u, gestoert::INTEGER AS gestoert, teilweise::INTEGER AS teilweise, einwohner,
    ist_live::INTEGER * einwohner AS einwohner_live
FROM geltend
UNION ALL
SELECT katalog_version, ars, leika_key, gueltig_bis, -1, -ist_live::INTEGER, -ist_eigen::INTEGER,
    -unbekannt::INTEGER, -gestoert::INTEGER, -teilweise::INTEGER, -einwohner, -(ist_live::INTEGER * einwohner)
FROM geltend;

INSERT INTO rollin_einheit
WITH summe AS (
    SELECT katalog_version, ars, tag, false AS gefragt, sum(n) AS n, sum(zelle) AS nenner, sum(u) AS u,
        sum(n_eigen) AS n_eigen, sum(gestoert) AS gestoert, sum(teilweise) AS teilweise
    FROM schritt GROUP BY ALL
    UNION ALL
    SELECT s.katalog_version, z.ars, s.stichtag, true, 0, 0, 0, 0, 0, 0
    FROM stichtag AS s JOIN (SELECT DISTINCT katalog_version, ars FROM schritt) AS z USING (katalog_version)
), laufend AS (
    SELECT tag, katalog_version, ars, gefragt, sum(n) OVER bisher AS n, sum(nenner) OVER bisher AS nenner,
        sum(u) OVER bisher AS u, sum(n_eigen) OVER bisher AS n_eigen, sum(gestoert) OVER bisher AS gestoert,
        sum(teilweise) OVER bisher AS teilweise
    FROM summe WINDOW bisher AS (PARTITION BY katalog_version, ars ORDER BY tag)
)
SELECT tag, katalog_version, ars, n, nenner, u, n_eigen, n - n_eigen, gestoert, teilweise
FROM laufend WHERE gefragt AND nenner > 0 ORDER BY ALL;

INSERT INTO rollin_leistung
WITH summe AS (
    SELECT katalog_version, leika_key, tag, false AS gefragt, sum(n) AS n, sum(zelle) AS nenner, sum(u) AS u,
        sum(einwohner_live) AS einwohner_live, sum(einwohner) AS einwohner
    FROM schritt GROUP BY ALL
    UNION ALL
    SELECT s.katalog_version, z.leika_key, s.stichtag, true, 0, 0, 0, 0, NULL
    FROM stichtag AS s JOIN (SELECT DISTINCT katalog_version, leika_key FROM schritt) AS z USING (katalog_version)
), laufend AS (
    SELECT tag, katalog_version, leika_key, gefragt, sum(n) OVER bisher AS n, sum(nenner) OVER bisher AS nenner,
        sum(u) OVER bisher AS u, sum(einwohner_live) OVER bisher AS einwohner_live, sum(einwohner) OVER bisher AS einwohner
    FROM summe WINDOW bisher AS (PARTITION BY katalog_version, leika_key ORDER BY tag)
)
SELECT tag, katalog_version, leika_key, n, nenner, u, einwohner_live, einwohner
FROM laufend WHERE gefragt AND nenner > 0 ORDER BY 1, 2, 3;

INSERT INTO aenderung FROM aenderung_gezaehlt(DATE '9999-12-30') ORDER BY 1, 2, 3;
