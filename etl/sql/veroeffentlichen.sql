-- Facts and marts of the published database.
INSERT INTO onlinedienst
SELECT d.leika_key, d.ars, d.ars_heute, d.url, d.online_status, d.aktiv, d.art_flaechendeckung, d.begruendung,
    d.leika_name, d.zaehlt, d.ok, d.grund, t.gueltig_von, t.gueltig_bis, t.bekannt_von, t.bekannt_bis
FROM dienst AS d JOIN dienst_lauf AS l USING (id) JOIN laufzeit AS t USING (a, b)
ORDER BY d.leika_key, d.ars, d.id, t.bekannt_von, t.gueltig_von;

-- Days on which something can change; on the first day of a new catalogue version both versions are computed.
INSERT INTO stichtag
WITH tag AS (
    SELECT DISTINCT stand AS stichtag FROM folge
    UNION
    -- reports come on many days: their month ends and the last one are enough for a development
    SELECT least(last_day(stand), (SELECT max(stand) FROM meldung_liste)) FROM meldung_liste
    UNION
    SELECT gueltig_von FROM katalog_version
    WHERE gueltig_von > (SELECT min(stand) FROM (SELECT stand FROM folge UNION ALL SELECT stand FROM meldung_liste))
), geltend AS (
    SELECT t.stichtag, v.katalog_version
    FROM tag AS t JOIN katalog_version AS v ON t.stichtag < v.gueltig_bis
        AND (t.stichtag >= v.gueltig_von OR v.gueltig_von = (SELECT min(gueltig_von) FROM katalog_version))
), mit_vorgaenger AS (
    SELECT stichtag, katalog_version, lag(katalog_version) OVER (ORDER BY stichtag) AS vorher FROM geltend
)
SELECT stichtag, katalog_version, true FROM mit_vorgaenger
UNION ALL
SELECT stichtag, vorher, false FROM mit_vorgaenger WHERE vorher <> katalog_version
ORDER BY 1, 3, 2;

CREATE OR REPLACE TEMP TABLE stichtag_zelle AS
SELECT s.stichtag, s.katalog_version, z.ars, z.leika_key, c.beleg,
    c.zustand IN ('live', 'sichtbar', 'ende_zu_ende') AS ist_live,
    c.zustand = 'keine_meldung' AS unbekannt,
    c.zustand = 'gestoert' AS gestoert,
    NOT c.eigen AND c.mitglieder_belegt > 0 AS teilweise
FROM stichtag AS s
JOIN zustaendigkeit AS z USING (katalog_version)
JOIN rollin_zelle AS c ON c.ars = z.ars AND c.leika_key = z.leika_key AND c.bekannt_bis = DATE '9999-12-31'
    AND c.gueltig_von <= s.stichtag AND s.stichtag < c.gueltig_bis
WHERE c.zustand <> 'nicht_zustaendig';

INSERT INTO rollin_einheit
SELECT stichtag, katalog_version, ars, count(*) FILTER (ist_live), count(*), count(*) FILTER (unbekannt),
    count(*) FILTER (ist_live AND beleg = 'eigen'), count(*) FILTER (ist_live AND beleg IS DISTINCT FROM 'eigen'),
    count(*) FILTER (gestoert), count(*) FILTER (teilweise)
FROM stichtag_zelle GROUP BY ALL ORDER BY ALL;

INSERT INTO rollin_leistung
SELECT z.stichtag, z.katalog_version, z.leika_key, count(*) FILTER (ist_live), count(*), count(*) FILTER (unbekannt),
    coalesce(sum(e.einwohner) FILTER (ist_live), 0), sum(e.einwohner)
FROM stichtag_zelle AS z JOIN einheit AS e USING (ars) GROUP BY ALL ORDER BY 1, 2, 3;

INSERT INTO aenderung
WITH rang AS (
    SELECT unnest(['keine_meldung', 'nicht_begonnen', 'interesse', 'beschlossen', 'onboarding', 'test', 'live', 'sichtbar',
        'ende_zu_ende']) AS zustand, unnest(range(9)) AS stufe
), geordnet AS (
    SELECT ars, leika_key, gueltig_von, zustand::TEXT AS zustand,
        lag(zustand::TEXT) OVER (PARTITION BY ars, leika_key ORDER BY gueltig_von) AS vorher
    FROM rollin_zelle WHERE bekannt_bis = DATE '9999-12-31'
), live AS (
    SELECT g.*, zustand IN ('live', 'sichtbar', 'ende_zu_ende') AS jetzt, vorher IN ('live', 'sichtbar', 'ende_zu_ende') AS zuvor
    FROM geordnet AS g WHERE vorher IS NOT NULL AND zustand <> vorher
)
SELECT g.gueltig_von, g.ars, g.leika_key,
    CASE
        WHEN g.jetzt AND NOT g.zuvor THEN 'neu_online'
        WHEN g.zuvor AND g.zustand = 'gestoert' THEN 'link_defekt'
        WHEN g.zuvor AND g.zustand = 'keine_meldung' THEN 'weggefallen'
        WHEN g.vorher = 'keine_meldung' THEN 'erstmeldung'
        WHEN n.stufe > v.stufe THEN 'fortschritt'
        WHEN n.stufe < v.stufe THEN 'rueckschritt'
        ELSE 'sonstige'
    END, g.vorher, g.zustand
FROM live AS g
LEFT JOIN rang AS n ON n.zustand = g.zustand
LEFT JOIN rang AS v ON v.zustand = g.vorher
JOIN zustaendigkeit AS z ON z.ars = g.ars AND z.leika_key = g.leika_key
JOIN katalog_version AS k ON k.katalog_version = z.katalog_version AND g.gueltig_von < k.gueltig_bis
    AND (g.gueltig_von >= k.gueltig_von OR k.gueltig_von = (SELECT min(gueltig_von) FROM katalog_version))
ORDER BY 1, 2, 3;
