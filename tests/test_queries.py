"""Every named query keeps what its first two lines promise; the main ones mean what they say on a small example."""

import re
from datetime import date
from pathlib import Path

import duckdb
import pytest

from gradmesser import store
from tests import support
from tests.support import (
    DATA,
    FEBRUARY,
    ILM_KREIS,
    JANUARY,
    JENA,
    LAND,
    MARCH,
    NEBENWOHNSITZ,
    UNKNOWN_KEY,
    VG,
    VG_MEMBERS,
    WOHNBERECHTIGUNG,
    WOHNSITZ,
    ZULASSUNG,
    Instance,
    pvog,
)

QUERIES = {
    path.stem: path.read_text("utf-8") for path in sorted(Path(store.__file__).with_name("queries").glob("*.sql"))
}
JUNE, TODAY = date(2026, 6, 30), date(9999, 12, 30)
PLAUSIBLE = {
    "stand": JUNE,
    "von": date(2026, 1, 31),
    "bis": JUNE,
    "wissen": TODAY,
    "ars": JENA,
    "leika_key": WOHNSITZ,
    "snapshot_id": "open_pvog-2026-01-31-000000000000",
    "measure_id": "egov_benchmark",
    "meilenstein": 6,
    "kreis": "",
    "register": "",
    "register_id": "",
    "sicht": "nutzbar",
    "einheiten": f"{JENA},{VG}",
    "wissen_von": TODAY,
    "themenfeld": "",
}
"""A value for every parameter that queries take; a new parameter needs one here."""


def parameters(name: str) -> set[str]:
    return set(re.findall(r"\$([a-z_]+)", QUERIES[name]))


# The header -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", QUERIES)
def test_the_first_line_asks_a_question(name: str) -> None:
    assert re.fullmatch(r"-- [A-Z].*\?", QUERIES[name].splitlines()[0])


@pytest.mark.parametrize("name", QUERIES)
def test_the_second_line_names_the_columns_in_order(instance: Instance, name: str) -> None:
    match = re.fullmatch(r"-- returns: (.+)", QUERIES[name].splitlines()[1])
    assert match
    given = {key: PLAUSIBLE[key] for key in parameters(name)}
    with instance.opened() as connection:
        found = connection.execute(QUERIES[name], given)
        assert [column[0] for column in found.description] == match[1].split(", ")


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_is_one_statement_that_only_reads(name: str) -> None:
    (statement,) = duckdb.extract_statements(QUERIES[name])
    assert statement.type == duckdb.StatementType.SELECT


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_without_a_database_of_rows_is_empty_not_wrong(nothing: Instance, name: str) -> None:
    given = {key: PLAUSIBLE[key] for key in parameters(name)}
    with nothing.opened() as connection:
        connection.execute(QUERIES[name], given).fetchall()


@pytest.mark.parametrize("name", QUERIES)
def test_order_is_said_where_rows_are_many(name: str) -> None:
    assert "ORDER BY" in QUERIES[name] or name == "datenbank"


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """A database without any delivery."""
    folder = tmp_path_factory.mktemp("nichts")
    made = Instance(root=folder, reference=support.small_reference(folder / "reference"))
    made.build()
    return made


# The meaning ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """Three stands of four services; most units have no row at all."""
    folder = tmp_path_factory.mktemp("klein")
    made = Instance(root=folder, reference=support.small_reference(folder / "reference"))
    padding = [pvog(UNKNOWN_KEY, LAND, url=f"https://dienst.example/{nr}") for nr in range(60)]
    first = [
        pvog(WOHNSITZ, JENA),
        pvog(NEBENWOHNSITZ, JENA, online_status="nicht ok"),
        pvog(ZULASSUNG, LAND, url="https://land.example"),
        *(pvog(WOHNSITZ, area) for area in VG_MEMBERS[:2]),
        pvog(NEBENWOHNSITZ, VG, aktiv="nein"),
    ]
    second = [
        *first,
        pvog(NEBENWOHNSITZ, JENA),
        pvog(WOHNSITZ, JENA, url="https://zweite.example"),
        pvog(WOHNSITZ, VG_MEMBERS[2]),
    ]
    third = [row for row in second if row["ars"] != JENA or row["leika_key"] != WOHNSITZ]
    made.rows([*padding, *first], JANUARY)
    made.take((DATA / "pvog" / "alle_ablehnungen.csv").read_bytes(), stand=JANUARY, name="kaputt.csv")
    made.rows([*padding, *second], FEBRUARY)
    made.rows([*padding, *third], MARCH)
    made.build()
    return made


@pytest.fixture
def ask(small: Instance, monkeypatch: pytest.MonkeyPatch):
    """Rows of a query as dicts, through the store."""
    monkeypatch.setenv("GRADMESSER_DATA", str(small.root))

    def rows(query: str, /, **given: object) -> list[dict[str, object]]:
        known = {"stand": FEBRUARY, "wissen": TODAY} | given
        return store.fetch(query, **{key: known[key] for key in parameters(query)}).to_dict("records")

    return rows


def only(rows: list[dict[str, object]], **wanted: object) -> dict[str, object]:
    (found,) = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    return found


def test_units_with_and_without_rows_have_their_numbers(ask) -> None:
    rows = ask("rollin_verwaltung")
    assert len(rows) == 206
    numbers = ("n", "nenner", "u", "n_eigen", "n_geerbt", "gestoert", "teilweise")
    assert [only(rows, ars=JENA)[name] for name in numbers] == [3, 4, 1, 2, 1, 0, 0]
    assert [only(rows, ars=VG)[name] for name in numbers] == [1, 2, 1, 1, 0, 0, 0]
    assert [only(rows, ars=support.GOTHA)[name] for name in numbers] == [0, 2, 2, 0, 0, 0, 0]
    assert [only(rows, ars=ILM_KREIS)[name] for name in numbers] == [1, 2, 1, 0, 1, 0, 0]
    before = ask("rollin_verwaltung", stand=JANUARY, wissen=JANUARY)
    assert [only(before, ars=JENA)[name] for name in numbers] == [2, 4, 1, 1, 1, 1, 0]
    assert [only(before, ars=VG)[name] for name in numbers] == [0, 2, 2, 0, 0, 0, 1]


def test_coverage_counts_units_and_people(ask) -> None:
    rows = ask("flaechendeckung")
    assert [row["leika_key"] for row in rows] == sorted(support.SERVICES)
    live = only(rows, leika_key=WOHNSITZ)
    people = sum(int(support.responsible()[ars]["einwohner"]) for ars in (JENA, VG))
    assert (live["n"], live["nenner"], live["u"], live["einwohner_live"]) == (2, 189, 187, people)
    assert live["einwohner"] == 2_100_277
    land = only(rows, leika_key=ZULASSUNG)
    assert (land["n"], land["nenner"], land["u"], land["einwohner_live"]) == (22, 22, 0, 2_100_277)
    assert only(rows, leika_key=WOHNBERECHTIGUNG)["n"] == 0


def test_the_cells_of_a_unit_say_who_offers_what(ask) -> None:
    rows = ask("zellen", ars=JENA)
    assert len(rows) == 4
    own = only(rows, leika_key=WOHNSITZ)
    assert (own["zustand"], own["beleg"], own["urls"]) == ("sichtbar", "eigen", 2)
    assert own["url"] == f"https://dienst.example/{JENA}/{WOHNSITZ}"
    assert own["seit"].date() == JANUARY
    inherited = only(rows, leika_key=ZULASSUNG)
    assert (inherited["beleg"], inherited["geerbt_von"], inherited["url"]) == (
        "geerbt",
        "Thüringen",
        "https://land.example",
    )
    none = only(rows, leika_key=WOHNBERECHTIGUNG)
    assert (none["zustand"], none["urls"], isinstance(none["url"], str)) == ("keine_meldung", 0, False)


def test_the_cells_of_a_vg_show_the_share_of_its_members(ask) -> None:
    before, after = (only(ask("zellen", ars=VG, stand=day), leika_key=WOHNSITZ) for day in (date(2026, 2, 1), FEBRUARY))
    assert (after["zustand"], after["mitglieder"], after["mitglieder_belegt"]) == ("sichtbar", 3, 3)
    assert before["zustand"] == "keine_meldung"


def test_what_a_unit_lost_and_gained_is_listed(ask) -> None:
    gained = ask("aenderungen", ars="")
    assert {(row["ars"], row["leika_key"], row["art"]) for row in gained} == {
        (JENA, NEBENWOHNSITZ, "neu_online"),
        (VG, WOHNSITZ, "neu_online"),
    }
    lost = only(ask("aenderungen", ars=JENA, stand=MARCH), leika_key=WOHNSITZ)
    assert (lost["art"], lost["einheit"], lost["stichtag"].date()) == ("weggefallen", "Jena", MARCH)


def test_the_movement_counts_every_stand_also_without_change(ask) -> None:
    rows = ask("bewegung", ars=VG, stand=MARCH)
    assert [(row["stichtag"].date(), row["neu_online"], row["verloren"]) for row in rows] == [
        (JANUARY, 0, 0), (FEBRUARY, 1, 0), (MARCH, 0, 0),
    ]  # fmt: skip


def test_the_development_is_that_of_the_land_or_of_one_unit(ask) -> None:
    land, unit = ask("verlauf", ars=""), ask("verlauf", ars=JENA)
    assert [(row["n"], row["nenner"], row["u"]) for row in unit] == [(2, 4, 1), (3, 4, 1), (2, 4, 2)]
    assert {row["nenner"] for row in land} == {2 * 189 + 2 * 22}
    assert [row["stichtag"].date() for row in land] == [JANUARY, FEBRUARY, MARCH]


def test_fields_add_up_to_the_land(ask) -> None:
    rows, land = ask("themenfelder", ars=""), ask("verlauf", ars="")[1]
    assert [sum(row[name] for row in rows) for name in ("n", "nenner", "u")] == [
        land[name] for name in ("n", "nenner", "u")
    ]


def test_the_map_has_a_row_for_every_responsible_unit_and_stand(ask) -> None:
    rows = ask("karte_leistung", leika_key=WOHNSITZ)
    assert len(rows) == 3 * 189
    assert only(rows, ars=VG, stichtag=rows[-1]["stichtag"])["zustand"] == "sichtbar"
    assert len(ask("karte_verlauf")) == 3 * 206


def test_deliveries_show_what_became_of_their_rows(ask) -> None:
    rows = ask("lieferungen")
    assert [row["stand"].date() for row in rows if row["source_id"] == "open_pvog"] == [
        MARCH,
        FEBRUARY,
        JANUARY,
        JANUARY,
    ]
    faulty = only(rows, datei="kaputt.csv")
    assert (faulty["zeilen"], faulty["angenommen"], faulty["abgelehnt"], faulty["warnungen"]) == (12, 4, 8, 3)
    rejected = ask("abgelehnte", snapshot_id=faulty["snapshot_id"])
    assert [row["zeile"] for row in rejected] == [3, 4, 5, 6, 7, 10, 12, 13]
    assert [row["wert"] for row in ask("warnungen")] == ["jein", "weltweit", "geht so"]


def test_rows_that_count_for_nothing_are_counted_by_reason(ask) -> None:
    found = {row["grund"]: row["zeilen"] for row in ask("nicht_gezaehlt")}
    assert found == {"unbekannter Schlüssel": 60, "nicht aktiv": 1}


def test_the_database_says_what_it_is_made_of(ask) -> None:
    (row,) = ask("datenbank")
    assert (row["herkunft"], row["regelversion"], row["stand"].date()) == ("amtlich", "1.0", MARCH)
    assert row["katalog"] == "Roll-in-Portfolio Thüringen, Vorschlag, Jahrgang 2019"


def test_units_that_can_be_chosen_are_those_of_today(ask) -> None:
    rows = ask("einheiten")
    assert len({row["name"] for row in rows}) == len(rows) == len(support.units())
    assert len(ask("gemeinden")) == 601
    assert [row["stichtag"].date() for row in ask("stichtage")] == [JANUARY, FEBRUARY, MARCH]
    assert len(ask("leistungen")) == 4
