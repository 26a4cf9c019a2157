"""One build with a stopwatch on every step, in a process of its own: `python -m benchmarks.profiled ROOT`.

Prints one JSON object, step → wall and CPU seconds. The build itself is the product's; only functions and the connection it calls are
wrapped, so the sum is a little more than an unwatched build takes.
"""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import duckdb

from etl import build, observations
from etl.sources import open_pvog
from gradmesser.catalog import places

_TARGET = re.compile(
    r"(?:INSERT\s+INTO|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP\s+)?(?:TABLE|MACRO|TYPE))\s+(?:arbeit\.)?(\w+)", re.I
)


class Stopwatch:
    """Wall and CPU seconds by step; a step that runs inside another is taken out of the outer one."""

    def __init__(self) -> None:
        """Start with nothing measured."""
        self.steps: dict[str, dict[str, float]] = {}
        self._inner = [(0.0, 0.0)]

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Add the time of the block, less that of the steps inside it."""
        started, cpu = time.perf_counter(), time.process_time()
        self._inner.append((0.0, 0.0))
        try:
            yield
        finally:
            whole = time.perf_counter() - started, time.process_time() - cpu
            inner = self._inner.pop()
            outer = self._inner.pop()
            self._inner.append((outer[0] + whole[0], outer[1] + whole[1]))
            known = self.steps.setdefault(name, {"seconds": 0.0, "cpu": 0.0})
            known["seconds"] += whole[0] - inner[0]
            known["cpu"] += whole[1] - inner[1]

    def around(self, name: str, function: Callable[..., object]) -> Callable[..., object]:
        """The same function with its time added to a step."""

        def timed(*positional: object, **named: object) -> object:
            with self.step(name):
                return function(*positional, **named)

        return timed


class TimedConnection:
    """A DuckDB connection that times each statement under the table it writes."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, watch: Stopwatch) -> None:
        """Wrap an open connection."""
        self._connection = connection
        self._watch = watch

    def __enter__(self) -> "TimedConnection":
        """As the connection does."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close, which writes what is not on disk yet."""
        with self._watch.step("Schließen und Schreiben (Checkpoint)"):
            self._connection.close()

    def __getattr__(self, name: str) -> object:
        """Everything else is the connection's."""
        return getattr(self._connection, name)

    def execute(self, sql: str, parameters: object = None) -> duckdb.DuckDBPyConnection:
        """Run the statements one by one."""
        result = self._connection
        for statement in self._connection.extract_statements(sql):
            found = _TARGET.search(statement.query)
            with self._watch.step(f"SQL {found.group(1) if found else 'Abfragen'}"):
                result = (
                    self._connection.execute(statement.query, parameters)
                    if parameters
                    else self._connection.execute(statement.query)
                )
        return result


def main(root: Path) -> None:
    """Build once and print the steps."""
    watch = Stopwatch()
    connect = duckdb.connect

    def timed_connect(*positional: object, **named: object) -> TimedConnection | duckdb.DuckDBPyConnection:
        opened = connect(*positional, **named)
        return TimedConnection(opened, watch) if positional else opened

    with (
        patch.object(duckdb, "connect", timed_connect),
        patch.object(build, "_digest", watch.around("Fingerabdruck", build._digest)),  # noqa: SLF001
        patch.object(build, "publish_geometry", watch.around("Kartendateien", build.publish_geometry)),
        patch.object(build, "load_territory", watch.around("Gebiet (Python)", build.load_territory)),
        patch.object(observations, "load", watch.around("Beobachtungen (Python)", observations.load)),
        patch.object(open_pvog, "_find_lines", watch.around("Zeilennummern (zweiter Blick)", open_pvog._find_lines)),  # noqa: SLF001
        patch.object(open_pvog, "load", watch.around("Open-PVOG (Python)", open_pvog.load)),
        watch.step("Übriges"),
    ):
        build.build(root, places.reference_root(), places.STATIC)
    print(json.dumps(watch.steps))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
