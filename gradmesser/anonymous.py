"""Figures without names: every unit gets a letter within its kind, the same on all slides of a deck; pure."""

import hashlib
import string
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from gradmesser.catalog import LAND

TELLING = ("ars", "kreis", "kreis_ars", "zustaendig_ars", "verweis", "ags", "url")
"""Columns and parameters that tell a unit by its key or address."""
_KINDS = {"landkreis": "Landkreis", "kreisfreie_stadt": "Stadt", "gemeindeebene": "Verwaltung"}
_MEMBER = "Gemeinde"
_LETTERS = string.ascii_uppercase


@dataclass(frozen=True, slots=True, kw_only=True)
class Aliases:
    """What stands for a unit: by its key, and by each of its names where a row has no key."""

    by_ars: Mapping[str, str]
    by_name: Mapping[str, str]


def aliases(units: pd.DataFrame, seed: str) -> Aliases:
    """Letters of all units except the Land; units: queries/einheiten.sql.

    The order depends on seed alone, so that no letter follows the alphabet or the size; the same seed gives the same letters.
    """
    named = units[units["ars"] != LAND]
    order = sorted(named.itertuples(), key=lambda row: hashlib.sha256(f"{seed}|{row.ars}".encode()).hexdigest())
    counts: dict[str, int] = {}
    by_ars: dict[str, str] = {}
    for row in order:
        kind = _KINDS.get(row.gruppe, _MEMBER) if row.ars == row.zustaendig_ars else _MEMBER
        by_ars[row.ars] = f"{kind} {_letters(counts.get(kind, 0))}"
        counts[kind] = counts.get(kind, 0) + 1
    by_name = {name: by_ars[row.ars] for row in order for name in (row.name, row.langname) if isinstance(name, str)}
    return Aliases(by_ars=by_ars, by_name=by_name)


def _letters(position: int) -> str:
    """A to Z, then AA, AB, …"""
    first, last = divmod(position, len(_LETTERS))
    return (_letters(first - 1) if first else "") + _LETTERS[last]


def renamed(rows: pd.DataFrame, known: Aliases) -> pd.DataFrame:
    """The rows with every cell that is the name of a unit replaced; keys stay, since they join."""
    made = rows.copy()
    for column in rows.columns:
        if not pd.api.types.is_string_dtype(rows[column]) and rows[column].dtype != object:
            continue
        made[column] = rows[column].map(lambda cell: known.by_name.get(cell, cell) if isinstance(cell, str) else cell)
    if {"ars", "name"} <= set(rows.columns):
        own = rows["ars"].map(known.by_ars)
        made["name"] = own.where(own.notna(), made["name"])
    return made


def tells(parameters: Mapping[str, str]) -> bool:
    """Whether an address with these parameters names a unit."""
    return any(name in TELLING for name in parameters)
