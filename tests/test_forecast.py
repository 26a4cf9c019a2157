"""The forecast: a known slope is found again, and what cannot be said seriously is not said."""

import calendar
import re
import time
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradmesser import forecast as rules
from gradmesser.catalog import Target
from gradmesser.forecast import (
    STATUS,
    Forecast,
    NotComputable,
    Outlook,
    Tempo,
    forecast,
    monthly,
    outlook,
    tempo,
    theil_sen,
)

ENDS = pd.date_range("2025-01-31", periods=18, freq="ME")


def series(values: list[float]) -> pd.Series:
    return pd.Series(values, index=ENDS[: len(values)])


def test_a_straight_series_is_continued():
    found = forecast(series([10.0 * step for step in range(12)]), target=230)
    assert isinstance(found, Forecast)
    assert found.per_month == pytest.approx(10, rel=0.02)
    assert found.points == 12
    assert found.expected == date(2026, 12, 31)
    assert found.earliest <= found.expected <= found.latest
    assert (found.latest - found.earliest).days < 40


def test_one_wild_point_does_not_bend_the_slope():
    values = [10.0 * step for step in range(12)]
    values[5] = 900
    assert forecast(series(values), target=230).per_month == pytest.approx(10, rel=0.1)


def test_the_seed_is_fixed_and_the_interval_holds_the_expected_day():
    values = [0, 4, 5, 20, 22, 30, 47, 50, 52, 70]
    first, second = forecast(series(values), target=300), forecast(series(values), target=300)
    assert first == second
    assert first.earliest < first.expected
    assert first.latest is None or first.expected < first.latest


@pytest.mark.parametrize(
    ("values", "target", "words"),
    [
        ([1, 2, 3, 4, 5], 100, "erst 5 Monatswerte"),
        ([], 100, "erst 0 Monatswerte"),
        ([5, 5, 5, 5, 5, 5, 5], 100, "kein Fortschritt"),
        ([9, 8, 7, 6, 5, 4], 100, "kein Fortschritt"),
        ([0, 1, 2, 3, 4, 5], 100, "mehr als fünf Jahre"),
        ([10, 20, 30, 40, 50, 60], 60, "schon erreicht"),
    ],
)
def test_refusals_say_why(values, target, words):
    found = forecast(series(values), target)
    assert isinstance(found, NotComputable)
    assert words in found.reason


def test_only_the_last_twelve_months_count():
    values = [0.0] * 6 + [10.0 * step for step in range(12)]
    assert forecast(series(values), target=200).points == 12
    assert forecast(series(values), target=200).per_month == pytest.approx(10, rel=0.02)


def test_one_point_a_month_and_gaps_stay_gaps():
    days = pd.to_datetime(["2026-01-10", "2026-01-31", "2026-03-31", "2026-04-30"])
    found = monthly(pd.Series([1.0, 2.0, 3.0, None], index=days))
    assert list(found) == [2.0, 3.0]


def test_slope_without_two_times_is_zero():
    assert theil_sen(pd.Series([1.0, 1.0]).to_numpy(), pd.Series([1.0, 2.0]).to_numpy()) == 0


def test_a_forecast_is_fast_enough_for_every_page():
    values = [10.0 * step + step % 3 for step in range(12)]
    forecast(series(values), target=230)
    begin = time.perf_counter()
    for _ in range(5):
        forecast(series(values), target=230)
    assert (time.perf_counter() - begin) / 5 < 0.2, "about 10 ms on a free machine"


# ---------- days and months ----------


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_a_day_and_its_position_are_one(day: date):
    assert rules.day_at(rules.position(day)) == day
    last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
    assert rules.position(last) == 12 * day.year + day.month


# ---------- what the slope must hold ----------


@given(st.integers(1, 400), st.integers(0, 5000), st.integers(1, 40), st.integers(6, 12))
def test_an_exact_line_gives_the_exact_month_end(slope: int, start: int, months: int, points: int):
    values = [float(start + slope * step) for step in range(points)]
    found = forecast(series(values), target=values[-1] + slope * months)
    assert isinstance(found, Forecast)
    expected = (pd.Timestamp(ENDS[points - 1]) + pd.offsets.MonthEnd(months)).date()
    assert (found.earliest, found.expected, found.latest) == (expected, expected, expected)


grown = st.lists(st.integers(0, 60), min_size=6, max_size=12).map(
    lambda steps: [float(sum(steps[: place + 1])) for place in range(len(steps))]
)


@given(grown, st.integers(1, 10_000))
def test_adding_a_constant_to_series_and_target_changes_nothing(values: list[float], constant: int):
    target = values[-1] + 100
    assert forecast(series([value + constant for value in values]), target + constant) == forecast(
        series(values), target
    )


@given(grown)
def test_the_interval_holds_the_expected_day(values: list[float]):
    found = forecast(series(values), values[-1] + 50)
    if isinstance(found, Forecast):
        assert found.slow <= found.per_month <= found.fast
        assert found.earliest <= found.expected
        assert found.latest is None or found.expected <= found.latest


@given(grown, st.randoms())
def test_the_order_in_which_points_arrive_does_not_matter(values: list[float], shuffle):
    points = series(values)
    order = list(range(len(points)))
    shuffle.shuffle(order)
    assert forecast(points.iloc[order], values[-1] + 50) == forecast(points, values[-1] + 50)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), min_size=2, max_size=12))
def test_slopes_of_drawn_points_are_theil_sen_where_ties_are_no_pair(points: list[tuple[int, int]]):
    times, values = (np.array(part, dtype=float) for part in zip(*points, strict=True))
    slopes = [
        (values[b] - values[a]) / (times[b] - times[a])
        for a in range(len(times))
        for b in range(a + 1, len(times))
        if times[a] != times[b]
    ]
    expected = float(np.median(slopes)) if slopes else 0.0
    assert float(rules._slopes(times[None, :], values[None, :])[0]) == pytest.approx(expected)  # noqa: SLF001


# ---------- target, speed, status ----------


def history(values: list[int], *, nenner: int = 200, version: str = "1", first: int = 0) -> pd.DataFrame:
    return pd.DataFrame(
        {"stichtag": ENDS[first : first + len(values)], "katalog_version": version, "massgeblich": True, "n": values,
         "nenner": nenner, "u": 10}
    )  # fmt: skip


TARGET = Target(value=80, on=date(2027, 8, 31), source="Vorschlag des Gradmessers, zu bestätigen")
STAND = date(2025, 8, 31)


def test_target_is_a_share_of_n_rounded_up_and_needs_its_speed():
    found = outlook(history([0, 10, 20, 30, 40, 50, 60, 70]), TARGET, STAND)
    assert (found.n, found.of, found.u, found.goal, found.day) == (70, 200, 10, 160, STAND)
    assert (found.months_left, found.needed, found.tempo.net) == (24, 3.75, 10)
    assert found.forecast.expected == date(2026, 5, 31)
    assert rules.goal(replace(TARGET, value=33), 100) == 33
    assert rules.goal(replace(TARGET, value=50), 3) == 2


def test_a_later_stand_is_not_looked_at():
    rows = history([0, 10, 20, 30, 40, 50, 60, 70, 160, 160])
    assert outlook(rows, TARGET, STAND) == outlook(rows.head(8), TARGET, STAND)
    assert outlook(rows, TARGET, date(2025, 1, 1)) is None


def test_speed_leaves_out_what_a_new_catalogue_did_and_tells_gained_and_lost():
    old, new = history([0, 10, 20, 30]), history([130, 140, 150], nenner=300, version="2", first=3)
    rows = pd.concat([old.assign(massgeblich=[True, True, True, False]), new], ignore_index=True)
    movement = pd.DataFrame({"stichtag": ENDS[:6], "neu_online": 13, "verloren": 2})
    found = tempo(rows, ENDS[5].date(), movement)
    assert found == Tempo(net=10, gained=13, lost=2, since=ENDS[2].date())
    assert found.other == -1
    assert tempo(rows.head(3), ENDS[2].date()) is None
    assert tempo(rows.head(0), ENDS[2].date()) is None


def test_speed_over_a_missing_month_divides_by_the_months_that_passed():
    rows = history([0, 10, 20, 30, 40, 50]).drop(index=2)
    assert tempo(rows, ENDS[5].date()) == Tempo(net=10, gained=None, lost=None, since=ENDS[1].date())


def test_no_forecast_across_a_break_of_the_catalogue():
    old = history([0, 10, 20, 30, 40, 50, 60, 70, 80]).assign(massgeblich=[True] * 8 + [False])
    new = history([100, 110, 120, 130, 140], nenner=300, version="2", first=8)
    short = outlook(pd.concat([old, new]), TARGET, ENDS[12].date())
    assert "erst 5 Monatswerte einer Katalogfassung" in short.forecast.reason
    enough = pd.concat([old, new, history([150], nenner=300, version="2", first=13)])
    found = outlook(enough, TARGET, ENDS[13].date())
    assert found.forecast.points == 6, "the value of the new version on the day of the break is its first point"
    assert found.forecast.per_month == pytest.approx(10)


def at_speed(net: float | None, *, n: int = 60, left: float = 10) -> Outlook:
    return Outlook(
        n=n, of=200, u=0, day=STAND, goal=160, target=TARGET, months_left=left, forecast=NotComputable(reason="Test"),
        tempo=None if net is None else Tempo(net=net, gained=None, lost=None, since=STAND),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("net", "status", "factor"),
    [(10, "im_plan", None), (9.99, "knapp", 1.001), (5, "knapp", 2), (4.99, "zu_langsam", 2.004), (0, "zu_langsam", None), (-3, "zu_langsam", None), (None, "unbekannt", None)],
)  # fmt: skip
def test_status_at_its_boundaries(net: float | None, status: str, factor: float | None):
    found = at_speed(net)
    assert (found.needed, found.status) == (10, status)
    assert found.factor == (None if factor is None else pytest.approx(factor, rel=1e-3))


def test_a_reached_target_and_a_passed_deadline_need_no_speed():
    assert (at_speed(1, n=160).status, at_speed(1, n=160).needed) == ("erreicht", None)
    assert (at_speed(1, left=0).status, at_speed(1, left=0).needed) == ("verstrichen", None)
    assert at_speed(1, n=170, left=0).status == "erreicht", "reached is reached, also after the deadline"


def test_status_is_told_by_word_and_symbol():
    assert len({one.label for one in STATUS.values()}) == len({one.glyph for one in STATUS.values()}) == len(STATUS)


# ---------- sentences ----------


def test_sentences_are_german_and_name_source_interval_and_reason():
    found = outlook(history([0, 9, 21, 30, 39, 50, 61, 70]), TARGET, STAND)
    text = rules.sentence(found)
    assert re.fullmatch(r"Bei gleichbleibendem Tempo werden 160 (zwischen \w+ \d{4} und|im) \w+ \d{4} erreicht\.", text)
    assert "am ehesten" in rules.basis_text(found.forecast, TARGET.on)
    assert "vor der Frist 31.08.2027" in rules.basis_text(found.forecast, TARGET.on)
    assert (
        rules.target_text(found) == "Ziel: 160 von 200 (80 %) bis 31.08.2027 – Vorschlag des Gradmessers, zu bestätigen"
    )
    assert rules.sentence(at_speed(1)) == "Prognose nicht seriös berechenbar: Test."
    assert rules.basis_text(NotComputable(reason="Test")) == ""
    assert rules.sentence(at_speed(1, n=160)) == "Das Ziel von 160 ist erreicht."


def test_a_status_in_plan_beside_no_forecast_or_a_late_one_is_explained():
    says = "Das Tempo der letzten 3 Monate allein würde bis zur Frist reichen, wenn es hält."
    assert rules.sentence(at_speed(10)) == f"Prognose nicht seriös berechenbar: Test. {says}"
    assert says not in rules.sentence(at_speed(7)), "zu langsam needs no explanation"
    burst = outlook(history([0, 1, 2, 3, 4, 5, 6, 45]), TARGET, STAND)
    assert burst.status == "im_plan"
    assert says in rules.sentence(burst)


def test_an_interval_without_end_is_said_so():
    found = forecast(series([0, 30, 5, 25, 10, 40, 20, 35, 30]), 120)
    assert isinstance(found, Forecast)
    assert found.latest is None
    assert "mehr als fünf Jahren" in rules.forecast_sentence(found, "werden 120 {span} erreicht")
