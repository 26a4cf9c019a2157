"""The gate: a delivery that differs too much from the one before is held back (docs/methodik.md, rule 8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradmesser import catalog

_NO_KREIS = {catalog.LAND[:5], catalog.BUND[:5]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a delivery is published; reason is the German sentence for users, None if nothing was noticed."""

    published: bool
    reason: str | None


def judge(counts: Sequence[Mapping[str, int]], released: Sequence[bool]) -> list[Verdict]:
    """Verdict for each delivery in historical order, each compared with the last published one before it.

    counts: accepted rows by the first five digits of the area. A pure function of the set of deliveries, so that the
    order in which they arrived does not matter.
    """
    verdicts: list[Verdict] = []
    previous: Mapping[str, int] | None = None
    for rows, free in zip(counts, released, strict=True):
        reason = None if previous is None else compare(previous, rows)
        published = reason is None or free
        verdicts.append(Verdict(published=published, reason=reason))
        if published:
            previous = rows
    return verdicts


def compare(previous: Mapping[str, int], rows: Mapping[str, int]) -> str | None:
    """What is implausible about rows after previous, as a German sentence; None if nothing."""
    before, after = sum(previous.values()), sum(rows.values())
    if _differs(before, after):
        return f"{after} statt zuvor {before} angenommene Zeilen: mehr als 20 % Unterschied."
    for kreis in sorted(previous.keys() - _NO_KREIS):
        if previous[kreis] >= catalog.GATE_KREIS_ROWS and _differs(previous[kreis], rows.get(kreis, 0)):
            return (
                f"Kreis {kreis}: {rows.get(kreis, 0)} statt zuvor {previous[kreis]} angenommene Zeilen: "
                "mehr als 20 % Unterschied."
            )
    return None


def _differs(before: int, after: int) -> bool:
    return abs(after - before) > catalog.GATE_SHARE * before
