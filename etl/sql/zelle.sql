-- State of every (unit, service) as runs over published deliveries, evaluated only where some evidence changes.
CREATE OR REPLACE TEMP TABLE zelle AS SELECT DISTINCT ars, leika_key FROM zustaendigkeit;

CREATE OR REPLACE TEMP TABLE beleg AS
SELECT w.ars, d.leika_key, w.rolle, w.beleg_ars, d.ok, l.a, l.b
FROM arbeit.dienst AS d
JOIN arbeit.dienst_lauf AS l USING (id)
JOIN wirkung AS w ON w.beleg_ars = d.ars_heute
JOIN zelle AS z ON z.ars = w.ars AND z.leika_key = d.leika_key
WHERE d.zaehlt;

CREATE OR REPLACE TEMP TABLE punkt AS
SELECT ars, leika_key, a AS k FROM beleg
UNION
SELECT ars, leika_key, b + 1 FROM beleg WHERE b < (SELECT max(k) FROM folge)
UNION
SELECT ars, leika_key, 0 FROM zelle WHERE EXISTS (SELECT 1 FROM folge);

CREATE OR REPLACE TEMP TABLE zell_lauf AS
WITH mitglied AS (
    SELECT ars, count(*)::INTEGER AS mitglieder FROM wirkung WHERE rolle = 'mitglied' GROUP BY ars
), stand_der_belege AS (
    SELECT p.ars, p.leika_key, p.k,
        coalesce(bool_or(b.rolle = 'eigen'), false) AS eigen_direkt,
        coalesce(bool_or(b.rolle = 'eigen' AND b.ok), false) AS eigen_direkt_ok,
        count(DISTINCT CASE WHEN b.rolle = 'mitglied' THEN b.beleg_ars END)::INTEGER AS mitglieder_belegt,
        count(DISTINCT CASE WHEN b.rolle = 'mitglied' AND b.ok THEN b.beleg_ars END)::INTEGER AS mitglieder_ok,
        coalesce(bool_or(b.rolle = 'geerbt'), false) AS geerbt,
        coalesce(bool_or(b.rolle = 'geerbt' AND b.ok), false) AS geerbt_ok,
        -- the nearest level that serves: Kreis before Land before Bund, working before broken
        coalesce(max(CASE WHEN b.rolle = 'geerbt' AND b.ok THEN b.beleg_ars END),
            max(CASE WHEN b.rolle = 'geerbt' THEN b.beleg_ars END)) AS geerbt_von
    FROM punkt AS p
    LEFT JOIN beleg AS b ON b.ars = p.ars AND b.leika_key = p.leika_key AND p.k BETWEEN b.a AND b.b
    GROUP BY ALL
), beurteilt AS (
    SELECT s.ars, s.leika_key, s.k, coalesce(m.mitglieder, 0) AS mitglieder, mitglieder_belegt, geerbt, geerbt_von,
        eigen_direkt OR coalesce(mitglieder_belegt = m.mitglieder, false) AS eigen,
        eigen_direkt_ok OR coalesce(mitglieder_ok = m.mitglieder, false) AS eigen_ok,
        geerbt_ok
    FROM stand_der_belege AS s LEFT JOIN mitglied AS m USING (ars)
), zustaende AS (
    SELECT ars, leika_key, k,
        CASE WHEN eigen_ok OR geerbt_ok THEN 'sichtbar' WHEN eigen OR geerbt THEN 'gestoert' ELSE 'keine_meldung' END AS zustand,
        CASE WHEN eigen THEN 'eigen' WHEN geerbt THEN 'geerbt' END AS beleg,
        eigen, geerbt, geerbt_von, mitglieder, mitglieder_belegt
    FROM beurteilt
), wechsel AS (
    SELECT * FROM zustaende
    QUALIFY coalesce((zustand, beleg, eigen, geerbt, geerbt_von, mitglieder_belegt) IS DISTINCT FROM
        lag((zustand, beleg, eigen, geerbt, geerbt_von, mitglieder_belegt)) OVER (PARTITION BY ars, leika_key ORDER BY k), true)
)
SELECT *, k AS a, coalesce(lead(k) OVER (PARTITION BY ars, leika_key ORDER BY k) - 1,
    (SELECT max(k) FROM folge))::INTEGER AS b
FROM wechsel;
