"""Putting rows into tables: by column name, so that the schema decides what is allowed."""

import duckdb
import pandas as pd

from etl.snapshots import Snapshot


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    """Append rows by column name; duckdb.ConstraintException if one breaks the contract."""
    connection.register("incoming", rows)
    connection.execute(f"INSERT INTO {table} BY NAME FROM incoming")
    connection.unregister("incoming")


def columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Column names of a table in schema order."""
    return [row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()]


def snapshot_row(snapshot: Snapshot, *, rows: int, accepted: int, rejected: int, warnings: int) -> dict[str, object]:
    """One row of table snapshot; published unless the caller says otherwise."""
    return {
        "snapshot_id": snapshot.snapshot_id,
        "source_id": snapshot.source_id,
        "stand": snapshot.stand,
        "abgerufen": snapshot.retrieved.replace(tzinfo=None),
        "bekannt_von": snapshot.known_from,
        "sha256": snapshot.sha256,
        "datei": snapshot.name,
        "absender": snapshot.sender or None,
        "zeilen": rows,
        "angenommen": accepted,
        "abgelehnt": rejected,
        "warnungen": warnings,
        "herkunft": snapshot.herkunft,
        "status": "veroeffentlicht",
        "grund": None,
        "freigabe_grund": snapshot.release.reason if snapshot.release else None,
    }
