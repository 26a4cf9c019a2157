"""DuckDB reads the given CSV files and does nothing else with them: `python -m benchmarks.floor FILE…`.

Prints wall and CPU seconds of two readings as JSON: the maximum of every column, and the mere number of rows.
"""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb

from etl.example import HEADER


def main(paths: Sequence[str]) -> None:
    """Read with the layout given, which is faster than letting DuckDB find it out."""
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in HEADER)
    files = ", ".join(f"'{path}'" for path in paths)
    # cp1252 files are latin-1 to the floor: as fast, and what it reads is not looked at
    encoding = "utf-8" if _is_utf8(paths[0]) else "latin-1"
    source = (
        f"read_csv([{files}], columns={{{columns}}}, delim=';', header=true, auto_detect=false, quote='\"', escape='\"', "
        f"strict_mode=false, encoding='{encoding}')"
    )
    measured = {}
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        for name, wanted in (("max", "max(COLUMNS(*))"), ("count", "count(*)")):
            started, cpu = time.perf_counter(), time.process_time()
            connection.execute(f"SELECT {wanted} FROM {source}").fetchall()
            measured[name] = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu}
    print(json.dumps(measured))


def _is_utf8(path: str) -> bool:
    try:
        Path(path).read_bytes().decode()
    except UnicodeDecodeError:
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
