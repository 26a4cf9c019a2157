"""Who is surely ahead of whom: rank bands from the interval, and change among those who started alike; pure functions.

A unit is surely ahead of another only if its lower bound is above the other's upper bound. Definitions: docs/methodik.md §4.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gradmesser import german
from gradmesser.catalog import REPORT_THRESHOLD, SMALL_DENOMINATOR
from gradmesser.findings import GROUPS

START_BAND = 20
"""Width of a band of starting levels in percent."""

LEAST_IN_BAND = 3
"""From so many units that started alike a band is compared."""

ORDERS = {"name": "nach Namen", "viel": "viel zuerst", "wenig": "wenig zuerst"}

_PERCENT = 100


def measured(rows: pd.DataFrame) -> pd.DataFrame:
    """Units with `unten` and `oben` (bounds of the share in percent), `meldequote` and whether they are `gereiht`.

    rows: ars, name, gruppe, n, nenner, u, einwohner. Below the reporting threshold or with few services nobody is ranked.
    """
    reported = (rows["nenner"] - rows["u"]) / rows["nenner"]
    return rows.assign(
        unten=_PERCENT * rows["n"] / rows["nenner"], oben=_PERCENT * (rows["n"] + rows["u"]) / rows["nenner"],
        meldequote=reported, gereiht=(reported >= REPORT_THRESHOLD) & (rows["nenner"] >= SMALL_DENOMINATOR),
    )  # fmt: skip


def ranked(rows: pd.DataFrame) -> pd.DataFrame:
    """Units of one group with `platz_von` and `platz_bis` among those that are ranked (`von_allen`); else missing."""
    if len(rows["gruppe"].unique()) > 1:
        raise ValueError("Plätze gibt es nur innerhalb einer Gruppe.")
    table = measured(rows)
    inside = table[table["gereiht"]]
    best, worst = bands(inside["n"], inside["n"] + inside["u"], inside["nenner"])
    return table.assign(
        platz_von=pd.Series(best, index=inside.index, dtype="Int64"),
        platz_bis=pd.Series(worst, index=inside.index, dtype="Int64"),
        von_allen=len(inside),
    )


def bands(lower: pd.Series, upper: pd.Series, scale: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Best and worst possible place of each of the intervals lower/scale to upper/scale; whole numbers, compared exactly."""
    low, high, of = (series.to_numpy(dtype=np.int64) for series in (lower, upper, scale))
    ahead = low[:, None] * of[None, :] > high[None, :] * of[:, None]
    return 1 + ahead.sum(axis=0), len(of) - ahead.sum(axis=1)


def ordered(table: pd.DataFrame, order: str) -> pd.DataFrame:
    """Units by name or by lower bound; those without a rank come last both ways, by name."""
    keys = table.assign(
        wort=table["name"].map(german.sort_key), fehlt=~table["gereiht"], wert=table["unten"].where(table["gereiht"])
    )
    if order == "name":
        return table.loc[keys.sort_values(["fehlt", "wort", "ars"]).index]
    by = keys.sort_values(["fehlt", "wert", "wort", "ars"], ascending=[True, order == "wenig", True, True])
    return table.loc[by.index]


def place(row: Mapping[str, object]) -> str:
    """`Platz 12 bis 45 von 160`, `Platz 3 von 17`, or why there is none."""
    if not row["gereiht"]:
        return "ohne Platz"
    best, worst = int(row["platz_von"]), int(row["platz_bis"])
    between = f"{german.number(best)} bis {german.number(worst)}" if best < worst else german.number(best)
    return f"Platz {between} von {german.number(int(row['von_allen']))}"


def rank_sentence(row: pd.Series) -> str:
    """Where one unit stands in its group, for running text."""
    group = GROUPS[row["gruppe"]]
    if not row["gereiht"] and row["nenner"] < SMALL_DENOMINATOR:
        return f"{row['name']} ist für {german.number(row['nenner'])} Leistungen zuständig; für einen Platz sind das zu wenige."
    if not row["gereiht"]:
        known = german.share(row["nenner"] - row["u"], row["nenner"])
        return (
            f"Für {row['name']} sind erst {known} der Leistungen bekannt. Einen Platz gibt es ab 60 % Meldequote; eine "
            "Meldung genügt, um dabei zu sein."
        )
    return f"{row['name']}: {place(row)} ({group}, Meldequote ab 60 %)."


def distribution_sentence(table: pd.DataFrame, own: pd.Series | None) -> str:
    """Title of the distribution: the own unit against the others, as far as that is sure, in counts."""
    inside = int(table["gereiht"].sum())
    group = GROUPS[table["gruppe"].iloc[0]]
    if own is None or not own["gereiht"]:
        return (
            f"{group}: {german.number(inside)} von {german.number(len(table))} Verwaltungen haben genug gemeldet, um sie zu "
            "vergleichen."
        )
    ahead, behind = int(own["platz_von"]) - 1, inside - int(own["platz_bis"])
    return (
        f"{own['name']} hat {german.number(own['n'])} von {german.number(own['nenner'])} Leistungen nachgewiesen online. Von "
        f"{german.number(inside - 1)} anderen {_have(behind)} sicher weniger, {german.number(ahead)} sicher mehr."
    )


def _have(count: int) -> str:
    return f"{'hat' if count == 1 else 'haben'} {german.number(count)}"


def people_sentence(table: pd.DataFrame) -> str:
    """Title of the distribution by inhabitants: how many live where at least half is proven online, in counts."""
    everyone = int(table["einwohner"].sum())
    half = table[2 * table["n"] >= table["nenner"]]
    unknown = int(table.loc[~table["gereiht"], "einwohner"].sum())
    return (
        f"{GROUPS[table['gruppe'].iloc[0]]}: {german.number(int(half['einwohner'].sum()))} von {german.number(everyone)} Einwohnern leben, "
        f"wo mindestens die Hälfte der Leistungen nachgewiesen online ist; für {german.number(unknown)} ist zu wenig gemeldet."
    )


# Change ---------------------------------------------------------------------------------------------------------------


def changed(rows: pd.DataFrame) -> pd.DataFrame:
    """Units of one group with the change of n/N in percentage points on one list, and their place among equal starters.

    rows: queries/vergleich_veraenderung.sql. `verglichen` are those above the threshold on both days; only they have
    `startband` (lower end in percent), `pp`, `pp_unten`, `pp_oben`, and in a band of at least three a place.
    """
    if len(rows["gruppe"].unique()) > 1:
        raise ValueError("Veränderungen werden nur innerhalb einer Gruppe verglichen.")
    then = rows.assign(n=rows["n_vorher"], nenner=rows["nenner_vorher"], u=rows["u_vorher"])
    now, before = measured(rows), measured(then[then["nenner"] > 0]).reindex(rows.index)
    compared = now["gereiht"] & before["gereiht"].eq(other=True)
    table = now.assign(
        verglichen=compared,
        start=before["unten"].where(compared),
        startband=(before["unten"].where(compared) // START_BAND * START_BAND).clip(upper=_PERCENT - START_BAND).astype("Int64"),
        pp=(now["unten"] - before["unten"]).where(compared),
        pp_unten=(now["unten"] - before["oben"]).where(compared),
        pp_oben=(now["oben"] - before["unten"]).where(compared),
        katalog=(rows["n_vorher"] - rows["n_alt"]).astype("Int64"),
    )  # fmt: skip
    places = [_placed(part) for _, part in table[compared].groupby("startband") if len(part) >= LEAST_IN_BAND]
    empty = pd.DataFrame(columns=["platz_von", "platz_bis", "von_allen"])
    return table.join(pd.concat([empty, *places]).astype("Int64"))


def _placed(part: pd.DataFrame) -> pd.DataFrame:
    of, before = part["nenner"], part["nenner_vorher"]
    lower = part["n"] * before - (part["n_vorher"] + part["u_vorher"]) * of
    upper = (part["n"] + part["u"]) * before - part["n_vorher"] * of
    best, worst = bands(lower, upper, of * before)
    return pd.DataFrame({"platz_von": best, "platz_bis": worst, "von_allen": len(part)}, index=part.index)


def band_label(start: int) -> str:
    """`20 bis unter 40 %`; the last one ends with 100 %."""
    end = start + START_BAND
    return f"{start} bis {end} %" if end == _PERCENT else f"{start} bis unter {end} %"


def change_sentence(table: pd.DataFrame, since: str) -> str:
    """Title of level and change."""
    compared = table[table["verglichen"]]
    group = GROUPS[table["gruppe"].iloc[0]]
    if compared.empty:
        return f"{group}: Zum {since} und heute hat noch keine Verwaltung so viel gemeldet, dass man die Veränderung vergleichen kann."
    grown = int((compared["pp"] > 0).sum())
    return (
        f"{group}: {german.number(grown)} von {german.number(len(compared))} vergleichbaren Verwaltungen haben seit dem {since} "
        f"zugelegt, im Mittel {german.points(compared['pp'].mean())}."
    )


def change_rank_sentence(row: pd.Series) -> str:
    """Where one unit stands among those that started alike."""
    if not row["verglichen"]:
        return f"{row['name']} hat an einem der beiden Tage weniger als 60 % gemeldet; die Veränderung ist noch nicht vergleichbar."
    start = f"Gestartet mit {band_label(int(row['startband']))}"
    if pd.isna(row["platz_von"]):
        return f"{start}: {row['name']} {german.points(row['pp'])}; so gestartet sind zu wenige für einen Vergleich."
    return f"{start}: {row['name']} {german.points(row['pp'])}, {place(row.to_dict() | {'gereiht': True})} gleich Gestarteten."
