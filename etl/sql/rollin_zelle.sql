-- Evidence and report together (docs/methodik.md, rule 4): neither overwrites the other, disagreement is flagged.
CREATE OR REPLACE TEMP TABLE beleg_zeit AS
WITH liefertag AS (
    SELECT bekannt_von AS tag FROM folge UNION SELECT bekannt_von FROM meldung_liste
), beginn AS (
    SELECT t.tag, coalesce(min(f.stand), DATE '9999-12-31') AS belegt_ab
    FROM liefertag AS t LEFT JOIN folge AS f ON f.bekannt_von <= t.tag GROUP BY t.tag
), gesamt AS (
    SELECT b.tag, b.belegt_ab, min(l.stand) AS ab
    FROM beginn AS b
    JOIN (SELECT stand, bekannt_von FROM folge UNION ALL SELECT stand, bekannt_von FROM meldung_liste) AS l
        ON l.bekannt_von <= b.tag
    GROUP BY ALL
), luecke AS (
    -- days on which only reports are known: no evidence anywhere yet
    SELECT ab AS gueltig_von, belegt_ab AS gueltig_bis, tag AS bekannt_von,
        coalesce(lead(tag) OVER (ORDER BY tag), DATE '9999-12-31') AS bekannt_bis
    FROM gesamt
)
SELECT z.ars, z.leika_key, z.zustand, z.beleg, z.eigen, z.geerbt, z.geerbt_von, z.mitglieder, z.mitglieder_belegt,
    t.gueltig_von, t.gueltig_bis, t.bekannt_von, t.bekannt_bis
FROM zell_lauf AS z JOIN laufzeit AS t USING (a, b)
UNION ALL
SELECT z.ars, z.leika_key, 'keine_meldung', NULL, false, false, NULL, coalesce(m.mitglieder, 0), 0,
    l.gueltig_von, l.gueltig_bis, l.bekannt_von, l.bekannt_bis
FROM zelle AS z CROSS JOIN luecke AS l
LEFT JOIN (SELECT ars, count(*)::INTEGER AS mitglieder FROM wirkung WHERE rolle = 'mitglied' GROUP BY ars) AS m USING (ars)
WHERE l.gueltig_von < l.gueltig_bis;

INSERT INTO rollin_zelle
WITH gemeldet AS (
    SELECT t.schluessel, m.zustand, m.geplant_am, t.gueltig_von, t.gueltig_bis, t.bekannt_von, t.bekannt_bis
    FROM aussage_zeit AS t LEFT JOIN meldung_rollin AS m ON m.ars || m.leika_key = t.schluessel AND m.nr = t.nr
), zusammen AS (
    SELECT b.* EXCLUDE (gueltig_von, gueltig_bis, bekannt_von, bekannt_bis),
        nullif(g.zustand, 'keine_meldung') AS gemeldet, g.geplant_am,
        greatest(b.gueltig_von, coalesce(g.gueltig_von, b.gueltig_von)) AS gueltig_von,
        least(b.gueltig_bis, coalesce(g.gueltig_bis, b.gueltig_bis)) AS gueltig_bis,
        greatest(b.bekannt_von, coalesce(g.bekannt_von, b.bekannt_von)) AS bekannt_von,
        least(b.bekannt_bis, coalesce(g.bekannt_bis, b.bekannt_bis)) AS bekannt_bis
    FROM beleg_zeit AS b LEFT JOIN gemeldet AS g ON g.schluessel = b.ars || b.leika_key
)
SELECT ars, leika_key,
    CASE
        WHEN gemeldet IS NULL THEN zustand
        WHEN gemeldet IN ('nicht_zustaendig', 'ende_zu_ende') THEN gemeldet
        WHEN gemeldet IN ('live', 'sichtbar') AND zustand = 'sichtbar' THEN 'sichtbar'
        WHEN gemeldet IN ('live', 'sichtbar') THEN 'live'
        WHEN zustand = 'sichtbar' THEN 'sichtbar'
        ELSE gemeldet
    END,
    CASE WHEN eigen OR gemeldet IN ('live', 'sichtbar', 'ende_zu_ende') THEN 'eigen' ELSE beleg END,
    eigen, geerbt, geerbt_von, mitglieder, mitglieder_belegt, gemeldet, geplant_am,
    CASE
        WHEN gemeldet IS NULL THEN zustand = 'gestoert'
        WHEN gemeldet IN ('live', 'sichtbar', 'ende_zu_ende') THEN zustand <> 'sichtbar'
        WHEN gemeldet = 'nicht_zustaendig' THEN eigen
        ELSE zustand = 'sichtbar' OR gemeldet = 'gestoert'
    END,
    gueltig_von, gueltig_bis, bekannt_von, bekannt_bis
FROM zusammen
WHERE gueltig_von < gueltig_bis AND bekannt_von < bekannt_bis
ORDER BY ars, leika_key, bekannt_von, gueltig_von;
