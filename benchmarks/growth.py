"""How build, database and pages grow: with the length of the history, with the number of units and of services."""

import csv
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb

from benchmarks.build import run_process
from benchmarks.deliveries import UNTIL
from benchmarks.instances import Instances
from benchmarks.report import Line, Part, table
from etl import deliver, example, snapshots, story
from etl.sources import open_pvog
from gradmesser.catalog import places

_STEPS_SHOWN = 8
_PAGES = ("Gradmesser", "Karte", "Kommune", "Leistungen")
_COVERED = 0.05
"""Share of all pairs of area and service that a delivery reports."""
_MOVED = 0.003
_FEW = 6_000
"""Rows a delivery where only the length of the history grows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """How much is generated: monthly deliveries, Gemeinden, services; share of all pairs that a delivery reports."""

    months: int
    units: int
    services: int
    share: float

    @property
    def title(self) -> str:
        """As the lines of the report name it."""
        return f"{self.months} Stände, {self.units} Gemeinden, {self.services} Leistungen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one case cost; seconds and MB, pages in ms of processor time for all queries of a first visit."""

    case: Case
    rows: int
    cells: int
    scan: float
    scan_cpu: float
    build: float
    build_cpu: float
    memory: float
    database: float
    deliveries: float
    pages: dict[str, float]
    root: Path


def _history(months: int) -> Case:
    return Case(months=months, units=example.GEMEINDEN, services=200, share=_FEW / (example.GEMEINDEN * 200))


def _land(units: int, services: int) -> Case:
    return Case(months=3, units=units, services=services, share=_COVERED)


def measure(instances: Instances, progress: Callable[[str], None], *, quick: bool) -> Part:
    """Every case once generated, then scanned, built and visited; all of it in one run on one machine."""
    histories = [_history(months) for months in ((3, 6) if quick else (12, 60, 240))]
    lands = [
        _land(units, services) for units in ((601, 800) if quick else (601, 2_000, 10_750)) for services in (200, 575)
    ]
    seen: dict[Case, Measured] = {}
    for case in [*histories, *lands]:
        seen[case] = _measured(case, instances.folder / "wachstum")
        progress(f"growth {case.title}: Bau {seen[case].build_cpu:.1f} s Prozessorzeit, {seen[case].database:.0f} MB")
    return _part([seen[case] for case in histories], [seen[case] for case in lands])


def _part(histories: Sequence[Measured], lands: Sequence[Measured]) -> Part:
    """Both series, each from the smallest to the largest case."""
    every = list({one.case: one for one in [*histories, *lands]}.values())
    lines = [line for one in every for line in _lines(one)]
    lines += _growth("Geschichte", histories[0], histories[-1])
    lines += _growth("Gemeinden und Leistungen", lands[0], lands[-1])
    details = "\n\n".join(
        [
            table(_HEAD, [_row(one) for one in every]),
            f"Wohin die Zeit geht ({lands[-1].case.title}; `SQL x` schreibt die Tabelle x):\n\n{_steps(lands[-1].root)}",
        ]
    )
    method = (
        "Erzeugte Lieferungen in amtlicher Form, von denen sich je Monat 0,3 % ändern. Die erste Reihe verlängert die Geschichte "
        f"bei rund {_FEW} Zeilen je Lieferung, die zweite vergrößert das Land bei drei Lieferungen, die {_COVERED:.0%} aller "
        "Paare aus Gebiet und Leistung melden. Gemessen sind der ganze Prozess `python -m etl build` gegen das bloße Lesen "
        "derselben Dateien mit DuckDB, die Größe der Datenbank, der höchste Speicherbedarf und die Abfragen der Seiten beim "
        "ersten Besuch (Prozessorzeit, alle Fäden). Ein Lauf je Fall: Zu lesen ist die Prozessorzeit. Die letzten Zeilen vergleichen den größten "
        "Fall einer Reihe mit dem kleinsten."
    ).replace("5%", "5 %")
    return Part(name="growth", method=method, lines=lines, details=details)


def _measured(case: Case, folder: Path) -> Measured:
    root = folder / f"{case.months}x{case.units}x{case.services}"
    _write_instance(case, root)
    files = sorted(root.glob("raw/open_pvog/*/*/lieferung.csv"))
    scan = json.loads(run_process([sys.executable, "-m", "benchmarks.floor", *map(str, files)], root).printed)["max"]
    build = run_process([sys.executable, "-m", "etl", "build", "--json"], root)
    pages = json.loads(run_process([sys.executable, "-m", "benchmarks.pages", *_PAGES], root).printed)
    database = Path(json.loads(build.printed)["database"])
    with duckdb.connect(str(database), read_only=True) as connection:
        (rows,) = connection.execute("SELECT sum(zeilen) FROM snapshot").fetchone()
        (cells,) = connection.execute("SELECT count(*) FROM zustaendigkeit").fetchone()

    return Measured(
        case=case, rows=int(rows), cells=cells, root=root, pages=pages, scan=scan["seconds"], scan_cpu=scan["cpu"],
        build=build.seconds, build_cpu=build.cpu, memory=build.memory,
        database=database.stat().st_size / 1e6, deliveries=sum(file.stat().st_size for file in files) / 1e6,
    )  # fmt: skip


def _lines(one: Measured) -> list[Line]:
    title = one.case.title
    return [
        Line(title=f"{title}: Bau gegen Lesen, Dauer", value=one.build, floor=one.scan, unit="s"),
        Line(title=f"{title}: Bau gegen Lesen, Prozessorzeit", value=one.build_cpu, floor=one.scan_cpu, unit="s"),
    ]


def _growth(name: str, small: Measured, large: Measured) -> list[Line]:
    """The largest against the smallest case of a series, and how much larger its amounts are."""
    page = max(large.pages, key=large.pages.get)
    return [
        Line(title=f"{name}: Zeilen der Lieferungen, {large.case.title} statt {small.case.title}",
             value=large.rows / 1e3, floor=small.rows / 1e3, unit="Tsd."),
        Line(title=f"{name}: Zellen", value=large.cells / 1e3, floor=small.cells / 1e3, unit="Tsd."),
        Line(title=f"{name}: Bau, Prozessorzeit", value=large.build_cpu, floor=small.build_cpu, unit="s"),
        Line(title=f"{name}: größter Speicherbedarf", value=large.memory, floor=small.memory, unit="MB"),
        Line(title=f"{name}: Datenbank", value=large.database, floor=small.database, unit="MB"),
        Line(title=f"{name}: Abfragen der langsamsten Seite ({page})", value=large.pages[page], floor=small.pages[page], unit="ms"),
    ]  # fmt: skip


_HEAD = (
    "Fall", "Zeilen", "Zellen", "Lieferungen MB", "Lesen s", "Bau s", "Bau Prozessor s", "Speicher MB", "Datenbank MB",
    "schnellste Seite ms", "langsamste Seite ms",
)  # fmt: skip


def _row(one: Measured) -> tuple[str, ...]:
    slowest, fastest = max(one.pages, key=one.pages.get), min(one.pages, key=one.pages.get)
    numbers = (
        f"{one.rows:,}".replace(",", "."), f"{one.cells:,}".replace(",", "."), f"{one.deliveries:.0f}",
        *(f"{value:.1f}".replace(".", ",") for value in (one.scan, one.build, one.build_cpu)),
        f"{one.memory:.0f}", f"{one.database:.0f}",
        f"{one.pages[fastest]:.0f} ({fastest})", f"{one.pages[slowest]:.0f} ({slowest})",
    )  # fmt: skip
    return one.case.title, *numbers


def _steps(root: Path) -> str:
    steps = json.loads(run_process([sys.executable, "-m", "benchmarks.profiled", str(root)], root).printed)
    ordered = sorted(steps.items(), key=lambda step: -step[1]["cpu"])[:_STEPS_SHOWN]
    rows = [(name, f"{step['seconds']:.1f}", f"{step['cpu']:.1f}") for name, step in ordered]
    return table(("Schritt", "Dauer in s", "Prozessorzeit in s"), rows).replace(".", ",")


# What is generated ---------------------------------------------------------------------------------------------------


def _write_instance(case: Case, root: Path) -> None:
    """A territory and a catalogue of this size and deliveries of this history, as the command line keeps them."""
    mark = root / "fertig"
    if mark.exists():
        return
    shutil.rmtree(root, ignore_errors=True)
    reference = _reference(case, root / "reference")
    path = root / "lieferung.csv"
    with duckdb.connect() as connection:
        connection.execute(_PAIRS, {"reference": f"{reference}", "share": case.share})
        for nr in range(case.months):
            stand = _month_end(case.months - 1 - nr)
            connection.execute(f"COPY ({_DELIVERY}) TO '{path}' (HEADER, DELIMITER ';')", _window(case, nr, stand))
            retrieved = datetime.combine(stand + timedelta(days=1), time(6), tzinfo=UTC)
            if nr == 0:
                first = _taken_in(root, reference, path, retrieved)
            else:  # of the same form, so that only the first one need be looked at
                sha256, size = snapshots.sha256_of(path), path.stat().st_size
                snapshots.keep(
                    root / "raw", path, replace(first, stand=stand, retrieved=retrieved, sha256=sha256, size=size)
                )
    path.unlink()
    mark.touch()


def _taken_in(root: Path, reference: Path, path: Path, retrieved: datetime) -> snapshots.Snapshot:
    """Import a file as the command does; raises ValueError if it was not accepted whole."""
    report = deliver.take_in(
        root, reference, path, source_id=open_pvog.SOURCE_ID, herkunft="beispiel", retrieved=retrieved
    )
    if report.status != "veroeffentlicht" or report.rejected:
        message = f"{root.name}: {report.to_json()}"
        raise ValueError(message)
    (only,) = snapshots.all_of(root / "raw")
    return only


def _reference(case: Case, target: Path) -> Path:
    example.write_territory(places.REFERENCE_IN_PROJECT, target, case.units)
    services = story.services(target, case.services)
    with (target / "katalog" / "leistungen.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(services[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(services)
    return target


def _month_end(back: int) -> date:
    """The month's end so many months before the last one."""
    months = UNTIL.year * 12 + UNTIL.month - back
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def _window(case: Case, nr: int, stand: date) -> dict[str, object]:
    """The part of all pairs that a month reports: it moves on by a few each month."""
    start = nr * _MOVED * case.share
    return {"start": start, "end": start + case.share, "month": nr, "stand": stand.isoformat()}


_PAIRS = """
    CREATE TABLE paar AS
    SELECT l.leika_key, l.leistung, g.ars, g.name, l.leika_bezeichnung, l.ozg_id, l.ozg_bezeichnung,
        hash(l.leika_key || g.ars) % 1_000_000_000 / 1e9 AS place
    FROM read_csv($reference || '/katalog/leistungen.csv', all_varchar = true, header = true) AS l
    CROSS JOIN read_csv($reference || '/gebiet/einheiten.csv', all_varchar = true, header = true) AS g
    WHERE g.gueltig_bis IS NULL AND place < 2 * $share
"""
_DELIVERY = f"""
    SELECT leika_key, leistung AS leika_name, ars, name AS ars_name, '16' AS ars_federal_state, 'Thüringen' AS bundesland,
        leika_bezeichnung, ozg_id AS ozgid, ozg_bezeichnung,
        '{deliver.EXAMPLE_HOST}verwaltung/' || ars || '/onlinedienste/' || leika_key || '/antrag' AS url,
        CASE WHEN hash(leika_key || ars || $month) % 1000 = 0 THEN 'nicht ok' ELSE 'ok' END AS online_status, 'ja' AS aktiv,
        'in mind. einer Kommune verfügbar' AS art_flaechendeckung, NULL AS begruendung_nicht_beruecksichtigt,
        $stand AS export_datum, $stand AS datenstand_pvog_import
    FROM paar WHERE place >= $start AND place < $end
"""
