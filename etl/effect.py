"""What a report would change: the file is judged and compared with the published database, nothing is kept."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import duckdb

from etl import build, deliver, reports, snapshots
from etl.deliver import Report
from etl.sources import meldung
from gradmesser import catalog
from gradmesser.catalog import MILESTONES, STATES

NOTHING = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One cell or milestone that would read otherwise after the report."""

    ars: str
    unit: str
    subject: str
    before: str
    after: str


def check(
    root: Path, reference: Path, path: Path, *, source_id: str, stand: date | None
) -> tuple[Report, Sequence[Change]]:
    """Judge a file without keeping it; for a report also what it would change. Raises Refused as an import would."""
    report = deliver.take_in(root, reference, path, source_id=source_id, stand=stand, only_check=True)
    return report, _changes(root, reference, path) if source_id == meldung.SOURCE_ID else []


def to_json(report: Report, changes: Sequence[Change]) -> str:
    """The object that `check --json` prints: the import's object, rejected rows, changes."""
    fields = json.loads(report.to_json())
    fields["note"] = report.note
    fields["rejected_rows"] = [asdict(row) for row in report.details]
    fields["changes"] = [asdict(change) for change in changes]
    return json.dumps(fields, ensure_ascii=False)


def _changes(root: Path, reference: Path, path: Path) -> list[Change]:
    with duckdb.connect() as connection:
        connection.execute(catalog.SCHEMA_SQL)
        build.load_responsibilities(connection, reference, snapshots.all_of(root / "raw"))
        said = meldung.read(path, reports.known(connection))
    with duckdb.connect(str(build.current(root)), read_only=True) as connection:
        names = dict(connection.execute("SELECT ars, anzeigename FROM einheit").fetchall())
        services = dict(connection.execute("SELECT leika_key, name FROM leistung").fetchall())
        registers = dict(connection.execute("SELECT register_id, name FROM register").fetchall())
        open_end = "gueltig_bis = DATE '9999-12-31' AND bekannt_bis = DATE '9999-12-31'"
        states = {
            (ars, key): state
            for ars, key, state in connection.execute(
                f"SELECT ars, leika_key, coalesce(gemeldet, 'keine_meldung')::TEXT FROM rollin_zelle WHERE {open_end}"
            ).fetchall()
        }
        reached = {
            (ars, register_id, number): day
            for ars, register_id, number, day in connection.execute(
                f"SELECT ars, register_id, meilenstein, erreicht_am FROM meilenstein WHERE {open_end}"
            ).fetchall()
        }
    changes = []
    for row in said.rollin:
        before = states.get((row.ars, row.leika_key), "keine_meldung")
        if row.zustand and row.zustand != before:
            changes.append(
                Change(
                    ars=row.ars, unit=names[row.ars], subject=services[row.leika_key],
                    before=STATES[before].label, after=STATES[row.zustand].label,
                )
            )  # fmt: skip
    for entry in said.milestones:
        before = reached.get((entry.ars, entry.register_id, entry.meilenstein))
        if entry.erreicht_am != before and entry.says_something:
            changes.append(
                Change(
                    ars=entry.ars, unit=names[entry.ars],
                    subject=f"{registers[entry.register_id]}, M{entry.meilenstein} {MILESTONES[entry.meilenstein].title}",
                    before=_day(before), after=_day(entry.erreicht_am),
                )
            )  # fmt: skip
    return changes


def _day(value: date | None) -> str:
    return f"erreicht am {value:%d.%m.%Y}" if value else NOTHING
