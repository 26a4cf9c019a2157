"""`python -m benchmarks [build|queries|wire|growth|visitors|load|peer|all] [--quick]`: speed as ratios in one run, written to RESULTS.md."""

import argparse
import sys
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from benchmarks import build, first_visit, growth, load, peer, queries, report, wire
from benchmarks.deliveries import Size
from benchmarks.instances import Instances

_PARTS: dict[str, Callable[..., report.Part]] = {
    "build": build.measure,
    "queries": queries.measure,
    "wire": wire.measure,
    "growth": growth.measure,
    "visitors": first_visit.measure,
    "peer": peer.measure,
    "load": load.measure,
}
_QUICK = Size(months=6, rows=6_000)


def main() -> int:
    """Measure what is asked for; 1 if a gate is not kept. Only a whole run is written down."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Geschwindigkeit messen")
    parser.add_argument("part", nargs="?", default="all", choices=[*_PARTS, "all"])
    parser.add_argument(
        "--quick", action="store_true", help="wenige Daten, um das Messen selbst zu prüfen; schreibt nichts"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="ORDNER", help="erzeugte Lieferungen hier behalten und wiederverwenden"
    )
    options = parser.parse_args()
    names = list(_PARTS) if options.part == "all" else [options.part]
    place = nullcontext(options.keep) if options.keep else tempfile.TemporaryDirectory(prefix="gradmesser-bench-")
    good = True
    with place as folder:
        instances = Instances(Path(folder).absolute(), _QUICK if options.quick else Size(), _say)
        for name in names:
            part = _PARTS[name](instances, _say, quick=options.quick)
            print(part.markdown())
            if not options.quick:
                report.save(part)
            good = good and part.ok
    return 0 if good else 1


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
