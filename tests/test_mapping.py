"""Areas of the map show what holds for the people living there, and what is not known is never zero."""

from itertools import product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradmesser import findings, mapping
from gradmesser.charts import template
from gradmesser.mapping import UNKNOWN

KREIS, VG, TOWN, CITY = "160700000000", "160705002000", "160700029029", "160530000000"
MEMBERS = ("160705002011", "160705002034")


UNITS = pd.DataFrame(
    [
        (KREIS, "Ilm-Kreis", "kreis", "landkreis", KREIS, KREIS, 10_000),
        (VG, "VG Geratal", "verband", "gemeindeebene", VG, KREIS, 3_000),
        (MEMBERS[0], "Elgersburg", "gemeinde", None, VG, KREIS, 1_000),
        (MEMBERS[1], "Martinroda", "gemeinde", None, VG, KREIS, 2_000),
        (TOWN, "Arnstadt", "gemeinde", "gemeindeebene", TOWN, KREIS, 7_000),
        (CITY, "Jena", "gemeinde", "kreisfreie_stadt", CITY, CITY, 100_000),
    ],
    columns=["ars", "name", "ebene", "gruppe", "zustaendig_ars", "kreis_ars", "einwohner"],
)
RESPONSIBLE = (KREIS, VG, TOWN, CITY)
DAYS = (pd.Timestamp("2026-05-31"), pd.Timestamp("2026-06-30"))


def history(counts: dict[str, tuple[int, int, int]], day: pd.Timestamp = DAYS[1]) -> pd.DataFrame:
    """n, N, u of responsible units on one day."""
    units = UNITS.set_index("ars")
    return pd.DataFrame(
        [
            {"stichtag": day, "ars": ars, "n": n, "nenner": of, "u": u, **units.loc[ars, ["kreis_ars", "einwohner"]]}
            for ars, (n, of, u) in counts.items()
        ]
    )  # fmt: skip


def cells(states: dict[str, str], day: pd.Timestamp = DAYS[1]) -> pd.DataFrame:
    """State of one service in the units that are responsible for it."""
    units = UNITS.set_index("ars")
    return pd.DataFrame(
        [
            {"stichtag": day, "ars": ars, "zustand": state, **units.loc[ars, ["kreis_ars", "einwohner"]]}
            for ars, state in states.items()
        ]
    )


COUNTS = {KREIS: (10, 101, 50), VG: (60, 121, 40), TOWN: (0, 121, 100), CITY: (200, 222, 0)}


def by_area(rows: pd.DataFrame) -> dict[str, dict[str, object]]:
    assert not rows.duplicated(["stichtag", "ars"]).any(), "one row an area and day"
    return rows.set_index("ars").to_dict("index")


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("gemeinden", {*MEMBERS, TOWN, CITY}),
        ("verwaltungen", {VG, TOWN, CITY}),
        ("kreise", {KREIS, CITY}),
    ],
)
def test_levels_hold_their_areas(level: str, shown: set[str]):
    assert set(mapping.areas(UNITS, level)["ars"]) == shown
    assert set(mapping.LEVELS) == {"gemeinden", "verwaltungen", "kreise"}


def test_a_member_shows_exactly_its_verwaltung():
    areas = by_area(mapping.rollin(UNITS, history(COUNTS), "gemeinden", "verwaltungen"))
    verwaltungen = by_area(mapping.rollin(UNITS, history(COUNTS), "verwaltungen", "verwaltungen"))
    assert areas[MEMBERS[0]] == areas[MEMBERS[1]] == verwaltungen[VG]
    assert areas[TOWN] == verwaltungen[TOWN]
    assert (areas[MEMBERS[0]]["n"], areas[MEMBERS[0]]["nenner"], areas[MEMBERS[0]]["u"]) == COUNTS[VG]


def test_a_kreis_pools_its_administrations_and_counts_no_member_twice():
    rows = by_area(mapping.rollin(UNITS, history(COUNTS), "kreise", "verwaltungen"))
    kreis = rows[KREIS]
    assert (kreis["n"], kreis["nenner"], kreis["u"]) == (70, 343, 190)
    assert kreis["anteil"] == pytest.approx(70 / 343)
    assert rows[CITY]["anteil"] == pytest.approx(200 / 222)


def test_weight_by_inhabitants_changes_the_share_of_a_kreis_and_never_its_counts():
    by_units = by_area(mapping.rollin(UNITS, history(COUNTS), "kreise", "verwaltungen"))[KREIS]
    by_people = by_area(mapping.rollin(UNITS, history(COUNTS), "kreise", "einwohner"))[KREIS]
    shares = {ars: n / of for ars, (n, of, _) in COUNTS.items()}
    mean = (shares[KREIS] * 10_000 + shares[VG] * 3_000 + shares[TOWN] * 7_000) / 20_000
    assert by_people["anteil"] == pytest.approx(mean)
    assert {key: by_units[key] for key in ("n", "nenner", "u")} == {key: by_people[key] for key in ("n", "nenner", "u")}


def test_missing_is_never_zero_on_the_map():
    """Defect of published dashboards: who reported nothing gets the lowest class."""
    counts = COUNTS | {VG: (0, 121, 121), TOWN: (0, 121, 120)}
    rows = by_area(mapping.rollin(UNITS, history(counts), "verwaltungen", "verwaltungen"))
    assert rows[VG]["klasse"] == UNKNOWN
    assert rows[TOWN]["klasse"] == mapping.SHARE_KEYS[0], "one report is enough to know something"


def test_a_unit_without_rows_gets_none_and_takes_nobody_with_it():
    without = history({ars: counts for ars, counts in COUNTS.items() if ars != VG})
    rows = by_area(mapping.rollin(UNITS, without, "gemeinden", "verwaltungen"))
    assert set(rows) == {TOWN, CITY}
    assert set(mapping.areas(UNITS, "gemeinden")["ars"]) - set(rows) == set(MEMBERS)


@settings(max_examples=50)
@given(
    st.integers(0, 300),
    st.integers(1, 300),
    st.sampled_from(mapping.LEVELS),
    st.sampled_from(["verwaltungen", "einwohner"]),
)
def test_classes_are_ten_percent_wide_and_90_percent_begins_the_last(n: int, of: int, level: str, weight: str):
    n = min(n, of)
    rows = by_area(mapping.rollin(UNITS, history({CITY: (n, of, 0)}), level, weight))
    assert rows[CITY]["klasse"] == mapping.SHARE_KEYS[template.class_of(n, of)]
    assert rows[CITY]["anteil"] == pytest.approx(n / of)


def test_every_day_stands_for_itself():
    both = pd.concat([history(COUNTS, DAYS[0]), history(COUNTS | {CITY: (100, 222, 0)}, DAYS[1])])
    rows = mapping.rollin(UNITS, both, "verwaltungen", "verwaltungen")
    city = rows[rows["ars"] == CITY].set_index("stichtag")["n"]
    assert dict(city) == {DAYS[0]: 200, DAYS[1]: 100}


# ---------- one service ----------


def test_service_of_the_gemeinden_shows_the_state_of_each_verwaltung():
    rows = by_area(
        mapping.service(UNITS, cells({VG: "gestoert", TOWN: "sichtbar", CITY: UNKNOWN}), "gemeinden", "verwaltungen")
    )
    assert {ars: row["klasse"] for ars, row in rows.items()} == {
        MEMBERS[0]: "gestoert", MEMBERS[1]: "gestoert", TOWN: "sichtbar", CITY: UNKNOWN,
    }  # fmt: skip
    assert (rows[CITY]["n"], rows[CITY]["u"]) == (0, 1)
    assert (rows[MEMBERS[0]]["n"], rows[MEMBERS[0]]["u"]) == (0, 0), "a broken link is known and not online"


@pytest.mark.parametrize("level", ["gemeinden", "verwaltungen"])
def test_service_of_the_kreis_is_shown_in_each_of_its_areas(level: str):
    rows = by_area(mapping.service(UNITS, cells({KREIS: "sichtbar", CITY: UNKNOWN}), level, "verwaltungen"))
    in_kreis = {*MEMBERS, TOWN} if level == "gemeinden" else {VG, TOWN}
    assert {ars for ars, row in rows.items() if row["klasse"] == "sichtbar"} == in_kreis
    assert rows[CITY]["klasse"] == UNKNOWN


def test_town_with_a_task_of_the_kreis_shows_its_own_state():
    rows = by_area(mapping.service(UNITS, cells({KREIS: UNKNOWN, TOWN: "sichtbar"}), "gemeinden", "verwaltungen"))
    assert rows[TOWN]["klasse"] == "sichtbar"
    assert rows[MEMBERS[0]]["klasse"] == UNKNOWN
    assert CITY not in rows, "not responsible stays empty"


@pytest.mark.parametrize(("weight", "share"), [("verwaltungen", 1 / 2), ("einwohner", 7_000 / 10_000)])
def test_share_of_a_kreis_counts_administrations_or_their_inhabitants(weight: str, share: float):
    states = cells({VG: UNKNOWN, TOWN: "sichtbar"})
    row = by_area(mapping.service(UNITS, states, "kreise", weight))[KREIS]
    assert row["anteil"] == pytest.approx(share)
    assert (row["n"], row["nenner"], row["u"]) == (1, 2, 1)
    assert row["klasse"] == mapping.SHARE_KEYS[int(10 * share)]


def test_kreis_where_nobody_reported_is_unknown():
    row = by_area(mapping.service(UNITS, cells({VG: UNKNOWN, TOWN: UNKNOWN}), "kreise", "verwaltungen"))[KREIS]
    assert row["klasse"] == UNKNOWN


@pytest.mark.parametrize(("level", "weight"), list(product(mapping.LEVELS, ("verwaltungen", "einwohner"))))
def test_counts_are_possible_on_every_level(level: str, weight: str):
    for rows in (
        mapping.rollin(UNITS, history(COUNTS), level, weight),
        mapping.service(UNITS, cells({VG: "gestoert", TOWN: "sichtbar", CITY: UNKNOWN}), level, weight),
    ):
        assert list(rows.columns) == ["stichtag", "ars", "n", "nenner", "u", "anteil", "klasse"]
        assert ((rows["n"] >= 0) & (rows["n"] <= rows["nenner"] - rows["u"])).all()
        assert rows["anteil"].between(0, 1).all()
        assert set(rows["ars"]) <= set(mapping.areas(UNITS, level)["ars"])


# ---------- the sentence above the map ----------


def test_sentence_of_the_map_names_its_denominator():
    units = UNITS[UNITS["ars"].isin(RESPONSIBLE)].merge(history(COUNTS)[["ars", "n", "nenner", "u"]], on="ars")
    local = units[units["gruppe"] != "landkreis"]
    assert findings.map_sentence(None, local, "verwaltungen").startswith(
        "260 von 464 Zuständigkeiten der 3 Verwaltungen der Gemeindeebene sind nachgewiesen online, 140 ohne Meldung"
    )
    by_people = findings.map_sentence(None, units, "einwohner")
    assert "260 von 464" in findings.map_sentence(None, local, "einwohner")
    assert "im Mittel der 4 Verwaltungen (mit Landkreisen)" in by_people
    service = local.assign(n=[1, 0, 1], u=[0, 1, 0])
    assert findings.map_sentence("Hund", service, "verwaltungen") == (
        "„Hund“ ist in 2 von 3 zuständigen Verwaltungen online, 1 ohne Meldung."
    )
    assert findings.map_sentence("Hund", service, "einwohner") == (
        "„Hund“ erreicht 103.000 von 110.000 Einwohnern (93,6 %), für 7.000 ohne Meldung."
    )
