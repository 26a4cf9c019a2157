"""Deterministic example data: files in the official form with invented values, taken in by the same way as real ones.

Every address starts with https://beispiel.invalid/, every snapshot carries herkunft = beispiel. The story in them:
services spread in S-curves, larger administrations earlier, some Kreise behind, Kreis and Land services inherited, a few
take-downs and broken links, members of a Verwaltungsgemeinschaft that start alone, one new version of the catalogue,
and one faulty delivery that the gate holds back.
"""

import csv
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import yaml

from etl import deliver, example_reports, example_themes, snapshots, story
from etl.example_reports import QUARTER, Quarter
from etl.sources import leistungskatalog, meldung, open_pvog, themen
from etl.story import Unit
from gradmesser import catalog
from gradmesser.catalog import yamlfile

HEADER = (
    "leika_key", "leika_name", "ars", "ars_name", "ars_federal_state", "bundesland", "leika_bezeichnung", "ozgid",
    "ozg_bezeichnung", "url", "online_status", "aktiv", "art_flaechendeckung", "begruendung_nicht_beruecksichtigt",
    "export_datum", "datenstand_pvog_import",
)  # fmt: skip
MONTHS = 24
SERVICES = 222
GEMEINDEN = 601
_LATE_SERVICES = 8
_FAULTY_MONTHS_BEFORE_END = 7

# Shares of the story told above.
_TAKEN_DOWN = 0.04
_BROKEN_LINK = 0.035
_MEMBERS_ALONE = 0.16
_SECOND_ADDRESS = 0.03
_BY_THE_LAND = 0.05
_BY_THE_BUND = 0.07
_SWITCHED_OFF = 0.985


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much example data: months of history, Gemeinden that take part, services; last month's end."""

    months: int = MONTHS
    units: int | None = None
    services: int = SERVICES
    until: date | None = None


def write(root: Path, reference: Path, plan: Plan, progress: Callable[[int, int, str], None]) -> list[str]:
    """Make the deliveries and take them in; returns the names of the snapshots. The same plan gives the same bytes.

    They replace all example deliveries that were there before: two stories in one history would contradict each other.
    """
    stands = _month_ends(plan.until or _last_month_end(), plan.months)
    units = story.units(reference, plan.units)
    services = story.services(reference, plan.services)
    names = []
    with tempfile.TemporaryDirectory(prefix="gradmesser-") as folder:
        for position, (stand, rows) in enumerate(_catalogues(stands, services)):
            path = Path(folder) / f"beispiel_katalog_{position + 1}.csv"
            _write_csv(path, list(leistungskatalog.COLUMNS), rows, ",")
            names.append(_keep(root, reference, path, leistungskatalog.SOURCE_ID, stand))
        # A short history is the end of the whole story: told faster, the gate would hold back every month of it.
        length = max(plan.months, MONTHS)
        for done, stand in enumerate(stands, start=1):
            path = Path(folder) / f"beispiel_open-pvog_{stand}.csv"
            month = length - plan.months + done - 1
            rows = list(_rows(units, services, month, length, stand))
            if plan.months > 2 * _FAULTY_MONTHS_BEFORE_END and month == length - _FAULTY_MONTHS_BEFORE_END:
                rows = [row for row in rows if row[2][:5] < "16068"]
            if month == length - 2:
                rows += _faulty(rows)
            _write_csv(path, HEADER, rows, ";")
            names.append(_keep(root, reference, path, open_pvog.SOURCE_ID, stand))
            if month % QUARTER == QUARTER - 1:
                quarter = Quarter(month=month, months=length, stand=stand)
                names += [
                    _keep(root, reference, report, meldung.SOURCE_ID, stand)
                    for report in example_reports.write(Path(folder), units, services, quarter)
                ]
                names += [
                    _keep(root, reference, answers, themen.SOURCE_ID, stand)
                    for answers in example_themes.write(Path(folder), units, quarter)
                ]
            progress(done, plan.months, f"Beispieldaten {stand:%d.%m.%Y}")
    _remove_others(root, names)
    return names


def _remove_others(root: Path, keep: Sequence[str]) -> None:
    """Delete every example snapshot but the named ones; real deliveries are never touched."""
    for snapshot in snapshots.all_of(root / "raw"):
        if snapshot.herkunft == "beispiel" and snapshot.snapshot_id not in keep:
            folder = snapshot.path.parent
            shutil.rmtree(folder.rename(folder.with_name(f".teil-{folder.name}")))  # gone in one step, even if killed


def _keep(root: Path, reference: Path, path: Path, source_id: str, stand: date) -> str:
    retrieved = datetime.combine(stand + timedelta(days=1), time(6), tzinfo=UTC)
    report = deliver.take_in(
        root, reference, path, source_id=source_id, stand=stand, herkunft="beispiel", retrieved=retrieved
    )
    return report.snapshot


def _last_month_end() -> date:
    return datetime.now(UTC).date().replace(day=1) - timedelta(days=1)


def _month_ends(until: date, months: int) -> list[date]:
    ends = []
    day = until
    for _ in range(months):
        ends.append(day)
        day = day.replace(day=1) - timedelta(days=1)
    return ends[::-1]


def _catalogues(stands: Sequence[date], services: Sequence[dict[str, str]]) -> Iterator[tuple[date, list[list[str]]]]:
    """The first version lacks a few services, which the second, in the middle of the history, adds."""
    columns = list(leistungskatalog.COLUMNS)
    whole = [[service[name] for name in columns] for service in services]
    if len(stands) < 3 or len(services) <= 2 * _LATE_SERVICES:  # noqa: PLR2004 - too short for a break
        yield stands[0], whole
        return
    late = {
        service["leika_key"]
        for service in sorted(services, key=lambda s: story.chance("spät", s["leika_key"]))[:_LATE_SERVICES]
    }
    yield stands[0], [row for row in whole if row[0] not in late]
    yield stands[len(stands) // 2], whole


def _rows(
    units: Sequence[Unit], services: Sequence[dict[str, str]], month: int, months: int, stand: date
) -> Iterator[list[str]]:
    for service in services:
        key = service["leika_key"]
        yield from _shared(service, month, months, stand)
        for unit in units:
            if unit.kind != "kreisfreie_stadt" and (unit.kind == "landkreis") != (service["ebene"] == "kreis"):
                continue
            start = story.start(unit, key, months)
            if start is None or month < start:
                continue
            if story.chance("weg", unit.ars, key) < _TAKEN_DOWN and start + 4 <= month < start + 4 + 12 * story.chance(
                "dauer", unit.ars, key
            ):
                continue
            broken = (
                story.chance("defekt", unit.ars, key, (month + int(3 * story.chance("takt", unit.ars, key))) // 3)
                < _BROKEN_LINK
            )
            if unit.members and story.chance("mitglied", unit.ars, key) < _MEMBERS_ALONE:
                joined = min(len(unit.members), 1 + int((month - start) * len(unit.members) / 7))
                for ars, name in unit.members[:joined]:
                    yield _row(service, ars, name, broken=broken, stand=stand)
                continue
            yield _row(service, unit.ars, unit.name, broken=broken, stand=stand)
            if story.chance("zweit", unit.ars, key) < _SECOND_ADDRESS:
                yield _row(service, unit.ars, unit.name, broken=False, stand=stand, path="zweitweg")


def _faulty(rows: Sequence[list[str]]) -> list[list[str]]:
    """Rows as a spreadsheet or a careless hand leaves them; each is rejected for another reason."""
    spoiled = [list(row) for row in rows[:6]]
    spoiled[0][0] = f"{float(spoiled[0][0]):.2E}".replace(".", ",")
    spoiled[1][2] = spoiled[1][2].rstrip("0") or "0"
    spoiled[2][2] = "169990000000"
    spoiled[3][9] = "www.beispiel.invalid/antrag"
    spoiled[4] = spoiled[4][:-1]
    return spoiled


def _shared(service: dict[str, str], month: int, months: int, stand: date) -> Iterator[list[str]]:
    """Services that the Land, a Kreis or the Bund offers for everybody below."""
    key = service["leika_key"]
    start = int(story.chance("landstart", key) * months * 1.3)
    draw = story.chance("geteilt", key)
    if draw < _BY_THE_LAND and month >= start:
        yield _row(service, catalog.LAND, "Thüringen", broken=False, stand=stand, cover="landesweit flächendeckend")
    elif draw < _BY_THE_BUND and month >= start:
        yield _row(service, catalog.BUND, "Bund", broken=False, stand=stand, cover="bundesweit flächendeckend")
    elif draw > _SWITCHED_OFF and month >= start:
        yield _row(service, catalog.LAND, "Thüringen", broken=False, stand=stand, active="nein")


def _row(
    service: dict[str, str],
    ars: str,
    name: str,
    *,
    broken: bool,
    stand: date,
    cover: str = "in mind. einer Kommune verfügbar",
    active: str = "ja",
    path: str = "antrag",
) -> list[str]:
    return [
        service["leika_key"], service["leistung"], ars, name, "16", "Thüringen", service["leika_bezeichnung"],
        service["ozg_id"], service["ozg_bezeichnung"], f"{deliver.EXAMPLE_HOST}{ars}/{service['leika_key']}/{path}",
        "nicht ok" if broken else "ok", active, cover, "", stand.isoformat(), stand.isoformat(),
    ]  # fmt: skip


def _write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_territory(reference: Path, target: Path, gemeinden: int) -> None:
    """Make data/reference of an instance with more Gemeinden than Thüringen has: the shipped ones and invented others.

    Invented Gemeinden are verbandsfrei, 40 to an invented Landkreis, in the number range of the other Länder; there is
    no geometry for them. Only for measuring how the product grows.
    """
    (target / "gebiet").mkdir(parents=True, exist_ok=True)
    with (reference / "gebiet" / "einheiten.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    header = list(rows[0])
    missing = gemeinden - sum(row["ebene"] == "gemeinde" and not row["gueltig_bis"] for row in rows)
    for nr in range(max(0, missing)):
        kreis = f"{1 + nr // 40 // 90:02d}0{10 + nr // 40 % 90}"
        kreis_ars = kreis + "0" * 7
        if nr % 40 == 0:
            rows.append(_invented(header, kreis_ars, f"Beispielkreis {kreis}", kreis_ars))
        ars = f"{kreis}{nr % 40 + 1:04d}{nr % 40 + 1:03d}"
        rows.append(_invented(header, ars, f"Beispielgemeinde {nr + 1}", kreis_ars))
    with (target / "gebiet" / "einheiten.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    for name in ("gebiet/gebietsaenderungen.csv", "katalog/leistungen.csv", "katalog/register.csv", "katalog/ausnahmen.csv",
                 "katalog/QUELLE.yaml"):  # fmt: skip
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes((reference / name).read_bytes())
    meta = yamlfile.read(reference / "gebiet" / "QUELLE.yaml")
    meta["hinweis"] = "Mit erfundenen Beispielgemeinden ergänzt; keine amtlichen Daten."
    (target / "gebiet" / "QUELLE.yaml").write_text(yaml.safe_dump(meta, allow_unicode=True, sort_keys=False), "utf-8")


def _invented(header: Sequence[str], ars: str, name: str, kreis_ars: str) -> dict[str, str]:
    """Row of einheiten.csv: a Landkreis if its key is that of its Kreis, else a verbandsfreie Gemeinde."""
    kreis = ars == kreis_ars
    known = {
        "ars": ars,
        "ags": "" if kreis else ars[:5] + ars[9:],
        "name": name,
        "langname": name,
        "ebene": "kreis" if kreis else "gemeinde",
        "typ": "landkreis" if kreis else "verbandsfreie_gemeinde",
        "gruppe": "landkreis" if kreis else "gemeindeebene",
        "kreis_ars": kreis_ars,
        "verband_ars": "" if kreis else ars[:9] + "000",
        "zustaendig_ars": ars,
        "einwohner": "80000" if kreis else "2000",
        "flaeche_km2": "1200" if kreis else "30",
        "herkunft": "Beispiel, erfunden",
    }
    return {column: known.get(column, "") for column in header}
