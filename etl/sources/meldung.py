"""Reports by the administrations: roll-in states and register milestones from the workbook or its CSV form.

A report is partial: it says something of the cells it names and leaves the others as they were. Rows without any entry
are kept and say nothing. Rules and reason codes: docs/methodik.md, "Meldungen".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from etl.errors import Refused
from etl.sources import form, tables
from etl.sources.form import MAX_ROWS, Fault
from etl.sources.observation import Rejected
from etl.sources.tables import Layout, Record
from gradmesser.catalog import MILESTONES, STATES
from gradmesser.catalog.formsheet import EXAMPLE, NOTES, ORIGIN
from gradmesser.catalog.meldung import REGISTER, REGISTER_COLUMNS, ROLLIN, ROLLIN_COLUMNS

SOURCE_ID = "meldung"
EARLIEST = date(2000, 1, 1)
"""A report about an earlier day is a mistyped date."""
_STATE_OF = {entry.label.casefold(): key for key, entry in STATES.items()} | {key: key for key in STATES}


@dataclass(frozen=True, slots=True, kw_only=True)
class RollinRow:
    """What a unit says of one service; zustand None means the row says nothing."""

    line: int
    ars: str
    leika_key: str
    zustand: str | None
    seit: date | None
    geplant_am: date | None
    beleg_url: str | None
    bemerkung: str | None

    @property
    def says_something(self) -> bool:
        """Whether the row holds more than its keys."""
        return any((self.zustand, self.seit, self.geplant_am, self.beleg_url, self.bemerkung))


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneRow:
    """What a unit says of one milestone of one register."""

    line: int
    ars: str
    register_id: str
    meilenstein: int
    geplant_am: date | None
    erreicht_am: date | None
    datensaetze: int | None
    datensaetze_mit_idnr: int | None
    bemerkung: str | None

    @property
    def says_something(self) -> bool:
        """Whether the row holds more than its keys."""
        entries = (self.geplant_am, self.erreicht_am, self.datensaetze, self.datensaetze_mit_idnr, self.bemerkung)
        return any(entry is not None for entry in entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the database knows, to judge a report: responsible units and what each is responsible for."""

    areas: frozenset[str]
    responsible: frozenset[str]
    services: Mapping[str, frozenset[str]]
    registers: Mapping[str, frozenset[str]]
    with_evidence: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(form.Judged):
    """One delivered report."""

    rollin: tuple[RollinRow, ...]
    milestones: tuple[MilestoneRow, ...]

    @property
    def accepted(self) -> int:
        """Rows that can be used, those that say nothing included."""
        return len(self.rollin) + len(self.milestones)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """The parts of a file: title (Roll-in or Register), layout, rows; and what it says of itself."""

    parts: Sequence[tuple[str, Layout, Iterator[Record]]]
    is_workbook: bool
    stand: date | None = None
    unread: tuple[str, ...] = ()
    example: bool = False


def read(path: Path, known: Known, stand: date | None = None) -> Report:
    """Read a workbook or one of its two CSV forms; raises Refused if it is neither.

    stand: the day for which the report holds, if it was given beside the file; it goes before the file's own.
    """
    file = _open(path)
    stand = stand or file.stand
    rows, example = 0, file.example
    named: set[str] = set()
    rollin: dict[tuple[str, str], RollinRow] = {}
    milestones: dict[tuple[str, str, int], MilestoneRow] = {}
    rejected: list[Rejected] = []
    for title, layout, records in file.parts:
        place = layout.columns.index("ars")
        for record in records:
            rows += 1
            if rows > MAX_ROWS:
                raise Refused(f"{path.name}: mehr als {MAX_ROWS} Zeilen. Bitte aufteilen.")
            named.update(record.cells[place : place + 1])
            try:
                cells = form.cells(layout, record)
                example = example or cells.get(ORIGIN, "").startswith(EXAMPLE)
                if title == ROLLIN:
                    row = _rollin_row(record.line, cells, known)
                    _not_after(stand, row.seit)
                    _put(rollin, (row.ars, row.leika_key), row)
                else:
                    entry = _milestone_row(record.line, cells, known)
                    _not_after(stand, entry.erreicht_am)
                    _put(milestones, (entry.ars, entry.register_id, entry.meilenstein), entry)
            except Fault as fault:
                sheet = title if file.is_workbook else ""
                content = ";".join(record.cells)
                rejected.append(Rejected(line=record.line, reason=str(fault), content=content, sheet=sheet))
    return Report(
        rows=rows, rollin=tuple(rollin.values()), milestones=tuple(milestones.values()), rejected=tuple(rejected),
        stand=stand, named=frozenset(ars.strip() for ars in named if re.fullmatch(r"\s*[0-9]{12}\s*", ars)),
        unread=file.unread, example=example,
    )  # fmt: skip


def _not_after(stand: date | None, day: date | None) -> None:
    if stand and day and day > stand:
        raise Fault("datum_nach_stand")


def _put(rows: dict[tuple[object, ...], object], key: tuple[object, ...], row: object) -> None:
    if key in rows:
        raise Fault("doppelt")
    rows[key] = row


def _open(path: Path) -> _File:
    if path.suffix.lower() not in {".xlsx", ".xlsm"}:
        layout = tables.probe(path, (*ROLLIN_COLUMNS, *REGISTER_COLUMNS, ORIGIN), ("ars",), bulk=False)
        kind = ROLLIN if "leika_key" in layout.columns else REGISTER
        _require(path, kind, layout)
        return _File(parts=[(kind, layout, tables.records(path, layout))], is_workbook=False)
    sheets = tables.workbook_sheets(path, (ROLLIN, REGISTER, NOTES), MAX_ROWS)
    parts = []
    for title, columns in ((ROLLIN, ROLLIN_COLUMNS), (REGISTER, REGISTER_COLUMNS)):
        if title in sheets.rows:
            layout, records = tables.sheet_records(sheets.rows[title], columns)
            _require(path, title, layout)
            parts.append((title, layout, records))
    if not parts:
        found = ", ".join((*sheets.rows, *sheets.unread))[:200]
        raise Refused(
            f"{path.name}: Weder das Blatt „{ROLLIN}“ noch „{REGISTER}“ ist sichtbar vorhanden (gefunden: {found}). "
            "Bitte die Vorlage verwenden und die Blätter weder umbenennen noch ausblenden."
        )
    notes = sheets.rows.get(NOTES, [])
    return _File(
        parts=parts, is_workbook=True, stand=form.stand_in(notes, path), unread=sheets.unread,
        example=any(EXAMPLE in cell for _, cells in notes for cell in cells[1:2]),
    )  # fmt: skip


def _require(path: Path, title: str, layout: Layout) -> None:
    wanted = ("ars", "leika_key", "zustand") if title == ROLLIN else ("ars", "register_id", "meilenstein")
    form.require(path, title, layout, wanted)


def _rollin_row(line: int, cells: Mapping[str, str], known: Known) -> RollinRow:
    ars = form.unit(cells.get("ars", ""), known.responsible, known.areas)
    key = cells.get("leika_key", "")
    if key not in known.services.get(ars, ()):
        raise Fault("leistung_nicht_zustaendig" if re.fullmatch(r"[0-9]{14}", key) else "leika_key_ungueltig")
    said = cells.get("zustand")
    state = _STATE_OF.get(said.casefold()) if said else None
    if said and state is None:
        raise Fault("zustand_unbekannt")
    url = cells.get("beleg_url") or None
    if url and not re.match(r"(?i)https?://[^\s/?#]", url):
        raise Fault("url_ungueltig")
    remark = cells.get("bemerkung") or None
    if state == "nicht_zustaendig" and not remark:
        raise Fault("grund_fehlt")
    return RollinRow(
        line=line, ars=ars, leika_key=key, zustand=state, seit=_optional_date(cells.get("seit")),
        geplant_am=_optional_date(cells.get("geplant_am")), beleg_url=url, bemerkung=remark,
    )  # fmt: skip


def _milestone_row(line: int, cells: Mapping[str, str], known: Known) -> MilestoneRow:
    ars = form.unit(cells.get("ars", ""), known.responsible, known.areas)
    register_id = cells.get("register_id", "")
    if register_id not in known.registers.get(ars, ()):
        raise Fault("register_nicht_zustaendig")
    match = re.fullmatch(r"(?i)M?([0-9]{1,2})", cells.get("meilenstein", ""))
    number = int(match[1]) if match else 0
    if number not in MILESTONES:
        raise Fault("meilenstein_unbekannt")
    if MILESTONES[number].evidence_only and register_id not in known.with_evidence:
        raise Fault("kein_nachweisbezug")
    records, with_id = _count(cells.get("datensaetze")), _count(cells.get("datensaetze_mit_idnr"))
    if with_id is not None and (records is None or with_id > records):
        raise Fault("zahl_widerspruch")
    return MilestoneRow(
        line=line, ars=ars, register_id=register_id, meilenstein=number,
        geplant_am=_optional_date(cells.get("geplant_am")), erreicht_am=_optional_date(cells.get("erreicht_am")),
        datensaetze=records, datensaetze_mit_idnr=with_id, bemerkung=cells.get("bemerkung") or None,
    )  # fmt: skip


def _optional_date(text: str | None) -> date | None:
    return form.day(text) if text else None


def _count(text: str | None) -> int | None:
    return form.whole_number(text) if text else None
