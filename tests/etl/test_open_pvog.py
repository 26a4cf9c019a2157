"""Open-PVOG exports in every form in which they may arrive: what is accepted, what is rejected, and with which line."""

import io
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from etl import build
from etl.errors import Refused
from etl.sources import open_pvog
from etl.sources.open_pvog import Delivery
from gradmesser import catalog
from tests import support
from tests.support import (
    BUND,
    DATA,
    DISSOLVED_INTO_SCHMOELLN,
    GOTHA_VERBAND,
    HEADER,
    JENA,
    LAND,
    NEBENWOHNSITZ,
    SCHMOELLN,
    SHIPPED,
    VG,
    WOHNSITZ,
    ZULASSUNG,
    pvog,
    table,
)

ROWS = [
    pvog(),
    pvog(NEBENWOHNSITZ, VG, url="https://dienst.example/x?a=1,2;b=3", online_status="nicht ok"),
    pvog(ZULASSUNG, LAND, leika_name="Fahrzeug „Neuzulassung“ – §", aktiv="", datenstand_pvog_import="2026-01-31"),
    pvog(WOHNSITZ, BUND, url="", aktiv="nein", art_flaechendeckung=support.NOT_CONSIDERED),
]
CELLS = "leika_key, ars, url, online_status, aktiv, art_flaechendeckung"


@dataclass(frozen=True)
class Read:
    """What reading deliveries left: accepted cells, rejected rows, counts and warnings, each by file."""

    accepted: list[tuple]
    names: set[str | None]
    rejected: list[tuple[int, int, str, str]]
    counts: dict[int, tuple[int, int, int]]
    warnings: list[tuple[int, str, str, int]]
    stand: object


class Reader:
    """Reads files with the product's reader on one connection, as given or forced through the slow way."""

    def __init__(self, folder: Path) -> None:
        """A connection with the territory, and a folder for files."""
        self.folder = folder
        self.connection = duckdb.connect()
        self.connection.execute(catalog.SCHEMA_SQL)
        build.load_territory(self.connection, SHIPPED)

    def write(self, content: str | bytes, name: str = "lieferung.csv") -> Path:
        """A file with this content."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def __call__(self, *paths: Path, slow: bool = False) -> Read:
        """Read files together as one history."""
        deliveries = []
        for nr, path in enumerate(paths):
            layout = open_pvog.probe(path)
            deliveries.append(Delivery(nr=nr, path=path, layout=replace(layout, plain=layout.plain and not slow)))
        open_pvog.load(self.connection, deliveries)
        counts = {nr: tuple(numbers) for nr, *numbers in self._rows("SELECT * FROM lieferung_zahl ORDER BY nr")}
        return Read(
            accepted=self._rows(
                f"SELECT nr, {CELLS} FROM (SELECT id, unnest(range(von_nr, bis_nr + 1)) AS nr FROM praesenz) "
                "JOIN inhalt USING (id) ORDER BY ALL"
            ),
            names={name for (name,) in self._rows("SELECT leika_name FROM inhalt WHERE ablehnung IS NULL")},
            rejected=self._rows("SELECT nr, zeile, grund, inhalt FROM verworfen ORDER BY ALL"),
            counts=counts,
            warnings=self._rows("SELECT nr, spalte, wert, zeilen FROM warnung_zahl ORDER BY ALL"),
            stand=open_pvog.stand_of(self.connection, deliveries[0]),
        )

    def text(self, content: str | bytes, *, slow: bool = False) -> Read:
        """Read one file with this content."""
        return self(self.write(content), slow=slow)

    def _rows(self, sql: str) -> list[tuple]:
        return self.connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    reader = Reader(tmp_path_factory.mktemp("eingang"))
    yield reader
    reader.connection.close()


def workbook(rows: list[list[object]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


# One content in many forms --------------------------------------------------------------------------------------------

FORMS: dict[str, Callable[[], bytes]] = {
    "semicolon": lambda: table(ROWS).encode(),
    "comma": lambda: table(ROWS, delimiter=",").encode(),
    "tab": lambda: table(ROWS, delimiter="\t").encode(),
    "with a BOM": lambda: table(ROWS).encode("utf-8-sig"),
    "cp1252": lambda: table(ROWS).encode("cp1252"),
    "UTF-16": lambda: table(ROWS).encode("utf-16"),
    "Windows line ends": lambda: table(ROWS, line_end="\r\n").encode("utf-8-sig"),
    "old Mac line ends": lambda: table(ROWS, line_end="\r").encode(),
    "no line end at the end": lambda: table(ROWS).rstrip("\n").encode(),
    "camel case": lambda: table(ROWS, names=[camel(name) for name in HEADER]).encode(),
    "upper case": lambda: table(ROWS, names=[name.upper() for name in HEADER]).encode(),
    "spaces and hyphens": lambda: table(ROWS, names=[f" {name.replace('_', '-')} " for name in HEADER]).encode(),
    "another order of columns": lambda: table(ROWS, header=HEADER[::-1]).encode(),
    "unknown columns": lambda: table(ROWS, header=["neu", *HEADER, "auch neu"]).encode(),
    "blank lines": lambda: table(ROWS).replace("\n", "\n\n").encode(),
    "everything quoted": lambda: ("\n".join(";".join(f'"{cell}"' for cell in line) for line in [HEADER, *([row[name] for name in HEADER] for row in ROWS)])).encode(),
    "spaces around the cells": lambda: table([{name: f" {cell}  " for name, cell in row.items()} for row in ROWS]).encode(),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_a_file_does_not_matter(read: Reader, form: str) -> None:
    expected, found = read.text(table(ROWS)), read.text(FORMS[form]())
    assert found.accepted == expected.accepted
    assert found.names == expected.names
    assert (found.rejected, found.warnings, found.stand) == ([], [], date(2026, 1, 31))
    assert found.counts == {0: (4, 4, 0)}


@pytest.mark.parametrize("line_ends", ["\r\n|\n|\r\n|\n|\r\n", "\n|\r\n|\n|\n|\r\n", "\r\n|\r\n|\r\n|\n|\r\n"])
def test_mixed_line_ends_lose_no_row(read: Reader, line_ends: str) -> None:
    lines = table(ROWS).splitlines()
    mixed = "".join(line + end for line, end in zip(lines, line_ends.split("|"), strict=True))
    assert read.text(mixed).accepted == read.text(table(ROWS)).accepted


def test_a_workbook_holds_the_same_rows(read: Reader) -> None:
    content = workbook([list(HEADER), *([row[name] or None for name in HEADER] for row in ROWS)])
    found = read(read.write(content, "lieferung.xlsx"))
    assert found.accepted == read.text(table(ROWS)).accepted


def test_keys_and_dates_stored_as_numbers_in_a_workbook_are_read(read: Reader) -> None:
    cells = pvog(datenstand_pvog_import="-")
    row: list[object] = [cells[name] or None for name in HEADER]
    row[HEADER.index("leika_key")] = int(WOHNSITZ)
    row[HEADER.index("ars")] = float(JENA)
    row[HEADER.index("datenstand_pvog_import")] = datetime(2026, 1, 31, 4, 30)  # noqa: DTZ001 - as a cell holds it
    found = read(read.write(workbook([list(HEADER), [], row, [], []]), "zahlen.xlsx"))
    assert found.counts == {0: (1, 1, 0)}
    assert (found.accepted[0][1:3], found.stand) == ((WOHNSITZ, JENA), date(2026, 1, 31))


def test_rows_of_a_workbook_keep_their_line_number(read: Reader) -> None:
    bad = ["keiner" if name == "leika_key" else "x" for name in HEADER]
    found = read(read.write(workbook([list(HEADER), [], list(pvog().values()), [], bad]), "zeilen.xlsx"))
    assert [(line, reason) for _, line, reason, _ in found.rejected] == [(5, "leika_key_ungueltig")]


def test_a_file_in_the_real_form_is_read(read: Reader) -> None:
    found = read(DATA / "pvog" / "export_bom_crlf.csv")
    assert (found.counts, found.rejected, found.stand) == ({0: (3, 3, 0)}, [], date(2026, 1, 31))
    assert "https://dienst.example/x?a=1,2;b=3" in [row[3] for row in found.accepted]


def test_optional_columns_may_be_missing(read: Reader) -> None:
    found = read.text(table(ROWS, header=["leika_key", "ars", "url", "online_status"]))
    assert [row[1:5] for row in found.accepted] == [row[1:5] for row in read.text(table(ROWS)).accepted]
    assert (found.names, found.stand) == ({None}, None)


# Rejections -----------------------------------------------------------------------------------------------------------


def test_every_reason_is_given_with_its_line_and_content(read: Reader) -> None:
    found = read(DATA / "pvog" / "alle_ablehnungen.csv")
    assert [(line, reason) for _, line, reason, _ in found.rejected] == [
        (3, "leika_key_ungueltig"),
        (4, "leika_key_ungueltig"),
        (5, "ars_ungueltig"),
        (6, "ars_unbekannt"),
        (7, "url_ungueltig"),
        (10, "doppelt"),
        (12, "spalten"),
        (13, "datum_ungueltig"),
    ]
    contents = {line: content for _, line, _, content in found.rejected}
    lines = (DATA / "pvog" / "alle_ablehnungen.csv").read_text("utf-8").splitlines()
    assert all(contents[line] == lines[line - 1] for line in contents)
    assert found.counts == {0: (12, 4, 8)}


def test_unknown_values_are_kept_and_counted(read: Reader) -> None:
    found = read(DATA / "pvog" / "alle_ablehnungen.csv")
    assert found.warnings == [
        (0, "aktiv", "jein", 1),
        (0, "art_flaechendeckung", "weltweit", 1),
        (0, "online_status", "geht so", 1),
    ]
    assert ("geht so", "jein", "weltweit") in [row[4:7] for row in found.accepted]


@pytest.mark.parametrize(
    ("key", "ars", "reason"),
    [
        ("9,90E+13", JENA, "leika_key_ungueltig"),
        ("9.91150051E+13", JENA, "leika_key_ungueltig"),
        ("9911500510400", JENA, "leika_key_ungueltig"),
        ("991150051040000", JENA, "leika_key_ungueltig"),
        ("9911500510400O", JENA, "leika_key_ungueltig"),
        ("٩٩١١٥٠٠٥١٠٤٠٠٠", JENA, "leika_key_ungueltig"),
        ("", JENA, "leika_key_ungueltig"),
        (WOHNSITZ, "0", "ars_ungueltig"),
        (WOHNSITZ, "1,6053E+11", "ars_ungueltig"),
        (WOHNSITZ, "16053000000", "ars_ungueltig"),
        (WOHNSITZ, "", "ars_ungueltig"),
        (WOHNSITZ, "110000000000", "ars_unbekannt"),
        (WOHNSITZ, "160990000000", "ars_unbekannt"),
        (WOHNSITZ, "160705999000", "ars_unbekannt"),
    ],
)
def test_damaged_keys_are_rejected_with_their_reason(read: Reader, key: str, ars: str, reason: str) -> None:
    found = read.text(table([pvog(), pvog(key, ars, url="https://dienst.example/")], delimiter="\t"))
    assert [(line, code) for _, line, code, _ in found.rejected] == [(3, reason)]


@pytest.mark.parametrize(
    "url", ["www.dienst.example", "ftp://dienst.example", "javascript:alert(1)", "https://", "http:/x"]
)
def test_an_address_that_is_no_web_address_is_rejected(read: Reader, url: str) -> None:
    assert [code for _, _, code, _ in read.text(table([pvog(), pvog(url=url)])).rejected] == ["url_ungueltig"]


@pytest.mark.parametrize(
    "url", ["http://dienst.example", "HTTPS://Dienst.Example/Ä?q=a b#c", "https://münster.example", ""]
)
def test_a_web_address_or_none_is_accepted(read: Reader, url: str) -> None:
    assert read.text(table([pvog(url=url)])).counts == {0: (1, 1, 0)}


@pytest.mark.parametrize(
    ("text", "stand"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("2026-01-31 04:30:00", date(2026, 1, 31)),
        ("2026-01-31T04:30:00.123", date(2026, 1, 31)),
        ("2026-01-31T04:30:00Z", date(2026, 1, 31)),
        ("31.01.2026", date(2026, 1, 31)),
        (" 1.2.2026 ", date(2026, 2, 1)),
        ("", None),
    ],
)
def test_dates_are_read_as_they_are_written(read: Reader, text: str, stand: date | None) -> None:
    found = read.text(table([pvog(datenstand_pvog_import=text)]))
    assert (found.counts, found.stand) == ({0: (1, 1, 0)}, stand)


@pytest.mark.parametrize(
    "text",
    ["31.02.2026", "2026-13-01", "gestern", "2026", "46053", "20260131", "31.01.26", "infinity", "-infinity", "epoch",
     "9999-12-31", "0001-01-01", "290000-01-01", "0044-03-15 (BC)"],
)  # fmt: skip
def test_a_date_that_is_none_is_rejected(read: Reader, text: str) -> None:
    good = pvog(datenstand_pvog_import="2026-01-31")
    found = read.text(table([good, pvog(NEBENWOHNSITZ, datenstand_pvog_import=text)]))
    assert [(line, code) for _, line, code, _ in found.rejected] == [(3, "datum_ungueltig")]
    assert found.stand == date(2026, 1, 31)


def test_the_largest_date_of_the_file_is_its_stand(read: Reader) -> None:
    days = ["2026-01-30", "31.01.2026", "2025-12-31"]
    rows = [pvog(url=f"https://dienst.example/{day}", datenstand_pvog_import=day) for day in days]
    assert read.text(table(rows)).stand == date(2026, 1, 31)


# Doubled rows ---------------------------------------------------------------------------------------------------------


def test_of_doubled_rows_the_first_stays(read: Reader) -> None:
    first, second = pvog(aktiv="ja"), pvog(aktiv="nein", leika_name="Zweite")
    for rows, stays in [([first, second], "ja"), ([second, first], "nein"), ([first, first, second], "ja")]:
        found = read.text(table(rows))
        assert [row[5] for row in found.accepted] == [stays]
        assert [(line, code) for _, line, code, _ in found.rejected] == [
            (line, "doppelt") for line in range(3, len(rows) + 2)
        ]


def test_another_status_or_address_is_no_double(read: Reader) -> None:
    rows = [pvog(), pvog(online_status="nicht ok"), pvog(url="https://dienst.example/2")]
    assert read.text(table(rows)).counts == {0: (3, 3, 0)}


def test_a_rejected_row_is_not_also_doubled(read: Reader) -> None:
    found = read.text(table([pvog(), pvog("123"), pvog("123")]))
    assert [code for _, _, code, _ in found.rejected] == ["leika_key_ungueltig"] * 2


def test_rows_doubled_in_one_of_several_files_stay_in_each(read: Reader) -> None:
    one = read.write(table([pvog(), pvog(), pvog(NEBENWOHNSITZ)]), "a.csv")
    two = read.write(table([pvog(aktiv="nein"), pvog()], delimiter=","), "b.csv")
    three = read.write(table([pvog(), pvog(NEBENWOHNSITZ)]), "c.csv")
    found = read(one, two, three)
    assert found.counts == {0: (3, 2, 1), 1: (2, 1, 1), 2: (2, 2, 0)}
    assert [(row[0], row[1], row[5]) for row in found.accepted] == [
        (0, WOHNSITZ, "ja"), (0, NEBENWOHNSITZ, "ja"), (1, WOHNSITZ, "nein"), (2, WOHNSITZ, "ja"), (2, NEBENWOHNSITZ, "ja"),
    ]  # fmt: skip


# Areas ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delivered", "today"),
    [(GOTHA_VERBAND, support.GOTHA), (DISSOLVED_INTO_SCHMOELLN, SCHMOELLN), (JENA, JENA), (BUND, BUND), (VG, VG)],
)
def test_an_area_of_then_becomes_the_area_of_today(read: Reader, delivered: str, today: str) -> None:
    read.text(table([pvog(WOHNSITZ, delivered)]))
    assert read.connection.execute("SELECT ars, ars_heute FROM inhalt").fetchall() == [(delivered, today)]


def test_every_area_of_thueringen_is_known(read: Reader) -> None:
    found = read.text(table([pvog(WOHNSITZ, ars) for ars in support.units()]))
    assert {row[2] for row in found.accepted} == support.units().keys()
    assert found.rejected == []


# Large and hostile ----------------------------------------------------------------------------------------------------


def test_line_numbers_are_right_in_a_large_file(read: Reader) -> None:
    rows = [pvog(url=f"https://dienst.example/{nr}", leika_name="x" * 200) for nr in range(30_000)]
    bad = [7, 9_999, 20_480, 29_999]
    for nr in bad:
        rows[nr]["leika_key"] = "9,9115E+13"
    for slow in (False, True):
        found = read.text(table(rows), slow=slow)
        assert [line - 2 for _, line, _, _ in found.rejected] == bad
        assert found.counts == {0: (30_000, 29_996, 4)}


@pytest.mark.parametrize(
    "name", ["export[1].csv", "export?.csv", "export*.csv", "l'export.csv", "Übersicht 1.csv", "x.gz", "x"]
)
def test_a_file_may_have_any_name(read: Reader, name: str) -> None:
    read.write(table([pvog(NEBENWOHNSITZ), pvog(ZULASSUNG)]), "export1.csv")
    assert [row[1] for row in read(read.write(table([pvog()]), name)).accepted] == [WOHNSITZ]


# Properties -----------------------------------------------------------------------------------------------------------

ANY_CELL = st.text(st.sampled_from(list(string.ascii_letters[:4] + '""\';,\t |ä\\#\u00a0\u2028')), max_size=6)
KEYS = st.sampled_from([WOHNSITZ, NEBENWOHNSITZ, "9,9E+13", ""])
URLS = st.sampled_from(["https://a.example", "https://b.example", "", "c.example"])
LINE_END = st.sampled_from(["\n", "\r\n", "\r", "\n\n"])
BRIEF = ("leika_key", "leika_name", "ars", "url", "online_status")
often = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@st.composite
def quoted(draw: st.DrawFn, cell: str) -> str:
    """A cell as a careful writer, a careless one or a hand would write it."""
    kind = draw(st.sampled_from(["raw", "raw", "quoted", "spaced", "raw quotes"]))
    if kind == "raw":
        return cell.replace('"', "")
    if kind == "raw quotes":
        return cell
    proper = '"' + cell.replace('"', '""') + '"'
    return proper if kind == "quoted" else f" {proper}"


@st.composite
def files(draw: st.DrawFn) -> str:
    """Text that is more or less a table; often not quite."""
    delimiter = draw(st.sampled_from([";", ",", "\t"]))
    ends = draw(st.sampled_from(["\n", "\r\n"]).map(st.just) | st.just(LINE_END))
    lines = [delimiter.join(BRIEF)]
    for _ in range(draw(st.integers(1, 5))):
        cells = [draw(KEYS), draw(quoted(draw(ANY_CELL))), JENA, draw(URLS), draw(st.sampled_from(["ok", "nicht ok"]))]
        cells += draw(st.sampled_from([[], [], [], [], ["zuviel"]]))
        lines.append(delimiter.join(cells))
    return "".join(line + draw(ends) for line in lines)


@often
@given(text=files())
@example(text=";".join(BRIEF) + f'\n{WOHNSITZ}; "ab";{JENA};https://a.example;ok\n')
@example(text=";".join(BRIEF) + f'\n{WOHNSITZ};a,"b";{JENA};https://a.example;ok\n')
def test_the_fast_and_the_slow_way_read_the_same(text: str, read: Reader) -> None:
    path = read.write(text, "wege.csv")
    assume(open_pvog.probe(path).plain)
    assert read(path) == read(path, slow=True)


@often
@given(text=files())
def test_accepted_and_rejected_are_all_rows(text: str, read: Reader) -> None:
    found = read(read.write(text, "zeilen.csv"))
    for rows, accepted, rejected in found.counts.values():
        assert accepted + rejected == rows
        assert (accepted, rejected) == (len(found.accepted), len(found.rejected))


@often
@given(texts=st.lists(files(), min_size=2, max_size=4))
def test_files_read_together_give_what_each_gives_alone(texts: list[str], read: Reader) -> None:
    paths = [read.write(text, f"datei{nr}.csv") for nr, text in enumerate(texts)]
    together, alone = read(*paths), [read(path) for path in paths]
    assert together.accepted == [(nr, *row[1:]) for nr, one in enumerate(alone) for row in one.accepted]
    assert together.rejected == [(nr, *row[1:]) for nr, one in enumerate(alone) for row in one.rejected]
    assert together.counts == {nr: counts for nr, one in enumerate(alone) for counts in one.counts.values()}


@often
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode) | files().map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes, read: Reader) -> None:
    for name in ("bytes.csv", "bytes.xlsx"):
        path = read.write(content, name)
        try:
            found = read(path)
        except Refused as refused:
            assert name in str(refused)
        else:
            assert all(accepted + rejected == rows for rows, accepted, rejected in found.counts.values())
