-- Reports: what each statement means in valid time and knowledge time. A statement holds for its key until the next one
-- on that key; of one stand the last retrieved counts; earlier knowledge is never changed.
-- Needs `meldung_liste` (nr, stand, bekannt_von) in historical order and the rows of all reports with nr.
-- Four kinds of statements (art), since a row without a state leaves the state as it was and only sets the rest anew:
-- zustand and termin of a cell, the whole row (zeile) of a cell, and a milestone.
-- A statement that repeats the one before it, and was not known earlier, starts no new interval.
CREATE OR REPLACE TEMP TABLE aussage AS
WITH gesagt AS (
    SELECT 'zustand' AS art, ars || leika_key AS schluessel, nr, hash(zustand) AS inhalt
    FROM meldung_rollin WHERE zustand IS NOT NULL
    UNION ALL
    SELECT 'termin', ars || leika_key, nr, hash(geplant_am) FROM meldung_rollin
    WHERE (ars, leika_key) IN (SELECT (ars, leika_key) FROM meldung_rollin WHERE geplant_am IS NOT NULL)
    UNION ALL
    SELECT 'zeile', ars || leika_key, nr, hash(zustand, seit, geplant_am, beleg_url, bemerkung) FROM meldung_rollin
    UNION ALL
    SELECT 'meilenstein', ars || register_id || '/' || meilenstein, nr,
        hash(geplant_am, erreicht_am, datensaetze, datensaetze_mit_idnr, bemerkung)
    FROM meldung_meilenstein
)
SELECT art, schluessel, nr, stand, bekannt_von FROM gesagt JOIN meldung_liste USING (nr)
WINDOW w AS (PARTITION BY art, schluessel ORDER BY nr)
QUALIFY coalesce(inhalt <> lag(inhalt) OVER w OR bekannt_von < lag(bekannt_von) OVER w, true);

-- Before the first statement of a key holds the empty statement nr = -1, so that every key covers all time.
CREATE OR REPLACE TEMP TABLE aussage_folge AS
WITH anfang AS (
    FROM aussage
    UNION ALL
    SELECT DISTINCT art, schluessel, -1, DATE '0001-01-01', DATE '0001-01-01' FROM aussage
), naechste AS (
    SELECT *, lead(stand) OVER w AS stand_danach, lead(bekannt_von) OVER w AS bekannt_danach
    FROM anfang WINDOW w AS (PARTITION BY art, schluessel ORDER BY nr)
)
SELECT *, bool_and(coalesce(bekannt_von <= bekannt_danach, true)) OVER (PARTITION BY art, schluessel) AS der_reihe_nach
FROM naechste;

CREATE OR REPLACE TEMP TABLE aussage_zeit AS
-- Keys whose statements became known in their order, as nearly all do: open-ended until the next is known, then up to it.
SELECT art, schluessel, nr, stand AS gueltig_von, DATE '9999-12-31' AS gueltig_bis, bekannt_von,
    coalesce(bekannt_danach, DATE '9999-12-31') AS bekannt_bis
FROM aussage_folge WHERE der_reihe_nach AND bekannt_von < coalesce(bekannt_danach, DATE '9999-12-31')
UNION ALL
SELECT art, schluessel, nr, stand, stand_danach, bekannt_danach, DATE '9999-12-31'
FROM aussage_folge WHERE der_reihe_nach AND stand < stand_danach
UNION ALL
(WITH anfang AS (
    SELECT * FROM aussage_folge WHERE NOT der_reihe_nach
), tag AS (
    SELECT art, schluessel, bekannt_von AS von,
        coalesce(lead(bekannt_von) OVER (PARTITION BY art, schluessel ORDER BY bekannt_von), DATE '9999-12-31') AS bis
    FROM (SELECT DISTINCT art, schluessel, bekannt_von FROM anfang)
), sichtbar AS (
    SELECT t.art, t.schluessel, t.von, t.bis, a.stand, max(a.nr) AS nr
    FROM tag AS t JOIN anfang AS a ON a.art = t.art AND a.schluessel = t.schluessel AND a.bekannt_von <= t.von
    GROUP BY ALL
), abschnitt AS (
    SELECT *, coalesce(lead(stand) OVER (PARTITION BY art, schluessel, von ORDER BY stand), DATE '9999-12-31') AS ende
    FROM sichtbar
), marke AS (
    SELECT *, coalesce((stand, ende) <> lag((stand, ende)) OVER (PARTITION BY art, schluessel, nr ORDER BY von), true) AS neu
    FROM abschnitt
), insel AS (
    SELECT *, sum(neu::INTEGER) OVER (PARTITION BY art, schluessel, nr ORDER BY von) AS gruppe FROM marke
)
SELECT art, schluessel, nr, stand, ende, min(von), max(bis) FROM insel GROUP BY art, schluessel, nr, stand, ende, gruppe);
