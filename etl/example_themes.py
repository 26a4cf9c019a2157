"""Example answers to the congress's other themes, in the official form: one CSV file each quarter, invented values.

In them: administrations that never answer, answers that come later, questions that do not apply, a version of the maturity
model that ends in June 2025, and AI applications of a few.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from etl import story
from etl.example_reports import Quarter
from etl.story import Unit
from gradmesser.catalog import Measure, themen

_SILENT = 0.6
"""Of the smallest; large administrations answer more often."""
_SKIPS = 0.12
_DOES_NOT_APPLY = 0.02
_PRELIMINARY = 0.03
_USES_AI = 0.35
_FULL, _LATE = 0.85, 0.55


def write(folder: Path, units: Sequence[Unit], at: Quarter) -> Iterator[Path]:
    """The file of one quarter, none before anybody answers; the same arguments give the same bytes."""
    rows = [row for unit in units if _answers(unit, at) for row in _rows(unit, at)]
    if not rows:
        return
    form = themen.Form(unit="Thüringen", ars="160000000000", stand=at.stand, example=True, rows=rows)
    path = folder / f"beispiel_themen_{at.stand}.csv"
    path.write_bytes(themen.as_csv(form))
    yield path


def _answers(unit: Unit, at: Quarter) -> bool:
    draw = story.chance("themen", unit.ars)
    return draw >= _SILENT * (1.2 - unit.size) and at.month >= at.months * _LATE * story.chance(
        "themenbeginn", unit.ars
    )


def _rows(unit: Unit, at: Quarter) -> Iterator[dict[str, object]]:
    for measure in themen.themes().values():
        if story.chance("thema", unit.ars, measure.measure_id) < _SKIPS:
            continue
        for asked in themen.questions(measure, at.stand):
            said = _said(unit, measure, asked, at)
            yield {"ars": unit.ars, "thema": asked.thema, "merkmal": asked.merkmal, "auspraegung": asked.auspraegung,
                   "stichtag": at.stand, **said}  # fmt: skip


def _said(unit: Unit, measure: Measure, asked: themen.Question, at: Quarter) -> dict[str, object]:
    draw = story.chance("angabe", unit.ars, asked.thema, asked.merkmal)
    if measure.unit == "yes_no" and draw < _DOES_NOT_APPLY:
        return {"wert": None, "status": "nicht_zutreffend", "bemerkung": "erledigt eine andere Stelle (Beispiel)"}
    status = "vorlaeufig" if draw > 1 - _PRELIMINARY else None
    return {"wert": _value(unit, measure, asked, at, draw), "status": status, "bemerkung": None}


def _value(unit: Unit, measure: Measure, asked: themen.Question, at: Quarter, draw: float) -> str:
    grown = at.month / at.months
    if measure.unit == "yes_no":
        ease = 1 - 0.22 * list(measure.merkmale).index(asked.merkmal)
        return themen.YES if draw < _FULL * ease * (0.35 + 0.4 * grown + 0.3 * unit.size) else themen.NO
    if not asked.auspraegung:
        many = draw < _USES_AI * (0.2 + grown) * (0.4 + unit.size)
        return str(1 + int(3 * unit.size * story.chance("anzahl", unit.ars, asked.merkmal))) if many else "0"
    return str(_services(unit, asked, at.stand, grown))


def _services(unit: Unit, asked: themen.Question, stand: date, grown: float) -> int:
    """So many services of a unit on one level: most in the middle, further up with time and size."""
    highest = 4 if stand < date(2025, 7, 1) else 7
    middle = highest * (0.2 + 0.25 * grown + 0.2 * unit.size)
    distance = abs(int(asked.auspraegung) - middle)
    spread = 0.8 + 0.4 * story.chance("reifegrad", unit.ars, asked.auspraegung)
    return max(0, int(34 * spread * (0.55 + unit.size / 2) * 0.5**distance))
