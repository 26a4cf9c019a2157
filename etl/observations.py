"""Generic measures: what data/reference ships of them and what was imported, in one table."""

import csv
import importlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from pathlib import Path

import duckdb
import pandas as pd
import yaml

from etl.rows import insert, snapshot_row
from etl.snapshots import Snapshot, sha256_of
from etl.sources import themen
from etl.sources.observation import Observation, Result
from gradmesser.catalog import yamlfile

_SQL = Path(__file__).parent / "sql"
SOURCES = ("egov_benchmark", "opendata_publisher")
_COLUMNS = ("area", "kind", "measure_id", "merkmal", "auspraegung", "period", "value", "status")
_cells = attrgetter(*_COLUMNS, "bemerkung")


def read(source_id: str, path: Path) -> Result:
    """Read a delivery of one of SOURCES with its own module."""
    return importlib.import_module(f"etl.sources.{source_id}").read(path)


def write_reference(source_id: str, delivered: Path, target: Path, retrieved: datetime) -> int:
    """Derive data/reference/beobachtungen/<source>.csv and its metadata from a delivered file; returns the row count."""
    result = read(source_id, delivered)
    folder = target / "beobachtungen"
    folder.mkdir(parents=True, exist_ok=True)
    rows = sorted(
        result.observations, key=lambda row: (row.measure_id, row.merkmal, row.auspraegung, row.period, row.area)
    )
    with (folder / f"{source_id}.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, _COLUMNS, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows({**asdict(row), "value": "" if row.value is None else f"{row.value:.10g}"} for row in rows)
    reasons = pd.Series([row.reason for row in result.rejected]).value_counts().to_dict()
    meta = {
        "source_id": source_id,
        "stand": result.stand.isoformat(),
        "abgerufen": retrieved.date().isoformat(),
        "datei": delivered.name,
        "sha256": sha256_of(delivered),
        "bytes": delivered.stat().st_size,
        "zeilen": result.rows,
        "abgelehnt": len(result.rejected),
        "gruende": {str(key): int(value) for key, value in sorted(reasons.items())},
        "erzeugt_mit": "python -m etl reference --observations",
        "hinweis": "Quelle, Lizenz und Grenzen: gradmesser/catalog/sources/" + source_id + ".yaml",
    }
    (folder / f"{source_id}.QUELLE.yaml").write_text(yaml.safe_dump(meta, allow_unicode=True, sort_keys=False), "utf-8")
    return len(rows)


def load(connection: duckdb.DuckDBPyConnection, reference: Path, kept: Sequence[Snapshot]) -> None:
    """Fill observation and the bookkeeping of its deliveries; a value holds until a later delivery corrects its Stichtag."""
    deliveries = [*_published(reference, kept), *_reported(connection, kept)]
    deliveries.sort(key=lambda one: (one[0].known_from, one[0].retrieved, one[0].sha256))
    rows = []
    for nr, (snapshot, result, rejected) in enumerate(deliveries):
        _keep_books(connection, snapshot, result, rejected)
        origin = nr, snapshot.snapshot_id, snapshot.known_from
        rows += [(*_cells(row), *origin) for row in result.observations]
    if rows:
        columns = [*_COLUMNS, "bemerkung", "nr", "snapshot_id", "bekannt_von"]
        connection.register("beobachtet", pd.DataFrame(rows, columns=columns))
        connection.execute((_SQL / "beobachtung.sql").read_text("utf-8"))
        connection.unregister("beobachtet")


def _published(reference: Path, kept: Sequence[Snapshot]) -> Iterator[tuple[Snapshot, Result, int]]:
    """Deliveries of published sources: what data/reference ships and what was imported."""
    for source_id in SOURCES:
        known = set()
        if (reference / "beobachtungen" / f"{source_id}.csv").exists():
            shipped = _shipped(reference, source_id)
            known.add(shipped[0].snapshot_id)
            yield shipped
        for snapshot in kept:
            if snapshot.source_id == source_id and snapshot.snapshot_id not in known:
                result = read(source_id, snapshot.path)
                yield snapshot, result, len(result.rejected)


def _reported(
    connection: duckdb.DuckDBPyConnection, kept: Sequence[Snapshot]
) -> Iterator[tuple[Snapshot, Result, int]]:
    """Deliveries of administrations to the other themes."""
    judged_by = known(connection)
    for snapshot in kept:
        if snapshot.source_id == themen.SOURCE_ID:
            found = themen.read(snapshot.path, judged_by, snapshot.stand)
            result = Result(
                rows=found.rows, observations=found.observations, rejected=found.rejected, stand=snapshot.stand
            )
            yield snapshot, result, len(found.rejected)


def known(connection: duckdb.DuckDBPyConnection) -> themen.Known:
    """What an answer is judged by; needs the territory in the database."""
    rows = connection.execute(
        "SELECT ars, zustaendig_ars = ars FROM einheit WHERE gueltig_bis = DATE '9999-12-31'"
    ).fetchall()
    return themen.Known(areas=frozenset(ars for ars, _ in rows), responsible=frozenset(ars for ars, own in rows if own))


def _keep_books(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, result: Result, rejected: int) -> None:
    books = snapshot_row(snapshot, rows=result.rows, accepted=result.rows - rejected, rejected=rejected, warnings=0)
    insert(connection, "snapshot", pd.DataFrame([books]))
    if result.rejected:
        rows = [
            (snapshot.snapshot_id, snapshot.name, r.line, r.reason, f"{r.sheet}: {r.content}" if r.sheet else r.content)
            for r in result.rejected
        ]
        insert(
            connection, "abgelehnt", pd.DataFrame(rows, columns=["snapshot_id", "datei", "zeile", "grund", "inhalt"])
        )


def _shipped(reference: Path, source_id: str) -> tuple[Snapshot, Result, int]:
    """The derived rows in data/reference as if they were a delivery; its rejected rows are only counted there."""
    folder = reference / "beobachtungen"
    meta = yamlfile.read(folder / f"{source_id}.QUELLE.yaml")
    stand = datetime.fromisoformat(meta["stand"]).date()
    rows = []
    day = cache(lambda text: datetime.fromisoformat(text).date())
    with (folder / f"{source_id}.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            value = float(row["value"]) if row["value"] else None
            period = day(row["period"])
            rows.append(Observation(**{**row, "value": value, "period": period}))
    snapshot = Snapshot(
        source_id=source_id, stand=stand, retrieved=datetime.fromisoformat(meta["abgerufen"]).replace(tzinfo=UTC),
        sha256=meta["sha256"], size=meta["bytes"], name=meta["datei"], herkunft="amtlich", path=folder,
    )  # fmt: skip
    return snapshot, Result(rows=meta["zeilen"], observations=rows, rejected=[], stand=stand), meta["abgelehnt"]
