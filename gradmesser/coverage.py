"""Which service is missing where: classes of coverage, the lever, stages with dwell time, stalled and overdue.

Pure functions from the rows of queries/leistung_*.sql to rows and sentences. Definitions: docs/methodik.md §4.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from math import floor

import pandas as pd

from gradmesser import german
from gradmesser.catalog import STATES
from gradmesser.findings import Triple

NEARLY = 0.9
"""Least share of administrations from which a service is "fast flächendeckend"."""

STALLED_DAYS = 180
"""More days than these in one stage on the way: stalled."""

CLASSES = {
    "flaechendeckend": "flächendeckend",
    "fast": "fast flächendeckend",
    "teilweise": "in mind. einer Kommune",
    "nirgends": "nirgends nachgewiesen",
}
ADDRESSEES = {"buerger": "Privatpersonen", "unternehmen": "Unternehmen", "beide": "Privatpersonen und Unternehmen"}
LEVELS = {"gemeinde": "Gemeindeebene", "kreis": "Kreisebene"}
ORDERS = {"wenig": "wenig Abdeckung zuerst", "viel": "viel Abdeckung zuerst", "name": "nach Namen"}

BEGUN = ("interesse", "beschlossen", "onboarding", "test")
ONLINE = ("live", "sichtbar", "ende_zu_ende")
STAGES = ("nicht_begonnen", *BEGUN, *ONLINE)
ASIDE = ("zurueckgestellt", "abgelehnt", "gestoert", "keine_meldung")

_MILLION = 1_000_000
_CLOSE = 3


# Coverage ------------------------------------------------------------------------------------------------------------


def class_of(n: int, of: int) -> str:
    """Class of a service that is online in n of `of` administrations; decided in whole numbers, never by rounding."""
    if n >= of > 0:
        return "flaechendeckend"
    if n and 10 * n >= round(10 * NEARLY) * of:
        return "fast"
    return "teilweise" if n else "nirgends"


def classified(rows: pd.DataFrame) -> pd.DataFrame:
    """Services with `klasse`, `klasse_text`, and `luecke` (administrations without proof) added."""
    classes = [class_of(n, of) for n, of in zip(rows["n"], rows["nenner"], strict=True)]
    return rows.assign(klasse=classes, klasse_text=[CLASSES[one] for one in classes], luecke=rows["nenner"] - rows["n"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What the reader wants to see; an empty text stands for all."""

    field: str = ""
    addressee: str = ""
    level: str = ""
    kind: str = ""


def chosen(rows: pd.DataFrame, wanted: Filter) -> pd.DataFrame:
    """Services that pass the filter; a service for both addressees passes for either."""
    keep = pd.Series(data=True, index=rows.index)
    if wanted.field:
        keep &= rows["themenfeld"] == wanted.field
    if wanted.addressee:
        keep &= rows["adressat"].isin([wanted.addressee, "beide"])
    if wanted.level:
        keep &= rows["ebene"] == wanted.level
    if wanted.kind:
        keep &= rows["klasse"] == wanted.kind
    return rows[keep]


def ordered(rows: pd.DataFrame, order: str) -> pd.DataFrame:
    """Services by share of administrations, then inhabitants; those of which nothing is known come last both ways."""
    keys = rows.assign(
        unbekannt=rows["u"] == rows["nenner"], anteil=rows["n"] / rows["nenner"],
        bevoelkerung=rows["einwohner_live"] / rows["einwohner"], wort=rows["leistung"].map(german.sort_key),
    )  # fmt: skip
    if order == "name":
        by, ascending = ["wort", "leika_key"], True
    else:
        upwards = order == "wenig"
        by, ascending = (
            ["unbekannt", "anteil", "bevoelkerung", "wort", "leika_key"],
            [True, upwards, upwards, True, True],
        )
    return rows.loc[keys.sort_values(by, ascending=ascending).index]


def class_counts(rows: pd.DataFrame) -> dict[str, int]:
    """Number of services of each class, all four named."""
    counts = rows["klasse"].value_counts()
    return {key: int(counts.get(key, 0)) for key in CLASSES}


def coverage_sentence(rows: pd.DataFrame) -> str:
    """Title of the page's first figure."""
    counts = class_counts(rows)
    return (
        f"{german.number(counts['flaechendeckend'])} von {german.count(len(rows), 'Leistung ist', 'Leistungen sind')} "
        f"flächendeckend online, {german.number(counts['fast'])} fast flächendeckend; "
        f"{german.number(counts['nirgends'])} {'ist' if counts['nirgends'] == 1 else 'sind'} nirgends nachgewiesen."
    )


def people(part: int, whole: int) -> str:
    """`1,39 von 2,10 Mio.`; rounded down, so that nothing looks complete that is not."""
    if whole < _MILLION:
        return f"{german.number(part)} von {german.number(whole)}"
    total = german.number(whole / _MILLION, 2)
    if part == whole:
        return f"{total} von {total} Mio."
    shown = floor(100 * part / _MILLION) / 100
    if not shown:
        return f"{'< 0,01' if part else '0'} von {total} Mio."
    if german.number(shown, 2) == total:
        return f"< {total} von {total} Mio."
    return f"{german.number(shown, 2)} von {total} Mio."


def service_sentence(name: str, triple: Triple, live: int, inhabitants: int) -> str:
    """Title of one service: administrations and inhabitants side by side."""
    return (
        f"„{name}“ ist in {german.number(triple.n)} von {german.number(triple.of)} zuständigen Verwaltungen online und "
        f"erreicht dort {german.number(live)} von {german.number(inhabitants)} Einwohnern."
    )


# Lever ---------------------------------------------------------------------------------------------------------------


def lever(rows: pd.DataFrame, limit: int | None = 10) -> pd.DataFrame:
    """Services nearest to full coverage, fewest administrations first, then most inhabitants; nothing known: not here."""
    reach = rows[(rows["luecke"] > 0) & (rows["u"] < rows["nenner"])]
    reach = reach.assign(
        einwohner_offen=reach["einwohner"] - reach["einwohner_live"], wort=reach["leistung"].map(german.sort_key)
    )
    nearest = reach.sort_values(["luecke", "einwohner_offen", "wort", "leika_key"], ascending=[True, False, True, True])
    return nearest.drop(columns="wort").head(limit if limit is not None else len(nearest))


def missing(services: pd.DataFrame, gaps: pd.DataFrame) -> pd.DataFrame:
    """One row for each administration that a service of the lever lacks, services in their order, known states first."""
    place = {state: position for position, state in enumerate(STATES)}
    lacking = gaps[gaps["leika_key"].isin(services["leika_key"])]
    rows = services[["leika_key", "leistung", "n", "nenner", "u", "luecke"]].merge(
        lacking.assign(rang=lacking["zustand"].map(place)), on="leika_key", how="inner", validate="one_to_many"
    )
    order = {key: position for position, key in enumerate(services["leika_key"])}
    rows = rows.assign(stelle=rows["leika_key"].map(order), wort=rows["einheit"].map(german.sort_key))
    return rows.sort_values(["stelle", "rang", "wort"]).drop(columns=["stelle", "rang", "wort"])


def lever_sentence(services: pd.DataFrame) -> str:
    """Title of the lever list; services: the whole lever, not only what is shown."""
    if services.empty:
        return "Keine dieser Leistungen hat eine Lücke, die sich aus dem Bekannten beziffern lässt."
    first = services.iloc[0]
    close = int((services["luecke"] <= _CLOSE).sum())
    triple = german.n_of(first["n"], first["nenner"], first["u"])
    start = (
        f"Bei {german.count(close, 'Leistung', 'Leistungen')} fehlt der Nachweis aus höchstens drei Verwaltungen; am "
        f"kleinsten ist die Lücke bei „{first['leistung']}“"
        if close
        else f"Am nächsten an der Flächendeckung ist „{first['leistung']}“"
    )
    return f"{start} ({triple})."


# Stages --------------------------------------------------------------------------------------------------------------


def funnel(stays: pd.DataFrame) -> pd.DataFrame:
    """One row a state in order of progress, those beside the way last.

    stays: zustand, laeuft, tage, anzahl. Result: zustand, stufe, beiseite, anzahl (stand there now), median_jetzt (days
    they have stood there), beendet (stays that ended), median_beendet (their length). A median of nothing is missing.
    """
    lengths: dict[tuple[str, bool], list[tuple[int, int]]] = defaultdict(list)
    summed = stays.groupby(["zustand", "laeuft", "tage"], sort=False)["anzahl"].sum()
    for (state, running, days), number in summed.items():
        lengths[state, bool(running)].append((days, number))
    lines = []
    for state in (*STAGES, *ASIDE):
        now, ended = lengths[state, True], lengths[state, False]
        timed = STATES[state].known
        lines.append(
            {
                "zustand": state,
                "stufe": STATES[state].label,
                "beiseite": state in ASIDE,
                "anzahl": sum(number for _, number in now),
                "median_jetzt": _median(now) if timed else None,
                "beendet": sum(number for _, number in ended) if timed else None,
                "median_beendet": _median(ended) if timed else None,
            }
        )
    return pd.DataFrame(lines).astype({"median_jetzt": float, "beendet": float, "median_beendet": float})


def _median(lengths: list[tuple[int, int]]) -> float | None:
    """Median of days of which each is there some times; of an even number the mean of the middle two."""
    total = sum(number for _, number in lengths)
    if not total:
        return None
    middle = {(total - 1) // 2, total // 2}
    found, passed = [], 0
    for days, number in sorted(lengths):
        found += [days for place in middle if passed <= place < passed + number]
        passed += number
    return sum(found) / len(found)


def funnel_triple(stages: pd.DataFrame) -> Triple:
    """n, N and u of the funnel; the same as the coverage of these services."""
    counts = stages.set_index("zustand")["anzahl"]
    return Triple(n=int(counts[list(ONLINE)].sum()), of=int(counts.sum()), u=int(counts["keine_meldung"]))


def funnel_sentence(stages: pd.DataFrame) -> str:
    """Title of the funnel: what is on the way, and where it takes longest."""
    triple = funnel_triple(stages)
    under_way = stages[stages["zustand"].isin(BEGUN) & (stages["anzahl"] > 0)]
    if triple.n == triple.of > 0:
        return f"Alle {german.number(triple.of)} Zuständigkeiten sind online."
    if under_way.empty:
        return f"Keine der {german.number(triple.of)} Zuständigkeiten ist als unterwegs gemeldet."
    begun = int(under_way["anzahl"].sum())
    start = f"{german.number(begun)} von {german.number(triple.of)} Zuständigkeiten {'ist' if begun == 1 else 'sind'} unterwegs"
    ended = under_way["beendet"].sum() > 0
    days = under_way["median_beendet" if ended else "median_jetzt"]
    if not days.max():
        return f"{start}."
    slowest = [f"„{stage}“" for stage in under_way.loc[days == days.max(), "stufe"]]
    verb = ("dauert" if len(slowest) == 1 else "dauern") if ended else "stehen sie auf"
    return f"{start}; am längsten {verb} {german.listing(slowest)}: im Median {_days(days.max())}."


def _days(days: float) -> str:
    return german.count(round(days), "Tag", "Tage")


def open_cells(services: pd.DataFrame, gaps: pd.DataFrame, stand: date) -> pd.DataFrame:
    """Gaps that are begun or planned, with name, state in words, days in the state and days past the planned date."""
    names = services.set_index("leika_key")["leistung"]
    moving = gaps[gaps["zustand"].isin(BEGUN) | gaps["geplant_am"].notna()]
    rows = moving[moving["leika_key"].isin(names.index)]
    day = pd.Timestamp(stand)
    return rows.assign(
        leistung=rows["leika_key"].map(names),
        zustand_text=rows["zustand"].map({key: state.label for key, state in STATES.items()}),
        tage=(day - rows["seit"]).dt.days,
        ueber=(day - rows["geplant_am"]).dt.days,
    )


def stalled(cells: pd.DataFrame) -> pd.DataFrame:
    """Begun and without a change of state for more than STALLED_DAYS; longest first."""
    rows = cells[cells["zustand"].isin(BEGUN) & (cells["tage"] > STALLED_DAYS)]
    return rows.sort_values(["tage", "leistung", "einheit"], ascending=[False, True, True])


def overdue(cells: pd.DataFrame) -> pd.DataFrame:
    """Not online although the planned date has passed; the state stays what was reported. Oldest plan first."""
    return cells[cells["ueber"] > 0].sort_values(["ueber", "leistung", "einheit"], ascending=[False, True, True])


def stalled_sentence(rows: pd.DataFrame, cells: pd.DataFrame) -> str:
    """Title of the list of stalled cells."""
    begun = int(cells["zustand"].isin(BEGUN).sum())
    if rows.empty:
        return f"Keine der {german.number(begun)} begonnenen Zuständigkeiten steht seit mehr als {STALLED_DAYS} Tagen still."
    return (
        f"{german.number(len(rows))} von {german.number(begun)} begonnenen Zuständigkeiten "
        f"{'steht' if len(rows) == 1 else 'stehen'} seit mehr als {STALLED_DAYS} Tagen auf derselben Stufe."
    )


def overdue_sentence(rows: pd.DataFrame, cells: pd.DataFrame) -> str:
    """Title of the list of overdue cells; says that a date moves no state."""
    planned = int(cells["geplant_am"].notna().sum())
    if rows.empty:
        return f"Von {german.count(planned, 'offenem Termin', 'offenen Terminen')} ist keiner verstrichen."
    return (
        f"{german.number(len(rows))} von {german.count(planned, 'offenen Termin', 'offenen Terminen')} "
        f"{'ist' if len(rows) == 1 else 'sind'} verstrichen, ohne dass die Leistung online ist."
    )


# One service ---------------------------------------------------------------------------------------------------------


def trend_sentence(history: pd.DataFrame, stand: date) -> str:
    """Title of one service's development: first against now, each with its own denominator."""
    official = history[history["massgeblich"] & (history["stichtag"] <= pd.Timestamp(stand))]
    if len(official) < 2:  # noqa: PLR2004 - a development needs two points
        return "Für eine Entwicklung liegt erst ein Stand vor."
    first, now = official.iloc[0], official.iloc[-1]
    return (
        f"Im {german.month(first['stichtag'])} war sie in {german.number(first['n'])} von {german.number(first['nenner'])} "
        f"Verwaltungen online, im {german.month(now['stichtag'])} in {german.number(now['n'])} von {german.number(now['nenner'])}."
    )


def unit_counts(units: pd.DataFrame) -> Triple:
    """n, N, u of one service from its administrations; those that are not responsible do not count."""
    counted = units[units["zustand"] != "nicht_zustaendig"]
    live = counted["zustand"].isin(ONLINE)
    return Triple(n=int(live.sum()), of=len(counted), u=int((counted["zustand"] == "keine_meldung").sum()))


def unit_rows(units: pd.DataFrame) -> pd.DataFrame:
    """Administrations of one service with `angebot`, `hinweis` and the state in words, by state, then by name."""
    place = {state: position for position, state in enumerate(STATES)}
    rows = units.assign(
        angebot=[_offer(row) for row in units.itertuples()],
        hinweis=[_remark(row) for row in units.itertuples()],
        zustand_text=units["zustand"].map({key: state.label for key, state in STATES.items()}),
        rang=units["zustand"].map(place),
        wort=units["einheit"].map(german.sort_key),
    )
    return rows.sort_values(["rang", "wort"]).drop(columns=["rang", "wort"])


def _offer(unit: object) -> str:
    if unit.zustand not in (*ONLINE, "gestoert"):
        return "–"
    return f"bereitgestellt von {unit.geerbt_von}" if unit.beleg == "geerbt" else "eigener Dienst"


def _remark(unit: object) -> str:
    parts = []
    if unit.zu_pruefen and unit.zustand != "gestoert":
        parts.append("Widerspruch, zu prüfen")
    if unit.beleg != "eigen" and unit.mitglieder_belegt:
        parts.append(f"teilweise: {unit.mitglieder_belegt} von {unit.mitglieder} Mitgliedsgemeinden")
    return "; ".join(parts)


def stays_of(units: pd.DataFrame, stand: date) -> pd.DataFrame:
    """The administrations of one service as running stays, in the form that `funnel` takes."""
    counted = units[units["zustand"] != "nicht_zustaendig"]
    days = (pd.Timestamp(stand) - counted["seit"]).dt.days
    return pd.DataFrame({"zustand": counted["zustand"], "laeuft": True, "tage": days, "anzahl": 1})
