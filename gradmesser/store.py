"""Read-only access to the published database: named queries in, data frames out."""

import threading
from datetime import date
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd

from gradmesser import catalog
from gradmesser.catalog import places

_LOCK = threading.Lock()
_OPEN: dict[Path, duckdb.DuckDBPyConnection] = {}
_HELD_OPEN = 2
"""The newest database and the one before, which a page that began before the swap still reads."""
_DAMAGED = (duckdb.IOException, duckdb.FatalException, duckdb.SerializationException)
"""What DuckDB raises where the file is not what was written."""


class DatabaseMissing(RuntimeError):
    """There is no database that can be read; the text says what to do."""


class WrongParameters(ValueError):
    """A query was asked with parameters that it does not have; the text names it."""


def version() -> str:
    """Name of the published database; changes with every build, so it belongs into every cache key."""
    pointer = places.data_root() / places.POINTER
    try:
        return pointer.read_text("utf-8", errors="replace").strip()
    except OSError as error:
        raise DatabaseMissing("Die Datenbank fehlt. Bitte zuerst `python -m etl` ausführen.") from error


def fetch(query: str, /, **parameters: object) -> pd.DataFrame:
    """Run queries/<query>.sql on the published database; columns as its header says, dates as datetime64.

    Raises DatabaseMissing if none is published, it cannot be opened or read, or has an older schema.
    """
    return fetch_from(version(), query, **parameters)


def fetch_from(published: str, query: str, /, **parameters: object) -> pd.DataFrame:
    """The same on the database of one version: whoever asks several times sees one state while a new one is published."""
    try:
        return _cursor(places.data_root() / published).execute(sql(query), parameters).df()
    except duckdb.InvalidInputException as error:
        raise WrongParameters(f"{query}: {str(error).splitlines()[0]}") from error
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise DatabaseMissing(
            f"Die Datenbank passt nicht zu diesem Programmstand ({str(error).splitlines()[0]}). "
            "Bitte `python -m etl build` ausführen."
        ) from error
    except _DAMAGED as error:
        _forget()
        raise DatabaseMissing(_unreadable(published)) from error


@cache
def sql(query: str) -> str:
    """Text of one named query, as shown under "Quellen & Rechenweg"."""
    return (places.QUERIES / f"{query}.sql").read_text("utf-8")


def known_by(wissen: date | None) -> date:
    """Parameter $wissen: a day of knowledge, today's knowledge if none is given."""
    return wissen or catalog.OPEN_END.replace(day=30)


def database_file() -> Path:
    """Path of the published database, for download."""
    return places.data_root() / version()


def _cursor(path: Path) -> duckdb.DuckDBPyConnection:
    """A cursor of its own for each query: handles are shared, cursors are not."""
    with _LOCK:
        if path not in _OPEN:
            _OPEN[path] = _connect(path)
            for old in list(_OPEN)[:-_HELD_OPEN]:
                _OPEN.pop(old)
        return _OPEN[path].cursor()


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    if not path.is_file():
        raise DatabaseMissing(
            f"Die Datenbank {path.name} fehlt, obwohl CURRENT sie nennt. Bitte `python -m etl build` ausführen."
        )
    try:
        return duckdb.connect(str(path), read_only=True, config=places.READING)
    except duckdb.Error as error:
        raise DatabaseMissing(_unreadable(path.name)) from error


def _forget() -> None:
    """Open the file anew next time: it may have been repaired under the same name."""
    with _LOCK:
        _OPEN.clear()


def _unreadable(name: str) -> str:
    return (
        f"Die Datenbank {name} ist nicht lesbar. Bitte `python -m etl build` ausführen; die Lieferungen in data/raw "
        "bleiben erhalten."
    )
