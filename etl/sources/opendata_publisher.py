"""Musterdatenkatalog: which of 100 bodies of Thüringen stood on GovData's list of publishers at four dates."""

from datetime import date
from pathlib import Path

from etl.errors import Refused
from etl.sources import tables
from etl.sources.observation import Observation, Rejected, Result

SOURCE_ID = "opendata_publisher"
_LISTED = "gelistet_"
_DATES = ("2023-01-20", "2023-04-20", "2023-10-16", "2024-08-20")
COLUMNS = ("ebene", "schluessel", "name", *(_LISTED + day for day in _DATES), "zuordnung")


def read(path: Path) -> Result:
    """Observations 0 or 1 by area and date; a row with an unknown level, key or mark is rejected whole."""
    layout = tables.probe(path, COLUMNS, COLUMNS[:-1])
    accepted: list[Observation] = []
    rejected: list[Rejected] = []
    rows = 0
    for rows, record in enumerate(tables.records(path, layout), start=1):  # noqa: B007 - the last number is used below
        cells = dict(zip(layout.columns, record.cells, strict=False))
        ars = _ars(cells.get("ebene", ""), cells.get("schluessel", "")) if record.complete else None
        marks = [cells.get(_LISTED + day, "") for day in _DATES]
        if ars is None or any(mark not in {"0", "1"} for mark in marks):
            reason = (
                "ars_ungueltig" if record.complete and ars is None else "spalten" if ars is None else "wert_ungueltig"
            )
            rejected.append(Rejected(line=record.line, reason=reason, content=";".join(record.cells)))
            continue
        accepted += [
            Observation(
                area=ars, kind="einheit", measure_id=SOURCE_ID, merkmal="", auspraegung="",
                period=date.fromisoformat(day), value=float(mark), status="gemeldet",
            )
            for day, mark in zip(_DATES, marks, strict=True)
        ]  # fmt: skip
    if not accepted:
        raise Refused(f"{path.name}: keine verwendbare Zeile.")
    return Result(rows=rows, observations=accepted, rejected=rejected, stand=date.fromisoformat(_DATES[-1]))


def _ars(level: str, key: str) -> str | None:
    """Key as delivered (Gemeinde AGS 8, Verband 9, Kreis 5 digits); a Gemeinde stays AGS for the build to look up."""
    length = {"gemeinde": 8, "verband": 9, "kreis": 5}.get(level)
    if length != len(key) or not key.isdigit():
        return None
    return key if level == "gemeinde" else key.ljust(12, "0")
