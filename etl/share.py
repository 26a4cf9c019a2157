"""The built database in a shared folder or object storage: one machine publishes it, app servers follow it by version.

What lies there: `gradmesser-<version>-<sha12>.duckdb` and `geo/<name with checksum>.geojson`, which never change, and CURRENT,
written last, which names the database that is shown together with its SHA-256 (in the form of `sha256sum`).
"""

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb
import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from etl import build, feed, snapshots
from etl.errors import BuildError, FetchError, Refused
from gradmesser import catalog
from gradmesser.catalog import places

KEEP = 10
"""Databases that stay in the shared place: a follower may still be reading the one before."""
_NAME = r"gradmesser-[0-9A-Za-z]+-[0-9a-f]{8}-([0-9a-f]{12})\.duckdb"
_POINTER = re.compile(rf"([0-9a-f]{{64}}) [ *]({_NAME})\n?")
_GEO = re.compile(r"[a-z_]+-([0-9a-f]{12})\.geojson")
_CHUNK = 1 << 20
_RETRY = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The database that the shared place shows, and whether this call brought it there or here."""

    name: str
    sha256: str
    changed: bool


def publish(root: Path, static: Path, address: str) -> Shared:
    """Put the database published under root, and its map files, to address; the pointer moves last.

    address: a folder or s3://bucket/prefix, its credentials from the AWS_* environment. Everything there is read back and
    compared before the pointer moves, so a second call mends what was damaged. Raises Refused without a database or for an unusable address, FetchError if the
    place cannot be written or returns other bytes; the pointer then stays as it was.
    """
    with _faults(address):
        store = _store(address, mkdir=True)
        database = build.current(root)
        with build.opened(root) as connection:
            maps = _maps(connection)
        sha256 = snapshots.sha256_of(database)
        name = _shared_name(database, sha256)
        pointer = f"{sha256}  {name}\n".encode()
        files = {f"geo/{geo}": static / "geo" / geo for geo in maps} | {name: database}
        changed = [_put(store, there, path) for there, path in files.items()]
        if _pointer_bytes(store) != pointer:
            obstore.put(store, places.POINTER, pointer)
            changed.append(True)
        others = sorted(other for other in _names(store) if re.fullmatch(_NAME, other) and other != name)
        if stale := others[: max(0, len(others) - KEEP + 1)]:
            obstore.delete(store, stale)
    return Shared(name=name, sha256=sha256, changed=any(changed))


def follow(root: Path, static: Path, address: str) -> Shared:
    """Bring the database that address shows into root and show it; nothing is done if it is shown already.

    Raises FetchError, and leaves what is shown in use, if the place cannot be read, the file is incomplete or altered, or
    it does not fit the program; Refused if root holds deliveries of its own.
    """
    with build.exclusive(root, following=True), _faults(address):
        if (root / "raw").is_dir():
            raise Refused(
                f"{root} enthält eigene Lieferungen. Wer einem anderen Rechner folgt, braucht einen eigenen Datenordner."
            )
        store = _store(address, mkdir=False)
        sha256, name = _read_pointer(store, address)
        (root / build.FOLLOWS).write_text(address + "\n", "utf-8")
        target = root / name
        shown = root / places.POINTER
        if target.exists() and shown.exists() and shown.read_text("utf-8").strip() == name:
            return Shared(name=name, sha256=sha256, changed=False)
        for stale in root.glob("gradmesser-*.duckdb.teil*"):
            stale.unlink()
        part = target.with_name(target.name + ".teil")
        try:
            _get(store, name, part, sha256)
            news, maps = _inspect(part)
            for geo in maps:
                _get_map(store, geo, static / "geo" / geo)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        build.show(root, name, news, static)
    return Shared(name=name, sha256=sha256, changed=True)


def keep_following(once: Callable[[], Shared], seconds: int) -> Iterator[str]:
    """Call once, which follows a place, again and again, so many seconds apart, without end; yields a German line whenever something is new.

    A place that cannot be reached or a broken file is told once and tried again; Refused ends it.
    """
    told = ""
    while True:
        try:
            shared = once()
            text = f"gezeigt wird {shared.name}"
        except (FetchError, BuildError) as error:
            text = f"Fehler: {error}"
        if text != told:
            told = text
            yield text
        time.sleep(seconds)


@contextmanager
def _faults(address: str) -> Iterator[None]:
    """What goes wrong in the shared place reaches the user as one FetchError."""
    try:
        yield
    except (BaseError, FileNotFoundError) as error:
        reason = str(error).strip().splitlines()[0]
        raise FetchError(
            f"{address} ist nicht nutzbar ({reason}). Was hier und dort veröffentlicht ist, bleibt in Gebrauch."
        ) from error


def _store(address: str, *, mkdir: bool) -> ObjectStore:
    if address.startswith("s3://"):
        return from_url(address, retry_config=_RETRY)
    if "://" in address:
        raise Refused(f"„{address}“ ist weder ein Ordner noch eine Adresse der Form s3://BEHÄLTER/PFAD.")
    return LocalStore(Path(address).absolute(), mkdir=mkdir)


def _shared_name(database: Path, sha256: str) -> str:
    """The name with its checksum; a database that was followed has it already."""
    if re.fullmatch(_NAME, database.name):
        return database.name
    return f"{database.stem}-{sha256[:12]}.duckdb"


def _names(store: ObjectStore) -> set[str]:
    return {entry["path"] for batch in obstore.list(store) for entry in batch}


def _pointer_bytes(store: ObjectStore) -> bytes | None:
    try:
        return bytes(obstore.get(store, places.POINTER).bytes())
    except FileNotFoundError:
        return None


def _read_pointer(store: ObjectStore, address: str) -> tuple[str, str]:
    """SHA-256 and name of the database that is shown there."""
    content = _pointer_bytes(store)
    if content is None:
        raise FetchError(
            f"Unter {address} ist noch nichts veröffentlicht. Dort zuerst `python -m etl publish` ausführen."
        )
    found = _POINTER.fullmatch(content[:1000].decode("utf-8", "replace"))
    if not found or found[3] != found[1][:12]:
        raise FetchError(
            f"{places.POINTER} unter {address} ist beschädigt. Die bisherige Datenbank bleibt in Gebrauch."
        )
    return found[1], found[2]


def _put(store: ObjectStore, name: str, path: Path) -> bool:
    """Upload a file and read it back; what is already there is only read. Whether it was uploaded."""
    wanted = snapshots.sha256_of(path)
    if _sha256_there(store, name) == wanted:
        return False
    obstore.put(store, name, path)
    if _sha256_there(store, name) != wanted:
        raise FetchError(f"{name} kam nicht unverändert an. Der Zeiger wurde nicht umgestellt; bitte wiederholen.")
    return True


def _sha256_there(store: ObjectStore, name: str) -> str | None:
    """Checksum of what lies there, None if nothing does."""
    try:
        found = obstore.get(store, name)
    except FileNotFoundError:
        return None
    digest = hashlib.sha256()
    for chunk in found.stream(min_chunk_size=_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _get(store: ObjectStore, name: str, target: Path, sha256: str) -> None:
    """Download to target; raises FetchError if it is not exactly the file that its checksum names."""
    digest = hashlib.sha256()
    with target.open("wb") as stream:
        for chunk in obstore.get(store, name).stream(min_chunk_size=_CHUNK):
            digest.update(chunk)
            stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())
    if not digest.hexdigest().startswith(sha256):
        raise FetchError(
            f"{name} ist unvollständig oder verändert: Die Prüfsumme stimmt nicht. Die bisherige Datenbank bleibt in Gebrauch."
        )


def _get_map(store: ObjectStore, name: str, target: Path) -> None:
    """Bring one map file into static/geo, in one step, unless it is there."""
    found = _GEO.fullmatch(name)
    if not found:
        raise FetchError(f"„{name}“ ist kein Name einer Kartendatei. Die bisherige Datenbank bleibt in Gebrauch.")
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(f".{os.getpid()}.teil")
    try:
        _get(store, f"geo/{name}", part, found[1])
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _inspect(path: Path) -> tuple[feed.News, list[str]]:
    """What a downloaded database tells the feed, and its map files; raises FetchError if the program cannot read it."""
    try:
        with duckdb.connect(str(path), read_only=True, config={"autoinstall_known_extensions": "false"}) as connection:
            missing = _columns_of_program() - _columns(connection)
            if missing:
                raise FetchError(
                    f"Die Datenbank {path.stem} passt nicht zu diesem Programmstand ({', '.join(sorted(missing)[:3])} fehlt). "
                    "Bitte das Programm auf beiden Rechnern gleich halten; die bisherige Datenbank bleibt in Gebrauch."
                )
            return feed.read(connection), _maps(connection)
    except duckdb.Error as error:
        raise FetchError(
            f"Die Datenbank {path.stem} ist nicht lesbar ({str(error).splitlines()[0]}). Die bisherige bleibt in Gebrauch."
        ) from error


def _maps(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT datei FROM geometrie ORDER BY datei").fetchall()]


def _columns(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.execute("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal").fetchall()
    return {f"{table}.{column}" for table, column in rows}


def _columns_of_program() -> set[str]:
    with duckdb.connect() as connection:
        connection.execute(catalog.SCHEMA_SQL)
        return _columns(connection)
