"""Which administrations are like one another, and what those that are alike already have online; pure functions.

Distances are differences in fixed steps (a doubling, another role, another Kreis), never in deviations of the group:
a unit that joins or leaves changes no distance between two others. Definitions: docs/methodik.md §4.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from gradmesser import german
from gradmesser.catalog import STATES

CRITERIA = {
    "einwohner": "Einwohner",
    "dichte": "Einwohner je km²",
    "rolle": "Rolle der Verwaltung",
    "kreis": "Kreis",
}
"""What can be compared, in the order in which an address names it."""

COUNT, FEWEST, MOST = 7, 3, 15
"""Number of peers: usual, least and most."""

DENSE_KREIS = 100
"""From so many inhabitants per km² a Landkreis counts as dense (definition of the Gradmesser)."""

KREIS_KINDS = {
    "kreisfrei": "kreisfreie Stadt",
    "dichter": "dichter besiedelter Landkreis",
    "duenner": "dünner besiedelter Landkreis",
}

EVIDENCE = {"eigen": "mit eigenem Nachweis", "gemeldet": "nach eigener Meldung", "geerbt": "über Kreis, Land oder Bund"}

_OTHER_KREIS, _OTHER_KIND = 0.5, 1.0


class PeersError(ValueError):
    """What is asked for cannot be compared; the text says why."""


def nearest(units: pd.DataFrame, ars: str, criteria: Sequence[str], count: int) -> pd.DataFrame:
    """The administrations of the same group that are most like one, nearest first, ties by ARS.

    units: rows of queries/einheiten.sql. A distance is the sum over the criteria: 1 for each doubling of inhabitants or
    of density, 1 for another role, 0,5 for another Kreis and 1 for a Kreis of another kind. A unit of which a criterion
    is not known is left out. Returns ars, name, abstand, abstand_<criterion>, einwohner, dichte, typ, kreis_ars, kreis,
    kreis_art. Raises PeersError for an unknown criterion, none at all, a wrong number or a unit that is not responsible.
    """
    if not criteria or not set(criteria) <= set(CRITERIA):
        raise PeersError(f"Kriterien sind {', '.join(CRITERIA)}; gefragt ist „{'-'.join(criteria)}“.")
    if count < 1:
        raise PeersError(f"Die Zahl der Vergleichbaren ist {count}; sie muss mindestens 1 sein.")
    rows = described(units)
    if ars not in set(rows["ars"]):
        raise PeersError(f"{ars} ist keine zuständige Einheit; verglichen werden nur zuständige Einheiten.")
    own = rows.set_index("ars").loc[ars]
    others = rows[(rows["gruppe"] == own["gruppe"]) & (rows["ars"] != ars)]
    parts = {f"abstand_{name}": _difference(others, own, name) for name in CRITERIA if name in criteria}
    measured = others.assign(**parts, abstand=sum(parts.values()))
    ordered = measured.dropna(subset=["abstand"]).sort_values(["abstand", "ars"])
    columns = ["ars", "name", "abstand", *parts, "einwohner", "dichte", "typ", "kreis_ars", "kreis", "kreis_art"]
    return ordered.head(count)[columns].reset_index(drop=True)


def described(units: pd.DataFrame) -> pd.DataFrame:
    """Responsible units with `dichte` (inhabitants per km²), `kreis` (name) and `kreis_art` added."""
    rows = units[(units["ars"] == units["zustaendig_ars"]) & units["gruppe"].notna()]
    whole = units.drop_duplicates("ars").set_index("ars")
    density = whole["einwohner"] / whole["flaeche_km2"]
    kinds = {kreis: _kind(whole["typ"].get(kreis), density.get(kreis)) for kreis in rows["kreis_ars"].unique()}
    return rows.assign(
        dichte=rows["einwohner"] / rows["flaeche_km2"],
        kreis=rows["kreis_ars"].map(whole["name"]),
        kreis_art=[kinds[kreis] for kreis in rows["kreis_ars"]],
    )


def _kind(typ: str | None, density: float | None) -> str | None:
    if typ == "kreisfreie_stadt":
        return "kreisfrei"
    if density is None or pd.isna(density):
        return None
    return "dichter" if density >= DENSE_KREIS else "duenner"


def _difference(others: pd.DataFrame, own: pd.Series, criterion: str) -> pd.Series:
    if criterion in {"einwohner", "dichte"}:
        return np.log2(others[criterion] / own[criterion]).abs()
    if criterion == "rolle":
        return (others["typ"] != own["typ"]).astype(float)
    apart = (others["kreis_art"] != own["kreis_art"]).map({True: _OTHER_KIND, False: _OTHER_KREIS})
    apart = apart.mask(others["kreis_art"].isna() | pd.isna(own["kreis_art"]))
    return apart.mask(others["kreis_ars"] == own["kreis_ars"], 0.0)


def shared_services(cells: pd.DataFrame, ars: str, peers: Sequence[str]) -> pd.DataFrame:
    """How many of the peers have each service of a unit's list online, and by which evidence.

    cells: rows of queries/vergleich_zellen.sql for the unit and its peers. Services that are not the unit's task are left
    out. Returns leika_key, leistung, themenfeld, zustand (of the unit), vergleichbare (all peers), n (online), nenner
    (responsible peers), u (of those without report), eigen, gemeldet, geerbt (kinds of evidence, together n), wer, ohne.
    """
    tasks = cells[cells["zustand"] != "nicht_zustaendig"]
    own = tasks.loc[tasks["ars"] == ars, ["leika_key", "leistung", "themenfeld", "zustand"]]
    found = {key: _Count() for key in own["leika_key"]}
    for row in tasks[tasks["ars"].isin(list(peers)) & tasks["leika_key"].isin(found)].itertuples():
        found[row.leika_key].add(row)
    counts = [found[key] for key in own["leika_key"]]
    columns: dict[str, list[object]] = {
        "n": [sum(one.kinds.values()) for one in counts], "nenner": [one.of for one in counts],
        "u": [len(one.unknown) for one in counts], **{kind: [one.kinds[kind] for one in counts] for kind in EVIDENCE},
        "wer": [_names(one.live) for one in counts], "ohne": [_names(one.unknown) for one in counts],
    }  # fmt: skip
    return own.assign(vergleichbare=len(peers), **columns).reset_index(drop=True)


@dataclass(slots=True)
class _Count:
    """What is found of one service at the peers."""

    of: int = 0
    kinds: dict[str, int] = field(default_factory=lambda: dict.fromkeys(EVIDENCE, 0))
    live: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def add(self, row: object) -> None:
        """Count one responsible peer."""
        self.of += 1
        kind = evidence(row)
        if kind is not None:
            self.kinds[kind] += 1
            self.live.append(row.name)
        elif row.zustand == "keine_meldung":
            self.unknown.append(row.name)


def missing(shared: pd.DataFrame) -> pd.DataFrame:
    """Services that at least one peer has online and the unit has not: those of most peers first."""
    rows = shared[(shared["n"] > 0) & ~shared["zustand"].map(lambda state: STATES[state].live)]
    wort = rows["leistung"].map(german.sort_key)
    ordered = rows.assign(wort=wort).sort_values(["n", "u", "wort", "leika_key"], ascending=[False, True, True, True])
    return ordered.drop(columns="wort").reset_index(drop=True)


def evidence(row: object) -> str | None:
    """Kind of evidence of one live cell: own, reported, inherited; None if the cell is not live."""
    if not STATES[row.zustand].live:
        return None
    if row.eigen:
        return "eigen"
    return "gemeldet" if isinstance(row.gemeldet, str) and STATES[row.gemeldet].live else "geerbt"


def peers_text(row: object) -> str:
    """`von 7 vergleichbaren haben 5, 1 ohne Meldung, 1 nicht zuständig`; unknown and not responsible never as "no"."""
    if row.n == row.vergleichbare > 1:
        return f"alle {german.number(row.n)} vergleichbaren haben es"
    verb = "hat" if row.n == 1 else "haben"
    parts = [f"von {german.number(row.vergleichbare)} vergleichbaren {verb} {german.number(row.n)}"]
    if row.u:
        parts.append(f"{german.number(row.u)} ohne Meldung")
    if row.vergleichbare > row.nenner:
        parts.append(f"{german.number(row.vergleichbare - row.nenner)} nicht zuständig")
    return ", ".join(parts)


def evidence_text(row: object) -> str:
    """`3 mit eigenem Nachweis, 2 über Kreis, Land oder Bund`: by which evidence the peers have it."""
    counts = {key: getattr(row, key) for key in EVIDENCE}
    return ", ".join(f"{german.number(counts[key])} {EVIDENCE[key]}" for key in EVIDENCE if counts[key])


def missing_sentence(rows: pd.DataFrame, name: str, count: int) -> str:
    """Title of what peers have and the unit has not."""
    most = int((2 * rows["n"] > rows["nenner"]).sum())
    if rows.empty:
        return f"Die {german.number(count)} vergleichbaren Verwaltungen haben nichts online, was bei {name} fehlt."
    services = german.count(len(rows), "Leistung", "Leistungen")
    return (
        f"{services}, für die bei {name} kein Nachweis vorliegt, {'hat' if len(rows) == 1 else 'haben'} vergleichbare "
        f"Verwaltungen schon; {german.number(most)} davon hat die Mehrheit."
    )


def _names(names: list[str]) -> str:
    return ", ".join(sorted(names, key=german.sort_key))
