"""Uploads and deliveries of any bytes: a file is read or refused in words, quickly, and nothing outside it is touched."""

import io
import time
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from etl.errors import Refused
from etl.sources import meldung, open_pvog, tables
from etl.sources.meldung import Known, Report
from gradmesser.catalog.meldung import REGISTER_COLUMNS, ROLLIN_COLUMNS

JENA, KEY = "160530000000", "99000000000001"
KNOWN = Known(
    areas=frozenset({JENA}),
    responsible=frozenset({JENA}),
    services={JENA: frozenset({KEY})},
    registers={JENA: frozenset({"melderegister"})},
    with_evidence=frozenset({"melderegister"}),
)
STAND = date(2026, 6, 30)
TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["=1+1", "<b>", "\x00", "\ud800", "x" * 40_000, "31.02.2026", "1e400", "٣", "javascript:alert(1)", "'=A1"]
    ),
)


def book(rollin: list[list[object]], register: list[list[object]]) -> bytes:
    """A workbook of the form with these rows, every text as a text."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as made:
        for title, columns, rows in (("Roll-in", ROLLIN_COLUMNS, rollin), ("Register", REGISTER_COLUMNS, register)):
            sheet = made.add_worksheet(title)
            for line, row in enumerate([list(columns), *rows]):
                for column, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(line, column, value)
                    else:
                        sheet.write(line, column, value)
    return stream.getvalue()


GOOD = book([[JENA, KEY, "live"]], [[JENA, "melderegister", "M1", "01.02.2026"]])


def judged(folder: Path, content: bytes, name: str) -> Report | str:
    """The report, or the German reason why there is none; anything else that is raised fails the test."""
    path = folder / name
    path.write_bytes(content)
    try:
        report = meldung.read(path, KNOWN, STAND)
    except Refused as refused:
        assert str(refused).startswith(name)
        return str(refused)
    assert report.accepted + len(report.rejected) == report.rows
    return report


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


BOUNDED = settings(max_examples=50, suppress_health_check=list(HealthCheck))


@BOUNDED
@given(
    content=st.one_of(st.binary(max_size=400), st.text(max_size=400).map(lambda text: text.encode("utf-8", "replace")))
)
@example(content=b"ars;leika_key;zustand\n" + b"\x00" * 50)
@example(content=b'ars;leika_key;zustand\n"')
@example(content=b"\xff\xfea\x00r\x00s\x00")
def test_any_bytes_are_a_report_or_refused(tmp_path: Path, content: bytes) -> None:
    for name in ("meldung.csv", "meldung.xlsx"):
        judged(tmp_path, content, name)
    path = tmp_path / "export.csv"
    path.write_bytes(b"leika_key;ars;url;online_status\n" + content)
    try:
        list(tables.records(path, open_pvog.probe(path)))
    except Refused as refused:
        assert str(refused).startswith("export.csv")


@BOUNDED
@given(rows=st.lists(st.lists(TEXTS, max_size=9), max_size=4), delimiter=st.sampled_from(";,\t"))
def test_any_cells_of_a_csv_are_judged(tmp_path: Path, rows: list[list[str]], delimiter: str) -> None:
    lines = [["ars", "leika_key", "zustand", "bemerkung"], *rows, [JENA, KEY, "live", ""]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    judged(tmp_path, text.encode("utf-8", "replace"), "meldung.csv")


CELLS = st.one_of(
    TEXTS.map(lambda text: text.encode("utf-8", "replace").decode()[:32_000]), st.integers(-(10**15), 10**15),
    st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none(), st.dates(date(1901, 1, 1)).map(str),
)  # fmt: skip


@BOUNDED
@given(
    rollin=st.lists(st.lists(CELLS, max_size=8), max_size=3), register=st.lists(st.lists(CELLS, max_size=9), max_size=3)
)
def test_any_cells_of_a_workbook_are_judged(
    tmp_path: Path, rollin: list[list[object]], register: list[list[object]]
) -> None:
    judged(tmp_path, book(rollin, register), "meldung.xlsx")


@BOUNDED
@given(drawn=st.data())
def test_any_damage_to_a_part_of_a_workbook_is_refused_or_read(tmp_path: Path, drawn: st.DataObject) -> None:
    members = parts(GOOD)
    name = drawn.draw(st.sampled_from(sorted(members)))
    data = members[name]
    at = drawn.draw(st.integers(0, len(data)))
    cut = drawn.draw(st.integers(0, 40))
    members[name] = data[:at] + drawn.draw(st.binary(max_size=12)) + data[at + cut :]
    judged(tmp_path, zipped(members), "meldung.xlsx")


FOREIGN = "geheim-aus-einer-fremden-datei"


def planted(entity: str, body: str = "&x;") -> bytes:
    """The good workbook with an entity in its first sheet."""
    members = parts(GOOD)
    name = "xl/worksheets/sheet1.xml"
    sheet = members[name]
    head = f'<?xml version="1.0"?><!DOCTYPE worksheet [{entity}]>'.encode()
    cell = f'<row r="9"><c r="A9" t="inlineStr"><is><t>{body}</t></is></c></row></sheetData>'.encode()
    members[name] = head + sheet[sheet.index(b"<worksheet") :].replace(b"</sheetData>", cell)
    return zipped(members)


@pytest.mark.parametrize(
    "entity",
    ['<!ENTITY x SYSTEM "file://{file}">', '<!ENTITY x SYSTEM "{file}">', '<!ENTITY % p SYSTEM "file://{file}"> %p;',
     '<!ENTITY x PUBLIC "a" "http://127.0.0.1:9/x">'],
)  # fmt: skip
def test_a_workbook_reaches_no_other_file_and_no_network(tmp_path: Path, entity: str) -> None:
    (tmp_path / "fremd.txt").write_text(FOREIGN)
    found = judged(tmp_path, planted(entity.format(file=tmp_path / "fremd.txt")), "meldung.xlsx")
    assert FOREIGN not in (found if isinstance(found, str) else " ".join(row.content for row in found.rejected))


def quadratic() -> bytes:
    """One long entity, used often: no nesting that a limit on depth would catch."""
    return planted(f'<!ENTITY x "{"a" * 50_000}">', "&x;" * 20_000)


def wide() -> bytes:
    return book([["x"] * 5_000], [])


def many_sheets() -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as made:
        for nr in range(80):
            made.add_worksheet(f"Blatt {nr}")
    return stream.getvalue()


def path_names() -> bytes:
    return zipped(parts(GOOD) | {"../../boese.txt": b"x", "/boese.txt": b"x", "xl/../../boese.txt": b"x"})


HEAVY: dict[str, tuple[str, Callable[[], bytes]]] = {
    "quadratische Entität": ("meldung.xlsx", quadratic),
    "tausende Spalten": ("meldung.xlsx", wide),
    "tausende Spalten als CSV": (
        "meldung.csv",
        lambda: b"ars;leika_key;zustand" + b";x" * 50_000 + b"\n" + b"a;" * 50_000,
    ),
    "eine endlose Zelle": ("meldung.csv", lambda: b'ars;leika_key;zustand\n"' + b"a" * 5_000_000),
    "viele Blätter": ("meldung.xlsx", many_sheets),
}


@pytest.mark.parametrize("kind", HEAVY)
def test_a_heavy_file_is_refused_or_rejected_quickly(tmp_path: Path, kind: str) -> None:
    name, make = HEAVY[kind]
    content = make()
    started = time.perf_counter()
    found = judged(tmp_path, content, name)
    assert time.perf_counter() - started < 20
    assert isinstance(found, str) or (found.rejected and all(len(row.content) < 200_000 for row in found.rejected))


def test_path_names_in_a_workbook_lead_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    found = judged(folder, path_names(), "meldung.xlsx")
    assert isinstance(found, Report)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["meldung.xlsx"]
