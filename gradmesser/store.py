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


class DatabaseMissing(RuntimeError):
    """There is no database that can be read; the text says what to do."""


class WrongParameters(ValueError):
    """A query was asked with parameters that it does not have; the text names it."""


def version() -> str:
    """Name of the published database; changes with every build, so it belongs into every cache key."""
    pointer = places.data_root() / places.POINTER
    try:
        return pointer.read_text("utf-8").strip()
    except OSError as error:
        raise DatabaseMissing("Die Datenbank fehlt. Bitte zuerst `python -m etl` ausführen.") from error


def fetch(query: str, /, **parameters: object) -> pd.DataFrame:
    """Run queries/<query>.sql on the published database; columns as its header says, dates as datetime64.

    Raises DatabaseMissing if none is published, it cannot be opened or has an older schema.
    """
    try:
        return _cursor().execute(sql(query), parameters).df()
    except duckdb.InvalidInputException as error:
        raise WrongParameters(f"{query}: {str(error).splitlines()[0]}") from error
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise DatabaseMissing(
            f"Die Datenbank passt nicht zu diesem Programmstand ({str(error).splitlines()[0]}). "
            "Bitte `python -m etl build` ausführen."
        ) from error


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


def _cursor() -> duckdb.DuckDBPyConnection:
    """A cursor of its own for each query: handles are shared, cursors are not."""
    path = database_file()
    with _LOCK:
        if path not in _OPEN:
            for old in list(_OPEN):
                _OPEN.pop(old)
            _OPEN[path] = _connect(path)
        return _OPEN[path].cursor()


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    if not path.exists():
        raise DatabaseMissing(
            f"Die Datenbank {path.name} fehlt, obwohl CURRENT sie nennt. Bitte `python -m etl build` ausführen."
        )
    try:
        return duckdb.connect(str(path), read_only=True, config={"autoinstall_known_extensions": "false"})
    except duckdb.Error as error:
        raise DatabaseMissing(
            f"Die Datenbank {path.name} ist nicht lesbar. Bitte `python -m etl build` ausführen; "
            "die Lieferungen in data/raw bleiben erhalten."
        ) from error
