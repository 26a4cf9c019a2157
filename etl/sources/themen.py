"""Answers to the congress's other themes: one sheet or CSV file, one answer a row, for every measure of this source.

A delivery says something of what it names and leaves the rest as it was. Rows without an answer are kept and say nothing.
Rules and reason codes: docs/methodik.md, "Weitere Themen".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from etl.errors import Refused
from etl.sources import form, tables
from etl.sources.form import Fault
from etl.sources.observation import Observation, Rejected
from etl.sources.tables import Layout, Record
from gradmesser.catalog import Measure, themen
from gradmesser.catalog.formsheet import EXAMPLE, NOTES, ORIGIN
from gradmesser.catalog.themen import COLUMNS, MODELS, NO, SHEET, SOURCE_ID, STATUSES, WITHOUT_VALUE, YES

__all__ = ["SOURCE_ID", "Delivery", "Known", "read"]

_STATUS_OF = {word.casefold(): key for key, word in STATUSES.items()} | {key: key for key in STATUSES}
_YES_NO = {YES: 1.0, "1": 1.0, NO: 0.0, "0": 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the database knows, to judge an answer: areas of today, and which of them are responsible units."""

    areas: frozenset[str]
    responsible: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(form.Judged):
    """One delivered sheet; silent: rows that say nothing."""

    silent: int
    observations: tuple[Observation, ...]

    @property
    def accepted(self) -> int:
        """Rows that can be used, those that say nothing included."""
        return len(self.observations) + self.silent


def read(path: Path, known: Known, stand: date | None = None) -> Delivery:
    """Read a workbook or its CSV form; raises Refused if it is neither.

    stand: the day for which the file holds, if it was given beside it; it goes before the file's own. Without either, it is
    the last Stichtag of the file.
    """
    file = _open(path)
    layout, stand, example = file.layout, stand or file.stand, file.example
    rows, silent = 0, 0
    said: dict[tuple[object, ...], Observation] = {}
    rejected: list[Rejected] = []
    named: set[str] = set()
    place = layout.columns.index("ars")
    for record in file.records:
        rows += 1
        named.update(record.cells[place : place + 1])
        if rows > form.MAX_ROWS:
            raise Refused(f"{path.name}: mehr als {form.MAX_ROWS} Zeilen. Bitte aufteilen.")
        try:
            cells = form.cells(layout, record)
            example = example or cells.get(ORIGIN, "").startswith(EXAMPLE)
            answer = _answer(cells, known, stand)
            if answer is None:
                silent += 1
                continue
            _put(said, answer)
        except Fault as fault:
            sheet = SHEET if layout.kind == "xlsx" else ""
            rejected.append(Rejected(line=record.line, reason=str(fault), content=";".join(record.cells), sheet=sheet))
    newest = max((answer.period for answer in said.values()), default=None)
    return Delivery(
        rows=rows, silent=silent, observations=tuple(said.values()), rejected=tuple(rejected), stand=stand or newest,
        named=frozenset(ars.strip() for ars in named if re.fullmatch(r"\s*[0-9]{12}\s*", ars)), unread=file.unread, example=example,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """Layout and rows, and what the file says of itself."""

    layout: Layout
    records: Iterator[Record]
    stand: date | None = None
    unread: tuple[str, ...] = ()
    example: bool = False


def _put(said: dict[tuple[object, ...], Observation], answer: Observation) -> None:
    key = answer.area, answer.measure_id, answer.merkmal, answer.auspraegung, answer.period
    if key in said:
        raise Fault("doppelt")
    said[key] = answer


def _open(path: Path) -> _File:
    wanted = ("ars", "thema", "wert")
    if path.suffix.lower() not in {".xlsx", ".xlsm"}:
        layout = tables.probe(path, (*COLUMNS, ORIGIN), wanted, bulk=False)
        return _File(layout=layout, records=tables.records(path, layout))
    sheets = tables.workbook_sheets(path, (SHEET, NOTES), form.MAX_ROWS)
    if SHEET not in sheets.rows:
        found = ", ".join((*sheets.rows, *sheets.unread))[:200]
        raise Refused(
            f"{path.name}: Das Blatt „{SHEET}“ ist nicht sichtbar vorhanden (gefunden: {found}). Bitte die Vorlage verwenden "
            "und das Blatt weder umbenennen noch ausblenden."
        )
    layout, records = tables.sheet_records(sheets.rows[SHEET], (*COLUMNS, ORIGIN))
    form.require(path, SHEET, layout, wanted)
    notes = sheets.rows.get(NOTES, [])
    example = any(EXAMPLE in cell for _, cells in notes for cell in cells[1:2])
    return _File(
        layout=layout, records=records, stand=form.stand_in(notes, path), unread=sheets.unread, example=example
    )  # fmt: skip


def _answer(cells: Mapping[str, str], known: Known, stand: date | None) -> Observation | None:
    ars = form.unit(cells.get("ars", ""), known.responsible, known.areas)
    measure = themen.themes().get(cells.get("thema", ""))
    if measure is None:
        raise Fault("thema_unbekannt")
    merkmal, level = cells.get("merkmal", ""), cells.get("auspraegung", "")
    _known_question(measure, merkmal, level)
    typed, word, remark = cells.get("wert", ""), cells.get("status", ""), cells.get("bemerkung") or None
    if not (typed or word or remark):
        return None
    status = _STATUS_OF.get(word.casefold()) if word else "gemeldet"
    if status is None:
        raise Fault("status_unbekannt")
    if (status in WITHOUT_VALUE) == bool(typed):
        raise Fault("status_widerspruch")
    if status == "nicht_zutreffend" and not remark:
        raise Fault("grund_fehlt")
    written = cells.get("stichtag", "")
    day = form.day(written) if written else stand
    if day is None:
        raise Fault("datum_ungueltig")
    if stand and day > stand:
        raise Fault("datum_nach_stand")
    if not themen.fits(merkmal, day):
        raise Fault("modell_zeitraum")
    return Observation(
        area=ars, kind="einheit", measure_id=measure.measure_id, merkmal=merkmal, auspraegung=level, period=day,
        value=_value(measure, typed) if typed else None, status=status, bemerkung=remark,
    )  # fmt: skip


def _known_question(measure: Measure, merkmal: str, level: str) -> None:
    if merkmal not in (measure.merkmale or {"": ""}):
        raise Fault("merkmal_unbekannt")
    if level not in (measure.auspraegungen or {"": ""}):
        raise Fault("auspraegung_unbekannt")
    if merkmal in MODELS and int(level) > MODELS[merkmal].highest:
        raise Fault("auspraegung_unbekannt")


def _value(measure: Measure, typed: str) -> float:
    if measure.unit == "yes_no":
        if typed.casefold() not in _YES_NO:
            raise Fault("wert_ungueltig")
        return _YES_NO[typed.casefold()]
    if measure.unit == "count":
        return float(form.whole_number(typed))
    if not re.fullmatch(r"-?[0-9]{1,9}([.,][0-9]{1,6})?", typed):
        raise Fault("wert_ungueltig")
    value = float(typed.replace(",", "."))
    low, high = measure.minimum, measure.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise Fault("wert_ungueltig")
    return value
