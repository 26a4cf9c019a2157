"""Rules of register modernisation: gap-free progress, parallel milestones, planned dates, evidence, quota, the unknown."""

from collections.abc import Callable, Iterator
from datetime import date

import duckdb
import pandas as pd
import pytest

from gradmesser import catalog, forecast, registers, store
from gradmesser.catalog import measures
from gradmesser.charts import registers as charts
from gradmesser.charts import template

STAND = date(2026, 6, 30)
TOWN, OTHER, KREIS = "160705001001", "160705002002", "160700000000"
WITH, WITHOUT = "melderegister", "passregister"
Say = Callable[..., None]


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(catalog.SCHEMA_SQL)
        connection.execute("INSERT INTO source VALUES ('meldung', '', '', '', '', '', '')")
        connection.execute(
            "INSERT INTO snapshot (snapshot_id, source_id, stand, abgerufen, bekannt_von, sha256, datei, zeilen, angenommen, "
            "abgelehnt, warnungen, herkunft, status) VALUES ('s1', 'meldung', '2026-01-31', '2026-02-01', '2026-02-01', "
            "repeat('0', 64), 'f.csv', 1, 1, 0, 0, 'meldung', 'veroeffentlicht')"
        )
        for ars, kind, group in (
            (TOWN, "verbandsfreie_gemeinde", "gemeindeebene"),
            (OTHER, "verbandsfreie_gemeinde", "gemeindeebene"),
            (KREIS, "landkreis", "landkreis"),
        ):
            level = "kreis" if ars == KREIS else "gemeinde"
            connection.execute(
                "INSERT INTO einheit VALUES (?, NULL, ?, ?, ?, ?, ?, ?, ?, NULL, ?, 1000, 1, NULL, DATE '9999-12-31')",
                [ars, ars, f"Ort {ars[-1]}", ars, level, kind, group, KREIS, ars],
            )
        for register_id, evidence in ((WITH, True), (WITHOUT, False)):
            connection.execute(
                "INSERT INTO register VALUES (?, ?, 1, 'gemeinde', ?, NULL, NULL, 'hoch')",
                [register_id, register_id, evidence],
            )
            for ars in (TOWN, OTHER):
                connection.execute("INSERT INTO register_zustaendigkeit VALUES (?, ?)", [ars, register_id])
        yield connection


@pytest.fixture
def say(database: duckdb.DuckDBPyConnection) -> Say:
    """Store what one unit reports about one milestone of a register."""

    def statement(
        number: int, *, reached: str | None = None, planned: str | None = None, records: int | None = None,
        with_idnr: int | None = None, register: str = WITH, ars: str = TOWN, since: str = "2026-01-31",
    ) -> None:  # fmt: skip
        database.execute(
            "INSERT INTO meilenstein VALUES (?, ?, ?, ?, ?, ?, ?, NULL, 's1', 1, ?, '9999-12-31', '2026-02-01', '9999-12-31')",
            [ars, register, number, planned, reached, records, with_idnr, since],
        )

    return statement


def stand(database: duckdb.DuckDBPyConnection, on: date = STAND, known: date = date(9999, 12, 30)) -> pd.DataFrame:
    return database.execute(store.sql("register_stand"), {"stand": on, "wissen": known}).df()


def one(database: duckdb.DuckDBPyConnection, register: str = WITH, ars: str = TOWN, on: date = STAND) -> pd.Series:
    rows = stand(database, on)
    (found,) = [row for _, row in rows.iterrows() if (row["ars"], row["register_id"]) == (ars, register)]
    return found


def reach(say: Say, *numbers: int, **where: str) -> None:
    for number in numbers:
        say(number, reached="2026-01-15", **where)


def test_progress_ends_before_the_first_gap(database, say):
    reach(say, 1, 2, 4, 5)
    row = one(database)
    assert (row["lueckenlos"], row["hoechster"], row["stufe"]) == (2, 5, "vorbereitet")


def test_m7_to_m9_run_in_parallel_and_are_ticked_apart(database, say):
    reach(say, 1, 2, 3, 4, 5, 6, 8, 9)
    row = one(database)
    assert (row["lueckenlos"], row["hoechster"], row["stufe"]) == (6, 9, "im_verbund")
    assert (row["m7"], row["m8"], row["m9"]) == (False, True, True)
    assert (
        registers.described(stand(database)).set_index(["ars", "register_id"]).loc[(TOWN, WITH), "haken"]
        == "M7\u00a0– M8\u00a0✓ M9\u00a0✓"
    )


@pytest.mark.parametrize(
    ("numbers", "stage"),
    [((1,), "erfasst"), ((1, 2), "vorbereitet"), ((1, 2, 3, 4), "vorbereitet"), ((1, 2, 3, 4, 5), "im_test"),
     ((1, 2, 3, 4, 5, 6), "idnr_gespeichert"), ((1, 2, 3, 4, 5, 6, 7), "im_verbund")],
)  # fmt: skip
def test_five_stages(database, say, numbers, stage):
    reach(say, *numbers)
    assert one(database)["stufe"] == stage


def test_a_planned_date_never_advances_but_is_overdue_once_it_has_passed(database, say):
    reach(say, 1)
    say(2, planned="2026-03-31")
    say(3, planned="2026-09-30")
    row = one(database)
    assert (row["lueckenlos"], row["hoechster"], row["stufe"]) == (1, 1, "erfasst")
    assert (row["ueberfaellig"], row["ueberfaellig_nr"], row["naechster"]) == (True, 2, 3)
    assert row["naechster_am"].date() == date(2026, 9, 30)
    assert not one(database, on=date(2026, 3, 31))["ueberfaellig"], "not overdue on the planned day itself"


def test_a_reached_milestone_is_not_overdue_and_a_later_one_not_reached_yet(database, say):
    say(1, reached="2026-07-15", planned="2026-03-31")
    assert (one(database)["hoechster"], one(database)["ueberfaellig"]) == (0, True)
    assert (one(database, on=date(2026, 7, 31))["hoechster"], one(database, on=date(2026, 7, 31))["ueberfaellig"]) == (
        1,
        False,
    )


def test_m9_to_m11_exist_only_with_nachweisbezug(database, say):
    for register in (WITH, WITHOUT):
        reach(say, *range(1, 10), register=register)
    assert (one(database)["moeglich"], one(database)["lueckenlos"]) == (11, 9)
    row = one(database, WITHOUT)
    assert (row["moeglich"], row["lueckenlos"], row["hoechster"]) == (8, 8, 8)
    assert pd.isna(row["m9"])
    counts = registers.milestones(stand(database)).set_index("nr")
    assert (counts.loc[8, "nenner"], counts.loc[9, "nenner"]) == (4, 2)


def test_the_unknown_is_not_zero_and_in_no_mean(database, say):
    reach(say, 1, 2, 3, 4)
    say(1, planned="2026-12-31", ars=OTHER)
    rows = stand(database)
    known = rows[rows["gemeldet"]].set_index("ars")
    assert (known.loc[TOWN, "stufe"], known.loc[OTHER, "stufe"]) == ("vorbereitet", "offen")
    assert known.loc[OTHER, "hoechster"] == 0
    unknown = rows[~rows["gemeldet"]]
    assert set(unknown["stufe"]) == {registers.UNKNOWN}
    assert unknown["hoechster"].isna().all()
    assert registers.triple(rows, 1).text == "1 von 4, 2 ohne Meldung"
    assert registers.progress(rows[rows["ars"] == TOWN]).value == pytest.approx(4 / 11)


@pytest.mark.parametrize("order", ["weit", "anfang"])
def test_the_unknown_is_last_in_both_orders(database, say, order):
    reach(say, 1, 2, ars=OTHER)
    assert list(registers.units(stand(database), order)["ars"]) == [OTHER, TOWN]


def test_idnr_quota_counts_only_registers_that_report_both_numbers(database, say):
    say(1, reached="2026-01-15", records=500)
    say(6, planned="2027-01-01", records=1000, with_idnr=250, register=WITHOUT)
    say(6, planned="2027-01-01", records=3000, with_idnr=2750, ars=OTHER)
    found = registers.quota(stand(database))
    assert (found.with_idnr, found.records, found.reporting, found.of) == (3000, 4000, 2, 4)
    table = registers.quotas(stand(database)).set_index("register")
    assert (table.loc[WITH, "n"], table.loc[WITH, "u"], table.loc[WITHOUT, "anteil"]) == (1, 1, 0.25)


def test_what_was_not_known_yet_is_not_shown(database, say):
    reach(say, 1)
    assert stand(database, known=date(2026, 1, 31)).empty, "the first delivery came later"
    assert stand(database, on=date(2026, 1, 30)).empty, "no delivery on or before this day"


def test_the_deadline_is_configuration_with_its_source():
    target = measures()["register_meilensteine"].target
    assert (target.value, target.on) == (100, catalog.IDNR_DEADLINE)
    assert "IDNrG" in target.source


def test_path_is_straight_to_the_deadline():
    history = pd.DataFrame(
        {
            "stichtag": pd.to_datetime(["2025-01-31", "2026-01-31", "2026-04-30"]),
            "n": [0, 10, 40],
            "nenner": 100,
            "u": 5,
        }
    )
    target = catalog.Target(value=100, on=date(2029, 1, 31), source="Test")
    found = forecast.outlook(history, target, date(2026, 4, 30))
    assert registers.should(history, target, date(2026, 4, 30)) == pytest.approx(100 * 15 / 48)
    assert (found.tempo.net, round(found.needed, 2), found.status) == (10, 1.82, "im_plan")
    assert forecast.outlook(history.head(0), target, STAND) is None
    title = registers.path_sentence(history, found, date(2026, 4, 30))
    assert title.startswith(
        "Mit 40 liegt M6 über dem geraden Weg zur Frist 31.01.2029 (31 an diesem Tag). Prognose nicht"
    )
    assert "keine Meldung" in registers.path_sentence(history.head(0), None, STAND)


def test_once_only_gap_keeps_open_closed_and_unknown_apart():
    services = pd.DataFrame(
        [(TOWN, "a", "r1", "Eins", "offen"), (TOWN, "a", "r1", "Eins", "offen"), (TOWN, "a", "r2", "Zwei", "offen"),
         (TOWN, "a", "r2", "Zwei", "m9"), (OTHER, "b", "r2", "Zwei", registers.UNKNOWN)],
        columns=["ars", "name", "register_id", "register", "ergebnis"],
    )  # fmt: skip
    by_unit = registers.gaps(services, "ars").set_index("ars")
    assert list(by_unit.loc[TOWN, ["nenner", "n", "u", "luecke", "hebel", "hebel_luecken"]]) == [4, 1, 0, 3, "Eins", 2]
    assert list(by_unit.loc[OTHER, ["nenner", "n", "u", "luecke"]]) == [1, 0, 1, 0]
    assert pd.isna(by_unit.loc[OTHER, "hebel"])
    assert list(registers.gaps(services, "register_id")["register"]) == ["Eins", "Zwei"]


def test_matrix_is_a_table_with_headers_glyphs_and_words(database, say):
    reach(say, 1, 2, 4)
    rows = stand(database)
    markup = charts.matrix(rows, registers.units(rows, "name"), {KREIS: "Ilm-<Kreis>"}, grouped=True, caption="M & M")
    assert markup.count('scope="row"') == 2
    assert markup.count('scope="col"') == 4
    assert "Ilm-&lt;Kreis&gt;" in markup
    assert "vorbereitet, M2 von 11, nach Lücke erreicht bis M4" in markup
    assert markup.count("keine Meldung") == 3
    for colours in (template.LIGHT, template.DARK):
        assert all(stage.glyph in charts.legend(colours) for stage in registers.STAGES.values())
