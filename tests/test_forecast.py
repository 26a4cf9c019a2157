"""The forecast: a known slope is found again, and what cannot be said seriously is not said."""

from datetime import date

import pandas as pd
import pytest

from gradmesser.forecast import Forecast, NotComputable, forecast, monthly, theil_sen

ENDS = pd.date_range("2025-01-31", periods=18, freq="ME")


def series(values: list[float]) -> pd.Series:
    return pd.Series(values, index=ENDS[: len(values)])


def test_a_straight_series_is_continued():
    found = forecast(series([10.0 * step for step in range(12)]), target=230)
    assert isinstance(found, Forecast)
    assert found.per_month == pytest.approx(10, rel=0.02)
    assert found.points == 12
    assert abs((found.expected - date(2026, 12, 31)).days) <= 5
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
