"""A hall opens the start page and a class walks through the pages: failures, waiting, memory, CPU; behind nginx."""

import argparse
import asyncio
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.instances import Instances
from benchmarks.report import Line, Part, table
from benchmarks.visitors import Log, Refused, Run, crowd
from deploy import stack

P95_GATE = 2.0
HALL, HALL_SECONDS = 500, 60.0
WALKERS, WALKERS_COME_WITHIN, PAUSE = 100, 20.0, 10.0
_PROCESSES = 2
_TOWNS = ("160510000000", "160520000000", "160530000000", "160540000000", "160550000000")
_PAGES = (
    "karte", "kommune?ars={}", "leistungen", "register", "vergleich?ars={}", "veraenderung", "daten", "karte?ebene=kreise",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One crowd: what it saw, seconds it took, CPU seconds of the dashboards, their memory afterwards in MB."""

    log: Log
    seconds: float
    cpu: float
    memory: float

    @property
    def cores(self) -> float:
        """How many cores the dashboards got on average."""
        return self.cpu / self.seconds if self.seconds else 0.0


def walks(number: int) -> list[list[str]]:
    """Start page, then all pages, each visitor in an order and with a town of its own."""
    return [["", *(page.format(_TOWNS[who % len(_TOWNS)]) for page in _turned(who))] for who in range(number)]


def _turned(who: int) -> Iterable[str]:
    at = who % len(_PAGES)
    return [*_PAGES[at:], *_PAGES[:at]]


def percentile(seconds: Sequence[float], share: float) -> float:
    """The value that this share of all does not exceed; 0 without any."""
    ordered = sorted(seconds)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)] if ordered else 0.0


def measure(instances: Instances, progress: Callable[[str], None], *, quick: bool) -> Part:
    """Start the shipped stack on a built instance and let the crowds come; quick: few visitors, no promise meant."""
    data = instances.built("plain")
    hall, hall_seconds, walkers = (20, 5.0, 5) if quick else (HALL, HALL_SECONDS, WALKERS)
    pause = 1.0 if quick else PAUSE
    with (
        tempfile.TemporaryDirectory(prefix="gradmesser-bench-") as folder,
        stack.running(processes=_PROCESSES, port=0, folder=Path(folder), data=data) as running,
    ):

        def phase(title: str, routes: Sequence[Sequence[str]], *, within: float, pause: float) -> Phase:
            before, began = cpu_seconds(running.pids), time.monotonic()
            log = asyncio.run(crowd(running.address, routes, within=within, pause=pause))
            taken = Phase(
                log=log, seconds=time.monotonic() - began, cpu=cpu_seconds(running.pids) - before,
                memory=memory_mb(running.pids, "VmRSS"),
            )  # fmt: skip
            progress(
                f"load: {title}: {len(log.runs)} Seiten, {len(log.failures)} gescheitert, {taken.cpu:.1f} s Prozessor"
            )
            return taken

        cold = phase("erste Besuche", walks(4), within=1, pause=0.5)
        warm = memory_mb(running.pids, "VmRSS")
        opened = phase(f"{hall} öffnen", [[""]] * hall, within=hall_seconds, pause=0)
        walked = phase(f"{walkers} gehen", walks(walkers), within=WALKERS_COME_WITHIN * hall / HALL, pause=pause)
        peak = memory_mb(running.pids, "VmHWM")
    lines = [
        *_phase_lines(f"{hall} Besucher öffnen die Startseite in {hall_seconds:.0f} s", opened, gate=None),
        Line(title="Prozessorzeit je Besucher der Startseite", value=1000 * opened.cpu / hall, unit="ms"),
        Line(title="Speicher je Besucher", value=max(0.0, opened.memory - warm) / hall, unit="MB"),
        *_phase_lines(f"{walkers} Besucher gehen durch {len(_PAGES) + 1} Seiten", walked, gate=P95_GATE),
        Line(title="Prozessorzeit je Seite", value=1000 * walked.cpu / max(1, len(walked.log.runs)), unit="ms"),
        Line(title="Seiten je Sekunde Prozessorzeit", value=len(walked.log.runs) / walked.cpu, unit="Seiten"),
        Line(title=f"größter Speicher der {_PROCESSES} Prozesse zusammen", value=peak, unit="MB"),
        Line(title="erste Besuche nach dem Start (kalt), die langsamste Seite",
             value=max((run.seconds for run in cold.log.runs), default=0.0), unit="s"),
    ]  # fmt: skip
    return Part(
        name="load",
        method=(
            f"Der mitgelieferte Aufbau (`python -m deploy.stack`): nginx vor {_PROCESSES} Streamlit-Prozessen, "
            f"{instances.size.months} Monate Geschichte. Jeder Besucher holt die Seite und ihren Cookie, fragt wie der Browser "
            "nach Zustand und Einstellungen, öffnet einen Websocket und spricht Streamlits Nachrichten, auch die schon bekannten; "
            "die 3 MB Skripte liefert nginx von der Platte, sie sind nicht dabei. Dauer: von der ersten Anfrage bis zum Ende des "
            f"Skripts. Alle bleiben verbunden, bis der letzte da ist. Zwischen zwei Seiten vergehen {0.5 * pause:.0f} bis "
            f"{1.5 * pause:.0f} s. Die Besucher laufen auf denselben Kernen wie der Server und nehmen ihm Zeit weg; teilt er "
            "die Maschine mit anderen (Last über 2), ist die Dauer zu lang, die Prozessorzeit etwas."
        ),
        lines=lines,
        details=_details(walked.log.runs, [*opened.log.failures, *walked.log.failures]),
    )


def _phase_lines(title: str, phase: Phase, *, gate: float | None) -> list[Line]:
    seconds = [run.seconds for run in phase.log.runs]
    return [
        Line(title=f"{title}: gescheitert", value=len(phase.log.failures), unit="Besucher", gate=0.0),
        Line(title=f"{title}: Hälfte unter", value=percentile(seconds, 0.5), unit="s"),
        Line(title=f"{title}: 95 % unter", value=percentile(seconds, 0.95), unit="s", gate=gate),
        Line(title=f"{title}: Kerne, die der Server dabei bekam", value=phase.cores, unit="Kerne"),
    ]


def _details(runs: Sequence[Run], failures: Sequence[str]) -> str:
    names = sorted({run.page for run in runs})
    rows = []
    for name in names:
        some = [run for run in runs if run.page == name]
        seconds = [run.seconds for run in some]
        kilobytes = statistics.median(run.received for run in some) / 1000
        numbers = (f"{percentile(seconds, 0.5):.2f}", f"{percentile(seconds, 0.95):.2f}", f"{kilobytes:.0f}")
        rows.append((name or "Startseite", str(len(some)), *numbers))
    text = table(("Seite", "Aufbauten", "Hälfte unter s", "95 % unter s", "kB (Median)"), rows).replace(".", ",")
    return "\n\n".join([text, *(f"- {failure}" for failure in failures[:10])])


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of these processes so far."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_mb(pids: Iterable[int], name: str) -> float:
    """Sum of VmRSS (now) or VmHWM (peak) of these processes, in MB."""
    kilobytes = 0
    for pid in pids:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
        kilobytes += next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
    return kilobytes / 1000


def main(words: Sequence[str] | None = None) -> int:
    """Let a crowd visit an instance that already runs on this machine; 1 if a visit fails, 2 if asked for too much."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description="Besucher für diesen Rechner")
    parser.add_argument("address", help="zum Beispiel http://127.0.0.1:8080; andere Rechner werden abgelehnt")
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--within", type=float, default=10.0, help="Sekunden, in denen alle kommen")
    parser.add_argument("--pause", type=float, default=PAUSE, help="Sekunden zwischen zwei Seiten")
    parser.add_argument("--start-only", action="store_true", help="nur die Startseite öffnen")
    options = parser.parse_args(words)
    routes = [[""]] * options.visitors if options.start_only else walks(options.visitors)
    try:
        log = asyncio.run(crowd(options.address, routes, within=options.within, pause=options.pause))
    except Refused as error:
        parser.error(str(error))
    print(_details(log.runs, log.failures).replace("\n\n", "\n"))
    print(f"{len(log.runs)} Seiten, {len(log.failures)} von {options.visitors} Besuchern gescheitert")
    return 1 if log.failures else 0


if __name__ == "__main__":
    sys.exit(main())
