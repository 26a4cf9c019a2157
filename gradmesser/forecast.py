"""Target, speed and forecast of a series of counts, for services and registers alike; pure functions.

Rules: docs/methodik.md §4. scipy does the statistics: Theil–Sen slope of the last 6 to 12 monthly points of one catalogue
version, 80 % interval by bootstrap with a fixed seed. What cannot be said seriously is not said, with its reason.
"""

import calendar
import math
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy import stats

from gradmesser import findings, german
from gradmesser.catalog import Target

LEAST_POINTS, MOST_POINTS = 6, 12
FARTHEST_MONTHS = 60
TEMPO_MONTHS = 3
DRAWS = 1000
SEED = 20281231
INTERVAL = 0.8
_ON_PATH, _NEARLY = 1.0, 0.5
_EXACT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Verdict on the speed: word and symbol, colour (kind of badge) only in addition."""

    label: str
    glyph: str
    kind: str


STATUS = {
    "erreicht": Status(label="Ziel erreicht", glyph="✓", kind="success"),
    "im_plan": Status(label="im Plan", glyph="▲", kind="success"),
    "knapp": Status(label="knapp", glyph="◆", kind="info"),
    "zu_langsam": Status(label="zu langsam", glyph="▼", kind="warning"),
    "verstrichen": Status(label="Frist verstrichen", glyph="◷", kind="warning"),
    "unbekannt": Status(label="Tempo noch nicht bekannt", glyph="–", kind="neutral"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """Movement per month: net without the effect of new catalogues, gained and lost where the events are known."""

    net: float
    gained: float | None
    lost: float | None
    since: date

    @property
    def other(self) -> float:
        """What changed the count without being gained or lost: responsibilities that were taken out or came back."""
        return 0.0 if self.gained is None or self.lost is None else self.net - self.gained + self.lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Expected day of the target with its 80 % interval; `latest` is None where it lies beyond five years.

    per_month, slow and fast are the slopes behind the three days.
    """

    expected: date
    earliest: date
    latest: date | None
    per_month: float
    slow: float
    fast: float
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotComputable:
    """No serious forecast; `reason` is half a sentence for the reader."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Where a series stands against its target: n of `of`, u unknown on `day`, `goal` counts needed by the target's date."""

    n: int
    of: int
    u: int
    day: date
    goal: int
    target: Target
    tempo: Tempo | None
    months_left: float
    forecast: Forecast | NotComputable

    @property
    def needed(self) -> float | None:
        """Soll-Tempo: what is missing by the months that are left; None where nothing is missing or no time is left."""
        return (self.goal - self.n) / self.months_left if self.n < self.goal and self.months_left > 0 else None

    @property
    def status(self) -> str:
        """Key of STATUS."""
        if self.n >= self.goal:
            return "erreicht"
        if self.needed is None:
            return "verstrichen"
        if self.tempo is None:
            return "unbekannt"
        share = self.tempo.net / self.needed
        return "im_plan" if share >= _ON_PATH - _EXACT else "knapp" if share >= _NEARLY - _EXACT else "zu_langsam"

    @property
    def factor(self) -> float | None:
        """How many times the present speed is needed; None where there is no speed to multiply or it is enough."""
        if self.needed is None or self.tempo is None or self.tempo.net <= 0 or self.status == "im_plan":
            return None
        return self.needed / self.tempo.net


def outlook(history: pd.DataFrame, target: Target, stand: date, movement: pd.DataFrame | None = None) -> Outlook | None:
    """Target, speed and forecast on a day; None if the history has no stand on or before it.

    history: stichtag, n, nenner, u and, for services, katalog_version, massgeblich with both versions at a break;
    movement: stichtag, neu_online, verloren, the events behind the net speed, where there are any.
    """
    rows = _by_version(history[history["stichtag"] <= pd.Timestamp(stand)])
    official = rows[rows["massgeblich"]].sort_values("stichtag")
    if official.empty:
        return None
    last = official.iloc[-1]
    wanted = goal(target, int(last["nenner"]))
    same = official[official["katalog_version"] == last["katalog_version"]]
    return Outlook(
        n=int(last["n"]), of=int(last["nenner"]), u=int(last["u"]), day=last["stichtag"].date(), goal=wanted, target=target,
        tempo=tempo(rows, stand, movement), months_left=max(0.0, position(target.on) - position(last["stichtag"])),
        forecast=forecast(same.set_index("stichtag")["n"], wanted),
    )  # fmt: skip


def goal(target: Target, of: int) -> int:
    """Counts that the target needs: its share of `of`, rounded up."""
    return math.ceil(target.value * of / 100 - _EXACT)


def _by_version(history: pd.DataFrame) -> pd.DataFrame:
    """Registers know no versions of a catalogue: their series is one version."""
    if "katalog_version" in history:
        return history
    return history.assign(katalog_version="", massgeblich=True)


def tempo(history: pd.DataFrame, stand: date, movement: pd.DataFrame | None = None) -> Tempo | None:
    """Per month between the last stand and the last one at least three months before it; None without one.

    What a new catalogue did on its first day (difference of both versions that day) is taken out.
    """
    rows = _by_version(history[history["stichtag"] <= pd.Timestamp(stand)])
    official = rows[rows["massgeblich"]].sort_values("stichtag")
    if official.empty:
        return None
    last = official.iloc[-1]
    day = last["stichtag"].date()
    before = official[official["stichtag"] <= pd.Timestamp(findings.months_before(day, TEMPO_MONTHS))]
    if before.empty:
        return None
    first = before.iloc[-1]
    old = rows[~rows["massgeblich"] & (rows["stichtag"] > first["stichtag"])]
    catalogue = official.loc[official["stichtag"].isin(old["stichtag"]), "n"].sum() - old["n"].sum()
    months = position(day) - position(first["stichtag"])
    gained = lost = None
    if movement is not None:
        recent = movement[(movement["stichtag"] > first["stichtag"]) & (movement["stichtag"] <= last["stichtag"])]
        gained, lost = (float(recent[column].sum() / months) for column in ("neu_online", "verloren"))
    return Tempo(
        net=float((last["n"] - first["n"] - catalogue) / months), gained=gained, lost=lost, since=first["stichtag"].date()
    )  # fmt: skip


def forecast(series: pd.Series, target: float) -> Forecast | NotComputable:
    """Forecast of the day on which the series reaches the target, from its last point on.

    series: values by day, index of dates; of each calendar month the last point counts, of these the last twelve.
    """
    points = monthly(series).tail(MOST_POINTS)
    if len(points) and points.iloc[-1] >= target:
        return NotComputable(reason="das Ziel ist schon erreicht")
    if len(points) < LEAST_POINTS:
        return NotComputable(
            reason=f"erst {german.count(len(points), 'Monatswert', 'Monatswerte')} einer Katalogfassung, nötig sind mindestens {LEAST_POINTS}"
        )
    values = points.to_numpy(dtype=float)
    months = np.array([position(day) for day in points.index])
    slope = theil_sen(months, values)
    if slope <= 0:
        return NotComputable(reason="in den letzten Monaten ist kein Fortschritt gemeldet")
    missing = target - values[-1]
    if missing / slope > FARTHEST_MONTHS:
        return NotComputable(
            reason=f"beim mittleren Tempo der letzten {len(points)} Monate läge das Ziel mehr als fünf Jahre entfernt"
        )
    low, high = _interval(months, values)
    slow, fast = min(low, slope), max(high, slope)
    late = missing / slow if slow > 0 else math.inf
    return Forecast(
        expected=day_at(months[-1] + missing / slope),
        earliest=day_at(months[-1] + missing / fast),
        latest=None if late > FARTHEST_MONTHS else day_at(months[-1] + late),
        per_month=slope, slow=slow, fast=fast, points=len(points),
    )  # fmt: skip


def monthly(series: pd.Series) -> pd.Series:
    """Last point of each calendar month, in order of time; missing values are left out, never filled."""
    ordered = series.dropna().sort_index()
    return ordered[~pd.DatetimeIndex(ordered.index).to_period("M").duplicated(keep="last")]


def position(day: date) -> float:
    """Day as months: whole at the end of a month, so that from one month's end to the next is exactly one month."""
    return 12 * day.year + day.month - 1 + day.day / calendar.monthrange(day.year, day.month)[1]


def day_at(months: float) -> date:
    """The first day whose position is not before `months`."""
    whole = math.ceil(months - _EXACT) - 1
    year, month = divmod(whole, 12)
    length = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(length, max(1, math.ceil((months - whole) * length - 1e-6))))


def theil_sen(times: np.ndarray, values: np.ndarray) -> float:
    """Median of the slopes of all pairs of points at different times; 0 if there is no such pair."""
    return float(stats.theilslopes(values, times).slope) if len(np.unique(times)) > 1 else 0.0


def _interval(times: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """80 % interval of the slope: points drawn with replacement, the same draws for the same series."""
    drawn = stats.bootstrap(
        (times, values), _slopes, paired=True, vectorized=True, n_resamples=DRAWS, confidence_level=INTERVAL,
        method="percentile", rng=np.random.default_rng(SEED),
    )  # fmt: skip
    return float(drawn.confidence_interval.low), float(drawn.confidence_interval.high)


def _slopes(times: np.ndarray, values: np.ndarray, axis: int = -1) -> np.ndarray:
    """Theil–Sen slopes of many drawn series at once; points drawn twice are no pair, a series of one point has slope 0."""
    times, values = np.moveaxis(times, axis, -1), np.moveaxis(values, axis, -1)
    first, second = np.triu_indices(times.shape[-1], k=1)
    apart, rise = times[..., second] - times[..., first], values[..., second] - values[..., first]
    slopes = np.sort(np.where(apart != 0, rise / np.where(apart != 0, apart, 1), np.inf), axis=-1)
    pairs = (apart != 0).sum(axis=-1)
    upper = np.take_along_axis(slopes, np.expand_dims(pairs // 2, -1).clip(max=slopes.shape[-1] - 1), -1)[..., 0]
    lower = np.take_along_axis(slopes, np.expand_dims((pairs - 1) // 2, -1).clip(min=0), -1)[..., 0]
    known = pairs > 0
    return np.where(known, (np.where(known, lower, 0) + np.where(known, upper, 0)) / 2, 0)


# Sentences -------------------------------------------------------------------------------------------------------------


def forecast_sentence(found: Forecast | NotComputable, what: str) -> str:
    """`Bei gleichbleibendem Tempo …`, or why that cannot be said; what: `werden 90 {span} erreicht`."""
    if isinstance(found, NotComputable):
        return f"Prognose nicht seriös berechenbar: {found.reason}."
    early = german.month(found.earliest)
    late = german.month(found.latest) if found.latest else "einem Tag in mehr als fünf Jahren"
    span = f"im {early}" if early == late else f"zwischen {early} und {late}"
    return f"Bei gleichbleibendem Tempo {what.format(span=span)}."


def sentence(found: Outlook) -> str:
    """When the target would be reached, or why that cannot be said; for a target that is reached, just that."""
    if found.status == "erreicht":
        return f"Das Ziel von {german.number(found.goal)} ist erreicht."
    ahead = forecast_sentence(found.forecast, f"werden {german.number(found.goal)} {{span}} erreicht")
    return f"{ahead}{_against_forecast(found)}"


def _against_forecast(found: Outlook) -> str:
    """Why the status says "im Plan" where the forecast does not: it looks at three months, the forecast at twelve."""
    late = isinstance(found.forecast, NotComputable) or found.forecast.expected > found.target.on
    if found.status != "im_plan" or not late:
        return ""
    return f" Das Tempo der letzten {TEMPO_MONTHS} Monate allein würde bis zur Frist reichen, wenn es hält."


def basis_text(found: Forecast | NotComputable, deadline: date | None = None) -> str:
    """On what the forecast rests, and on which side of the deadline its middle lies; empty where there is none."""
    if isinstance(found, NotComputable):
        return ""
    against = ""
    if deadline is not None:
        against = f", {'nach' if found.expected > deadline else 'vor'} der Frist {german.day(deadline)}"
    return (
        f"80-Prozent-Spanne aus {german.number(found.points)} Monatswerten einer Katalogfassung; am ehesten "
        f"{german.month(found.expected)}{against}."
    )


def target_text(found: Outlook) -> str:
    """`Ziel: 19.960 von 24.949 (80 %) bis 31.12.2028 – Vorschlag des Gradmessers, zu bestätigen`: never without its source."""
    share = german.number(found.target.value, 0 if float(found.target.value).is_integer() else 1)
    return (
        f"Ziel: {german.number(found.goal)} von {german.number(found.of)} ({share} %) bis {german.day(found.target.on)} – "
        f"{found.target.source}"
    )
