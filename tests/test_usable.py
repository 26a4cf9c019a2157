"""The view "für Einwohner nutzbar": what a resident can use, from whichever administration."""

from datetime import date

import pandas as pd
import pytest

from gradmesser import mapping, store
from tests import support
from tests.support import (
    GOTHA,
    ILM_KREIS,
    JANUARY,
    JENA,
    LAND,
    VG,
    VG_MEMBERS,
    WOHNBERECHTIGUNG,
    WOHNSITZ,
    ZULASSUNG,
    Instance,
    pvog,
)

TODAY = date(9999, 12, 30)
COUNTS = ["n", "nenner", "u"]


def rows(query: str, stand: date, **given: object) -> pd.DataFrame:
    return store.fetch(query, stand=stand, wissen=TODAY, **given).set_index("ars", drop=False)


@pytest.fixture
def newest(instance: Instance) -> date:  # noqa: ARG001 - chooses the example
    return (
        store.fetch("stichtage")["stichtag"].iloc[-1].date()
        if "wissen" not in store.sql("stichtage")
        else (store.fetch("stichtage", wissen=TODAY)["stichtag"].iloc[-1].date())
    )


def test_it_has_the_columns_of_the_other_view_and_the_municipal_units_only(newest: date):
    own, usable = (rows(query, newest) for query in ("rollin_verwaltung", "nutzbar_verwaltung"))
    assert list(own) == list(usable)
    assert set(usable["ars"]) == set(own.loc[own["gruppe"] != "landkreis", "ars"])
    assert len(usable) == 189
    assert usable["einwohner"].sum() == 2_100_277


def test_what_is_own_is_usable_and_a_kreisfreie_stadt_is_the_same_in_both(newest: date):
    own, usable = (rows(query, newest) for query in ("rollin_verwaltung", "nutzbar_verwaltung"))
    both = own.loc[usable.index]
    for column in ("n", "nenner", "u", "n_eigen", "gestoert", "teilweise"):
        assert (usable[column] >= both[column]).all(), column
    towns = usable["gruppe"] == "kreisfreie_stadt"
    assert towns.sum() == 5
    pd.testing.assert_frame_equal(usable[towns], both[towns])
    assert (usable.loc[~towns, "nenner"] > both.loc[~towns, "nenner"]).all()
    assert (usable["n_eigen"] == both["n_eigen"]).all(), "what the Kreis offers is never the unit's own"


def test_counts_hold_and_a_service_is_there_at_most_once(newest: date):
    usable = rows("nutzbar_verwaltung", newest)
    assert ((usable["n"] >= 0) & (usable["n"] <= usable["nenner"] - usable["u"])).all()
    assert usable["nenner"].max() <= 222
    assert (usable["n"] == usable["n_eigen"] + usable["n_geerbt"]).all()


def test_fields_and_history_add_up_to_the_units(newest: date):
    usable = rows("nutzbar_verwaltung", newest)
    fields = store.fetch("nutzbar_themenfelder", stand=newest, wissen=TODAY)
    assert fields[COUNTS].sum().to_dict() == usable[COUNTS].sum().to_dict()
    for view, query in (("nutzbar", "nutzbar_verwaltung"), ("zustaendig", "rollin_verwaltung")):
        history = store.fetch("einheiten_verlauf", wissen=TODAY, sicht=view)
        last = history[history["massgeblich"] & (history["stichtag"] == pd.Timestamp(newest))].set_index("ars")
        pd.testing.assert_frame_equal(last[COUNTS], rows(query, newest)[COUNTS], check_dtype=False, check_names=False)


def test_a_catalogue_break_is_in_the_history_with_both_versions(instance: Instance):  # noqa: ARG001
    history = store.fetch("einheiten_verlauf", wissen=TODAY, sicht="nutzbar")
    days = history[~history["massgeblich"]]["stichtag"].unique()
    assert len(days) == 1
    assert history[history["stichtag"] == days[0]]["katalog_version"].nunique() == 2


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """Wohnsitz in a VG, Zulassung in its Kreis, Wohnberechtigung in a Kreis and, by exception, in a town of it."""
    folder = tmp_path_factory.mktemp("nutzbar")
    made = Instance(root=folder, reference=support.small_reference(folder / "reference"))
    kreis = support.responsible()[VG]["kreis_ars"]
    gotha = support.responsible()[GOTHA]["kreis_ars"]
    made.rows(
        [pvog(WOHNSITZ, VG), pvog(ZULASSUNG, kreis), pvog(WOHNBERECHTIGUNG, gotha), pvog(WOHNSITZ, JENA)], JANUARY
    )
    made.build()
    monkeypatch.setenv("GRADMESSER_DATA", str(folder))
    return made


def test_the_kreis_adds_what_the_unit_is_not_responsible_for_and_the_own_cell_wins(small: Instance):  # noqa: ARG001
    usable = rows("nutzbar_verwaltung", JANUARY)
    assert list(usable.loc[VG, [*COUNTS, "n_eigen", "n_geerbt"]]) == [2, 4, 2, 1, 1]
    town, kreis = GOTHA, support.responsible()[GOTHA]["kreis_ars"]
    own = rows("rollin_verwaltung", JANUARY)
    assert own.loc[kreis, "n"] == 1
    assert usable.loc[town, "nenner"] == 4
    held = own.loc[town, "nenner"] > 2
    assert usable.loc[town, "n"] == (0 if held else 1), "a town that does the task itself shows its own cell"
    assert usable.loc[JENA, "n"] == 1


def test_later_knowledge_is_not_seen_before(small: Instance):  # noqa: ARG001
    assert store.fetch("nutzbar_verwaltung", stand=JANUARY, wissen=date(2020, 1, 1)).empty
    assert store.fetch("einheiten_verlauf", wissen=date(2020, 1, 1), sicht="nutzbar").empty


def test_a_member_shows_the_value_of_its_vg(newest: date):
    units = store.fetch("einheiten")
    history = store.fetch("einheiten_verlauf", wissen=TODAY, sicht="nutzbar")
    history = history[history["massgeblich"] & (history["stichtag"] == pd.Timestamp(newest))]
    shown = mapping.rollin(units, history, "gemeinden", "verwaltungen").set_index("ars")
    whole = rows("nutzbar_verwaltung", newest).loc[VG]
    for member in VG_MEMBERS:
        assert list(shown.loc[member, COUNTS]) == list(whole[COUNTS])


def test_one_service_is_shown_once_for_each_municipal_unit():
    units = pd.DataFrame(
        [(JENA, "kreisfreie_stadt", JENA), (VG, "gemeindeebene", ILM_KREIS), (GOTHA, "gemeindeebene", ILM_KREIS), (ILM_KREIS, "landkreis", ILM_KREIS)],
        columns=["ars", "gruppe", "kreis_ars"],
    ).assign(name="", zustaendig_ars=lambda frame: frame["ars"], einwohner=[5, 3, 2, 5], ebene="verband")  # fmt: skip
    history = pd.DataFrame(
        [(JENA, "live"), (ILM_KREIS, "sichtbar"), (GOTHA, "test"), (VG, "nicht_zustaendig")], columns=["ars", "zustand"]
    ).assign(stichtag=pd.Timestamp("2026-06-30"), kreis_ars="", einwohner=0)
    found = mapping.usable(units, history).set_index("ars")
    assert found["zustand"].to_dict() == {JENA: "live", VG: "sichtbar", GOTHA: "test"}
    assert found["einwohner"].to_dict() == {JENA: 5, VG: 3, GOTHA: 2}
    assert LAND not in found.index
