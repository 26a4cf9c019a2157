"""Generic measures: what data/reference ships of them and what was imported, in one table."""

import csv
import importlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path

import duckdb
import pandas as pd
import yaml

from etl.rows import insert, snapshot_row
from etl.snapshots import Snapshot, sha256_of
from etl.sources.observation import Observation, Result

SOURCES = ("egov_benchmark", "opendata_publisher")
_COLUMNS = ("area", "kind", "measure_id", "merkmal", "auspraegung", "period", "value", "status")
_cells = attrgetter(*_COLUMNS)


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
        writer = csv.DictWriter(stream, _COLUMNS, lineterminator="\n")
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
    """Fill observation and the bookkeeping of its deliveries; of one value the latest delivery counts."""
    for source_id in SOURCES:
        shipped = (reference / "beobachtungen" / f"{source_id}.csv").exists()
        deliveries = [_shipped(reference, source_id)] if shipped else []
        known = {snapshot.snapshot_id for snapshot, _, _ in deliveries}
        for snapshot in kept:
            if snapshot.source_id == source_id and snapshot.snapshot_id not in known:
                result = read(source_id, snapshot.path)
                deliveries.append((snapshot, result, len(result.rejected)))
        values: dict[tuple[str, str, str, str, object], tuple[object, ...]] = {}
        for snapshot, result, rejected in deliveries:
            _keep_books(connection, snapshot, result, rejected)
            for row in result.observations:
                key = row.area, row.measure_id, row.merkmal, row.auspraegung, row.period
                values[key] = (*_cells(row), snapshot.snapshot_id)
        if values:
            frame = pd.DataFrame(list(values.values()), columns=[*_COLUMNS, "snapshot_id"])
            connection.register("beobachtet", frame)
            connection.execute(
                """
                INSERT INTO observation
                SELECT kind, coalesce(a.ars_heute, b.area) AS gebiet, measure_id, merkmal, auspraegung, period,
                    max(value), min(status), min(snapshot_id)
                FROM beobachtet AS b LEFT JOIN ags_heute AS a ON b.kind = 'einheit' AND a.ags = b.area
                GROUP BY ALL ORDER BY ALL
                """
            )
            connection.unregister("beobachtet")


def _keep_books(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, result: Result, rejected: int) -> None:
    books = snapshot_row(snapshot, rows=result.rows, accepted=result.rows - rejected, rejected=rejected, warnings=0)
    insert(connection, "snapshot", pd.DataFrame([books]))
    if result.rejected:
        rows = [(snapshot.snapshot_id, snapshot.name, r.line, r.reason, r.content) for r in result.rejected]
        insert(
            connection, "abgelehnt", pd.DataFrame(rows, columns=["snapshot_id", "datei", "zeile", "grund", "inhalt"])
        )


def _shipped(reference: Path, source_id: str) -> tuple[Snapshot, Result, int]:
    """The derived rows in data/reference as if they were a delivery; its rejected rows are only counted there."""
    folder = reference / "beobachtungen"
    meta = yaml.safe_load((folder / f"{source_id}.QUELLE.yaml").read_text("utf-8"))
    stand = datetime.fromisoformat(meta["stand"]).date()
    rows = []
    with (folder / f"{source_id}.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            value = float(row["value"]) if row["value"] else None
            period = datetime.fromisoformat(row["period"]).date()
            rows.append(Observation(**{**row, "value": value, "period": period}))
    snapshot = Snapshot(
        source_id=source_id, stand=stand, retrieved=datetime.fromisoformat(meta["abgerufen"]).replace(tzinfo=UTC),
        sha256=meta["sha256"], size=meta["bytes"], name=meta["datei"], herkunft="amtlich", path=folder,
    )  # fmt: skip
    return snapshot, Result(rows=meta["zeilen"], observations=rows, rejected=[], stand=stand), meta["abgelehnt"]
