"""Helpers of the ETL tests: deliveries in their real form, an instance in a folder of its own, and the oracle.

The oracle computes cells, n, N, u and coverage from the contract alone, rule by rule, from rows as dicts. It shares no
code and no SQL with the product.
"""

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from functools import cache
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

import gradmesser.__main__ as product
from etl import __main__ as etl
from etl import build, deliver, example, snapshots
from etl.errors import BuildError, Refused
from gradmesser.catalog import places

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "data" / "reference"
DATA = ROOT / "tests" / "data"

LAND, BUND = "160000000000", "000000000000"
JENA, EICHSFELD, WEIMARER_LAND, ILM_KREIS = "160530000000", "160610000000", "160710000000", "160700000000"
GOTHA, GOTHA_VERBAND = "160670029029", "160670029000"
VG, VG_MEMBERS = "160705002000", ("160705002011", "160705002034", "160705002043")
ERFUELLENDE, ERFUELLENDE_GEMEINDE, ERFUELLENDE_MEMBER = "160615051000", "160615051119", "160615051002"
DISSOLVED_INTO_ERFUELLENDE = "160615051007"
"""Birkenfelde, since 2024 part of Uder, which is the erfüllende Gemeinde."""
DISSOLVED_INTO_SCHMOELLN, SCHMOELLN = "160775052003", "160770043043"
"""Dobitschen, since 2026 part of Schmölln, which is verbandsfrei."""

WOHNSITZ, NEBENWOHNSITZ = "99115005104000", "99115005104002"
ZULASSUNG, WOHNBERECHTIGUNG = "99036008007002", "99107022012000"
UNKNOWN_KEY = "99999999999999"
SERVICES = (WOHNSITZ, NEBENWOHNSITZ, ZULASSUNG, WOHNBERECHTIGUNG)
"""Two of ebene gemeinde, two of ebene kreis; the last has exceptions in the shipped list."""

HEADER = (
    *("leika_key", "leika_name", "ars", "ars_name", "ars_federal_state", "bundesland", "leika_bezeichnung", "ozgid"),
    *("ozg_bezeichnung", "url", "online_status", "aktiv", "art_flaechendeckung", "begruendung_nicht_beruecksichtigt"),
    *("export_datum", "datenstand_pvog_import"),
)
NOT_CONSIDERED = "nicht in Auswertung berücksichtigt"
COVERS = (
    *("bundesweit flächendeckend", "landesweit flächendeckend", "kreisweit flächendeckend"),
    *("in mind. einer Kommune verfügbar", NOT_CONSIDERED),
)
STATIC = "static"
JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)

Row = dict[str, str]


# Deliveries ----------------------------------------------------------------------------------------------------------


def pvog(leika_key: str = WOHNSITZ, ars: str = JENA, /, **cells: str) -> Row:
    """One row of an Open-PVOG export with all its columns; a working service unless told otherwise."""
    return {
        **dict.fromkeys(HEADER, ""),
        "leika_key": leika_key,
        "leika_name": "Straße; „Größe“",
        "ars": ars,
        "url": f"https://dienst.example/{ars}/{leika_key}",
        "online_status": "ok",
        "aktiv": "ja",
        "art_flaechendeckung": "in mind. einer Kommune verfügbar",
        **cells,
    }


def table(
    rows: Iterable[Mapping[str, str]],
    header: Sequence[str] = HEADER,
    delimiter: str = ";",
    line_end: str = "\n",
    names: Sequence[str] | None = None,
) -> str:
    """Rows as the text of a CSV file; names spells the header otherwise than header."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(names or header)
    writer.writerows([row.get(name, "") for name in header] for row in rows)
    return text.getvalue()


def small_reference(
    target: Path, services: Sequence[str] = SERVICES, exceptions: Sequence[tuple[str, str, str]] = ()
) -> Path:
    """The shipped territory with a catalogue of a few of the shipped services; exceptions: key, ARS, ja or nein."""
    shutil.copytree(SHIPPED / "gebiet", target / "gebiet")
    shutil.copytree(SHIPPED / "katalog", target / "katalog")
    (target / "katalog" / "leistungen.csv").write_text(catalogue_of(services), "utf-8")
    named = [dict(zip(("leika_key", "ars", "zustaendig"), one, strict=True), fundstelle="Test") for one in exceptions]
    header = ["leika_key", "ars", "name", "zustaendig", "fundstelle"]
    (target / "katalog" / "ausnahmen.csv").write_text(table(named, header, ","), "utf-8")
    return target


def catalogue_of(keys: Sequence[str]) -> str:
    """A delivered catalogue with a few of the shipped services."""
    rows = read_csv(SHIPPED / "katalog" / "leistungen.csv")
    return table([row for row in rows if row["leika_key"] in keys], list(rows[0]), ",")


def read_csv(path: Path) -> list[Row]:
    """Rows of one of the project's own tables."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def noon(day: date, minute: int = 0) -> datetime:
    """A moment of a day; minute tells apart what happened on the same day."""
    return datetime.combine(day, time(12), tzinfo=UTC).replace(minute=minute)


# Instances -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Instance:
    """A data folder of its own, and what the command line does in it; the etl commands want root/reference."""

    root: Path
    reference: Path

    def write(self, content: str | bytes, name: str = "lieferung.csv") -> Path:
        """Put a delivered file beside the data."""
        path = self.root / "eingang" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def take(self, content: str | bytes, name: str = "lieferung.csv", **options: object) -> deliver.Report:
        """Import a file with this content; Open-PVOG unless told otherwise."""
        return self.take_file(self.write(content, name), **options)

    def take_file(self, path: Path, **options: object) -> deliver.Report:
        """Import a file as it lies there."""
        return deliver.take_in(self.root, self.reference, path, **{"source_id": "open_pvog", **options})

    def rows(self, rows: Iterable[Row], stand: date = JANUARY, **options: object) -> deliver.Report:
        """Import Open-PVOG rows, retrieved at noon of their stand unless told otherwise."""
        return self.take(table(rows), stand=stand, **{"retrieved": noon(stand), **options})

    def build(self) -> build.Report:
        """Publish what was imported."""
        return build.build(self.root, self.reference, self.root / STATIC)

    def kept(self) -> list[Path]:
        """Every file below raw/, to see whether anything was kept or changed."""
        return sorted(path for path in (self.root / "raw").rglob("*") if path.is_file())

    @contextmanager
    def opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The published database, read-only, opened as the store does: DuckDB wants all handles alike."""
        with build.opened(self.root) as connection:
            yield connection

    def query(self, sql: str, *parameters: object) -> list[tuple]:
        """Rows of the published database."""
        with self.opened() as connection:
            return connection.execute(sql, parameters).fetchall()

    def tables(self) -> dict[str, list[tuple]]:
        """All rows of all tables, to compare two databases whatever the order of their rows."""
        with self.opened() as connection:
            names = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
            return {name: connection.execute(f"FROM {name} ORDER BY ALL").fetchall() for name in names}

    def cells(self) -> "list[Cell]":
        """Rows of rollin_zelle."""
        columns = "ars, leika_key, zustand::TEXT, eigen, geerbt, mitglieder, mitglieder_belegt"
        times = "gueltig_von, gueltig_bis, bekannt_von, bekannt_bis"
        return [Cell(*row) for row in self.query(f"SELECT {columns}, {times} FROM rollin_zelle")]

    def state(self, ars: str, leika_key: str = WOHNSITZ, stand: date = date(2026, 12, 31)) -> str:
        """State of one cell as it is known today."""
        (found,) = [
            cell.zustand
            for cell in self.cells()
            if (cell.ars, cell.leika_key) == (ars, leika_key) and cell.holds(stand, date(9999, 12, 30))
        ]
        return found

    @contextmanager
    def chosen(self) -> Iterator[None]:
        """Let the command lines work in this folder."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GRADMESSER_DATA", str(self.root))
            yield

    def etl(self, *arguments: str) -> "Ran":
        """`python -m etl …` in this folder, in this process."""
        with self.chosen():
            ran = run(etl.main, arguments)
        shutil.rmtree(places.feed_folder(places.STATIC, self.root), ignore_errors=True)
        return ran

    def export(self, measure: str, stand: date, *options: str) -> "Ran":
        """`python -m gradmesser export …` as JSON."""
        arguments = ("export", measure, "--stand", stand.isoformat(), "--format", "json", *options)
        with self.chosen():
            return run(product.main, arguments)


@dataclass(frozen=True)
class Cell:
    """One row of rollin_zelle."""

    ars: str
    leika_key: str
    zustand: str
    eigen: bool
    geerbt: bool
    mitglieder: int
    mitglieder_belegt: int
    gueltig_von: date
    gueltig_bis: date
    bekannt_von: date
    bekannt_bis: date

    def holds(self, stand: date, wissen: date) -> bool:
        """Whether it is the state at a date as it was known on another."""
        return self.gueltig_von <= stand < self.gueltig_bis and self.bekannt_von <= wissen < self.bekannt_bis


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    def json(self) -> object:
        """Standard output as one JSON value."""
        return json.loads(self.out)


def run(main: object, arguments: Sequence[str]) -> Ran:
    """Run a command line's main; a wrong call ends with 2 like a process does."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(list(arguments))
        except SystemExit as left:
            code = left.code
    return Ran(code=code, out=out.getvalue(), err=err.getvalue())


def refusal(instance: Instance, content: str | bytes, name: str = "lieferung.csv", **options: object) -> str:
    """The German reason why a file is refused; fails unless it is refused and nothing was kept."""
    before = instance.kept()
    with pytest.raises(Refused) as refused:
        instance.take(content, name, **options)
    assert instance.kept() == before
    return str(refused.value)


def build_error(instance: Instance) -> str:
    """The German reason why a build fails; fails unless the published database stays the same."""
    pointer = instance.root / "CURRENT"
    before = pointer.read_text() if pointer.exists() else None
    with pytest.raises(BuildError) as failed:
        instance.build()
    assert (pointer.read_text() if pointer.exists() else None) == before
    assert not list(instance.root.glob("*.teil*"))
    return str(failed.value)


def release(instance: Instance, name: str, on: date, reason: str = "geprüft") -> None:
    """Release a withheld delivery on a day of the past."""
    snapshots.release(instance.root / "raw", name, reason, on)


# The oracle ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Delivered:
    """One delivery as the oracle sees it, with so many rows more that count for nothing but the gate."""

    stand: date
    retrieved: datetime
    rows: tuple[Row, ...]
    padding: int = 0
    released: date | None = None
    published: bool = True

    @property
    def content(self) -> list[Row]:
        """All of its rows."""
        fill = [pvog(UNKNOWN_KEY, LAND, url=f"https://dienst.example/fuell/{nr}") for nr in range(self.padding)]
        return [*fill, *self.rows]

    @property
    def known(self) -> date:
        """Retrieval, or release where the gate had held it back."""
        return max(self.retrieved.date(), self.released) if self.released else self.retrieved.date()

    @property
    def order(self) -> tuple[date, datetime]:
        """Position in history."""
        return self.stand, self.retrieved


@dataclass(frozen=True)
class Verdict:
    """State of one cell with its evidence."""

    zustand: str
    eigen: bool
    geerbt: bool
    members: int
    members_with: int


@dataclass(frozen=True)
class Oracle:
    """Numbers from the contract: services by catalogue version, exceptions, deliveries after the gate."""

    versions: tuple[tuple[date, dict[str, str]], ...]
    exceptions: tuple[tuple[str, str, str], ...] = ()
    deliveries: tuple[Delivered, ...] = field(default=())

    def after_gate(self, deliveries: Sequence[Delivered], release_on: Sequence[date | None]) -> "Oracle":
        """Rule 8 over the whole history; a withheld delivery with a day of release is published then."""
        judged: list[Delivered] = []
        previous: Delivered | None = None
        order = sorted(range(len(deliveries)), key=lambda nr: deliveries[nr].order)
        for nr in order:
            delivery = deliveries[nr]
            if previous is not None and differs(accepted(previous.content), accepted(delivery.content)):
                delivery = replace(delivery, published=release_on[nr] is not None, released=release_on[nr])
            if delivery.published:
                previous = delivery
            judged.append(delivery)
        return replace(self, deliveries=tuple(judged))

    def snapshot(self, stand: date, wissen: date) -> Delivered | None:
        """Rule 6: the last published one with stand ≤ date that was known."""
        known = [one for one in self.deliveries if one.published and one.stand <= stand and one.known <= wissen]
        return max(known, key=lambda one: one.order, default=None)

    def services(self, stand: date) -> dict[str, str]:
        """Key → ebene of the catalogue in force; the first version also holds before its time.

        In these histories a version becomes known on the day on which it begins, so the earlier of both clocks decides.
        """
        begun = [services for since, services in self.versions if since <= stand]
        return begun[-1] if begun else self.versions[0][1]

    def portfolio(self, ars: str, services: Mapping[str, str]) -> set[str]:
        """Rule 5: S_k for one version of the catalogue."""
        levels = {"kreisfreie_stadt": {"gemeinde", "kreis"}, "landkreis": {"kreis"}, "gemeindeebene": {"gemeinde"}}
        own = {key for key, level in services.items() if level in levels[responsible()[ars]["gruppe"]]}
        own |= {key for key, area, yes in self.exceptions if area == ars and yes == "ja" and key in services}
        return own - {key for key, area, yes in self.exceptions if area == ars and yes == "nein"}

    def verdicts(
        self, stand: date, wissen: date, services: Mapping[str, str] | None = None
    ) -> dict[tuple[str, str], Verdict]:
        """State of every (responsible unit, service); empty before the first snapshot."""
        snapshot = self.snapshot(stand, wissen)
        if snapshot is None:
            return {}
        proof = evidence(accepted(snapshot.rows))
        listed = self.services(min(stand, wissen)) if services is None else services
        return {(ars, key): verdict(ars, key, proof) for ars in responsible() for key in self.portfolio(ars, listed)}

    def rollin(self, stand: date, wissen: date) -> list[dict[str, object]]:
        """What `export rollin --level verwaltung` prints, without the names."""
        snapshot, found = self.snapshot(stand, wissen), by_unit(self.verdicts(stand, wissen))
        return [
            {"ars": ars, "gruppe": unit["gruppe"], "stand": snapshot.stand.isoformat(), **counts(found[ars])}
            for ars, unit in sorted(responsible().items())
            if snapshot and ars in found
        ]

    def coverage(self, stand: date, wissen: date, services: Mapping[str, str] | None = None) -> list[dict[str, object]]:
        """What `export flaechendeckung` prints, without the names."""
        listed = self.services(min(stand, wissen)) if services is None else services
        found, lines = self.verdicts(stand, wissen, listed), []
        for key in sorted(listed):
            cells = {area: one for (area, service), one in found.items() if service == key}
            people = {area: int(responsible()[area]["einwohner"]) for area in cells}
            live = [area for area, one in cells.items() if one.zustand == "sichtbar"]
            unknown = sum(one.zustand == "keine_meldung" for one in cells.values())
            line = {"leika_key": key, "ebene": listed[key], "n": len(live), "N": len(cells), "u": unknown}
            reached = {"einwohner_live": sum(people[area] for area in live), "einwohner": sum(people.values())}
            lines += [line | reached] if cells else []
        return lines

    def days(self) -> list[tuple[date, dict[str, str], bool]]:
        """Stichtage with the catalogue used; on the day of a new version the old one comes first and does not count."""
        stands = {one.stand for one in self.deliveries if one.published}
        begins = {since for since, _ in self.versions if stands and since > min(stands)}
        found: list[tuple[date, dict[str, str], bool]] = []
        for day in sorted(stands | begins):
            if found and found[-1][1] is not self.services(day):
                found.append((day, found[-1][1], False))
            found.append((day, self.services(day), True))
        return found

    def changes(self) -> set[tuple[date, str, str, str]]:
        """Changes of state from one stand to the next as known at the end: day, unit, service, kind."""
        stands, found = sorted({one.stand for one in self.deliveries if one.published}), set()
        for before, day in pairwise(stands):
            services = self.services(day)
            old, new = (self.verdicts(one, date.max, services) for one in (before, day))
            found |= {
                (day, *place, kind_of_change(old[place].zustand, new[place].zustand))
                for place in new
                if old[place].zustand != new[place].zustand
            }
        return found


def kind_of_change(old: str, new: str) -> str:
    """Name of a change between two different states."""
    if new == "sichtbar":
        return "neu_online"
    if old != "sichtbar":
        return "erstmeldung" if old == "keine_meldung" else "sonstige"
    return "link_defekt" if new == "gestoert" else "weggefallen"


def by_unit(found: Mapping[tuple[str, str], Verdict]) -> dict[str, list[Verdict]]:
    """Cells of each unit."""
    cells: dict[str, list[Verdict]] = {}
    for (ars, _), one in found.items():
        cells.setdefault(ars, []).append(one)
    return cells


@cache
def units() -> dict[str, Row]:
    """Today's units by ARS."""
    return {row["ars"]: row for row in read_csv(SHIPPED / "gebiet" / "einheiten.csv") if not row["gueltig_bis"]}


@cache
def responsible() -> dict[str, Row]:
    """The 189 + 17 responsible units by ARS."""
    return {ars: row for ars, row in units().items() if row["zustaendig_ars"] == ars}


@cache
def members(ars: str) -> frozenset[str]:
    """Gemeinden for which a unit does the work."""
    return frozenset(
        area for area, row in units().items() if row["ebene"] == "gemeinde" and row["zustaendig_ars"] == ars
    )


@cache
def _successors() -> dict[str, str]:
    by_ags = {row["ags"]: ars for ars, row in units().items() if row["ags"]}
    changes = read_csv(SHIPPED / "gebiet" / "gebietsaenderungen.csv")
    return {row["ags_alt"]: by_ags[row["ags_heute"]] for row in changes} | by_ags


@cache
def area_today(ars: str) -> str | None:
    """Rule 7: the area of today that a delivered key means; a dissolved Gemeinde means its successor."""
    if ars in units():
        return ars
    for area, row in units().items():
        if row["ebene"] == "gemeinde" and row["verband_ars"] == ars:
            return area
    return _successors().get(ars[:5] + ars[9:]) if ars[9:] != "000" else None


def accepted(rows: Iterable[Row]) -> list[Row]:
    """Rows that are not rejected for their key, area, address or as doubled."""
    seen: set[tuple[str, ...]] = set()
    usable = []
    for row in rows:
        same = tuple(row[name] for name in ("leika_key", "ars", "url", "online_status"))
        good_url = not row["url"] or row["url"].lower().startswith(("http://", "https://"))
        if is_digits(row["leika_key"], 14) and is_digits(row["ars"], 12) and area_today(row["ars"]) and good_url:
            if same not in seen:
                usable.append(row)
            seen.add(same)
    return usable


def is_digits(text: str, length: int) -> bool:
    """Whether a key has its length in ASCII digits."""
    return len(text) == length and text.isascii() and text.isdigit()


def differs(before: Sequence[Row], after: Sequence[Row]) -> bool:
    """Rule 8: more than 20 % in total or in a Kreis with at least 50 rows."""
    kreise = {row["ars"][:5] for row in before} - {LAND[:5], BUND[:5]}
    pairs = [(len(before), len(after))]
    for kreis in kreise:
        old, new = ([row for row in rows if row["ars"].startswith(kreis)] for rows in (before, after))
        pairs += [(len(old), len(new))] if len(old) >= 50 else []
    return any(5 * abs(new - old) > old for old, new in pairs)


def evidence(rows: Iterable[Row]) -> dict[tuple[str, str], bool]:
    """Rules 1 and 2: (service, area of today) → whether one of its rows works."""
    found: dict[tuple[str, str], bool] = {}
    for row in rows:
        considered = row["art_flaechendeckung"] in {"", *COVERS} - {NOT_CONSIDERED}
        if row["url"] and row["aktiv"] in {"", "ja"} and considered:
            place = row["leika_key"], area_today(row["ars"])
            found[place] = found.get(place, False) or row["online_status"] == "ok"
    return found


def verdict(ars: str, key: str, proof: Mapping[tuple[str, str], bool]) -> Verdict:
    """Rules 3 and 4 for one cell."""
    unit = responsible()[ars]
    is_verband = unit["typ"] == "verwaltungsgemeinschaft"
    own = [ars] + [area for area in members(ars) if units()[area]["typ"] == "erfuellende_gemeinde"]
    own_proof = [proof[key, area] for area in own if (key, area) in proof]
    below = members(ars) if is_verband else frozenset()
    below_proof = [proof[key, area] for area in below if (key, area) in proof]
    if is_verband and len(below_proof) == len(below):
        own_proof.append(all(below_proof))
    above = {unit["kreis_ars"], LAND, BUND} - {ars}
    above_proof = [proof[key, area] for area in above if (key, area) in proof]
    working = any(own_proof + above_proof)
    state = "sichtbar" if working else "gestoert" if own_proof or above_proof else "keine_meldung"
    return Verdict(state, bool(own_proof), bool(above_proof), len(below), len(below_proof))


def as_verdict(cell: Cell) -> Verdict:
    """A stored cell in the oracle's form."""
    return Verdict(cell.zustand, cell.eigen, cell.geerbt, cell.mitglieder, cell.mitglieder_belegt)


def counts(cells: Sequence[Verdict]) -> dict[str, int]:
    """n, N, u, n_eigen, n_geerbt of some cells."""
    live = [one for one in cells if one.zustand == "sichtbar"]
    own = sum(one.eigen for one in live)
    unknown = sum(one.zustand == "keine_meldung" for one in cells)
    return {"n": len(live), "N": len(cells), "u": unknown, "n_eigen": own, "n_geerbt": len(live) - own}


def shipped_services(keys: Sequence[str] = SERVICES) -> dict[str, str]:
    """Key → ebene of some services of the shipped catalogue."""
    rows = read_csv(SHIPPED / "katalog" / "leistungen.csv")
    return {row["leika_key"]: row["ebene"] for row in rows if row["leika_key"] in keys}


def without_names(rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Exported rows without the names, to compare with the oracle."""
    return [{key: value for key, value in row.items() if key not in {"name", "leistung"}} for row in rows]


def is_gapless(cells: Sequence[Cell], wissen: date) -> bool:
    """Whether the intervals of one cell follow each other without gap or overlap, as known on a day."""
    known = sorted((c.gueltig_von, c.gueltig_bis) for c in cells if c.bekannt_von <= wissen < c.bekannt_bis)
    return all(left[1] == right[0] for left, right in pairwise(known)) and known[-1][1] == date(9999, 12, 31)


@contextmanager
def example_instance(
    root: Path, plan: example.Plan, more: Callable[[Instance], None] = lambda _made: None
) -> Iterator[Instance]:
    """The example of a plan in a folder, with more deliveries if wanted, built for the app; GRADMESSER_DATA names it inside."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADMESSER_DATA", str(root))
        example.write(root, SHIPPED, plan, lambda _done, _total, _text: None)
        made = Instance(root=root, reference=SHIPPED)
        more(made)
        build.build(root, SHIPPED, places.STATIC)
        yield made
        shutil.rmtree(places.feed_folder(places.STATIC, root))
