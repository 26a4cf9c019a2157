"""Backup and restore: the same database from one file, and nothing from a file that is damaged, foreign or hostile."""

import hashlib
import io
import json
import os
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from etl import backup, build, snapshots
from etl.errors import BuildError, Refused
from tests import support
from tests.support import FEBRUARY, JANUARY, LAND, MARCH, UNKNOWN_KEY, WOHNSITZ, Instance, pvog


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Deliveries, one of them released, a report, an operator, stewards, a reference of its own; built."""
    root = tmp_path_factory.mktemp("basis")
    made = Instance(root=root, reference=support.small_reference(root / "reference"))
    filling = [pvog(UNKNOWN_KEY, LAND, url=f"https://dienst.example/{nr}") for nr in range(9)]
    made.rows([*filling, pvog()], JANUARY)
    held = made.rows([pvog()], FEBRUARY)
    support.release(made, held.snapshot, MARCH)
    report = f"ars;leika_key;zustand\n{support.JENA};{WOHNSITZ};durchgängig digital\n"
    made.take(report, "meldung.csv", source_id="meldung", stand=FEBRUARY)
    (root / "betreiber.yaml").write_text("name: Testamt\n", "utf-8")
    (root / "betreuer.yaml").write_text("- {login: a@stadt.example, stelle: Stadt, alle: true}\n", "utf-8")
    (root / ".streamlit").mkdir()
    (root / ".streamlit" / "secrets.toml").write_text("[auth]\ncookie_secret = 'geheim'\n")
    made.build()
    return root


@pytest.fixture
def own(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    root = shutil.copytree(base, tmp_path / "instanz")
    monkeypatch.setenv("GRADMESSER_DATA", str(root))
    return Instance(root=root, reference=root / "reference")


@pytest.fixture(scope="module")
def good(base: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A backup of the base."""
    path = tmp_path_factory.mktemp("sicherung") / "gut.zip"
    backup.write(base, base / "reference", path)
    return path.read_bytes()


def tree(root: Path) -> dict[str, bytes]:
    """Every file of a folder but the lock, with its bytes."""
    found = [path for path in root.rglob("*") if path.is_file() and path.name != ".lock"]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def test_one_command_each_gives_the_same_database_elsewhere(own: Instance, tmp_path: Path) -> None:
    file = tmp_path / "sicherung.zip"
    ran = own.etl("backup", "--out", str(file))
    assert (ran.code, ran.err) == (0, "")
    assert "3 Lieferungen" in ran.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    other = Instance(root=tmp_path / "neu", reference=tmp_path / "neu" / "reference")
    ran = other.etl("restore", str(file))
    assert (ran.code, ran.err) == (0, "")
    assert other.tables() == own.tables()
    before, after = tree(own.root), tree(other.root)
    kept = [name for name in before if name.startswith(("raw/", "reference/", "betreiber", "betreuer"))]
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert not [name for name in after if name.startswith(".wiederherstellung") or "secrets" in name]


def test_a_backup_holds_a_checksum_for_every_file_and_no_secret(good: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        names = archive.namelist()
        said = json.loads(archive.read(backup.LIST))
        assert sorted(names) == sorted([backup.LIST, *said["dateien"]])
        assert {name.split("/")[0] for name in names} == {
            *("raw", "reference", "betreiber.yaml", "betreuer.yaml", backup.LIST)
        }
        assert b"geheim" not in b"".join(archive.read(name) for name in names)
    assert (said["lieferungen"], len(said["fingerabdruck"])) == (3, 64)


def test_restoring_beside_data_is_refused_and_replacing_sets_them_aside(
    own: Instance, tmp_path: Path, good: bytes
) -> None:
    file = tmp_path / "gut.zip"
    file.write_bytes(good)
    own.rows([pvog()], MARCH)
    before = tree(own.root)
    ran = own.etl("restore", str(file))
    assert (ran.code, ran.out) == (1, "")
    assert "--replace" in ran.err
    assert tree(own.root) == before

    ran = own.etl("restore", str(file), "--replace")
    assert ran.code == 0
    (aside,) = own.root.glob("vorher-*")
    assert str(aside) in ran.out
    assert {name: body for name, body in before.items() if name.startswith("raw/")} == {
        name: body for name, body in tree(aside).items() if name.startswith("raw/")
    }
    assert own.query("SELECT max(stichtag) FROM stichtag") == [(FEBRUARY,)]


def test_what_cannot_be_built_is_taken_back(own: Instance, tmp_path: Path) -> None:
    file = tmp_path / "kaputt.zip"
    broken = Instance(root=shutil.copytree(own.root, tmp_path / "kaputt"), reference=tmp_path / "kaputt" / "reference")
    units = broken.reference / "gebiet" / "einheiten.csv"
    units.write_text(units.read_text("utf-8").replace(",kreisfreie_stadt,", ",grossstadt,"), "utf-8")
    backup.write(broken.root, broken.reference, file)
    before = tree(own.root)
    with pytest.raises(BuildError):
        backup.restore(file, own.root, own.root / "static", replace=True)
    assert tree(own.root) == before


def test_an_altered_delivery_is_not_backed_up(own: Instance, tmp_path: Path) -> None:
    kept = next((own.root / "raw").rglob("lieferung.csv"))
    kept.write_bytes(kept.read_bytes() + b"\n")
    ran = own.etl("backup", "--out", str(tmp_path / "s.zip"))
    assert (ran.code, str(kept) in ran.err) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["instanz"]


@pytest.mark.parametrize("name", ["raw/s.zip", "reference/s.zip"])
def test_a_backup_does_not_lie_among_the_data(own: Instance, name: str) -> None:
    ran = own.etl("backup", "--out", str(own.root / name))
    assert (ran.code, "darf nicht in" in ran.err) == (1, True)


def test_a_foreign_file_among_the_data_is_named(own: Instance, tmp_path: Path) -> None:
    (own.root / "raw" / "geheim.txt").symlink_to("/etc/hosts")
    ran = own.etl("backup", "--out", str(tmp_path / "s.zip"))
    assert (ran.code, "geheim.txt gehört nicht zu den Daten" in ran.err) == (1, True)


def test_a_backup_during_a_build_is_refused_and_a_full_disk_leaves_nothing(
    own: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "s.zip"
    file.write_bytes(b"die vorige")
    with build.exclusive(own.root):
        assert "Ein anderer Lauf" in own.etl("backup", "--out", str(file)).err

    def full(*_arguments: object) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr(zipfile.ZipFile, "write", full)
        assert "Kein Platz mehr" in own.etl("backup", "--out", str(file)).err
    assert file.read_bytes() == b"die vorige"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["instanz", "s.zip"]


# Hostile files --------------------------------------------------------------------------------------------------------

Members = dict[str, bytes]


def repacked(good: bytes, change: Callable[[Members, dict[str, object]], object]) -> bytes:
    """The backup with other members and another list."""
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    said = json.loads(members.pop(backup.LIST))
    change(members, said)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(backup.LIST, json.dumps(said))
        for name, body in members.items():
            archive.writestr(name, body)
    return out.getvalue()


def smuggled(name: str) -> Callable[[Members, dict[str, object]], None]:
    """A file of any name, properly listed."""

    def change(members: Members, said: dict[str, object]) -> None:
        members[name] = b"x"
        sha256 = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
        said["dateien"][name] = {"bytes": 1, "sha256": sha256}

    return change


def first_manifest(members: Members) -> str:
    return next(name for name in members if name.endswith("manifest.json"))


def rewritten(field: str, value: object) -> Callable[[Members, dict[str, object]], None]:
    """A manifest that says something else, properly listed."""

    def change(members: Members, said: dict[str, object]) -> None:
        name = first_manifest(members)
        members[name] = json.dumps(json.loads(members[name]) | {field: value}).encode()
        sha256 = hashlib.sha256(members[name]).hexdigest()
        said["dateien"][name] = {"bytes": len(members[name]), "sha256": sha256}

    return change


def linked(good: bytes) -> bytes:
    out = io.BytesIO(good)
    with zipfile.ZipFile(out, "a") as archive:
        link = zipfile.ZipInfo("raw/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, b"/etc/passwd")
    return out.getvalue()


HOSTILE: dict[str, Callable[[bytes], bytes]] = {
    "leer": lambda _good: b"",
    "kein Archiv": lambda _good: b"keine Sicherung",
    "abgeschnitten": lambda good: good[: len(good) // 2],
    "fremdes Archiv": lambda _good: repacked_empty(),
    "Pfad nach oben": lambda good: repacked(good, smuggled("raw/../../boese.txt")),
    "absoluter Pfad": lambda good: repacked(good, smuggled("/boese/raw/x.txt")),
    "Pfad nach Windows-Art": lambda good: repacked(good, smuggled("raw\\..\\boese.txt")),
    "Zeilenumbruch": lambda good: repacked(good, smuggled("raw/a\nb")),
    "versteckt": lambda good: repacked(good, smuggled("raw/.ssh/authorized_keys")),
    "Programm": lambda good: repacked(good, smuggled("etl/__main__.py")),
    "CURRENT": lambda good: repacked(good, smuggled("CURRENT")),
    "Ordner": lambda good: repacked(good, smuggled("raw/ordner/")),
    "zu viel": lambda good: repacked(good, lambda members, _said: members.update({"raw/mehr.csv": b"x"})),
    "zu wenig": lambda good: repacked(good, lambda members, _said: members.pop(first_manifest(members))),
    "andere Bytes": lambda good: repacked(
        good, lambda members, _said: members.update({"betreiber.yaml": b"name: Boesamt\n"})
    ),
    "andere Form": lambda good: repacked(good, lambda _members, said: said.update({"form": 99})),
    "Liste ohne Zahlen": lambda good: repacked(good, lambda _members, said: said.update({"dateien": [1, 2]})),
    "größer als die Platte": lambda good: repacked(good, bomb),
    "Verknüpfung": linked,
    "Manifest nennt anderes Datum": lambda good: repacked(good, rewritten("stand", "2020-01-01")),
    "Manifest nennt andere Datei": lambda good: repacked(good, rewritten("path", "../../../../betreuer.yaml")),
    "Manifest nennt andere Summe": lambda good: repacked(good, rewritten("sha256", "0" * 64)),
}


def repacked_empty() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("bild.png", b"x")
    return out.getvalue()


def bomb(members: Members, said: dict[str, object]) -> None:
    """Zeros that unpack to far more than there is, in the list; the member would be made so by whoever attacks."""
    members["raw/nullen"] = b"\0" * 1000
    said["dateien"]["raw/nullen"] = {"bytes": 10**16, "sha256": "0" * 64}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_backup_is_refused_before_anything_is_touched(
    own: Instance, tmp_path: Path, good: bytes, kind: str
) -> None:
    file = tmp_path / "fremd.zip"
    file.write_bytes(HOSTILE[kind](good))
    before = tree(tmp_path)
    with pytest.raises(Refused, match=r"fremd\.zip"):
        backup.restore(file, own.root, own.root / "static", replace=True)
    assert tree(tmp_path) == before
    assert not list(own.root.glob(".wiederherstellung-*"))


def test_a_zip_bomb_is_refused_by_its_sizes(
    own: Instance, tmp_path: Path, good: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "gut.zip"
    file.write_bytes(good)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: type("Usage", (), {"free": 1_000})())
    with pytest.raises(Refused, match="Bitte Platz schaffen"):
        backup.restore(file, own.root, own.root / "static", replace=True)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
@example(place=0.0, byte=0)
def test_no_changed_byte_gets_through_unseen(
    base: Path, tmp_path_factory: pytest.TempPathFactory, good: bytes, place: float, byte: int
) -> None:
    """Either the file is refused, or every file in it is as it was."""
    at = int(place * len(good))
    folder = tmp_path_factory.mktemp("byte")
    (folder / "s.zip").write_bytes(good[:at] + bytes([byte]) + good[at + 1 :])
    target = folder / "ziel"
    target.mkdir()
    try:
        content = backup._unpack(folder / "s.zip", target)  # noqa: SLF001 - a build for each byte would take long
    except Refused:
        return
    for name in content.files:
        assert (target / name).read_bytes() == (base / name).read_bytes()


def test_only_whole_snapshots_come_back(own: Instance, tmp_path: Path, good: bytes) -> None:
    file = tmp_path / "gut.zip"
    file.write_bytes(good)
    target = tmp_path / "neu"
    backup.restore(file, target, target / "static", replace=False)
    assert [s.snapshot_id for s in snapshots.all_of(target / "raw")] == [
        s.snapshot_id for s in snapshots.all_of(own.root / "raw")
    ]
