"""Finds out how a delivered table is written (encoding, delimiter, header spelling) and reads it cell by cell."""

import csv
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from etl.errors import Refused

DELIMITERS = ";,\t"
MAX_UNPACKED = 400_000_000
csv.field_size_limit(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file is written. `columns` names the canonical column of each field, None for a field not used.

    `plain` says that line n of the file is record n and every record has all its fields, so that a bulk reader may
    count lines; anything else is read by `records`, which knows the physical line of each record.
    """

    kind: str
    encoding: str
    delimiter: str
    columns: tuple[str | None, ...]
    plain: bool

    @classmethod
    def from_manifest(cls, fields: Mapping[str, object]) -> "Layout":
        """Layout as a manifest holds it."""
        return cls(**{**fields, "columns": tuple(fields["columns"])})


@dataclass(frozen=True, slots=True)
class Record:
    """One data row: the physical line it starts on, its cells as text, and whether the number of cells is right."""

    line: int
    cells: tuple[str, ...]
    complete: bool


def spelling(name: str) -> str:
    """Header name without case, spaces and signs: `leikaKey`, `LEIKA_KEY` and `leika-key` are one."""
    return re.sub(r"[^a-z0-9]", "", name.strip().lower())


def probe(path: Path, columns: Iterable[str], required: Iterable[str]) -> Layout:
    """Look at the whole file once; raises Refused if it is no table or lacks a required column."""
    if not path.is_file():
        raise Refused(f"{path}: Datei nicht gefunden.")
    known = {spelling(name): name for name in columns}
    if path.suffix.lower() in {".xlsx", ".xlsm"}:
        layout = Layout(kind="xlsx", encoding="", delimiter="", columns=(), plain=False)
        header = next(_workbook_rows(path), (0, ()))[1]
    else:
        encoding = _encoding(path)
        header, delimiter = _header(path, encoding)
        layout = Layout(kind="csv", encoding=encoding, delimiter=delimiter, columns=(), plain=False)
    names = tuple(known.get(spelling(cell)) for cell in header)
    missing = [name for name in required if name not in names]
    if missing:
        raise Refused(
            f"{path.name}: Die Kopfzeile nennt die Spalte(n) {', '.join(missing)} nicht. Gelesen wurde: "
            f"„{' | '.join(header)[:200]}“. Bitte prüfen, ob es die richtige Datei ist."
        )
    doubled = sorted({name for name in names if name and names.count(name) > 1})
    if doubled:
        raise Refused(f"{path.name}: Die Spalte(n) {', '.join(doubled)} stehen doppelt in der Kopfzeile.")
    found = Layout(kind=layout.kind, encoding=layout.encoding, delimiter=layout.delimiter, columns=names, plain=False)
    return Layout(
        kind=found.kind,
        encoding=found.encoding,
        delimiter=found.delimiter,
        columns=names,
        plain=found.kind == "csv" and found.encoding == "utf-8" and _is_plain(path, found),
    )


def records(path: Path, layout: Layout) -> Iterator[Record]:
    """Every data row in file order; empty lines are no rows."""
    width = len(layout.columns)
    if layout.kind == "xlsx":
        rows = _workbook_rows(path)
        next(rows, None)
        yield from _padded(rows, width)
        return
    with path.open(encoding=_codec(layout.encoding), newline="") as stream:
        reader = csv.reader(stream, delimiter=layout.delimiter)
        next(reader, None)
        start = reader.line_num + 1
        for cells in reader:
            if cells:
                yield Record(start, tuple(cells), complete=len(cells) == width)
            start = reader.line_num + 1


def write_clean(rows: Iterable[Record], layout: Layout, target: Path) -> list[Record]:
    """Write complete rows as plain UTF-8 CSV with their line number in front; returns the incomplete ones."""
    incomplete = []
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(["zeile", *(name or f"spalte_{nr}" for nr, name in enumerate(layout.columns))])
        for row in rows:
            if row.complete:
                writer.writerow([row.line, *row.cells])
            else:
                incomplete.append(row)
    return incomplete


def _codec(encoding: str) -> str:
    return "utf-8-sig" if encoding == "utf-8" else encoding


def _encoding(path: Path) -> str:
    content = path.read_bytes()
    if not content.strip():
        raise Refused(f"{path.name}: Die Datei ist leer.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\x00" in content:
        raise Refused(f"{path.name}: Das ist keine Textdatei (enthält Nullbytes). Erwartet wird CSV oder XLSX.")
    if content.lstrip()[:1] in {b"<", b"{", b"["}:
        raise Refused(f"{path.name}: Das ist keine Tabelle, sondern HTML, XML oder JSON. Bitte die CSV-Datei laden.")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252" if _decodes(content, "cp1252") else "latin-1"
    return "utf-8"


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _header(path: Path, encoding: str) -> tuple[tuple[str, ...], str]:
    with path.open(encoding=_codec(encoding), newline="") as stream:
        first = stream.readline(100_000)
    delimiter = max(DELIMITERS, key=first.count)
    return tuple(cell.strip() for cell in next(csv.reader([first], delimiter=delimiter))), delimiter


def _is_plain(path: Path, layout: Layout) -> bool:
    lines = 1
    for lines, row in enumerate(records(path, layout), start=2):
        if row.line != lines or not row.complete or any("\n" in cell or "\r" in cell for cell in row.cells):
            return False
    content = path.read_bytes()
    physical = content.count(b"\n") + (not content.endswith(b"\n"))
    return physical == lines and content.count(b"\r") in {0, content.count(b"\r\n")} and _quotes_are_regular(content)


def _quotes_are_regular(content: bytes) -> bool:
    """A quote only opens or closes a whole field or is doubled; readers differ on anything else."""
    if b'"' not in content:
        return True
    stripped = re.sub(rb'(^|[;,\t\n])[ ]*"(?:[^"]|"")*"(?=[;,\t\r\n]|$)', rb"\1", content.removeprefix(b"\xef\xbb\xbf"))
    return b'"' not in stripped


def workbook_sheets(path: Path) -> dict[str, list[tuple[int, tuple[str, ...]]]]:
    """Visible sheets of a workbook, each as line numbers and cells; raises Refused if it cannot be read."""
    return {sheet.title: list(_sheet_rows(sheet)) for sheet in _visible_sheets(path)}


def sheet_records(
    rows: Sequence[tuple[int, tuple[str, ...]]], columns: Iterable[str]
) -> tuple[Layout, Iterator[Record]]:
    """Layout and data rows of one sheet whose first filled row is the header."""
    known = {spelling(name): name for name in columns}
    names = tuple(known.get(spelling(cell)) for cell in (rows[0][1] if rows else ()))
    layout = Layout(kind="xlsx", encoding="", delimiter="", columns=names, plain=False)
    return layout, _padded(rows[1:], len(names))


def _padded(rows: Iterable[tuple[int, tuple[str, ...]]], width: int) -> Iterator[Record]:
    """A workbook drops empty cells at the end of a row; more cells than the header has are a fault."""
    for line, cells in rows:
        filled = cells + ("",) * (width - len(cells))
        yield Record(line, filled, complete=len(filled) == width)


def _workbook_rows(path: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Line number and cells of the first visible sheet; formulas give their stored value."""
    return _sheet_rows(_visible_sheets(path)[0])


def _visible_sheets(path: Path) -> list[ReadOnlyWorksheet]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
                raise Refused(f"{path.name}: Die Arbeitsmappe ist entpackt größer als {MAX_UNPACKED // 10**6} MB.")
        workbook = load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, OSError, ValueError) as error:
        raise Refused(f"{path.name}: Die Datei ist keine lesbare XLSX-Arbeitsmappe ({error}).") from error
    sheets = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    if not sheets:
        raise Refused(f"{path.name}: Die Arbeitsmappe hat kein sichtbares Tabellenblatt.")
    return sheets


def _sheet_rows(sheet: ReadOnlyWorksheet) -> Iterator[tuple[int, tuple[str, ...]]]:
    for line, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = [_cell_text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield line, tuple(cells)


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    return value.isoformat() if isinstance(value, date) else str(value).strip()
