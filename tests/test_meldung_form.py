"""The reporting workbook as an administration opens it, its CSV form, and the words for rejected rows."""

import csv
import io
import re
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from gradmesser.catalog import MILESTONES, RULE_VERSION, STATES, formsheet, meldung, places, themen
from gradmesser.catalog.formsheet import NOTES
from gradmesser.catalog.meldung import REASONS, REGISTER, REGISTER_COLUMNS, ROLLIN, ROLLIN_COLUMNS, Form

JENA, KEY = "160530000000", "99115005104000"
DOC = (places.ROOT / "docs" / "meldung.md").read_text("utf-8")
OTHER_SOURCES = {"indikator_leer", "indikator_unbekannt"}


def _form(*, example: bool = False, remark: str = "=1+1", rows: int = 3) -> Form:
    rollin = [
        {"ars": JENA, "einheit": "<b>Jena</b>", "leika_key": KEY, "leistung": "=HYPERLINK(1)", "bisher": "live",
         "zustand": "live", "seit": date(2026, 3, 1), "geplant_am": None, "beleg_url": "https://a.example/=1", "bemerkung": remark}
    ] * rows  # fmt: skip
    register = [
        {"ars": JENA, "einheit": "Jena", "register_id": "melderegister", "register": "Melderegister", "meilenstein": "M6",
         "geplant_am": None, "erreicht_am": date(2026, 1, 2), "datensaetze": 1000, "datensaetze_mit_idnr": 0, "bemerkung": None}
    ]  # fmt: skip
    unit = {
        "name": "Jena",
        "ars": JENA,
        "katalog": "Katalog (2019.1)",
        "herkunft": "beispiel" if example else "amtlich",
    }
    return meldung.form(unit, rollin, register, date(2026, 6, 30))


def _opened(form: Form) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(meldung.workbook(form)))


def _cells(sheet: Worksheet, line: int) -> dict[str, object]:
    return {head.value: sheet.cell(line, head.column) for head in sheet[1]}


def test_sheets_and_columns_are_those_of_the_definition() -> None:
    book = _opened(_form())
    assert book.sheetnames == [ROLLIN, REGISTER, NOTES]
    assert {*ROLLIN_COLUMNS} < {cell.value for cell in book[ROLLIN][1]}
    assert {*REGISTER_COLUMNS} < {cell.value for cell in book[REGISTER][1]}
    assert book[ROLLIN].max_row == 4


def test_states_are_a_list_of_all_words_on_every_row() -> None:
    book = _opened(_form())
    (choice,) = book[ROLLIN].data_validations.dataValidation
    column = _cells(book[ROLLIN], 1)["zustand"].column_letter
    assert (choice.type, str(choice.sqref)) == ("list", f"{column}2:{column}4")
    first, last = re.fullmatch(rf"{NOTES}!\$A\$(\d+):\$A\$(\d+)", choice.formula1).groups()
    words = [book[NOTES].cell(line, 1).value for line in range(int(first), int(last) + 1)]
    assert words == [state.label for state in STATES.values()]


def test_only_what_is_to_be_filled_in_is_unlocked() -> None:
    book = _opened(_form())
    for title, opened in ((ROLLIN, set(ROLLIN_COLUMNS)), (REGISTER, set(REGISTER_COLUMNS))):
        sheet = book[title]
        keys = {"ars", "leika_key", "register_id", "meilenstein"}
        assert sheet.protection.sheet
        assert not sheet.protection.password
        columns = sheet.column_dimensions.values()
        opened_columns = {nr for one in columns if not one.protection.locked for nr in range(one.min, one.max + 1)}
        unlocked = {head.value for head in sheet[1] if head.column in opened_columns}
        assert unlocked == opened - keys
        assert all(
            cell.protection.locked == (name not in unlocked) for name, cell in _cells(sheet, 2).items() if cell.value
        )
        assert not unlocked & (keys | {"einheit", "leistung", "bisher", "register", "bedeutung"})


def test_states_are_words_dates_are_dates_and_zero_is_not_empty() -> None:
    book = _opened(_form())
    row = _cells(book[ROLLIN], 2)
    assert (row["zustand"].value, row["bisher"].value) == ("online", "online")
    assert row["seit"].value.date() == date(2026, 3, 1)
    assert row["seit"].number_format == "dd.mm.yyyy"
    entry = _cells(book[REGISTER], 2)
    assert (entry["datensaetze_mit_idnr"].value, entry["bedeutung"].value) == (0, MILESTONES[6].title)


def test_text_stays_text_whatever_it_looks_like() -> None:
    row = _cells(_opened(_form())[ROLLIN], 2)
    for name, text in (("bemerkung", "=1+1"), ("leistung", "=HYPERLINK(1)"), ("einheit", "<b>Jena</b>")):
        assert (row[name].value, row[name].data_type) == (text, "s")
    assert row["beleg_url"].hyperlink is None


def test_notes_name_versions_stand_and_origin() -> None:
    for example in (False, True):
        notes = _opened(_form(example=example))[NOTES]
        facts = {notes.cell(line, 1).value: notes.cell(line, 2).value for line in range(1, 6)}
        assert facts["Regelversion"] == RULE_VERSION
        assert facts["Katalogfassung"] == "Katalog (2019.1)"
        assert facts[formsheet.STAND_LABEL].date() == date(2026, 6, 30)
        assert (formsheet.EXAMPLE in facts["Vorlage"]) is example
        assert not notes.cell(5, 2).protection.locked


def test_csv_form_has_the_same_cells() -> None:
    rollin, register = (content.decode("utf-8-sig") for content in meldung.as_csv(_form(rows=1)))
    (row,) = csv.DictReader(io.StringIO(rollin), delimiter=";")
    assert tuple(row) == ROLLIN_COLUMNS
    assert (row["zustand"], row["seit"], row["bemerkung"]) == ("online", "01.03.2026", "'=1+1")
    (entry,) = csv.DictReader(io.StringIO(register), delimiter=";")
    assert (entry["datensaetze_mit_idnr"], entry["meilenstein"]) == ("0", "M6")
    assert meldung.as_csv(_form(rows=1))[0].startswith(b"\xef\xbb\xbf")


def test_csv_form_of_example_data_says_so_in_every_row() -> None:
    for content in meldung.as_csv(_form(example=True)):
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
        assert {row[formsheet.ORIGIN] for row in rows} == {"BEISPIELDATEN – erfundene Werte"}


@given(st.text(alphabet="'=+-@ab1;\"", max_size=8).map(str.strip))
def test_csv_cells_are_no_formulas_and_read_back_as_typed(text: str) -> None:
    content = meldung.as_csv(_form(rows=1, remark=text))[0].decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(content), delimiter=";")
    assert not re.match(r"[=+\-@]", row["bemerkung"])
    assert formsheet.as_typed(row["bemerkung"]) == text


def _codes(path: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, (places.ROOT / "etl" / path).read_text("utf-8")))


def _report_codes() -> set[str]:
    files = ("meldung", "form", "themen")
    raised = set().union(*(_codes(f"sources/{name}.py", r"raise Fault\((.*)\)") for name in files))
    return {code for text in raised for code in re.findall(r'"(\w+)"', text)}


def test_every_reason_code_has_words() -> None:
    pvog = _codes("sql/pvog_tabellen.sql", r"THEN '(\w+_(?:ungueltig|unbekannt))'") | {"doppelt", "spalten"}
    measures = set()
    for name in ("egov_benchmark", "opendata_publisher"):
        measures |= _codes(f"sources/{name}.py", r'"(\w+_(?:ungueltig|unbekannt|leer)|doppelt|spalten)"')
    assert len(pvog) >= 7
    assert set(REASONS) == _report_codes() | pvog | measures
    assert all(reason.what.endswith(".") and reason.todo.endswith(".") for reason in REASONS.values())
    assert meldung.reason("neu_erfunden").what == "Grund neu_erfunden."


def _table(heading: str) -> list[list[str]]:
    section = re.search(rf"^### {re.escape(heading)}\n(.*?)(?=^### |\Z)", DOC, re.MULTILINE | re.DOTALL)[1]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]


def test_the_instructions_list_reasons_states_and_milestones() -> None:
    reasons = _table("Warum eine Zeile abgelehnt wird")
    assert {code for code, *_ in reasons} == _report_codes() == set(REASONS) - OTHER_SOURCES
    assert all((what, todo) == (REASONS[code].what, REASONS[code].todo) for code, what, todo in reasons)
    assert [(key, label) for key, label, _ in _table("Zustände")] == [(k, s.label) for k, s in STATES.items()]
    assert [(key, title, done) for key, title, done in _table("Meilensteine der Register")] == [
        (f"M{number}", entry.title, entry.done_when) for number, entry in MILESTONES.items()
    ]
    for columns in (ROLLIN_COLUMNS, REGISTER_COLUMNS, themen.COLUMNS):
        assert ";".join(columns) in DOC


def test_the_instructions_can_be_shown_inside_the_app() -> None:
    assert min(len(marks) for marks in re.findall(r"^(#+) ", DOC, re.MULTILINE)) == 2
    assert not re.search(r"\]\(|\$|<[a-z/!]", re.sub(r"`[^`\n]*`", "", DOC))


@pytest.mark.parametrize("rows", [0, 1])
def test_a_form_of_few_rows_is_a_workbook(rows: int) -> None:
    assert _opened(_form(rows=rows))[ROLLIN].max_row == rows + 1
