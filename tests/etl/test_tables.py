"""How a delivered table is written is found out from its bytes; what is no table is refused with a reason."""

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from etl.errors import Refused
from etl.sources import tables
from etl.sources.tables import Layout
from tests.support import DATA, HEADER, pvog, table

COLUMNS = ("leika_key", "ars", "url")
SMALL = "leika_key;ars;url\n1;2;3\n"


def written(folder: Path, content: str | bytes, name: str = "datei.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def probe(path: Path) -> Layout:
    return tables.probe(path, COLUMNS, COLUMNS)


def lines_and_cells(path: Path) -> list[tuple[int, tuple[str, ...], bool]]:
    return [(row.line, row.cells, row.complete) for row in tables.records(path, probe(path))]


# Layout ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "encoding", "delimiter"),
    [
        (SMALL.encode(), "utf-8", ";"),
        (SMALL.encode("utf-8-sig"), "utf-8", ";"),
        (SMALL.replace(";", ",").encode(), "utf-8", ","),
        (SMALL.replace(";", "\t").encode(), "utf-8", "\t"),
        (SMALL.replace("3", "„ä“").encode("cp1252"), "cp1252", ";"),
        (SMALL.replace("3", "ä").encode("latin-1") + b"\x81", "latin-1", ";"),
        (SMALL.encode("utf-16"), "utf-16", ";"),
    ],
)
def test_encoding_and_delimiter_are_found(tmp_path: Path, content: bytes, encoding: str, delimiter: str) -> None:
    layout = probe(written(tmp_path, content))
    assert (layout.kind, layout.encoding, layout.delimiter, layout.columns) == ("csv", encoding, delimiter, COLUMNS)


@pytest.mark.parametrize("name", ["leikaKey", "LEIKA_KEY", "leika-key", " Leika Key ", "leika.key"])
def test_the_header_is_understood_however_it_is_spelled(tmp_path: Path, name: str) -> None:
    assert probe(written(tmp_path, f"{name};ars;url\n1;2;3\n")).columns == COLUMNS


def test_a_layout_survives_the_manifest(tmp_path: Path) -> None:
    layout = probe(written(tmp_path, SMALL))
    fields = {"kind": "csv", "encoding": "utf-8", "delimiter": ";", "columns": list(COLUMNS), "plain": True}
    assert Layout.from_manifest(fields) == layout


@pytest.mark.parametrize(
    ("content", "plain"),
    [
        (SMALL, True),
        (SMALL.replace("\n", "\r\n"), True),
        (SMALL + '4;"5;5";"6""6"\n', True),
        (SMALL.rstrip("\n"), True),
        (SMALL + "\n", False),
        (SMALL + "4;5\n", False),
        (SMALL + '4;5;"6\n6"\n', False),
        (SMALL + '4;5;6"6\n', False),
        (SMALL + '4;5; "6"\n', False),
        (SMALL + "4;5;6\r\n", False),
        (SMALL.replace("\n", "\r\n", 1) + "4;5;6\r\n", False),
        (SMALL.replace("\n", "\r"), False),
        (SMALL.replace("3", "ä").encode("cp1252"), False),
    ],
)
def test_only_a_plain_file_may_be_read_in_bulk(tmp_path: Path, content: str | bytes, plain: bool) -> None:  # noqa: FBT001
    assert probe(written(tmp_path, content)).plain is plain


# Records --------------------------------------------------------------------------------------------------------------


def test_a_record_has_the_line_on_which_it_starts(tmp_path: Path) -> None:
    content = 'leika_key;ars;url\n1;2;"a\nb"\n\n4;"x ""y""";6\n7;8\n'
    assert lines_and_cells(written(tmp_path, content)) == [
        (2, ("1", "2", "a\nb"), True),
        (5, ("4", 'x "y"', "6"), True),
        (6, ("7", "8"), False),
    ]


def test_a_header_over_two_lines_counts_as_two(tmp_path: Path) -> None:
    content = 'leika_key;ars;url;"Be-\nmerkung"\n1;2;3;4\n'
    path = written(tmp_path, content)
    assert [(row.line, row.cells, row.complete) for row in tables.records(path, probe(path))] == [
        (3, ("1", "2", "3", "4"), True)
    ]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(rows=st.lists(st.tuples(*[st.text(st.sampled_from('ab";\n\r ä'), max_size=5)] * 3), max_size=6))
def test_what_a_writer_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([COLUMNS, *rows])
    path = written(tmp_path_factory.mktemp("zurueck"), text.getvalue())
    assert [row.cells for row in tables.records(path, probe(path))] == rows


def test_clean_rows_carry_their_line_and_incomplete_ones_are_returned(tmp_path: Path) -> None:
    path, target = written(tmp_path, SMALL + "4;5\n6;7;8\n"), tmp_path / "sauber.csv"
    layout = probe(path)
    incomplete = tables.write_clean(tables.records(path, layout), layout, target)
    assert [(row.line, row.cells) for row in incomplete] == [(3, ("4", "5"))]
    assert target.read_text("utf-8").splitlines() == [
        '"zeile";"leika_key";"ars";"url"',
        '"2";"1";"2";"3"',
        '"4";"6";"7";"8"',
    ]


# What is refused ------------------------------------------------------------------------------------------------------

HOSTILE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "leer"),
    "only blanks": (b" \n\n ", "leer"),
    "HTML": ((DATA / "pvog" / "fehlerseite.html").read_bytes(), "HTML"),
    "HTML after a BOM": ("\ufeff<html></html>".encode(), ""),
    "XML": (b'<?xml version="1.0"?><a/>', "HTML, XML"),
    "JSON": ((DATA / "pvog" / "antwort.json").read_bytes(), "JSON"),
    "a JSON list": (b'[{"leika_key": 1}]', "JSON"),
    "null bytes": (b"leika_key;ars;url\n1;\x00;3\n", "Nullbytes"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)), "keine Textdatei"),
    "UTF-16 without a mark": (SMALL.encode("utf-16-le"), "Nullbytes"),
    "half a UTF-16 character": (SMALL.encode("utf-16") + b"x", ""),
    "UTF-16 that is none": (b"\xff\xfe" + b"\x00\xd8" * 9, ""),
    "another table": (b"name;wert\na;1\n", "leika_key, ars, url"),
    "a missing column": (b"leika_key;ars\n1;2\n", "url"),
    "a doubled column": (b"leika_key;ars;url;LeikaKey\n1;2;3;4\n", "doppelt"),
    "prose": (b"Sehr geehrte Damen und Herren,\nanbei die Daten.\n", "Kopfzeile"),
    "a field of 3 MB": (b"leika_key;ars;url\n1;2;" + b"x" * 3_000_000 + b"\n", ""),
    "a header of 3 MB": (b"leika_key;ars;url;" + b"x" * 3_000_000 + b"\n1;2;3;4\n", ""),
    "a quote that never ends": (b'leika_key;ars;url\n1;2;"' + b"x;y\n" * 700_000, ""),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_table_is_refused_with_a_reason(tmp_path: Path, kind: str) -> None:
    content, reason = HOSTILE[kind]
    path = written(tmp_path, content)
    with pytest.raises(Refused) as refused:
        list(tables.records(path, probe(path)))
    assert str(refused.value).startswith("datei.csv: ")
    assert reason in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="nicht gefunden"):
        probe(tmp_path / "nichts.csv")


# Workbooks ------------------------------------------------------------------------------------------------------------


def workbook(rows: list[list[object]]) -> bytes:
    book, stream = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


def mangled(name: str, change: Callable[[bytes], bytes | None]) -> bytes:
    """A workbook of which one part is changed, or missing where change gives None."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook([list(COLUMNS), [1, 2, 3]]))) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            content = change(content) if entry.filename == name else content
            if content is not None:
                new.writestr(entry, content)
    return made.getvalue()


def patched(field: int, central: int, value: bytes) -> bytes:
    """A workbook whose zip headers say something else: bytes at an offset of every local and central header."""
    content = bytearray(workbook([list(COLUMNS), [1, 2, 3]]))
    for mark, offset in ((b"PK\x03\x04", field), (b"PK\x01\x02", central)):
        at = content.find(mark)
        while at >= 0:
            content[at + offset : at + offset + len(value)] = value
            at = content.find(mark, at + 4)
    return bytes(content)


def archive_of(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
BAD_WORKBOOKS: dict[str, Callable[[], bytes]] = {
    "no zip": SMALL.encode,
    "empty": lambda: b"",
    "half a file": lambda: workbook([list(COLUMNS), [1, 2, 3]])[:2000],
    "another zip": lambda: archive_of("brief.txt", b"Hallo"),
    "no sheet": lambda: mangled(SHEET, lambda _: None),
    "half a sheet": lambda: mangled(SHEET, lambda content: content[: len(content) // 2]),
    "a sheet that is no XML": lambda: mangled(SHEET, lambda _: b"kein XML"),
    "a book that is no XML": lambda: mangled("xl/workbook.xml", lambda _: b"kein XML"),
    "styles that are no XML": lambda: mangled("xl/styles.xml", lambda _: b"kein XML"),
    "encrypted": lambda: patched(6, 8, b"\x01\x00"),
    "an unknown compression": lambda: patched(8, 10, b"\x63\x00"),
    "a bomb by its own account": lambda: patched(22, 24, (500_000_000).to_bytes(4, "little")),
    "only a header": lambda: workbook([["leika_key", "ars"]]),
    "nothing in it": lambda: workbook([]),
}


@pytest.mark.parametrize("kind", BAD_WORKBOOKS)
def test_a_workbook_that_cannot_be_read_is_refused_with_a_reason(tmp_path: Path, kind: str) -> None:
    path = written(tmp_path, BAD_WORKBOOKS[kind](), "mappe.xlsx")
    with pytest.raises(Refused) as refused:
        list(tables.records(path, probe(path)))
    assert "mappe.xlsx: " in str(refused.value)


def test_damaged_bytes_inside_a_workbook_are_refused(tmp_path: Path) -> None:
    whole = workbook([list(HEADER), *([list(pvog().values())] * 200)])
    for at in range(100, len(whole), len(whole) // 40):
        path = written(tmp_path, whole[:at] + bytes([whole[at] ^ 0x5A]) + whole[at + 1 :], "mappe.xlsx")
        try:
            list(tables.records(path, probe(path)))
        except Refused as refused:
            assert "mappe.xlsx" in str(refused)


def test_the_first_visible_sheet_counts(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title, book.active.sheet_state = "Hinweise", "hidden"
    sheet = book.create_sheet("Daten")
    for row in (COLUMNS, (1, 2.0, None), (None, None, None), (True, "x ", "y")):
        sheet.append(row)
    book.save(tmp_path / "mappe.xlsx")
    assert lines_and_cells(tmp_path / "mappe.xlsx") == [(2, ("1", "2", ""), True), (4, ("True", "x", "y"), True)]


def test_a_sheet_that_lies_about_its_size_is_read(tmp_path: Path) -> None:
    content = mangled(SHEET, lambda xml: xml.replace(b'ref="A1:C2"', b'ref="A1"'))
    assert lines_and_cells(written(tmp_path, content, "mappe.xlsx")) == [(2, ("1", "2", "3"), True)]


def test_more_cells_than_the_header_are_a_fault(tmp_path: Path) -> None:
    path = written(tmp_path, workbook([list(COLUMNS), [1, 2, 3, 4]]), "mappe.xlsx")
    assert lines_and_cells(path) == [(2, ("1", "2", "3", "4"), False)]


def test_a_table_of_all_columns_is_plain(tmp_path: Path) -> None:
    assert tables.probe(written(tmp_path, table([pvog()])), HEADER, HEADER).plain
