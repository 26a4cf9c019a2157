"""The form in which administrations report: one definition for who writes the workbook and who reads it back."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from gradmesser.catalog import MILESTONES, RULE_VERSION, STATES, formsheet
from gradmesser.catalog.formsheet import EXAMPLE, NOTES

ROLLIN, REGISTER = "Roll-in", "Register"
ROLLIN_COLUMNS = ("ars", "leika_key", "zustand", "seit", "geplant_am", "beleg_url", "bemerkung")
REGISTER_COLUMNS = (
    "ars", "register_id", "meilenstein", "geplant_am", "erreicht_am", "datensaetze", "datensaetze_mit_idnr", "bemerkung",
)  # fmt: skip
_HELP = {"rollin": ("einheit", "leistung", "bisher"), "register": ("einheit", "register", "bedeutung")}
_KEYS = {"ars", "leika_key", "register_id", "meilenstein"}
_WIDTHS = {
    "ars": 14, "leika_key": 16, "einheit": 26, "leistung": 46, "bisher": 24, "register": 34, "bedeutung": 40, "zustand": 24, "seit": 12,
    "geplant_am": 12, "erreicht_am": 12, "beleg_url": 40, "bemerkung": 40, "register_id": 22, "meilenstein": 11,
    "datensaetze": 13, "datensaetze_mit_idnr": 20,
}  # fmt: skip
_GUIDE = (
    "So geht es: Auf den Blättern Roll-in und Register nur die weißen Felder ausfüllen, speichern, an den Gradmesser geben.",
    "Ein leeres Feld „zustand“ heißt: dazu wird nichts gesagt; der bisherige Zustand bleibt.",
    "„nicht zuständig“ braucht einen Grund im Feld bemerkung; die Leistung zählt dann nicht mit.",
    "Ein geplanter Termin ändert keinen Zustand. Ist er verstrichen, wird die Zeile als überfällig gezeigt.",
    "Daten als TT.MM.JJJJ; „seit“ und „erreicht_am“ liegen nicht nach dem Stand der Meldung (oben).",
    "Schlüssel (grau) nicht ändern, Blätter nicht umbenennen oder ausblenden, keine Zellen verbinden.",
    "Meilensteine: erreicht_am eintragen, sobald erreicht; datensaetze und datensaetze_mit_idnr bei M6 angeben.",
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row of a delivery cannot be used, and what to do about it."""

    what: str
    todo: str


REASONS = {
    "ars_ungueltig": Reason("Der Regionalschlüssel (ars) hat nicht 12 Ziffern.", "Den Schlüssel aus der Vorlage übernehmen; eine Tabellenkalkulation macht aus CSV-Schlüsseln gern 1,6E+11."),
    "ars_unbekannt": Reason("Den Regionalschlüssel (ars) gibt es in Thüringen heute nicht.", "Den Schlüssel aus der Vorlage übernehmen; nach einer Gebietsänderung eine neue Vorlage laden."),
    "einheit_nicht_zustaendig": Reason("Für diese Gemeinde erledigt eine andere Verwaltung die Aufgaben.", "Die Verwaltungsgemeinschaft oder erfüllende Gemeinde meldet, mit ihrem eigenen Schlüssel."),
    "leika_key_ungueltig": Reason("Der LeiKa-Schlüssel hat nicht 14 Ziffern.", "Den Schlüssel aus der Vorlage übernehmen; eine Tabellenkalkulation macht aus CSV-Schlüsseln gern 9,90E+13."),
    "leistung_nicht_zustaendig": Reason("Die Leistung gehört nach dem Katalog nicht zu dieser Einheit.", "Ist die Einheit doch zuständig, bitte der Stelle melden, die den Gradmesser betreibt."),
    "zustand_unbekannt": Reason("Diesen Zustand gibt es nicht.", "Einen Zustand aus der Liste des Blatts „Hinweise“ wählen."),
    "grund_fehlt": Reason("„nicht zuständig“ oder „trifft nicht zu“ steht ohne Grund.", "Im Feld bemerkung den Grund nennen, zum Beispiel wer die Aufgabe erledigt."),
    "url_ungueltig": Reason("Die Adresse beginnt nicht mit http:// oder https://.", "Die vollständige Adresse eintragen oder das Feld leeren."),
    "register_nicht_zustaendig": Reason("Dieses Register führt die Einheit nach dem Katalog nicht.", "Die Kennung aus der Vorlage übernehmen; führt die Einheit es doch, bitte der Stelle melden, die den Gradmesser betreibt."),
    "meilenstein_unbekannt": Reason("Diesen Meilenstein gibt es nicht.", "M1 bis M11 verwenden."),
    "kein_nachweisbezug": Reason("M9 bis M11 gibt es nur für Register, aus denen Nachweise abgerufen werden.", "Die Zeile leeren."),
    "zahl_ungueltig": Reason("Die Zahl ist keine ganze Zahl.", "Nur Ziffern eintragen, Tausenderpunkte sind erlaubt."),
    "zahl_widerspruch": Reason("Mehr Datensätze mit IDNr als Datensätze, oder die Zahl der Datensätze fehlt.", "Beide Zahlen prüfen und angeben."),
    "datum_ungueltig": Reason("Das Datum ist nicht lesbar.", "Als TT.MM.JJJJ oder JJJJ-MM-TT schreiben."),
    "datum_nach_stand": Reason("„seit“, „erreicht_am“ oder „stichtag“ liegt nach dem Stand der Meldung.", "Den Stand der Meldung prüfen; was noch kommt, gehört in „geplant_am“."),
    "doppelt": Reason("Dieselbe Zeile steht schon weiter oben in der Datei; die erste gilt.", "Eine der beiden Zeilen löschen."),
    "spalten": Reason("Die Zeile hat mehr oder weniger Felder als die Kopfzeile.", "Trennzeichen und Anführungszeichen prüfen, Zellen rechts neben der Tabelle leeren."),
    "text_zu_lang": Reason("Ein Text ist länger als 2.000 Zeichen.", "Kürzen."),
    "formel_ohne_wert": Reason("Eine Zelle enthält eine Formel, deren Ergebnis nicht gespeichert ist.", "Das Ergebnis als Wert eintragen."),
    "indikator_leer": Reason("Die Zeile nennt keinen Indikator.", "Nichts; die Quelle enthält solche Zeilen."),
    "indikator_unbekannt": Reason("Der Indikator gehört nicht zu den veröffentlichten.", "Fassung der Quelle prüfen."),
    "wert_ungueltig": Reason("Der Wert liegt nicht im erlaubten Bereich.", "„ja“ oder „nein“ oder eine Zahl im erlaubten Bereich eintragen; sonst die Datei der Quelle prüfen."),
    "thema_unbekannt": Reason("Dieses Thema gibt es nicht.", "Den Schlüssel aus der Vorlage übernehmen."),
    "merkmal_unbekannt": Reason("Diese Frage gehört nicht zu dem Thema.", "Den Schlüssel aus der Vorlage übernehmen."),
    "auspraegung_unbekannt": Reason("Diese Stufe oder Ausprägung gibt es hier nicht.", "Den Schlüssel aus der Vorlage übernehmen."),
    "status_unbekannt": Reason("Diesen Status gibt es nicht.", "Ein Wort aus der Liste des Blatts „Hinweise“ wählen oder das Feld leeren."),
    "status_widerspruch": Reason("Wert und Status passen nicht zusammen.", "Mit „nicht verfügbar“ und „trifft nicht zu“ bleibt das Feld wert leer; sonst braucht es einen Wert."),
    "modell_zeitraum": Reason("Diese Fassung des Reifegradmodells gilt an diesem Tag nicht.", "Bis 30.06.2025 Modell 1.1, ab 01.07.2025 Modell 2.0 verwenden."),
}  # fmt: skip
"""Every reason code of table `abgelehnt`, in German; docs/meldung.md lists those of reports."""


def reason(code: str) -> Reason:
    """Words for a reason code; the code itself for one of a newer version."""
    return REASONS.get(code, Reason(f"Grund {code}.", "Bitte der Stelle melden, die den Gradmesser betreibt."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Content of one workbook: `rollin` and `register` hold one mapping a row, as queries vorlage_*.sql give them."""

    unit: str
    ars: str
    stand: date
    catalogue: str
    example: bool
    rollin: Sequence[dict[str, object]]
    register: Sequence[dict[str, object]]


def form(
    unit: Mapping[str, str], rollin: Sequence[dict[str, object]], register: Sequence[dict[str, object]], stand: date
) -> Form:
    """Form from the rows of queries vorlage_einheit, vorlage_rollin and vorlage_register; states become their words."""
    return Form(
        unit=unit["name"],
        ars=unit["ars"],
        stand=stand,
        catalogue=unit["katalog"],
        example=unit["herkunft"] == "beispiel",
        rollin=[{**row, "zustand": _label(row["zustand"]), "bisher": _label(row["bisher"])} for row in rollin],
        register=[{**row, "bedeutung": MILESTONES[int(str(row["meilenstein"])[1:])].title} for row in register],
    )


def _label(state: object) -> str | None:
    return STATES[str(state)].label if state else None


def workbook(form: Form) -> bytes:
    """The reporting workbook: drop-down lists, locked keys, explanations, versions of rules and catalogue."""
    buffer = io.BytesIO()
    with formsheet.workbook(buffer) as (book, formats):
        rollin, register = _layout(ROLLIN_COLUMNS, "rollin", 2), _layout(REGISTER_COLUMNS, "register", 3)
        sheet = book.add_worksheet(ROLLIN)
        formsheet.fill(sheet, rollin, form.rollin, formats, example=form.example)
        formsheet.fill(book.add_worksheet(REGISTER), register, form.register, formats, example=form.example)
        states = _notes(book.add_worksheet(NOTES), form, formats)
        formsheet.choices(sheet, rollin.columns.index("zustand"), len(form.rollin), states, "Zustand")
    return buffer.getvalue()


def as_csv(form: Form) -> tuple[bytes, bytes]:
    """The same as two CSV files: roll-in and register."""
    return (
        formsheet.csv_file(ROLLIN_COLUMNS, form.rollin, example=form.example),
        formsheet.csv_file(REGISTER_COLUMNS, form.register, example=form.example),
    )


def _layout(columns: Sequence[str], kind: str, position: int) -> formsheet.Layout:
    helping = _HELP[kind]
    return formsheet.Layout(
        columns=[*columns[:position], *helping, *columns[position:]], widths=_WIDTHS, locked={*_KEYS, *helping},
        dated={"seit", "geplant_am", "erreicht_am"},
    )  # fmt: skip


def _notes(sheet: Worksheet, form: Form, formats: Mapping[str, Format]) -> tuple[int, int]:
    """Write the sheet of notes; returns the range of the states' names."""
    facts = {
        "Vorlage": "Meldung an den Gradmesser" + (f" ({EXAMPLE} – erfundene Werte)" if form.example else ""),
        "Einheit": f"{form.unit} ({form.ars})",
        "Regelversion": RULE_VERSION,
        "Katalogfassung": form.catalogue,
    }
    free = formsheet.notes(sheet, facts, form.stand, _GUIDE, formats)
    states = formsheet.words(sheet, free, {key: state.label for key, state in STATES.items()}, formats)
    for line, (number, milestone) in enumerate(MILESTONES.items(), start=states[1] + 1):
        sheet.write_string(line, 0, f"M{number} {milestone.title}", formats["bold"])
        sheet.write_string(line, 1, f"{milestone.done_when} ({milestone.basis})")
    return states
