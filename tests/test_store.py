"""The store opens what is published, notices a new database, and says what to do when there is none."""

import threading
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from gradmesser import store
from gradmesser.store import DatabaseMissing
from tests import support
from tests.support import FEBRUARY, JANUARY, JENA, NEBENWOHNSITZ, Instance, pvog

TODAY = store.known_by(None)


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """A small instance that the store reads."""
    made = Instance(root=tmp_path / "daten", reference=support.small_reference(tmp_path / "reference"))
    monkeypatch.setenv("GRADMESSER_DATA", str(made.root))
    made.rows([pvog()])
    made.build()
    return made


def n_of_jena(stand: date = FEBRUARY) -> int:
    rows = store.fetch("rollin_verwaltung", stand=stand, wissen=TODAY)
    return int(rows.set_index("ars").loc[JENA, "n"])


def test_the_version_is_the_name_of_the_published_database(published: Instance) -> None:
    assert store.version() == (published.root / "CURRENT").read_text().strip()
    assert store.database_file().is_file()


def test_a_query_gives_a_frame_with_dates_and_text_keys(published: Instance) -> None:  # noqa: ARG001
    rows = store.fetch("rollin_verwaltung", stand=FEBRUARY, wissen=TODAY)
    assert isinstance(rows, pd.DataFrame)
    assert pd.api.types.is_datetime64_any_dtype(rows["stand"])
    assert rows["ars"].iloc[0] == "160510000000"


def test_a_new_database_is_read_without_a_restart(published: Instance) -> None:
    assert n_of_jena() == 1
    version = store.version()
    published.rows([pvog(NEBENWOHNSITZ)], FEBRUARY)
    published.rows([pvog(NEBENWOHNSITZ), pvog()], date(2026, 2, 27))
    published.build()
    assert store.version() != version
    assert (n_of_jena(JANUARY), n_of_jena(date(2026, 2, 27))) == (1, 1)


def test_the_published_database_cannot_be_written(published: Instance) -> None:  # noqa: ARG001
    store.fetch("stichtage", wissen=store.known_by(None))
    cursor = store._cursor(store.database_file())  # noqa: SLF001 - there is no other way to try
    with pytest.raises(duckdb.InvalidInputException, match="read-only"):
        cursor.execute("DELETE FROM stichtag")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/hosts')", "SELECT * FROM read_text('/etc/hosts')", "FROM glob('/*')",
        "FROM 'https://daten.example/a.parquet'", "COPY (SELECT 1) TO '{folder}/aus.csv'", "EXPORT DATABASE '{folder}'",
        "ATTACH '{folder}/neu.duckdb'", "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access = true",
        "SET threads = 1", "SELECT getenv('HOME')", "CREATE TABLE neu (a INTEGER)", "FROM leaked",
    ],
)  # fmt: skip
def test_sql_reaches_nothing_but_the_database(published: Instance, tmp_path: Path, sql: str) -> None:  # noqa: ARG001
    leaked = pd.DataFrame({"secret": [1]})  # noqa: F841 - a table of that name must not be found
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(duckdb.Error):
        store._cursor(store.database_file()).execute(sql.format(folder=tmp_path)).fetchall()  # noqa: SLF001
    assert sorted(tmp_path.rglob("*")) == before


def test_many_threads_ask_at_once_while_databases_change(published: Instance) -> None:
    errors: list[Exception] = []
    seen: set[int] = set()

    def ask() -> None:
        try:
            for _ in range(15):
                seen.add(len(store.fetch("rollin_verwaltung", stand=JANUARY, wissen=TODAY)))
        except (DatabaseMissing, duckdb.Error) as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    published.build()
    published.build()
    for thread in threads:
        thread.join(timeout=60)
    assert (errors, seen) == ([], {206})


def test_two_queries_do_not_disturb_each_other(published: Instance) -> None:  # noqa: ARG001
    first, second = store._cursor(store.database_file()), store._cursor(store.database_file())  # noqa: SLF001 - handles are shared, cursors are not
    first.execute("SELECT ars FROM einheit ORDER BY ars")
    second.execute("SELECT 1")
    assert first.fetchone() == ("000000000000",)


# No database ----------------------------------------------------------------------------------------------------------


def test_without_a_database_the_text_says_what_to_do(empty_instance: Path) -> None:  # noqa: ARG001
    with pytest.raises(DatabaseMissing, match="python -m etl"):
        store.version()
    with pytest.raises(DatabaseMissing, match="python -m etl"):
        store.fetch("stichtage", wissen=store.known_by(None))


@pytest.mark.parametrize("pointer", ["gradmesser-weg.duckdb\n", "", "\n", "../anderswo.duckdb\n"])
def test_a_pointer_to_nothing_is_told(empty_instance: Path, pointer: str) -> None:
    (empty_instance / "CURRENT").write_text(pointer)
    with pytest.raises(DatabaseMissing, match="python -m etl build"):
        store.fetch("stichtage", wissen=store.known_by(None))


@pytest.mark.parametrize("content", [b"", b"keine Datenbank", b"\x00" * 20_000])
def test_a_damaged_database_is_told(empty_instance: Path, content: bytes) -> None:
    (empty_instance / "kaputt.duckdb").write_bytes(content)
    (empty_instance / "CURRENT").write_text("kaputt.duckdb\n")
    with pytest.raises(DatabaseMissing, match="python -m etl build"):
        store.fetch("stichtage", wissen=store.known_by(None))


def test_a_truncated_database_is_told(published: Instance) -> None:
    whole = store.database_file()
    (published.root / "halb.duckdb").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    (published.root / "CURRENT").write_text("halb.duckdb\n")
    with pytest.raises(DatabaseMissing, match="python -m etl build"):
        store.fetch("rollin_verwaltung", stand=FEBRUARY, wissen=TODAY)


def test_a_database_of_an_older_schema_is_told(empty_instance: Path) -> None:
    with duckdb.connect(str(empty_instance / "alt.duckdb")) as connection:
        connection.execute("CREATE TABLE stichtag (tag DATE)")
    (empty_instance / "CURRENT").write_text("alt.duckdb\n")
    with pytest.raises(DatabaseMissing, match="passt nicht zu diesem Programmstand"):
        store.fetch("stichtage", wissen=store.known_by(None))


def test_todays_knowledge_is_everything_that_is_known() -> None:
    assert store.known_by(None) < date(9999, 12, 31)
    assert store.known_by(FEBRUARY) == FEBRUARY
