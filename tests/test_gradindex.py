"""The Gradmesser-Index: bounded, monotone, never imputed, always with its parts; ranks only as intervals inside a group."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradmesser import gradindex
from gradmesser.catalog import measures
from gradmesser.charts import gradindex as charts
from gradmesser.charts.template import DARK, LIGHT

BASE = gradindex.definition().weights
PARTS = list(BASE)
value = st.one_of(st.none(), st.floats(0, 100).map(lambda number: round(number, 3)))
full = st.tuples(*[st.floats(0, 100).map(lambda number: round(number, 3))] * 3)
weight = (
    st.tuples(*[st.integers(0, 100)] * 3)
    .filter(any)
    .map(lambda numbers: dict(zip(PARTS, map(float, numbers), strict=True)))
)


def table(
    *rows: tuple[float | None, float | None, float | None], group: str = "gemeindeebene", nenner: int = 100
) -> pd.DataFrame:
    """Units with given parts, all reporting everything."""
    frame = pd.DataFrame(
        [tuple(np.nan if one is None else one for one in row) for row in rows], columns=PARTS, dtype=float
    )
    return frame.assign(
        ars=[f"{place:012}" for place in range(len(rows))], name=[f"Ort {place}" for place in range(len(rows))],
        gruppe=group, nenner=nenner, n=50, u=0, meldequote=1.0, register_n=3, register_nenner=3, link_ok=9, link_geprueft=10,
        link_ungeprueft=0, live_gemeldet=20, ohne_portalverbund=2, ohne_eigene_meldung=1,
    )  # fmt: skip


def index(row: tuple[float | None, ...], weights: dict[str, float] = BASE) -> float:
    return gradindex.scored(table(row), weights)["index"].iloc[0]


# ---------- invariants ----------


@given(st.tuples(value, value, value), weight)
def test_index_and_control_value_stay_between_0_and_100_and_the_mean_is_not_below(row, weights):
    found = gradindex.scored(table(row), weights).iloc[0]
    if np.isnan(found["index"]):
        assert np.isnan(found["geometrisch"])
        return
    assert 0 <= found["geometrisch"] <= found["index"] + 1e-6 <= 100 + 1e-5
    assert sum(found[f"beitrag_{part}"] for part in PARTS) == pytest.approx(found["index"], abs=1e-6)


@given(full, st.integers(0, 2), st.floats(0, 100), weight)
def test_a_better_part_never_lowers_the_index(row, place, better, weights):
    raised = list(row)
    raised[place] = max(row[place], better)
    assert index(tuple(raised), weights) >= index(row, weights) - 1e-8


@given(st.floats(0, 100).map(lambda number: round(number, 3)), weight)
def test_equal_parts_are_the_index_and_its_control_value(level, weights):
    found = gradindex.scored(table((level, level, level)), weights).iloc[0]
    assert found["index"] == pytest.approx(level, abs=1e-6)
    assert found["geometrisch"] == pytest.approx(level, abs=1e-6)


@given(st.tuples(value, value, value), st.tuples(*[st.integers(1, 20)] * 3), st.integers(1, 5))
def test_only_the_ratio_of_weights_counts(row, numbers, factor):
    one = dict(zip(PARTS, map(float, numbers), strict=True))
    more = {part: factor * number for part, number in one.items()}
    assert index(row, one) == pytest.approx(index(row, more), abs=1e-6, nan_ok=True)


@given(full, st.integers(0, 2))
def test_a_missing_part_is_left_out_not_counted_as_0(row, place):
    without = list(row)
    without[place] = None
    found = index(tuple(without))
    rest = [(BASE[part], row[nr]) for nr, part in enumerate(PARTS) if nr != place]
    if sum(share for share, _ in rest) < 60:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(
            sum(share * one for share, one in rest) / sum(share for share, _ in rest), abs=1e-6
        )


def test_60_percent_of_the_weight_are_needed_and_just_enough():
    assert index((80, None, None), {"angebot": 60, "register": 20, "qualitaet": 20}) == 80
    assert np.isnan(index((80, None, None), {"angebot": 59, "register": 21, "qualitaet": 20}))
    assert index((None, None, 40), {"angebot": 0, "register": 0, "qualitaet": 1}) == 40, (
        "a part of weight 0 is not missed"
    )


def test_a_part_at_0_is_0_in_the_control_value():
    found = gradindex.scored(table((100, 0, 100)), BASE).iloc[0]
    assert (found["index"], found["geometrisch"]) == (70, 0)


# ---------- ranks ----------


@settings(max_examples=30)
@given(st.lists(full, min_size=1, max_size=12), weight)
def test_the_interval_holds_the_rank_and_equal_units_share_theirs(rows, weights):
    found = gradindex.ranked(gradindex.scored(table(*rows, rows[0]), weights), weights)
    assert ((found["rang_von"] <= found["rang"]) & (found["rang"] <= found["rang_bis"])).all()
    assert found["rang_von"].min() == 1 or len(rows) > 1
    assert (found["rang_bis"] <= found["rang_aus"]).all()
    columns = ["rang", "rang_von", "rang_bis"]
    assert list(found[columns].iloc[0]) == list(found[columns].iloc[-1])


@settings(max_examples=30)
@given(st.lists(full, min_size=2, max_size=10), st.randoms())
def test_another_order_of_units_gives_the_same_results(rows, shuffle):
    units = table(*rows)
    order = list(range(len(units)))
    shuffle.shuffle(order)
    first = gradindex.ranked(gradindex.scored(units, BASE), BASE)
    second = gradindex.ranked(gradindex.scored(units.iloc[order].reset_index(drop=True), BASE), BASE)
    assert second.sort_values("ars").reset_index(drop=True).equals(first)


def test_ranks_are_inside_a_group_and_only_with_enough_services_and_reports():
    rows = pd.concat(
        [table((50, 50, 50), (70, 70, 70), (None, 50, None)), table((90, 90, 90), group="landkreis"), table((95, 95, 95), nenner=9),
         table((96, 96, 96)).assign(meldequote=0.59)], ignore_index=True,
    )  # fmt: skip
    found = gradindex.described(gradindex.ranked(gradindex.scored(rows, BASE), BASE))
    assert list(found["rang_text"]) == [
        "2 von 2", "1 von 2", "–", "1 von 1", "kein Rang: weniger als 10 Leistungen", "kein Rang: Meldequote unter 60 %",
    ]  # fmt: skip
    assert gradindex.ordered(found.rename(columns={"index_wert": "index"}))["index"].isna().tolist()[-1]


def test_ranks_that_hang_on_the_weights_have_wide_intervals_and_others_none():
    close = gradindex.ranked(gradindex.scored(table((60, 50, 50), (50, 66, 51), (10, 10, 10)), BASE), BASE)
    assert list(close["rang_von"]) == [1, 1, 3]
    assert list(close["rang_bis"]) == [2, 2, 3]


# ---------- parts from counts ----------


def units(**counts: int) -> pd.DataFrame:
    row = {"ars": "1", "name": "Ort", "gruppe": "gemeindeebene", "kreis_ars": "1", "einwohner": 10, "n": 30, "nenner": 100, "u": 40,
           "link_ok": 9, "link_geprueft": 10, "link_ungeprueft": 1, "live_gemeldet": 20, "ohne_portalverbund": 5,
           "ohne_eigene_meldung": 60} | counts  # fmt: skip
    return pd.DataFrame([row])


def register_rows(*steps: int | None) -> pd.DataFrame:
    told = [step is not None for step in steps]
    return pd.DataFrame(
        {
            "ars": "1",
            "gemeldet": told,
            "moeglich": 10,
            "lueckenlos": pd.array([pd.NA if step is None else step for step in steps], dtype="Int64"),
        }
    )


def test_parts_are_the_shares_of_the_rules():
    found = gradindex.components(units(), register_rows(5, 10, None)).iloc[0]
    assert (found["angebot"], found["register"]) == (50, 75)
    assert found["qualitaet"] == pytest.approx(100 * (0.9 + 0.75) / 2)
    assert (found["link"], found["luecke"]) == (90, 25)


@pytest.mark.parametrize(
    ("counts", "steps", "absent"),
    [
        ({"u": 41}, (5,), ["angebot"]),
        ({}, (5, None), ["register"]),
        ({}, (), ["register"]),
        ({"link_ok": 0, "link_geprueft": 0}, (5,), ["qualitaet"]),
        ({"live_gemeldet": 0, "ohne_portalverbund": 0}, (5,), ["qualitaet"]),
        ({"n": 0, "u": 100}, (None,), ["angebot", "register"]),
    ],
)
def test_a_part_without_a_denominator_or_enough_reports_is_missing(counts, steps, absent):
    found = gradindex.components(units(**counts), register_rows(*steps)).iloc[0]
    assert [part for part in PARTS if np.isnan(found[part])] == absent


def test_land_is_pooled_not_a_mean_of_units():
    both = pd.concat([units(), units(ars="2", n=90, nenner=900, u=0, link_ok=0, link_geprueft=90)], ignore_index=True)
    found = gradindex.of_land(both, register_rows(5, 10, None)).iloc[0]
    assert found["angebot"] == pytest.approx(100 * 120 / 960)
    assert found["link"] == pytest.approx(9)
    assert (found["register"], found["register_n"], found["register_nenner"]) == (75, 2, 3)


# ---------- catalogue, address, words ----------


def test_weights_and_version_are_written_in_the_catalogue():
    assert (gradindex.definition().version, BASE) == ("1.0", {"angebot": 50, "register": 30, "qualitaet": 20})
    assert gradindex.definition().version in measures()["gradmesser_index"].title


@pytest.mark.parametrize(
    "text",
    [
        "",
        "50",
        "50-30",
        "50-30-20-0",
        "0-0-0",
        "101-0-0",
        "-5-30-20",
        "50-30-x",
        "\uff150-30-20",
        "50 30 20",
        "9" * 400,
    ],
)
def test_nonsense_is_no_weight(text):
    assert gradindex.parse_weights(text) is None


@given(weight)
def test_weights_survive_the_address(weights):
    assert gradindex.parse_weights(gradindex.write_weights(weights)) == weights


def test_missing_parts_are_named_in_words():
    rows = gradindex.described(gradindex.ranked(gradindex.scored(table((80, 40, None), (None, None, 90)), BASE), BASE))
    assert rows["hinweis"].iloc[0] == "ohne Qualität; die übrigen Gewichte sind auf 100 hochgerechnet"
    assert "nicht berechenbar: Angebot und Register" in rows["hinweis"].iloc[1]
    assert rows["index_text"].iloc[1] == "nicht berechenbar"
    assert [gradindex.band(one) for one in (0, 19.99, 20, 100, np.nan)] == [
        "0 bis unter 20", "0 bis unter 20", "20 bis unter 40", "80 bis 100", "nicht berechenbar",
    ]  # fmt: skip
    assert (
        gradindex.weights_text({"angebot": 1, "register": 1, "qualitaet": 2})
        == "25 % Angebot, 25 % Register, 50 % Qualität"
    )


def test_the_picture_is_a_table_with_parts_in_words_and_escaped_names():
    rows = gradindex.described(gradindex.ranked(gradindex.scored(table((80, 40, 90), (None, None, 90)), BASE), BASE))
    rows["name"] = ["<b>Ort</b>", "Zwei"]
    markup = charts.table(rows, BASE, "A & B", own="000000000001", address="&stand=2026-01-31")
    assert "&lt;b&gt;Ort&lt;/b&gt;" in markup
    assert markup.count('scope="row"') == 2
    assert markup.count("▶ gewählt") == 1
    assert "50 von 100, 0 ohne Meldung" in markup
    assert "gm-none" in markup
    assert all(f"gm-p-{part}" in charts.css(colours) for part in PARTS for colours in (LIGHT, DARK))
