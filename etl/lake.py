"""The same tables on DuckLake, for many writers: the catalogue in PostgreSQL, the rows as Parquet in a folder or in S3.

The file stays what is shown: `write` brings the published database into the lake in one transaction, `follow` makes a file
of its newest state, with every constraint of the schema checked again. `opened` answers every named query in place.
"""

import importlib.util
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from etl import build, feed
from etl.errors import FetchError, Refused
from etl.share import Shared
from gradmesser import catalog
from gradmesser.catalog import places

PREFIX = "postgres:"
_ATTEMPTS = 8
_LOST_A_RACE = re.compile(r"conflict|could not serialize|duplicate key", re.IGNORECASE)
"""What DuckLake and PostgreSQL say to the later one of two writers."""
_LAKE = "see"
_EXTENSIONS = {
    "ducklake": "duckdb_extension_ducklake",
    "postgres_scanner": "duckdb_extension_postgres_scanner",
    "httpfs": "duckdb_extension_httpfs",
}


def write(root: Path, address: str, data: str | None) -> int:
    """Make the database published under root the state of the lake, all tables or none; the lake's snapshot number then.

    address: postgres:<libpq connection string>; data: where the Parquet files lie, needed the first time. Tables that did
    not change are left alone. Writers that come at the same time take turns. Raises FetchError if the lake cannot be
    written; it then stays as it was.
    """
    database = build.current(root)
    with _faults(address):
        for attempt in range(1, _ATTEMPTS):
            try:
                return _write_once(database, address, data)
            except duckdb.Error as error:
                if not _LOST_A_RACE.search(str(error)):
                    raise
                time.sleep(0.2 * attempt)
        return _write_once(database, address, data)


def _write_once(database: Path, address: str, data: str | None) -> int:
    with _attached(address, data) as connection:
        connection.execute(f"ATTACH {_quoted(str(database))} AS datei (READ_ONLY)")
        connection.execute("BEGIN")
        _replace_tables(connection)
        connection.execute("COMMIT")
        return _newest(connection)


@contextmanager
def opened(address: str, snapshot: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on which every query of gradmesser/queries runs, on one fixed snapshot of the lake (the newest)."""
    with _faults(address):
        if snapshot is None:
            with _attached(address) as connection:
                snapshot = _newest(connection)
        with _attached(address, options=f"READ_ONLY, SNAPSHOT_VERSION {snapshot}") as connection:
            connection.execute(catalog.SCHEMA_SQL)
            columns = _columns(connection, "memory")
            for table in reversed(columns):  # the macros stay; they look for their tables when they are asked
                connection.execute(f"DROP TABLE {table}")
            for table, types in columns.items():
                cast = ", ".join(f"{name}::{kind} AS {name}" for name, kind in types.items())
                connection.execute(f"CREATE VIEW {table} AS SELECT {cast} FROM {_LAKE}.{table}")
            yield connection


def follow(root: Path, static: Path, address: str) -> Shared:
    """Show the newest state of the lake as a file under root.

    Raises FetchError, and leaves what is shown in use, if the lake cannot be read or breaks a rule of the schema.
    """
    with build.exclusive(root, following=True), _faults(address):
        if (root / "raw").is_dir():
            raise Refused(f"{root} enthält eigene Lieferungen. Wer folgt, braucht einen eigenen Datenordner.")
        with _attached(address) as connection:
            snapshot = _newest(connection)
        mark, pointer = root / build.FOLLOWS, root / places.POINTER
        if mark.exists() and pointer.exists() and mark.read_text("utf-8").split("\n")[:2] == [address, str(snapshot)]:
            return Shared(name=build.current(root).name, sha256="", changed=False)
        build.publish_geometry(places.reference_root(), static)
        part = root / f"gradmesser-see.duckdb.teil{os.getpid()}"
        try:
            name, news = _materialise(part, address, snapshot)
            part.replace(root / name)
        finally:
            part.unlink(missing_ok=True)
        mark.write_text(f"{address}\n{snapshot}\n", "utf-8")
        build.show(root, name, news, static)
    return Shared(name=name, sha256="", changed=True)


def _materialise(part: Path, address: str, snapshot: int) -> tuple[str, feed.News]:
    """Copy one snapshot into a file of the schema; the name that it gets, and what is new in it."""
    with duckdb.connect(str(part), config={"autoinstall_known_extensions": "false"}) as connection:
        connection.execute(catalog.SCHEMA_SQL)
        tables = list(_columns(connection, part.stem.removesuffix(".duckdb")))
        _attach(connection, address, options=f"READ_ONLY, SNAPSHOT_VERSION {snapshot}")
        for table in tables:
            connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM {_LAKE}.{table}")
        (origin,) = connection.execute("SELECT eingang_sha256 FROM stand_der_datenbank").fetchone()
        news = feed.read(connection)
    return f"gradmesser-{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{origin[:8]}.duckdb", news


def _replace_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring every table of the file into the lake; ENUM becomes TEXT there, constraints hold in the file only."""
    there = _columns(connection, _LAKE)
    for table, types in _columns(connection, "datei").items():
        wanted = {name: "VARCHAR" if kind.startswith("ENUM") else kind for name, kind in types.items()}
        if table in there and there[table] == wanted:
            if _same(connection, table):
                continue
            connection.execute(f"DELETE FROM {_LAKE}.{table}")
        else:
            columns = ", ".join(f"{name} {kind}" for name, kind in wanted.items())
            connection.execute(f"CREATE OR REPLACE TABLE {_LAKE}.{table} ({columns})")
        connection.execute(f"INSERT INTO {_LAKE}.{table} FROM datei.{table}")


def _same(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    (different,) = connection.execute(
        f"SELECT EXISTS (FROM datei.{table} EXCEPT ALL FROM {_LAKE}.{table}) "
        f"OR EXISTS (FROM {_LAKE}.{table} EXCEPT ALL FROM datei.{table})"
    ).fetchone()
    return not different


def _columns(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, dict[str, str]]:
    """Table → column → type, tables in the order in which they were made."""
    found: dict[str, dict[str, str]] = {}
    for table, name, kind in connection.execute(
        "SELECT c.table_name, c.column_name, c.data_type FROM duckdb_columns() AS c JOIN duckdb_tables() AS t "
        "USING (database_name, table_name) WHERE database_name = $1 ORDER BY t.table_oid, c.column_index",
        [database],
    ).fetchall():
        found.setdefault(table, {})[name] = kind
    return found


def _newest(connection: duckdb.DuckDBPyConnection) -> int:
    (snapshot,) = connection.execute(f"SELECT max(snapshot_id) FROM ducklake_snapshots('{_LAKE}')").fetchone()
    return snapshot


@contextmanager
def _attached(address: str, data: str | None = None, options: str = "") -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
        _attach(connection, address, data, options)
        yield connection


def _attach(connection: duckdb.DuckDBPyConnection, address: str, data: str | None = None, options: str = "") -> None:
    """Load the extensions, never from the network, and attach the lake under one name."""
    if not address.startswith(PREFIX) or re.search(r"\bpassword\s*=", address, re.IGNORECASE):
        raise Refused(
            "Der Katalog heißt postgres:dbname=… host=… user=…; ein Kennwort steht nie darin, sondern in PGPASSWORD oder ~/.pgpass."
        )
    for name, package in _EXTENSIONS.items():
        connection.execute(f"LOAD {_quoted(str(extension(name, package)))}")
    _sign_in_to_s3(connection)
    given = ", ".join(filter(None, (options, data and f"DATA_PATH {_quoted(data)}")))
    connection.execute(f"ATTACH {_quoted('ducklake:' + address)} AS {_LAKE}" + (f" ({given})" if given else ""))


def extension(name: str, package: str) -> Path:
    """File of one of DuckDB's extensions as PyPI brings it; raises Refused if it is not installed at DuckDB's version."""
    found = importlib.util.find_spec(package)
    for place in (found and found.submodule_search_locations) or []:
        path = Path(place) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        if path.exists():
            return path
    raise Refused(f"{package} fehlt für DuckDB {duckdb.__version__}. Bitte requirements-scale.txt installieren.")


def _sign_in_to_s3(connection: duckdb.DuckDBPyConnection) -> None:
    """What the environment says about S3, in the names that publish and follow use."""
    if key := os.environ.get("AWS_ACCESS_KEY_ID"):
        endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
        given = {
            "KEY_ID": key,
            "SECRET": os.environ.get("AWS_SECRET_ACCESS_KEY", ""),
            "REGION": os.environ.get("AWS_REGION", "eu-central-1"),
        }
        if endpoint:
            given |= {"ENDPOINT": endpoint.split("://")[-1], "URL_STYLE": "path",
                      "USE_SSL": str(endpoint.startswith("https")).lower()}  # fmt: skip
        settings = ", ".join(f"{name} {_quoted(value)}" for name, value in given.items())
        connection.execute(f"CREATE SECRET (TYPE s3, {settings})")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def _faults(address: str) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise FetchError(
            f"{address} ist nicht nutzbar ({str(error).splitlines()[0]}). Was hier und dort veröffentlicht ist, bleibt in Gebrauch."
        ) from error
