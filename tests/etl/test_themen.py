"""The other themes: what an answer may say, what is rejected and why, two clocks, template and way back, example apart."""

import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import effect, template
from etl.sources import themen as reader
from gradmesser.catalog import meldung, themen
from gradmesser.catalog.themen import COLUMNS
from tests import support
from tests.support import EICHSFELD, FEBRUARY, JANUARY, JENA, MARCH, VG, VG_MEMBERS, Instance, noon

KNOWN = reader.Known(areas=frozenset({JENA, VG, VG_MEMBERS[0]}), responsible=frozenset({JENA, VG}))


def answer(**cells: str) -> dict[str, str]:
    """One good row: Jena receives electronic invoices."""
    row = {"ars": JENA, "thema": "digitale_beschaffung", "merkmal": "e_rechnung_empfang", "wert": "ja"}
    return {**dict.fromkeys(COLUMNS, ""), **row, **cells}


def table(*rows: dict[str, str]) -> str:
    return support.table(rows, COLUMNS)


def read(tmp_path: Path, *rows: dict[str, str], stand: date | None = JANUARY) -> reader.Delivery:
    path = tmp_path / "themen.csv"
    path.write_text(table(*rows), "utf-8")
    return reader.read(path, KNOWN, stand)


@pytest.fixture
def own(tmp_path: Path) -> Instance:
    return Instance(root=tmp_path, reference=support.small_reference(tmp_path / "reference"))


def take(own: Instance, *rows: dict[str, str], stand: date, on: date | None = None):
    return own.take(
        table(*rows), name=f"themen-{stand}-{on}.csv", source_id="themen", stand=stand, retrieved=noon(on or stand)
    )


def rows_of(own: Instance, stand: date, wissen: date = date(9999, 12, 30)) -> dict[str, object]:
    sql = (support.ROOT / "gradmesser" / "queries" / "themen_stand.sql").read_text("utf-8")
    with own.opened() as connection:
        found = connection.execute(sql, {"stand": stand, "wissen": wissen}).df()
    return {row.ars: row.value for row in found[found["measure_id"].notna()].itertuples()}


# What an answer may say -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"ars": "1605300000"}, "ars_ungueltig"),
        ({"ars": "160539990000"}, "ars_unbekannt"),
        ({"ars": VG_MEMBERS[0]}, "einheit_nicht_zustaendig"),
        ({"thema": "wetter"}, "thema_unbekannt"),
        ({"thema": "egov_benchmark"}, "thema_unbekannt"),
        ({"merkmal": "<b>"}, "merkmal_unbekannt"),
        ({"auspraegung": "3"}, "auspraegung_unbekannt"),
        ({"wert": "vielleicht"}, "wert_ungueltig"),
        ({"wert": "=1+1"}, "wert_ungueltig"),
        ({"wert": "2"}, "wert_ungueltig"),
        ({"thema": "ki_einsatz", "merkmal": "texte", "wert": "-1"}, "zahl_ungueltig"),
        ({"thema": "ki_einsatz", "merkmal": "texte", "wert": "1,5"}, "zahl_ungueltig"),
        ({"status": "sicher"}, "status_unbekannt"),
        ({"status": "nicht verfügbar"}, "status_widerspruch"),
        ({"status": "vorläufig", "wert": ""}, "status_widerspruch"),
        ({"status": "trifft nicht zu", "wert": ""}, "grund_fehlt"),
        ({"stichtag": "gestern"}, "datum_ungueltig"),
        ({"stichtag": "01.02.2026"}, "datum_nach_stand"),
        ({"thema": "ende_zu_ende", "merkmal": "reifegrad_1_1", "auspraegung": "2", "wert": "4"}, "modell_zeitraum"),
        ({"thema": "ende_zu_ende", "merkmal": "reifegrad_2_0", "auspraegung": "2", "wert": "4", "stichtag": "30.06.2025"}, "modell_zeitraum"),
        ({"thema": "ende_zu_ende", "merkmal": "reifegrad_1_1", "auspraegung": "5", "wert": "4", "stichtag": "30.06.2025"}, "auspraegung_unbekannt"),
        ({"thema": "ende_zu_ende", "merkmal": "reifegrad_2_0", "auspraegung": "8", "wert": "4"}, "auspraegung_unbekannt"),
        ({"bemerkung": "x" * 2001}, "text_zu_lang"),
    ],
)  # fmt: skip
def test_a_bad_answer_is_rejected_with_its_reason(tmp_path: Path, cells: dict[str, str], reason: str):
    found = read(tmp_path, answer(**cells), answer(ars=VG))
    assert [(one.line, one.reason) for one in found.rejected] == [(2, reason)]
    assert (found.rows, found.accepted) == (2, 1)
    assert meldung.reason(reason).what != f"Grund {reason}."


def test_good_answers_are_read_as_they_are_meant(tmp_path: Path):
    found = read(
        tmp_path,
        answer(),
        answer(ars=VG, wert="0", stichtag="31.12.2025", status="geschätzt"),
        answer(merkmal="e_vergabe", wert="", status="trifft nicht zu", bemerkung="<b>macht der Kreis</b>"),
        answer(merkmal="e_rechnung_verarbeitung", wert="", status="nicht_verfuegbar"),
        answer(thema="ki_einsatz", merkmal="texte", wert="1.200"),
        answer(thema="ende_zu_ende", merkmal="reifegrad_2_0", auspraegung="7", wert="0"),
        answer(thema="e_akte", merkmal="allgemein", wert=""),
    )
    assert not found.rejected
    assert (found.rows, found.silent, found.accepted) == (7, 1, 7)
    assert [(one.area, one.merkmal, one.period, one.value, one.status) for one in found.observations] == [
        (JENA, "e_rechnung_empfang", JANUARY, 1, "gemeldet"),
        (VG, "e_rechnung_empfang", date(2025, 12, 31), 0, "geschaetzt"),
        (JENA, "e_vergabe", JANUARY, None, "nicht_zutreffend"),
        (JENA, "e_rechnung_verarbeitung", JANUARY, None, "nicht_verfuegbar"),
        (JENA, "texte", JANUARY, 1200, "gemeldet"),
        (JENA, "reifegrad_2_0", JANUARY, 0, "gemeldet"),
    ]
    assert found.observations[2].bemerkung == "<b>macht der Kreis</b>"


def test_the_same_question_twice_and_too_many_fields(tmp_path: Path):
    path = tmp_path / "themen.csv"
    path.write_text(table(answer(), answer(wert="nein")) + f"{JENA};e_akte;allgemein;;;ja;;;zuviel\n", "utf-8")
    assert [(one.line, one.reason) for one in reader.read(path, KNOWN, JANUARY).rejected] == [
        (3, "doppelt"),
        (4, "spalten"),
    ]


@settings(max_examples=60)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(COLUMNS), st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)),
        max_size=6,
    )
)
def test_accepted_and_rejected_are_all_rows(tmp_path_factory: pytest.TempPathFactory, cells: list[dict[str, str]]):
    found = read(tmp_path_factory.mktemp("frei"), answer(), *(answer(**one) for one in cells))
    assert found.accepted + len(found.rejected) == found.rows
    assert {one.reason for one in found.rejected} <= set(meldung.REASONS)


def test_a_workbook_with_a_formula_and_markup(tmp_path: Path):
    form = themen.form({"name": "Jena", "ars": JENA, "herkunft": "amtlich"}, [_row(JENA, "<b>Jena</b>")], JANUARY)
    book = openpyxl.load_workbook(io.BytesIO(themen.workbook(form)))
    sheet = book[themen.SHEET]
    heads = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, heads["wert"]).value = "=1+1"
    sheet.cell(3, heads["wert"]).value = "nein"
    sheet.cell(3, heads["bemerkung"]).value = "<b>fett</b>"
    path = tmp_path / "themen.xlsx"
    book.save(path)
    found = reader.read(path, KNOWN)
    assert found.stand == JANUARY
    assert [(one.line, one.reason, one.sheet) for one in found.rejected] == [(2, "formel_ohne_wert", "Themen")]
    assert [(one.value, one.bemerkung) for one in found.observations] == [(0, "<b>fett</b>")]


def _row(ars: str, name: str) -> dict[str, object]:
    return {
        "ars": ars,
        "name": name,
        "measure_id": None,
        "merkmal": None,
        "auspraegung": None,
        "value": None,
        "status": None,
    }


# Deliveries -----------------------------------------------------------------------------------------------------------


def test_a_delivery_is_kept_and_counted_and_its_reasons_are_shown(own: Instance):
    report = take(own, answer(), answer(wert="vielleicht", merkmal="e_vergabe"), stand=JANUARY)
    assert (report.rows, report.accepted, report.rejected, report.reasons) == (2, 1, 1, {"wert_ungueltig": 1})
    own.build()
    assert own.query("SELECT grund, zeile FROM abgelehnt WHERE snapshot_id LIKE 'themen%'") == [("wert_ungueltig", 3)]
    assert own.query("SELECT herkunft::TEXT, zeilen, angenommen FROM snapshot WHERE source_id = 'themen'") == [
        ("meldung", 2, 1)
    ]


def test_a_file_without_a_usable_row_changes_nothing(own: Instance):
    assert "Keine der 1 Zeilen" in support.refusal(own, table(answer(wert="x")), source_id="themen", stand=JANUARY)
    assert "Kopfzeile" in support.refusal(own, support.table([support.pvog()]), source_id="themen", stand=JANUARY)
    assert "in der Zukunft" in support.refusal(own, table(answer()), source_id="themen", stand=date(2099, 1, 1))


def test_both_clocks_show_yesterdays_answer_again(own: Instance):
    take(own, answer(wert="nein"), stand=JANUARY)
    take(own, answer(wert="ja"), stand=FEBRUARY)
    take(own, answer(wert="ja", stichtag=str(JANUARY)), stand=FEBRUARY, on=MARCH)
    own.build()
    assert rows_of(own, JANUARY, JANUARY) == {JENA: 0}
    assert rows_of(own, JANUARY, FEBRUARY) == {JENA: 0}
    assert rows_of(own, JANUARY, MARCH) == {JENA: 1}
    assert rows_of(own, MARCH, JANUARY) == {JENA: 0}
    assert rows_of(own, MARCH, FEBRUARY) == {JENA: 1}
    assert rows_of(own, date(2026, 1, 30)) == {}


def test_the_order_of_import_does_not_matter(tmp_path: Path):
    told = []
    for name, order in (("vor", (0, 1, 2)), ("zurück", (2, 1, 0))):
        own = Instance(root=tmp_path / name, reference=support.small_reference(tmp_path / name / "reference"))
        parts = [
            (answer(wert="nein"), JANUARY, JANUARY),
            (answer(wert="ja"), JANUARY, FEBRUARY),
            (answer(ars=EICHSFELD), FEBRUARY, FEBRUARY),
        ]
        for place in order:
            row, stand, on = parts[place]
            take(own, row, stand=stand, on=on)
        own.build()
        told.append(own.query("SELECT * FROM observation ORDER BY ALL"))
    assert told[0] == told[1]
    assert len(told[0]) == 3


def test_levels_of_an_earlier_day_are_not_added_to_later_ones(own: Instance):
    level = {"thema": "ende_zu_ende", "merkmal": "reifegrad_2_0"}
    take(own, answer(**level, auspraegung="2", wert="10"), answer(**level, auspraegung="3", wert="5"), stand=JANUARY)
    take(own, answer(**level, auspraegung="3", wert="15"), stand=FEBRUARY)
    own.build()
    sql = (support.ROOT / "gradmesser" / "queries" / "themen_stand.sql").read_text("utf-8")
    with own.opened() as connection:
        found = connection.execute(sql, {"stand": MARCH, "wissen": date(9999, 12, 30)}).df()
    assert found["value"].sum() == 15
    assert found["ars"].nunique() == 206


def test_real_answers_drive_example_data_out(own: Instance):
    example = support.table([answer() | {"herkunft": "BEISPIELDATEN"}], [*COLUMNS, "herkunft"])
    report = own.take(example, source_id="themen", stand=JANUARY)
    own.rows([support.pvog(url="https://beispiel.invalid/x")])
    own.build()
    assert report.status == "veroeffentlicht"
    assert own.query("SELECT herkunft::TEXT FROM stand_der_datenbank") == [("beispiel",)]
    take(own, answer(ars=VG), stand=JANUARY)
    own.build()
    assert own.query("SELECT herkunft::TEXT FROM stand_der_datenbank") == [("amtlich",)]
    assert own.query("SELECT gebiet FROM observation") == [(VG,)]


# Template -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["themen.xlsx", "themen.csv"])
def test_an_untouched_template_says_nothing_and_is_refused_by_nobody(own: Instance, name: str):
    take(own, answer(), stand=JANUARY)
    own.build()
    path = template.write_themes(own.root, JENA, own.root / name, FEBRUARY)
    report = own.take_file(path, source_id="themen", stand=FEBRUARY)
    assert report.rejected == 0
    assert report.accepted == sum(len(themen.questions(one, FEBRUARY)) for one in themen.themes().values())
    own.build()
    assert rows_of(own, MARCH) == {JENA: 1}


def test_the_template_of_the_land_asks_every_unit(own: Instance):
    own.build()
    ran = own.etl("template", "160000000000", str(own.root / "alle.csv"), "--source", "themen")
    assert ran.code == 0
    lines = (own.root / "alle.csv").read_text("utf-8-sig").splitlines()
    assert len({line.split(";")[0] for line in lines[1:]}) == 206
    assert own.etl("template", VG_MEMBERS[0], str(own.root / "nein.csv"), "--source", "themen").code == 1


def test_a_check_tells_what_would_change_and_whom_the_file_names(own: Instance):
    take(own, answer(wert="nein"), answer(merkmal="e_vergabe"), stand=FEBRUARY)
    own.build()
    path = own.write(
        table(answer(), answer(merkmal="e_vergabe"), answer(ars=EICHSFELD, wert="x"), answer(ars=VG, wert="nein")),
        "neu.csv",
    )
    kept = own.kept()
    report, found = effect.check(own.root, own.reference, path, source_id="themen", stand=JANUARY)
    assert own.kept() == kept
    assert (report.accepted, report.rejected) == (3, 1)
    assert found.units == (JENA, EICHSFELD, VG) == tuple(sorted(found.units))
    told = [(one.ars, one.before, one.after) for one in found.changes]
    assert told == [(JENA, "nein", "ja"), (VG, "keine Meldung", "nein")]
    assert found.changes[0].subject == "Digitale Beschaffung: elektronische Rechnungen (XRechnung) werden empfangen"
    assert found.later == 1


def test_only_the_version_of_the_model_that_is_used_is_asked():
    asked = themen.questions(themen.themes()["ende_zu_ende"], date(2025, 6, 30))
    assert [(one.merkmal, one.auspraegung) for one in asked] == [("reifegrad_1_1", str(level)) for level in range(5)]
    asked = themen.questions(themen.themes()["ende_zu_ende"], date(2025, 7, 1))
    assert [(one.merkmal, one.auspraegung) for one in asked] == [("reifegrad_2_0", str(level)) for level in range(8)]
