"""Reports in the database: what is known to judge them, and their rows as statements about cells and milestones."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from operator import attrgetter
from pathlib import Path

import duckdb
import pandas as pd

from etl.rows import insert, snapshot_row
from etl.snapshots import Snapshot
from etl.sources import meldung
from etl.sources.meldung import Known, MilestoneRow, RollinRow

_SQL = Path(__file__).parent / "sql"
_LIST = "CREATE OR REPLACE TEMP TABLE meldung_liste (nr INTEGER, stand DATE, bekannt_von DATE, snapshot_id TEXT)"
_ROLLIN = """CREATE OR REPLACE TEMP TABLE meldung_rollin (nr INTEGER, line INTEGER, ars TEXT, leika_key TEXT, zustand TEXT,
    seit DATE, geplant_am DATE, beleg_url TEXT, bemerkung TEXT)"""
_MILESTONE = """CREATE OR REPLACE TEMP TABLE meldung_meilenstein (nr INTEGER, line INTEGER, ars TEXT, register_id TEXT,
    meilenstein INTEGER, geplant_am DATE, erreicht_am DATE, datensaetze BIGINT, datensaetze_mit_idnr BIGINT, bemerkung TEXT)"""
_COLUMNS = {
    "meldung_rollin": tuple(field.name for field in fields(RollinRow)),
    "meldung_meilenstein": tuple(field.name for field in fields(MilestoneRow)),
}


def known(connection: duckdb.DuckDBPyConnection) -> Known:
    """What a report is judged by; needs territory, catalogue and responsibilities in the database."""
    rows = connection.execute(
        "SELECT ars, zustaendig_ars = ars FROM einheit WHERE gueltig_bis = DATE '9999-12-31'"
    ).fetchall()
    services = connection.execute("SELECT ars, list(DISTINCT leika_key) FROM zustaendigkeit GROUP BY ars").fetchall()
    registers = connection.execute("SELECT ars, list(register_id) FROM register_zustaendigkeit GROUP BY ars").fetchall()
    evidence = connection.execute("SELECT register_id FROM register WHERE nachweisbezug").fetchall()
    return Known(
        areas=frozenset(ars for ars, _ in rows),
        responsible=frozenset(ars for ars, own in rows if own),
        services={ars: frozenset(keys) for ars, keys in services},
        registers={ars: frozenset(ids) for ars, ids in registers},
        with_evidence=frozenset(register_id for (register_id,) in evidence),
    )


def load(connection: duckdb.DuckDBPyConnection, kept: Sequence[Snapshot]) -> None:
    """Fill the temporary tables of sql/meldung*.sql and the bookkeeping from the reports in historical order."""
    for statement in (_LIST, _ROLLIN, _MILESTONE):
        connection.execute(statement)
    judged_by = known(connection)
    said: dict[str, list[tuple[object, ...]]] = {table: [] for table in _COLUMNS}
    for nr, snapshot in enumerate(kept):
        report = meldung.read(snapshot.path, judged_by, snapshot.stand)
        books = snapshot_row(
            snapshot, rows=report.rows, accepted=report.accepted, rejected=len(report.rejected), warnings=0
        )
        insert(connection, "snapshot", pd.DataFrame([books]))
        rejected = [
            (snapshot.snapshot_id, snapshot.name, r.line, r.reason, f"{r.sheet}: {r.content}" if r.sheet else r.content)
            for r in report.rejected
        ]
        if rejected:
            columns = ["snapshot_id", "datei", "zeile", "grund", "inhalt"]
            insert(connection, "abgelehnt", pd.DataFrame(rejected, columns=columns))
        connection.execute(
            "INSERT INTO meldung_liste VALUES (?, ?, ?, ?)",
            [nr, snapshot.stand, snapshot.known_from, snapshot.snapshot_id],
        )
        said["meldung_rollin"] += _said(nr, report.rollin, _COLUMNS["meldung_rollin"])
        said["meldung_meilenstein"] += _said(nr, report.milestones, _COLUMNS["meldung_meilenstein"])
    for table, rows in said.items():
        if rows:
            insert(connection, table, pd.DataFrame(rows, columns=["nr", *_COLUMNS[table]], dtype=object))
    connection.execute((_SQL / "meldung_zeit.sql").read_text("utf-8"))


def _said(nr: int, rows: Iterable[RollinRow | MilestoneRow], columns: Sequence[str]) -> list[tuple[object, ...]]:
    """The rows that say something, each after the number of its report."""
    cells = attrgetter(*columns)
    return [(nr, *cells(row)) for row in rows if row.says_something]
