"""Take a delivered file in: validate it, decide whether it is plausible, keep it as an immutable snapshot."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from etl import build, gate, observations, reports, snapshots
from etl.errors import Refused
from etl.snapshots import Herkunft, Snapshot
from etl.sources import leistungskatalog, meldung, open_pvog, themen
from etl.sources.observation import Rejected
from gradmesser import catalog

EXAMPLE_HOST = "https://beispiel.invalid/"
"""Every address in example data starts so; a file full of them is example data whoever imports it."""

SOURCES = (open_pvog.SOURCE_ID, meldung.SOURCE_ID, leistungskatalog.SOURCE_ID, themen.SOURCE_ID, *observations.SOURCES)
_REPORTED = {meldung.SOURCE_ID, themen.SOURCE_ID}
"""What administrations say of themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `import --json` prints: accepted + rejected = rows, always."""

    source: str
    snapshot: str
    stand: date
    rows: int
    accepted: int
    rejected: int
    warnings: int
    reasons: dict[str, int]
    status: str
    note: str | None = None
    details: tuple[Rejected, ...] = ()

    def to_json(self) -> str:
        """The object of docs/methodik.md, without the note."""
        fields = asdict(self)
        fields.pop("note")
        fields.pop("details")
        return json.dumps(fields, default=str, ensure_ascii=False)


def take_in(
    root: Path,
    reference: Path,
    path: Path,
    *,
    source_id: str,
    stand: date | None = None,
    herkunft: Herkunft = "amtlich",
    retrieved: datetime | None = None,
    sender: str = "",
    only_check: bool = False,
) -> Report:
    """Validate one file and keep it; raises Refused, keeping and changing nothing, if no row can be used.

    sender: the body that hands the file in. With only_check nothing is kept and status says what would become of it.
    """
    if source_id not in SOURCES:
        raise Refused(f"Die Quelle „{source_id}“ gibt es nicht. Bekannt sind: {', '.join(SOURCES)}.")
    if not path.is_file():
        raise Refused(f"{path}: Datei nicht gefunden.")
    retrieved = retrieved or by_the_clock(root, source_id)
    sha256 = snapshots.sha256_of(path)
    same = [s for s in snapshots.all_of(root / "raw", source_id) if s.sha256 == sha256]
    read = _READERS.get(source_id, _read_measure)
    found = read(path, stand, _Place(root=root, reference=reference, source_id=source_id))
    if found.accepted == 0:
        raise Refused(
            f"{path.name}: Keine der {found.rows} Zeilen ist verwendbar ({_reasons_text(found.reasons)}). "
            "Nichts wurde übernommen."
        )
    latest = retrieved.date() + timedelta(days=1)
    now = datetime.now(UTC)
    dated = source_id not in {*_REPORTED, leistungskatalog.SOURCE_ID} and herkunft != "beispiel"
    if dated and found.stand > now.date() + timedelta(days=1):
        raise Refused(
            f"{path.name}: Der Stand, {found.stand:%d.%m.%Y}, liegt nach dem heutigen Tag dieses Rechners "
            f"({now:%d.%m.%Y}). Bitte das Datum in der Datei oder bei --stand und die Uhr des Rechners prüfen; "
            "nichts wurde übernommen."
        )
    if source_id in _REPORTED and not meldung.EARLIEST <= found.stand <= latest:
        raise Refused(
            f"{path.name}: Der Stand der Meldung, {found.stand:%d.%m.%Y}, liegt in der Zukunft oder vor "
            f"{meldung.EARLIEST:%Y}. Bitte auf dem Blatt „Hinweise“ oder mit --stand berichtigen."
        )
    if found.only_example:
        herkunft = "beispiel"
    elif source_id in _REPORTED and herkunft == "amtlich":
        herkunft = "meldung"
    snapshot = Snapshot(
        source_id=source_id, stand=found.stand, retrieved=retrieved, sha256=sha256, size=path.stat().st_size,
        name=path.name, herkunft=herkunft, path=path, sender=sender, layout=found.layout, rows_by_kreis=found.by_kreis,
    )  # fmt: skip
    known = next((s for s in same if s.stand == snapshot.stand), None)
    if known:
        status, note = "unveraendert", "Diese Datei ist bereits vorhanden; nichts wurde geändert."
    else:
        note = _held_back(root, snapshot)
        status = "zurueckgehalten" if note else "veroeffentlicht"
        if not only_check:
            with build.exclusive(root):
                snapshots.keep(root / "raw", path, snapshot)
    return Report(
        source=source_id, snapshot=snapshot.snapshot_id, stand=snapshot.stand, rows=found.rows,
        accepted=found.accepted, rejected=found.rows - found.accepted, warnings=found.warnings,
        reasons=found.reasons, status=status, note=note, details=found.rejected,
    )  # fmt: skip


def by_the_clock(root: Path, source_id: str) -> datetime:
    """Now; raises Refused where the clock stands before a delivery that came earlier: the order would be wrong."""
    now = datetime.now(UTC)
    before = [s for s in snapshots.all_of(root / "raw", source_id) if s.herkunft != "beispiel"]
    last = max(before, key=lambda s: s.retrieved, default=None)
    if last is not None and now < last.retrieved:
        raise Refused(
            f"Die Uhr dieses Rechners ({now:%d.%m.%Y %H:%M} UTC) steht vor dem Eingang der Lieferung {last.snapshot_id} "
            f"({last.retrieved:%d.%m.%Y %H:%M} UTC). Bitte die Uhr stellen: Eine Berichtigung gälte sonst als älter als das "
            "Berichtigte. Nichts wurde übernommen."
        )
    return now


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    stand: date
    rows: int
    accepted: int
    warnings: int
    reasons: dict[str, int]
    by_kreis: dict[str, int]
    layout: dict[str, object]
    rejected: tuple[Rejected, ...] = ()
    only_example: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    root: Path
    reference: Path
    source_id: str


def _read_pvog(path: Path, stand: date | None, place: _Place) -> _Found:
    layout = open_pvog.probe(path)
    delivery = open_pvog.Delivery(nr=0, path=path, layout=layout)
    with duckdb.connect() as connection:
        connection.execute(catalog.SCHEMA_SQL)
        build.load_territory(connection, place.reference)
        open_pvog.load(connection, [delivery])
        counted = connection.execute("SELECT zeilen, angenommen FROM lieferung_zahl").fetchone() or (0, 0)
        reasons = dict(connection.execute("SELECT grund, count(*) FROM verworfen GROUP BY 1 ORDER BY 1").fetchall())
        (warnings,) = connection.execute("SELECT coalesce(sum(zeilen), 0)::INTEGER FROM warnung_zahl").fetchone()
        by_kreis = dict(connection.execute("SELECT kreis, zeilen FROM kreis_zahl ORDER BY 1").fetchall())
        (foreign,) = connection.execute(
            "SELECT count(*) FROM inhalt WHERE ablehnung IS NULL AND url <> '' AND NOT starts_with(url, $1)",
            [EXAMPLE_HOST],
        ).fetchone()
        (own,) = connection.execute(
            "SELECT count(*) FROM inhalt WHERE ablehnung IS NULL AND starts_with(url, $1)", [EXAMPLE_HOST]
        ).fetchone()
        if own and foreign:
            raise Refused(f"{path.name}: Die Datei mischt Beispielzeilen ({EXAMPLE_HOST}…) mit anderen. Bitte trennen.")
        dated = open_pvog.stand_of(connection, delivery) or stand
    if dated is None:
        if not counted[1]:
            dated = date.min
        else:
            raise Refused(
                f"{path.name}: Die Datei nennt in datenstand_pvog_import kein Datum. "
                "Bitte den Stand angeben: --stand JJJJ-MM-TT."
            )
    return _Found(
        stand=dated, rows=counted[0], accepted=counted[1], warnings=warnings, reasons=reasons, by_kreis=by_kreis,
        layout=asdict(layout), only_example=bool(own),
    )  # fmt: skip


def _read_catalogue(path: Path, stand: date | None, place: _Place) -> _Found:
    layout = leistungskatalog.probe(path)
    services = leistungskatalog.read(path, layout)
    unknown = set(services["register_id"].dropna()) - leistungskatalog.registers(place.reference)
    if unknown:
        raise Refused(f"{path.name}: Register, die es nicht gibt: {', '.join(sorted(unknown))}.")
    rows = len(services)
    if stand is None:
        raise Refused(f"{path.name}: Bitte angeben, ab wann dieser Katalog gilt: --stand JJJJ-MM-TT.")
    return _Found(
        stand=stand, rows=rows, accepted=rows, warnings=0, reasons={}, by_kreis={}, layout=asdict(layout)
    )  # fmt: skip


def _read_measure(path: Path, stand: date | None, place: _Place) -> _Found:
    result = observations.read(place.source_id, path)
    return _Found(
        stand=stand or result.stand, rows=result.rows, accepted=result.rows - len(result.rejected), warnings=0,
        reasons=_counted(result.rejected), by_kreis={}, layout={},
    )  # fmt: skip


def _read_report(path: Path, stand: date | None, place: _Place) -> _Found:
    with duckdb.connect() as connection:
        connection.execute(catalog.SCHEMA_SQL)
        build.load_responsibilities(connection, place.reference, snapshots.all_of(place.root / "raw"))
        report = meldung.read(path, reports.known(connection), stand)
    dated = report.stand
    if dated is None and report.accepted:
        raise Refused(
            f"{path.name}: Die Meldung nennt keinen Stand. Bitte auf dem Blatt „Hinweise“ eintragen oder angeben: "
            "--stand JJJJ-MM-TT."
        )
    said = [*report.rollin, *report.milestones]
    invented = [row.beleg_url.startswith(EXAMPLE_HOST) for row in report.rollin if row.beleg_url]
    if not report.example and any(invented) and not all(invented):
        raise Refused(f"{path.name}: Die Datei mischt Beispielzeilen ({EXAMPLE_HOST}…) mit anderen. Bitte trennen.")
    return _Found(
        stand=dated or date.min, rows=report.rows, accepted=report.accepted, warnings=0, reasons=_counted(report.rejected),
        by_kreis=dict(sorted(Counter(row.ars[:5] for row in said).items())), layout={}, rejected=report.rejected,
        only_example=report.example or any(invented),
    )  # fmt: skip


def _read_themes(path: Path, stand: date | None, place: _Place) -> _Found:
    with duckdb.connect() as connection:
        connection.execute(catalog.SCHEMA_SQL)
        build.load_territory(connection, place.reference)
        found = themen.read(path, observations.known(connection), stand)
    if found.stand is None and found.accepted:
        raise Refused(
            f"{path.name}: Die Datei nennt keinen Stand. Bitte auf dem Blatt „Hinweise“ eintragen oder angeben: "
            "--stand JJJJ-MM-TT."
        )
    return _Found(
        stand=found.stand or date.min, rows=found.rows, accepted=found.accepted, warnings=0, reasons=_counted(found.rejected),
        by_kreis=dict(sorted(Counter(row.area[:5] for row in found.observations).items())), layout={}, rejected=found.rejected,
        only_example=found.example,
    )  # fmt: skip


def _counted(rejected: Sequence[Rejected]) -> dict[str, int]:
    return dict(sorted(Counter(row.reason for row in rejected).items()))


def release(root: Path, snapshot_id: str, reason: str, on: date) -> Snapshot:
    """Publish a withheld snapshot; raises Refused for an unknown one, one that is not withheld, or without a reason."""
    wanted = next((s for s in snapshots.all_of(root / "raw") if s.snapshot_id == snapshot_id), None)
    if wanted is not None and _held_back(root, wanted) is None:
        raise Refused(f"Die Lieferung „{snapshot_id}“ ist nicht zurückgehalten; es gibt nichts freizugeben.")
    return snapshots.release(root / "raw", snapshot_id, reason, on)


def _held_back(root: Path, snapshot: Snapshot) -> str | None:
    """The gate's reason for a snapshot among those already kept; a build judges again from the files."""
    if snapshot.source_id != open_pvog.SOURCE_ID:
        return None
    kept = [s for s in snapshots.all_of(root / "raw", snapshot.source_id) if s.herkunft == snapshot.herkunft]
    others = [s for s in kept if s.snapshot_id != snapshot.snapshot_id]
    order: Sequence[Snapshot] = sorted([*others, snapshot], key=lambda s: s.order)
    verdicts = gate.judge([s.rows_by_kreis for s in order], [s.release is not None for s in order])
    verdict = verdicts[[s.snapshot_id for s in order].index(snapshot.snapshot_id)]
    return None if verdict.published else verdict.reason


def _reasons_text(reasons: dict[str, int]) -> str:
    return ", ".join(f"{code}: {count}" for code, count in reasons.items()) or "keine Datenzeilen"


_READERS = {
    open_pvog.SOURCE_ID: _read_pvog,
    leistungskatalog.SOURCE_ID: _read_catalogue,
    meldung.SOURCE_ID: _read_report,
    themen.SOURCE_ID: _read_themes,
}
