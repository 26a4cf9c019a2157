-- History: published deliveries in their order (k), valid rows as runs over k, and what a run means in time.
-- `lieferung` (nr, stand, bekannt_von, veroeffentlicht) holds every delivery in historical order.
CREATE OR REPLACE TEMP TABLE folge AS
SELECT nr, (row_number() OVER (ORDER BY nr) - 1)::INTEGER AS k, stand, bekannt_von FROM lieferung WHERE veroeffentlicht;

CREATE OR REPLACE TEMP TABLE nr_k AS
SELECT l.nr, (SELECT min(k) FROM folge AS f WHERE f.nr >= l.nr) AS k_ab,
    (SELECT max(k) FROM folge AS f WHERE f.nr <= l.nr) AS k_bis
FROM lieferung AS l;

-- Withheld deliveries do not interrupt a run: what stands before and after them stands in neighbouring ones.
CREATE OR REPLACE TABLE arbeit.dienst_lauf AS
WITH bereich AS (
    SELECT p.id, v.k_ab AS a, b.k_bis AS b
    FROM praesenz AS p JOIN nr_k AS v ON v.nr = p.von_nr JOIN nr_k AS b ON b.nr = p.bis_nr
    WHERE v.k_ab <= b.k_bis
), marke AS (
    SELECT id, a, b, coalesce(a > lag(b) OVER (PARTITION BY id ORDER BY a) + 1, true) AS neu FROM bereich
), insel AS (
    SELECT id, a, b, sum(neu::INTEGER) OVER (PARTITION BY id ORDER BY a) AS gruppe FROM marke
)
SELECT id, min(a)::INTEGER AS a, max(b)::INTEGER AS b FROM insel GROUP BY id, gruppe;
