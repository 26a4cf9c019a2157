"""A full build of 60 deliveries of 60,000 rows each, against DuckDB only reading the same files."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.deliveries import VARIANTS
from benchmarks.instances import Instances, environment
from benchmarks.report import Line, Part, table
from gradmesser.catalog import places

GATE = 4.0
_ROUNDS = 5
_STEPS_SHOWN = 16
_INFORMATION_ONLY = {"latin"}
"""Variants without a gate: here every cell goes through Python before DuckDB sees it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process: wall and CPU seconds, peak memory in MB, what it printed."""

    seconds: float
    cpu: float
    memory: float
    printed: str


def measure(instances: Instances, progress: Callable[[str], None], *, quick: bool) -> Part:
    """Reading and building in turns, so that both see the same machine; quick: one round, no gate, plain files only."""
    lines: list[Line] = []
    details: list[str] = []
    names = ["plain"] if quick else list(VARIANTS)
    for name in names:
        root = instances.deliveries(name)
        files = sorted(root.glob("raw/open_pvog/*/*/lieferung.csv"))
        reads, builds = [], []
        for nr in range(1 if quick else _ROUNDS):
            reads.append(
                json.loads(run_process([sys.executable, "-m", "benchmarks.floor", *map(str, files)], root).printed)
            )
            builds.append(run_process([sys.executable, "-m", "etl", "build", "--json"], root))
            progress(f"build {name}: Runde {nr + 1}, {builds[-1].seconds:.1f} s zu {reads[-1]['max']['seconds']:.1f} s")
        gate = None if quick or name in _INFORMATION_ONLY else GATE
        lines += _lines(VARIANTS[name].title, reads, builds, gate)
        if name == "plain":
            lines += _only_once(root, files, reads, builds, instances.import_seconds[name])
        if name in {"plain", "dirty"}:
            details.append(_steps(root, VARIANTS[name].title))
    size = instances.size
    method = (
        f"{size.months} Lieferungen zu {size.rows} Zeilen in amtlicher Form (rund 600 LeiKa-Schlüssel, alle Gebiete, etwa "
        "0,5 % Änderung im Monat). Gemessen ist der ganze Prozess `python -m etl build` vom Start bis zum Ende, ohne "
        "Zwischenspeicher: Prüfsummen, Einlesen, Regeln, Auswertungstabellen, Schreiben. Maßstab: DuckDB liest dieselben "
        f"Dateien und bildet von jeder Spalte das Maximum; die Zeit für den Start zählt dort nicht mit. Median aus "
        f"{1 if quick else _ROUNDS} abwechselnden Läufen. Die Prozessorzeit hängt kaum davon ab, was die Maschine sonst tut. "
        "In der Aufstellung der Schritte fehlt, was daneben läuft: Prüfsummen und `onlinedienst`."
    )
    return Part(name="build", method=method, lines=lines, details="\n\n".join(details))


def _lines(title: str, reads: Sequence[dict], builds: Sequence[Run], gate: float | None) -> list[Line]:
    seconds, cpu = (statistics.median(run) for run in zip(*((one.seconds, one.cpu) for one in builds), strict=True))

    def floor(what: str, unit: str) -> float:
        return statistics.median(read[what][unit] for read in reads)

    return [
        Line(title=f"{title}: Dauer", value=seconds, floor=floor("max", "seconds"), unit="s", gate=gate),
        Line(title=f"{title}: Prozessorzeit", value=cpu, floor=floor("max", "cpu"), unit="s"),
        Line(title=f"{title}: Dauer gegen `count(*)`", value=seconds, floor=floor("count", "seconds"), unit="s"),
    ]


def _only_once(
    root: Path, files: Sequence[Path], reads: Sequence[dict], builds: Sequence[Run], import_seconds: float
) -> list[Line]:
    inside = statistics.median(json.loads(run.printed)["seconds"] for run in builds)
    database = Path(json.loads(builds[-1].printed)["database"])
    return [
        Line(title="davon `build()` ohne Start von Python", value=inside, unit="s",
             floor=statistics.median(read["max"]["seconds"] for read in reads)),
        Line(title="größter Speicherbedarf", value=max(run.memory for run in builds), unit="MB"),
        Line(title="Größe der Lieferungen", value=sum(file.stat().st_size for file in files) / 1e6, unit="MB"),
        Line(title="Größe der Datenbank", value=(root / database.name).stat().st_size / 1e6, unit="MB"),
        Line(title="Annahme einer Lieferung (`import`)", value=import_seconds, unit="s"),
    ]  # fmt: skip


def _steps(root: Path, title: str) -> str:
    steps = json.loads(run_process([sys.executable, "-m", "benchmarks.profiled", str(root)], root).printed)
    ordered = sorted(steps.items(), key=lambda step: -step[1]["cpu"])
    rows = [(name, f"{step['seconds']:.2f}", f"{step['cpu']:.2f}") for name, step in ordered]
    rest = [sum(step[unit] for _, step in ordered[_STEPS_SHOWN:]) for unit in ("seconds", "cpu")]
    rows = [*rows[:_STEPS_SHOWN], (f"{len(rows) - _STEPS_SHOWN} weitere", f"{rest[0]:.2f}", f"{rest[1]:.2f}")]
    text = table(("Schritt", "Dauer in s", "Prozessorzeit in s"), rows).replace(".", ",")
    return f"Wohin die Zeit geht ({title}; `SQL x` schreibt die Tabelle x):\n\n{text}"


def run_process(command: Sequence[str], root: Path) -> Run:
    """Run one process and take its own account of CPU time and memory; raises RuntimeError if it fails."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as complaints:
        process = subprocess.Popen(
            command, cwd=places.ROOT, env=environment(root), stdout=subprocess.PIPE, stderr=complaints, text=True
        )
        with process.stdout as stream:
            printed = stream.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            complaints.seek(0)
            message = f"{' '.join(command[:4])} …: {complaints.read()}"
            raise RuntimeError(message)
    return Run(
        seconds=time.perf_counter() - started,
        cpu=usage.ru_utime + usage.ru_stime,
        memory=usage.ru_maxrss / 1024,
        printed=printed,
    )
