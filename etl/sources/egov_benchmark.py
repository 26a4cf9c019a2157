"""eGovernment Benchmark of the European Commission: score by country, indicator, life event and year."""

from datetime import date
from pathlib import Path

from etl.errors import Refused
from etl.sources import tables
from etl.sources.observation import Observation, Rejected, Result
from gradmesser import catalog

SOURCE_ID = "egov_benchmark"
_NOT_AVAILABLE = "."
COLUMNS = ("year", "Country", "variable", "brkdown", "unit", "Value")


def read(path: Path) -> Result:
    """Observations of the named indicators; rows without indicator, doubled or outside 0–100 are rejected."""
    layout = tables.probe(path, COLUMNS, COLUMNS)
    indicators = catalog.measures()[SOURCE_ID].merkmale
    accepted: dict[tuple[str, str, str, int], Observation] = {}
    rejected: list[Rejected] = []
    rows = 0
    for rows, record in enumerate(tables.records(path, layout), start=1):  # noqa: B007 - the last number is used below
        cells = dict(zip(layout.columns, record.cells, strict=False))
        reason, found = _judge(cells, indicators) if record.complete else ("spalten", None)
        if found is not None:
            key = (found.area, found.merkmal, found.auspraegung, found.period.year)
            if key in accepted:
                reason = "doppelt"
            else:
                accepted[key] = found
        if reason:
            rejected.append(Rejected(line=record.line, reason=reason, content=";".join(record.cells)))
    if not accepted:
        raise Refused(f"{path.name}: keine verwendbare Zeile.")
    newest = max(key[3] for key in accepted)
    return Result(rows=rows, observations=list(accepted.values()), rejected=rejected, stand=date(newest, 12, 31))


def _judge(cells: dict[str | None, str], indicators: dict[str, str]) -> tuple[str | None, Observation | None]:
    indicator = cells["variable"].lower()
    if not indicator:
        return "indikator_leer", None
    if indicator not in indicators:
        return "indikator_unbekannt", None
    try:
        year = date(int(cells["year"]), 12, 31).year
        value = None if cells["Value"] == _NOT_AVAILABLE else float(cells["Value"])
    except ValueError:
        return "wert_ungueltig", None
    if value is not None and not 0 <= value <= 100:  # noqa: PLR2004 - the scale of the score
        return "wert_ungueltig", None
    return None, Observation(
        area=cells["Country"], kind="staat", measure_id=SOURCE_ID, merkmal=indicator, auspraegung=cells["brkdown"],
        period=date(year, 12, 31), value=value, status="gemeldet" if value is not None else "nicht_verfuegbar",
    )  # fmt: skip
