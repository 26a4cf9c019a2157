"""The form in which administrations report: one definition for who writes the workbook and who reads it back."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from gradmesser.catalog import MILESTONES, RULE_VERSION, STATES

ROLLIN, REGISTER, NOTES = "Roll-in", "Register", "Hinweise"
ROLLIN_COLUMNS = ("ars", "leika_key", "zustand", "seit", "geplant_am", "beleg_url", "bemerkung")
REGISTER_COLUMNS = (
    "ars", "register_id", "meilenstein", "geplant_am", "erreicht_am", "datensaetze", "datensaetze_mit_idnr", "bemerkung",
)  # fmt: skip
STAND_LABEL = "Stand der Meldung"
_HELP = {"rollin": ("einheit", "leistung", "bisher"), "register": ("einheit", "register", "bedeutung")}
_KEYS = {"ars", "leika_key", "register_id", "meilenstein"}
_WIDTHS = {
    "ars": 14, "leika_key": 16, "einheit": 26, "leistung": 46, "bisher": 24, "register": 34, "bedeutung": 40, "zustand": 24, "seit": 12,
    "geplant_am": 12, "erreicht_am": 12, "beleg_url": 40, "bemerkung": 40, "register_id": 22, "meilenstein": 11,
    "datensaetze": 13, "datensaetze_mit_idnr": 20,
}  # fmt: skip
_GUIDE = (
    "So geht es: Auf den Blättern Roll-in und Register nur die weißen Felder ausfüllen, speichern, an den Gradmesser geben.",
    "Ein leeres Feld „zustand“ heißt: dazu wird nichts gesagt; der bisherige Stand bleibt.",
    "„nicht zuständig“ braucht einen Grund im Feld bemerkung; die Leistung zählt dann nicht mit.",
    "Ein geplanter Termin ändert keinen Zustand. Ist er verstrichen, wird die Zeile als überfällig gezeigt.",
    "Daten als TT.MM.JJJJ. Schlüssel (grau) nicht ändern. Blätter nicht umbenennen.",
    "Meilensteine: erreicht_am eintragen, sobald erreicht; datensaetze und datensaetze_mit_idnr bei M6 angeben.",
)


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
            "key": book.add_format({"bg_color": "#f3f4f7", "font_color": "#51577a", "num_format": "@"}),
            "open": book.add_format({"locked": False, "text_wrap": True, "valign": "top"}),
            "date": book.add_format({"locked": False, "num_format": "dd.mm.yyyy"}),
            "bold": book.add_format({"bold": True}),
        }
        columns = _with_help(ROLLIN_COLUMNS, "rollin", 2)
        sheet = book.add_worksheet(ROLLIN)
        _fill(sheet, columns, form.rollin, formats)
        labels = [STATES[key].label for key in STATES]
        _choices(sheet, columns.index("zustand"), len(form.rollin), labels)
        columns = _with_help(REGISTER_COLUMNS, "register", 3)
        _fill(book.add_worksheet(REGISTER), columns, form.register, formats)
        _notes(book.add_worksheet(NOTES), form, formats)
    return buffer.getvalue()


def as_csv(form: Form) -> tuple[bytes, bytes]:
    """The same as two CSV files (`;`, UTF-8 with BOM): roll-in and register."""
    return _csv(ROLLIN_COLUMNS, form.rollin), _csv(REGISTER_COLUMNS, form.register)


def _with_help(columns: Sequence[str], kind: str, position: int) -> list[str]:
    return [*columns[:position], *_HELP[kind], *columns[position:]]


def _fill(
    sheet: Worksheet, columns: Sequence[str], rows: Sequence[dict[str, object]], formats: dict[str, object]
) -> None:
    sheet.protect("", {"format_columns": True, "autofilter": True, "sort": True})
    sheet.freeze_panes(1, 0)
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


def _choices(sheet: Worksheet, column: int, rows: int, labels: Sequence[str]) -> None:
    if rows:
        sheet.data_validation(
            1, column, rows, column,
            {"validate": "list", "source": list(labels), "error_title": "Unbekannter Zustand",
             "error_message": "Bitte einen Zustand aus der Liste wählen oder das Feld leer lassen."},
        )  # fmt: skip


def _notes(sheet: Worksheet, form: Form, formats: dict[str, object]) -> None:
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 110)
    facts = {
        "Vorlage": "Meldung an den Gradmesser" + (" (BEISPIELDATEN – erfundene Werte)" if form.example else ""),
        "Einheit": f"{form.unit} ({form.ars})",
        "Regelversion": RULE_VERSION,
        "Katalogfassung": form.catalogue,
    }
    for line, (label, value) in enumerate(facts.items()):
        sheet.write_string(line, 0, label, formats["bold"])
        sheet.write_string(line, 1, value)
    line = len(facts)
    sheet.write_string(line, 0, STAND_LABEL, formats["bold"])
    sheet.write_datetime(line, 1, form.stand, formats["date"])
    for line, text in enumerate(_GUIDE, start=line + 2):  # noqa: B020 - goes on below the facts
        sheet.write_string(line, 1, text)
    for line, (key, state) in enumerate(STATES.items(), start=line + 2):  # noqa: B020 - goes on
        sheet.write_string(line, 0, state.label, formats["bold"])
        sheet.write_string(line, 1, f"Schlüssel in der CSV-Form: {key}")
    for line, (number, milestone) in enumerate(MILESTONES.items(), start=line + 2):  # noqa: B020 - goes on
        sheet.write_string(line, 0, f"M{number} {milestone.title}", formats["bold"])
        sheet.write_string(line, 1, f"{milestone.done_when} ({milestone.basis})")


def _csv(columns: Sequence[str], rows: Sequence[dict[str, object]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_csv_cell(row.get(name)) for name in columns])
    return buffer.getvalue().encode("utf-8-sig")


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:%d.%m.%Y}" if isinstance(value, date) else str(value)
