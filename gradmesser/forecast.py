"""When a series would reach its target at its present speed, and when that cannot be said seriously; pure functions.

Rules: docs/methodik.md §4. Theil–Sen slope of the last 6 to 12 monthly points, 80 % interval by bootstrap with a fixed seed.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

LEAST_POINTS, MOST_POINTS = 6, 12
FARTHEST_MONTHS = 60
DRAWS = 1000
SEED = 20281231
_DAYS_PER_MONTH = 365.25 / 12
_INTERVAL = (0.1, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Expected day of the target with its 80 % interval; `latest` is None where it lies beyond five years."""

    expected: date
    earliest: date
    latest: date | None
    per_month: float
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotComputable:
    """No serious forecast; `reason` is half a sentence for the reader."""

    reason: str


def forecast(series: pd.Series, target: float) -> Forecast | NotComputable:
    """Forecast of the day on which the series reaches the target.

    series: values by day, index of dates; of each calendar month the last point counts, of these the last twelve.
    """
    points = monthly(series).tail(MOST_POINTS)
    if len(points) < LEAST_POINTS:
        return NotComputable(reason=f"erst {len(points)} Monatswerte, nötig sind mindestens {LEAST_POINTS}")
    values = points.to_numpy(dtype=float)
    if values[-1] >= target:
        return NotComputable(reason="das Ziel ist schon erreicht")
    days = pd.DatetimeIndex(points.index)
    months = np.asarray((days - days[0]).days, dtype=float) / _DAYS_PER_MONTH
    slope = theil_sen(months, values)
    if slope <= 0:
        return NotComputable(reason="in den letzten Monaten ist kein Fortschritt gemeldet")
    missing = target - values[-1]
    if missing / slope > FARTHEST_MONTHS:
        return NotComputable(
            reason=f"beim mittleren Tempo der letzten {len(points)} Monate läge das Ziel mehr als fünf Jahre entfernt"
        )
    waits = np.sort([missing / drawn if drawn > 0 else np.inf for drawn in _bootstrap(months, values)])
    early, late = (waits[min(len(waits) - 1, int(share * len(waits)))] for share in _INTERVAL)
    last = days[-1].date()
    return Forecast(
        expected=_after(last, missing / slope),
        earliest=_after(last, min(early, missing / slope)),
        latest=None if late > FARTHEST_MONTHS else _after(last, max(late, missing / slope)),
        per_month=slope,
        points=len(points),
    )


def monthly(series: pd.Series) -> pd.Series:
    """Last point of each calendar month, in order of time; missing values are left out, never filled."""
    ordered = series.dropna().sort_index()
    return ordered[~pd.DatetimeIndex(ordered.index).to_period("M").duplicated(keep="last")]


def theil_sen(times: np.ndarray, values: np.ndarray) -> float:
    """Median of the slopes of all pairs of points at different times; 0 if there is no such pair."""
    first, second = np.triu_indices(len(times), k=1)
    apart = times[second] - times[first]
    usable = apart != 0
    if not usable.any():
        return 0.0
    return float(np.median((values[second] - values[first])[usable] / apart[usable]))


def _bootstrap(times: np.ndarray, values: np.ndarray) -> list[float]:
    draws = np.random.default_rng(SEED).integers(0, len(times), size=(DRAWS, len(times)))
    return [theil_sen(times[drawn], values[drawn]) for drawn in draws]


def _after(day: date, months: float) -> date:
    return day + timedelta(days=round(months * _DAYS_PER_MONTH))
