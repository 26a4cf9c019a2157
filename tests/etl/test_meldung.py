"""Reports read from workbooks and CSV files: states, dates, every reason of rejection, damaged and hostile files."""

import io
import time
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from etl.errors import Refused
from etl.sources import meldung, tables
from etl.sources.meldung import Known, Report
from gradmesser.catalog import STATES
from gradmesser.catalog.meldung import REGISTER_COLUMNS, ROLLIN_COLUMNS

JENA, MEMBER, UNKNOWN = "160530000000", "160705002011", "160999999999"
KEYS = tuple(f"9900000000{number:04d}" for number in range(60))
STAND = date(2026, 6, 30)
KNOWN = Known(
    areas=frozenset({JENA, MEMBER}),
    responsible=frozenset({JENA}),
    services={JENA: frozenset(KEYS)},
    registers={JENA: frozenset({"melderegister", "waffenregister"})},
    with_evidence=frozenset({"melderegister"}),
)
Row = dict[str, object]


def _rollin(key: str = KEYS[0], **cells: object) -> Row:
    return {"ars": JENA, "leika_key": key, "zustand": "live", **cells}


def _milestone(number: str = "M1", **cells: object) -> Row:
    return {"ars": JENA, "register_id": "melderegister", "meilenstein": number, "erreicht_am": "01.02.2026", **cells}


def _book(
    rollin: Sequence[Row] = (),
    register: Sequence[Row] = (),
    *,
    stand: object = STAND,
    columns: Sequence[str] = ROLLIN_COLUMNS,
    change: Callable[[openpyxl.Workbook], None] = lambda _book: None,
) -> bytes:
    """A workbook as a spreadsheet program saves it (shared strings, no stored formula results)."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, names, rows in (("Roll-in", columns, rollin), ("Register", REGISTER_COLUMNS, register)):
        sheet = book.create_sheet(title)
        sheet.append(list(names))
        for row in rows:
            sheet.append([row.get(name) for name in names])
    book.create_sheet("Hinweise").append(["Stand der Meldung", stand])
    change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _read(folder: Path, content: bytes | str, name: str = "meldung.xlsx", stand: date | None = None) -> Report:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    report = meldung.read(path, KNOWN, stand)
    assert report.accepted + len(report.rejected) == report.rows
    return report


def _refusal(folder: Path, content: bytes | str, name: str = "meldung.xlsx") -> str:
    with pytest.raises(Refused) as refused:
        _read(folder, content, name)
    return str(refused.value)


FAULTS = [
    ("ars_ungueltig", "Roll-in", _rollin(ars="1,6E+11")),
    ("ars_unbekannt", "Roll-in", _rollin(ars=UNKNOWN)),
    ("einheit_nicht_zustaendig", "Roll-in", _rollin(ars=MEMBER)),
    ("leika_key_ungueltig", "Roll-in", _rollin("9,90E+13")),
    ("leistung_nicht_zustaendig", "Roll-in", _rollin("99999999999999")),
    ("zustand_unbekannt", "Roll-in", _rollin(zustand="<b>fertig</b>")),
    ("grund_fehlt", "Roll-in", _rollin(zustand="nicht zuständig")),
    ("url_ungueltig", "Roll-in", _rollin(beleg_url="javascript:alert(1)")),
    ("datum_ungueltig", "Roll-in", _rollin(seit="31.02.2026")),
    ("datum_nach_stand", "Roll-in", _rollin(seit="01.07.2026")),
    ("text_zu_lang", "Roll-in", _rollin(bemerkung="x" * 2001)),
    ("doppelt", "Roll-in", _rollin(KEYS[1], zustand="test")),
    ("formel_ohne_wert", "Roll-in", _rollin(zustand="=A1")),
    ("register_nicht_zustaendig", "Register", _milestone(register_id="passregister")),
    ("meilenstein_unbekannt", "Register", _milestone("M12")),
    ("kein_nachweisbezug", "Register", _milestone("M9", register_id="waffenregister")),
    ("zahl_ungueltig", "Register", _milestone("M6", datensaetze="etwa 100")),
    ("zahl_widerspruch", "Register", _milestone("M6", datensaetze=10, datensaetze_mit_idnr=11)),
    ("zahl_widerspruch", "Register", _milestone("M6", datensaetze_mit_idnr=11)),
    ("datum_nach_stand", "Register", _milestone(erreicht_am=datetime(2026, 7, 1))),  # noqa: DTZ001 - as openpyxl wants it
]


@pytest.mark.parametrize(("reason", "sheet", "row"), FAULTS, ids=[f"{reason}-{sheet}" for reason, sheet, _ in FAULTS])
def test_a_faulty_row_is_rejected_with_sheet_line_and_content(
    tmp_path: Path, reason: str, sheet: str, row: Row
) -> None:
    good = {"Roll-in": [_rollin(KEYS[1])], "Register": [_milestone("M2")]}
    good[sheet].append(row)
    report = _read(tmp_path, _book(good["Roll-in"], good["Register"]))
    (rejected,) = report.rejected
    assert (rejected.reason, rejected.sheet, rejected.line) == (reason, sheet, 3)
    assert str(row["ars"]) in rejected.content
    assert report.accepted == 2


def test_a_row_with_too_many_cells_is_rejected(tmp_path: Path) -> None:
    content = f"ars;leika_key;zustand\n{JENA};{KEYS[0]};live;mehr\n{JENA};{KEYS[1]};live\n"
    report = _read(tmp_path, content, "meldung.csv")
    assert [(one.reason, one.line, one.sheet) for one in report.rejected] == [("spalten", 2, "")]


def test_every_state_is_read_by_word_and_by_key(tmp_path: Path) -> None:
    spellings = [text for key, state in STATES.items() for text in (key, state.label, f" {state.label.upper()} ")]
    rows = [_rollin(KEYS[nr], zustand=text, bemerkung="Grund") for nr, text in enumerate(spellings)]
    report = _read(tmp_path, _book(rows))
    assert [row.zustand for row in report.rollin] == [key for key in STATES for _ in range(3)]


@pytest.mark.parametrize(
    "written",
    ["01.03.2026", "2026-03-01", " 1.3.2026 ", date(2026, 3, 1), datetime(2026, 3, 1, 14, 30), "2026-03-01T00:00:00"],  # noqa: DTZ001
)
def test_dates_are_read_in_both_forms_and_as_dates(tmp_path: Path, written: object) -> None:
    (row,) = _read(tmp_path, _book([_rollin(seit=written)])).rollin
    assert row.seit == date(2026, 3, 1)


@pytest.mark.parametrize("written", ["bald", "2026", "01.03.20261", "32.01.2026", "03/01/2026", "01.03.26", 46082])
def test_anything_else_is_no_date(tmp_path: Path, written: object) -> None:
    (rejected,) = _read(tmp_path, _book([_rollin(seit=written)])).rejected
    assert rejected.reason == "datum_ungueltig"


def test_a_planned_date_may_lie_ahead_and_an_empty_row_says_nothing(tmp_path: Path) -> None:
    rows = [_rollin(zustand=None, geplant_am="01.01.2029"), _rollin(KEYS[1], zustand=None)]
    report = _read(tmp_path, _book(rows))
    assert [(row.zustand, row.says_something) for row in report.rollin] == [(None, True), (None, False)]


def test_columns_may_be_reordered_and_helping_ones_missing(tmp_path: Path) -> None:
    columns = ["Bemerkung", "ZUSTAND", "eigene Spalte", "Leika-Key", "ARS"]
    rows = [{"ZUSTAND": "im Test", "Leika-Key": KEYS[0], "ARS": JENA, "Bemerkung": "b", "eigene Spalte": 5}]
    (row,) = _read(tmp_path, _book(rows, columns=columns)).rollin
    assert (row.zustand, row.leika_key, row.bemerkung) == ("test", KEYS[0], "b")


def test_empty_rows_are_none_and_numbers_are_keys(tmp_path: Path) -> None:
    def trail(book: openpyxl.Workbook) -> None:
        book["Roll-in"].cell(500, 3).number_format = "@"
        book["Roll-in"]["A2"].value, book["Roll-in"]["B2"].value = int(JENA), float(KEYS[0])

    report = _read(tmp_path, _book([_rollin(), {}, _rollin(KEYS[1])], change=trail))
    assert [(row.line, row.leika_key) for row in report.rollin] == [(2, KEYS[0]), (4, KEYS[1])]
    assert report.rows == 2


def test_csv_texts_lose_the_apostrophe_that_protects_them(tmp_path: Path) -> None:
    content = f"ars;leika_key;zustand;bemerkung\n{JENA};{KEYS[0]};live;'=1+1\n{JENA};{KEYS[1]};live;'s ist so\n"
    report = _read(tmp_path, content, "meldung.csv")
    assert [row.bemerkung for row in report.rollin] == ["=1+1", "'s ist so"]


def test_a_stored_formula_result_is_a_value(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "formel.xlsx") as book:
        sheet = book.add_worksheet("Roll-in")
        sheet.write_row(0, 0, ["ars", "leika_key", "zustand"])
        sheet.write_row(1, 0, [JENA, KEYS[0]])
        sheet.write_formula(1, 2, "=1+1", None, "im Test")
    (row,) = meldung.read(tmp_path / "formel.xlsx", KNOWN).rollin
    assert row.zustand == "test"


def test_units_of_rejected_rows_are_named_too(tmp_path: Path) -> None:
    report = _read(tmp_path, _book([_rollin(), _rollin(ars=UNKNOWN), _rollin(ars="Jena")]))
    assert report.named == {JENA, UNKNOWN}


def test_the_day_given_beside_the_file_goes_before_its_own(tmp_path: Path) -> None:
    content = _book([_rollin(seit="01.07.2026")])
    assert _read(tmp_path, content, stand=date(2026, 7, 31)).stand == date(2026, 7, 31)
    assert _read(tmp_path, content).stand == STAND


@pytest.mark.parametrize("stand", ["bald", "2026-13-01", 17])
def test_a_stand_that_is_no_date_is_refused(tmp_path: Path, stand: object) -> None:
    assert "ist kein Datum" in _refusal(tmp_path, _book([_rollin()], stand=stand))


# Damaged and hostile -------------------------------------------------------------------------------------------------


def _hide(*titles: str) -> Callable[[openpyxl.Workbook], None]:
    def change(book: openpyxl.Workbook) -> None:
        for title in titles:
            book[title].sheet_state = "hidden"

    return change


def _rename(book: openpyxl.Workbook) -> None:
    book["Roll-in"].title, book["Register"].title = "Tabelle1", "Tabelle2"


def test_hidden_and_foreign_sheets_are_not_read_and_named(tmp_path: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        _hide("Register")(book)
        book.create_sheet("Notizen")

    report = _read(tmp_path, _book([_rollin()], [_milestone()], change=change))
    assert (report.rows, set(report.unread)) == (1, {"Register", "Notizen"})


def test_without_a_visible_sheet_of_the_form_the_file_is_refused(tmp_path: Path) -> None:
    assert "weder umbenennen noch ausblenden" in _refusal(tmp_path, _book(change=_hide("Roll-in", "Register")))
    assert "Tabelle1, Tabelle2" in _refusal(tmp_path, _book(change=_rename))


def test_merged_cells_are_refused_with_their_place(tmp_path: Path) -> None:
    def merge(book: openpyxl.Workbook) -> None:
        book["Roll-in"].merge_cells("C2:C3")

    assert "Die Zellen C2:C3 sind verbunden" in _refusal(tmp_path, _book([_rollin(), _rollin(KEYS[1])], change=merge))


def test_missing_and_doubled_columns_are_refused(tmp_path: Path) -> None:
    assert "fehlen die Spalten zustand" in _refusal(tmp_path, _book([_rollin()], columns=["ars", "leika_key"]))
    doubled = ["ars", "leika_key", "zustand", "zustand"]
    assert "zustand stehen doppelt" in _refusal(tmp_path, _book([_rollin()], columns=doubled))


def _repacked(content: bytes, change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, change(name, source.read(name)))
        for name, data in (extra or {}).items():
            target.writestr(name, data)
    return stream.getvalue()


def test_macros_are_never_looked_at(tmp_path: Path) -> None:
    content = _repacked(_book([_rollin()]), lambda _name, data: data, {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 Macro"})
    assert _read(tmp_path, content, "meldung.xlsm").accepted == 1


def test_rows_beyond_the_size_that_a_file_claims_are_read(tmp_path: Path) -> None:
    def shrink(name: str, data: bytes) -> bytes:
        assert b"<dimension" in data or "sheet1" not in name
        return data.replace(b'<dimension ref="A1:G3"', b'<dimension ref="A1:G2"') if "sheet1" in name else data

    content = _repacked(_book([_rollin(), _rollin(KEYS[1])]), shrink)
    assert _read(tmp_path, content).rows == 2


def test_a_file_that_unpacks_too_far_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_UNPACKED", 1_000_000)
    content = _repacked(_book([_rollin()]), lambda _name, data: data, {"xl/media/bombe.bin": b"0" * 1_000_001})
    assert len(content) < 20_000
    assert "entpackt größer" in _refusal(tmp_path, content)


def test_entities_that_multiply_are_refused_quickly(tmp_path: Path) -> None:
    lines = "".join(f'<!ENTITY e{nr} "{f"&e{nr - 1};" * 10}">' for nr in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{lines}]>'.encode()

    def plant(name: str, data: bytes) -> bytes:
        if "sheet1" not in name:
            return data
        body = data[data.index(b"<worksheet") :]
        return bomb + body.replace(b"<sheetData>", b"<sheetData><row><c t='inlineStr'><is><t>&e11;</t></is></c></row>")

    started = time.perf_counter()
    assert "keine lesbare XLSX" in _refusal(tmp_path, _repacked(_book([_rollin()]), plant))
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("kein_zip", b"Guten Tag"),
        ("kennwort", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600),
        ("leeres_zip", b"PK\x05\x06" + b"\x00" * 18),
        ("abgeschnitten", _book([_rollin()])[:3000]),
        ("kaputtes_xml", _repacked(_book([_rollin()]), lambda name, data: data[:-40] if "sheet1" in name else data)),
        ("ohne_blatt", _repacked(_book([_rollin()]), lambda name, data: b"" if "workbook.xml" in name else data)),
        (
            "fremde_zeile",
            _repacked(_book([_rollin()]), lambda _name, data: data.replace(b'<row r="2"', b'<row r="zwei"')),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_damaged_workbooks_are_refused_in_words(tmp_path: Path, name: str, content: bytes) -> None:
    assert "keine lesbare XLSX-Arbeitsmappe" in _refusal(tmp_path, content, f"{name}.xlsx")


def test_a_row_number_beyond_any_sheet_is_refused(tmp_path: Path) -> None:
    content = _repacked(_book([_rollin()]), lambda _name, data: data.replace(b'<row r="2"', b'<row r="99999999999"'))
    assert "mehr Zeilen, als eine Tabellenkalkulation kennt" in _refusal(tmp_path, content)


def test_a_cell_far_to_the_right_is_refused(tmp_path: Path) -> None:
    def place(book: openpyxl.Workbook) -> None:
        book["Roll-in"]["XFD2"].value = "x"

    assert "mehr als 200 Spalten" in _refusal(tmp_path, _book([_rollin()], change=place))


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_two_hundred_thousand_rows_are_refused_quickly(tmp_path: Path, kind: str) -> None:
    if kind == "csv":
        content = b"ars;leika_key;zustand\n" + f"{JENA};{KEYS[0]};live\n".encode() * 200_000
    else:
        cells = "".join(f"<c t='inlineStr'><is><t>{text}</t></is></c>" for text in (JENA, KEYS[0], "live"))
        rows = f"<row>{cells}</row>".encode() * 200_000
        content = _repacked(
            _book(),
            lambda name, data: data.replace(b"</sheetData>", rows + b"</sheetData>") if "sheet1" in name else data,
        )
    started = time.perf_counter()
    assert "mehr als 100000 Zeilen" in _refusal(tmp_path, content, f"viel.{kind}")
    assert time.perf_counter() - started < 30


def test_html_instead_of_a_table_is_refused(tmp_path: Path) -> None:
    assert "HTML" in _refusal(tmp_path, "<html><b>Wartung</b></html>", "meldung.csv")
