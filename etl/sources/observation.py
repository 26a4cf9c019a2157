"""The row shape that every generic measure is read into."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One value; area is an ARS, an AGS of a Gemeinde (kind einheit) or a country code (kind staat)."""

    area: str
    kind: Literal["einheit", "staat"]
    measure_id: str
    merkmal: str
    auspraegung: str
    period: date
    value: float | None
    status: str
    bemerkung: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """One row of a delivery that cannot be used, with its line (header = 1), original content and, in a workbook, sheet."""

    line: int
    reason: str
    content: str
    sheet: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What reading a delivery gave; a row may yield several observations."""

    rows: int
    observations: Sequence[Observation]
    rejected: Sequence[Rejected]
    stand: date
