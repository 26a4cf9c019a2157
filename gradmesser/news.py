"""What is new, by week and by month: events of cells counted by period; pure functions."""

from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd

from gradmesser import german
from gradmesser.catalog import STATES

RHYTHMS: Mapping[str, str] = {"monat": "Monat", "woche": "Woche"}
KINDS = ("neu_online", "verloren", "link_defekt", "fortschritt", "rueckschritt", "erstmeldung", "sonstige")
_LIVE = [key for key, state in STATES.items() if state.live]


def is_lost(events: pd.DataFrame) -> pd.Series:
    """Whether an event takes something offline, also by a step back; who is no longer responsible has lost nothing."""
    after = events["zustand_neu"]
    return events["zustand_alt"].isin(_LIVE) & ~after.isin([*_LIVE, "nicht_zustaendig"])


def begin_of(day: date, rhythm: str) -> date:
    """First day of the period in which a day lies: the Monday of its week or the first of its month."""
    return day - timedelta(days=day.weekday()) if rhythm == "woche" else day.replace(day=1)


def title_of(begin: date, rhythm: str) -> str:
    """`Oktober 2026`, `Woche ab 26.10.2026`."""
    return f"Woche ab {german.day(begin)}" if rhythm == "woche" else german.month(begin)


def by_period(events: pd.DataFrame, rhythm: str) -> pd.DataFrame:
    """Counts by period in which something happened, newest first: beginn, zeitraum and KINDS.

    events: stichtag, art, zustand_alt, zustand_neu. `verloren` counts every event that takes something offline, whatever
    its kind, so it overlaps with `link_defekt` and `rueckschritt`; a lost one without report stands only there.
    """
    begins = {day: begin_of(day.date(), rhythm) for day in events["stichtag"].unique()}
    counted = events.assign(beginn=events["stichtag"].map(begins), verloren=is_lost(events))
    lines = []
    for begin, rows in sorted(counted.groupby("beginn"), reverse=True):
        kinds = rows["art"].value_counts()
        line = {kind: int(kinds.get(kind, 0)) for kind in KINDS} | {"verloren": int(rows["verloren"].sum())}
        lines.append({"beginn": pd.Timestamp(begin), "zeitraum": title_of(begin, rhythm)} | line)
    return pd.DataFrame(lines, columns=["beginn", "zeitraum", *KINDS])


def sentence(periods: pd.DataFrame) -> str:
    """`Was ist neu? Oktober 2026: 205 neu online, 41 nicht mehr online.`"""
    if periods.empty:
        return "In diesem Zeitraum hat sich kein Zustand geändert."
    newest = periods.iloc[0]
    return (
        f"Was ist neu? {newest['zeitraum']}: {german.number(newest['neu_online'])} neu online, "
        f"{german.number(newest['verloren'])} nicht mehr online."
    )
