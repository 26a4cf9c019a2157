"""`python -m etl …`: what it prints, how it ends, and the first start without any delivery."""

import functools
import json
import os
import socket
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from etl import build, deliver, example, fetch, snapshots
from tests import support
from tests.support import DATA, FEBRUARY, JANUARY, LAND, ROOT, UNKNOWN_KEY, Instance, pvog, table

GOOD = DATA / "pvog" / "export_bom_crlf.csv"
BAD = DATA / "pvog" / "fehlerseite.html"


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """Empty, with a reference of its own in its folder."""
    return Instance(root=tmp_path, reference=support.small_reference(tmp_path / "reference"))


def withheld(instance: Instance) -> str:
    """A delivery that the gate holds back, after one of a hundred rows."""
    rows = [pvog(UNKNOWN_KEY, LAND, url=f"https://dienst.example/{nr}") for nr in range(100)]
    instance.rows(rows, JANUARY)
    return instance.rows(rows[:3], FEBRUARY).snapshot


# import ---------------------------------------------------------------------------------------------------------------


def test_import_prints_one_object_with_the_keys_of_the_contract(instance: Instance) -> None:
    ran = instance.etl("import", str(GOOD), "--source", "open_pvog", "--json")
    assert (ran.code, ran.err) == (0, "")
    report = ran.json()
    assert list(report) == [
        *("source", "snapshot", "stand", "rows", "accepted", "rejected", "warnings", "reasons", "status")
    ]
    assert (report["stand"], report["rows"], report["accepted"], report["rejected"]) == ("2026-01-31", 3, 3, 0)
    assert (report["warnings"], report["reasons"], report["status"]) == (0, {}, "veroeffentlicht")


def test_import_says_in_german_what_became_of_the_rows(instance: Instance) -> None:
    ran = instance.etl("import", str(DATA / "pvog" / "alle_ablehnungen.csv"), "--source", "open_pvog")
    assert "Stand 31.01.2026, 12 Zeilen, 4 angenommen, 8 abgelehnt, 3 Warnungen" in ran.out
    assert "abgelehnt wegen leika_key_ungueltig: 2" in ran.out
    assert "python -m etl build" in ran.out


def test_a_refused_file_ends_with_1_and_the_reason_on_stderr(instance: Instance) -> None:
    ran = instance.etl("import", str(BAD), "--source", "open_pvog", "--json")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Fehler: fehlerseite.html: ")
    assert instance.kept() == []


def test_of_several_files_the_good_ones_are_kept(instance: Instance) -> None:
    ran = instance.etl(
        "import", str(BAD), str(GOOD), str(instance.root / "fehlt.csv"), "--source", "open_pvog", "--json"
    )
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 2
    assert [json.loads(line)["accepted"] for line in ran.out.splitlines()] == [3]


def test_a_repeated_import_says_so(instance: Instance) -> None:
    instance.etl("import", str(GOOD), "--source", "open_pvog")
    again = instance.etl("import", str(GOOD), "--source", "open_pvog", "--json")
    assert (again.code, again.json()["status"]) == (0, "unveraendert")


def test_an_import_that_is_held_back_says_so(instance: Instance) -> None:
    withheld(instance)
    path = instance.write(table([pvog()]), "klein.csv")
    ran = instance.etl("import", str(path), "--source", "open_pvog", "--stand", "2026-03-31")
    assert (ran.code, "zurueckgehalten" in ran.out, "mehr als 20 % Unterschied" in ran.out) == (0, True, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", str(GOOD)),
        ("import", "--source", "open_pvog"),
        ("import", str(GOOD), "--source", "open_pvog", "--stand", "31.01.2026"),
        ("bauen",),
        ("build", "--schnell"),
        ("example", "--months", "0"),
        ("example", "--months", "zwei"),
        ("release", "open_pvog-2026-01-31-000000000000"),
        ("fetch", "gibt_es_nicht"),
    ],
)
def test_a_wrong_call_ends_with_2(instance: Instance, arguments: tuple[str, ...]) -> None:
    ran = instance.etl(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "usage:" in ran.err


@pytest.mark.parametrize("source", ["gibt_es_nicht", "gebietsstand"])
def test_an_unknown_source_names_the_known_ones(instance: Instance, source: str) -> None:
    ran = instance.etl("import", str(GOOD), "--source", source)
    assert (ran.code, "open_pvog" in ran.err) == (1, True)


# build and status -----------------------------------------------------------------------------------------------------


def test_build_prints_the_object_of_the_contract(instance: Instance) -> None:
    instance.rows([pvog()])
    report = instance.etl("build", "--json").json()
    assert list(report) == ["database", "snapshots", "seconds"]
    assert (Path(report["database"]), report["snapshots"]) == (build.current(instance.root), 1)
    assert isinstance(report["seconds"], float)


def test_a_failed_build_ends_with_1_and_the_reason(instance: Instance) -> None:
    instance.rows([pvog()])
    (kept,) = (instance.root / "raw").rglob("lieferung.csv")
    kept.write_text("geändert")
    ran = instance.etl("build", "--json")
    assert (ran.code, ran.out, "Prüfsumme" in ran.err) == (1, "", True)


def test_a_full_or_closed_disk_is_told_without_a_traceback(instance: Instance) -> None:
    (instance.root / "raw").write_text("eine Datei, wo der Ordner stehen soll")
    ran = instance.etl("import", str(GOOD), "--source", "open_pvog")
    assert (ran.code, ran.err.startswith("Fehler: ")) == (1, True)
    assert "Schreibrechte" in ran.err


def test_status_prints_one_object_per_source(instance: Instance) -> None:
    withheld(instance)
    instance.take((DATA / "pvog" / "alle_ablehnungen.csv").read_bytes(), stand=JANUARY)
    instance.etl("build")
    entries = instance.etl("status", "--json").json()
    assert [list(entry) for entry in entries] == [
        ["source", "herkunft", "stand", "age_days", "snapshots", "rows", "rejected", "status"]
    ]
    (entry,) = entries
    age = (datetime.now(UTC).date() - date.fromisoformat(entry["stand"])).days
    assert (entry["source"], entry["herkunft"], entry["age_days"]) == ("open_pvog", "amtlich", age)
    assert (entry["snapshots"], entry["rows"], entry["rejected"]) == (3, 115, 8)
    assert entry["status"] == "zurueckgehalten"


def test_status_tells_why_something_is_held_back(instance: Instance) -> None:
    name = withheld(instance)
    instance.etl("build")
    ran = instance.etl("status")
    assert f"zurückgehalten {name}: 3 statt zuvor 100 angenommene Zeilen" in ran.out
    assert "Stand 2026-01-31" in ran.out


def test_status_without_a_database_says_what_to_do(instance: Instance) -> None:
    ran = instance.etl("status", "--json")
    assert (ran.code, ran.out, "python -m etl" in ran.err) == (1, "", True)


# release --------------------------------------------------------------------------------------------------------------


def test_release_publishes_with_its_reason(instance: Instance) -> None:
    name = withheld(instance)
    instance.etl("build")
    ran = instance.etl("release", name, "--reason", "vom Betreiber bestätigt")
    assert (ran.code, ran.out) == (0, f"{name} ist veröffentlicht: vom Betreiber bestätigt\n")
    found = instance.query("SELECT status::TEXT, freigabe_grund FROM snapshot WHERE snapshot_id = $1", name)
    assert found == [("veroeffentlicht", "vom Betreiber bestätigt")]


@pytest.mark.parametrize("reason", ["", "  "])
def test_release_needs_a_reason(instance: Instance, reason: str) -> None:
    ran = instance.etl("release", withheld(instance), "--reason", reason)
    assert (ran.code, "Begründung" in ran.err) == (1, True)


def test_an_unknown_delivery_is_not_released(instance: Instance) -> None:
    withheld(instance)
    assert instance.etl("release", "open_pvog-2026-01-31-000000000000", "--reason", "x").code == 1


# example and first start ----------------------------------------------------------------------------------------------


def test_example_makes_deliveries_that_a_build_publishes(instance: Instance) -> None:
    made = instance.etl("example", "--months", "2", "--units", "20", "--services", "4", "--until", "2026-06-30")
    assert (made.code, "6 Beispiellieferungen mit erfundenen Werten" in made.out) == (0, True)
    assert instance.etl("build").code == 0
    assert instance.query("SELECT herkunft::TEXT FROM stand_der_datenbank") == [("beispiel",)]


def test_more_gemeinden_than_thueringen_need_an_instance_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRADMESSER_DATA", raising=False)
    ran = support.run(support.etl.main, ["example", "--units", "1000", "--months", "1"])
    assert (ran.code, "GRADMESSER_DATA" in ran.err) == (1, True)


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The live source at a port where nobody listens, and little example data in its place."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    api = yaml.safe_load(fetch.API_FILE.read_text("utf-8")) | {"base": f"https://127.0.0.1:{port}/api"}
    (tmp_path / "api.yaml").write_text(yaml.safe_dump(api), "utf-8")
    monkeypatch.setattr(fetch, "API_FILE", tmp_path / "api.yaml")
    plan = functools.partial(example.Plan, months=2, units=20, services=4)
    monkeypatch.setattr(example, "Plan", plan)


@pytest.mark.usefixtures("unreachable")
def test_a_first_start_without_the_live_source_uses_example_data_and_says_so(instance: Instance) -> None:
    ran = instance.etl()
    assert ran.code == 0
    (line,) = [one for one in ran.out.splitlines() if "BEISPIELDATEN" in one]
    assert line.startswith("Noch keine Lieferungen")
    assert "Open-PVOG" in line
    assert instance.query("SELECT herkunft::TEXT FROM stand_der_datenbank") == [("beispiel",)]


@pytest.mark.usefixtures("unreachable")
def test_a_later_start_only_builds(instance: Instance) -> None:
    instance.rows([pvog()])
    ran = instance.etl()
    assert (ran.code, "BEISPIEL" in ran.out) == (0, False)
    assert ran.out.startswith("Datenbank gradmesser-")


def test_a_start_tells_what_it_left_out(instance: Instance) -> None:
    name = withheld(instance)
    instance.rows([pvog(url=deliver.EXAMPLE_HOST)], JANUARY)
    ran = instance.etl()
    assert "1 Beispiellieferungen bleiben unberücksichtigt" in ran.out
    assert f"Zurückgehalten: {name}" in ran.out


@pytest.mark.usefixtures("unreachable")
def test_a_fetch_without_the_live_source_ends_with_1(instance: Instance) -> None:
    ran = instance.etl("fetch")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines()[-1].startswith("Fehler: Open-PVOG")
    assert snapshots.all_of(instance.root / "raw") == []


# As a process ---------------------------------------------------------------------------------------------------------


def process(instance: Instance, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"GRADMESSER_DATA": str(instance.root), "LC_ALL": "C"}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120)  # fmt: skip


def test_the_commands_work_as_processes(instance: Instance) -> None:
    refused = process(instance, "etl", "import", str(BAD), "--source", "open_pvog")
    assert (refused.returncode, refused.stdout, "Traceback" in refused.stderr) == (1, "", False)
    taken = process(instance, "etl", "import", str(GOOD), "--source", "open_pvog", "--json")
    assert (taken.returncode, json.loads(taken.stdout)["accepted"]) == (0, 3)
    started = process(instance, "etl")
    assert (started.returncode, started.stderr) == (0, "")
    exported = process(instance, "gradmesser", "export", "rollin", "--stand", "2026-01-31", "--format", "json")
    assert len(json.loads(exported.stdout)) == 206


def test_a_hostile_file_never_shows_a_traceback(instance: Instance) -> None:
    path = instance.write(b"\xff\xfe" + b"\x00\xd8" * 40, "kaputt.csv")
    ran = process(instance, "etl", "import", str(path), "--source", "open_pvog")
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert ran.stderr.startswith("Fehler: kaputt.csv")
