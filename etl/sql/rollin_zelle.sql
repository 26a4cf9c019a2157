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
    FROM (
        SELECT * FROM gesamt
        QUALIFY coalesce((ab, belegt_ab) <> lag((ab, belegt_ab)) OVER (ORDER BY tag), true)
    )
)
SELECT z.ars, z.leika_key, z.zustand, z.beleg, z.eigen, z.geerbt, z.geerbt_von, z.mitglieder, z.mitglieder_belegt,
    t.gueltig_von, t.gueltig_bis, t.bekannt_von, t.bekannt_bis
FROM zell_lauf AS z JOIN arbeit.laufzeit AS t USING (a, b)
UNION ALL
SELECT z.ars, z.leika_key, 'keine_meldung', NULL, false, false, NULL, coalesce(m.mitglieder, 0), 0,
    l.gueltig_von, l.gueltig_bis, l.bekannt_von, l.bekannt_bis
FROM zelle AS z CROSS JOIN luecke AS l
LEFT JOIN (SELECT ars, count(*)::INTEGER AS mitglieder FROM wirkung WHERE rolle = 'mitglied' GROUP BY ars) AS m USING (ars)
WHERE l.gueltig_von < l.gueltig_bis;

INSERT INTO rollin_zelle
WITH zustand_zeit AS (
    SELECT t.* EXCLUDE (art, nr), m.zustand FROM aussage_zeit AS t
    LEFT JOIN meldung_rollin AS m ON m.ars || m.leika_key = t.schluessel AND m.nr = t.nr
    WHERE t.art = 'zustand'
), termin_zeit AS (
    SELECT t.* EXCLUDE (art, nr), m.geplant_am FROM aussage_zeit AS t
    LEFT JOIN meldung_rollin AS m ON m.ars || m.leika_key = t.schluessel AND m.nr = t.nr
    WHERE t.art = 'termin'
), mit_zustand AS (
    SELECT b.* EXCLUDE (gueltig_von, gueltig_bis, bekannt_von, bekannt_bis), b.ars || b.leika_key AS schluessel,
        nullif(g.zustand, 'keine_meldung') AS gemeldet,
        -- greatest and least ignore NULL: a cell without statements keeps its times
        greatest(b.gueltig_von, g.gueltig_von) AS gueltig_von, least(b.gueltig_bis, g.gueltig_bis) AS gueltig_bis,
        greatest(b.bekannt_von, g.bekannt_von) AS bekannt_von, least(b.bekannt_bis, g.bekannt_bis) AS bekannt_bis
    FROM beleg_zeit AS b LEFT JOIN zustand_zeit AS g ON g.schluessel = b.ars || b.leika_key
        AND g.gueltig_von < b.gueltig_bis AND b.gueltig_von < g.gueltig_bis
        AND g.bekannt_von < b.bekannt_bis AND b.bekannt_von < g.bekannt_bis
), zusammen AS (
    SELECT z.* EXCLUDE (gueltig_von, gueltig_bis, bekannt_von, bekannt_bis), p.geplant_am,
        greatest(z.gueltig_von, p.gueltig_von) AS gueltig_von, least(z.gueltig_bis, p.gueltig_bis) AS gueltig_bis,
        greatest(z.bekannt_von, p.bekannt_von) AS bekannt_von, least(z.bekannt_bis, p.bekannt_bis) AS bekannt_bis
    FROM mit_zustand AS z LEFT JOIN termin_zeit AS p ON p.schluessel = z.schluessel
        AND p.gueltig_von < z.gueltig_bis AND z.gueltig_von < p.gueltig_bis
        AND p.bekannt_von < z.bekannt_bis AND z.bekannt_von < p.bekannt_bis
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
ORDER BY ars, leika_key, bekannt_von, gueltig_von;
