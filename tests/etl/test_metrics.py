"""Metrics: what Prometheus' own parser reads is what the database holds, and nothing is told that is not known."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from etl import build, metrics
from tests import support
from tests.support import FEBRUARY, JANUARY, LAND, UNKNOWN_KEY, Instance, pvog

Samples = dict[str, dict[tuple[str, ...], float]]


def parsed(text: str) -> Samples:
    """Name → label values in order of the labels' names → value."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(value for _, value in sorted(sample.labels.items()))] = sample.value
    return found


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """Ten accepted rows and one rejected in January; February is held back."""
    root = tmp_path_factory.mktemp("basis")
    made = Instance(root=root, reference=support.small_reference(root / "reference"))
    rows = [pvog(UNKNOWN_KEY, LAND, url=f"https://dienst.example/{nr}") for nr in range(9)]
    made.rows([*rows, pvog(), pvog("kein Schlüssel")], JANUARY)
    made.rows([pvog()], FEBRUARY)
    made.build()
    return made


def test_the_text_tells_age_rows_and_what_is_held_back(base: Instance) -> None:
    found = parsed(metrics.measure(base.root, lambda: datetime(2026, 3, 2, tzinfo=UTC)).text.decode())
    source = ("amtlich", "open_pvog")
    assert found["gradmesser_up"] == {(): 1}
    assert found["gradmesser_source_age_days"] == {source: 30}
    assert found["gradmesser_source_stand_timestamp_seconds"] == {source: datetime(2026, 1, 31, tzinfo=UTC).timestamp()}
    assert found["gradmesser_source_received_timestamp_seconds"] == {
        source: datetime(2026, 2, 28, 12, tzinfo=UTC).timestamp()
    }
    assert found["gradmesser_source_rows"] == {
        ("amtlich", "accepted", "open_pvog"): 10,
        ("amtlich", "rejected", "open_pvog"): 1,
        ("amtlich", "held_back", "open_pvog"): 1,
    }
    assert found["gradmesser_source_deliveries"] == {
        ("amtlich", "open_pvog", "published"): 1,
        ("amtlich", "open_pvog", "held_back"): 1,
    }
    ((checksum, origin, name, _rules),) = found["gradmesser_database_info"]
    assert (name, origin) == (build.current(base.root).name, "amtlich")
    assert base.query("SELECT eingang_sha256[:12] FROM stand_der_datenbank") == [(checksum,)]
    assert found["gradmesser_build_timestamp_seconds"][()] == pytest.approx(datetime.now(UTC).timestamp(), abs=3600)


def test_what_is_not_known_is_left_out(tmp_path: Path) -> None:
    measured = metrics.measure(tmp_path)
    found = parsed(measured.text.decode())
    assert found["gradmesser_up"] == {(): 0}
    assert set(found) == {"gradmesser_up", "gradmesser_free_bytes", "gradmesser_program_info"}
    assert "python -m etl" in measured.fault


def test_the_command_prints_or_writes_whole_files(base: Instance, tmp_path: Path) -> None:
    printed = base.etl("metrics")
    assert (printed.code, printed.err) == (0, "")
    file = tmp_path / "gradmesser.prom"
    assert base.etl("metrics", "--out", str(file)).code == 0
    assert set(parsed(file.read_text("utf-8"))) == set(parsed(printed.out))
    assert [path.name for path in tmp_path.iterdir()] == ["gradmesser.prom"]
    assert file.stat().st_mode & 0o777 == 0o644


def test_an_unusable_database_is_written_as_down_and_ends_with_1(tmp_path: Path) -> None:
    empty = Instance(root=tmp_path / "leer", reference=tmp_path)
    file = tmp_path / "gradmesser.prom"
    ran = empty.etl("metrics", "--out", str(file))
    assert (ran.code, ran.out, ran.err.startswith("Fehler: ")) == (1, "", True)
    assert parsed(file.read_text("utf-8"))["gradmesser_up"] == {(): 0}
    assert not empty.root.exists(), "a look changes nothing"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server on a folder that is empty at first."""
    running = metrics.server(tmp_path, 0)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        thread.join(timeout=10)
        running.server_close()


def test_the_server_answers_on_this_machine_only_and_follows_the_database(
    address: str, tmp_path: Path, base: Instance
) -> None:
    with pytest.raises(HTTPError) as down:
        urlopen(f"{address}/health")
    assert (down.value.code, "python -m etl" in down.value.read().decode()) == (503, True)
    (tmp_path / "CURRENT").write_text(f"{build.current(base.root)}\n")
    with urlopen(f"{address}/health") as answer:
        assert (answer.status, answer.read().decode()) == (200, "in Ordnung\n")
    with urlopen(f"{address}/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert parsed(answer.read().decode())["gradmesser_up"] == {(): 1}
    with pytest.raises(HTTPError) as unknown:
        urlopen(f"{address}/../../etc/passwd")
    assert unknown.value.code == 404


def test_the_server_is_bound_to_this_machine(tmp_path: Path) -> None:
    with metrics.server(tmp_path, 0) as running:
        assert running.server_address[0] == "127.0.0.1"


def test_a_port_that_cannot_be_had_is_told(tmp_path: Path) -> None:
    empty = Instance(root=tmp_path, reference=tmp_path)
    with metrics.server(tmp_path, 0) as running:
        for port in (running.server_port, 70_000):
            ran = empty.etl("metrics", "--port", str(port))
            assert (ran.code, ran.out) == (1, "")
            assert f"127.0.0.1:{port} ist nicht frei" in ran.err
