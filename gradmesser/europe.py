"""Rules of the European comparison: like with like, missing stays missing; pure functions.

rows everywhere: queries/europa.sql.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from gradmesser import german
from gradmesser.catalog import measures
from gradmesser.catalog.countries import AVERAGE, COUNTRIES, DENMARK, GERMANY

MEASURE = "egov_benchmark"
TOTAL = "e_gov_0_score"
ALL_EVENTS = "EGOV_LIFE_EVENTS"
SCALE = 100
_SUB = 2
"""`1a` is a part of `1`."""


def indicators() -> dict[str, str]:
    """Name of each indicator by its key, in the order of the source."""
    return measures()[MEASURE].merkmale


def event_name(key: str) -> str:
    """Name of a life event."""
    return measures()[MEASURE].auspraegungen.get(key, key)


def is_part(indicator: str) -> bool:
    """Whether an indicator is a part of one of the four dimensions (`e_gov_1a_uc_oa`)."""
    return len(indicator.split("_")[2]) >= _SUB


def years(rows: pd.DataFrame) -> list[int]:
    """Years with a total, the newest first."""
    return sorted(rows.loc[rows["merkmal"] == TOTAL, "jahr"].unique().tolist(), reverse=True)


def areas(country: str) -> list[str]:
    """Denmark, EU27 and Germany, and the state that was chosen besides."""
    return [DENMARK, AVERAGE, GERMANY, *([country] if country else [])]


def by_indicator(rows: pd.DataFrame, shown: Sequence[str], year: int) -> pd.DataFrame:
    """One row an indicator over all life events of a year: merkmal, name, teil, one column a state, abstand.

    abstand: Denmark − Germany in points, missing where one of the two is.
    """
    part = rows[(rows["auspraegung"] == ALL_EVENTS) & (rows["jahr"] == year)]
    table = _wide(part, "merkmal", shown).reindex(list(indicators()))
    table = table[table[list(shown)].notna().any(axis=1)]
    return table.rename_axis("merkmal").reset_index().assign(
        name=lambda found: found["merkmal"].map(indicators()), teil=lambda found: found["merkmal"].map(is_part),
        abstand=lambda found: found[DENMARK] - found[GERMANY],
    )  # fmt: skip


def by_event(rows: pd.DataFrame, shown: Sequence[str], indicator: str) -> pd.DataFrame:
    """One row a life event in the last year in which it was measured and its value can be compared.

    Columns: auspraegung, name, jahr, one a state, abstand. All states of a row are from the same year.
    """
    part = rows[(rows["merkmal"] == indicator) & (rows["auspraegung"] != ALL_EVENTS) & rows["vergleichbar"]]
    part = part[part["gebiet"].isin(shown) & part["value"].notna()]
    newest = part.groupby("auspraegung")["jahr"].transform("max")
    part = part[part["jahr"] == newest]
    table = _wide(part, "auspraegung", shown).join(part.groupby("auspraegung")["jahr"].first())
    return (
        table.rename_axis("auspraegung")
        .reset_index()
        .assign(
            name=lambda found: found["auspraegung"].map(event_name),
            abstand=lambda found: found[DENMARK] - found[GERMANY],
        )
        .sort_values(["jahr", "auspraegung"])
        .reset_index(drop=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Development:
    """Two years of the same life events: the states' values, what was compared, whether published or a mean of it."""

    first: int
    last: int
    events: tuple[str, ...]
    published: bool
    table: pd.DataFrame
    """gebiet, name, vorher, nachher, aenderung; a state without all values of both years has none."""

    @property
    def basis(self) -> str:
        """What was compared, in words."""
        if self.published:
            return "alle neun Lebenslagen, wie veröffentlicht"
        return f"Mittel der {len(self.events)} Lebenslagen, die in beiden Jahren gemessen sind"


def development(rows: pd.DataFrame, shown: Sequence[str], indicator: str) -> Development | None:
    """The last two years that measured the same life events, None if there are none.

    Where no two years can be compared event by event (the total of 2022), the published value over all life events of the
    last two years is shown: both hold the same nine life events, five of them measured once.
    """
    part = rows[(rows["merkmal"] == indicator) & rows["gebiet"].isin(shown) & rows["value"].notna()]
    single = part[(part["auspraegung"] != ALL_EVENTS) & part["vergleichbar"]]
    measured = single.groupby("jahr")["auspraegung"].agg(frozenset)
    for last in sorted(measured.index, reverse=True):
        for first in sorted((year for year in measured.index if year < last), reverse=True):
            both = measured[first] & measured[last]
            if both:
                return _compared(single[single["auspraegung"].isin(both)], shown, (first, last), tuple(sorted(both)))
    found = part[part["auspraegung"] == ALL_EVENTS]
    two = sorted(found["jahr"].unique(), reverse=True)[:2]
    if len(two) < 2:  # noqa: PLR2004 - a development has two ends
        return None
    return _compared(found, shown, (two[1], two[0]), (ALL_EVENTS,))


def _compared(part: pd.DataFrame, shown: Sequence[str], span: tuple[int, int], events: tuple[str, ...]) -> Development:
    """Only a state with every event of both years has a mean: another set of events would be another number."""
    counted = part.groupby(["gebiet", "jahr"])["value"].agg(["mean", "count"])
    complete = counted["mean"].where(counted["count"] == len(events)).reset_index()
    complete = complete.pivot_table(index="gebiet", columns="jahr", values="mean", dropna=False).reindex(list(shown))
    table = pd.DataFrame(
        {"gebiet": list(shown), "name": [COUNTRIES[area] for area in shown],
         "vorher": complete[span[0]].to_numpy(), "nachher": complete[span[1]].to_numpy()}
    )  # fmt: skip
    return Development(
        first=int(span[0]), last=int(span[1]), events=events, published=events == (ALL_EVENTS,),
        table=table.assign(aenderung=table["nachher"] - table["vorher"]),
    )  # fmt: skip


def _wide(part: pd.DataFrame, index: str, shown: Sequence[str]) -> pd.DataFrame:
    return part.pivot_table(index=index, columns="gebiet", values="value", dropna=False).reindex(columns=list(shown))


def points(value: float | None) -> str:
    """`85 von 100 Punkten`."""
    return german.NOT_AVAILABLE if pd.isna(value) else f"{german.number(value)} von {SCALE} Punkten"


def indicator_sentence(table: pd.DataFrame, year: int) -> str:
    """The total of the three, and where Germany is nearest to and furthest from Denmark."""
    totals = table[table["merkmal"] == TOTAL]
    if totals.empty or totals[[DENMARK, AVERAGE, GERMANY]].isna().any(axis=None):
        return f"eGovernment Benchmark {year}: Der Gesamtwert fehlt für Dänemark, EU27 oder Deutschland."
    total = totals.iloc[0]
    rest = table[(table["merkmal"] != TOTAL) & table["abstand"].notna()]
    far, near = rest.loc[rest["abstand"].idxmax()], rest.loc[rest["abstand"].abs().idxmin()]
    return (
        f"{year} kommt Deutschland auf {points(total[GERMANY])}, EU27 auf {german.number(total[AVERAGE])}, Dänemark auf "
        f"{german.number(total[DENMARK])}; am weitesten auseinander bei „{far['name']}“, am nächsten bei „{near['name']}“."
    )


def event_sentence(table: pd.DataFrame, indicator: str) -> str:
    """In how many life events Denmark is ahead of Germany."""
    known = table[table["abstand"].notna()]
    if known.empty:
        return f"{indicators()[indicator]}: keine Lebenslage ist für Dänemark und Deutschland vergleichbar."
    ahead = int((known["abstand"] > 0).sum())
    far = known.loc[known["abstand"].abs().idxmax()]
    return (
        f"{indicators()[indicator]}: Dänemark liegt in {german.number(ahead)} von {german.number(len(known))} Lebenslagen vor "
        f"Deutschland, am deutlichsten in {far['name']} ({int(far['jahr'])}): {german.number(far[DENMARK])} zu "
        f"{german.number(far[GERMANY])} Punkten."
    )


def development_sentence(found: Development, indicator: str) -> str:
    """How far Germany and Denmark moved between two years of the same life events."""
    rows = found.table.set_index("gebiet")
    ends = []
    for area in (GERMANY, DENMARK, AVERAGE):
        row = rows.loc[area]
        moved = "k. A." if pd.isna(row["aenderung"]) else (
            f"{german.number(row['vorher'])} auf {german.number(row['nachher'])} Punkte")  # fmt: skip
        ends.append(f"{row['name']} {'' if moved == 'k. A.' else 'von '}{moved}")
    return f"{indicators()[indicator]}, {found.first} bis {found.last}: {german.listing(ends)}."


def spread(values: Sequence[float], gap: float) -> list[float]:
    """Places for labels at these heights, in their order, never nearer than gap, as near to their height as that allows."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    clusters: list[tuple[float, list[int]]] = []
    for place in order:
        clusters.append((values[place], [place]))
        while len(clusters) > 1:
            (below, lower), (above, upper) = clusters[-2], clusters[-1]
            if above - below >= gap * (len(lower) + len(upper)) / 2:
                break
            joined = lower + upper
            middle = sum(values[one] for one in joined) / len(joined)
            clusters[-2:] = [(middle, joined)]
    found = [0.0] * len(values)
    for middle, members in clusters:
        for position, place in enumerate(members):
            found[place] = middle + gap * (position - (len(members) - 1) / 2)
    return found
