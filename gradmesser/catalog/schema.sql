-- The contract between etl (writes) and gradmesser (reads). Every stored row shape is defined here and only here;
-- docs/datenmodell.md describes every column and a test compares the two.
-- Valid time: [gueltig_von, gueltig_bis), knowledge time: [bekannt_von, bekannt_bis); an open end is 9999-12-31.

CREATE TYPE ebene AS ENUM ('bund', 'land', 'kreis', 'verband', 'gemeinde');
CREATE TYPE einheit_typ AS ENUM ('bund', 'land', 'landkreis', 'kreisfreie_stadt', 'verwaltungsgemeinschaft',
    'erfuellende_gemeinde', 'verbandsfreie_gemeinde', 'mitgliedsgemeinde');
CREATE TYPE gruppe AS ENUM ('kreisfreie_stadt', 'landkreis', 'gemeindeebene');
CREATE TYPE leistung_ebene AS ENUM ('gemeinde', 'kreis');
CREATE TYPE sicherheit AS ENUM ('hoch', 'mittel', 'niedrig');
CREATE TYPE herkunft AS ENUM ('amtlich', 'meldung', 'beispiel');
CREATE TYPE snapshot_status AS ENUM ('veroeffentlicht', 'zurueckgehalten');
CREATE TYPE zustand AS ENUM ('nicht_zustaendig', 'keine_meldung', 'nicht_begonnen', 'interesse', 'beschlossen',
    'onboarding', 'test', 'gestoert', 'live', 'sichtbar', 'ende_zu_ende', 'zurueckgestellt', 'abgelehnt');
CREATE TYPE beleg_art AS ENUM ('eigen', 'geerbt');
CREATE TYPE value_status AS ENUM ('gemeldet', 'vorlaeufig', 'geschaetzt', 'unterdrueckt', 'nicht_verfuegbar', 'nicht_zutreffend');

-- Bookkeeping -------------------------------------------------------------------------------------------------------

CREATE TABLE stand_der_datenbank (
    regelversion   TEXT NOT NULL,
    eingang_sha256 TEXT NOT NULL,
    herkunft       herkunft NOT NULL,
    gebietsstand   DATE NOT NULL
);
COMMENT ON TABLE stand_der_datenbank IS 'Eine Zeile: woraus diese Datenbank gebaut ist';
COMMENT ON COLUMN stand_der_datenbank.regelversion IS 'Version der Zählregeln (docs/methodik.md)';
COMMENT ON COLUMN stand_der_datenbank.eingang_sha256 IS 'Prüfsumme über alle Eingangsdateien, Grundlage des Fingerabdrucks';
COMMENT ON COLUMN stand_der_datenbank.herkunft IS 'amtlich oder beispiel: woher die Roll-in-Daten stammen; nie gemischt';
COMMENT ON COLUMN stand_der_datenbank.gebietsstand IS 'Gebietsstand der Einheiten';

CREATE TABLE source (
    source_id   TEXT PRIMARY KEY CHECK (regexp_full_match(source_id, '[a-z][a-z0-9_]*')),
    title       TEXT NOT NULL,
    publisher   TEXT NOT NULL,
    licence     TEXT NOT NULL,
    attribution TEXT NOT NULL,
    url         TEXT NOT NULL,
    limits      TEXT NOT NULL
);
COMMENT ON TABLE source IS 'Quellen, aus gradmesser/catalog/sources';
COMMENT ON COLUMN source.source_id IS 'Kennung der Quelle';
COMMENT ON COLUMN source.title IS 'Name, wie er angezeigt wird';
COMMENT ON COLUMN source.publisher IS 'Herausgeber';
COMMENT ON COLUMN source.licence IS 'Lizenz der Daten';
COMMENT ON COLUMN source.attribution IS 'Quellenvermerk im Wortlaut';
COMMENT ON COLUMN source.url IS 'Adresse der Quelle';
COMMENT ON COLUMN source.limits IS 'Was man daraus nicht schließen darf';

CREATE TABLE measure (
    measure_id  TEXT PRIMARY KEY,
    source_id   TEXT NOT NULL REFERENCES source,
    title       TEXT NOT NULL,
    short_title TEXT NOT NULL CHECK (length(short_title) <= 28),
    unit        TEXT NOT NULL CHECK (unit IN ('percent', 'count', 'score', 'yes_no')),
    description TEXT NOT NULL,
    formula     TEXT NOT NULL,
    caveat      TEXT NOT NULL
);
COMMENT ON TABLE measure IS 'Kennzahlen, aus gradmesser/catalog/measures';
COMMENT ON COLUMN measure.measure_id IS 'Kennung der Kennzahl';
COMMENT ON COLUMN measure.source_id IS 'Quelle, aus der sie gerechnet wird';
COMMENT ON COLUMN measure.title IS 'Titel';
COMMENT ON COLUMN measure.short_title IS 'Kurztitel für Auswahl und Achsen';
COMMENT ON COLUMN measure.unit IS 'percent, count, score (0–100) oder yes_no';
COMMENT ON COLUMN measure.description IS 'Was gemessen wird';
COMMENT ON COLUMN measure.formula IS 'Rechenweg in Worten';
COMMENT ON COLUMN measure.caveat IS 'Grenzen der Aussage';

CREATE TABLE snapshot (
    snapshot_id     TEXT PRIMARY KEY,
    source_id       TEXT NOT NULL REFERENCES source,
    stand           DATE NOT NULL,
    abgerufen       TIMESTAMP NOT NULL,
    bekannt_von     DATE NOT NULL,
    sha256          TEXT NOT NULL CHECK (regexp_full_match(sha256, '[0-9a-f]{64}')),
    datei           TEXT NOT NULL,
    absender        TEXT,
    zeilen          INTEGER NOT NULL,
    angenommen      INTEGER NOT NULL,
    abgelehnt       INTEGER NOT NULL,
    warnungen       INTEGER NOT NULL,
    herkunft        herkunft NOT NULL,
    status          snapshot_status NOT NULL,
    grund           TEXT,
    freigabe_grund  TEXT,
    CHECK (angenommen + abgelehnt = zeilen)
);
COMMENT ON TABLE snapshot IS 'Jede unverändert aufbewahrte Lieferung';
COMMENT ON COLUMN snapshot.snapshot_id IS 'Quelle-Stand-Prüfsumme; Name für release';
COMMENT ON COLUMN snapshot.source_id IS 'Quelle';
COMMENT ON COLUMN snapshot.stand IS 'Datum, für das die Lieferung gilt';
COMMENT ON COLUMN snapshot.abgerufen IS 'Zeitpunkt des Abrufs oder Einlesens (UTC)';
COMMENT ON COLUMN snapshot.bekannt_von IS 'Tag, ab dem die Lieferung hier veröffentlicht war (Abruf oder Freigabe)';
COMMENT ON COLUMN snapshot.sha256 IS 'Prüfsumme der Datei';
COMMENT ON COLUMN snapshot.datei IS 'Dateiname der Lieferung';
COMMENT ON COLUMN snapshot.absender IS 'Stelle, die eine Meldung eingereicht hat';
COMMENT ON COLUMN snapshot.zeilen IS 'Datenzeilen der Datei';
COMMENT ON COLUMN snapshot.angenommen IS 'angenommene Zeilen';
COMMENT ON COLUMN snapshot.abgelehnt IS 'abgelehnte Zeilen; angenommen + abgelehnt = zeilen';
COMMENT ON COLUMN snapshot.warnungen IS 'unbekannte Werte in angenommenen Zeilen';
COMMENT ON COLUMN snapshot.herkunft IS 'amtlich, meldung oder beispiel';
COMMENT ON COLUMN snapshot.status IS 'veroeffentlicht oder zurueckgehalten';
COMMENT ON COLUMN snapshot.grund IS 'warum die Lieferung zurückgehalten ist oder war';
COMMENT ON COLUMN snapshot.freigabe_grund IS 'Begründung der Freigabe';

CREATE TABLE abgelehnt (
    snapshot_id TEXT NOT NULL REFERENCES snapshot,
    datei       TEXT NOT NULL,
    zeile       INTEGER NOT NULL,
    grund       TEXT NOT NULL,
    inhalt      TEXT NOT NULL
);
COMMENT ON TABLE abgelehnt IS 'Abgelehnte Zeilen, eine je Zeile der Lieferung';
COMMENT ON COLUMN abgelehnt.snapshot_id IS 'Lieferung';
COMMENT ON COLUMN abgelehnt.datei IS 'Dateiname';
COMMENT ON COLUMN abgelehnt.zeile IS 'Zeilennummer in der Datei, Kopfzeile = 1';
COMMENT ON COLUMN abgelehnt.grund IS 'Grundcode nach docs/methodik.md';
COMMENT ON COLUMN abgelehnt.inhalt IS 'Zeile im Wortlaut';

CREATE TABLE warnung (
    snapshot_id TEXT NOT NULL REFERENCES snapshot,
    spalte      TEXT NOT NULL,
    wert        TEXT NOT NULL,
    zeilen      INTEGER NOT NULL,
    PRIMARY KEY (snapshot_id, spalte, wert)
);
COMMENT ON TABLE warnung IS 'Unbekannte Werte in angenommenen Zeilen (unbekannter_wert)';
COMMENT ON COLUMN warnung.snapshot_id IS 'Lieferung';
COMMENT ON COLUMN warnung.spalte IS 'Spalte der Lieferung';
COMMENT ON COLUMN warnung.wert IS 'Wert im Wortlaut';
COMMENT ON COLUMN warnung.zeilen IS 'Anzahl der Zeilen damit';

-- Territory ---------------------------------------------------------------------------------------------------------

CREATE TABLE einheit (
    ars            TEXT PRIMARY KEY CHECK (regexp_full_match(ars, '[0-9]{12}')),
    ags            TEXT CHECK (regexp_full_match(ags, '[0-9]{8}') AND ags = left(ars, 5) || right(ars, 3)),
    name           TEXT NOT NULL,
    anzeigename    TEXT NOT NULL,
    langname       TEXT NOT NULL,
    ebene          ebene NOT NULL,
    typ            einheit_typ NOT NULL,
    gruppe         gruppe,
    kreis_ars      TEXT,
    verband_ars    TEXT,
    zustaendig_ars TEXT,
    einwohner      INTEGER CHECK (einwohner > 0),
    flaeche_km2    DOUBLE CHECK (flaeche_km2 > 0),
    gueltig_von    DATE,
    gueltig_bis    DATE NOT NULL,
    CHECK ((zustaendig_ars IS NULL) = (ebene IN ('bund', 'land')))
);
COMMENT ON TABLE einheit IS 'Bund, Land, Landkreise, Verbände und Gemeinden; zuständig ist, wer zustaendig_ars = ars hat';
COMMENT ON COLUMN einheit.ars IS 'Amtlicher Regionalschlüssel, 12 Ziffern, immer Text';
COMMENT ON COLUMN einheit.ags IS 'Amtlicher Gemeindeschlüssel, 8 Ziffern, nur Gemeinden';
COMMENT ON COLUMN einheit.name IS 'Kurzer Name';
COMMENT ON COLUMN einheit.anzeigename IS 'Eindeutiger Name für Auswahl und Tabellen (mit Kreis, wo der Name mehrfach vorkommt)';
COMMENT ON COLUMN einheit.langname IS 'Amtlicher Name';
COMMENT ON COLUMN einheit.ebene IS 'bund, land, kreis, verband, gemeinde';
COMMENT ON COLUMN einheit.typ IS 'Art der Verwaltung oder Gemeinde';
COMMENT ON COLUMN einheit.gruppe IS 'Vergleichsgruppe der zuständigen Einheit';
COMMENT ON COLUMN einheit.kreis_ars IS 'Landkreis oder kreisfreie Stadt (5 Ziffern + 7 Nullen)';
COMMENT ON COLUMN einheit.verband_ars IS 'Gemeindeverband (9 Ziffern + 000)';
COMMENT ON COLUMN einheit.zustaendig_ars IS 'Einheit, deren Verwaltung die Aufgaben erledigt';
COMMENT ON COLUMN einheit.einwohner IS 'Bevölkerung am 31.12. nach Gemeindeverzeichnis';
COMMENT ON COLUMN einheit.flaeche_km2 IS 'Fläche nach Gemeindeverzeichnis, km²';
COMMENT ON COLUMN einheit.gueltig_von IS 'Bestehen seit, leer = vor Beginn der Aufzeichnung';
COMMENT ON COLUMN einheit.gueltig_bis IS 'Bestehen bis (ausschließlich), 9999-12-31 = heute';

CREATE TABLE gebietsaenderung (
    ags_alt    TEXT NOT NULL,
    name_alt   TEXT NOT NULL,
    ags_neu    TEXT NOT NULL,
    name_neu   TEXT NOT NULL,
    wirksam_ab DATE NOT NULL,
    hinweis    TEXT,
    ags_heute  TEXT NOT NULL,
    PRIMARY KEY (ags_alt, wirksam_ab)
);
COMMENT ON TABLE gebietsaenderung IS 'Aufgelöste Gemeinden und ihre Nachfolger; Geschichte geht auf ags_heute über';
COMMENT ON COLUMN gebietsaenderung.ags_alt IS 'Schlüssel der aufgelösten Gemeinde';
COMMENT ON COLUMN gebietsaenderung.name_alt IS 'ihr Name';
COMMENT ON COLUMN gebietsaenderung.ags_neu IS 'Schlüssel des unmittelbaren Nachfolgers';
COMMENT ON COLUMN gebietsaenderung.name_neu IS 'sein Name';
COMMENT ON COLUMN gebietsaenderung.wirksam_ab IS 'Tag der Wirksamkeit';
COMMENT ON COLUMN gebietsaenderung.hinweis IS 'z. B. Aufteilung auf mehrere Gemeinden';
COMMENT ON COLUMN gebietsaenderung.ags_heute IS 'heutiger Nachfolger, auch über mehrere Änderungen';

CREATE TABLE geometrie (
    ebene TEXT PRIMARY KEY CHECK (ebene IN ('gemeinden', 'verwaltungen', 'kreise')),
    datei TEXT NOT NULL
);
COMMENT ON TABLE geometrie IS 'Statische Kartendateien, Prüfsumme im Namen';
COMMENT ON COLUMN geometrie.ebene IS 'gemeinden, verwaltungen, kreise';
COMMENT ON COLUMN geometrie.datei IS 'Dateiname unter static/geo';

-- Catalogue ---------------------------------------------------------------------------------------------------------

CREATE TABLE katalog_version (
    katalog_version TEXT PRIMARY KEY,
    titel           TEXT NOT NULL,
    jahrgang        TEXT NOT NULL,
    status          TEXT NOT NULL,
    gueltig_von     DATE NOT NULL,
    bekannt_von     DATE NOT NULL,
    herkunft        herkunft NOT NULL
);
COMMENT ON TABLE katalog_version IS 'Fassungen des Leistungskatalogs';
COMMENT ON COLUMN katalog_version.katalog_version IS 'Kennung der Fassung';
COMMENT ON COLUMN katalog_version.titel IS 'Bezeichnung';
COMMENT ON COLUMN katalog_version.jahrgang IS 'Jahrgang der Leistungsschlüssel';
COMMENT ON COLUMN katalog_version.status IS 'z. B. Vorschlag, zu bestätigen';
COMMENT ON COLUMN katalog_version.gueltig_von IS 'gilt ab; die erste Fassung gilt auch davor';
COMMENT ON COLUMN katalog_version.bekannt_von IS 'bekannt ab; für einen Stand gilt die letzte bis dahin begonnene und bekannte Fassung';
COMMENT ON COLUMN katalog_version.herkunft IS 'amtlich oder beispiel';

CREATE TABLE register (
    register_id     TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    anlage_nr       INTEGER,
    ebene           leistung_ebene NOT NULL,
    nachweisbezug   BOOLEAN NOT NULL,
    rechtsgrundlage TEXT,
    vollzug_hinweis TEXT,
    sicherheit      sicherheit NOT NULL
);
COMMENT ON TABLE register IS 'Kommunal geführte Register (Vorschlag, zu bestätigen)';
COMMENT ON COLUMN register.register_id IS 'Kennung des Registers';
COMMENT ON COLUMN register.name IS 'Name';
COMMENT ON COLUMN register.anlage_nr IS 'Nummer in der Anlage zum IDNrG';
COMMENT ON COLUMN register.ebene IS 'geführt auf Gemeinde- oder Kreisebene';
COMMENT ON COLUMN register.nachweisbezug IS 'Nachweise daraus werden für Leistungen gebraucht (M9–M11)';
COMMENT ON COLUMN register.rechtsgrundlage IS 'Rechtsgrundlage';
COMMENT ON COLUMN register.vollzug_hinweis IS 'wer das Register in Thüringen führt';
COMMENT ON COLUMN register.sicherheit IS 'wie sicher die Zuordnung ist';

CREATE TABLE leistung (
    leika_key       TEXT NOT NULL CHECK (regexp_full_match(leika_key, '[0-9]{14}')),
    katalog_version TEXT NOT NULL REFERENCES katalog_version,
    name            TEXT NOT NULL,
    bezeichnung     TEXT NOT NULL,
    ozg_id          TEXT,
    ozg_bezeichnung TEXT,
    themenfeld      TEXT NOT NULL,
    lebenslage      TEXT,
    ebene           leistung_ebene NOT NULL,
    adressat        TEXT NOT NULL CHECK (adressat IN ('buerger', 'unternehmen', 'beide')),
    register_id     TEXT REFERENCES register,
    rechtsgrundlage TEXT,
    vollzug_hinweis TEXT,
    sicherheit      sicherheit NOT NULL,
    PRIMARY KEY (leika_key, katalog_version)
);
COMMENT ON TABLE leistung IS 'Leistungen des Roll-in-Portfolios je Katalogfassung';
COMMENT ON COLUMN leistung.leika_key IS 'LeiKa-Schlüssel, 14 Ziffern, immer Text';
COMMENT ON COLUMN leistung.katalog_version IS 'Katalogfassung';
COMMENT ON COLUMN leistung.name IS 'Name, wie er angezeigt wird';
COMMENT ON COLUMN leistung.bezeichnung IS 'LeiKa-Bezeichnung';
COMMENT ON COLUMN leistung.ozg_id IS 'OZG-Leistung (Bündel), nie mit LeiKa-Leistungen zusammenzählen';
COMMENT ON COLUMN leistung.ozg_bezeichnung IS 'Name des Bündels';
COMMENT ON COLUMN leistung.themenfeld IS 'eines der 14 OZG-Themenfelder';
COMMENT ON COLUMN leistung.lebenslage IS 'Lebens- oder Geschäftslage';
COMMENT ON COLUMN leistung.ebene IS 'zuständige Ebene in Thüringen';
COMMENT ON COLUMN leistung.adressat IS 'buerger, unternehmen oder beide';
COMMENT ON COLUMN leistung.register_id IS 'Register, dessen Nachweis die Leistung braucht';
COMMENT ON COLUMN leistung.rechtsgrundlage IS 'Rechtsgrundlage, kurz';
COMMENT ON COLUMN leistung.vollzug_hinweis IS 'wer in Thüringen vollzieht';
COMMENT ON COLUMN leistung.sicherheit IS 'wie sicher die Zuordnung der Ebene ist';

CREATE TABLE zustaendigkeit_ausnahme (
    leika_key  TEXT NOT NULL,
    ars        TEXT NOT NULL REFERENCES einheit,
    zustaendig BOOLEAN NOT NULL,
    fundstelle TEXT NOT NULL,
    PRIMARY KEY (leika_key, ars)
);
COMMENT ON TABLE zustaendigkeit_ausnahme IS 'Einheiten, die abweichend von der Ebene (nicht) zuständig sind';
COMMENT ON COLUMN zustaendigkeit_ausnahme.leika_key IS 'Leistung';
COMMENT ON COLUMN zustaendigkeit_ausnahme.ars IS 'zuständige Einheit';
COMMENT ON COLUMN zustaendigkeit_ausnahme.zustaendig IS 'ja: zusätzlich zuständig, nein: nicht zuständig';
COMMENT ON COLUMN zustaendigkeit_ausnahme.fundstelle IS 'woher das bekannt ist';

CREATE TABLE register_zustaendigkeit (
    ars         TEXT NOT NULL REFERENCES einheit,
    register_id TEXT NOT NULL REFERENCES register,
    PRIMARY KEY (ars, register_id)
);
COMMENT ON TABLE register_zustaendigkeit IS 'K_r: welche Einheit welches Register führt';
COMMENT ON COLUMN register_zustaendigkeit.ars IS 'zuständige Einheit';
COMMENT ON COLUMN register_zustaendigkeit.register_id IS 'Register';

CREATE TABLE zustaendigkeit ( -- without keys: made in one statement of tables that have them, and large (decision 0039)
    ars             TEXT NOT NULL,
    leika_key       TEXT NOT NULL,
    katalog_version TEXT NOT NULL
);
COMMENT ON TABLE zustaendigkeit IS 'S_k(v): wofür eine Einheit in einer Katalogfassung zuständig ist';
COMMENT ON COLUMN zustaendigkeit.ars IS 'zuständige Einheit';
COMMENT ON COLUMN zustaendigkeit.leika_key IS 'Leistung';
COMMENT ON COLUMN zustaendigkeit.katalog_version IS 'Katalogfassung';

-- Facts -------------------------------------------------------------------------------------------------------------

CREATE TABLE onlinedienst (
    leika_key           TEXT NOT NULL,
    ars                 TEXT NOT NULL,
    ars_heute           TEXT NOT NULL REFERENCES einheit,
    url                 TEXT,
    online_status       TEXT,
    aktiv               TEXT,
    art_flaechendeckung TEXT,
    begruendung         TEXT,
    leika_name          TEXT,
    zaehlt              BOOLEAN NOT NULL,
    ok                  BOOLEAN NOT NULL,
    grund               TEXT,
    gueltig_von         DATE NOT NULL,
    gueltig_bis         DATE NOT NULL,
    bekannt_von         DATE NOT NULL,
    bekannt_bis         DATE NOT NULL,
    CHECK (gueltig_von < gueltig_bis AND bekannt_von < bekannt_bis),
    CHECK (zaehlt = (grund IS NULL))
);
COMMENT ON TABLE onlinedienst IS 'Angenommene Zeilen aus Open-PVOG als Zeiträume';
COMMENT ON COLUMN onlinedienst.leika_key IS 'LeiKa-Schlüssel der Zeile';
COMMENT ON COLUMN onlinedienst.ars IS 'Gebiet, wie geliefert';
COMMENT ON COLUMN onlinedienst.ars_heute IS 'Gebiet nach heutigem Gebietsstand';
COMMENT ON COLUMN onlinedienst.url IS 'Adresse des Onlinedienstes';
COMMENT ON COLUMN onlinedienst.online_status IS 'wie geliefert: ok, nicht ok';
COMMENT ON COLUMN onlinedienst.aktiv IS 'wie geliefert';
COMMENT ON COLUMN onlinedienst.art_flaechendeckung IS 'wie geliefert';
COMMENT ON COLUMN onlinedienst.begruendung IS 'Begründung der Nichtberücksichtigung, wie geliefert';
COMMENT ON COLUMN onlinedienst.leika_name IS 'Name der Leistung, wie geliefert';
COMMENT ON COLUMN onlinedienst.zaehlt IS 'ist Nachweis (Regel 1)';
COMMENT ON COLUMN onlinedienst.ok IS 'Nachweis mit erreichbarem Link (Regel 2)';
COMMENT ON COLUMN onlinedienst.grund IS 'warum die Zeile nicht zählt';
COMMENT ON COLUMN onlinedienst.gueltig_von IS 'gilt ab Stand';
COMMENT ON COLUMN onlinedienst.gueltig_bis IS 'gilt bis Stand (ausschließlich)';
COMMENT ON COLUMN onlinedienst.bekannt_von IS 'bekannt ab';
COMMENT ON COLUMN onlinedienst.bekannt_bis IS 'bekannt bis (ausschließlich)';

CREATE TABLE rollin_meldung (
    ars         TEXT NOT NULL REFERENCES einheit,
    leika_key   TEXT NOT NULL,
    zustand     zustand,
    seit        DATE,
    geplant_am  DATE,
    beleg_url   TEXT,
    bemerkung   TEXT,
    snapshot_id TEXT NOT NULL REFERENCES snapshot,
    zeile       INTEGER NOT NULL,
    gueltig_von DATE NOT NULL,
    gueltig_bis DATE NOT NULL,
    bekannt_von DATE NOT NULL,
    bekannt_bis DATE NOT NULL,
    CHECK (gueltig_von < gueltig_bis AND bekannt_von < bekannt_bis),
    CHECK (zustand IS DISTINCT FROM 'nicht_zustaendig' OR bemerkung IS NOT NULL)
);
COMMENT ON TABLE rollin_meldung IS 'Was Verwaltungen über ihre Leistungen melden, als Zeiträume';
COMMENT ON COLUMN rollin_meldung.ars IS 'meldende zuständige Einheit';
COMMENT ON COLUMN rollin_meldung.leika_key IS 'Leistung';
COMMENT ON COLUMN rollin_meldung.zustand IS 'gemeldeter Zustand, leer wenn nur ein Termin gemeldet ist';
COMMENT ON COLUMN rollin_meldung.seit IS 'seit wann, wie gemeldet';
COMMENT ON COLUMN rollin_meldung.geplant_am IS 'geplanter Termin; ändert nie den Zustand';
COMMENT ON COLUMN rollin_meldung.beleg_url IS 'Beleg der Verwaltung';
COMMENT ON COLUMN rollin_meldung.bemerkung IS 'Bemerkung; bei nicht zuständig der Grund';
COMMENT ON COLUMN rollin_meldung.snapshot_id IS 'Lieferung';
COMMENT ON COLUMN rollin_meldung.zeile IS 'Zeile in der Datei oder auf dem Blatt';
COMMENT ON COLUMN rollin_meldung.gueltig_von IS 'gilt ab Stand der Meldung';
COMMENT ON COLUMN rollin_meldung.gueltig_bis IS 'gilt bis zur nächsten Meldung derselben Zelle (ausschließlich)';
COMMENT ON COLUMN rollin_meldung.bekannt_von IS 'bekannt ab';
COMMENT ON COLUMN rollin_meldung.bekannt_bis IS 'bekannt bis (ausschließlich)';

CREATE TABLE meilenstein (
    ars                  TEXT NOT NULL REFERENCES einheit,
    register_id          TEXT NOT NULL REFERENCES register,
    meilenstein          INTEGER NOT NULL CHECK (meilenstein BETWEEN 1 AND 11),
    geplant_am           DATE,
    erreicht_am          DATE,
    datensaetze          BIGINT CHECK (datensaetze >= 0),
    datensaetze_mit_idnr BIGINT CHECK (datensaetze_mit_idnr BETWEEN 0 AND datensaetze),
    bemerkung            TEXT,
    snapshot_id          TEXT NOT NULL REFERENCES snapshot,
    zeile                INTEGER NOT NULL,
    gueltig_von          DATE NOT NULL,
    gueltig_bis          DATE NOT NULL,
    bekannt_von          DATE NOT NULL,
    bekannt_bis          DATE NOT NULL,
    CHECK (gueltig_von < gueltig_bis AND bekannt_von < bekannt_bis)
);
COMMENT ON TABLE meilenstein IS 'Gemeldete Meilensteine M1–M11 je Einheit und Register, als Zeiträume';
COMMENT ON COLUMN meilenstein.ars IS 'meldende zuständige Einheit';
COMMENT ON COLUMN meilenstein.register_id IS 'Register';
COMMENT ON COLUMN meilenstein.meilenstein IS 'Nummer 1–11';
COMMENT ON COLUMN meilenstein.geplant_am IS 'geplant für; ändert nie den Stand';
COMMENT ON COLUMN meilenstein.erreicht_am IS 'erreicht am, leer wenn nicht erreicht';
COMMENT ON COLUMN meilenstein.datensaetze IS 'Datensätze im Register';
COMMENT ON COLUMN meilenstein.datensaetze_mit_idnr IS 'davon mit Identifikationsnummer';
COMMENT ON COLUMN meilenstein.bemerkung IS 'Bemerkung';
COMMENT ON COLUMN meilenstein.snapshot_id IS 'Lieferung';
COMMENT ON COLUMN meilenstein.zeile IS 'Zeile in der Datei oder auf dem Blatt';
COMMENT ON COLUMN meilenstein.gueltig_von IS 'gilt ab Stand der Meldung';
COMMENT ON COLUMN meilenstein.gueltig_bis IS 'gilt bis zur nächsten Meldung desselben Meilensteins (ausschließlich)';
COMMENT ON COLUMN meilenstein.bekannt_von IS 'bekannt ab';
COMMENT ON COLUMN meilenstein.bekannt_bis IS 'bekannt bis (ausschließlich)';

CREATE TABLE meldung_abgabe (
    ars          TEXT NOT NULL REFERENCES einheit,
    snapshot_id  TEXT NOT NULL REFERENCES snapshot,
    stand        DATE NOT NULL,
    bekannt_von  DATE NOT NULL,
    leistungen   INTEGER NOT NULL,
    meilensteine INTEGER NOT NULL,
    PRIMARY KEY (ars, snapshot_id)
);
COMMENT ON TABLE meldung_abgabe IS 'Wer wann gemeldet hat';
COMMENT ON COLUMN meldung_abgabe.ars IS 'meldende Einheit';
COMMENT ON COLUMN meldung_abgabe.snapshot_id IS 'Lieferung';
COMMENT ON COLUMN meldung_abgabe.stand IS 'Stand der Meldung';
COMMENT ON COLUMN meldung_abgabe.bekannt_von IS 'bekannt ab';
COMMENT ON COLUMN meldung_abgabe.leistungen IS 'Aussagen über Leistungen';
COMMENT ON COLUMN meldung_abgabe.meilensteine IS 'Aussagen über Meilensteine';

CREATE TABLE meldung_konflikt (
    ars         TEXT NOT NULL REFERENCES einheit,
    leika_key   TEXT NOT NULL,
    stand       DATE NOT NULL,
    zustand     zustand,
    snapshot_id TEXT NOT NULL REFERENCES snapshot,
    zeile       INTEGER NOT NULL,
    bekannt_von DATE NOT NULL,
    gilt        BOOLEAN NOT NULL,
    PRIMARY KEY (ars, leika_key, stand, snapshot_id)
);
COMMENT ON TABLE meldung_konflikt IS 'Meldungen, die derselben Zelle zum selben Stand verschiedene Zustände geben, eine Zeile je Meldung';
COMMENT ON COLUMN meldung_konflikt.ars IS 'meldende Einheit';
COMMENT ON COLUMN meldung_konflikt.leika_key IS 'Leistung';
COMMENT ON COLUMN meldung_konflikt.stand IS 'gemeinsamer Stand der Meldungen';
COMMENT ON COLUMN meldung_konflikt.zustand IS 'Zustand nach dieser Meldung';
COMMENT ON COLUMN meldung_konflikt.snapshot_id IS 'Lieferung';
COMMENT ON COLUMN meldung_konflikt.zeile IS 'Zeile in der Datei oder auf dem Blatt';
COMMENT ON COLUMN meldung_konflikt.bekannt_von IS 'bekannt ab';
COMMENT ON COLUMN meldung_konflikt.gilt IS 'die zuletzt eingegangene dieser Meldungen, mit der gerechnet wird';

CREATE TABLE observation (
    gebiet_art  TEXT NOT NULL CHECK (gebiet_art IN ('einheit', 'staat')),
    gebiet      TEXT NOT NULL,
    measure_id  TEXT NOT NULL REFERENCES measure,
    merkmal     TEXT NOT NULL,
    auspraegung TEXT NOT NULL,
    period      DATE NOT NULL,
    value       DOUBLE,
    status      value_status NOT NULL,
    bemerkung   TEXT,
    snapshot_id TEXT NOT NULL REFERENCES snapshot,
    bekannt_von DATE NOT NULL,
    bekannt_bis DATE NOT NULL,
    PRIMARY KEY (gebiet, measure_id, merkmal, auspraegung, period, bekannt_von),
    CHECK (bekannt_von < bekannt_bis),
    CHECK (status <> 'nicht_zutreffend' OR bemerkung IS NOT NULL),
    CHECK ((value IS NULL) = (status IN ('unterdrueckt', 'nicht_verfuegbar', 'nicht_zutreffend')))
);
COMMENT ON TABLE observation IS 'Werte weiterer Kennzahlen; fehlt der Wert, sagt status warum';
COMMENT ON COLUMN observation.gebiet_art IS 'einheit (ARS) oder staat (Länderkürzel)';
COMMENT ON COLUMN observation.gebiet IS 'ARS oder Länderkürzel';
COMMENT ON COLUMN observation.measure_id IS 'Kennzahl';
COMMENT ON COLUMN observation.merkmal IS 'Teilindikator, leer wenn keiner';
COMMENT ON COLUMN observation.auspraegung IS 'Untergliederung (z. B. Lebenslage), leer wenn keine';
COMMENT ON COLUMN observation.period IS 'Stichtag oder letzter Tag des Berichtszeitraums';
COMMENT ON COLUMN observation.value IS 'Wert in der Einheit der Kennzahl';
COMMENT ON COLUMN observation.status IS 'Art des Wertes oder Grund des Fehlens';
COMMENT ON COLUMN observation.bemerkung IS 'Bemerkung; bei „trifft nicht zu“ der Grund';
COMMENT ON COLUMN observation.snapshot_id IS 'Lieferung';
COMMENT ON COLUMN observation.bekannt_von IS 'bekannt ab';
COMMENT ON COLUMN observation.bekannt_bis IS 'bekannt bis zur Korrektur desselben Stichtags (ausschließlich)';

-- Marts, built by SQL ------------------------------------------------------------------------------------------------

CREATE TABLE rollin_zelle (
    ars         TEXT NOT NULL,
    leika_key   TEXT NOT NULL,
    zustand     zustand NOT NULL,
    beleg       beleg_art,
    eigen       BOOLEAN NOT NULL,
    geerbt      BOOLEAN NOT NULL,
    geerbt_von  TEXT,
    mitglieder  INTEGER NOT NULL,
    mitglieder_belegt INTEGER NOT NULL,
    gemeldet    zustand,
    geplant_am  DATE,
    zu_pruefen  BOOLEAN NOT NULL,
    gueltig_von DATE NOT NULL,
    gueltig_bis DATE NOT NULL,
    bekannt_von DATE NOT NULL,
    bekannt_bis DATE NOT NULL,
    CHECK (gueltig_von < gueltig_bis AND bekannt_von < bekannt_bis)
);
COMMENT ON TABLE rollin_zelle IS 'Zustand je zuständiger Einheit und Leistung (alle Katalogfassungen) als Zeiträume';
COMMENT ON COLUMN rollin_zelle.ars IS 'zuständige Einheit';
COMMENT ON COLUMN rollin_zelle.leika_key IS 'Leistung';
COMMENT ON COLUMN rollin_zelle.zustand IS 'Zustand nach docs/methodik.md';
COMMENT ON COLUMN rollin_zelle.beleg IS 'eigen, wenn ein eigener Nachweis vorliegt, sonst geerbt, leer ohne Nachweis';
COMMENT ON COLUMN rollin_zelle.eigen IS 'eigener Nachweis vorhanden';
COMMENT ON COLUMN rollin_zelle.geerbt IS 'Nachweis bei Kreis, Land oder Bund vorhanden';
COMMENT ON COLUMN rollin_zelle.geerbt_von IS 'Gebiet des nächsten geerbten Nachweises';
COMMENT ON COLUMN rollin_zelle.mitglieder IS 'Mitgliedsgemeinden einer Verwaltungsgemeinschaft, sonst 0';
COMMENT ON COLUMN rollin_zelle.mitglieder_belegt IS 'davon mit Nachweis (teilweise, wenn nicht alle)';
COMMENT ON COLUMN rollin_zelle.gemeldet IS 'Zustand nach eigener Meldung, leer ohne Meldung';
COMMENT ON COLUMN rollin_zelle.geplant_am IS 'gemeldeter geplanter Termin';
COMMENT ON COLUMN rollin_zelle.zu_pruefen IS 'Meldung und Portalverbund widersprechen sich, oder der Link ist defekt';
COMMENT ON COLUMN rollin_zelle.gueltig_von IS 'gilt ab';
COMMENT ON COLUMN rollin_zelle.gueltig_bis IS 'gilt bis (ausschließlich)';
COMMENT ON COLUMN rollin_zelle.bekannt_von IS 'bekannt ab';
COMMENT ON COLUMN rollin_zelle.bekannt_bis IS 'bekannt bis (ausschließlich)';

CREATE TABLE stichtag (
    stichtag        DATE NOT NULL,
    katalog_version TEXT NOT NULL REFERENCES katalog_version,
    massgeblich     BOOLEAN NOT NULL,
    PRIMARY KEY (stichtag, katalog_version)
);
COMMENT ON TABLE stichtag IS 'Tage, an denen sich etwas ändern kann; am Tag eines Katalogwechsels mit alter und neuer Fassung';
COMMENT ON COLUMN stichtag.stichtag IS 'Stand einer Lieferung oder Beginn einer Katalogfassung';
COMMENT ON COLUMN stichtag.katalog_version IS 'Katalogfassung, mit der gerechnet ist';
COMMENT ON COLUMN stichtag.massgeblich IS 'die an diesem Tag geltende Fassung';

CREATE TABLE rollin_einheit (
    stichtag        DATE NOT NULL,
    katalog_version TEXT NOT NULL,
    ars             TEXT NOT NULL REFERENCES einheit,
    n               INTEGER NOT NULL,
    nenner             INTEGER NOT NULL,
    u               INTEGER NOT NULL,
    n_eigen         INTEGER NOT NULL,
    n_geerbt        INTEGER NOT NULL,
    gestoert        INTEGER NOT NULL,
    teilweise       INTEGER NOT NULL,
    PRIMARY KEY (stichtag, katalog_version, ars),
    FOREIGN KEY (stichtag, katalog_version) REFERENCES stichtag,
    CHECK (n >= 0 AND u >= 0 AND n <= nenner - u AND n = n_eigen + n_geerbt)
);
COMMENT ON TABLE rollin_einheit IS 'n, N, u je zuständiger Einheit und Stichtag nach heutigem Kenntnisstand';
COMMENT ON COLUMN rollin_einheit.stichtag IS 'Stichtag';
COMMENT ON COLUMN rollin_einheit.katalog_version IS 'Katalogfassung';
COMMENT ON COLUMN rollin_einheit.ars IS 'zuständige Einheit';
COMMENT ON COLUMN rollin_einheit.n IS 'Leistungen online';
COMMENT ON COLUMN rollin_einheit.nenner IS 'Leistungen, für die die Einheit zuständig ist';
COMMENT ON COLUMN rollin_einheit.u IS 'davon ohne Meldung';
COMMENT ON COLUMN rollin_einheit.n_eigen IS 'online mit eigenem Nachweis';
COMMENT ON COLUMN rollin_einheit.n_geerbt IS 'online nur über Kreis, Land oder Bund';
COMMENT ON COLUMN rollin_einheit.gestoert IS 'gemeldet, Link defekt';
COMMENT ON COLUMN rollin_einheit.teilweise IS 'nur in einem Teil der Mitgliedsgemeinden belegt';

CREATE TABLE rollin_leistung (
    stichtag        DATE NOT NULL,
    katalog_version TEXT NOT NULL,
    leika_key       TEXT NOT NULL,
    n               INTEGER NOT NULL,
    nenner             INTEGER NOT NULL,
    u               INTEGER NOT NULL,
    einwohner_live  BIGINT NOT NULL,
    einwohner       BIGINT NOT NULL,
    PRIMARY KEY (stichtag, katalog_version, leika_key),
    FOREIGN KEY (stichtag, katalog_version) REFERENCES stichtag,
    FOREIGN KEY (leika_key, katalog_version) REFERENCES leistung (leika_key, katalog_version),
    CHECK (n >= 0 AND u >= 0 AND n <= nenner - u AND einwohner_live <= einwohner)
);
COMMENT ON TABLE rollin_leistung IS 'Flächendeckung je Leistung und Stichtag nach heutigem Kenntnisstand';
COMMENT ON COLUMN rollin_leistung.stichtag IS 'Stichtag';
COMMENT ON COLUMN rollin_leistung.katalog_version IS 'Katalogfassung';
COMMENT ON COLUMN rollin_leistung.leika_key IS 'Leistung';
COMMENT ON COLUMN rollin_leistung.n IS 'zuständige Einheiten, bei denen sie online ist';
COMMENT ON COLUMN rollin_leistung.nenner IS 'zuständige Einheiten';
COMMENT ON COLUMN rollin_leistung.u IS 'davon ohne Meldung';
COMMENT ON COLUMN rollin_leistung.einwohner_live IS 'Einwohner der Einheiten, bei denen sie online ist';
COMMENT ON COLUMN rollin_leistung.einwohner IS 'Einwohner aller zuständigen Einheiten';

CREATE TABLE aenderung (
    stichtag    DATE NOT NULL,
    ars         TEXT NOT NULL REFERENCES einheit,
    leika_key   TEXT NOT NULL,
    art         TEXT NOT NULL CHECK (art IN ('neu_online', 'weggefallen', 'link_defekt', 'erstmeldung', 'fortschritt', 'rueckschritt', 'sonstige')),
    zustand_alt zustand NOT NULL,
    zustand_neu zustand NOT NULL,
    PRIMARY KEY (stichtag, ars, leika_key)
);
COMMENT ON TABLE aenderung IS 'Wechsel des Zustands zwischen zwei Ständen nach heutigem Kenntnisstand';
COMMENT ON COLUMN aenderung.stichtag IS 'Stand, ab dem der neue Zustand gilt';
COMMENT ON COLUMN aenderung.ars IS 'zuständige Einheit';
COMMENT ON COLUMN aenderung.leika_key IS 'Leistung';
COMMENT ON COLUMN aenderung.art IS 'neu_online, weggefallen, link_defekt, erstmeldung, fortschritt, rueckschritt, sonstige';
COMMENT ON COLUMN aenderung.zustand_alt IS 'Zustand davor';
COMMENT ON COLUMN aenderung.zustand_neu IS 'Zustand danach';

-- Both clocks in one place: every question about a day names the day for which it holds (am) and the day by which it was
-- known (bekannt). Today's knowledge is 9999-12-30 and reads what was counted in advance; earlier knowledge is counted anew.

CREATE MACRO fassung_am(bekannt) AS TABLE
    -- versions of the catalogue in force, each with its days; the first one also holds before its time and before it was known
    WITH bekannte AS (
        SELECT katalog_version, gueltig_von FROM katalog_version
        WHERE bekannt_von <= bekannt
            OR katalog_version = (SELECT katalog_version FROM katalog_version ORDER BY gueltig_von, bekannt_von LIMIT 1)
        QUALIFY row_number() OVER (PARTITION BY gueltig_von ORDER BY bekannt_von DESC, katalog_version DESC) = 1
    )
    SELECT katalog_version,
        CASE WHEN gueltig_von = min(gueltig_von) OVER () THEN DATE '0001-01-01' ELSE gueltig_von END AS gueltig_von,
        coalesce(lead(gueltig_von) OVER (ORDER BY gueltig_von), DATE '9999-12-31') AS gueltig_bis
    FROM bekannte;

CREATE MACRO katalog_am(am, bekannt) AS TABLE
    SELECT katalog_version FROM fassung_am(bekannt) WHERE gueltig_von <= am AND am < gueltig_bis;

CREATE MACRO zelle_am(am, bekannt) AS TABLE
    -- every cell that counts: of the catalogue then in force, without those that nobody is responsible for
    SELECT z.katalog_version, c.* EXCLUDE (gueltig_von, gueltig_bis, bekannt_von, bekannt_bis)
    FROM zustaendigkeit AS z
    JOIN katalog_am(am, bekannt) USING (katalog_version)
    JOIN rollin_zelle AS c ON c.ars = z.ars AND c.leika_key = z.leika_key
        AND c.gueltig_von <= am AND am < c.gueltig_bis AND c.bekannt_von <= bekannt AND bekannt < c.bekannt_bis
    WHERE c.zustand <> 'nicht_zustaendig';

CREATE MACRO angebot_am(am, bekannt) AS TABLE
    -- what people can use in each municipal unit: a Landkreis works for them too, the unit's own cell wins
    WITH zelle AS MATERIALIZED (
        FROM zelle_am(am, bekannt)
    ), gemeindlich AS (
        SELECT ars, CASE WHEN gruppe = 'gemeindeebene' THEN kreis_ars END AS auch FROM einheit
        WHERE ars = zustaendig_ars AND gruppe <> 'landkreis' AND gueltig_bis = DATE '9999-12-31'
    )
    SELECT e.ars AS einheit_ars, z.*, true AS selbst FROM gemeindlich AS e JOIN zelle AS z USING (ars)
    UNION ALL
    SELECT e.ars, z.*, false FROM gemeindlich AS e JOIN zelle AS z ON z.ars = e.auch
    ANTI JOIN zelle AS o ON o.ars = e.ars AND o.leika_key = z.leika_key;

CREATE MACRO stichtag_gezaehlt(bekannt) AS TABLE
    -- days on which something can change; on the first day of a new version both versions
    WITH lieferung AS (
        SELECT source_id, stand FROM snapshot
        WHERE source_id IN ('open_pvog', 'meldung') AND status = 'veroeffentlicht' AND bekannt_von <= bekannt
    ), tag AS (
        SELECT DISTINCT stand AS stichtag FROM lieferung WHERE source_id = 'open_pvog'
        UNION
        -- reports come on many days: their month ends and the last one are enough for a development
        SELECT least(last_day(stand), (SELECT max(stand) FROM lieferung WHERE source_id = 'meldung'))
        FROM lieferung WHERE source_id = 'meldung'
        UNION
        SELECT gueltig_von FROM katalog_version
        WHERE bekannt_von <= bekannt AND gueltig_von > (SELECT min(stand) FROM lieferung)
    ), geltend AS (
        SELECT t.stichtag, f.katalog_version
        FROM tag AS t JOIN fassung_am(bekannt) AS f ON f.gueltig_von <= t.stichtag AND t.stichtag < f.gueltig_bis
    ), mit_vorgaenger AS (
        SELECT stichtag, katalog_version, lag(katalog_version) OVER (ORDER BY stichtag) AS vorher FROM geltend
    )
    SELECT stichtag, katalog_version, true AS massgeblich FROM mit_vorgaenger
    UNION ALL
    SELECT stichtag, vorher, false FROM mit_vorgaenger WHERE vorher <> katalog_version;

CREATE MACRO stichtag_am(bekannt) AS TABLE
    SELECT stichtag, katalog_version, massgeblich FROM stichtag WHERE bekannt >= DATE '9999-12-30'
    UNION ALL
    SELECT stichtag, katalog_version, massgeblich FROM stichtag_gezaehlt(bekannt) WHERE bekannt < DATE '9999-12-30';

CREATE MACRO rollin_einheit_am(bekannt) AS TABLE
    SELECT s.stichtag, s.katalog_version, s.massgeblich, r.ars, r.n, r.nenner, r.u
    FROM rollin_einheit AS r JOIN stichtag AS s USING (stichtag, katalog_version)
    WHERE bekannt >= DATE '9999-12-30'
    UNION ALL
    -- cells of a unit that hold over the same days are counted once, then put on each of these days
    SELECT s.stichtag, s.katalog_version, s.massgeblich, z.ars, sum(z.n)::INTEGER, sum(z.nenner)::INTEGER, sum(z.u)::INTEGER
    FROM stichtag_gezaehlt(bekannt) AS s
    JOIN (
        SELECT z.katalog_version, c.ars, c.gueltig_von, c.gueltig_bis,
            count(*) FILTER (c.zustand IN ('live', 'sichtbar', 'ende_zu_ende')) AS n, count(*) AS nenner,
            count(*) FILTER (c.zustand = 'keine_meldung') AS u
        FROM zustaendigkeit AS z JOIN rollin_zelle AS c ON c.ars = z.ars AND c.leika_key = z.leika_key
        WHERE c.bekannt_von <= bekannt AND bekannt < c.bekannt_bis AND c.zustand <> 'nicht_zustaendig'
        GROUP BY ALL
    ) AS z ON z.katalog_version = s.katalog_version AND z.gueltig_von <= s.stichtag AND s.stichtag < z.gueltig_bis
    WHERE bekannt < DATE '9999-12-30'
    GROUP BY ALL;

CREATE MACRO aenderung_gezaehlt(bekannt) AS TABLE
    WITH rang AS (
        SELECT unnest(['keine_meldung', 'nicht_begonnen', 'interesse', 'beschlossen', 'onboarding', 'test', 'live', 'sichtbar',
            'ende_zu_ende']) AS zustand, unnest(range(9)) AS stufe
    ), geordnet AS (
        SELECT ars, leika_key, gueltig_von, zustand::TEXT AS zustand,
            lag(zustand::TEXT) OVER (PARTITION BY ars, leika_key ORDER BY gueltig_von) AS vorher
        FROM rollin_zelle WHERE bekannt_von <= bekannt AND bekannt < bekannt_bis
    ), wechsel AS (
        SELECT *, zustand IN ('live', 'sichtbar', 'ende_zu_ende') AS jetzt, vorher IN ('live', 'sichtbar', 'ende_zu_ende') AS zuvor
        FROM geordnet WHERE vorher IS NOT NULL AND zustand <> vorher
    ), tag AS (
        SELECT DISTINCT gueltig_von AS stichtag FROM wechsel
    ), geltend AS (
        SELECT t.stichtag, f.katalog_version
        FROM tag AS t JOIN fassung_am(bekannt) AS f ON f.gueltig_von <= t.stichtag AND t.stichtag < f.gueltig_bis
    )
    SELECT g.gueltig_von AS stichtag, g.ars, g.leika_key,
        CASE
            WHEN g.jetzt AND NOT g.zuvor THEN 'neu_online'
            WHEN g.zuvor AND g.zustand = 'gestoert' THEN 'link_defekt'
            WHEN g.zuvor AND g.zustand = 'keine_meldung' THEN 'weggefallen'
            WHEN g.vorher = 'keine_meldung' THEN 'erstmeldung'
            WHEN n.stufe > v.stufe THEN 'fortschritt'
            WHEN n.stufe < v.stufe THEN 'rueckschritt'
            ELSE 'sonstige'
        END AS art, g.vorher AS zustand_alt, g.zustand AS zustand_neu
    FROM wechsel AS g
    LEFT JOIN rang AS n ON n.zustand = g.zustand
    LEFT JOIN rang AS v ON v.zustand = g.vorher
    JOIN geltend AS k ON k.stichtag = g.gueltig_von
    JOIN zustaendigkeit AS z ON z.ars = g.ars AND z.leika_key = g.leika_key AND z.katalog_version = k.katalog_version;

CREATE MACRO aenderung_am(bekannt) AS TABLE
    SELECT stichtag, ars, leika_key, art, zustand_alt::TEXT AS zustand_alt, zustand_neu::TEXT AS zustand_neu FROM aenderung
    WHERE bekannt >= DATE '9999-12-30'
    UNION ALL
    SELECT stichtag, ars, leika_key, art, zustand_alt, zustand_neu FROM aenderung_gezaehlt(bekannt)
    WHERE bekannt < DATE '9999-12-30';
