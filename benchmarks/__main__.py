"""`python -m benchmarks [build|queries|wire|all] [--quick]`: speed as ratios in one run, written to RESULTS.md."""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import streamlit

from benchmarks import floor, wire
from benchmarks.deliveries import VARIANTS, Size, write_instance
from gradmesser import catalog, store
from gradmesser.catalog import places

_RESULTS = Path(__file__).with_name("RESULTS.md")
_BUILD_GATE, _QUERY_GATE, _BYTES_GATE, _TIME_GATE = 4.0, 50.0, 40_000, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the results; `good` is None where there is no gate."""

    what: str
    floor: str
    value: str
    ratio: str
    gate: str
    good: bool | None = None


def main() -> int:
    """Run what is asked for; 1 if a gate fails."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("what", nargs="?", default="all", choices=["build", "queries", "wire", "all"])
    parser.add_argument("--quick", action="store_true", help="12 Monate zu 10.000 Zeilen, eine Wiederholung")
    options = parser.parse_args()
    size = Size(months=12, rows=10_000) if options.quick else Size()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="gradmesser-bench-") as folder:
        for name in ("dirty", "plain"):
            if name == "dirty" and options.what not in {"build", "all"}:
                continue
            root = Path(folder) / name
            write_instance(root, places.REFERENCE_IN_PROJECT, size, VARIANTS[name], _say)
            rows += _build(root, size, VARIANTS[name].title, repeats=1 if options.quick else 3)
        os.environ["GRADMESSER_DATA"] = str(root)
        if options.what in {"queries", "all"}:
            rows += _queries()
        if options.what in {"wire", "all"}:
            rows += _wire(root)
    for row in rows:
        _say(f"{row.what}: {row.value}, Boden {row.floor}, Verhältnis {row.ratio}, Grenze {row.gate} {_mark(row)}")
    if options.what == "all" and not options.quick:
        _RESULTS.write_text(_document(rows, size), "utf-8")
    return 1 if any(row.good is False for row in rows) else 0


def _build(root: Path, size: Size, title: str, repeats: int) -> list[Row]:
    """Floor and build take turns, so that both meet the same noise; the build runs in a process of its own."""
    files = sorted((root / "raw" / "open_pvog").glob("*/*/lieferung.csv"))
    floors, builds = [], []
    for _ in range(repeats):
        floors.append(floor.read_all(files))
        environment = {**os.environ, "GRADMESSER_DATA": str(root)}
        done = subprocess.run(
            [sys.executable, "-m", "etl", "build", "--json"], env=environment, cwd=places.ROOT, capture_output=True, check=True
        )  # fmt: skip
        builds.append(json.loads(done.stdout)["seconds"])
    low, value = statistics.median(floors), statistics.median(builds)
    return [
        Row(
            what=f"Bau aus {size.months} Lieferungen zu {size.rows} Zeilen, {title}",
            floor=f"{low:.2f} s", value=f"{value:.2f} s", ratio=f"{value / low:.2f}", gate=f"≤ {_BUILD_GATE:g}",
            good=value <= _BUILD_GATE * low,
        )
    ]  # fmt: skip


def _queries() -> list[Row]:
    stand = store.fetch("stichtage")["stichtag"].iloc[-1].date()
    key = store.fetch("leistungen", stand=stand)["leika_key"].iloc[0]
    known = {"stand": stand, "wissen": store.known_by(None), "ars": "160530000000", "leika_key": key, "snapshot_id": "",
             "von": stand.replace(year=stand.year - 1), "bis": stand, "register_id": "", "kreis": ""}  # fmt: skip
    slowest: list[tuple[float, str]] = []
    for path in sorted(places.ROOT.glob("gradmesser/queries/*.sql")):
        names = set(re.findall(r"\$(\w+)", path.read_text("utf-8")))
        times = []
        for _ in range(7):
            started = time.perf_counter()
            store.fetch(path.stem, **{name: known[name] for name in names})
            times.append(1000 * (time.perf_counter() - started))
        slowest.append((statistics.median(times), path.stem))
    slowest.sort(reverse=True)
    return [
        Row(
            what=f"Abfrage {name}", floor="–", value=f"{milliseconds:.1f} ms", ratio="–", gate=f"≤ {_QUERY_GATE:g} ms",
            good=milliseconds <= _QUERY_GATE,
        )
        for milliseconds, name in slowest[:8]
    ]  # fmt: skip


def _wire(root: Path) -> list[Row]:
    samples = wire.run(root)
    empty = samples[0]
    rows = [
        Row(
            what=f"{empty.name}: neu rechnen", floor="–", value=f"{empty.bytes / 1000:.1f} kB, {empty.milliseconds:.0f} ms",
            ratio="1", gate="–",
        )
    ]  # fmt: skip
    for sample in samples[1:]:
        ratio = sample.milliseconds / empty.milliseconds
        rows.append(
            Row(
                what=sample.name, floor=f"{empty.milliseconds:.0f} ms",
                value=f"{sample.bytes / 1000:.1f} kB, {sample.milliseconds:.0f} ms", ratio=f"{ratio:.2f}",
                gate=f"≤ {_BYTES_GATE / 1000:g} kB, ≤ {_TIME_GATE:g}",
                good=sample.bytes <= _BYTES_GATE and ratio <= _TIME_GATE,
            )
        )  # fmt: skip
    return rows


def _document(rows: list[Row], size: Size) -> str:
    lines = [
        "# Gemessene Geschwindigkeit",
        "",
        f"`make bench` am {datetime.now(UTC):%d.%m.%Y}, {os.cpu_count()} Kerne, Python {sys.version.split()[0]}, DuckDB "
        f"{duckdb.__version__}, Streamlit {streamlit.__version__}; {size.months} Lieferungen zu {size.rows} Zeilen, Regeln "
        f"{catalog.RULE_VERSION}. Absolute Zeiten sagen wenig, es zählen die Verhältnisse in einem Lauf.",
        "",
        "| Was | Boden | Wert | Verhältnis | Grenze | eingehalten |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [f"| {row.what} | {row.floor} | {row.value} | {row.ratio} | {row.gate} | {_mark(row)} |" for row in rows]
    lines += [
        "",
        "Boden des Baus: DuckDB liest alle Spalten derselben CSV-Dateien und sonst nichts. Boden der Seiten: eine leere Seite mit "
        "einer Auswahl. Bytes sind die Nutzlast der Websocket-Nachrichten vor der Kompression.",
        "",
    ]
    return "\n".join(lines)


def _mark(row: Row) -> str:
    return {True: "ja", False: "NEIN", None: "–"}[row.good]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
