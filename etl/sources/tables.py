"""Finds out how a delivered table is written (encoding, delimiter, header spelling) and reads it cell by cell."""

import csv
import re
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice, repeat, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from etl.errors import Refused

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

DELIMITERS = ";,\t"
MAX_ROW = 1_000_000
MAX_UNPACKED = 400_000_000
_MAX_SHEETS, _MAX_COLUMNS, _MAX_LINES = 50, 200, 1_048_576
_UNREADABLE = (
    zipfile.BadZipFile, SyntaxError, zlib.error, EOFError, KeyError, IndexError, OSError, ValueError,
    TypeError, AttributeError, NotImplementedError, RuntimeError,
)  # fmt: skip
"""What openpyxl and zipfile raise on damaged or hostile workbooks."""
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)[\s>]")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([^\"']{1,30})[\"']")
_ROW_END = re.compile(rb"</(?:\w+:)?row>")
_CHUNK, _LONGEST_ROW = 1_000_000, 20_000_000
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


def probe(path: Path, columns: Iterable[str], required: Iterable[str], *, bulk: bool = True) -> Layout:
    """Look at the whole file once; raises Refused if it is no table or lacks a required column.

    bulk: whether a bulk reader may be used later; without it nobody looks whether the file is plain.
    """
    if not path.is_file():
        raise Refused(f"{path}: Datei nicht gefunden.")
    with _parsed(path):
        return _probe(path, {spelling(name): name for name in columns}, required, bulk=bulk)


@contextmanager
def _parsed(path: Path) -> Iterator[None]:
    """Turn what the csv module raises on a field without end into one Refused."""
    try:
        yield
    except csv.Error as error:
        raise Refused(
            f"{path.name}: Die Datei ist als Tabelle nicht lesbar ({error}); ein Feld ist zu lang oder ein "
            "Anführungszeichen endet nie. Bitte den Export wiederholen."
        ) from error


def _probe(path: Path, known: Mapping[str, str], required: Iterable[str], *, bulk: bool) -> Layout:
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
        plain=bulk and found.kind == "csv" and found.encoding == "utf-8" and _is_plain(path, found),
    )


def records(path: Path, layout: Layout) -> Iterator[Record]:
    """Every data row in file order; empty lines are no rows."""
    width = len(layout.columns)
    if layout.kind == "xlsx":
        rows = _workbook_rows(path)
        next(rows, None)
        yield from _padded(rows, width)
        return
    with _parsed(path), path.open(encoding=_codec(layout.encoding), newline="") as stream:
        reader = csv.reader(stream, delimiter=layout.delimiter)
        next(reader, None)
        start = reader.line_num + 1
        for cells in reader:
            if sum(map(len, cells)) > MAX_ROW:
                raise Refused(
                    f"{path.name}: Zeile {start} ist länger als {MAX_ROW // 10**6} MB. Bitte den Export prüfen."
                )
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
        if not _decodes(content, "utf-16"):
            raise Refused(f"{path.name}: Die Datei beginnt wie UTF-16, ist es aber nicht. Bitte als UTF-8 speichern.")
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
    returns = content.count(b"\r")
    one_line_end = returns == 0 or returns == content.count(b"\r\n") == content.count(b"\n")
    return physical == lines and one_line_end and _quotes_are_regular(content)


def _quotes_are_regular(content: bytes) -> bool:
    """A quote only opens or closes a whole field or is doubled; readers differ on anything else."""
    if b'"' not in content:
        return True
    stripped = re.sub(rb'(^|[;,\t\n])"(?:[^"]|"")*"(?=[;,\t\r\n]|$)', rb"\1", content.removeprefix(b"\xef\xbb\xbf"))
    return b'"' not in stripped


class Formula(str):
    """Text of a formula for which the file holds no result."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """The wanted visible sheets of a workbook as line numbers and cells, and the names of all other sheets."""

    rows: Mapping[str, list[tuple[int, tuple[str, ...]]]]
    unread: tuple[str, ...]


def workbook_sheets(path: Path, wanted: Collection[str], most_rows: int) -> Sheets:
    """Read the wanted sheets, each with at most most_rows rows under its header.

    Raises Refused if the workbook cannot be read, has more rows, or merges cells of a wanted sheet: what a merged area
    says of the rows below its first would be a guess.
    """
    visible = {sheet.title: sheet for sheet in _visible_sheets(path) if sheet.title in wanted}
    rows = {}
    for title, sheet in visible.items():
        marks = _marks(path, sheet)
        if marks.filled > most_rows + 1:
            raise Refused(f"{path.name}, Blatt {title}: mehr als {most_rows} Zeilen. Bitte aufteilen.")
        if marks.merged:
            raise Refused(
                f"{path.name}, Blatt {title}: Die Zellen {marks.merged} sind verbunden. Bitte die Verbindung aufheben und jede "
                "Zeile einzeln ausfüllen."
            )
        shadow = _formula_rows(path, title) if marks.has_formula else repeat(())
        rows[title] = list(islice(_sheet_rows(sheet, path, shadow), most_rows + 2))
    return Sheets(rows=rows, unread=tuple(title for title in _titles(path) if title not in visible))


def _workbook(path: Path, *, data_only: bool = False) -> "Workbook":
    from openpyxl import load_workbook  # noqa: PLC0415 - a build reads no workbook, and its start counts
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        return load_workbook(path, read_only=True, data_only=data_only)
    except InvalidFileException as error:
        raise ValueError(str(error)) from error


def _titles(path: Path) -> list[str]:
    with _readable(path):
        return _workbook(path).sheetnames


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marks:
    """What the bytes of a sheet tell before it is parsed: rows with content, first merged area, whether formulas."""

    filled: int
    merged: str
    has_formula: bool


def _marks(path: Path, sheet: "ReadOnlyWorksheet") -> _Marks:
    filled, has_formula, rest = 0, False, b""
    with _readable(path), zipfile.ZipFile(path) as archive, archive.open(sheet._worksheet_path) as stream:  # noqa: SLF001
        while chunk := stream.read(_CHUNK):
            *rows, rest = _ROW_END.split(rest + chunk)
            if len(rest) > _LONGEST_ROW:
                raise Refused(f"{path.name}: Ein Blatt hat eine Zeile, die zu lang ist, um sie zu lesen.")
            filled += sum(_VALUE.search(row) is not None for row in rows)
            has_formula = has_formula or any(_FORMULA.search(row) for row in rows)
    found = _MERGED.search(rest)
    return _Marks(filled=filled, merged=found[1].decode("ascii", "replace") if found else "", has_formula=has_formula)


def _formula_rows(path: Path, title: str) -> Iterator[tuple[object, ...]]:
    with _readable(path):
        sheet = _workbook(path)[title]
        sheet.reset_dimensions()
        yield from sheet.iter_rows(values_only=True)


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
    return _sheet_rows(_visible_sheets(path)[0], path, repeat(()))


def _visible_sheets(path: Path) -> "list[ReadOnlyWorksheet]":
    with _readable(path):
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
                raise Refused(f"{path.name}: Die Arbeitsmappe ist entpackt größer als {MAX_UNPACKED // 10**6} MB.")
        workbook = _workbook(path, data_only=True)
        if len(workbook.worksheets) > _MAX_SHEETS:
            raise Refused(f"{path.name}: Die Arbeitsmappe hat mehr als {_MAX_SHEETS} Blätter.")
        sheets = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    if not sheets:
        raise Refused(f"{path.name}: Die Arbeitsmappe hat kein sichtbares Tabellenblatt.")
    return sheets


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what a damaged workbook raises into one Refused."""
    try:
        yield
    except Refused:
        raise
    except _UNREADABLE as error:
        raise Refused(
            f"{path.name}: Die Datei ist keine lesbare XLSX-Arbeitsmappe ({type(error).__name__}: {str(error)[:120]}). "
            "Eine Datei mit Kennwort lässt sich nicht lesen; bitte ohne Kennwort als XLSX speichern."
        ) from error


def _sheet_rows(
    sheet: "ReadOnlyWorksheet", path: Path, formulas: Iterable[tuple[object, ...]]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Filled rows; formulas holds the same rows with formulas instead of values, empty tuples where there are none."""
    sheet.reset_dimensions()  # what a file says of its size may be wrong, and rows beyond it would be lost
    with _readable(path):
        for line, (row, written) in enumerate(zip(sheet.iter_rows(values_only=True), formulas, strict=False), start=1):
            if line > _MAX_LINES:
                raise Refused(f"{path.name}: Ein Blatt hat mehr Zeilen, als eine Tabellenkalkulation kennt.")
            if not row or (row.count(None) == len(row) and written.count(None) == len(written)):
                continue
            cells = [
                _cell_text(value) if value is not None or formula is None else Formula(formula)
                for value, formula in zip_longest(row, written)
            ]
            while cells and not cells[-1]:
                cells.pop()
            if len(cells) > _MAX_COLUMNS:
                raise Refused(f"{path.name}: Zeile {line} hat mehr als {_MAX_COLUMNS} Spalten.")
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
