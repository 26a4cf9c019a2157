"""History: what held on a day, as it was known on another; corrections, late deliveries, releases, catalogue, territory."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from etl import deliver
from tests import support
from tests.support import (
    BUND,
    DISSOLVED_INTO_SCHMOELLN,
    FEBRUARY,
    GOTHA,
    JANUARY,
    JENA,
    LAND,
    MARCH,
    NEBENWOHNSITZ,
    SCHMOELLN,
    UNKNOWN_KEY,
    VG,
    VG_MEMBERS,
    WOHNSITZ,
    ZULASSUNG,
    Instance,
    Row,
    catalogue_of,
    noon,
    pvog,
)

APRIL, TODAY = date(2026, 4, 30), date(9999, 12, 30)
BROKEN = {"online_status": "nicht ok"}


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """Empty, with a catalogue of four services."""
    return Instance(root=tmp_path / "daten", reference=support.small_reference(tmp_path / "reference"))


def padded(*rows: Row) -> list[Row]:
    """Rows among so many others that the gate does not mind one more or less."""
    return [*rows, *(pvog(UNKNOWN_KEY, LAND, url=f"https://dienst.example/{nr}") for nr in range(20))]


def history(instance: Instance, ars: str = JENA, key: str = WOHNSITZ) -> Callable[[date, date], str]:
    """State of one cell by stand and day of knowledge."""
    cells = [one for one in instance.cells() if (one.ars, one.leika_key) == (ars, key)]

    def at(stand: date, wissen: date = TODAY) -> str:
        return " ".join(one.zustand for one in cells if one.holds(stand, wissen))

    return at


# Valid time -----------------------------------------------------------------------------------------------------------


def test_a_state_holds_until_the_next_stand(instance: Instance) -> None:
    for stand, rows in [(JANUARY, [pvog()]), (FEBRUARY, [pvog(**BROKEN)]), (MARCH, [])]:
        instance.rows(padded(*rows), stand)
    instance.build()
    at = history(instance)
    assert [at(date(2026, 1, 30)), at(JANUARY), at(date(2026, 2, 27))] == ["", "sichtbar", "sichtbar"]
    assert [at(FEBRUARY), at(date(2026, 3, 30)), at(MARCH), at(TODAY)] == [*["gestoert"] * 2, *["keine_meldung"] * 2]


def test_the_order_of_arrival_does_not_matter(instance: Instance) -> None:
    for stand, rows in [(MARCH, []), (JANUARY, [pvog()]), (FEBRUARY, [pvog(**BROKEN)])]:
        instance.rows(padded(*rows), stand)
    instance.build()
    at = history(instance)
    assert [at(JANUARY), at(FEBRUARY), at(MARCH)] == ["sichtbar", "gestoert", "keine_meldung"]


def test_before_the_first_stand_there_is_nothing(instance: Instance) -> None:
    instance.rows([pvog()], FEBRUARY)
    instance.build()
    assert instance.export("rollin", JANUARY).json() == []
    assert instance.export("flaechendeckung", JANUARY).json() == []


def test_history_is_kept_when_a_service_comes_back(instance: Instance) -> None:
    for stand, rows in [(JANUARY, [pvog()]), (FEBRUARY, []), (MARCH, [pvog()])]:
        instance.rows(padded(*rows), stand)
    instance.build()
    changes = instance.query("SELECT stichtag, art, zustand_alt::TEXT, zustand_neu::TEXT FROM aenderung ORDER BY 1")
    assert changes == [
        (FEBRUARY, "weggefallen", "sichtbar", "keine_meldung"),
        (MARCH, "neu_online", "keine_meldung", "sichtbar"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ([], [pvog()], "neu_online"),
        ([pvog(**BROKEN)], [pvog()], "neu_online"),
        ([pvog()], [pvog(**BROKEN)], "link_defekt"),
        ([pvog()], [], "weggefallen"),
        ([pvog(**BROKEN)], [], "sonstige"),
        ([], [pvog(**BROKEN)], "erstmeldung"),
        ([pvog()], [pvog(url="https://anders.example")], None),
        ([pvog()], [pvog(WOHNSITZ, LAND), pvog()], None),
    ],
)
def test_a_change_of_state_has_its_kind(
    instance: Instance, before: list[Row], after: list[Row], kind: str | None
) -> None:
    instance.rows(padded(*before), JANUARY)
    instance.rows(padded(*after), FEBRUARY)
    instance.build()
    found = instance.query("SELECT art FROM aenderung WHERE ars = $1 AND leika_key = $2", JENA, WOHNSITZ)
    assert found == ([(kind,)] if kind else [])


def test_the_first_stand_is_no_change(instance: Instance) -> None:
    instance.rows([pvog()])
    instance.build()
    assert instance.query("SELECT * FROM aenderung") == []


# Knowledge time -------------------------------------------------------------------------------------------------------


def test_yesterdays_slide_can_be_shown_again_after_a_correction(instance: Instance) -> None:
    instance.rows(padded(pvog()), JANUARY, retrieved=noon(JANUARY))
    instance.rows(padded(pvog(**BROKEN)), JANUARY, retrieved=noon(MARCH))
    instance.build()
    at = history(instance)
    assert (at(JANUARY, FEBRUARY), at(JANUARY, MARCH), at(JANUARY)) == ("sichtbar", "gestoert", "gestoert")
    assert at(JANUARY, date(2026, 1, 30)) == ""


def test_of_two_corrections_on_one_day_the_later_counts(instance: Instance) -> None:
    instance.rows(padded(pvog(**BROKEN)), JANUARY, retrieved=noon(MARCH, 9))
    instance.rows(padded(pvog()), JANUARY, retrieved=noon(MARCH, 8))
    instance.build()
    assert history(instance)(JANUARY) == "gestoert"


def test_a_late_delivery_of_an_old_stand_changes_only_its_own_time(instance: Instance) -> None:
    instance.rows(padded(), JANUARY, retrieved=noon(JANUARY))
    instance.rows(padded(), MARCH, retrieved=noon(MARCH))
    instance.rows(padded(pvog()), FEBRUARY, retrieved=noon(APRIL))
    instance.build()
    at = history(instance)
    assert [at(FEBRUARY, MARCH), at(FEBRUARY, APRIL), at(MARCH, APRIL)] == [
        "keine_meldung",
        "sichtbar",
        "keine_meldung",
    ]


def test_an_export_tells_which_stand_it_shows(instance: Instance) -> None:
    instance.rows(padded(pvog()), JANUARY, retrieved=noon(JANUARY))
    instance.rows(padded(), FEBRUARY, retrieved=noon(MARCH))
    instance.build()
    now = instance.export("rollin", date(2026, 3, 15)).json()
    then = instance.export("rollin", date(2026, 3, 15), "--wissen", "2026-03-15").json()
    assert {row["stand"] for row in now} == {"2026-02-28"}
    assert {row["stand"] for row in then} == {"2026-01-31"}


def test_the_cells_of_every_day_of_knowledge_have_no_gap(instance: Instance) -> None:
    days = [(JANUARY, MARCH), (MARCH, JANUARY), (FEBRUARY, APRIL), (JANUARY, FEBRUARY), (MARCH, date(2026, 5, 1))]
    for nr, (stand, retrieved) in enumerate(days):
        rows = [pvog(WOHNSITZ, area) for area in VG_MEMBERS[: nr % 4]]
        instance.rows(
            padded(*rows, pvog(NEBENWOHNSITZ, VG, url=f"https://dienst.example/{nr}")), stand, retrieved=noon(retrieved)
        )
    instance.build()
    cells = [one for one in instance.cells() if (one.ars, one.leika_key) == (VG, WOHNSITZ)]
    assert all(support.is_gapless(cells, wissen) for _, wissen in days)


# The gate in history --------------------------------------------------------------------------------------------------


@pytest.fixture
def withheld(instance: Instance) -> str:
    """Name of a delivery of February, retrieved in February, which the gate holds back."""
    instance.rows(padded(pvog()), JANUARY)
    return instance.rows([pvog(**BROKEN)], FEBRUARY).snapshot


def test_what_is_held_back_is_not_visible(instance: Instance, withheld: str) -> None:
    report = instance.build()
    assert report.withheld == (withheld,)
    assert history(instance)(FEBRUARY) == "sichtbar"
    assert {row["stand"] for row in instance.export("rollin", MARCH).json()} == {"2026-01-31"}
    (found,) = instance.query(
        "SELECT status::TEXT, grund, freigabe_grund FROM snapshot WHERE snapshot_id = $1", withheld
    )
    assert found == ("zurueckgehalten", "1 statt zuvor 21 angenommene Zeilen: mehr als 20 % Unterschied.", None)


def test_what_is_released_is_visible_from_that_day_on(instance: Instance, withheld: str) -> None:
    deliver.release(instance.root, withheld, "vom Betreiber bestätigt", MARCH)
    assert instance.build().withheld == ()
    at = history(instance)
    assert (at(FEBRUARY, date(2026, 3, 30)), at(FEBRUARY, MARCH), at(JANUARY)) == ("sichtbar", "gestoert", "sichtbar")
    (found,) = instance.query(
        "SELECT status::TEXT, freigabe_grund, bekannt_von FROM snapshot WHERE snapshot_id = $1", withheld
    )
    assert found == ("veroeffentlicht", "vom Betreiber bestätigt", MARCH)


def test_evidence_does_not_end_where_a_delivery_is_held_back(instance: Instance) -> None:
    instance.rows(padded(pvog()), JANUARY)
    instance.rows([pvog(NEBENWOHNSITZ)], FEBRUARY)
    instance.rows(padded(pvog()), MARCH)
    instance.build()
    services = instance.query("SELECT gueltig_von, gueltig_bis FROM onlinedienst WHERE leika_key = $1", WOHNSITZ)
    assert services == [(JANUARY, date(9999, 12, 31))]
    assert instance.query("SELECT count(*) FROM onlinedienst WHERE leika_key = $1", NEBENWOHNSITZ) == [(0,)]


# Catalogue ------------------------------------------------------------------------------------------------------------


def test_on_the_day_of_a_new_catalogue_both_versions_are_computed(instance: Instance) -> None:
    instance.rows([pvog(), pvog(NEBENWOHNSITZ)], JANUARY)
    instance.rows([pvog(), pvog(NEBENWOHNSITZ, url="https://neu.example")], MARCH)
    instance.take(catalogue_of([WOHNSITZ, ZULASSUNG]), source_id="leistungskatalog", stand=FEBRUARY)
    instance.build()
    found = instance.query(
        "SELECT stichtag, katalog_version, massgeblich, n, nenner FROM rollin_einheit JOIN stichtag "
        "USING (stichtag, katalog_version) WHERE ars = $1 ORDER BY 1, 3",
        JENA,
    )
    assert found == [
        (JANUARY, "2019.1", True, 2, 4),
        (FEBRUARY, "2019.1", False, 2, 4),
        (FEBRUARY, "2026-02-28", True, 1, 2),
        (MARCH, "2026-02-28", True, 1, 2),
    ]
    before, after = (instance.export("rollin", day).json()[2] for day in (date(2026, 2, 27), FEBRUARY))
    assert (before["N"], before["n"], after["N"], after["n"]) == (4, 2, 2, 1)


def test_a_corrected_catalogue_of_the_same_day_replaces_the_first(instance: Instance) -> None:
    instance.rows([pvog()], FEBRUARY)
    instance.take(catalogue_of([WOHNSITZ]), source_id="leistungskatalog", stand=JANUARY, retrieved=noon(JANUARY))
    instance.take(
        catalogue_of([WOHNSITZ, ZULASSUNG]), source_id="leistungskatalog", stand=JANUARY, retrieved=noon(FEBRUARY)
    )
    instance.build()
    assert instance.export("rollin", FEBRUARY).json()[2]["N"] == 2


def test_a_key_that_only_an_old_catalogue_knows_counts_only_there(instance: Instance) -> None:
    instance.rows([pvog(NEBENWOHNSITZ)], JANUARY)
    instance.take(catalogue_of([WOHNSITZ]), source_id="leistungskatalog", stand=FEBRUARY)
    instance.build()
    assert [row["n"] for row in instance.export("rollin", JANUARY).json() if row["ars"] == JENA] == [1]
    assert [row["n"] for row in instance.export("rollin", FEBRUARY).json() if row["ars"] == JENA] == [0]


# Territory ------------------------------------------------------------------------------------------------------------


def test_a_row_at_a_dissolved_gemeinde_counts_for_its_successor(instance: Instance) -> None:
    instance.rows([pvog(WOHNSITZ, DISSOLVED_INTO_SCHMOELLN)], date(2025, 6, 30))
    instance.build()
    assert instance.state(SCHMOELLN) == "sichtbar"
    assert instance.query("SELECT ars, ars_heute FROM onlinedienst") == [(DISSOLVED_INTO_SCHMOELLN, SCHMOELLN)]


def test_every_unit_of_today_has_its_state_at_every_time(instance: Instance) -> None:
    instance.rows([pvog(WOHNSITZ, BUND)], date(2020, 1, 31))
    instance.build()
    rows = instance.export("rollin", date(2020, 1, 31)).json()
    assert len(rows) == 206
    assert {row["n_geerbt"] for row in rows if row["gruppe"] != "landkreis"} == {1}
    assert GOTHA in {row["ars"] for row in rows}


# Origin ---------------------------------------------------------------------------------------------------------------

EXAMPLE = pvog(url=deliver.EXAMPLE_HOST + "antrag")


def test_examples_count_as_long_as_nothing_real_is_there(instance: Instance) -> None:
    instance.rows([EXAMPLE], JANUARY)
    report = instance.build()
    assert (report.herkunft, report.ignored) == ("beispiel", 0)
    assert instance.query("SELECT herkunft::TEXT FROM stand_der_datenbank") == [("beispiel",)]
    assert instance.state(JENA) == "sichtbar"


def test_real_data_drive_out_the_examples(instance: Instance) -> None:
    instance.rows([EXAMPLE], JANUARY)
    instance.rows([pvog(NEBENWOHNSITZ)], FEBRUARY)
    report = instance.build()
    assert (report.herkunft, report.ignored, report.snapshots) == ("amtlich", 1, 1)
    assert instance.query("SELECT DISTINCT herkunft::TEXT FROM snapshot WHERE source_id = 'open_pvog'") == [
        ("amtlich",)
    ]
    assert (instance.state(JENA), instance.state(JENA, NEBENWOHNSITZ)) == ("keine_meldung", "sichtbar")
    assert instance.export("rollin", JANUARY).json() == []


def test_an_example_catalogue_never_counts_for_real_rows(instance: Instance) -> None:
    options = {"source_id": "leistungskatalog", "herkunft": "beispiel"}
    instance.take(catalogue_of([WOHNSITZ]), stand=JANUARY, **options)
    instance.rows([pvog()], FEBRUARY)
    instance.build()
    assert instance.query("SELECT katalog_version FROM katalog_version") == [("2019.1",)]
