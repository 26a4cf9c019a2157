"""The change bridge: the difference of n between two days as the exact sum of its parts; pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from gradmesser import german
from gradmesser.catalog import STATES

PARTS = ("neu_online", "weggefallen", "erstmeldungen", "katalog", "zustaendigkeit", "gebiet", "korrektur")
"""Parts in the order of the contract; each carries its sign, weggefallen is never above 0."""

WORDS = {
    "neu_online": "neu online",
    "weggefallen": "weggefallen",
    "erstmeldungen": "Erstmeldungen",
    "katalog": "neuer Katalog",
    "zustaendigkeit": "Zuständigkeit",
    "gebiet": "Gebiet",
    "korrektur": "Korrekturen",
}
MEANINGS = {
    "neu_online": "vorher nicht online, am Ende online",
    "weggefallen": "vorher online, am Ende nicht mehr",
    "erstmeldungen": "vorher war nichts bekannt; seit wann es das Angebot gibt, sagt niemand (−: Meldung zurückgenommen)",
    "katalog": "Leistungen, die eine neue Fassung des Katalogs aufnimmt (+) oder streicht (−)",
    "zustaendigkeit": "die Verwaltung ist für die Leistung zuständig geworden (+) oder nicht mehr (−)",
    "gebiet": "immer 0: beide Tage sind auf dem heutigen Gebiet gerechnet, Geschichte geht auf den Nachfolger über",
    "korrektur": "am ersten Tag heute anders gewusst als damals; 0, wenn wie hier beide Tage mit demselben Wissen gerechnet sind",
}
_LOSSES = {"gestoert": "Link defekt", "keine_meldung": "nicht mehr gemeldet"}


class BridgeError(RuntimeError):
    """The parts do not add up to the difference; the text says where and by how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """From n_von to n_bis; `parts` has an entry for each of PARTS, and their plain sum is the difference."""

    von: date
    bis: date
    n_von: int
    n_bis: int
    parts: dict[str, int]

    @property
    def difference(self) -> int:
        """n_bis − n_von."""
        return self.n_bis - self.n_von


def table(ends: pd.DataFrame, cells: pd.DataFrame, von: date, bis: date, by: Sequence[str] = ()) -> pd.DataFrame:
    """One row per group of `by` (none: everything in one row): *by, von, bis, n_von, n_bis and PARTS.

    ends: rows of bruecke_enden; cells: rows of bruecke; both hold the columns of `by`. Empty where ends is empty: at one of
    the days nothing was known. Raises BridgeError if a row does not add up.
    """
    columns = [*by, "von", "bis", "n_von", "n_bis", *PARTS]
    if ends.empty:
        return pd.DataFrame(columns=columns)
    keys = list(by) or ["_alle"]
    summed = ends.assign(_alle=0).groupby(keys)[["n_von", "n_bis"]].sum().astype(int)
    signs = cells.assign(_alle=0).groupby(["teil", *keys])["vorzeichen"].sum()
    for part in PARTS:
        # a part that no cell stands for is 0, which is known, not missing
        found = (
            signs.xs(part, level="teil")
            if part in signs.index.get_level_values("teil")
            else signs.droplevel("teil").iloc[:0]
        )
        summed[part] = found.reindex(summed.index, fill_value=0).astype(int)
    rows = summed.reset_index(drop=not by)
    for row in rows.itertuples():
        _check(Bridge(von=von, bis=bis, n_von=row.n_von, n_bis=row.n_bis, parts=_parts(row)))
    return rows.assign(von=von, bis=bis)[columns]


def whole(ends: pd.DataFrame, cells: pd.DataFrame, von: date, bis: date) -> Bridge | None:
    """The bridge of all rows together, None where at one of the days nothing was known; raises BridgeError."""
    rows = table(ends, cells, von, bis)
    if rows.empty:
        return None
    (row,) = rows.itertuples()
    return Bridge(von=von, bis=bis, n_von=int(row.n_von), n_bis=int(row.n_bis), parts=_parts(row))


def _parts(row: object) -> dict[str, int]:
    return {part: int(getattr(row, part)) for part in PARTS}


def _check(bridge: Bridge) -> None:
    found = sum(bridge.parts.values())
    if found != bridge.difference:
        raise BridgeError(
            f"Die Brücke vom {german.day(bridge.von)} zum {german.day(bridge.bis)} geht nicht auf: Die Teile ergeben "
            f"{german.signed(found)}, der Unterschied ist {german.signed(bridge.difference)}. Das ist ein Fehler des "
            "Programms; die Zahlen der beiden Tage gelten."
        )


def sentence(bridge: Bridge) -> str:
    """`Von 8.695 auf 12.498 (31.10.2025 bis 31.10.2026): 3.598 neu online, 107 weggefallen, neuer Katalog +312.`"""
    told = [
        f"{german.number(bridge.parts['neu_online'])} neu online",
        f"{german.number(-bridge.parts['weggefallen'])} weggefallen",
        *(f"{WORDS[part]} {german.signed(bridge.parts[part])}" for part in PARTS[2:] if bridge.parts[part]),
    ]
    way = f"Von {german.number(bridge.n_von)} auf {german.number(bridge.n_bis)}"
    days = f"{german.day(bridge.von)} bis {german.day(bridge.bis)}"
    return f"{way} ({days}): {', '.join(told)}."


def parts_table(bridge: Bridge, cells: pd.DataFrame) -> pd.DataFrame:
    """All parts with what came, what went and both together: teil, wort, zugang, abgang, summe, bedeutung."""
    signs = cells.groupby(["teil", "vorzeichen"]).size()
    return pd.DataFrame(
        [
            {
                "teil": part,
                "wort": WORDS[part],
                "zugang": int(signs.get((part, 1), 0)),
                "abgang": -int(signs.get((part, -1), 0)),
                "summe": bridge.parts[part],
                "bedeutung": MEANINGS[part] + (_kinds_of_loss(cells) if part == "weggefallen" else ""),
            }
            for part in PARTS
        ]
    )


def _kinds_of_loss(cells: pd.DataFrame) -> str:
    """` (31 Link defekt, 8 Schritt zurück, 2 nicht mehr gemeldet)`."""
    after = cells.loc[cells["teil"] == "weggefallen", "zustand_neu"]
    counts = after.map(lambda state: _LOSSES.get(state, "Schritt zurück")).value_counts()
    told = ", ".join(f"{german.number(number)} {kind}" for kind, number in counts.items())
    return f" ({told})" if told else ""


def listed(cells: pd.DataFrame) -> pd.DataFrame:
    """Moved cells with words for a reader: `vorher`, `nachher`, `wirkung` added; newest first, then by name."""
    outside = {"katalog": "nicht im Katalog", "zustaendigkeit": "nicht zuständig"}
    told = cells.assign(
        vorher=[_word(row.zustand_alt, outside.get(row.teil, "")) for row in cells.itertuples()],
        nachher=[_word(row.zustand_neu, outside.get(row.teil, "")) for row in cells.itertuples()],
        wirkung=[f"{WORDS[row.teil]} {german.signed(row.vorzeichen)}" for row in cells.itertuples()],
        reihe=cells["name"].map(german.sort_key),
    )
    return told.sort_values(
        ["seit", "reihe", "leistung", "anfang"], ascending=[False, True, True, True], kind="stable"
    ).drop(columns="reihe")


def _word(state: object, outside: str) -> str:
    if not isinstance(state, str):
        return outside
    return f"{STATES[state].glyph} {STATES[state].label}"


def steps(bridge: Bridge) -> pd.DataFrame:
    """The way as a waterfall, top to bottom: label, beginn, ende, summe, art (stand, mehr, weniger, neben).

    Parts that are 0 are left out, except neu online and weggefallen. `neben` are parts that are neither progress nor loss.
    """
    lines = [_level(bridge.von, bridge.n_von)]
    level = bridge.n_von
    for part in PARTS:
        value = bridge.parts[part]
        if value or part in PARTS[:2]:
            kind = "mehr" if part == "neu_online" else "weniger" if part == "weggefallen" else "neben"
            lines.append({"label": WORDS[part], "beginn": level, "ende": level + value, "summe": value, "art": kind})
            level += value
    return pd.DataFrame([*lines, _level(bridge.bis, bridge.n_bis)])


def _level(day: date, n: int) -> dict[str, object]:
    return {"label": german.day(day), "beginn": n, "ende": n, "summe": n, "art": "stand"}
