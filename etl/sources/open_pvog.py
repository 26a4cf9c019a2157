"""Open-PVOG: rows of online services by LeiKa key and area; rules of docs/methodik.md, "Von Zeilen zu Nachweisen".

Deliveries are read in bulk: one scan groups identical rows over all files, the rules are applied to the few distinct
rows, and only files with rejected rows are read a second time to learn the line numbers.
"""

import codecs
import os
import re
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from etl.sources import tables
from etl.sources.tables import Layout

SOURCE_ID = "open_pvog"
CELLS = ("leika_key", "ars", "url", "online_status", "aktiv", "art_flaechendeckung", "begruendung")
COLUMNS = {
    "leika_key": "leika_key",
    "leika_name": "leika_name",
    "ars": "ars",
    "url": "url",
    "online_status": "online_status",
    "aktiv": "aktiv",
    "art_flaechendeckung": "art_flaechendeckung",
    "begruendung": "begruendung_nicht_beruecksichtigt",
    "datenstand": "datenstand_pvog_import",
}
"""Our name → name in the delivery; other columns stay in the raw file and are not read."""
REQUIRED = ("leika_key", "ars", "url", "online_status")
_OURS = {delivered: ours for ours, delivered in COLUMNS.items()}
_SQL = Path(__file__).parents[1] / "sql"
_PATTERN = re.compile(r"[*?\[\]{}]")
"""Signs in a path that DuckDB would read as a pattern of names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One file to read; `nr` is its position in history."""

    nr: int
    path: Path
    layout: Layout


def probe(path: Path) -> Layout:
    """How the file is written; raises Refused if it cannot be an Open-PVOG export."""
    return tables.probe(path, COLUMNS.values(), (COLUMNS[name] for name in REQUIRED))


def load(connection: duckdb.DuckDBPyConnection, deliveries: Sequence[Delivery]) -> None:
    """Fill the temporary tables of sql/pvog_*.sql from the deliveries.

    Needs the tables `gebiet_schluessel` and `ags_heute` (etl.build.load_territory). Leaves `inhalt` (distinct valid
    rows), `praesenz` (which of them in which file), `verworfen` (rejected rows with line) and `lieferung_zahl`.
    """
    connection.execute((_SQL / "pvog_tabellen.sql").read_text("utf-8"))
    with tempfile.TemporaryDirectory(prefix="gradmesser-") as folder:
        scans = [_scan(connection, delivery, Path(folder)) for delivery in deliveries]
        for group in _of_one_header(scans):
            _group(connection, group)
        connection.execute((_SQL / "pvog_regeln.sql").read_text("utf-8"))
        dirty = {nr for (nr,) in connection.execute("SELECT nr FROM auffaellig").fetchall()}
        _find_lines(connection, [scan for scan in scans if scan.nr in dirty], Path(folder))
        connection.execute((_SQL / "pvog_praesenz.sql").read_text("utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scan:
    nr: int
    path: Path
    header: tuple[tuple[str | None, ...], str]
    """Columns and delimiter: files that share them are read in one scan."""

    def reader(self, paths: Sequence[Path]) -> str:
        columns, delimiter = self.header
        types = ", ".join(f"'{name or f'spalte_{nr}'}': 'VARCHAR'" for nr, name in enumerate(columns))
        files = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
        return (
            f"read_csv([{files}], columns={{{types}}}, delim='{delimiter}', header=true, auto_detect=false, "
            f"quote='\"', escape='\"', filename=true, strict_mode=true, compression='none')"
        )

    def cells(self) -> str:
        columns = {_OURS.get(name, name) for name in self.header[0]}
        return ", ".join(f"{_delivered(ours)} AS {ours}" if ours in columns else f"'' AS {ours}" for ours in CELLS)

    def has(self, ours: str) -> bool:
        return COLUMNS.get(ours, ours) in self.header[0]


def _delivered(ours: str) -> str:
    return COLUMNS[ours]


def _scan(connection: duckdb.DuckDBPyConnection, delivery: Delivery, folder: Path) -> _Scan:
    layout = delivery.layout
    if layout.plain:
        path = delivery.path
        if _PATTERN.search(str(path)):
            path = folder / f"{delivery.nr}.lieferung"
            path.symlink_to(delivery.path.absolute())
        return _Scan(nr=delivery.nr, path=path, header=(layout.columns, layout.delimiter))
    target = folder / f"{delivery.nr}.csv"
    incomplete = tables.write_clean(tables.records(delivery.path, layout), layout, target)
    if incomplete:
        connection.executemany(
            "INSERT INTO verworfen (nr, zeile, grund, inhalt) VALUES (?, ?, 'spalten', ?)",
            [(delivery.nr, row.line, ";".join(row.cells)) for row in incomplete],
        )
    return _Scan(nr=delivery.nr, path=target, header=(("zeile", *layout.columns), ";"))


# Years that a delivery may name; DuckDB also casts "epoch", "infinity" and dates BC.
_PLAUSIBLE = "BETWEEN TIMESTAMP '2000-01-01' AND TIMESTAMP '2099-12-31'"
_AS_TIME = "coalesce(try_cast(trim({0}) AS TIMESTAMP), try_strptime(trim({0}), '%d.%m.%Y'))"
# A CASE evaluates its second half only where the first fails; OR would try all ways on every row.
_DATE_IS_GOOD = f"""CASE WHEN try_cast({{0}} AS TIMESTAMP) {_PLAUSIBLE} THEN true
    ELSE coalesce(trim({{0}}), '') = '' OR coalesce({_AS_TIME} {_PLAUSIBLE}, false) END"""


def _date_is_good(scan: _Scan) -> str:
    return _DATE_IS_GOOD.format(_delivered("datenstand")) if scan.has("datenstand") else "true"


def _group(connection: duckdb.DuckDBPyConnection, scans: Sequence[_Scan]) -> None:
    """One scan over all files of one spelling; identical rows become one that knows its files.

    A row that stands once in every file from the first to the last, as nearly all do, needs no list of them.
    """
    first = scans[0]
    last = max(scan.nr for scan in scans)
    _name_files(connection, scans)
    name = "max(leika_name)" if first.has("leika_name") else "NULL"
    connection.execute(
        f"""
        INSERT INTO roh
        SELECT {first.cells()}, {_date_is_good(first)} AS datum_ok, {name}, min(nr), max(nr),
            CASE WHEN count(*) <> max(nr) - min(nr) + 1 OR bit_count(bitstring_agg(nr, 0, {last})) <> count(*)
                THEN list(nr) END
        FROM {first.reader([scan.path for scan in scans])} JOIN datei USING (filename)
        GROUP BY ALL
        """
    )


def _find_lines(connection: duckdb.DuckDBPyConnection, scans: Sequence[_Scan], folder: Path) -> None:
    """Note the rejected rows of a few files with line number and original content.

    The files are read again side by side for nothing but the place of the lines looked for; only these are then judged.
    """
    wanted = connection.execute(
        """
        SELECT DISTINCT r.leika_key, r.ars FROM roh AS r SEMI JOIN gesucht AS g
            ON g.leika_key = coalesce(trim(r.leika_key), '') AND g.ars = coalesce(trim(r.ars), '')
        """
    ).df()
    with duckdb.connect(config={"threads": 1}) as reader, ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        reader.register("incoming", wanted)
        reader.execute("CREATE TABLE wanted (leika_key TEXT, ars TEXT); INSERT INTO wanted FROM incoming")
        excerpts = list(pool.map(lambda scan: _excerpt(reader.cursor(), scan, folder), scans))
    for group in _of_one_header(excerpts):
        first = group[0]
        original = ", ".join(
            f"coalesce({name or f'spalte_{nr}'}, '')" for nr, name in enumerate(first.header[0]) if name != "zeile"
        )
        _name_files(connection, group)
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE zeile AS
            SELECT nr, zeile::INTEGER AS zeile, concat_ws(';', {original}) AS inhalt,
                {first.cells()}, {_date_is_good(first)} AS datum_ok
            FROM {first.reader([scan.path for scan in group])} JOIN datei USING (filename)
            """
        )
        connection.execute((_SQL / "pvog_zeilen.sql").read_text("utf-8"))


def _excerpt(reader: duckdb.DuckDBPyConnection, scan: _Scan, folder: Path) -> _Scan:
    """The lines of one file that name a wanted key and area, each with its number in front."""
    if scan.has("zeile"):
        return scan
    lines = reader.execute(
        f"""
        SELECT line FROM (
            SELECT {_delivered("leika_key")} AS leika_key, {_delivered("ars")} AS ars, row_number() OVER () + 1 AS line
            FROM {scan.reader([scan.path])}
        ) AS r
        SEMI JOIN wanted AS w ON w.leika_key IS NOT DISTINCT FROM r.leika_key AND w.ars IS NOT DISTINCT FROM r.ars
        ORDER BY line
        """
    ).fetchall()
    columns, delimiter = scan.header
    target = folder / f"{scan.nr}.csv"
    with scan.path.open("rb") as stream, target.open("wb") as excerpt:
        excerpt.write(f"zeile{delimiter}".encode() + next(stream).removeprefix(codecs.BOM_UTF8))
        read = 1
        for (line,) in lines:
            excerpt.write(f"{line}{delimiter}".encode() + next(islice(stream, line - 1 - read, None)))
            read = line
    return _Scan(nr=scan.nr, path=target, header=(("zeile", *columns), delimiter))


def _of_one_header(scans: Sequence[_Scan]) -> list[list[_Scan]]:
    """Files that one statement can read."""
    return [
        [scan for scan in scans if scan.header == header] for header in dict.fromkeys(scan.header for scan in scans)
    ]


def _name_files(connection: duckdb.DuckDBPyConnection, scans: Sequence[_Scan]) -> None:
    connection.execute("CREATE OR REPLACE TEMP TABLE datei (filename TEXT, nr INTEGER)")
    connection.executemany("INSERT INTO datei VALUES (?, ?)", [(str(scan.path), scan.nr) for scan in scans])


def stand_of(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> object:
    """Largest datenstand_pvog_import of a file's rows as date, None if no row names one."""
    if COLUMNS["datenstand"] not in delivery.layout.columns:
        return None
    with tempfile.TemporaryDirectory(prefix="gradmesser-") as folder:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE verworfen (nr INTEGER, zeile INTEGER, grund TEXT, inhalt TEXT)"
        )
        scan = _scan(connection, delivery, Path(folder))
        column = _AS_TIME.format(_delivered("datenstand"))
        (stand,) = connection.execute(
            f"SELECT max({column})::DATE FROM {scan.reader([scan.path])} WHERE {column} {_PLAUSIBLE}"
        ).fetchone()
    return stand
