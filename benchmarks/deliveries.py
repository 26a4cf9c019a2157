"""Deterministic Open-PVOG deliveries in the official form and real size, and an instance that has taken them in.

Only the form and the amounts are real: every address starts with https://beispiel.invalid/, so that every page built
from them says BEISPIELDATEN.
"""

import csv
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from etl import deliver
from etl.example import HEADER
from etl.sources import open_pvog

MONTHS = 60
ROWS = 60_000
UNTIL = date(2026, 5, 31)
"""Last stand: fixed, so that the same call gives the same bytes on any day."""

_KEYS = 600
_REPLACED = 0.003
"""Share of rows that give way to new ones from one month to the next."""
_TURNED = 0.001
"""Share of rows that are reported broken in one month and well again in the next: two changes each."""
_SECOND_ADDRESS = 0.03
_INACTIVE = 0.015
_NOT_CONSIDERED = 0.02
_NO_NAME = 0.1
_COVER = {"0" * 12: "bundesweit flächendeckend", "16" + "0" * 10: "landesweit flächendeckend"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way in which deliveries differ from the plainest form."""

    name: str
    title: str
    dirty: bool = False
    quoted: bool = False
    latin: bool = False


VARIANTS = {
    variant.name: variant
    for variant in (
        Variant(name="plain", title="einwandfreie Dateien"),
        Variant(name="dirty", title="je Datei einige fehlerhafte und doppelte Zeilen", dirty=True),
        Variant(name="quoted", title="alle Felder in Anführungszeichen, mit BOM", quoted=True),
        Variant(name="latin", title="Dateien in cp1252 (werden Zelle für Zelle gelesen)", latin=True),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is generated."""

    months: int = MONTHS
    rows: int = ROWS


def write_instance(
    root: Path, reference: Path, size: Size, variant: Variant, progress: Callable[[str], None]
) -> list[float]:
    """Generate the deliveries and take each in as `python -m etl import` does; returns seconds per import.

    The catalogue is the reference's own. Raises ValueError if a delivery was not kept as intended.
    """
    seconds = []
    with tempfile.TemporaryDirectory(prefix="gradmesser-bench-") as folder:
        for stand, path in write_files(Path(folder), reference, size, variant):
            retrieved = datetime.combine(stand + timedelta(days=1), time(6), tzinfo=UTC)
            started = datetime.now(UTC)
            report = deliver.take_in(
                root, reference, path, source_id=open_pvog.SOURCE_ID, herkunft="beispiel", retrieved=retrieved
            )
            seconds.append((datetime.now(UTC) - started).total_seconds())
            expected = _DIRTY_ROWS if variant.dirty else 0
            if report.status != "veroeffentlicht" or report.rejected != expected:
                message = f"benchmark delivery {stand}: {report.to_json()}, expected {expected} rejected rows"
                raise ValueError(message)
            path.unlink()
            progress(f"{variant.name}: {stand} angenommen ({len(seconds)}/{size.months})")
    return seconds


def write_files(folder: Path, reference: Path, size: Size, variant: Variant) -> Iterator[tuple[date, Path]]:
    """Write one delivery after the other; stand and path of each."""
    pool = _pool(reference, size)
    moved = round(size.rows * _REPLACED)
    for month, stand in enumerate(_stands(size.months)):
        path = folder / f"open-pvog_{stand}.csv"
        _write(path, pool[month * moved : month * moved + size.rows], month, stand, variant)
        yield stand, path


def _stands(months: int) -> list[date]:
    ends = [UNTIL]
    while len(ends) < months:
        ends.append(ends[-1].replace(day=1) - timedelta(days=1))
    return ends[::-1]


def chance(*parts: object) -> float:
    """Number in [0, 1) that depends on nothing but its arguments."""
    return zlib.crc32("|".join(map(str, parts)).encode()) / 2**32


def _pool(reference: Path, size: Size) -> list[tuple[str, ...]]:
    """All rows that ever occur, as cells without dates, in an order without pattern; each month takes a window of it."""
    needed = size.rows + (size.months - 1) * round(size.rows * _REPLACED)
    areas = _areas(reference)
    pairs = [(service, area) for service in _services(reference) for area in areas]
    pairs.sort(key=lambda pair: chance("paar", pair[0]["leika_key"], pair[1][0]))
    rows = []
    for service, (ars, name) in pairs:
        rows.append(_cells(service, ars, name, "antrag"))
        if chance("zweit", service["leika_key"], ars) < _SECOND_ADDRESS:
            rows.append(_cells(service, ars, name, "zweitweg"))
        if len(rows) >= needed:
            return rows[:needed]
    message = f"{len(rows)} different rows are possible, {needed} are needed: ask for fewer rows or months"
    raise ValueError(message)


def _cells(service: dict[str, str], ars: str, name: str, path: str) -> tuple[str, ...]:
    key = service["leika_key"]
    considered = chance("betrachtet", key, ars) >= _NOT_CONSIDERED
    return (
        key, service["leistung"], ars, "" if chance("name", ars) < _NO_NAME else name, "16", "Thüringen",
        service["leika_bezeichnung"], service["ozg_id"], service["ozg_bezeichnung"],
        f"{deliver.EXAMPLE_HOST}verwaltung/{ars}/onlinedienste/{key}/{path}?gebiet={ars[:5]}", "",
        "nein" if chance("aktiv", key, ars) < _INACTIVE else "ja",
        _COVER.get(ars, "in mind. einer Kommune verfügbar") if considered else "nicht in Auswertung berücksichtigt",
        "" if considered else "Leistung wird nicht betrachtet",
    )  # fmt: skip


def _areas(reference: Path) -> list[tuple[str, str]]:
    """Gemeinden, Verbände, Kreise, Land and Bund of today."""
    with (reference / "gebiet" / "einheiten.csv").open(encoding="utf-8", newline="") as stream:
        return [(row["ars"], row["name"]) for row in csv.DictReader(stream) if not row["gueltig_bis"]]


def _services(reference: Path) -> list[dict[str, str]]:
    """The catalogue's services and, up to 600 keys, others that the catalogue does not hold, as in the real export."""
    with (reference / "katalog" / "leistungen.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    others = [
        {**rows[nr % len(rows)], "leika_key": f"{97_000_000_000_000 + 1_001_000 * nr}", "leistung": f"Weitere Leistung {nr}"}
        for nr in range(_KEYS - len(rows))
    ]  # fmt: skip
    return rows + others


_DIRTY_ROWS = 6


def _dirt(rows: Sequence[list[str]], month: int) -> list[list[str]]:
    """One row each: key broken by a spreadsheet, unknown area, no address; two doubled rows, one of them twice."""
    first, second, third, fourth, fifth = (list(rows[(37 * month + 11 * nr) % len(rows)]) for nr in range(5))
    first[0] = f"9,9{month:02}E+13"
    second[2] = "169999999999"
    third[9] = f"siehe Aushang {month}"
    fourth[1] = "Noch einmal, mit anderem Namen"
    return [first, second, third, fourth, fifth, list(fifth)]


def _write(path: Path, cells: Sequence[tuple[str, ...]], month: int, stand: date, variant: Variant) -> None:
    day = stand.isoformat()
    rows = [
        [*row[:10], "nicht ok" if chance("defekt", month, row[9]) < _TURNED else "ok", *row[11:], day, day]
        for row in cells
    ]
    if variant.dirty:
        rows += _dirt(rows, month)
    with path.open(
        "w", encoding="cp1252" if variant.latin else "utf-8-sig" if variant.quoted else "utf-8", newline=""
    ) as stream:
        writer = csv.writer(
            stream,
            delimiter=";",
            lineterminator="\n",
            quoting=csv.QUOTE_ALL if variant.quoted else csv.QUOTE_MINIMAL,
        )
        writer.writerow(HEADER)
        writer.writerows(rows)
