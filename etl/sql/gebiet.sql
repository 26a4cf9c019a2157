-- Keys under which a delivery may name an area, and the unit of today that each leads to.
CREATE OR REPLACE TEMP TABLE gebiet_schluessel AS
SELECT ars, ars AS ars_heute FROM einheit WHERE gueltig_bis = DATE '9999-12-31'
UNION
-- the Verband key of a verbandsfreie Gemeinde is the Gemeinde itself
SELECT verband_ars, ars FROM einheit
WHERE ebene = 'gemeinde' AND typ IN ('verbandsfreie_gemeinde', 'kreisfreie_stadt') AND gueltig_bis = DATE '9999-12-31'
    AND verband_ars <> ars;

CREATE OR REPLACE TEMP TABLE ags_heute AS
SELECT ags, ars AS ars_heute FROM einheit WHERE ebene = 'gemeinde' AND gueltig_bis = DATE '9999-12-31'
UNION
SELECT a.ags_alt, e.ars FROM gebietsaenderung AS a JOIN einheit AS e ON e.ags = a.ags_heute
WHERE e.gueltig_bis = DATE '9999-12-31' AND a.ags_alt NOT IN (
    SELECT ags FROM einheit WHERE ebene = 'gemeinde' AND gueltig_bis = DATE '9999-12-31'
);

-- Where evidence for a responsible unit may stand (docs/methodik.md, "Eigen und geerbt").
CREATE OR REPLACE TEMP TABLE wirkung AS
WITH zustaendige AS (
    SELECT * FROM einheit WHERE ars = zustaendig_ars AND gueltig_bis = DATE '9999-12-31'
), gemeinden AS (
    SELECT * FROM einheit WHERE ebene = 'gemeinde' AND gueltig_bis = DATE '9999-12-31'
)
SELECT ars, ars AS beleg_ars, 'eigen' AS rolle FROM zustaendige
UNION
SELECT k.ars, g.ars, 'eigen' FROM zustaendige AS k JOIN gemeinden AS g ON g.zustaendig_ars = k.ars
WHERE k.typ = 'erfuellende_gemeinde' AND g.typ = 'erfuellende_gemeinde'
UNION
SELECT k.ars, g.ars, 'mitglied' FROM zustaendige AS k JOIN gemeinden AS g ON g.zustaendig_ars = k.ars
WHERE k.typ = 'verwaltungsgemeinschaft'
UNION
SELECT ars, kreis_ars, 'geerbt' FROM zustaendige WHERE kreis_ars <> ars
UNION
SELECT ars, left(ars, 2) || '0000000000', 'geerbt' FROM zustaendige
UNION
SELECT ars, '000000000000', 'geerbt' FROM zustaendige;
