"""Building: whole or not at all, one at a time, from unaltered files only, and again from scratch to the same rows."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from etl import build
from etl.errors import BuildError, Refused
from tests import support
from tests.support import FEBRUARY, JENA, MARCH, ROOT, SHIPPED, VG, Instance, build_error, pvog


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return support.small_reference(tmp_path_factory.mktemp("klein"))


@pytest.fixture
def instance(tmp_path: Path, small: Path) -> Instance:
    """With one delivery, not yet built."""
    made = Instance(root=tmp_path / "daten", reference=small)
    made.rows([pvog()])
    return made


def published(instance: Instance) -> str:
    return (instance.root / "CURRENT").read_text().strip()


def databases(instance: Instance) -> list[str]:
    return sorted(path.name for path in instance.root.glob("gradmesser-*"))


# What is published ----------------------------------------------------------------------------------------------------


def test_a_build_publishes_one_database_and_points_to_it(instance: Instance) -> None:
    report = instance.build()
    assert (report.snapshots, report.herkunft, report.withheld, report.ignored) == (1, "amtlich", (), 0)
    assert report.database == build.current(instance.root) == instance.root / published(instance)
    assert databases(instance) == [report.database.name]


def test_building_twice_gives_the_same_rows_under_a_new_name(instance: Instance) -> None:
    first = instance.build().database.name
    rows = instance.tables()
    assert instance.build().database.name > first
    assert instance.tables() == rows


def test_only_the_last_few_databases_are_kept(instance: Instance) -> None:
    names = [instance.build().database.name for _ in range(5)]
    assert databases(instance) == names[-3:]
    assert published(instance) == names[-1]


def test_a_build_without_deliveries_has_the_territory_and_no_cells(tmp_path: Path, small: Path) -> None:
    empty = Instance(root=tmp_path / "leer", reference=small)
    assert empty.build().snapshots == 0
    assert empty.query("SELECT count(*) FROM einheit WHERE ars = zustaendig_ars AND gueltig_bis = '9999-12-31'") == [
        (206,)
    ]
    assert empty.query("SELECT count(*) FROM rollin_zelle") == [(0,)]
    assert empty.export("rollin", MARCH).json() == []


def test_the_shipped_reference_builds(tmp_path: Path) -> None:
    shipped = Instance(root=tmp_path, reference=SHIPPED)
    shipped.build()
    assert shipped.query("SELECT count(*) FROM einheit WHERE ebene = 'gemeinde' AND gueltig_bis = '9999-12-31'") == [
        (601,)
    ]
    assert shipped.query("SELECT count(*) FROM leistung") == [(222,)]
    files = [name for (name,) in shipped.query("SELECT datei FROM geometrie")]
    assert sorted(files) == sorted(path.name for path in (tmp_path / "static" / "geo").iterdir())


def test_names_for_choosing_are_unique(tmp_path: Path) -> None:
    shipped = Instance(root=tmp_path, reference=SHIPPED)
    shipped.build()
    names = [name for (name,) in shipped.query("SELECT anzeigename FROM einheit WHERE gueltig_bis = '9999-12-31'")]
    assert len(set(names)) == len(names)


def test_map_files_are_published_once_under_their_checksum(tmp_path: Path) -> None:
    names = build.publish_geometry(SHIPPED, tmp_path)
    assert build.publish_geometry(SHIPPED, tmp_path) == names
    assert sorted(path.name for path in (tmp_path / "geo").iterdir()) == sorted(names.values())
    assert (tmp_path / "geo" / names["kreise"]).read_bytes() == (SHIPPED / "geo" / "kreise.geojson").read_bytes()


def test_the_fingerprint_changes_with_the_deliveries_and_the_reference(instance: Instance, tmp_path: Path) -> None:
    seen = set()
    other = support.small_reference(tmp_path / "anders", exceptions=[(support.ZULASSUNG, VG, "ja")])
    for one in (instance, Instance(root=instance.root, reference=other)):
        one.build()
        seen |= set(one.query("SELECT eingang_sha256 FROM stand_der_datenbank"))
    instance.rows([pvog(), pvog(support.NEBENWOHNSITZ)], FEBRUARY)
    instance.build()
    seen |= set(instance.query("SELECT eingang_sha256 FROM stand_der_datenbank"))
    assert len(seen) == 3


def test_an_instance_without_a_database_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="python -m etl"):
        build.current(tmp_path)


# A failed build changes nothing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "alter",
    [lambda content: content.replace(b"ok", b"OK"), lambda content: content[:-20], lambda _: b"\xff\xfe\x00", lambda _: None],
    ids=["other words", "half", "no text", "gone"],
)  # fmt: skip
def test_an_altered_delivery_stops_the_build(instance: Instance, alter: Callable[[bytes], bytes | None]) -> None:
    """The file is read before its checksum is known; what the reading meets must not hide the reason."""
    instance.build()
    before = databases(instance)
    (kept,) = (instance.root / "raw").rglob("lieferung.csv")
    content = alter(kept.read_bytes())
    kept.unlink() if content is None else kept.write_bytes(content)
    error = build_error(instance)
    assert str(kept) in error
    assert "Prüfsumme" in error
    assert instance.state(JENA) == "sichtbar"
    assert databases(instance) == before


def test_an_unreadable_manifest_stops_the_build(instance: Instance) -> None:
    instance.build()
    (manifest,) = (instance.root / "raw").rglob("manifest.json")
    manifest.write_text("{")
    assert "manifest.json ist nicht lesbar" in build_error(instance)


@pytest.mark.parametrize(
    "name",
    ["gebiet/einheiten.csv", "gebiet/gebietsaenderungen.csv", "gebiet/QUELLE.yaml", "katalog/leistungen.csv",
     "katalog/register.csv", "katalog/ausnahmen.csv", "katalog/QUELLE.yaml"],
)  # fmt: skip
def test_a_missing_reference_file_stops_the_build(tmp_path: Path, instance: Instance, name: str) -> None:
    broken = Instance(root=instance.root, reference=support.small_reference(tmp_path / "kaputt"))
    (broken.reference / name).unlink()
    assert Path(name).name in build_error(broken)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("gebiet/einheiten.csv", "160530000000,16053000,", "160530000000,16053001,"),
        ("gebiet/einheiten.csv", ",kreisfreie_stadt,", ",grossstadt,"),
        ("gebiet/einheiten.csv", "ars,ags,", "schluessel,ags,"),
        ("gebiet/QUELLE.yaml", "gebietsstand:", "stand:"),
        ("katalog/leistungen.csv", "melderegister", "phantasieregister"),
        ("katalog/leistungen.csv", ",gemeinde,", ",dorf,"),
        ("katalog/register.csv", "nachweisbezug", "bezug"),
        ("katalog/ausnahmen.csv", ",ja,", ",vielleicht,"),
        ("katalog/ausnahmen.csv", VG, "160705999000"),
    ],
)
def test_a_reference_that_breaks_the_schema_stops_the_build(
    tmp_path: Path, instance: Instance, name: str, old: str, new: str
) -> None:
    reference = support.small_reference(tmp_path / "kaputt", exceptions=[(support.ZULASSUNG, VG, "ja")])
    path = reference / name
    assert old in path.read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    build_error(Instance(root=instance.root, reference=reference))


def test_a_failed_build_leaves_the_published_database(instance: Instance, tmp_path: Path) -> None:
    instance.build()
    rows = instance.tables()
    reference = support.small_reference(tmp_path / "kaputt")
    territory = reference / "gebiet" / "einheiten.csv"
    territory.write_text(territory.read_text("utf-8").replace(",kreisfreie_stadt,", ",grossstadt,"), "utf-8")
    build_error(Instance(root=instance.root, reference=reference))
    assert instance.tables() == rows


def test_a_failed_build_can_be_repeated(instance: Instance) -> None:
    (kept,) = (instance.root / "raw").rglob("lieferung.csv")
    content = kept.read_bytes()
    kept.write_bytes(b"")
    build_error(instance)
    kept.write_bytes(content)
    instance.build()
    assert instance.state(JENA) == "sichtbar"


# One at a time --------------------------------------------------------------------------------------------------------


def test_a_second_build_is_refused_clearly(instance: Instance) -> None:
    with build.exclusive(instance.root):
        assert "Ein anderer Lauf arbeitet gerade" in build_error(instance)
    instance.build()


def test_an_import_during_a_build_is_refused_and_keeps_nothing(instance: Instance) -> None:
    before = instance.kept()
    with build.exclusive(instance.root), pytest.raises(BuildError, match="Ein anderer Lauf"):
        instance.rows([pvog(aktiv="nein")], FEBRUARY)
    assert instance.kept() == before


def test_a_reader_sees_only_whole_databases(instance: Instance) -> None:
    instance.build()
    stop, seen, errors = threading.Event(), set(), []

    def look() -> None:
        while not stop.is_set():
            path = instance.root / published(instance)
            try:
                with duckdb.connect(str(path), read_only=True) as connection:
                    found = connection.execute(
                        "SELECT (SELECT count(*) FROM rollin_einheit), (SELECT count(*) FROM stand_der_datenbank)"
                    ).fetchone()
            except duckdb.Error as error:
                errors.append(str(error))
            else:
                seen.add((path.name, found))

    reader = threading.Thread(target=look)
    reader.start()
    try:
        for _ in range(4):
            instance.build()
    finally:
        stop.set()
        reader.join(timeout=30)
    assert errors == []
    assert len({name for name, _ in seen}) > 1
    assert {found for _, found in seen} == {(206, 1)}


# Killed ---------------------------------------------------------------------------------------------------------------

BUILD = """
import os, pathlib, signal, sys
from etl import build
root, reference, moment = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
replace, calls = pathlib.Path.replace, []

def killing(self, target):
    calls.append(target)
    if len(calls) == moment:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)

pathlib.Path.replace = killing
build.build(root, reference, root / "static")
"""
WHILE_WRITING, BEFORE_THE_SWAP, BEFORE_THE_POINTER = 0, 1, 2


def start_building(instance: Instance, moment: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", BUILD, str(instance.root), str(instance.reference), str(moment)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


def kill_while_writing(instance: Instance, building: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not list(instance.root.glob("*.teil")):
        assert building.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.002)
    building.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("moment", [WHILE_WRITING, BEFORE_THE_SWAP, BEFORE_THE_POINTER])
def test_a_killed_build_leaves_the_old_database_and_the_next_one_cleans_up(instance: Instance, moment: int) -> None:
    old = instance.build().database.name
    rows = instance.tables()
    instance.rows([pvog(support.NEBENWOHNSITZ)], FEBRUARY)
    building = start_building(instance, moment)
    if moment == WHILE_WRITING:
        kill_while_writing(instance, building)
    assert building.wait(timeout=60) == -signal.SIGKILL
    assert (published(instance), instance.tables()) == (old, rows)
    assert moment != WHILE_WRITING or list(instance.root.glob("*.teil"))

    instance.build()
    assert published(instance) > old
    assert not list(instance.root.rglob("*.teil*"))
    assert instance.query("SELECT max(stichtag) FROM stichtag") == [(FEBRUARY,)]


def test_half_a_database_is_never_published(instance: Instance) -> None:
    (instance.root / "gradmesser-20260101T000000000000-00000000.duckdb.teil").write_bytes(b"halb")
    (instance.root / "gradmesser-20260101T000000000000-00000000.duckdb.teil.wal").write_bytes(b"halb")
    instance.build()
    assert databases(instance) == [published(instance)]


def test_the_lock_of_a_killed_run_does_not_stay(instance: Instance) -> None:
    instance.build()
    building = start_building(instance, BEFORE_THE_SWAP)
    building.wait(timeout=60)
    assert (instance.root / ".lock").exists()
    instance.build()


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a priority of their own only on Linux")
def test_checksumsgive_way_to_the_work_and_to_nothing_else():
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = priority()
    with ThreadPoolExecutor(max_workers=1, initializer=build.give_way) as pool:
        assert pool.submit(priority).result() == 19
    assert priority() == before
