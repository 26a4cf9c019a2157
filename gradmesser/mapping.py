"""From history of units to areas of a map: one row an area and day, whatever the level, service and weight.

An area shows what holds for the people living there: a Gemeinde its responsible administration, and for a service that the
Kreis is responsible for, its Kreis. On level Kreise the administrations inside are pooled.
"""

import pandas as pd

from gradmesser.catalog import STATES

LEVELS = ("gemeinden", "verwaltungen", "kreise")
UNKNOWN = "keine_meldung"
SHARE_KEYS = tuple(f"anteil_{position}" for position in range(10))


def areas(units: pd.DataFrame, level: str) -> pd.DataFrame:
    """Areas of a level: ars, name, zustaendig_ars, kreis_ars, einwohner."""
    columns = ["ars", "name", "zustaendig_ars", "kreis_ars", "einwohner"]
    if level == "gemeinden":
        return units.loc[units["ebene"] == "gemeinde", columns]
    responsible = units[units["ars"] == units["zustaendig_ars"]]
    if level == "verwaltungen":
        return responsible.loc[responsible["gruppe"] != "landkreis", columns]
    return responsible.loc[responsible["gruppe"].isin(["landkreis", "kreisfreie_stadt"]), columns]


def rollin(units: pd.DataFrame, history: pd.DataFrame, level: str, weight: str) -> pd.DataFrame:
    """All services: stichtag, ars, n, nenner, u, klasse; classes of 10 % by the proven lower bound n/N.

    history: stichtag, ars, n, nenner, u, kreis_ars, einwohner of every responsible unit. With weight "einwohner" a
    Kreis is coloured by the mean of its administrations weighted by inhabitants.
    """
    if level == "kreise":
        shares = history.assign(gewichtet=history["n"] / history["nenner"] * history["einwohner"])
        rows = shares.groupby(["stichtag", "kreis_ars"], as_index=False)[
            ["n", "nenner", "u", "gewichtet", "einwohner"]
        ].sum()
        rows = rows.rename(columns={"kreis_ars": "ars"})
        rows["anteil"] = rows["gewichtet"] / rows["einwohner"] if weight == "einwohner" else rows["n"] / rows["nenner"]
    else:
        rows = areas(units, level)[["ars", "zustaendig_ars"]].merge(
            history.rename(columns={"ars": "zustaendig_ars"}), on="zustaendig_ars", validate="many_to_many"
        )
        rows["anteil"] = rows["n"] / rows["nenner"]
    rows["klasse"] = _share_class(rows["anteil"]).where(rows["u"] < rows["nenner"], UNKNOWN)
    return rows[["stichtag", "ars", "n", "nenner", "u", "anteil", "klasse"]]


def usable(units: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """One service as people can use it: for each municipal unit its own cell, else that of its Landkreis.

    history as for `service`; Landkreise are no units of their own in the result. A unit whose own cell says that it is not
    responsible has none.
    """
    places = areas(units, "verwaltungen")[["ars", "kreis_ars", "einwohner"]]
    cells = history.loc[history["zustand"] != "nicht_zustaendig", ["stichtag", "ars", "zustand"]]
    own = places.merge(cells, on="ars", validate="one_to_many").assign(selbst=True)
    of_kreis = places.merge(cells.rename(columns={"ars": "kreis_ars"}), on="kreis_ars", validate="many_to_many")
    both = pd.concat([own, of_kreis.assign(selbst=False)], ignore_index=True)
    return (
        both.sort_values(["stichtag", "ars", "selbst"], ascending=[True, True, False])
        .drop_duplicates(["stichtag", "ars"])
        .drop(columns="selbst")[["stichtag", "ars", "zustand", "kreis_ars", "einwohner"]]
    )


def service(units: pd.DataFrame, history: pd.DataFrame, level: str, weight: str) -> pd.DataFrame:
    """One service: stichtag, ars, n, nenner, u, klasse; below level Kreise the class is the state of the cell.

    history: stichtag, ars, zustand, kreis_ars, einwohner of the units that are responsible for the service.
    """
    live = history["zustand"].map(lambda key: STATES[key].live)
    responsible = history["zustand"] != "nicht_zustaendig"
    counted = history.assign(
        n=live.astype(int), nenner=responsible.astype(int), u=(history["zustand"] == UNKNOWN).astype(int)
    )
    if level == "kreise":
        counted = counted[responsible].copy()
        counted["live_einwohner"] = counted["einwohner"].where(live, 0)
        rows = counted.groupby(["stichtag", "kreis_ars"], as_index=False)[
            ["n", "nenner", "u", "live_einwohner", "einwohner"]
        ].sum()
        rows = rows.rename(columns={"kreis_ars": "ars"})
        rows["anteil"] = (
            rows["live_einwohner"] / rows["einwohner"] if weight == "einwohner" else rows["n"] / rows["nenner"]
        )
        rows["klasse"] = _share_class(rows["anteil"]).where(rows["u"] < rows["nenner"], UNKNOWN)
    else:
        units_of_it = set(history["ars"])
        places = areas(units, level)[["ars", "zustaendig_ars", "kreis_ars"]]
        own = places["zustaendig_ars"].isin(units_of_it)
        places = places.assign(traeger=places["zustaendig_ars"].where(own, places["kreis_ars"]))
        rows = places[["ars", "traeger"]].merge(
            counted.drop(columns="kreis_ars").rename(columns={"ars": "traeger"}), on="traeger", validate="many_to_many"
        )
        rows["anteil"] = rows["n"].astype(float)
        rows["klasse"] = rows["zustand"]
    return rows[["stichtag", "ars", "n", "nenner", "u", "anteil", "klasse"]]


def _share_class(shares: pd.Series) -> pd.Series:
    position = (shares * 10 + 1e-9).astype(int).clip(0, 9)
    return position.map(lambda value: SHARE_KEYS[value])
