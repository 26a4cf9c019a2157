"""Checks and keeps delivered files by running the ETL in a process of its own.

gradmesser never imports etl, and a hostile file can at worst end that process: it has a time limit, a memory limit
where the system knows one, and a temporary folder that is removed.
"""

import hashlib
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from gradmesser.catalog import places

SOURCES = ("meldung", "themen")
CHECK_SECONDS, BUILD_SECONDS, QUEUE_SECONDS = 60, 900, 20
MEMORY_BYTES = 3_000_000_000
_AT_ONCE = threading.BoundedSemaphore(2)
_LOG = logging.getLogger(__name__)
_BROKEN = (
    "Die Datei ließ sich nicht prüfen: Sie ist beschädigt oder braucht zu viel Speicher. Nichts wurde übernommen. "
    "Bitte eine frische Vorlage ausfüllen."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as somebody handed it in; stand: the day for which it holds, if it does not say so itself; source: one of SOURCES."""

    name: str
    content: bytes
    stand: date | None
    source: str = SOURCES[0]

    @property
    def sha256(self) -> str:
        """Checksum of the bytes."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the ETL said: the object that the command prints, or why it refused, in German."""

    sha256: str
    found: dict[str, object] = field(default_factory=dict)
    refusal: str = ""


def check(upload: Upload) -> Outcome:
    """Judge a file without keeping it."""
    return _with_file(upload, ["check"], [])


def keep(upload: Upload, checked: Outcome, sender: str) -> Outcome:
    """Keep the file that was checked, the same bytes for the same day, in the name of a body."""
    if upload.sha256 != checked.sha256 or checked.refusal:
        return Outcome(
            sha256=upload.sha256,
            refusal="Die Datei ist nicht die geprüfte. Bitte noch einmal hochladen; nichts wurde übernommen.",
        )
    kept = _with_file(upload, ["import"], [f"--sender={sender}"])
    if not kept.refusal and kept.found.get("snapshot") != checked.found.get("snapshot"):
        _LOG.error("kept %s instead of %s", kept.found.get("snapshot"), checked.found.get("snapshot"))
        return Outcome(
            sha256=kept.sha256,
            refusal=f"Aufbewahrt wurde {kept.found.get('snapshot')}, geprüft war {checked.found.get('snapshot')}. Bitte "
            "dem Betreiber melden.",
        )
    return kept


def build() -> Outcome:
    """Publish what was kept."""
    return _run(["build", "--json"], seconds=BUILD_SECONDS, memory=None)


def _with_file(upload: Upload, command: Sequence[str], options: Sequence[str]) -> Outcome:
    if not _AT_ONCE.acquire(timeout=QUEUE_SECONDS):
        return Outcome(
            sha256=upload.sha256,
            refusal="Gerade werden andere Dateien geprüft. Bitte in einer Minute erneut versuchen.",
        )
    try:
        with tempfile.TemporaryDirectory(prefix="gradmesser-") as folder:
            path = Path(folder) / _safe(upload.name)
            path.write_bytes(upload.content)
            days = [f"--stand={upload.stand.isoformat()}"] if upload.stand else []
            words = [*command, str(path), "--source", upload.source, *options, *days, "--json"]
            ran = _run(words, seconds=CHECK_SECONDS, memory=MEMORY_BYTES)
            return Outcome(sha256=upload.sha256, found=ran.found, refusal=ran.refusal.replace(f"{folder}{os.sep}", ""))
    finally:
        _AT_ONCE.release()


def _safe(name: str) -> str:
    """A file name without anything that a path, a terminal or an option could read otherwise."""
    stem, suffix = re.sub(r"[^\w. ()+-]", "_", Path(name).stem).strip(" .-")[:80], Path(name).suffix.lower()
    return f"{stem or 'meldung'}{suffix if suffix in {'.xlsx', '.csv'} else '.csv'}"


def _run(words: Sequence[str], *, seconds: int, memory: int | None) -> Outcome:
    environment = {**os.environ, "GRADMESSER_DATA": str(places.data_root().resolve()), "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(  # noqa: S603 - own interpreter, own module, no shell
        [sys.executable, "-m", "etl", *words], cwd=places.ROOT, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    with process:
        _limit(process.pid, memory)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return Outcome(
                sha256="",
                refusal=f"Nach {seconds} Sekunden abgebrochen. Bitte die Datei aufteilen oder eine frische Vorlage ausfüllen.",
            )
    reasons = [line.removeprefix("Fehler: ") for line in err.splitlines() if line.startswith("Fehler: ")]
    if process.returncode == 0:
        return Outcome(sha256="", found=json.loads(out.splitlines()[-1]))
    if not reasons:
        _LOG.error("etl %s ended with %s: %s", words[0], process.returncode, _anonymous(err))
    return Outcome(sha256="", refusal=" ".join(reasons) or _BROKEN)


def _anonymous(err: str) -> str:
    """Where a process ended and with which error, without the message: that may quote a cell of the file."""
    places_of = re.findall(r'File "[^"]*?([^"/\\]+)", line (\d+)', err)
    kinds = re.findall(r"(?m)^([\w.]*(?:Error|Exception|Interrupt|Exit))\b", err)
    trace = " > ".join(f"{name}:{line}" for name, line in places_of[-6:])
    return f"{trace} {kinds[-1] if kinds else ''}".strip() or "ohne Angabe"


def _limit(pid: int, memory: int | None) -> None:
    """Bound the memory of a process that has just been started; set from outside, because threads forbid a preexec."""
    if memory is None or sys.platform != "linux":
        return
    import resource  # noqa: PLC0415 - only there on Unix

    try:
        resource.prlimit(pid, resource.RLIMIT_AS, (memory, memory))
    except (ProcessLookupError, PermissionError) as error:
        _LOG.warning("no memory limit for %s: %s", pid, error)
