"""The schema refuses rows that the contract does not allow, and explains every column."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from etl import build
from gradmesser import catalog
from tests.support import GOTHA, JENA, SHIPPED, WOHNSITZ

SNAPSHOT = "open_pvog-2026-01-31-000000000000"


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """The schema with the territory and one good row in each table that others refer to."""
    with duckdb.connect() as connection:
        connection.execute(catalog.SCHEMA_SQL)
        build.load_territory(connection, SHIPPED)
        connection.execute(
            f"""
            INSERT INTO source VALUES ('open_pvog', 't', 'p', 'l', 'a', 'u', 'g');
            INSERT INTO measure VALUES ('quote', 'open_pvog', 't', 's', 'percent', 'd', 'f', 'c');
            INSERT INTO snapshot VALUES ('{SNAPSHOT}', 'open_pvog', '2026-01-31', '2026-02-01', '2026-02-01', repeat('0', 64),
                'a.csv', NULL, 3, 2, 1, 0, 'amtlich', 'veroeffentlicht', NULL, NULL);
            INSERT INTO katalog_version VALUES ('v1', 't', '2019', 's', '2019-01-01', '2019-01-01', 'amtlich');
            INSERT INTO register VALUES ('melderegister', 'n', 1, 'gemeinde', true, NULL, NULL, 'hoch');
            INSERT INTO leistung VALUES ('{WOHNSITZ}', 'v1', 'n', 'b', NULL, NULL, 'Umwelt', NULL, 'gemeinde', 'buerger',
                'melderegister', NULL, NULL, 'hoch');
            INSERT INTO stichtag VALUES ('2026-01-31', 'v1', true);
            """
        )
        yield connection


TIMES = "'2026-01-31', '9999-12-31', '2026-02-01', '9999-12-31'"
SERVICE = f"'{WOHNSITZ}', '{JENA}', '{JENA}', 'u', 'ok', 'ja', NULL, NULL, NULL"
CELL = f"'{JENA}', '{WOHNSITZ}', 'sichtbar', 'eigen', true, false, NULL, 0, 0, NULL, NULL, false"
GOOD = {
    "einheit": "'160999999999', '16099999', 'n', 'a', 'l', 'gemeinde', 'verbandsfreie_gemeinde', 'gemeindeebene', NULL, NULL, '160999999999', 1, 1, NULL, '9999-12-31'",
    "snapshot": "'open_pvog-2026-02-28-000000000000', 'open_pvog', '2026-02-28', '2026-02-28', '2026-02-28', repeat('a', 64), 'd', NULL, 3, 2, 1, 0, 'amtlich', 'zurueckgehalten', 'g', NULL",
    "leistung": "'99115005104002', 'v1', 'n', 'b', NULL, NULL, 'Umwelt', NULL, 'kreis', 'beide', NULL, NULL, NULL, 'niedrig'",
    "zustaendigkeit_ausnahme": f"'{WOHNSITZ}', '{GOTHA}', false, 'f'",
    "zustaendigkeit": f"'{GOTHA}', '{WOHNSITZ}', 'v1'",
    "onlinedienst": f"{SERVICE}, true, true, NULL, {TIMES}",
    "rollin_zelle": f"{CELL}, {TIMES}",
    "observation": "'staat', 'DE', 'quote', '', '', '2026-01-31', 1, 'gemeldet', NULL, '"
    + SNAPSHOT
    + "', '2026-02-01', '9999-12-31'",
    "rollin_einheit": f"'2026-01-31', 'v1', '{JENA}', 1, 3, 2, 1, 0, 0, 0",
    "rollin_leistung": f"'2026-01-31', 'v1', '{WOHNSITZ}', 1, 3, 2, 5, 9",
    "aenderung": f"'2026-01-31', '{JENA}', '{WOHNSITZ}', 'neu_online', 'keine_meldung', 'sichtbar'",
}
BAD = {
    "an AGS that is not that of the ARS": ("einheit", "'16099999'", "'16099998'"),
    "an ARS of 11 digits": ("einheit", "'160999999999', '16099999'", "'16099999999', NULL"),
    "an ARS with a letter": ("einheit", "'160999999999', '16099999'", "'16099999999O', NULL"),
    "a Gemeinde that nobody is responsible for": ("einheit", "'160999999999', 1, 1", "NULL, 1, 1"),
    "no inhabitants at all": ("einheit", "1, 1, NULL", "0, 1, NULL"),
    "an unknown kind of unit": ("einheit", "verbandsfreie_gemeinde", "dorf"),
    "accepted and rejected that are not all rows": ("snapshot", "3, 2, 1", "3, 2, 2"),
    "a checksum that is none": ("snapshot", "repeat('a', 64)", "'abc'"),
    "a snapshot of an unknown source": ("snapshot", "'open_pvog', '2026", "'anders', '2026"),
    "an unknown origin": ("snapshot", "'amtlich'", "'geraten'"),
    "an unknown status": ("snapshot", "'zurueckgehalten'", "'halb'"),
    "a key in scientific notation": ("leistung", "'99115005104002'", "'9,91E+13'"),
    "a service of the Land": ("leistung", "'kreis'", "'land'"),
    "an unknown register": ("leistung", "'beide', NULL", "'beide', 'phantasie'"),
    "a service without a name": ("leistung", "'v1', 'n'", "'v1', NULL"),
    "an unknown catalogue version": ("leistung", "'v1'", "'v2'"),
    "an exception for an unknown unit": ("zustaendigkeit_ausnahme", GOTHA, "160999000000"),
    "evidence that ends before it begins": ("onlinedienst", "'9999-12-31', '2026-02-01'", "'2026-01-31', '2026-02-01'"),
    "evidence that is forgotten before it is known": ("onlinedienst", "'2026-02-01', '9999-12-31'", "'2026-02-01', '2026-02-01'"),
    "evidence that counts and has a reason not to": ("onlinedienst", "true, true, NULL", "true, true, 'nicht aktiv'"),
    "evidence that does not count without a reason": ("onlinedienst", "true, true, NULL", "false, false, NULL"),
    "evidence of an unknown area": ("onlinedienst", f"'{JENA}', 'u'", "'160999000000', 'u'"),
    "an unknown state": ("rollin_zelle", "'sichtbar'", "'fast'"),
    "a state that ends before it begins": ("rollin_zelle", "'9999-12-31', '2026-02-01'", "'2026-01-30', '2026-02-01'"),
    "a value that is missing without a reason": ("observation", "1, 'gemeldet'", "NULL, 'gemeldet'"),
    "a value although it is suppressed": ("observation", "1, 'gemeldet'", "1, 'unterdrueckt'"),
    "a question that does not apply without a reason": ("observation", "1, 'gemeldet', NULL", "NULL, 'nicht_zutreffend', NULL"),
    "a value that is forgotten before it is known": ("observation", "'9999-12-31'", "'2026-02-01'"),
    "a value of an unknown measure": ("observation", "'quote'", "'anders'"),
    "a value of an unknown delivery": ("observation", SNAPSHOT, "anders"),
    "more live than known": ("rollin_einheit", "1, 3, 2", "2, 3, 2"),
    "less than nothing live": ("rollin_einheit", "1, 3, 2, 1, 0", "-1, 3, 2, -1, 0"),
    "own and inherited that are not all live": ("rollin_einheit", "1, 3, 2, 1, 0", "1, 3, 2, 0, 0"),
    "numbers of a day that is none": ("rollin_einheit", "2026-01-31", "2026-01-30"),
    "more people reached than there are": ("rollin_leistung", "5, 9", "10, 9"),
    "an unknown kind of change": ("aenderung", "'neu_online'", "'besser'"),
}  # fmt: skip


@pytest.mark.parametrize("table", GOOD)
def test_a_good_row_is_accepted(database: duckdb.DuckDBPyConnection, table: str) -> None:
    database.execute("BEGIN")
    database.execute(f"INSERT INTO {table} VALUES ({GOOD[table]})")
    database.execute("ROLLBACK")


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_row_is_refused(database: duckdb.DuckDBPyConnection, kind: str) -> None:
    table, old, new = BAD[kind]
    assert old in GOOD[table]
    database.execute("BEGIN")
    with pytest.raises((duckdb.ConstraintException, duckdb.ConversionException)):
        database.execute(f"INSERT INTO {table} VALUES ({GOOD[table].replace(old, new, 1)})")
    database.execute("ROLLBACK")


@pytest.mark.parametrize("table", ["einheit", "snapshot", "leistung", "observation", "rollin_einheit", "aenderung"])
def test_a_key_exists_only_once(database: duckdb.DuckDBPyConnection, table: str) -> None:
    database.execute("BEGIN")
    database.execute(f"INSERT INTO {table} VALUES ({GOOD[table]})")
    with pytest.raises(duckdb.ConstraintException):
        database.execute(f"INSERT INTO {table} VALUES ({GOOD[table]})")
    database.execute("ROLLBACK")


def test_every_table_and_every_column_is_explained(database: duckdb.DuckDBPyConnection) -> None:
    tables = database.execute(
        "SELECT table_name FROM duckdb_tables() WHERE NOT temporary AND comment IS NULL"
    ).fetchall()
    columns = database.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE comment IS NULL AND table_name IN "
        "(SELECT table_name FROM duckdb_tables() WHERE NOT temporary)"
    ).fetchall()
    assert (tables, columns) == ([], [])


def test_the_states_of_the_schema_are_those_of_the_catalogue(database: duckdb.DuckDBPyConnection) -> None:
    (states,) = database.execute("SELECT enum_range(NULL::zustand)").fetchone()
    assert set(states) == catalog.STATES.keys()


def test_the_published_database_has_exactly_this_schema(database: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    published = build.build(tmp_path, SHIPPED, tmp_path / "static").database
    columns = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE table_name IN (SELECT table_name FROM duckdb_tables() WHERE NOT temporary) ORDER BY ALL"  # fmt: skip
    with duckdb.connect(str(published), read_only=True) as connection:
        assert connection.execute(columns).fetchall() == database.execute(columns).fetchall()
