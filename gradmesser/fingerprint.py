"""Fingerprint of a figure: what it was asked, by which rules, and the rows it was drawn from; pure functions.

A figure is one named query with its parameters. Whoever has the database asks the same again and compares: the same twelve
digits say that nothing but the words around the numbers can differ. Rule: docs/methodik.md §5.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import date

import pandas as pd

_DIGITS = 12
_DAYS = {"stand", "wissen", "wissen_von", "von", "bis"}
_NUMBERS = {"meilenstein"}


def of(query: str, parameters: Mapping[str, object], rows: pd.DataFrame, rules: str) -> str:
    """Twelve hex digits over the rule version, the question with its parameters and the rows in the query's order."""
    return hashlib.sha256(text(query, parameters, rows, rules)).hexdigest()[:_DIGITS]


def text(query: str, parameters: Mapping[str, object], rows: pd.DataFrame, rules: str) -> bytes:
    """What the fingerprint is the SHA-256 of: any tool that computes one can check it."""
    lines = rows.to_csv(index=False, date_format="%Y-%m-%d", float_format="%.10g", lineterminator="\n")
    return f"{rules}\n{question(query, parameters)}\n{lines}".encode()


def question(query: str, parameters: Mapping[str, object]) -> str:
    """`verlauf ars= wissen=2026-11-01`: a query and its parameters as the command line takes them."""
    return " ".join([query, *(f"{name}={parameters[name]}" for name in sorted(parameters))])


def parse(words: list[str]) -> dict[str, object]:
    """Parameters from `name=value`; raises ValueError with a German text for anything else."""
    found: dict[str, object] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not re.fullmatch(r"[a-z_]+", name):
            raise ValueError(f"„{word}“ hat nicht die Form name=wert")
        try:
            found[name] = date.fromisoformat(value) if name in _DAYS else int(value) if name in _NUMBERS else value
        except ValueError as error:
            raise ValueError(f"„{value}“ ist kein Wert für {name}") from error
    return found
