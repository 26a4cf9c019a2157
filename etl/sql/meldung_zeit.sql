-- Reports: what each statement means in valid time and knowledge time. A statement holds for its key (one cell or one
-- milestone) until the next one on that key; of one stand the last retrieved counts; earlier knowledge is never changed.
-- Needs `meldung_liste` (nr, stand, bekannt_von) in historical order and the rows of all reports with nr.
-- Before the first statement of a key holds the empty statement nr = -1, so that every key covers all time.
-- A report that repeats what the one before it on the same key says starts no new interval.
CREATE OR REPLACE TEMP TABLE aussage AS
WITH gesagt AS (
    SELECT ars || leika_key AS schluessel, nr, hash(zustand, seit, geplant_am, beleg_url, bemerkung) AS inhalt
    FROM meldung_rollin
    UNION ALL
    SELECT ars || register_id || '/' || meilenstein, nr,
        hash(geplant_am, erreicht_am, datensaetze, datensaetze_mit_idnr, bemerkung)
    FROM meldung_meilenstein
)
SELECT schluessel, nr FROM gesagt
QUALIFY coalesce(inhalt <> lag(inhalt) OVER (PARTITION BY schluessel ORDER BY nr), true);

CREATE OR REPLACE TEMP TABLE aussage_zeit AS
WITH anfang AS (
    SELECT schluessel, nr, stand, bekannt_von FROM aussage JOIN meldung_liste USING (nr)
    UNION ALL
    SELECT DISTINCT schluessel, -1, DATE '0001-01-01', DATE '0001-01-01' FROM aussage
), tag AS (
    SELECT schluessel, bekannt_von AS von,
        coalesce(lead(bekannt_von) OVER (PARTITION BY schluessel ORDER BY bekannt_von), DATE '9999-12-31') AS bis
    FROM (SELECT DISTINCT schluessel, bekannt_von FROM anfang)
), sichtbar AS (
    SELECT t.schluessel, t.von, t.bis, a.stand, max(a.nr) AS nr
    FROM tag AS t JOIN anfang AS a ON a.schluessel = t.schluessel AND a.bekannt_von <= t.von GROUP BY ALL
), abschnitt AS (
    SELECT *, coalesce(lead(stand) OVER (PARTITION BY schluessel, von ORDER BY stand), DATE '9999-12-31') AS gueltig_bis
    FROM sichtbar
), marke AS (
    SELECT *, coalesce((stand, gueltig_bis) <> lag((stand, gueltig_bis)) OVER (PARTITION BY schluessel, nr ORDER BY von), true) AS neu
    FROM abschnitt
), insel AS (
    SELECT *, sum(neu::INTEGER) OVER (PARTITION BY schluessel, nr ORDER BY von) AS gruppe FROM marke
)
SELECT schluessel, nr, stand AS gueltig_von, gueltig_bis, min(von) AS bekannt_von, max(bis) AS bekannt_bis
FROM insel GROUP BY schluessel, nr, stand, gueltig_bis, gruppe;
