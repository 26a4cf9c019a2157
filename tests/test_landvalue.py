"""The Landeswert four ways and the all-or-nothing rule: each against a plain calculation."""

from statistics import mean, median

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradmesser import landvalue
from gradmesser.landvalue import MEAN, MEDIAN, POOLED, WEIGHTED


def frame(rows: list[tuple[int, int, int, float | None]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["n", "nenner", "u", "einwohner"]).astype({"einwohner": float})


THREE = frame([(90, 100, 0, 1000), (1, 10, 4, 9000), (5, 10, 5, 10000)])


def test_each_way_is_what_its_name_says():
    values = landvalue.four_ways(THREE)
    assert list(values) == [POOLED, MEAN, WEIGHTED, MEDIAN]
    assert values[POOLED].lower == pytest.approx(96 / 120)
    assert values[POOLED].upper == pytest.approx(105 / 120)
    assert values[MEAN].lower == pytest.approx(mean([0.9, 0.1, 0.5]))
    assert values[MEAN].upper == pytest.approx(mean([0.9, 0.5, 1.0]))
    assert values[WEIGHTED].lower == pytest.approx((0.9 * 1000 + 0.1 * 9000 + 0.5 * 10000) / 20000)
    assert values[WEIGHTED].upper == pytest.approx((0.9 * 1000 + 0.5 * 9000 + 1.0 * 10000) / 20000)
    assert (values[MEDIAN].lower, values[MEDIAN].upper) == (pytest.approx(0.5), pytest.approx(0.9))
    assert {value.units for value in values.values()} == {3}
    assert {value.triple.text for value in values.values()} == {"96 von 120, 9 ohne Meldung"}


def test_a_unit_without_services_counts_nowhere_and_one_without_inhabitants_has_no_weight():
    values = landvalue.four_ways(pd.concat([THREE, frame([(0, 0, 0, 500), (10, 10, 0, None)])]))
    assert values[MEAN].units == 4
    assert values[WEIGHTED].units == 3
    assert values[WEIGHTED].lower == pytest.approx(landvalue.four_ways(THREE)[WEIGHTED].lower)


def test_nothing_is_not_zero():
    values = landvalue.four_ways(frame([]))
    assert {value.lower for value in values.values()} == {None}
    assert {value.at_least for value in values.values()} == {"k. A."}
    assert "noch nichts" in landvalue.four_sentence(values)


def test_what_is_not_reported_is_in_the_reach_and_never_a_no():
    """Defect of published dashboards: missing counted as 0 in a mean."""
    silent = landvalue.four_ways(frame([(0, 10, 10, 100), (10, 10, 0, 100)]))
    for value in silent.values():
        assert value.upper == 1
        assert value.at_most == "100 %"


cells = st.tuples(st.integers(1, 300), st.integers(0, 300), st.integers(0, 300), st.integers(1, 10**6)).map(
    lambda given: (min(given[1], given[0]), given[0], min(given[2], given[0] - min(given[1], given[0])), given[3])
)


@given(st.lists(cells, min_size=1, max_size=40))
def test_bounds_hold_and_agree_with_a_plain_calculation(rows: list[tuple[int, int, int, int]]):
    values = landvalue.four_ways(frame(rows))
    lower = [n / of for n, of, _, _ in rows]
    for value in values.values():
        assert min(lower) - 1e-9 <= value.lower <= max(lower) + 1e-9
        assert value.lower <= value.upper + 1e-9
        assert value.upper <= 1
    assert values[MEDIAN].lower == pytest.approx(median(lower))
    weight = sum(people for *_, people in rows)
    expected = sum(share * row[3] for share, row in zip(lower, rows, strict=True)) / weight
    assert values[WEIGHTED].lower == pytest.approx(expected)


@given(st.lists(cells, min_size=1, max_size=10), st.integers(2, 5))
def test_equal_weights_make_the_weighted_value_the_mean(rows: list[tuple[int, int, int, int]], people: int):
    values = landvalue.four_ways(frame([(n, of, u, people) for n, of, u, _ in rows]))
    assert values[WEIGHTED].lower == pytest.approx(values[MEAN].lower)


def test_the_sentences_name_the_way_and_the_direction():
    values = landvalue.four_ways(THREE)
    assert landvalue.four_sentence(values) == (
        "Zusammengezählt sind mindestens 80,0 % nachgewiesen online (96 von 120); je nach Rechenweise sind es 34,0 % bis 80,0 %."
    )
    assert "liegt der Wert niedriger" in landvalue.why_they_differ(values)
    assert "liegt der Wert höher" in landvalue.why_they_differ(
        landvalue.four_ways(frame([(9, 10, 0, 90), (1, 10, 0, 10)]))
    )
    assert "Nach Einwohnern" not in landvalue.why_they_differ(landvalue.four_ways(frame([(5, 10, 0, 7)])))


SERVICES = pd.DataFrame(
    [
        ("1", "ganz", 20, 20, 0),
        ("2", "fast", 19, 20, 1),
        ("3", "fast nicht", 179, 200, 0),
        ("4", "unbekannt", 0, 20, 20),
    ],
    columns=["leika_key", "leistung", "n", "nenner", "u"],
)


def test_all_or_nothing_sees_only_what_is_everywhere():
    found = landvalue.all_or_nothing(SERVICES)
    assert (found.full, found.services, found.nearly) == (1, 4, 1)
    assert (found.nearly_live, found.nearly_of, found.hidden) == (19, 20, 198)
    assert landvalue.all_or_nothing_sentence(found) == (
        "Nach der Zählweise des Bundes (nur flächendeckend zählt) wären es 1 von 4 Leistungen; der Gradmesser sieht "
        "218 von 260 Zuständigkeiten online, 21 ohne Meldung."
    )
    sentence = landvalue.hidden_sentence(found)
    assert "19 von 20" in sentence
    assert "nicht die Zahl des Bundes selbst" in sentence


def test_classes_add_up_and_only_the_first_counts():
    rows = landvalue.class_rows(SERVICES)
    assert list(rows["klasse"]) == ["flaechendeckend", "fast", "teilweise", "nirgends"]
    assert (rows["leistungen"].sum(), rows["n"].sum(), rows["nenner"].sum(), rows["u"].sum()) == (4, 218, 260, 21)
    assert list(rows["zaehlt"]) == [1, 0, 0, 0]


def test_history_of_the_land_is_pooled_or_weighted_and_never_both():
    units = pd.concat([THREE.assign(massgeblich=True), THREE.assign(massgeblich=False, n=[80, 0, 0])]).assign(
        stichtag=pd.Timestamp("2026-06-30"), katalog_version=["neu"] * 3 + ["alt"] * 3, ars=list("abc") * 2
    )
    pooled, weighted = landvalue.pooled_history(units), landvalue.weighted_history(units)
    assert list(pooled["n"]) == [80, 96]
    assert list(weighted["massgeblich"]) == [False, True]
    now = weighted.iloc[-1]
    assert now["nenner"] == 100
    assert now["n"] == pytest.approx(100 * landvalue.four_ways(THREE)[WEIGHTED].lower)
    assert now["n"] + now["u"] == pytest.approx(100 * landvalue.four_ways(THREE)[WEIGHTED].upper)
    assert landvalue.weighted_history(units.head(0)).empty
