"""The form in which administrations report: one definition for who writes the workbook and who reads it back."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from gradmesser.catalog import MILESTONES, RULE_VERSION, STATES

ROLLIN, REGISTER, NOTES = "Roll-in", "Register", "Hinweise"
ROLLIN_COLUMNS = ("ars", "leika_key", "zustand", "seit", "geplant_am", "beleg_url", "bemerkung")
REGISTER_COLUMNS = (
    "ars", "register_id", "meilenstein", "geplant_am", "erreicht_am", "datensaetze", "datensaetze_mit_idnr", "bemerkung",
)  # fmt: skip
STAND_LABEL = "Stand der Meldung"
ORIGIN = "herkunft"
EXAMPLE = "BEISPIELDATEN"
"""Column of the CSV form, and mark in both forms, of a template that was filled in from invented values."""
_HELP = {"rollin": ("einheit", "leistung", "bisher"), "register": ("einheit", "register", "bedeutung")}
_RUNS = re.compile(r"'*[=+\-@\t\r]")
_NEUTRALISED = re.compile(r"''*[=+\-@\t\r]")
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
    with xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        formats = {
            "head": book.add_format(
                {"bold": True, "bottom": 1, "bg_color": "#dfe1ea", "text_wrap": True, "valign": "top"}
            ),
            "key": book.add_format(
                {"bg_color": "#f3f4f7", "font_color": "#51577a", "num_format": "@", "valign": "top"}
            ),
            "open": book.add_format({"locked": False, "text_wrap": True, "valign": "top"}),
            "date": book.add_format({"locked": False, "num_format": "dd.mm.yyyy", "valign": "top"}),
            "left": book.add_format(
                {"locked": False, "num_format": "dd.mm.yyyy", "align": "left", "bg_color": "#fff3c4"}
            ),
            "bold": book.add_format({"bold": True}),
        }
        columns = _with_help(ROLLIN_COLUMNS, "rollin", 2)
        sheet = book.add_worksheet(ROLLIN)
        _fill(sheet, columns, form.rollin, formats, example=form.example)
        register = book.add_worksheet(REGISTER)
        _fill(register, _with_help(REGISTER_COLUMNS, "register", 3), form.register, formats, example=form.example)
        first, last = _notes(book.add_worksheet(NOTES), form, formats)
        _choices(sheet, columns.index("zustand"), len(form.rollin), f"={NOTES}!$A${first}:$A${last}")
    return buffer.getvalue()


def as_csv(form: Form) -> tuple[bytes, bytes]:
    """The same as two CSV files (`;`, UTF-8 with BOM): roll-in and register."""
    extra = {ORIGIN: f"{EXAMPLE} – erfundene Werte"} if form.example else {}
    return csv_file(ROLLIN_COLUMNS, form.rollin, extra), csv_file(REGISTER_COLUMNS, form.register, extra)


def as_typed(text: str) -> str:
    """A CSV cell without the apostrophe that `as_csv` put before a text that a spreadsheet would run as a formula."""
    return text[1:] if _NEUTRALISED.match(text) else text


def _with_help(columns: Sequence[str], kind: str, position: int) -> list[str]:
    return [*columns[:position], *_HELP[kind], *columns[position:]]


def _fill(
    sheet: Worksheet,
    columns: Sequence[str],
    rows: Sequence[dict[str, object]],
    formats: Mapping[str, Format],
    *,
    example: bool,
) -> None:
    sheet.protect("", {"format_columns": True, "autofilter": True, "sort": True})
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    if example:
        sheet.set_header(f"&C&B{EXAMPLE} – erfundene Werte")
    helping = {name for names in _HELP.values() for name in names}
    for column, name in enumerate(columns):
        sheet.write_string(0, column, name, formats["head"])
        locked = name in _KEYS or name in helping
        dated = name in {"seit", "geplant_am", "erreicht_am"}
        sheet.set_column(column, column, _WIDTHS[name], formats["key" if locked else "date" if dated else "open"])
        for line, row in enumerate(rows, start=1):
            value = row.get(name)
            if isinstance(value, date):
                sheet.write_datetime(line, column, value, formats["date"])
            elif isinstance(value, int):
                sheet.write_number(line, column, value, formats["open"])
            elif value:
                sheet.write_string(line, column, str(value), formats["key" if locked else "open"])
    sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)


def _choices(sheet: Worksheet, column: int, rows: int, source: str) -> None:
    """A drop-down list; as a range, because a list inside the cell allows neither commas nor more than 255 signs."""
    if rows:
        sheet.data_validation(
            1, column, rows, column,
            {"validate": "list", "source": source, "error_title": "Unbekannter Zustand",
             "error_message": "Bitte einen Zustand aus der Liste wählen oder das Feld leer lassen."},
        )  # fmt: skip


def _notes(sheet: Worksheet, form: Form, formats: Mapping[str, Format]) -> tuple[int, int]:
    """Write the sheet of notes; returns the first and last line of the states' names."""
    sheet.protect()
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 110)
    facts = {
        "Vorlage": "Meldung an den Gradmesser" + (f" ({EXAMPLE} – erfundene Werte)" if form.example else ""),
        "Einheit": f"{form.unit} ({form.ars})",
        "Regelversion": RULE_VERSION,
        "Katalogfassung": form.catalogue,
    }
    for line, (label, value) in enumerate(facts.items()):
        sheet.write_string(line, 0, label, formats["bold"])
        sheet.write_string(line, 1, value)
    line = len(facts)
    sheet.write_string(line, 0, STAND_LABEL, formats["bold"])
    sheet.write_datetime(line, 1, form.stand, formats["left"])
    for line, text in enumerate(_GUIDE, start=line + 2):  # noqa: B020 - goes on below the facts
        sheet.write_string(line, 1, text)
    first = line + 2
    for line, (key, state) in enumerate(STATES.items(), start=first):
        sheet.write_string(line, 0, state.label, formats["bold"])
        sheet.write_string(line, 1, f"Schlüssel in der CSV-Form: {key}")
    last = line
    for line, (number, milestone) in enumerate(MILESTONES.items(), start=last + 2):
        sheet.write_string(line, 0, f"M{number} {milestone.title}", formats["bold"])
        sheet.write_string(line, 1, f"{milestone.done_when} ({milestone.basis})")
    return first + 1, last + 1


def csv_file(columns: Sequence[str], rows: Sequence[dict[str, object]], extra: Mapping[str, str]) -> bytes:
    """Rows as CSV for German spreadsheets (`;`, UTF-8 with BOM), with extra columns of one value each."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow([*columns, *extra])
    for row in rows:
        writer.writerow([*(_csv_cell(row.get(name)) for name in columns), *extra.values()])
    return buffer.getvalue().encode("utf-8-sig")


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    text = f"{value:%d.%m.%Y}" if isinstance(value, date) else str(value)
    return f"'{text}" if _RUNS.match(text) else text
