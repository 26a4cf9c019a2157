"""One value for the Land, four ways, each with its name; the all-or-nothing rule beside it; pure functions.

All four are of the proven lower bound n/N (docs/decisions/0006), each with what it could be at most, (n + u)/N.
Definitions: docs/methodik.md §4, "Landeswert" and "Zählweise des Bundes".
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from gradmesser import german
from gradmesser.coverage import class_counts, classified
from gradmesser.findings import Triple, total

WAYS = {
    "summe": ("zusammengezählt", "Alle n von allen N: Jede Zuständigkeit zählt gleich, wer mehr Aufgaben hat, wiegt mehr."),
    "mittel": ("Mittel der Verwaltungen", "Jede Verwaltung zählt gleich, ob groß oder klein."),
    "einwohner": ("nach Einwohnern gewichtet", "Jede Verwaltung wiegt so viel, wie sie Einwohner hat."),
    "median": ("mittlere Verwaltung (Median)", "Die Hälfte der Verwaltungen liegt darüber, die Hälfte darunter."),
}  # fmt: skip
"""Key of each way, with its name and what it says; the first one is the Landeswert where nothing else is named."""

POOLED, MEAN, WEIGHTED, MEDIAN = WAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class LandValue:
    """One way: proven share and what it could be at most, both 0–1 and None if no unit counts; the units it runs over."""

    key: str
    lower: float | None
    upper: float | None
    units: int
    triple: Triple

    @property
    def name(self) -> str:
        """What the value is called wherever it stands."""
        return WAYS[self.key][0]

    @property
    def says(self) -> str:
        """One sentence on what it says."""
        return WAYS[self.key][1]

    @property
    def at_least(self) -> str:
        """`49,8 %`; never a false 0 or 100 %."""
        return german.share(self.lower, 1.0)

    @property
    def at_most(self) -> str:
        """`52,3 %`: the value if everything without a report were online."""
        return german.share(self.upper, 1.0)


def four_ways(units: pd.DataFrame) -> dict[str, LandValue]:
    """The Landeswert by key, in the order of WAYS; units: n, nenner, u, einwohner.

    A unit without any service (nenner 0) has no share and counts nowhere; one without inhabitants has no weight.
    """
    counted = units[units["nenner"] > 0]
    triple = total(counted)
    lower = counted["n"] / counted["nenner"]
    upper = (counted["n"] + counted["u"]) / counted["nenner"]
    peopled = counted["einwohner"].notna() & (counted["einwohner"] > 0)
    weight = counted.loc[peopled, "einwohner"].astype(float)
    values: Mapping[str, tuple[float | None, float | None, int]] = {
        POOLED: (_ratio(triple.n, triple.of), _ratio(triple.n + triple.u, triple.of), len(counted)),
        MEAN: (_ratio(lower.sum(), len(counted)), _ratio(upper.sum(), len(counted)), len(counted)),
        WEIGHTED: (
            _ratio((lower[peopled] * weight).sum(), weight.sum()),
            _ratio((upper[peopled] * weight).sum(), weight.sum()),
            len(weight),
        ),
        MEDIAN: (_median(lower), _median(upper), len(counted)),
    }
    return {
        key: LandValue(key=key, lower=low, upper=high, units=number, triple=triple)
        for key, (low, high, number) in values.items()
    }


def _ratio(part: float, whole: float) -> float | None:
    return min(1.0, float(part) / float(whole)) if whole else None


def _median(shares: pd.Series) -> float | None:
    return None if shares.empty else float(shares.median())


def rows_of(values: Mapping[str, LandValue]) -> pd.DataFrame:
    """Table of the four: landeswert, name, untergrenze_share, obergrenze_share (0–100), einheiten, n, nenner, u, sagt."""
    return pd.DataFrame(
        [
            {
                "landeswert": value.key, "name": value.name,
                "untergrenze_share": None if value.lower is None else 100 * value.lower,
                "obergrenze_share": None if value.upper is None else 100 * value.upper,
                "einheiten": value.units, "n": value.triple.n, "nenner": value.triple.of, "u": value.triple.u,
                "sagt": value.says,
            }
            for value in values.values()
        ]
    )  # fmt: skip


def four_sentence(values: Mapping[str, LandValue]) -> str:
    """Title of the four: how far they lie apart, and the default."""
    pooled = values[POOLED]
    if pooled.lower is None:
        return "Für einen Landeswert liegt noch nichts vor."
    lowest = min(values.values(), key=lambda value: value.lower)
    highest = max(values.values(), key=lambda value: value.lower)
    return (
        f"Zusammengezählt sind mindestens {pooled.at_least} nachgewiesen online ({german.number(pooled.triple.n)} von "
        f"{german.number(pooled.triple.of)}); je nach Rechenweise sind es {lowest.at_least} bis {highest.at_least}."
    )


def why_they_differ(values: Mapping[str, LandValue]) -> str:
    """One sentence on the direction in which the weighted value leaves the plain mean."""
    mean, weighted = values[MEAN].lower, values[WEIGHTED].lower
    start = "Die vier Werte beantworten verschiedene Fragen; keiner ist der richtige für alle."
    if mean is None or weighted is None or round(100 * mean, 1) == round(100 * weighted, 1):
        return start
    direction = "höher: Einwohnerstarke" if weighted > mean else "niedriger: Einwohnerstarke"
    more = "mehr" if weighted > mean else "weniger"
    return f"{start} Nach Einwohnern gewichtet liegt der Wert {direction} Verwaltungen haben anteilig {more} online als kleine."


def weighted_triple(units: pd.DataFrame) -> Triple:
    """Pooled counts of the units that carry weight, to stand beside the weighted share."""
    return total(units[units["einwohner"].notna() & (units["nenner"] > 0)])


# The all-or-nothing rule -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOrNothing:
    """A service counts only where all responsible units have it online; `hidden` cells are online and do not count."""

    full: int
    services: int
    nearly: int
    nearly_live: int
    nearly_of: int
    hidden: int
    triple: Triple


def all_or_nothing(services: pd.DataFrame) -> AllOrNothing:
    """The rule applied to rows of one service each: n, nenner, u (queries/flaechendeckung.sql)."""
    rows = classified(services)
    counts = class_counts(rows)
    nearly = rows[rows["klasse"] == "fast"]
    return AllOrNothing(
        full=counts["flaechendeckend"], services=len(rows), nearly=counts["fast"], nearly_live=int(nearly["n"].sum()),
        nearly_of=int(nearly["nenner"].sum()), triple=total(rows),
        hidden=int(rows.loc[rows["klasse"] != "flaechendeckend", "n"].sum()),
    )  # fmt: skip


def all_or_nothing_sentence(found: AllOrNothing) -> str:
    """Title of the comparison; names the rule, never the federal number itself."""
    return (
        f"Nach der Zählweise des Bundes (nur flächendeckend zählt) wären es {german.number(found.full)} von "
        f"{german.number(found.services)} Leistungen; der Gradmesser sieht {german.number(found.triple.n)} von "
        f"{german.number(found.triple.of)} Zuständigkeiten online, {german.number(found.triple.u)} ohne Meldung."
    )


def hidden_sentence(found: AllOrNothing) -> str:
    """What the rule does not see, nearly complete services first."""
    nearly = (
        f"{german.count(found.nearly, 'Leistung ist', 'Leistungen sind')} fast flächendeckend (mindestens 90 %, aber nicht alle) "
        f"und zählen nach dieser Regel als nichts: {german.number(found.nearly_live)} von {german.number(found.nearly_of)} "
        "ihrer Zuständigkeiten sind online und bleiben unsichtbar."
        if found.nearly
        else "Keine Leistung ist fast flächendeckend (mindestens 90 %, aber nicht alle)."
    )
    return (
        f"{nearly} Über alle nicht flächendeckenden Leistungen sind es {german.number(found.hidden)} Zuständigkeiten. Das ist die Regel "
        "„alles oder nichts“, angewandt auf die Zeilen des Gradmessers, nicht die Zahl des Bundes selbst."
    )


def class_rows(services: pd.DataFrame) -> pd.DataFrame:
    """One row a class: klasse_text, leistungen, n, nenner, u, zaehlt (services that count by the rule)."""
    rows = classified(services)
    grouped = rows.groupby(["klasse", "klasse_text"], as_index=False, sort=False).agg(
        leistungen=("leika_key", "size"), n=("n", "sum"), nenner=("nenner", "sum"), u=("u", "sum")
    )
    order = list(class_counts(rows))
    grouped = grouped.assign(
        zaehlt=grouped["leistungen"].where(grouped["klasse"] == "flaechendeckend", 0),
        stelle=grouped["klasse"].map(order.index),
    )
    return grouped.sort_values("stelle").drop(columns="stelle")


# Perspective and weight on the pages --------------------------------------------------------------------------------------


def pooled_history(units: pd.DataFrame) -> pd.DataFrame:
    """History of the Land from that of its units: stichtag, katalog_version, massgeblich, n, nenner, u."""
    keys = ["stichtag", "katalog_version", "massgeblich"]
    return units.groupby(keys, as_index=False)[["n", "nenner", "u"]].sum().sort_values(["stichtag", "massgeblich"])


def weighted_history(units: pd.DataFrame) -> pd.DataFrame:
    """The same with n, u and nenner as population-weighted shares of 100; never to be added to counts."""
    lines = []
    for (day, version, official), part in units.groupby(["stichtag", "katalog_version", "massgeblich"]):
        value = four_ways(part)[WEIGHTED]
        if value.lower is not None:
            lines.append(
                {"stichtag": day, "katalog_version": version, "massgeblich": official, "n": 100 * value.lower,
                 "nenner": 100.0, "u": 100 * (value.upper - value.lower)}
            )  # fmt: skip
    columns = ["stichtag", "katalog_version", "massgeblich", "n", "nenner", "u"]
    return pd.DataFrame(lines, columns=columns).sort_values(["stichtag", "massgeblich"])


def glass_sentence(units: pd.DataFrame, *, usable: bool, weighted: bool) -> str:
    """Title of the glass in every view but the default one; names the view."""
    counted = total(units)
    number = german.number(len(units))
    if weighted:
        value = four_ways(units)[WEIGHTED]
        what = "für Einwohner nutzbaren Leistungen" if usable else "Zuständigkeiten"
        return (
            f"Nach Einwohnern gewichtet sind mindestens {value.at_least} der {what} nachgewiesen online, höchstens "
            f"{value.at_most} ({counted.text} in {number} Verwaltungen)."
        )
    return (
        f"Für Einwohner nutzbar, gleich wer zuständig ist: {german.number(counted.n)} von {german.number(counted.of)} Angeboten in "
        f"{number} Verwaltungen sind nachgewiesen online; für {german.number(counted.u)} liegt keine Meldung vor."
    )


def weighted_trend_sentence(history: pd.DataFrame, *, usable: bool) -> str:
    """Title of the weighted development."""
    official = history[history["massgeblich"]]
    if len(official) < 2:  # noqa: PLR2004 - a development needs two points
        return "Für eine Entwicklung liegt erst ein Stand vor."
    first, now = official.iloc[0], official.iloc[-1]
    view = "für Einwohner nutzbar" if usable else "rechtlich zuständig"
    return (
        f"Nach Einwohnern gewichtet ({view}) waren im {german.month(first['stichtag'])} mindestens {german.share(first['n'], 100)} "
        f"online, im {german.month(now['stichtag'])} mindestens {german.share(now['n'], 100)}."
    )
