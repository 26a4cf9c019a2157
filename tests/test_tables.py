"""Tables as files and as HTML: values stay what they are, and a foreign text never becomes a formula, a link or markup."""

import csv
import io
from html.parser import HTMLParser

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradmesser.catalog import STATES
from gradmesser.export import html_table, table

BOM = b"\xef\xbb\xbf"
FORMULAS = ["=1+1", "+49 361", "-1+2", "@SUM(A1)", "\t=1+1", "\r=1+1", '=HYPERLINK("https://x.invalid")']
FRAME = pd.DataFrame(
    {
        "name": ["Jena", "=1+1", 'Anführung "x"; Semikolon', None],
        "n": [12, 0, 1234567, 5],
        "anteil": [12.5, -0.25, None, 100.0],
        "tag": pd.to_datetime(["2026-06-30", None, "2026-01-31", "2026-02-28"]),
        "ars": ["160530000000", "000000000000", "160700000000", "-1"],
    }
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=20)


def read_csv(content: bytes) -> list[list[str]]:
    assert content.startswith(BOM)
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def workbook(frame: pd.DataFrame) -> openpyxl.Workbook:
    content = table.to_xlsx(frame, {"Aussage": "=1+1"}, {"Quelle": "@Amt"})
    return openpyxl.load_workbook(io.BytesIO(content))


# ---------- files ----------


@pytest.mark.parametrize("text", FORMULAS)
def test_csv_cells_that_a_spreadsheet_would_run_are_neutralised(text: str):
    content = table.to_csv(pd.DataFrame({text: [text], "n": [1]}))
    header, row = read_csv(content)
    assert header == [f"'{text}", "n"]
    assert row == [f"'{text}", "1"]


@given(TEXTS)
def test_no_csv_cell_begins_like_a_formula_and_nothing_else_is_changed(text: str):
    shown = table.neutral(text)
    assert not str(shown).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert shown in (text, f"'{text}")
    assert table.neutral(shown) == shown


def test_csv_reads_in_german_spreadsheets():
    content = table.to_csv(FRAME)
    assert content.count(b"\r\n") == 5
    rows = read_csv(content)
    assert rows[0] == list(FRAME.columns)
    assert rows[1] == ["Jena", "12", "12,5", "2026-06-30", "160530000000"]
    assert rows[2] == ["'=1+1", "0", "-0,25", "", "000000000000"]
    assert rows[3] == ['Anführung "x"; Semikolon', "1234567", "", "2026-01-31", "160700000000"]
    assert rows[4][0] == "", "missing stays empty and never becomes 0"


def test_negative_numbers_stay_numbers_in_csv():
    assert read_csv(table.to_csv(pd.DataFrame({"n": [-3], "text": ["-3"]}))) == [["n", "text"], ["-3", "'-3"]]


def test_workbook_opens_with_the_same_rows_and_types():
    sheet = workbook(FRAME)["Daten"]
    cells = list(sheet.iter_rows())
    assert [cell.value for cell in cells[0]] == list(FRAME.columns)
    for line, row in zip(cells[1:], FRAME.itertuples(index=False), strict=True):
        expected = [None if pd.isna(value) else value for value in row]
        assert [cell.value for cell in line] == expected
        assert [cell.data_type for cell, value in zip(line, expected, strict=True) if isinstance(value, str)] == [
            "s" for value in expected if isinstance(value, str)
        ], "a text is a text, never a formula"
        assert all(cell.data_type != "f" for cell in line)
    assert cells[1][1].data_type == "n"
    assert cells[1][3].is_date
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:E5"


def test_workbook_brings_its_reading_aid_and_sources():
    book = workbook(FRAME)
    assert book.sheetnames == ["Daten", "Lesehilfe", "Quellen"]
    assert [[cell.value for cell in row] for row in book["Lesehilfe"].iter_rows()] == [["Aussage", "=1+1"]]
    assert book["Lesehilfe"]["B1"].data_type == "s"
    assert [[cell.value for cell in row] for row in book["Quellen"].iter_rows()] == [["Quelle", "@Amt"]]


def test_workbook_of_no_rows_still_has_its_columns():
    sheet = workbook(FRAME.head(0))["Daten"]
    assert [cell.value for cell in sheet[1]] == list(FRAME.columns)
    assert sheet.max_row == 1


def test_truth_values_are_german_words_in_a_workbook():
    sheet = workbook(pd.DataFrame({"ja": pd.Series([True, False, None], dtype=object)}))["Daten"]
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == ["ja", "nein"]


def test_parquet_gives_back_the_frame_with_its_types():
    back = pd.read_parquet(io.BytesIO(table.to_parquet(FRAME)))
    pd.testing.assert_frame_equal(back, FRAME, check_dtype=False)
    assert pd.api.types.is_integer_dtype(back["n"])
    assert pd.api.types.is_datetime64_any_dtype(back["tag"])


# ---------- HTML ----------


class Reader(HTMLParser):
    """What a browser makes of markup: elements with attributes, and the text of each cell."""

    def __init__(self, markup: str) -> None:
        """Read the whole markup."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.cells: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser for each element that begins."""
        self.tags.append((tag, dict(attrs)))
        if tag in ("td", "th", "caption"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        """Called by the parser for each piece of text."""
        if self.cells:
            self.cells[-1] += data

    def count(self, tag: str) -> int:
        """How many elements of a name there are."""
        return sum(name == tag for name, _ in self.tags)

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of each element of a name."""
        return [attributes for name, attributes in self.tags if name == tag]


COLUMNS = [html_table.text("name", "Name"), html_table.whole("n", "n")]
HOSTILE = [
    "<b>fett</b>",
    '"><script>alert(1)</script>',
    "' onmouseover='x",
    "&lt;i&gt;",
    "</td></table>",
    "Söllingen & Öl",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_stays_text(text: str):
    markup = html_table.render(pd.DataFrame({"name": [text], "n": [1]}), [
        html_table.text("name", text), html_table.optional("name", "O"), html_table.whole("n", "n"),
    ], caption=text)  # fmt: skip
    read = Reader(markup)
    assert {tag for tag, _ in read.tags} == {"div", "table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert read.cells == [text, text, "O", "n", text, text, "1"]
    assert read.attributes("div")[0]["aria-label"] == text


@settings(max_examples=50)
@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_table_has_exactly_the_rows_of_the_frame(names: list[str]):
    frame = pd.DataFrame({"name": names, "n": range(len(names))})
    read = Reader(html_table.render(frame, COLUMNS, "Titel"))
    assert read.count("tr") == len(names) + 1
    assert read.cells[:3] == ["Titel", "Name", "n"]
    assert read.cells[3::2] == names
    assert [cell["scope"] for cell in read.attributes("th")] == ["col", "col", *["row"] * len(names)]


def test_table_is_a_named_region_that_the_keyboard_reaches_and_grows_no_higher_than_a_screen():
    short = Reader(html_table.render(pd.DataFrame({"name": ["a"], "n": [1]}), COLUMNS, "Titel"))
    box = short.attributes("div")[0]
    assert (box["role"], box["tabindex"], box["aria-label"]) == ("region", "0", "Titel")
    tall = Reader(html_table.render(pd.DataFrame({"name": ["a"] * 40, "n": [1] * 40}), COLUMNS, "Titel"))
    assert "gm-tall" in str(tall.attributes("div")[0]["class"])
    assert "gm-tall" not in str(box["class"])


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        (html_table.whole, 1234567, "1.234.567"),
        (html_table.whole, None, "k. A."),
        (html_table.whole, float("nan"), "k. A."),
        (html_table.whole, 0, "0"),
        (html_table.text, None, "k. A."),
        (html_table.optional, None, ""),
        (html_table.day, pd.Timestamp("2026-06-30"), "30.06.2026"),
        (html_table.day, pd.NaT, "–"),
    ],
)
def test_missing_is_never_zero(column: type, value: object, shown: str):
    assert column("f", "F").show(value) == shown


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " https://x.example",
        "data:text/html,x",
        "//x.example",
        "ftp://x",
        "x",
    ],
)
def test_only_http_and_https_become_links(address: str):
    markup = html_table.link("url", "Nachweis", "öffnen").show(address)
    assert Reader(f"<p>{markup}</p>").count("a") == 0


@pytest.mark.parametrize("address", ["https://x.example/?a=1&b=2", "HTTP://x.example/", 'https://x.example/"><b>'])
def test_links_lead_out_without_handing_over_this_page(address: str):
    read = Reader(html_table.link("url", "Nachweis", "öffnen").show(address))
    (link,) = read.attributes("a")
    assert (link["href"], link["target"], link["rel"]) == (address, "_blank", "noopener noreferrer")
    assert {tag for tag, _ in read.tags} == {"a", "span"}


@pytest.mark.parametrize("value", [None, float("nan"), "", 5])
def test_no_address_is_no_link(value: object):
    assert html_table.link("url", "Nachweis", "öffnen").show(value) == ""


def test_state_is_glyph_and_word_and_never_colour_alone():
    column = html_table.state("zustand", "Zustand")
    for key, state in STATES.items():
        read = Reader(f"<td>{column.show(key)}</td>")
        assert read.cells == [f"{state.glyph} {state.label}"]
        assert read.attributes("span")[1]["aria-hidden"] == "true"
    assert "nicht zuständig" in column.show(None)
    with pytest.raises(KeyError):
        column.show("unbekannter Zustand")


def test_link_inside_the_app_is_escaped():
    read = Reader(html_table.inner_link('kommune?ars=1"><b>', "<i>Jena</i>"))
    assert {tag for tag, _ in read.tags} == {"a"}
    assert read.attributes("a")[0]["target"] == "_self"
