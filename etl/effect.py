"""What a report would change: the file is judged and compared with the published database, nothing is kept."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import duckdb

from etl import build, deliver, observations, reports, snapshots
from etl.deliver import Report
from etl.sources import meldung, themen
from etl.sources.meldung import MilestoneRow, RollinRow
from gradmesser import catalog
from gradmesser.catalog import MILESTONES, OPEN_END, STATES
from gradmesser.catalog import themen as sheet

NOTHING = "–"
_LISTED = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One cell or milestone that would read otherwise after the report."""

    ars: str
    unit: str
    subject: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a checked file is about: units it names, sheets nobody reads, whether its values are invented, changes.

    later: changed cells of which a report with a later stand says something already; the earlier stand changes the
    history of those, not what holds today.
    """

    units: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    example: bool = False
    changes: tuple[Change, ...] = ()
    later: int = 0


def check(root: Path, reference: Path, path: Path, *, source_id: str, stand: date | None) -> tuple[Report, Effect]:
    """Judge a file without keeping it; for a report also what it would change. Raises Refused as an import would."""
    report = deliver.take_in(root, reference, path, source_id=source_id, stand=stand, only_check=True)
    if source_id == themen.SOURCE_ID:
        return report, _of_themes(root, reference, path, report.stand)
    if source_id != meldung.SOURCE_ID:
        return report, Effect()
    return report, _effect(root, reference, path, report.stand)


def to_json(report: Report, effect: Effect) -> str:
    """The object that `check --json` prints: the import's object, rejected rows, units, changes (the first 5.000)."""
    fields = json.loads(report.to_json())
    fields["note"] = report.note
    fields["rejected_rows"] = [asdict(row) for row in report.details]
    fields |= asdict(effect)
    fields["changed"] = len(effect.changes)
    fields["changes"] = fields["changes"][:_LISTED]
    return json.dumps(fields, ensure_ascii=False)


def _effect(root: Path, reference: Path, path: Path, stand: date) -> Effect:
    with duckdb.connect() as connection:
        connection.execute(catalog.SCHEMA_SQL)
        build.load_responsibilities(connection, reference, snapshots.all_of(root / "raw"))
        said = meldung.read(path, reports.known(connection), stand)
    spoken = sorted({row.ars for row in (*said.rollin, *said.milestones)})
    known: dict[tuple[object, ...], _Said] = {}
    names: dict[str, Mapping[str, str]] = {}
    with build.opened(root) as connection:
        for kind, sql in _NAMES.items():
            names[kind] = dict(connection.execute(sql).fetchall())
        for ars, key, state, planned, since in connection.execute(_REPORTED, [OPEN_END, spoken]).fetchall():
            known[ars, key] = _Said(since=since, state=state, text=_cell(state, planned))
        for *key, reached, planned, records, with_id, since in connection.execute(
            _MILESTONES, [OPEN_END, spoken]
        ).fetchall():
            known[tuple(key)] = _Said(since=since, state=None, text=_milestone(reached, planned, records, with_id))
    changes, later = [], 0
    for row in (*said.rollin, *said.milestones):
        before = known.get(_key(row), _Said(since=date.min, state=None, text=NOTHING))
        after = _after(row, before)
        if row.says_something and after != before.text:
            later += before.since > stand
            subject = _subject(row, names)
            changes.append(
                Change(ars=row.ars, unit=names["unit"][row.ars], subject=subject, before=before.text, after=after)
            )
    return Effect(
        units=tuple(sorted(said.named)), unread=said.unread, example=said.example, changes=tuple(changes), later=later
    )


def _of_themes(root: Path, reference: Path, path: Path, stand: date) -> Effect:
    """Answers that would read otherwise, against the last known answer to the same question."""
    with duckdb.connect() as connection:
        connection.execute(catalog.SCHEMA_SQL)
        build.load_territory(connection, reference)
        said = themen.read(path, observations.known(connection), stand)
    with build.opened(root) as connection:
        names = dict(connection.execute(_NAMES["unit"]).fetchall())
        known = {
            tuple(key): (value, status, period)
            for *key, value, status, period in connection.execute(_ANSWERS, [OPEN_END]).fetchall()
        }
    changes, later = [], 0
    for row in said.observations:
        measure = sheet.themes()[row.measure_id]
        value, status, since = known.get(
            (row.area, row.measure_id, row.merkmal, row.auspraegung), (None, None, date.min)
        )
        before, after = sheet.shown(measure, value, status), sheet.shown(measure, row.value, row.status)
        if before == after:
            continue
        later += since > row.period
        subject = sheet.question_text(measure, row.merkmal, row.auspraegung)
        changes.append(Change(ars=row.area, unit=names[row.area], subject=subject, before=before, after=after))
    return Effect(
        units=tuple(sorted(said.named)), unread=said.unread, example=said.example, changes=tuple(changes), later=later
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What reports say of a cell or milestone today, since which stand."""

    since: date
    state: str | None
    text: str


def _key(row: RollinRow | MilestoneRow) -> tuple[object, ...]:
    return (row.ars, row.leika_key) if isinstance(row, RollinRow) else (row.ars, row.register_id, row.meilenstein)


def _after(row: RollinRow | MilestoneRow, before: _Said) -> str:
    """What would be reported: an empty state leaves the one before, `keine_meldung` takes it back."""
    if isinstance(row, RollinRow):
        state = row.zustand or before.state
        return _cell(None if state == "keine_meldung" else state, row.geplant_am)
    return _milestone(row.erreicht_am, row.geplant_am, row.datensaetze, row.datensaetze_mit_idnr)


def _subject(row: RollinRow | MilestoneRow, names: Mapping[str, Mapping[str, str]]) -> str:
    if isinstance(row, RollinRow):
        return names["service"].get(row.leika_key, row.leika_key)
    register = names["register"].get(row.register_id, row.register_id)
    return f"{register}, M{row.meilenstein} {MILESTONES[row.meilenstein].title}"


def _cell(state: str | None, planned: date | None) -> str:
    parts = [STATES[state].label if state else "", f"geplant {planned:%d.%m.%Y}" if planned else ""]
    return ", ".join(part for part in parts if part) or NOTHING


def _milestone(reached: date | None, planned: date | None, records: int | None, with_id: int | None) -> str:
    parts = [
        f"erreicht {reached:%d.%m.%Y}" if reached else "",
        f"geplant {planned:%d.%m.%Y}" if planned else "",
        f"{records} Datensätze" if records is not None else "",
        f"{with_id} mit IDNr" if with_id is not None else "",
    ]
    return ", ".join(part for part in parts if part) or NOTHING


_NAMES = {
    "unit": "SELECT ars, anzeigename FROM einheit",
    "service": "SELECT leika_key, name FROM leistung ORDER BY katalog_version",
    "register": "SELECT register_id, name FROM register",
}
_ANSWERS = """
    SELECT o.gebiet, o.measure_id, o.merkmal, o.auspraegung, o.value, o.status::TEXT, o.period
    FROM observation AS o JOIN measure AS m USING (measure_id)
    WHERE m.source_id = 'themen' AND o.bekannt_bis = $1
    QUALIFY row_number() OVER (PARTITION BY o.gebiet, o.measure_id, o.merkmal, o.auspraegung ORDER BY o.period DESC) = 1
"""
_REPORTED = """
    SELECT c.ars, c.leika_key, c.gemeldet::TEXT, c.geplant_am, m.gueltig_von
    FROM rollin_zelle AS c
    JOIN rollin_meldung AS m ON m.ars = c.ars AND m.leika_key = c.leika_key AND m.gueltig_bis = $1 AND m.bekannt_bis = $1
    WHERE c.gueltig_bis = $1 AND c.bekannt_bis = $1 AND c.ars IN (SELECT unnest($2))
"""
_MILESTONES = """
    SELECT ars, register_id, meilenstein, erreicht_am, geplant_am, datensaetze, datensaetze_mit_idnr, gueltig_von
    FROM meilenstein WHERE gueltig_bis = $1 AND bekannt_bis = $1 AND ars IN (SELECT unnest($2))
"""
"""What reports say today: the last word on each cell and milestone."""
