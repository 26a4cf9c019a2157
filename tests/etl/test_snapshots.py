"""Kept deliveries: immutable, whole or not there, and refused when their bytes changed."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from etl import snapshots
from etl.errors import BuildError, Refused
from etl.snapshots import Snapshot
from tests.support import FEBRUARY, JANUARY, ROOT, noon


def snapshot(path: Path, **fields: object) -> Snapshot:
    """A delivery of a file as an import would describe it."""
    known = {
        "source_id": "open_pvog",
        "stand": JANUARY,
        "retrieved": noon(JANUARY),
        "sha256": snapshots.sha256_of(path),
        "size": path.stat().st_size,
        "name": path.name,
        "herkunft": "amtlich",
        "path": path,
        "layout": {"kind": "csv"},
        "rows_by_kreis": {"16051": 3},
    }
    return Snapshot(**{**known, **fields})


@pytest.fixture
def delivered(tmp_path: Path) -> Path:
    path = tmp_path / "Export 1.CSV"
    path.write_bytes(b"a;b\n1;2\n")
    return path


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return tmp_path / "raw"


def test_a_delivery_is_kept_byte_for_byte_and_found_again(raw: Path, delivered: Path) -> None:
    given = snapshot(delivered)
    kept = snapshots.keep(raw, delivered, given)
    assert kept.path.read_bytes() == delivered.read_bytes()
    assert kept.path == raw / "open_pvog" / "2026-01-31" / given.sha256[:12] / "lieferung.csv"
    assert snapshots.all_of(raw) == [replace(given, path=kept.path)]
    snapshots.verify(kept)


def test_the_name_says_source_stand_and_checksum(delivered: Path) -> None:
    checksum = hashlib.sha256(b"a;b\n1;2\n").hexdigest()
    assert snapshots.sha256_of(delivered) == checksum
    assert snapshot(delivered).snapshot_id == f"open_pvog-2026-01-31-{checksum[:12]}"


def test_history_is_ordered_by_stand_then_retrieval(raw: Path, tmp_path: Path) -> None:
    for nr, (stand, hour) in enumerate([(FEBRUARY, 1), (JANUARY, 9), (JANUARY, 3), (FEBRUARY, 0)]):
        path = tmp_path / f"{nr}.csv"
        path.write_text(f"{nr}\n")
        snapshots.keep(raw, path, snapshot(path, stand=stand, retrieved=datetime(2026, 3, 1, hour, tzinfo=UTC)))
    assert [one.name for one in snapshots.all_of(raw)] == ["2.csv", "1.csv", "3.csv", "0.csv"]


def test_nothing_kept_is_an_empty_history(raw: Path) -> None:
    assert snapshots.all_of(raw) == []


@pytest.mark.parametrize("damage", ["changed", "missing", "longer"])
def test_a_changed_or_missing_file_is_noticed(raw: Path, delivered: Path, damage: str) -> None:
    kept = snapshots.keep(raw, delivered, snapshot(delivered))
    if damage == "missing":
        kept.path.unlink()
    else:
        kept.path.write_bytes(b"a;b\n1;3\n" if damage == "changed" else delivered.read_bytes() + b"\n")
    with pytest.raises(BuildError, match="Prüfsumme"):
        snapshots.verify(kept)


@pytest.mark.parametrize(
    "text", ["", "kein JSON", "[]", "{}", '{"stand": "gestern"}', '{"stand": "2026-01-31", "retrieved": 7}']
)
def test_a_manifest_that_cannot_be_read_is_named(raw: Path, delivered: Path, text: str) -> None:
    kept = snapshots.keep(raw, delivered, snapshot(delivered))
    (kept.path.parent / snapshots.MANIFEST).write_text(text)
    with pytest.raises(BuildError, match=r"manifest\.json ist nicht lesbar"):
        snapshots.all_of(raw)


def test_a_folder_without_a_manifest_is_named(raw: Path) -> None:
    (raw / "open_pvog" / "2026-01-31" / "abc").mkdir(parents=True)
    with pytest.raises(BuildError, match="nicht lesbar"):
        snapshots.all_of(raw)


def test_a_manifest_with_an_unknown_entry_is_named(raw: Path, delivered: Path) -> None:
    kept = snapshots.keep(raw, delivered, snapshot(delivered))
    manifest = kept.path.parent / snapshots.MANIFEST
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"neu": 1}))
    with pytest.raises(BuildError, match="nicht lesbar"):
        snapshots.load(kept.path.parent)


# Release --------------------------------------------------------------------------------------------------------------


def test_a_release_is_recorded_with_its_reason_and_day(raw: Path, delivered: Path) -> None:
    kept = snapshots.keep(raw, delivered, snapshot(delivered))
    released = snapshots.release(raw, kept.snapshot_id, " geprüft, „richtig“ ", FEBRUARY)
    assert (released.release.reason, released.release.on) == ("geprüft, „richtig“", FEBRUARY)
    assert snapshots.all_of(raw) == [released]
    assert (kept.known_from, released.known_from) == (JANUARY, FEBRUARY)


def test_a_release_before_the_retrieval_does_not_make_it_known_earlier(raw: Path, delivered: Path) -> None:
    kept = snapshots.keep(raw, delivered, snapshot(delivered, retrieved=noon(FEBRUARY)))
    assert snapshots.release(raw, kept.snapshot_id, "geprüft", JANUARY).known_from == FEBRUARY


@pytest.mark.parametrize("reason", ["", "  ", "\n\t"])
def test_a_release_needs_a_reason(raw: Path, delivered: Path, reason: str) -> None:
    kept = snapshots.keep(raw, delivered, snapshot(delivered))
    with pytest.raises(Refused, match="Begründung"):
        snapshots.release(raw, kept.snapshot_id, reason, FEBRUARY)
    assert snapshots.all_of(raw)[0].release is None


@pytest.mark.parametrize("name", ["", "gibt-es-nicht", "../../etc/passwd", "open_pvog-2026-01-31-000000000000"])
def test_an_unknown_name_cannot_be_released(raw: Path, delivered: Path, name: str) -> None:
    snapshots.keep(raw, delivered, snapshot(delivered))
    with pytest.raises(Refused, match="Lieferung"):
        snapshots.release(raw, name, "geprüft", FEBRUARY)


# Interruption ---------------------------------------------------------------------------------------------------------

KILLED_WHILE_COPYING = """
import os, pathlib, shutil, signal, sys
from etl.__main__ import main

def half(source, target):
    content = pathlib.Path(source).read_bytes()
    pathlib.Path(target).write_bytes(content[: len(content) // 2])
    os.kill(os.getpid(), signal.SIGKILL)

shutil.copyfile = half
main(sys.argv[1:])
"""


def test_a_killed_import_leaves_nothing_that_counts(tmp_path: Path) -> None:
    delivered = tmp_path / "export.csv"
    delivered.write_text("leika_key;ars;url;online_status\n99115005104000;160530000000;https://a.example;ok\n")
    command = [sys.executable, "-c", KILLED_WHILE_COPYING, "import", str(delivered), "--source", "open_pvog"]
    environment = os.environ | {"GRADMESSER_DATA": str(tmp_path / "daten")}
    ended = subprocess.run([*command, "--stand", "2026-01-31"], env=environment, cwd=ROOT, check=False, timeout=60)
    assert ended.returncode == -9
    assert any((tmp_path / "daten" / "raw").rglob("lieferung.csv"))
    assert snapshots.all_of(tmp_path / "daten" / "raw") == []


def test_a_failed_copy_leaves_no_folder(raw: Path, delivered: Path) -> None:
    described = snapshot(delivered)
    delivered.unlink()
    with pytest.raises(FileNotFoundError):
        snapshots.keep(raw, delivered, described)
    assert list(raw.glob("*/*/*")) == []


def test_known_from_is_the_day_of_retrieval(delivered: Path) -> None:
    assert snapshot(delivered, retrieved=noon(date(2026, 4, 1))).known_from == date(2026, 4, 1)
