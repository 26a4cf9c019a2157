"""Gradmesser-Index: three parts from 0 to 100 and their weighted mean, never without the parts; pure functions.

Rules: docs/methodik.md §4. A part that cannot be computed is missing: it is not imputed, the other weights are scaled up, and
below 60 % of the weight there is no index. Components, base weights and version are written in the catalogue.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from gradmesser import german, registers
from gradmesser.catalog import LAND, REPORT_THRESHOLD, SMALL_DENOMINATOR, measures

MEASURE_ID = "gradmesser_index"
LEAST_WEIGHT = 0.6
DRAWS = 1000
SEED = 2026
CONCENTRATION = 50
"""Sum of the Dirichlet parameters: a weight of 50 then spreads by about 7, one of 20 by about 6 points."""
INTERVAL = (0.1, 0.9)
BANDS = (80, 60, 40, 20, 0)
_DIGITS = 9
_COUNTS = ["n", "nenner", "u", "link_ok", "link_geprueft", "link_ungeprueft", "live_gemeldet", "ohne_portalverbund", "ohne_eigene_meldung"]  # fmt: skip

Weights = Mapping[str, float]
"""Weight by component; only their ratio counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What the catalogue says of the index: version, label and base weight of each component."""

    version: str
    labels: dict[str, str]
    weights: dict[str, float]


@cache
def definition() -> Definition:
    """Definition of the index from the catalogue."""
    measure = measures()[MEASURE_ID]
    weights = {part: float(measure.auspraegungen[part]) for part in measure.merkmale}
    return Definition(version=measure.auspraegungen["version"], labels=dict(measure.merkmale), weights=weights)


def parse_weights(text: str) -> dict[str, float] | None:
    """Weights of `50-30-20`; None for anything that is not one whole number from 0 to 100 a component, not all 0."""
    parts = list(definition().weights)
    if not re.fullmatch(r"\d{1,3}(-\d{1,3})*", text, re.ASCII):
        return None
    numbers = [int(number) for number in text.split("-")]
    if len(numbers) != len(parts) or max(numbers) > 100 or not any(numbers):  # noqa: PLR2004 - percent
        return None
    return dict(zip(parts, map(float, numbers), strict=True))


def write_weights(weights: Weights) -> str:
    """`50-30-20`, the form of the address."""
    return "-".join(f"{weights[part]:.0f}" for part in definition().weights)


def components(units: pd.DataFrame, register_rows: pd.DataFrame) -> pd.DataFrame:
    """Units with their parts: angebot, register, qualitaet, link, luecke (0 to 100, missing where not computable).

    units: rows of gradmesser_index; register_rows: rows of register_stand. Adds register_n, register_nenner, meldequote too.
    """
    reached = register_rows.assign(anteil=(register_rows["lueckenlos"] / register_rows["moeglich"]).astype("float64"))
    kept = reached.groupby("ars").agg(
        register_n=("gemeldet", "sum"), register_nenner=("gemeldet", "size"), fortschritt=("anteil", "mean")
    )
    table = units.merge(kept, left_on="ars", right_index=True, how="left", validate="one_to_one")
    counts = table[["register_n", "register_nenner"]].astype("Int64")
    table[["register_n", "register_nenner"]] = counts.where(counts.notna(), 0)
    return _with_parts(table)


def of_land(units: pd.DataFrame, register_rows: pd.DataFrame) -> pd.DataFrame:
    """One row like those of `components`: the same rules on the sums of all units and on all registers, no weight by people."""
    if units.empty:
        return components(units, register_rows)
    row = units[_COUNTS].sum().to_frame().T.assign(ars=LAND, name="Thüringen", gruppe="land", kreis_ars=LAND)
    found = registers.progress(register_rows)
    row = row.assign(
        einwohner=units["einwohner"].sum(), register_n=found.reporting, register_nenner=found.of,
        fortschritt=np.nan if found.value is None else found.value,
    )  # fmt: skip
    return _with_parts(row)


def _with_parts(table: pd.DataFrame) -> pd.DataFrame:
    known, told = table["nenner"] - table["u"], table["register_n"].astype("float64")
    report_rate = _ratio(known, table["nenner"])
    link, gap = (
        _ratio(table["link_ok"], table["link_geprueft"]),
        _ratio(table["ohne_portalverbund"], table["live_gemeldet"]),
    )
    registers_told = _ratio(told, table["register_nenner"])
    return table.assign(
        meldequote=report_rate,
        angebot=(100 * _ratio(table["n"], known)).where(report_rate >= REPORT_THRESHOLD),
        register=(100 * table["fortschritt"].astype("float64")).where(registers_told >= REPORT_THRESHOLD),
        link=100 * link,
        luecke=100 * gap,
        qualitaet=100 * (link / 2 + (1 - gap) / 2),
    )


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Share, missing where the denominator is 0."""
    whole = whole.astype("float64")
    return part.astype("float64") / whole.where(whole > 0)


def scored(table: pd.DataFrame, weights: Weights) -> pd.DataFrame:
    """Adds index, geometrisch, gewicht (share of the weight that is present) and beitrag_<part>, each part's points.

    index is missing where less than 60 % of the weight is present.
    """
    names = list(definition().weights)
    values, share = table[names].to_numpy(dtype=float), _normal(weights)
    there = ~np.isnan(values)
    present = (there * share).sum(axis=1)
    enough = present >= LEAST_WEIGHT - 10.0**-_DIGITS
    used = np.where(there, share, 0) / np.where(present > 0, present, 1)[:, None]
    points = np.where(there, used * np.where(there, values, 0), 0)
    with np.errstate(divide="ignore"):
        logs = np.where(used > 0, np.log(np.where(there, values, 1)), 0)
    geometric = np.exp((used * logs).sum(axis=1))
    added = table.assign(
        index=np.where(enough, points.sum(axis=1).clip(0, 100).round(_DIGITS), np.nan),
        geometrisch=np.where(enough, geometric.clip(0, 100).round(_DIGITS), np.nan),
        gewicht=present.round(_DIGITS),
    )
    return added.assign(**{f"beitrag_{name}": points[:, place] for place, name in enumerate(names)})


def _normal(weights: Weights) -> np.ndarray:
    raw = np.array([weights[name] for name in definition().weights], dtype=float)
    return raw / raw.sum()


def ranked(table: pd.DataFrame, weights: Weights) -> pd.DataFrame:
    """Adds rang, rang_von, rang_bis and rang_aus (how many are ranked) inside each gruppe; missing where there is no rank.

    table: rows of `scored`. Ranked is who has an index, a Meldequote of 60 % and 10 services. The interval always holds the
    rank at the given weights: near the edge of the draws it may lie outside their middle 80 %.
    """
    able = table["index"].notna() & (table["meldequote"] >= REPORT_THRESHOLD) & (table["nenner"] >= SMALL_DENOMINATOR)
    result = table.assign(
        **{name: pd.array([pd.NA] * len(table), dtype="Int64") for name in ("rang", "rang_von", "rang_bis", "rang_aus")}
    )
    drawn = _drawn(weights)
    for _, group in table[able].groupby("gruppe"):
        values = group[list(definition().weights)].to_numpy(dtype=float)
        rank = _ranks(_indices(values, _normal(weights)[None, :]))[0]
        ranks = np.sort(_ranks(_indices(values, drawn)), axis=0)
        low, high = (ranks[min(DRAWS - 1, int(share * DRAWS))] for share in INTERVAL)
        for name, column in (("rang", rank), ("rang_von", np.minimum(low, rank)), ("rang_bis", np.maximum(high, rank))):
            result.loc[group.index, name] = column.astype(int)
        result.loc[group.index, "rang_aus"] = len(group)
    return result


def _drawn(weights: Weights) -> np.ndarray:
    """1,000 weights around the given ones; a component of weight 0 stays at 0."""
    centre = _normal(weights)
    used = centre > 0
    drawn = np.zeros((DRAWS, len(centre)))
    drawn[:, used] = np.random.default_rng(SEED).dirichlet(CONCENTRATION * centre[used], size=DRAWS)
    return drawn


def _indices(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Index of each unit (columns) under each set of weights (rows), over the parts that are there; equal units stay equal."""
    there = ~np.isnan(values)
    present = weights @ there.T
    return np.round((weights @ np.where(there, values, 0).T) / np.where(present > 0, present, 1), _DIGITS)


def _ranks(indices: np.ndarray) -> np.ndarray:
    """Rank of each unit (columns) in each draw (rows), the highest index first; equal ones share the better rank."""
    order = np.argsort(-indices, axis=1, kind="stable")
    values = np.take_along_axis(indices, order, axis=1)
    first = np.ones(values.shape, dtype=bool)
    first[:, 1:] = values[:, 1:] != values[:, :-1]
    places = np.maximum.accumulate(np.where(first, np.arange(1, values.shape[1] + 1), 0), axis=1)
    ranks = np.empty_like(places)
    np.put_along_axis(ranks, order, places, axis=1)
    return ranks


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """By index, the highest first, equal ones by name; what is not computable comes last."""
    by_name = table.sort_values("name", key=lambda names: names.map(german.sort_key))
    return by_name.sort_values("index", ascending=False, na_position="last", kind="stable")


# Words -----------------------------------------------------------------------------------------------------------------


def index_text(row: object) -> str:
    """`62`, or `nicht berechenbar`."""
    return "nicht berechenbar" if pd.isna(row.index_wert) else german.number(row.index_wert)


def offer_text(row: object) -> str:
    """Angebot with its counts, or why it is missing."""
    counts = german.n_of(row.n, row.nenner, row.u)
    return (
        f"k. A. ({counts}; erst {german.share(row.nenner - row.u, row.nenner, 0)} gemeldet)"
        if pd.isna(row.angebot)
        else f"{german.number(row.angebot)} ({counts})"
    )


def register_text(row: object) -> str:
    """Register with how many of them report, or why it is missing."""
    counts = register_counts(row)
    return f"k. A. ({counts})" if pd.isna(row.register) else f"{german.number(row.register)} ({counts})"


def register_counts(row: object) -> str:
    """`5 von 6 Registern gemeldet`."""
    return f"{german.number(row.register_n)} von {german.number(row.register_nenner)} Registern gemeldet"


def quality_text(row: object) -> str:
    """Qualität with both halves in counts, or which half is missing."""
    halves = f"{link_text(row)}; {gap_text(row)}"
    return f"k. A. ({halves})" if pd.isna(row.qualitaet) else f"{german.number(row.qualitaet)} ({halves})"


def link_text(row: object) -> str:
    """`56 von 58 Links erreichbar`."""
    if not row.link_geprueft:
        return "kein Link geprüft"
    unknown = f", {german.number(row.link_ungeprueft)} ungeprüft" if row.link_ungeprueft else ""
    return (
        f"{german.number(row.link_ok)} von {german.number(row.link_geprueft)} Leistungen mit erreichbarem Link{unknown}"
    )


def gap_text(row: object) -> str:
    """`1 von 50 gemeldeten nicht im Portalverbund`."""
    if not row.live_gemeldet:
        return "keine Leistung selbst als online gemeldet"
    return f"{german.number(row.ohne_portalverbund)} von {german.number(row.live_gemeldet)} als online gemeldeten nicht im Portalverbund"


def silent_text(row: object) -> str:
    """`zu 3 Leistungen keine eigene Meldung`."""
    return f"zu {german.count(int(row.ohne_eigene_meldung), 'Leistung', 'Leistungen')} keine eigene Meldung"


def rank_text(row: object) -> str:
    """`12 bis 31 von 160`, never one rank alone; why there is none."""
    if not pd.isna(row.rang):
        span = (
            german.number(row.rang_von)
            if row.rang_von == row.rang_bis
            else f"{german.number(row.rang_von)} bis {german.number(row.rang_bis)}"
        )
        return f"{span} von {german.number(row.rang_aus)}"
    if pd.isna(row.index_wert):
        return "–"
    return (
        "kein Rang: weniger als 10 Leistungen" if row.nenner < SMALL_DENOMINATOR else "kein Rang: Meldequote unter 60 %"
    )


def reason(row: object) -> str:
    """Why there is no index, or which parts it does without; empty if all are there."""
    labels = definition().labels
    absent = [label for part, label in labels.items() if pd.isna(getattr(row, part))]
    if not absent:
        return ""
    named = german.listing(absent)
    part = german.share(row.gewicht, 1, 0)
    if pd.isna(row.index_wert):
        return f"nicht berechenbar: {named} ohne genügende Angaben, vorhanden sind {part} des Gewichts, nötig 60 %"
    return f"ohne {named}; die übrigen Gewichte sind auf 100 hochgerechnet"


def described(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of `ranked` with what a table shows: index_wert, band and the texts of index, parts, rank and remark."""
    table = table.rename(columns={"index": "index_wert"})
    rows = list(table.itertuples())
    return table.assign(
        band=[band(row.index_wert) for row in rows], index_text=[index_text(row) for row in rows],
        angebot_text=[offer_text(row) for row in rows], register_text=[register_text(row) for row in rows],
        qualitaet_text=[quality_text(row) for row in rows], rang_text=[rank_text(row) for row in rows],
        hinweis=[reason(row) for row in rows],
    )  # fmt: skip


def band(value: float) -> str:
    """Absolute class of 20 points: `60 bis unter 80`."""
    if pd.isna(value):
        return "nicht berechenbar"
    low = next(bound for bound in BANDS if value >= bound)
    return f"{low} bis 100" if low == BANDS[0] else f"{low} bis unter {low + 20}"


def weights_text(weights: Weights) -> str:
    """`50 % Angebot, 30 % Register, 20 % Qualität`: what the numbers given mean as shares."""
    shares = _normal(weights)
    return ", ".join(
        f"{german.number(100 * share, 0 if float(100 * share).is_integer() else 1)} % {label}"
        for share, label in zip(shares, definition().labels.values(), strict=True)
    )


def group_sentence(table: pd.DataFrame, group: str) -> str:
    """Title of one group: how many have an index and where their middle lies; no winner, no loser."""
    known = table["index"].dropna()
    if known.empty:
        return f"Gradmesser-Index, {group}: Für keine der {german.number(len(table))} Verwaltungen reichen die Angaben."
    low, middle, high = (german.number(known.quantile(part)) for part in (0.25, 0.5, 0.75))
    return (
        f"Gradmesser-Index, {group}: {german.number(len(known))} von {german.number(len(table))} Verwaltungen sind berechenbar, "
        f"die mittlere Hälfte liegt zwischen {low} und {high}, der Median bei {middle}."
    )


def unit_sentence(row: object) -> str:
    """Title of one unit's index: the number in its band, then the rank as an interval."""
    if pd.isna(row.index_wert):
        return f"Gradmesser-Index: für {row.name} {row.hinweis}."
    rank = f"; Rangspanne in der Gruppe {row.rang_text}" if not pd.isna(row.rang) else f"; {row.rang_text}"
    remark = f" ({row.hinweis})" if row.hinweis else ""
    return f"Gradmesser-Index {definition().version}: {row.name} steht bei {row.index_text} von 100{rank}{remark}."
