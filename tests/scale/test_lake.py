"""The lake holds what the file holds: every query answers alike, writers take turns, a reader stays on its snapshot."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice, product
from pathlib import Path
from urllib.request import Request, urlopen

import duckdb
import pytest
from moto.server import ThreadedMotoServer

from etl import build, example, lake
from etl.errors import FetchError, Refused
from gradmesser import store
from gradmesser.catalog import places
from tests import postgres, support
from tests.support import FEBRUARY, JENA, NEBENWOHNSITZ, SHIPPED, Instance, pvog

QUERIES = sorted(path.stem for path in places.QUERIES.glob("*.sql"))
_MISSING = [package for package in lake._EXTENSIONS.values() if not lake.importlib.util.find_spec(package)]  # noqa: SLF001
if not postgres.programs():
    _MISSING.append("PostgreSQL (initdb)")
pytestmark = pytest.mark.skipif(bool(_MISSING), reason=f"DuckLake NOT TESTED, missing: {', '.join(_MISSING)}")
_COMBINATIONS = 4
TODAY = store.known_by(None)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres.running() as address:
        yield address


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """The example instance, built."""
    made = Instance(root=tmp_path_factory.mktemp("beispiel"), reference=SHIPPED)
    example.write(made.root, SHIPPED, example.Plan(months=3, units=60, until=date(2026, 10, 31)), lambda *_: None)
    made.build()
    return made


@pytest.fixture(scope="module")
def filled(server: str, shown: Instance, tmp_path_factory: pytest.TempPathFactory) -> str:
    address = postgres.database(server, "beispiel")
    lake.write(shown.root, address, str(tmp_path_factory.mktemp("see")))
    return address


@pytest.fixture(scope="module")
def both(shown: Instance, filled: str) -> Iterator[tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection]]:
    with shown.opened() as file, lake.opened(filled) as there:
        yield file, there


@pytest.fixture(scope="module")
def known(shown: Instance) -> dict[str, list[object]]:
    """Values of every parameter of the queries."""
    days = [day for (day,) in shown.query("SELECT DISTINCT stichtag FROM stichtag ORDER BY 1")]
    services = [key for (key,) in shown.query("SELECT DISTINCT leika_key FROM leistung ORDER BY 1 LIMIT 2")]
    snapshot = shown.query("SELECT min(snapshot_id) FROM snapshot")[0][0]
    register = shown.query("SELECT min(register_id) FROM register")[0][0]
    themes = [
        key
        for (key,) in shown.query("SELECT DISTINCT measure_id FROM observation WHERE gebiet_art = 'einheit' ORDER BY 1")
    ]
    assert len(themes) >= 5
    return {
        "measure_id": themes, "stand": [days[-1]], "wissen": [TODAY, days[1]], "wissen_von": [TODAY], "von": [days[0]], "bis": [days[-1]],
        "vorher": [days[0]], "ars": ["", JENA, support.ILM_KREIS], "leika_key": services, "snapshot_id": [snapshot],
        "kreis": [""], "themenfeld": [""], "register": ["", register], "meilenstein": [6],
        "sicht": ["zustaendig", "nutzbar"], "einheiten": [f"{JENA},{support.GOTHA_VERBAND}"],
    }  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_answers_on_the_lake_as_on_the_file(
    query: str,
    both: tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection],
    known: dict[str, list[object]],
):
    text = store.sql(query)
    asked = sorted(set(re.findall(r"\$([a-z_]+)", text)))
    calls = product(*(known[name] for name in asked))
    for values in islice(calls, _COMBINATIONS):
        parameters = dict(zip(asked, values, strict=True))
        file, there = (connection.execute(text, parameters) for connection in both)
        assert [column[:2] for column in file.description] == [column[:2] for column in there.description]
        assert file.fetchall() == there.fetchall(), parameters


def test_a_file_made_of_the_lake_has_the_same_rows(shown: Instance, filled: str, tmp_path: Path):
    reader = Instance(root=tmp_path / "zeigt", reference=SHIPPED)
    followed = lake.follow(reader.root, reader.root / support.STATIC, filled)
    assert (build.current(reader.root).name, followed.changed) == (followed.name, True)
    assert reader.tables() == shown.tables()
    assert lake.follow(reader.root, reader.root / support.STATIC, filled) == replace(followed, changed=False)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> list[Instance]:
    """Two builders with different databases."""
    reference = support.small_reference(tmp_path_factory.mktemp("klein"))
    made = []
    for rows in ([pvog()], [pvog(), pvog(NEBENWOHNSITZ, JENA)]):
        one = Instance(root=tmp_path_factory.mktemp("baut"), reference=reference)
        one.rows(rows, FEBRUARY)
        one.build()
        made.append(one)
    return made


def test_a_reader_stays_on_its_snapshot_and_unchanged_tables_are_left_alone(
    server: str, small: list[Instance], tmp_path: Path
):
    address = postgres.database(server, "zwei")
    lake.write(small[0].root, address, str(tmp_path / "see"))
    files = len(list((tmp_path / "see").rglob("*.parquet")))
    count = "SELECT count(*) FROM onlinedienst"
    with lake.opened(address) as before:
        lake.write(small[1].root, address, None)
        assert before.execute(count).fetchone() == (1,)
        with lake.opened(address) as after:
            assert after.execute(count).fetchone() == (2,)
    assert files < len(list((tmp_path / "see").rglob("*.parquet"))) < 2 * files
    snapshot = lake.write(small[1].root, address, None)
    assert lake.write(small[1].root, address, None) == snapshot


def command(instance: Instance, *arguments: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "GRADMESSER_DATA": str(instance.root)}
    return subprocess.Popen(
        [sys.executable, "-m", "etl", *arguments], cwd=places.ROOT, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def test_writers_at_the_same_time_never_mix_their_states(server: str, small: list[Instance], tmp_path: Path):
    address = postgres.database(server, "viele")
    lake.write(small[0].root, address, str(tmp_path / "see"))
    writers = [command(small[nr % 2], "lake", "--catalog", address) for nr in range(4)]
    said = [writer.communicate()[0] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0, 0], said
    reader = Instance(root=tmp_path / "zeigt", reference=small[0].reference)
    lake.follow(reader.root, reader.root / support.STATIC, address)
    assert reader.tables() in [one.tables() for one in small]


def test_broken_rules_in_the_lake_are_not_shown(server: str, small: list[Instance], tmp_path: Path):
    address = postgres.database(server, "falsch")
    lake.write(small[0].root, address, str(tmp_path / "see"))
    reader = Instance(root=tmp_path / "zeigt", reference=small[0].reference)
    name = lake.follow(reader.root, reader.root / support.STATIC, address).name
    with lake._attached(address) as connection:  # noqa: SLF001 - a foreign writer
        connection.execute("INSERT INTO see.einheit FROM see.einheit")
    with pytest.raises(FetchError, match="bleibt in Gebrauch"):
        lake.follow(reader.root, reader.root / support.STATIC, address)
    assert build.current(reader.root).name == name
    assert not list(reader.root.glob("*.teil*"))


def test_rows_in_object_storage_and_commands(
    server: str, small: list[Instance], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    storage = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    storage.start()
    urlopen(Request(f"http://127.0.0.1:{port}/see", method="PUT"), timeout=10).close()
    for name, value in {"ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test", "REGION": "eu-central-1",
                        "ENDPOINT_URL": f"http://127.0.0.1:{port}"}.items():  # fmt: skip
        monkeypatch.setenv(f"AWS_{name}", value)
    address = postgres.database(server, "speicher")
    assert small[1].etl("lake", "--catalog", address, "--to", "s3://see/zeilen/").code == 0
    reader = Instance(root=tmp_path / "zeigt", reference=small[1].reference)
    shutil.copytree(small[1].reference, reader.root / "reference")
    ran = reader.etl("follow", "--from", address)
    assert (ran.code, "übernommen" in ran.out) == (0, True), ran.err
    assert reader.tables() == small[1].tables()
    storage.stop()


def test_a_password_in_the_address_and_an_unreachable_catalogue_are_refused(small: list[Instance], tmp_path: Path):
    with pytest.raises(Refused, match="PGPASSWORD"):
        lake.write(small[0].root, "postgres:dbname=x password=geheim", None)
    with pytest.raises(FetchError, match="ist nicht nutzbar"):
        lake.write(small[0].root, f"postgres:dbname=x host={tmp_path}", None)
