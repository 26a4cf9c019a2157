"""Immutable raw deliveries: data/raw/<source>/<stand>/<sha12>/ holds the file as delivered and its manifest."""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from etl.errors import BuildError, Refused

MANIFEST = "manifest.json"
RELEASE = "freigabe.json"
Herkunft = Literal["amtlich", "meldung", "beispiel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Why a withheld snapshot was published all the same."""

    reason: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One delivery. `layout` holds what reading found out about the bytes, so that a build need not look again."""

    source_id: str
    stand: date
    retrieved: datetime
    sha256: str
    size: int
    name: str
    herkunft: Herkunft
    path: Path
    sender: str = ""
    layout: dict[str, object] = field(default_factory=dict)
    rows_by_kreis: dict[str, int] = field(default_factory=dict)
    release: Release | None = None

    @property
    def snapshot_id(self) -> str:
        """Name that `status` prints and `release` takes."""
        return f"{self.source_id}-{self.stand.isoformat()}-{self.sha256[:12]}"

    @property
    def known_from(self) -> date:
        """Day from which the delivery was public here: its retrieval, or its release if it was withheld."""
        return max(self.retrieved.date(), self.release.on) if self.release else self.retrieved.date()

    @property
    def order(self) -> tuple[date, datetime, str]:
        """Position in history: by stand, a later retrieval of the same stand corrects the earlier one."""
        return self.stand, self.retrieved, self.sha256


def sha256_of(path: Path) -> str:
    """Checksum of a file as 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def keep(raw: Path, delivered: Path, snapshot: Snapshot) -> Snapshot:
    """Copy a delivery into raw/ in one step: a killed import leaves nothing that a build would see."""
    folder = raw / snapshot.source_id / snapshot.stand.isoformat() / snapshot.sha256[:12]
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".teil-", dir=folder.parent))
    part.chmod(0o755)
    try:
        kept = part / f"lieferung{delivered.suffix.lower()}"
        shutil.copyfile(delivered, kept)
        if sha256_of(kept) != snapshot.sha256:
            raise Refused(
                f"{delivered.name}: Die Datei hat sich während des Einlesens geändert. Bitte warten, bis sie vollständig "
                "ist, und noch einmal einlesen; nichts wurde übernommen."
            )
        manifest = asdict(replace(snapshot, path=Path(kept.name)))
        manifest.pop("release")
        (part / MANIFEST).write_text(json.dumps(manifest, default=str, ensure_ascii=False, indent=1) + "\n", "utf-8")
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return replace(snapshot, path=folder / kept.name)


def load(folder: Path) -> Snapshot:
    """Snapshot of one folder; raises BuildError if its manifest is not readable."""
    manifest = folder / MANIFEST
    try:
        fields = json.loads(manifest.read_text("utf-8"))
        fields["stand"] = date.fromisoformat(fields["stand"])
        fields["retrieved"] = datetime.fromisoformat(fields["retrieved"])
        fields["path"] = folder / fields["path"]
        release = folder / RELEASE
        if release.exists():
            given = json.loads(release.read_text("utf-8"))
            fields["release"] = Release(reason=given["reason"], on=date.fromisoformat(given["on"]))
        return Snapshot(**fields)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BuildError(
            f"Das Verzeichnis der Lieferung {manifest} ist nicht lesbar ({error}). "
            "Bitte aus der Sicherung wiederherstellen oder den Ordner entfernen."
        ) from error


def all_of(raw: Path, source_id: str | None = None) -> list[Snapshot]:
    """Every kept snapshot in historical order."""
    return sorted(_walk(raw, source_id or "*"), key=lambda snapshot: (snapshot.source_id, *snapshot.order))


def _walk(raw: Path, source_id: str) -> Iterator[Snapshot]:
    for folder in raw.glob(f"{source_id}/*/*"):
        if folder.is_dir() and not folder.name.startswith("."):
            yield load(folder)


def verify(snapshot: Snapshot) -> None:
    """Raise BuildError unless the kept file still has the bytes that were delivered."""
    if not snapshot.path.exists() or sha256_of(snapshot.path) != snapshot.sha256:
        raise BuildError(
            f"Die Lieferung {snapshot.snapshot_id} ({snapshot.path}) fehlt oder wurde verändert: Die Prüfsumme stimmt "
            "nicht. Bitte die Datei aus der Sicherung wiederherstellen; die bisherige Datenbank bleibt in Gebrauch."
        )


def release(raw: Path, snapshot_id: str, reason: str, on: date) -> Snapshot:
    """Record that a withheld snapshot is to be published; raises Refused for an unknown name or an empty reason."""
    if not reason.strip():
        raise Refused("Die Freigabe braucht eine Begründung: --reason TEXT.")
    if not re.fullmatch(r"[a-z0-9_]+-\d{4}-\d{2}-\d{2}-[0-9a-f]{12}", snapshot_id):
        raise Refused(f"„{snapshot_id}“ ist kein Name einer Lieferung. `python -m etl status` nennt die Namen.")
    for snapshot in all_of(raw):
        if snapshot.snapshot_id == snapshot_id:
            target = snapshot.path.parent / RELEASE
            part = target.with_suffix(".teil")
            part.write_text(
                json.dumps({"reason": reason.strip(), "on": on.isoformat()}, ensure_ascii=False) + "\n", "utf-8"
            )
            part.replace(target)
            return replace(snapshot, release=Release(reason=reason.strip(), on=on))
    raise Refused(f"Die Lieferung „{snapshot_id}“ gibt es nicht. `python -m etl status` nennt die Namen.")
