"""Build the whole database from the kept deliveries and the reference data, then swap it in."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import yaml

from etl import feed, gate, observations, reports, snapshots
from etl.errors import BuildError, Refused
from etl.rows import columns, insert, snapshot_row
from etl.snapshots import Snapshot
from etl.sources import leistungskatalog, meldung, open_pvog
from etl.sources.tables import Layout
from gradmesser import catalog
from gradmesser.catalog import places, yamlfile

_SQL = Path(__file__).parent / "sql"
_KEEP_PUBLISHED = 3
_REFERENCE_HINT = "Die Referenzdaten gehören zum Projekt; `python -m etl reference` erzeugt sie neu."
_OPEN_END = catalog.OPEN_END.isoformat()
_POINTER_PART = f"{places.POINTER}.teil"
_PUBLISHED = "gradmesser-*.duckdb"
_MOMENT = "%Y%m%dT%H%M%S%f"
_NAMED = re.compile(r"gradmesser-(\d{8}T\d{12})-[0-9a-f]{8}\.duckdb")
_REBUILD = "Bitte `python -m etl build` ausführen; die Lieferungen bleiben erhalten."
_SPACE = "Bitte freien Platz und Schreibrechte prüfen"
FOLLOWS = "FOLGT"
"""File that marks a data folder which only shows what another machine builds; it names from where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a build published."""

    database: Path
    snapshots: int
    seconds: float
    herkunft: str
    withheld: tuple[str, ...]
    ignored: int
    ahead: tuple[str, ...]
    """Names of deliveries that lie after the clock of this machine: they hold, but somebody should look."""


def build(root: Path, reference: Path, static: Path) -> Report:
    """Write gradmesser-<version>.duckdb under root and point CURRENT to it.

    The same deliveries give the same rows in whatever order they arrived. Raises BuildError, and leaves the published
    database in use, if a kept file was altered, the reference is incomplete or the schema refuses a row.
    """
    started = time.perf_counter()
    with exclusive(root):
        _clear(root)
        kept, ignored = _of_one_origin(snapshots.all_of(root / "raw"))
        now = datetime.now(UTC)
        target = root / f"gradmesser-{_after_all(root, now)}-{_digest(kept, reference)[:8]}.duckdb"
        part = target.with_name(target.name + ".teil")
        try:
            with _checksums_beside(kept):
                withheld, news = _write(part, kept, reference, publish_geometry(reference, static))
            part.replace(target)
            _point_to(root, target.name)
        except duckdb.Error as error:
            reason = str(error)
            advice = f" {_SPACE} ({root})." if isinstance(error, duckdb.IOException) or "space" in reason else ""
            raise BuildError(
                f"Die Datenbank konnte nicht gebaut werden: {reason}.{advice} Die bisherige bleibt in Gebrauch."
            ) from error
        finally:
            _clear(root)
        _publish_feed(news, root, static)
    return Report(
        database=target,
        snapshots=len(kept),
        seconds=round(time.perf_counter() - started, 3),
        herkunft=_origin(kept),
        withheld=tuple(withheld),
        ignored=ignored,
        ahead=tuple(snapshot.snapshot_id for snapshot in kept if _is_ahead(snapshot, now)),
    )


@contextmanager
def _checksums_beside(kept: Sequence[Snapshot]) -> Iterator[None]:
    """Check the kept files while the block works; raises BuildError for an altered one, whatever it did to the block."""
    with ThreadPoolExecutor(max_workers=os.cpu_count(), initializer=give_way) as pool:
        checks = [pool.submit(snapshots.verify, snapshot) for snapshot in kept]
        try:
            yield
        finally:
            for check in checks:
                check.result()


def give_way() -> None:
    """Let this thread work only where a processor has nothing else to do; elsewhere than on Linux it works as others do."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)


def _clear(root: Path) -> None:
    """Remove what a run that was killed left half done; the caller holds the lock."""
    for stale in [*root.glob(f"{_PUBLISHED}.teil*"), *root.glob("raw/*/*/*/*.teil"), root / _POINTER_PART]:
        stale.unlink(missing_ok=True)
    for stale in root.glob("raw/*/*/.teil-*"):
        shutil.rmtree(stale, ignore_errors=True)


def _after_all(root: Path, now: datetime) -> str:
    """Now as part of a name; a moment after the newest database where the clock went back: names sort by age."""
    found = [_NAMED.fullmatch(path.name) for path in root.glob(_PUBLISHED)]
    newest = max((datetime.strptime(match[1], _MOMENT).replace(tzinfo=UTC) for match in found if match), default=now)
    return f"{now if newest < now else newest + timedelta(microseconds=1):{_MOMENT}}"


def _is_ahead(snapshot: Snapshot, now: datetime) -> bool:
    """Whether a delivery lies after the clock; a catalogue may hold from a day to come."""
    tomorrow = now + timedelta(days=1)
    dated = snapshot.source_id != leistungskatalog.SOURCE_ID and snapshot.stand > tomorrow.date()
    return snapshot.herkunft != "beispiel" and (dated or snapshot.retrieved > tomorrow)


@contextmanager
def exclusive(root: Path, *, following: bool = False) -> Iterator[None]:
    """Only one process writes under root; raises BuildError if another one does, or if root follows another machine."""
    root.mkdir(parents=True, exist_ok=True)
    if not following and (root / FOLLOWS).exists():
        raise BuildError(
            f"{root} folgt {(root / FOLLOWS).read_text('utf-8').splitlines()[0]}: Lieferungen nimmt der Rechner an, der baut. "
            f"Soll hier gebaut werden, die Datei {FOLLOWS} löschen."
        )
    with (root / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BuildError(
                f"Ein anderer Lauf arbeitet gerade in {root}. Bitte warten, bis er fertig ist, und neu starten."
            ) from error
        yield


@contextmanager
def _reference_faults(reference: Path) -> Iterator[None]:
    """What is wrong with the reference data reaches the user as one BuildError."""
    try:
        yield
    except FileNotFoundError as error:
        raise BuildError(f"{error.filename} fehlt. {_REFERENCE_HINT}") from error
    except (KeyError, ValueError, yaml.YAMLError) as error:
        raise BuildError(
            f"Die Referenzdaten unter {reference} sind nicht verwendbar ({error}). {_REFERENCE_HINT}"
        ) from error


def load_territory(connection: duckdb.DuckDBPyConnection, reference: Path) -> None:
    """Fill einheit and gebietsaenderung and the key tables derived from them."""
    units = _reference_table(reference / "gebiet" / "einheiten.csv")
    units["gueltig_bis"] = units["gueltig_bis"].where(
        units["gueltig_bis"].notna(), _OPEN_END
    )  # no end: holds until further notice
    units["anzeigename"] = _unique_names(units)
    known = [name for name in columns(connection, "einheit") if name in units.columns]
    insert(connection, "einheit", units[known])
    insert(connection, "gebietsaenderung", _reference_table(reference / "gebiet" / "gebietsaenderungen.csv"))
    _run(connection, "gebiet")


def load_responsibilities(connection: duckdb.DuckDBPyConnection, reference: Path, kept: Sequence[Snapshot]) -> None:
    """Sources and measures, territory, catalogue and who is responsible for what."""
    _insert_catalogue(connection)
    with _reference_faults(reference):
        load_territory(connection, reference)
        leistungskatalog.load(connection, reference, [s for s in kept if s.source_id == leistungskatalog.SOURCE_ID])
    _run(connection, "zustaendigkeit")


def publish_geometry(reference: Path, static: Path) -> dict[str, str]:
    """Copy the map files to static/geo under a name with their checksum; level → file name."""
    (static / "geo").mkdir(parents=True, exist_ok=True)
    names = {}
    for source in sorted((reference / "geo").glob("*.geojson")):
        content = source.read_bytes()
        name = f"{source.stem}-{hashlib.sha256(content).hexdigest()[:12]}.geojson"
        target = static / "geo" / name
        if not target.exists():
            part = target.with_suffix(f".{os.getpid()}.teil")
            try:
                part.write_bytes(content)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
        names[source.stem] = name
    return names


def _publish_feed(news: feed.News, root: Path, static: Path) -> None:
    """Tell what is new in the database that is published now."""
    try:
        feed.write(news, root, static)
    except (OSError, catalog.CatalogError) as error:
        raise BuildError(
            f"Die Datenbank ist veröffentlicht, aber der Feed konnte nicht geschrieben werden ({error}). Bitte "
            "`betreiber.yaml`, Schreibrechte und freien Platz prüfen und `python -m etl build` wiederholen."
        ) from error


def _of_one_origin(kept: Sequence[Snapshot]) -> tuple[list[Snapshot], int]:
    """Example deliveries count only as long as no real one is there; the two are never mixed."""
    real = [snapshot for snapshot in kept if snapshot.herkunft != "beispiel"]
    if any(snapshot.source_id in {"open_pvog", "meldung", "themen"} for snapshot in real):
        return real, len(kept) - len(real)
    return list(kept), 0


def _origin(kept: Sequence[Snapshot]) -> str:
    return "beispiel" if any(snapshot.herkunft == "beispiel" for snapshot in kept) else "amtlich"


def fingerprint(root: Path, reference: Path) -> str:
    """Checksum of everything that a build of this folder would read."""
    return _digest(_of_one_origin(snapshots.all_of(root / "raw"))[0], reference)


def _digest(kept: Sequence[Snapshot], reference: Path) -> str:
    digest = hashlib.sha256(catalog.RULE_VERSION.encode())
    for path in sorted(path for path in reference.rglob("*") if path.is_file()):
        digest.update(path.relative_to(reference).as_posix().encode() + snapshots.sha256_of(path).encode())
    for snapshot in kept:
        digest.update(f"{snapshot.snapshot_id} {snapshot.retrieved} {snapshot.known_from}".encode())
    return digest.hexdigest()


def _write(
    part: Path, kept: Sequence[Snapshot], reference: Path, geometry: dict[str, str]
) -> tuple[list[str], feed.News]:
    """Build the database in part; names of withheld deliveries, and what is new for the feed."""
    with duckdb.connect(str(part), config={"autoinstall_known_extensions": "false"}) as connection:
        connection.execute("SET preserve_insertion_order = true")
        connection.execute("ATTACH ':memory:' AS arbeit")  # working tables that a second connection sees, too
        connection.execute(catalog.SCHEMA_SQL)
        load_responsibilities(connection, reference, kept)
        with _reference_faults(reference):
            territory_date = _territory_date(reference)
        if geometry:
            insert(connection, "geometrie", pd.DataFrame(geometry.items(), columns=["ebene", "datei"]))
        withheld = _load_pvog(connection, [s for s in kept if s.source_id == open_pvog.SOURCE_ID])
        reports.load(connection, [s for s in kept if s.source_id == meldung.SOURCE_ID])
        for name in ("folge", "nachweis", "zelle", "laufzeit"):
            _run(connection, name)
        with _beside(connection, "onlinedienst"):
            for name in ("meldung", "rollin_zelle", "veroeffentlichen"):
                _run(connection, name)
            observations.load(connection, reference, kept)
        connection.execute(
            "INSERT INTO stand_der_datenbank SELECT $1, $2, $3, $4",
            [catalog.RULE_VERSION, _digest(kept, reference), _origin(kept), territory_date],
        )
        news = feed.read(connection)
    return withheld, news


def _insert_catalogue(connection: duckdb.DuckDBPyConnection) -> None:
    for table, entries in (("source", catalog.sources()), ("measure", catalog.measures())):
        rows = pd.DataFrame([asdict(entry) for entry in entries.values()])
        insert(connection, table, rows[columns(connection, table)])


def _load_pvog(connection: duckdb.DuckDBPyConnection, kept: Sequence[Snapshot]) -> list[str]:
    """Read, count, gate; fills snapshot, abgelehnt and warnung; returns the names of withheld deliveries."""
    open_pvog.load(
        connection,
        [
            open_pvog.Delivery(nr=nr, path=snapshot.path, layout=Layout.from_manifest(snapshot.layout))
            for nr, snapshot in enumerate(kept)
        ],
    )
    numbers = {nr: row for nr, *row in connection.execute("SELECT * FROM lieferung_zahl").fetchall()}
    by_kreis: dict[int, dict[str, int]] = {nr: {} for nr in range(len(kept))}
    for nr, kreis, rows in connection.execute("SELECT nr, kreis, zeilen FROM kreis_zahl").fetchall():
        by_kreis[nr][kreis] = rows
    verdicts = gate.judge([by_kreis[nr] for nr in range(len(kept))], [s.release is not None for s in kept])
    warnings = dict(connection.execute("SELECT nr, sum(zeilen)::INTEGER FROM warnung_zahl GROUP BY nr").fetchall())
    rows = []
    for nr, (snapshot, verdict) in enumerate(zip(kept, verdicts, strict=True)):
        total, accepted, rejected = numbers.get(nr, (0, 0, 0))
        if accepted + rejected != total:
            raise BuildError(
                f"{snapshot.snapshot_id}: {accepted} angenommene und {rejected} abgelehnte Zeilen sind nicht "
                f"{total}. Das ist ein Fehler des Programms; die bisherige Datenbank bleibt in Gebrauch."
            )
        rows.append(
            snapshot_row(snapshot, rows=total, accepted=accepted, rejected=rejected, warnings=warnings.get(nr, 0))
            | {"status": "veroeffentlicht" if verdict.published else "zurueckgehalten", "grund": verdict.reason}
        )
    frame = pd.DataFrame(rows, columns=[*columns(connection, "snapshot")])
    insert(connection, "snapshot", frame)
    connection.execute("CREATE OR REPLACE TEMP TABLE lieferung (nr INTEGER, stand DATE, bekannt_von DATE, "
                       "veroeffentlicht BOOLEAN, snapshot_id TEXT, datei TEXT)")  # fmt: skip
    if kept:
        connection.executemany(
            "INSERT INTO lieferung VALUES (?, ?, ?, ?, ?, ?)",
            [
                (nr, s.stand, s.known_from, verdict.published, s.snapshot_id, s.name)
                for nr, (s, verdict) in enumerate(zip(kept, verdicts, strict=True))
            ],
        )
    connection.execute(
        """
        INSERT INTO abgelehnt SELECT snapshot_id, datei, zeile, grund, inhalt
        FROM verworfen JOIN lieferung USING (nr) ORDER BY nr, zeile, grund;
        INSERT INTO warnung SELECT snapshot_id, spalte, wert, zeilen
        FROM warnung_zahl JOIN lieferung USING (nr) ORDER BY nr, spalte, wert;
        """
    )
    return [s.snapshot_id for s, verdict in zip(kept, verdicts, strict=True) if not verdict.published]


def _reference_table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""], encoding="utf-8")


def _unique_names(units: pd.DataFrame) -> pd.Series:
    """Name, with its Kreis where several of today's units share it."""
    kreis = units.set_index("ars")["name"]
    doubled = units["name"].duplicated(keep=False) & units["ebene"].isin(["gemeinde", "verband", "kreis"])
    named = units["name"] + " (" + units["kreis_ars"].map(kreis) + ")"
    again = named.where(doubled, units["name"])
    return again.where(~again.duplicated(keep=False), again + " · " + units["ars"])


def _territory_date(reference: Path) -> date:
    meta = yamlfile.read(reference / "gebiet" / "QUELLE.yaml")
    return date.fromisoformat(str(meta["gebietsstand"]))


def _run(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    connection.execute((_SQL / f"{name}.sql").read_text("utf-8"))


@contextmanager
def _beside(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[None]:
    """Run statements on a connection of their own while the block works; a failure of either is raised."""
    with connection.cursor() as other, ThreadPoolExecutor(max_workers=1) as pool:
        done = pool.submit(_run, other, name)
        yield
        done.result()


def _point_to(root: Path, name: str) -> None:
    """Replace CURRENT in one step and drop databases that nobody needs any more."""
    pointer = root / places.POINTER
    part = root / _POINTER_PART
    try:
        with part.open("w", encoding="utf-8") as stream:
            stream.write(name + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(pointer)
    except OSError:
        (root / name).unlink()  # whole, but nobody names it: on a full disk it would only be in the way
        raise
    published = sorted(root.glob(_PUBLISHED))
    for old in published[:-_KEEP_PUBLISHED]:
        if old.name != name:
            old.unlink(missing_ok=True)


def show(root: Path, name: str, news: feed.News, static: Path) -> None:
    """Show a complete database that lies under root, and tell what is new in it."""
    _point_to(root, name)
    _publish_feed(news, root, static)


def current(root: Path) -> Path:
    """The published database; raises Refused if there is none."""
    pointer = root / places.POINTER
    if not pointer.exists():
        raise Refused("Es gibt noch keine Datenbank. Bitte zuerst `python -m etl` ausführen.")
    return root / pointer.read_text("utf-8", errors="replace").strip()


@contextmanager
def opened(root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published database for reading, as the app opens it; raises Refused if there is none that can be used."""
    path = current(root)
    if not path.is_file():
        raise Refused(f"{places.POINTER} nennt eine Datenbank, die es nicht gibt ({path}). {_REBUILD}")
    try:
        with duckdb.connect(str(path), read_only=True, config=places.READING) as connection:
            yield connection
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        reason = str(error).splitlines()[0]
        raise Refused(f"Die Datenbank {path} passt nicht zu diesem Programmstand ({reason}). {_REBUILD}") from error
    except (duckdb.IOException, duckdb.FatalException, duckdb.SerializationException) as error:
        raise Refused(f"Die Datenbank {path} ist nicht lesbar. {_REBUILD}") from error


def to_json(report: Report) -> str:
    """The object that `build --json` prints."""
    return json.dumps({"database": str(report.database), "snapshots": report.snapshots, "seconds": report.seconds})
