"""Rank bands hold whatever the unknown turns out to be; nobody below the threshold has one; late answers are no change."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradmesser import ranks
from gradmesser.catalog import REPORT_THRESHOLD


def frame(rows: list[tuple[int, int, int]], group: str = "gemeindeebene") -> pd.DataFrame:
    """Units with n, nenner, u."""
    return pd.DataFrame(
        [
            {"ars": f"{number:012d}", "name": f"Ort {number}", "gruppe": group, "n": n, "nenner": of, "u": u, "einwohner": 1000}
            for number, (n, of, u) in enumerate(rows)
        ]
    )  # fmt: skip


@st.composite
def triples(draw: st.DrawFn) -> tuple[int, int, int]:
    of = draw(st.integers(1, 40))
    u = draw(st.integers(0, of))
    return draw(st.integers(0, of - u)), of, u


@given(st.lists(triples(), min_size=1, max_size=12), st.data())
def test_band_holds_the_true_place_however_the_unknown_is_resolved(
    rows: list[tuple[int, int, int]], data: st.DataObject
):
    table = ranks.ranked(frame(rows))
    inside = table[table["gereiht"]]
    truth = {row.ars: (row.n + data.draw(st.integers(0, row.u)), row.nenner) for row in inside.itertuples()}
    for row in inside.itertuples():
        n, of = truth[row.ars]
        place = 1 + sum(other * of > n * whole for other, whole in truth.values())
        assert row.platz_von <= place <= row.platz_bis
        assert 1 <= row.platz_von <= row.platz_bis <= row.von_allen == len(inside)


@given(st.lists(triples(), min_size=1, max_size=12))
def test_band_is_as_narrow_as_it_can_be(rows: list[tuple[int, int, int]]):
    inside = ranks.ranked(frame(rows)).query("gereiht")
    for row in inside.itertuples():
        others = inside[inside["ars"] != row.ars]
        best = 1 + sum(one.n * row.nenner > (row.n + row.u) * one.nenner for one in others.itertuples())
        worst = 1 + sum((one.n + one.u) * row.nenner >= row.n * one.nenner for one in others.itertuples())
        assert (row.platz_von, row.platz_bis) == (best, worst)


@given(st.lists(triples(), min_size=1, max_size=12))
def test_no_place_below_the_threshold_or_for_few_services(rows: list[tuple[int, int, int]]):
    for row in ranks.ranked(frame(rows)).itertuples():
        enough = (row.nenner - row.u) / row.nenner >= REPORT_THRESHOLD and row.nenner >= 10
        assert row.gereiht == enough
        assert pd.isna(row.platz_von) != enough


@given(st.lists(triples(), min_size=1, max_size=12), st.sampled_from(list(ranks.ORDERS)))
def test_those_without_a_place_are_last_whatever_the_order(rows: list[tuple[int, int, int]], order: str):
    flags = ranks.ordered(ranks.ranked(frame(rows)), order)["gereiht"].tolist()
    assert flags == sorted(flags, reverse=True)


def test_equal_units_share_a_band_and_the_sure_one_is_ahead():
    table = ranks.ranked(frame([(50, 100, 0), (25, 50, 0), (60, 100, 0), (20, 100, 35), (0, 100, 90)]))
    assert table["platz_von"].tolist()[:4] == [2, 2, 1, 2]
    assert table["platz_bis"].tolist()[:4] == [4, 4, 1, 4]
    assert [ranks.place(row) for _, row in table.iterrows()][2:] == [
        "Platz 1 von 4",
        "Platz 2 bis 4 von 4",
        "ohne Platz",
    ]


def test_groups_are_never_mixed():
    mixed = pd.concat([frame([(1, 10, 0)]), frame([(1, 10, 0)], "landkreis")])
    with pytest.raises(ValueError, match="innerhalb einer Gruppe"):
        ranks.ranked(mixed)
    with pytest.raises(ValueError, match="innerhalb einer Gruppe"):
        ranks.changed(mixed.assign(n_vorher=0, nenner_vorher=10, u_vorher=0, n_alt=0, nenner_alt=10))


def two_days(rows: list[tuple[int, int, int, int]]) -> pd.DataFrame:
    """Units of 100 services: n and u then, n and u now."""
    now = frame([(n, 100, u) for *_, n, u in rows])
    return now.assign(
        n_vorher=[row[0] for row in rows], nenner_vorher=100, u_vorher=[row[1] for row in rows], n_alt=[row[0] for row in rows],
        nenner_alt=100,
    )  # fmt: skip


def test_a_late_answer_is_neither_zero_nor_progress():
    table = ranks.changed(two_days([(0, 100, 60, 0), (10, 30, 40, 0), (10, 0, 40, 0), (12, 0, 13, 0), (15, 0, 16, 0)]))
    late, half = table.iloc[0], table.iloc[1]
    assert not late["verglichen"]
    assert pd.isna(late["pp"])
    assert pd.isna(late["platz_von"])
    assert "noch nicht vergleichbar" in ranks.change_rank_sentence(late)
    assert (half["pp_unten"], half["pp_oben"]) == pytest.approx((0, 30))
    assert (half["platz_von"], half["platz_bis"]) == (1, 4), "the late answer may be all of it"


def test_only_those_who_started_alike_are_compared():
    table = ranks.changed(two_days([(10, 0, 40, 0), (19, 0, 20, 0), (0, 0, 15, 0), (20, 0, 90, 0), (100, 0, 100, 0)]))
    assert table["startband"].tolist() == [0, 0, 0, 20, 80]
    assert table["platz_von"].tolist()[:3] == [1, 3, 2]
    assert table["platz_von"].isna().tolist()[3:] == [True, True], "a band of one has no places"
    assert "zu wenige" in ranks.change_rank_sentence(table.iloc[3])
    assert ranks.band_label(80) == "80 bis 100 %"


@given(st.lists(st.tuples(*[st.integers(0, 50)] * 4), min_size=1, max_size=8))
def test_change_lies_in_its_interval_and_bands_hold(rows: list[tuple[int, int, int, int]]):
    table = ranks.changed(two_days(rows))
    compared = table[table["verglichen"]]
    assert ((compared["pp_unten"] <= compared["pp"]) & (compared["pp"] <= compared["pp_oben"])).all()
    for _, band in compared.groupby("startband"):
        placed = band.dropna(subset=["platz_von"])
        assert len(placed) in {0, len(band)}
        for row in placed.itertuples():
            ahead = int((placed["pp_unten"] > row.pp_oben + 1e-9).sum())
            assert row.platz_von == 1 + ahead
