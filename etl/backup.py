"""Backup and restore of an instance: what cannot be made again, with a checksum for every file, as one ZIP.

The database is not in it: deliveries and reference give the same one again.
"""

import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from etl import build, snapshots
from etl.errors import BuildError, Refused
from gradmesser import catalog
from gradmesser.catalog import places, stewards
from gradmesser.catalog.operator import FILE as OPERATOR

LIST = "sicherung.json"
FORM = 1
_FOLDERS = ("raw", "reference")
_FILES = (OPERATOR, stewards.FILE)
_UNPACKED, _ASIDE = ".wiederherstellung-", "vorher-"
_LONGEST_LIST, _MOST_FILES, _CHUNK = 64_000_000, 500_000, 1_000_000
_NAME = re.compile(r"[\w.+ ()-]{1,200}")
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a backup holds: files by path with size and checksum, and the fingerprint of the database they give."""

    snapshots: int
    fingerprint: str
    created: str
    files: Mapping[str, tuple[int, str]]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(size for size, _ in self.files.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did; identical: the database has the fingerprint that the backup names."""

    content: Content
    database: Path
    identical: bool
    aside: Path | None


def write(root: Path, reference: Path, target: Path) -> Content:
    """Write a backup in one step; raises BuildError if a kept file was altered, Refused for a place inside the data."""
    if any(target.resolve().is_relative_to((root / name).resolve()) for name in _FOLDERS):
        raise Refused(f"{target}: Die Sicherung darf nicht in {' oder '.join(_FOLDERS)} liegen. Bitte anders ablegen.")
    part = target.with_name(f"{target.name}.{os.getpid()}.teil")
    try:
        with build.exclusive(root):
            kept = snapshots.all_of(root / "raw")
            for snapshot in kept:
                snapshots.verify(snapshot)
            files = {name: (path.stat().st_size, snapshots.sha256_of(path)) for name, path in _members(root)}
            content = Content(
                snapshots=len(kept), fingerprint=build.fingerprint(root, reference),
                created=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", files=files,
            )  # fmt: skip
            with _private(part) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(LIST, _to_json(content))
                for name in files:
                    archive.write(root / name, name)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return content


def restore(archive: Path, root: Path, static: Path, *, replace: bool) -> Restored:
    """Check a backup wholly, put it in place, build; with replace what was there is set aside, never deleted.

    Raises Refused, having changed nothing, for a damaged or foreign file and for a folder with data in it; BuildError
    if what it holds cannot be built: then what was there before is back in its place.
    """
    with build.exclusive(root):
        for stale in root.glob(f"{_UNPACKED}*"):
            shutil.rmtree(stale)
        there = _there(root)
        if there and not replace:
            raise Refused(
                f"In {root} liegen schon Daten ({', '.join(sorted(path.name for path in there)[:5])}). Bitte einen leeren "
                "Ordner nehmen (GRADMESSER_DATA) oder --replace angeben: Das Bisherige wird dann beiseitegelegt."
            )
        unpacked = Path(tempfile.mkdtemp(prefix=_UNPACKED, dir=root))
        try:
            content = _unpack(archive, unpacked)
            _check_deliveries(archive, unpacked)
            if (unpacked / "reference").exists() and _is_projects(root):
                raise Refused(
                    f"{archive.name}: Die Sicherung hat eine eigene Referenz; die des Programms wird nicht ersetzt. Bitte "
                    "GRADMESSER_DATA auf einen anderen Ordner setzen."
                )
            aside = _set_aside(root, there) if there else None
            for path in unpacked.iterdir():
                path.rename(root / path.name)
        finally:
            shutil.rmtree(unpacked, ignore_errors=True)
    try:
        report = build.build(root, _reference_of(root), static)
    except (BuildError, OSError):
        _put_back(root, aside)
        raise
    found = build.fingerprint(root, _reference_of(root))
    return Restored(content=content, database=report.database, identical=found == content.fingerprint, aside=aside)


def _is_projects(root: Path) -> bool:
    return root.resolve() == places.REFERENCE_IN_PROJECT.parent.resolve()


def _reference_of(root: Path) -> Path:
    own = root / "reference"
    return own if own.is_dir() else places.REFERENCE_IN_PROJECT


def _members(root: Path) -> Iterator[tuple[str, Path]]:
    """Files of a backup by their path in it; the reference only where the instance has one of its own."""
    for folder in _FOLDERS:
        if folder == "reference" and _is_projects(root):
            continue
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root)
            hidden = any(part.startswith(".") for part in name.parts)
            if path.is_dir() or hidden or path.suffix == ".teil":
                continue
            if path.is_symlink() or not _is_ours(name.as_posix()):
                raise Refused(
                    f"{path} gehört nicht zu den Daten und käme nicht durch eine Wiederherstellung. Bitte entfernen."
                )
            yield name.as_posix(), path
    for name in _FILES:
        if (root / name).is_file():
            yield name, root / name


def _private(path: Path) -> BinaryIO:
    """A new file that only its owner reads: the list of stewards holds addresses of people."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")


def _to_json(content: Content) -> str:
    entry = {
        "form": FORM, "erstellt": content.created, "regelversion": catalog.RULE_VERSION, "lieferungen": content.snapshots,
        "fingerabdruck": content.fingerprint,
        "dateien": {name: {"bytes": size, "sha256": sha256} for name, (size, sha256) in content.files.items()},
    }  # fmt: skip
    return json.dumps(entry, ensure_ascii=False, indent=1) + "\n"


# Reading a backup that nobody vouches for ------------------------------------------------------------------------------


def _unpack(path: Path, target: Path) -> Content:
    """Write the files of a backup below target, each checked against the list; raises Refused if anything differs."""
    try:
        with zipfile.ZipFile(path) as archive:
            content = _content(path, archive)
            free = shutil.disk_usage(target).free
            if content.size > free:
                raise Refused(
                    f"{path.name}: Entpackt sind es {content.size} Bytes, frei sind {free}. Bitte Platz schaffen; nichts "
                    "wurde geändert."
                )
            for name, (size, sha256) in content.files.items():
                place = target / name
                place.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as stream, place.open("xb") as out:
                    if _copy(stream, out, size) != sha256:
                        raise Refused(f"{path.name}: Die Prüfsumme von {name} stimmt nicht. {_OTHER}")
            return content
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Refused(f"{path.name}: Die Datei ist keine lesbare Sicherung ({error}). {_OTHER}") from error


_OTHER = "Bitte eine andere Sicherung nehmen; nichts wurde geändert."


def _content(path: Path, archive: zipfile.ZipFile) -> Content:
    """The list of a backup, once every name in it and every member of the archive is one that `write` makes."""
    members = archive.infolist()
    if len(members) > _MOST_FILES or LIST not in archive.NameToInfo or archive.getinfo(LIST).file_size > _LONGEST_LIST:
        raise Refused(f"{path.name}: Die Datei ist keine Sicherung des Gradmessers ({LIST} fehlt). {_OTHER}")
    try:
        said = json.loads(archive.read(LIST))
        content = Content(
            snapshots=int(said["lieferungen"]), fingerprint=str(said["fingerabdruck"]), created=str(said["erstellt"]),
            files={name: (int(one["bytes"]), str(one["sha256"])) for name, one in said["dateien"].items()},
        )  # fmt: skip
        form = said["form"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused(f"{path.name}: {LIST} ist nicht lesbar. {_OTHER}") from error
    if form != FORM:
        raise Refused(
            f"{path.name}: Form {str(form)[:20]} der Sicherung ist unbekannt. Bitte das Programm aktualisieren."
        )
    names = [member.filename for member in members if member.filename != LIST]
    wrong = [name for name in (*names, *content.files) if not _is_ours(name)]
    if wrong:
        raise Refused(f"{path.name}: „{wrong[0][:80]}“ gehört nicht in eine Sicherung. {_OTHER}")
    if sorted(names) != sorted(content.files):
        raise Refused(f"{path.name}: Archiv und {LIST} nennen nicht dieselben Dateien. {_OTHER}")
    for member in members:
        mode = member.external_attr >> 16
        if member.compress_type not in _METHODS or (stat.S_IFMT(mode) not in {0, stat.S_IFREG}):
            raise Refused(f"{path.name}: „{member.filename[:80]}“ ist keine gewöhnliche Datei. {_OTHER}")
        if member.filename != LIST and member.file_size != content.files[member.filename][0]:
            raise Refused(f"{path.name}: Die Größe von {member.filename[:80]} stimmt nicht. {_OTHER}")
    return content


def _is_ours(name: str) -> bool:
    """Whether a path is one that a backup may hold: no way out of the folder, nothing hidden, nothing else."""
    parts = PurePosixPath(name).parts
    plain = "/".join(parts) == name and all(_NAME.fullmatch(part) and part[0] not in ". " for part in parts)
    return plain and (name in _FILES or (len(parts) > 1 and parts[0] in _FOLDERS))


def _copy(stream: BinaryIO, out: BinaryIO, size: int) -> str:
    """Copy at most size bytes; the checksum of what came."""
    digest = hashlib.sha256()
    while size > 0 and (chunk := stream.read(min(_CHUNK, size))):
        digest.update(chunk)
        out.write(chunk)
        size -= len(chunk)
    return digest.hexdigest()


def _check_deliveries(archive: Path, unpacked: Path) -> None:
    """What the manifests say must be true of the files beside them."""
    try:
        for snapshot in snapshots.all_of(unpacked / "raw"):
            if (
                snapshot.path.parent
                != unpacked / "raw" / snapshot.source_id / str(snapshot.stand) / snapshot.sha256[:12]
            ):
                raise Refused(f"{archive.name}: {snapshot.snapshot_id} liegt am falschen Ort. {_OTHER}")
            snapshots.verify(snapshot)
    except BuildError as error:
        raise Refused(f"{archive.name}: {error} {_OTHER}".replace(str(unpacked), archive.name)) from error


# Putting in place -------------------------------------------------------------------------------------------------------


def _there(root: Path) -> list[Path]:
    """What belongs to an instance and is in the folder already; the project's own reference does not count."""
    names = [name for name in _FOLDERS if not (name == "reference" and _is_projects(root))]
    found = [root / name for name in (*names, *_FILES, places.POINTER) if (root / name).exists()]
    return [*found, *root.glob("gradmesser-*.duckdb")]


def _set_aside(root: Path, there: list[Path]) -> Path:
    aside = root / f"{_ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    aside.mkdir()
    for path in there:
        path.rename(aside / path.name)
    return aside


def _put_back(root: Path, aside: Path | None) -> None:
    """Undo: what the backup brought goes, what was there comes back."""
    for path in _there(root):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if aside is not None:
        for path in aside.iterdir():
            path.rename(root / path.name)
        aside.rmdir()
