"""What goes wrong around the program: kills, disks, damaged databases, clocks, sources.

The old state stays, a German text says what to do, and the same command run again mends it.
"""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml

from etl import build, deliver, example, fetch, snapshots
from etl.errors import Refused
from gradmesser import store
from gradmesser.ui import data
from tests import support
from tests.etl.pvog_server import Answer, Pvog, row, running
from tests.support import DATA, FEBRUARY, JANUARY, JENA, LAND, NEBENWOHNSITZ, ROOT, Instance, noon, pvog, table

GOOD = DATA / "pvog" / "export_bom_crlf.csv"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small instance: January is published, February is delivered and not yet built."""
    root = tmp_path_factory.mktemp("basis")
    made = Instance(root=root, reference=support.small_reference(root / "reference"))
    made.rows([pvog()])
    made.build()
    made.rows([pvog(NEBENWOHNSITZ)], FEBRUARY)
    return root


@pytest.fixture
def own(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """A copy of one's own, as store and command line see it."""
    root = shutil.copytree(base, tmp_path / "instanz")
    monkeypatch.setenv("GRADMESSER_DATA", str(root))
    return Instance(root=root, reference=root / "reference")


def files(root: Path) -> dict[str, bytes]:
    """Every kept file below raw/ with its bytes."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in (root / "raw").rglob("*") if path.is_file()
    }


# Killed at every step -------------------------------------------------------------------------------------------------

KILLED_AT_EVERY_STEP = """
import json, os, pathlib, signal, sys
from datetime import UTC, date, datetime
from etl import build, deliver, snapshots

what, root, file = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
WRITES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.copyfile", "os.chmod"}

def work():
    if what == "import":
        deliver.take_in(root, root / "reference", file, source_id="open_pvog", stand=date(2026, 3, 31),
                        retrieved=datetime(2026, 3, 31, 12, tzinfo=UTC))
    else:
        build.build(root, root / "reference", root / "static")

def kill_at(step):
    seen = []
    def hook(event, arguments):
        wrote = event in WRITES or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        if wrote and str(root) in " ".join(str(one) for one in arguments):
            seen.append(event)
            if len(seen) == step:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)

step, before = 0, (root / "CURRENT").read_text()
while True:
    step += 1
    child = os.fork()
    if not child:
        kill_at(step)
        work()
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    kept = snapshots.all_of(root / "raw")
    list(map(snapshots.verify, kept))
    published = build.current(root)
    with build.opened(root) as connection:
        days = connection.execute("SELECT count(*) FROM stichtag").fetchone()[0]
    print(json.dumps([step, len(kept), published.name == before.strip(), days]), flush=True)
    if not os.WIFSIGNALED(status):
        sys.exit(os.WEXITSTATUS(status))
"""


def killed_at_every_step(what: str, instance: Instance, file: Path) -> list[tuple[int, int, bool, int]]:
    """Run a command again and again, killed one step later each time, until it ends; what was there after each."""
    command = [sys.executable, "-c", KILLED_AT_EVERY_STEP, what, str(instance.root), str(file)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert ran.returncode == 0, ran.stderr
    return [tuple(json.loads(line)) for line in ran.stdout.splitlines()]


def test_an_import_killed_at_any_step_is_kept_whole_or_not_at_all(own: Instance, tmp_path: Path) -> None:
    file = own.write(table([pvog(), pvog(NEBENWOHNSITZ)]))
    undisturbed = Instance(root=shutil.copytree(own.root, tmp_path / "ungestört"), reference=own.reference)
    undisturbed.take_file(file, stand=date(2026, 3, 31), retrieved=noon(date(2026, 3, 31)))
    seen = killed_at_every_step("import", own, file)
    assert len(seen) > 5
    assert {kept for _, kept, _, _ in seen} == {2, 3}
    assert all(old for _, _, old, _ in seen), "an import publishes nothing"

    own.build()
    undisturbed.build()
    assert files(own.root) == files(undisturbed.root), "nothing of the killed runs stays"
    assert own.tables() == undisturbed.tables()


def test_a_build_killed_at_any_step_leaves_a_whole_database(own: Instance, tmp_path: Path) -> None:
    undisturbed = Instance(root=shutil.copytree(own.root, tmp_path / "ungestört"), reference=own.reference)
    before = files(own.root)
    seen = killed_at_every_step("build", own, own.root)
    assert len(seen) > 5
    assert {(old, days) for _, _, old, days in seen} == {(True, 1), (False, 2)}, "old and one day, or new and both"

    own.build()
    undisturbed.build()
    assert files(own.root) == before
    assert own.tables() == undisturbed.tables()
    assert not [path for path in own.root.rglob("*.teil*") if path.parent.name != "geo"]
    assert len(list(own.root.glob("gradmesser-*.duckdb"))) <= 3


def test_removing_old_examples_leaves_no_half_delivery(own: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    own.rows([pvog(url=deliver.EXAMPLE_HOST)], date(2026, 3, 31))

    def killed(_path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            example._remove_others(own.root, [])  # noqa: SLF001 - the moment between two steps
    assert len(snapshots.all_of(own.root / "raw")) == 2
    own.build()
    assert not list((own.root / "raw").rglob(".teil-*"))


# Disks ----------------------------------------------------------------------------------------------------------------


def refusing(number: int) -> Callable[..., None]:
    def refuse(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_disk_that_fails_at_the_swap_leaves_the_old_database_and_no_rest(
    own: Instance, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    before = sorted(path.name for path in own.root.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refusing(number))
        ran = own.etl("build")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Fehler: ")
    assert str(own.root) in ran.err
    assert "die bisherige Datenbank bleibt in Gebrauch" in ran.err
    assert sorted(path.name for path in own.root.iterdir()) == before
    assert own.query("SELECT count(*) FROM stichtag") == [(1,)]


def test_an_import_onto_a_full_disk_names_the_disk_and_keeps_nothing(
    own: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(own.root)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", refusing(errno.ENOSPC))
        ran = own.etl("import", str(GOOD), "--source", "open_pvog")
    assert (ran.code, ran.out) == (1, "")
    assert f"Kein Platz mehr im Datenordner {own.root}" in ran.err
    assert files(own.root) == before
    assert own.etl("import", str(GOOD), "--source", "open_pvog").code == 0


def can_mount() -> bool:
    """Whether a file system of one's own is allowed here."""
    found = shutil.which("unshare")
    return bool(found) and subprocess.run([found, "-Urm", "true"], capture_output=True, check=False).returncode == 0


needs_mount = pytest.mark.skipif(not can_mount(), reason="darf hier kein Dateisystem einhängen")

ETL = f"'{sys.executable}' -m etl"


def mounted(script: str, data_folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script among file systems that vanish with it."""
    environment = os.environ | {"GRADMESSER_DATA": str(data_folder)}
    command = ["unshare", "-Urm", "sh", "-c", script]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300)


@needs_mount
def test_a_full_disk_is_told_and_after_making_room_the_same_command_works(own: Instance, tmp_path: Path) -> None:
    disk = tmp_path / "platte"
    disk.mkdir()
    script = f"""
        mount -t tmpfs -o size=64m tmpfs {disk} && cp -a {own.root}/. {disk} && cp {disk}/CURRENT {disk}/vorher || exit 9
        free=$(df --output=avail {disk} | tail -1)
        dd if=/dev/zero of={disk}/ballast bs=1k count=$((free - 3000)) 2>/dev/null
        {ETL} build; echo "voll $?"
        {ETL} status >/dev/null; echo "lesbar $?"
        cmp {disk}/CURRENT {disk}/vorher && echo gleich
        find {disk} -name '*.teil*' | sed 's/^/rest /'
        rm {disk}/ballast
        {ETL} build >/dev/null; echo "danach $?"
        cmp -s {disk}/CURRENT {disk}/vorher || echo neu
    """
    ran = mounted(script, disk)
    assert ran.stdout.split("\n")[:-1] == ["voll 1", "lesbar 0", "gleich", "danach 0", "neu"]
    assert "freien Platz und Schreibrechte prüfen" in ran.stderr
    assert str(disk) in ran.stderr
    assert "Traceback" not in ran.stderr


@needs_mount
def test_a_read_only_folder_is_read_and_every_writer_says_so(own: Instance) -> None:
    read_only = f"mount --bind {own.root} {own.root} && mount -o remount,bind,ro {own.root} || exit 9\n"
    writers = ["build", f"import {GOOD} --source open_pvog", "example --months 1 --units 5 --services 2"]
    script = read_only + "\n".join(f"{ETL} {words}; echo $?" for words in (*writers, "status"))
    script += f"\n'{sys.executable}' -m gradmesser export rollin --stand 2026-01-31 --format json >/dev/null; echo $?"
    ran = mounted(script, own.root)
    assert [line for line in ran.stdout.splitlines() if line.isdigit()] == ["1", "1", "1", "0", "0"]
    assert ran.stderr.count("Der Datenträger erlaubt kein Schreiben") == 3
    assert "Traceback" not in ran.stderr


# A database that cannot be used ---------------------------------------------------------------------------------------


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _scratch(path: Path) -> None:
    """Other bytes where the rows lie: it opens, and reading fails."""
    with path.open("r+b") as stream:
        for place in range(300_000, path.stat().st_size - 300_000, 262_144):
            stream.seek(place)
            stream.write(b"\xa5" * 4_096)


def _old(path: Path) -> None:
    path.unlink()
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE stichtag (tag DATE)")


DAMAGE: dict[str, Callable[[Path], object]] = {
    "entfernt": Path.unlink,
    "leer": lambda path: path.write_bytes(b""),
    "abgeschnitten": _cut,
    "müll": lambda path: path.write_bytes(b"keine Datenbank" * 1_000),
    "zerkratzt": _scratch,
    "älteres Schema": _old,
    "ein Ordner": lambda path: (path.unlink(), path.mkdir()),
    "CURRENT nennt nichts": lambda path: (path.parent / "CURRENT").write_text("\n"),
    "CURRENT nennt Fehlendes": lambda path: (path.parent / "CURRENT").write_text("gradmesser-weg.duckdb\n"),
    "CURRENT ist kein Text": lambda path: (path.parent / "CURRENT").write_bytes(b"\xff\xfe\x00"),
    "CURRENT fehlt": lambda path: (path.parent / "CURRENT").unlink(),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_every_command_tells_of_an_unusable_database_and_a_build_mends_it(
    own: Instance, tmp_path: Path, kind: str
) -> None:
    DAMAGE[kind](build.current(own.root))
    report = own.write("ars;leika_key;zustand\n160530000000;99115005104000;online\n", "meldung.csv")
    commands = [
        ("status",), ("template", JENA, str(tmp_path / "vorlage.xlsx")),
        ("check", str(report), "--source", "meldung", "--stand", "2026-02-28"),
    ]  # fmt: skip
    for command in commands:
        ran = own.etl(*command)
        assert (ran.code, ran.out) == (1, ""), command
        assert ran.err.startswith("Fehler: "), command
        assert "python -m etl" in ran.err, command
    with pytest.raises(store.DatabaseMissing, match="python -m etl"):
        store.fetch("rollin_verwaltung", stand=FEBRUARY, wissen=store.known_by(None))
    shown = own.export("rollin", JANUARY)
    assert (shown.code, shown.out) == (1, "")

    assert own.etl("build").code == 0
    assert own.query("SELECT count(*) FROM stichtag") == [(2,)]
    assert len(store.fetch("rollin_verwaltung", stand=FEBRUARY, wissen=store.known_by(None))) == 206


# Two at once, and a visitor during the swap ---------------------------------------------------------------------------


def test_a_second_writer_ends_with_1_and_says_who_is_in_the_way(own: Instance) -> None:
    before = files(own.root)
    with build.exclusive(own.root):
        for command in (("build",), ("import", str(GOOD), "--source", "open_pvog")):
            ran = own.etl(*command)
            assert (ran.code, ran.out) == (1, "")
            assert f"Ein anderer Lauf arbeitet gerade in {own.root}" in ran.err
    assert files(own.root) == before
    assert own.etl("build").code == 0


def test_a_page_reads_one_database_to_its_end(own: Instance) -> None:
    with data.pinned():
        own.build()
        old = [data.version(), data.info().newest, len(data.fetch("stichtage", wissen=store.known_by(None)))]
        assert old == [data.version(), JANUARY, 1]
    assert [data.info().newest, len(data.fetch("stichtage", wissen=store.known_by(None)))] == [FEBRUARY, 2]


def test_visitors_during_swaps_see_whole_states_only(own: Instance) -> None:
    own.build()
    stop, errors, seen = threading.Event(), [], set()

    def visit() -> None:
        try:
            while not stop.is_set():
                with data.pinned():
                    first = store.fetch_from(data.version(), "datenbank")["eingang_sha256"].iloc[0]
                    days = len(store.fetch_from(data.version(), "stichtage", wissen=store.known_by(None)))
                    last = store.fetch_from(data.version(), "datenbank")["eingang_sha256"].iloc[0]
                seen.add((first, days, last))
        except (store.DatabaseMissing, duckdb.Error) as error:
            errors.append(error)

    visitors = [threading.Thread(target=visit) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    try:
        for month in (3, 4):
            own.rows([pvog(NEBENWOHNSITZ)], date(2026, month, 30))
            own.build()
    finally:
        stop.set()
        for visitor in visitors:
            visitor.join(timeout=60)
    assert errors == []
    assert all(first == last for first, _, last in seen)
    assert len({first for first, _, _ in seen}) == len({(first, days) for first, days, _ in seen}) > 1


# Clocks ---------------------------------------------------------------------------------------------------------------


def test_a_delivery_from_the_future_is_refused(own: Instance) -> None:
    stand = datetime.now(UTC).date() + timedelta(days=3)
    ran = own.etl("import", str(own.write(table([pvog()]))), "--source", "open_pvog", "--stand", stand.isoformat())
    assert (ran.code, ran.out) == (1, "")
    assert "liegt nach dem heutigen Tag dieses Rechners" in ran.err
    assert len(snapshots.all_of(own.root / "raw")) == 2


def test_a_clock_before_the_last_delivery_takes_nothing_in(own: Instance) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    own.rows([pvog(NEBENWOHNSITZ)], date(2026, 3, 31), retrieved=tomorrow)
    before = files(own.root)
    for command in (("import", str(GOOD), "--source", "open_pvog"), ("fetch",)):
        ran = own.etl(*command)
        assert (ran.code, ran.out) == (1, "")
        assert "Bitte die Uhr stellen" in ran.err
    assert files(own.root) == before


def test_a_build_names_deliveries_that_lie_after_the_clock_and_holds_all_the_same(own: Instance) -> None:
    later = datetime.now(UTC) + timedelta(days=9)
    name = own.rows([pvog(NEBENWOHNSITZ)], date(2026, 3, 31), retrieved=later).snapshot
    ran = own.etl("build")
    assert ran.code == 0
    assert f"Achtung: {name} liegt nach der Uhr dieses Rechners" in ran.err
    assert own.query("SELECT max(stichtag) FROM stichtag") == [(date(2026, 3, 31),)]


def test_after_the_clock_went_back_a_new_database_still_sorts_last_and_the_old_one_stays(own: Instance) -> None:
    old = build.current(own.root)
    ahead = old.rename(own.root / "gradmesser-20990101T000000000000-00000000.duckdb")
    (own.root / "CURRENT").write_text(f"{ahead.name}\n")
    names = [own.build().database.name for _ in range(2)]
    assert names == sorted(names)
    assert names[0].startswith("gradmesser-20990101T000000000001-")
    assert ahead.exists(), "who opened the page before still reads it"


# Sources and files ----------------------------------------------------------------------------------------------------


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pvog]:
    """The live source on this machine, asked without pauses."""
    rows = [row(JENA, nr, datenstand_pvog_import="2026-06-30") for nr in range(1, 4)]
    with running(Pvog(rows=rows)) as server:
        quick = {"base": server.base, "read_seconds": 0.3, "retries": 0, "backoff_seconds": 0, "pause_seconds": 0}
        api = asdict(fetch.load_api(None)) | quick
        (tmp_path / "api.yaml").write_text(yaml.safe_dump(api), "utf-8")
        monkeypatch.setattr(fetch, "API_FILE", tmp_path / "api.yaml")
        yield server


FAULTS: dict[str, tuple[object, str]] = {
    "HTML": (Answer(body=b"<!DOCTYPE html><html>Wartung</html>"), "HTML"),
    "überlastet": (Answer(status=503), "HTTP 503"),
    "langsam": (lambda answer: replace(answer, slow=0.4), "Wartezeit"),
    "halbe Datei": (lambda answer: replace(answer, announce=10**6), "Übertragung|kürzer"),
    "bricht ab": (lambda answer: replace(answer, chunked_and_cut=True), "Übertragung"),
    "anderer Rechner": (Answer(status=302, headers={"Location": "https://anderswo.example/a.csv"}), "Weiterleitung"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_source_that_fails_changes_nothing_and_the_next_fetch_works(own: Instance, source: Pvog, kind: str) -> None:
    before, current = files(own.root), build.current(own.root)
    fault, reason = FAULTS[kind]
    source.faults = {("export", LAND): [fault]}
    ran = own.etl("fetch")
    assert (ran.code, ran.out) == (1, "")
    assert re.search(f"(?m)^Fehler: Open-PVOG, Land .*({reason})", ran.err)
    assert (files(own.root), build.current(own.root)) == (before, current)

    assert own.etl("fetch").code == 0
    assert len(files(own.root)) == len(before) + 2
    assert not list((own.root / "staging").iterdir())


def test_a_file_that_changes_while_it_is_read_is_refused(own: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files(own.root)
    copy = shutil.copyfile

    def growing(given: Path, target: Path) -> None:
        given.write_bytes(given.read_bytes() + b"noch eine Zeile\n")
        copy(given, target)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", growing)
        with pytest.raises(Refused, match="während des Einlesens geändert"):
            own.rows([pvog()], date(2026, 3, 31))
    assert files(own.root) == before
