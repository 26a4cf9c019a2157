"""What the workbooks that administrations fill in have in common: locked keys, open cells, notes, and the CSV form."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

NOTES = "Hinweise"
STAND_LABEL = "Stand der Meldung"
ORIGIN = "herkunft"
EXAMPLE = "BEISPIELDATEN"
"""Column of the CSV form, and mark in both forms, of a template that was filled in from invented values."""
_RUNS = re.compile(r"'*[=+\-@\t\r]")
_NEUTRALISED = re.compile(r"''*[=+\-@\t\r]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Columns of a sheet in their order: width of each, which are locked, which hold days."""

    columns: Sequence[str]
    widths: Mapping[str, int]
    locked: Collection[str]
    dated: Collection[str]


@contextmanager
def workbook(buffer: io.BytesIO) -> Iterator[tuple[xlsxwriter.Workbook, dict[str, Format]]]:
    """A workbook in which no text becomes a formula or a link, and its formats."""
    with xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        day = {"locked": False, "num_format": "dd.mm.yyyy", "align": "left"}
        key = {"bg_color": "#f3f4f7", "font_color": "#51577a", "num_format": "@", "valign": "top", "text_wrap": True}
        yield book, {
            "head": book.add_format({"bold": True, "bottom": 1, "bg_color": "#dfe1ea", "text_wrap": True, "valign": "top"}),
            "key": book.add_format(key),
            "open": book.add_format({"locked": False, "text_wrap": True, "valign": "top"}),
            "date": book.add_format({**day, "valign": "top"}),
            "stand": book.add_format({**day, "bg_color": "#fff3c4"}),
            "bold": book.add_format({"bold": True}),
        }  # fmt: skip


def fill(
    sheet: Worksheet, layout: Layout, rows: Sequence[dict[str, object]], formats: Mapping[str, Format], *, example: bool
) -> None:
    """Write the rows; only cells that are neither locked nor in the heading can be changed."""
    sheet.protect("", {"format_columns": True, "autofilter": True, "sort": True})
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    if example:
        sheet.set_header(f"&C&B{EXAMPLE} – erfundene Werte")
    for column, name in enumerate(layout.columns):
        sheet.write_string(0, column, name, formats["head"])
        look = formats["key" if name in layout.locked else "date" if name in layout.dated else "open"]
        sheet.set_column(column, column, layout.widths[name], look)
        for line, row in enumerate(rows, start=1):
            value = row.get(name)
            if isinstance(value, date):
                sheet.write_datetime(line, column, value, formats["date"])
            elif isinstance(value, int):
                sheet.write_number(line, column, value, formats["open"])
            elif value:
                sheet.write_string(line, column, str(value), formats["key" if name in layout.locked else "open"])
    sheet.autofilter(0, 0, max(len(rows), 1), len(layout.columns) - 1)


def choices(sheet: Worksheet, column: int, rows: int, lines: tuple[int, int], what: str) -> None:
    """A drop-down list of the notes' lines; as a range, because a list inside the cell allows neither commas nor more than 255 signs."""
    if rows:
        sheet.data_validation(
            1, column, rows, column,
            {"validate": "list", "source": f"={NOTES}!$A${lines[0]}:$A${lines[1]}", "error_title": f"Unbekannter {what}",
             "error_message": f"Bitte einen {what} aus der Liste wählen oder das Feld leer lassen."},
        )  # fmt: skip


def notes(
    sheet: Worksheet, facts: Mapping[str, str], stand: date, guide: Sequence[str], formats: Mapping[str, Format]
) -> int:
    """Write what the form is, its Stand (can be changed) and how it is filled in; returns the next free line."""
    sheet.protect()
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 110)
    for line, (label, value) in enumerate(facts.items()):
        sheet.write_string(line, 0, label, formats["bold"])
        sheet.write_string(line, 1, value)
    sheet.write_string(len(facts), 0, STAND_LABEL, formats["bold"])
    sheet.write_datetime(len(facts), 1, stand, formats["stand"])
    first = len(facts) + 2
    for line, text in enumerate(guide, start=first):
        sheet.write_string(line, 1, text)
    return first + len(guide) + 1


def words(sheet: Worksheet, first: int, known: Mapping[str, str], formats: Mapping[str, Format]) -> tuple[int, int]:
    """Write the words of a list with their keys from a line on; returns the range of cells for `choices`."""
    for line, (key, word) in enumerate(known.items(), start=first):
        sheet.write_string(line, 0, word, formats["bold"])
        sheet.write_string(line, 1, f"Schlüssel in der CSV-Form: {key}")
    return first + 1, first + len(known)


def as_typed(text: str) -> str:
    """A CSV cell without the apostrophe that `csv_file` put before a text that a spreadsheet would run as a formula."""
    return text[1:] if _NEUTRALISED.match(text) else text


def csv_file(columns: Sequence[str], rows: Sequence[dict[str, object]], *, example: bool) -> bytes:
    """Rows as CSV for German spreadsheets (`;`, UTF-8 with BOM); invented values say so in a column of their own."""
    extra = {ORIGIN: f"{EXAMPLE} – erfundene Werte"} if example else {}
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
