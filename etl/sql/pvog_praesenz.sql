-- Which usable row stands in which files, as ranges of file numbers; counts by file and by Kreis.
CREATE OR REPLACE TEMP TABLE praesenz AS
WITH abzug AS (
    SELECT id, nr, count(*) AS zeilen FROM verworfen WHERE id IS NOT NULL AND grund = 'doppelt' GROUP BY ALL
), betroffen AS (
    SELECT id, nr, count(*) AS zeilen
    FROM (SELECT id, unnest(alle_nrs(von, bis, nrs)) AS nr FROM inhalt WHERE id IN (SELECT id FROM abzug)) GROUP BY ALL
), einzeln AS (
    SELECT b.id, b.nr FROM betroffen AS b LEFT JOIN abzug AS a USING (id, nr)
    WHERE b.zeilen > coalesce(a.zeilen, 0)
    UNION ALL
    SELECT id, unnest(list_distinct(nrs)) FROM inhalt
    WHERE ablehnung IS NULL AND nrs IS NOT NULL AND id NOT IN (SELECT id FROM abzug)
), inseln AS (
    SELECT id, nr, nr - row_number() OVER (PARTITION BY id ORDER BY nr) AS insel FROM einzeln
)
SELECT id, min(nr) AS von_nr, max(nr) AS bis_nr FROM inseln GROUP BY id, insel
UNION ALL
SELECT id, von, bis FROM inhalt WHERE ablehnung IS NULL AND nrs IS NULL AND id NOT IN (SELECT id FROM abzug);

-- An accepted row stands once in each of its files: doubled ones were rejected. Equal ranges are counted before they are
-- spread over the files.
CREATE OR REPLACE TEMP TABLE kreis_zahl AS
WITH bereich AS (
    SELECT left(i.ars, 5) AS kreis, von_nr, bis_nr, count(*) AS zeilen
    FROM praesenz AS p JOIN inhalt AS i USING (id) GROUP BY ALL
)
SELECT nr, kreis, sum(zeilen)::INTEGER AS zeilen
FROM (SELECT unnest(range(von_nr, bis_nr + 1))::INTEGER AS nr, kreis, zeilen FROM bereich)
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE lieferung_zahl AS
WITH bereich AS (
    SELECT von, bis, nrs, count(*) AS zeilen FROM inhalt GROUP BY ALL
), gelesen AS (
    SELECT nr, sum(zeilen) AS zeilen
    FROM (SELECT unnest(alle_nrs(von, bis, nrs)) AS nr, zeilen FROM bereich) GROUP BY nr
), angenommen AS (
    SELECT nr, sum(zeilen) AS angenommen FROM kreis_zahl GROUP BY nr
), verloren AS (
    SELECT nr, count(*) AS abgelehnt, count(*) FILTER (grund = 'spalten') AS unvollstaendig FROM verworfen GROUP BY nr
)
SELECT nr, (coalesce(zeilen, 0) + coalesce(unvollstaendig, 0))::INTEGER AS zeilen,
    coalesce(angenommen, 0)::INTEGER AS angenommen, coalesce(abgelehnt, 0)::INTEGER AS abgelehnt
FROM gelesen FULL JOIN verloren USING (nr) LEFT JOIN angenommen USING (nr);

CREATE OR REPLACE TEMP TABLE warnung_zahl AS
WITH wert AS (
    SELECT id, 'online_status' AS spalte, online_status AS wert FROM inhalt
    WHERE online_status NOT IN ('', 'ok', 'nicht ok')
    UNION ALL
    SELECT id, 'aktiv', aktiv FROM inhalt WHERE aktiv NOT IN ('', 'ja', 'nein')
    UNION ALL
    SELECT id, 'art_flaechendeckung', art_flaechendeckung FROM inhalt
    WHERE art_flaechendeckung NOT IN ('', 'bundesweit flächendeckend', 'landesweit flächendeckend',
        'kreisweit flächendeckend', 'in mind. einer Kommune verfügbar', 'nicht in Auswertung berücksichtigt')
)
SELECT nr, spalte, wert, count(*)::INTEGER AS zeilen
FROM (
    SELECT spalte, wert, unnest(range(von_nr, bis_nr + 1))::INTEGER AS nr FROM wert JOIN praesenz USING (id)
)
GROUP BY ALL;
