"""Evidence and reports in two times against an oracle in plain Python that knows only the contract, rules 1 to 8."""

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import gradmesser.__main__ as product
from etl import build, deliver, example, example_reports, snapshots, story
from gradmesser import store
from gradmesser.catalog import STATES, places

SHIPPED = Path(__file__).parents[2] / "data" / "reference"
LAND, BUND = "160000000000", "000000000000"
JENA, EICHSFELD, ILM_KREIS, ARNSTADT = "160530000000", "160610000000", "160700000000", "160700004004"
VG, MEMBERS = "160705002000", ("160705002011", "160705002034", "160705002043")
UDER, UDER_GEMEINDE, UDER_MEMBER = "160615051000", "160615051119", "160615051002"
AREAS = (
    BUND,
    LAND,
    JENA,
    EICHSFELD,
    ILM_KREIS,
    ARNSTADT,
    VG,
    *MEMBERS,
    UDER,
    UDER_GEMEINDE,
    UDER_MEMBER,
    "160615051024",
)
UNITS = {
    JENA: ("gemeinde", "kreis"), EICHSFELD: ("kreis",), ILM_KREIS: ("kreis",), ARNSTADT: ("gemeinde",), VG: ("gemeinde",),
    UDER: ("gemeinde",),
}  # fmt: skip
"""Responsible unit → levels of its services."""
OWN = {**{ars: {ars} for ars in UNITS}, UDER: {UDER, UDER_GEMEINDE}}
ABOVE = {
    JENA: {LAND, BUND}, EICHSFELD: {LAND, BUND}, ILM_KREIS: {LAND, BUND}, ARNSTADT: {ILM_KREIS, LAND, BUND},
    VG: {ILM_KREIS, LAND, BUND}, UDER: {EICHSFELD, LAND, BUND},
}  # fmt: skip
WOHNSITZ, NEBENWOHNSITZ, LATE = "99115005104000", "99115005104002", "99115005011000"
ZULASSUNG, WOHNBERECHTIGUNG = "99036008007002", "99107022012000"
SERVICES = (WOHNSITZ, NEBENWOHNSITZ, LATE, ZULASSUNG, WOHNBERECHTIGUNG)
LIVE = {"live", "sichtbar", "ende_zu_ende"}
END, TODAY = date(9999, 12, 31), date(9999, 12, 30)
NEW_CATALOGUE = date(2026, 4, 15)
DAYS = (
    date(2026, 1, 31),
    date(2026, 2, 10),
    date(2026, 2, 28),
    date(2026, 3, 31),
    date(2026, 4, 30),
    date(2026, 5, 12),
)
PLANNED = date(2026, 3, 1)


# Deliveries as the oracle sees them ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """One row of a report."""

    zustand: str = ""
    geplant_am: date | None = None
    bemerkung: str = ""

    @property
    def something(self) -> bool:
        """Whether the row is a statement at all."""
        return bool(self.zustand or self.geplant_am or self.bemerkung)


@dataclass(frozen=True)
class Delivery:
    """Open-PVOG: (service, area) → ok. A report: (unit, service) → what it says. A later catalogue: neither.

    A report on registers: (unit, register, milestone) → day planned, day reached.
    """

    stand: date
    retrieved: datetime
    proof: Mapping[tuple[str, str], bool] | None = None
    said: Mapping[tuple[str, str], Said] | None = None
    reached: Mapping[tuple[str, str, str], tuple[date | None, date | None]] | None = None
    released: date | None = None

    @property
    def known(self) -> date:
        """Day from which it was public here."""
        return max(self.retrieved.date(), self.released or date.min)

    @property
    def source(self) -> str:
        """Name of its source."""
        if self.proof is not None:
            return "open_pvog"
        return "leistungskatalog" if self.said is None and self.reached is None else "meldung"

    def content(self) -> str:
        """Text of the file."""
        if self.proof is not None:
            names = ["leika_key", "ars", "url", "online_status", "aktiv", "art_flaechendeckung"]
            rows = [
                [key, ars, f"https://dienst.example/{ars}/{key}", "ok" if ok else "nicht ok", "ja", ""]
                for (key, ars), ok in self.proof.items()
            ]
        elif self.said is not None:
            names = ["ars", "leika_key", "zustand", "geplant_am", "bemerkung"]
            rows = [[*cell, s.zustand, str(s.geplant_am or ""), s.bemerkung] for cell, s in self.said.items()]
        elif self.reached is not None:
            names = ["ars", "register_id", "meilenstein", "geplant_am", "erreicht_am"]
            rows = [[*key, *(str(day or "") for day in days)] for key, days in self.reached.items()]
        else:
            names = list(_shipped("katalog/leistungen.csv")[0])
            rows = [list(row.values()) for row in _shipped("katalog/leistungen.csv") if row["leika_key"] in SERVICES]
        return _csv(names, rows, ";")


def _csv(names: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str = ",") -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerows([names, *rows])
    return text.getvalue()


@cache
def _shipped(name: str) -> list[dict[str, str]]:
    with (SHIPPED / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@cache
def level(key: str) -> str:
    return next(row["ebene"] for row in _shipped("katalog/leistungen.csv") if row["leika_key"] == key)


def at(day: date, minute: int = 0) -> datetime:
    return datetime.combine(day, time(9, minute), tzinfo=UTC)


def pvog(stand: date, proof: Mapping[tuple[str, str], bool], retrieved: datetime | None = None) -> Delivery:
    return Delivery(stand, retrieved or at(stand), proof=proof)


def report(stand: date, said: Mapping[tuple[str, str], Said | str], retrieved: datetime | None = None) -> Delivery:
    rows = {cell: entry if isinstance(entry, Said) else _said(entry) for cell, entry in said.items()}
    return Delivery(stand, retrieved or at(stand), said=rows)


def _said(zustand: str) -> Said:
    return Said(zustand, bemerkung="anderswo" if zustand == "nicht_zustaendig" else "")


# The oracle ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """What rule 4 makes of a cell."""

    zustand: str
    beleg: str | None
    zu_pruefen: bool
    geplant_am: date | None


@dataclass(frozen=True)
class Oracle:
    """History by the contract."""

    deliveries: Sequence[Delivery]
    late: date | None = None

    @property
    def late_known(self) -> date:
        """Day on which the second catalogue became known."""
        return at(self.late).date() if self.late else date.max

    def portfolio(self, ars: str, stand: date, wissen: date) -> set[str]:
        """Rule 5; the first catalogue lacks one service if a second one is delivered, until that one holds and is known."""
        missing = {LATE} if self.late and (stand < self.late or wissen < self.late_known) else set()
        return {key for key in SERVICES if level(key) in UNITS[ars]} - missing

    def cells(self, stand: date, wissen: date) -> dict[tuple[str, str], Verdict]:
        """Every cell at a date as it was known on another; empty before the first delivery."""
        seen = [d for d in self.deliveries if d.stand <= stand and d.known <= wissen and d.source != "leistungskatalog"]
        seen.sort(key=lambda d: (d.stand, d.retrieved))
        if not seen:
            return {}
        proof = next((d.proof for d in reversed(seen) if d.proof is not None), {})
        zustand: dict[tuple[str, str], str] = {}
        planned: dict[tuple[str, str], date | None] = {}
        for delivery in seen:
            for cell, said in (delivery.said or {}).items():
                if said.something:
                    planned[cell] = said.geplant_am
                    zustand[cell] = said.zustand or zustand.get(cell, "")
        return {
            (ars, key): _judge(ars, key, proof, zustand.get((ars, key), ""), planned.get((ars, key)))
            for ars in UNITS
            for key in self.portfolio(ars, stand, wissen)
        }

    def rollin(self, stand: date, wissen: date) -> list[dict[str, object]]:
        """n, N, u per unit."""
        found = self.cells(stand, wissen)
        lines = []
        for ars in sorted(UNITS):
            cells = [one for (unit, _), one in found.items() if unit == ars and one.zustand != "nicht_zustaendig"]
            live = [one for one in cells if one.zustand in LIVE]
            own = sum(one.beleg == "eigen" for one in live)
            if cells:
                lines.append(
                    {
                        "ars": ars, "n": len(live), "N": len(cells), "n_eigen": own, "n_geerbt": len(live) - own,
                        "u": sum(one.zustand == "keine_meldung" for one in cells),
                    }
                )  # fmt: skip
        return lines


def _judge(ars: str, key: str, proof: Mapping[tuple[str, str], bool], said: str, planned: date | None) -> Verdict:
    own = [proof[key, area] for area in OWN[ars] if (key, area) in proof]
    if ars == VG and all((key, area) in proof for area in MEMBERS):
        own.append(all(proof[key, area] for area in MEMBERS))
    above = [proof[key, area] for area in ABOVE[ars] if (key, area) in proof]
    ok = any(own + above)
    beleg = "eigen" if own else "geerbt" if above else None
    if said in {"", "keine_meldung"}:
        state = "sichtbar" if ok else "gestoert" if own or above else "keine_meldung"
        return Verdict(state, beleg, state == "gestoert", planned)
    if said == "nicht_zustaendig":
        return Verdict(said, beleg, bool(own), planned)
    if said in LIVE:
        state = said if said == "ende_zu_ende" else "sichtbar" if ok else "live"
        return Verdict(state, "eigen", not ok, planned)
    return Verdict("sichtbar" if ok else said, beleg, ok or said == "gestoert", planned)


def after_gate(deliveries: Sequence[Delivery], release_on: Mapping[int, date]) -> tuple[list[Delivery], list[int]]:
    """Rule 8 (no Kreis here has 50 rows): what is published, and which positions must be released for it."""
    published, released = [], []
    before: int | None = None
    for nr in sorted(range(len(deliveries)), key=lambda nr: (deliveries[nr].stand, deliveries[nr].retrieved)):
        delivery = deliveries[nr]
        if delivery.proof is not None:
            if before is not None and 5 * abs(len(delivery.proof) - before) > before:
                if nr not in release_on:
                    continue
                released.append(nr)
                delivery = replace(delivery, released=release_on[nr])
            before = len(delivery.proof)
        published.append(delivery)
    return published, released


# Instances -----------------------------------------------------------------------------------------------------------


@dataclass
class Instance:
    """A small data folder: six units, five services."""

    root: Path
    opened: dict[Path, duckdb.DuckDBPyConnection] = field(default_factory=dict)

    def set_up(self, services: Iterable[str]) -> "Instance":
        """Write the reference data of the six units."""
        for folder in ("gebiet", "katalog"):
            shutil.copytree(SHIPPED / folder, self.reference / folder)
        self._keep("gebiet/einheiten.csv", lambda row: row["ars"] in AREAS and not row["gueltig_bis"])
        self._keep("gebiet/gebietsaenderungen.csv", lambda _row: False)
        self._keep("katalog/ausnahmen.csv", lambda _row: False)
        wanted = set(services)
        self._keep("katalog/leistungen.csv", lambda row: row["leika_key"] in wanted)
        return self

    @property
    def reference(self) -> Path:
        """Folder of the reference data."""
        return self.root / "reference"

    def _keep(self, name: str, wanted: object) -> None:
        rows = _shipped(name)
        kept = [list(row.values()) for row in rows if wanted(row)]
        (self.reference / name).write_text(_csv(list(rows[0]), kept), "utf-8")

    def take(self, delivery: Delivery, **options: object) -> deliver.Report:
        """Import one delivery."""
        path = self.root / f"{delivery.source}.csv"
        path.write_text(delivery.content(), "utf-8")
        return deliver.take_in(
            self.root, self.reference, path, source_id=delivery.source, stand=delivery.stand,
            retrieved=delivery.retrieved, **options,
        )  # fmt: skip

    def build(self) -> build.Report:
        """Publish what was imported."""
        return build.build(self.root, self.reference, self.root / "static")

    def query(self, sql: str) -> list[tuple]:
        """Rows of the published database."""
        path = build.current(self.root)
        if path not in self.opened:
            self.opened[path] = duckdb.connect(str(path), read_only=True, config=places.READING)
        return self.opened[path].execute(sql).fetchall()

    def tables(self) -> dict[str, list[tuple]]:
        """All rows of all tables, whatever their order."""
        names = [name for (name,) in self.query("SELECT table_name FROM duckdb_tables() ORDER BY 1")]
        return {name: self.query(f"FROM {name} ORDER BY ALL") for name in names}

    def export(self, stand: date, wissen: date, level: str = "verwaltung") -> list[dict[str, object]]:
        """Rows of `export rollin`, or the one object of the Land."""
        words = [
            "export",
            "rollin",
            "--level",
            level,
            "--stand",
            str(stand),
            "--wissen",
            str(wissen),
            "--format",
            "json",
        ]
        out = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(io.StringIO()):
            patch.setenv("GRADMESSER_DATA", str(self.root))
            assert product.main(words) == 0
        return json.loads(out.getvalue())


@contextmanager
def instance(deliveries: Sequence[Delivery] = (), services: Sequence[str] = SERVICES) -> Iterator[Instance]:
    """An instance of its own, built from some deliveries."""
    with tempfile.TemporaryDirectory(prefix="gradmesser-test-") as folder:
        made = Instance(Path(folder)).set_up(services)
        for delivery in deliveries:
            made.take(delivery)
        if deliveries:
            made.build()
        yield made


def cells_in(made: Instance) -> dict[tuple[str, str], list[tuple]]:
    """Rectangles of every cell: times first."""
    found: dict[tuple[str, str], list[tuple]] = {}
    for ars, key, *rest in made.query(
        "SELECT ars, leika_key, gueltig_von, gueltig_bis, bekannt_von, bekannt_bis, zustand::TEXT, beleg::TEXT, zu_pruefen, "
        "geplant_am FROM rollin_zelle"
    ):
        found.setdefault((ars, key), []).append(tuple(rest))
    return found


def holding(rectangles: Iterable[tuple], stand: date, wissen: date) -> list[Verdict]:
    return [
        Verdict(*values)
        for since, until, learnt, forgotten, *values in rectangles
        if since <= stand < until and learnt <= wissen < forgotten
    ]


def moments(deliveries: Sequence[Delivery]) -> tuple[list[date], list[date]]:
    """Days at which something may change, and the days before: stands and knowledge."""
    day = timedelta(days=1)
    stands = {d.stand for d in deliveries} | {NEW_CATALOGUE}
    known = {d.known for d in deliveries} | {at(NEW_CATALOGUE).date()}
    return sorted(stands | {s - day for s in stands}), sorted(known | {k - day for k in known} | {TODAY})


def assert_as_oracle(made: Instance, oracle: Oracle) -> None:
    """Every cell at every (stand, wissen) at which something may have changed; exactly one rectangle or none."""
    found = cells_in(made)
    stands, known = moments(oracle.deliveries)
    for stand in stands:
        for wissen in known:
            wanted = oracle.cells(stand, wissen)
            for ars in UNITS:
                for key in oracle.portfolio(ars, stand, wissen):
                    got = holding(found.get((ars, key), ()), stand, wissen)
                    assert got == [wanted[ars, key]] if wanted else not got, (stand, wissen, ars, key)


def assert_sound(made: Instance) -> None:
    """Intervals of one cell, one report cell or one milestone never overlap; counts agree with the cells."""
    keys = {
        "rollin_zelle": "ars, leika_key",
        "rollin_meldung": "ars, leika_key",
        "meilenstein": "ars, register_id, meilenstein",
    }
    for table, key in keys.items():
        overlaps = made.query(
            f"SELECT count(*) FROM (SELECT *, row_number() OVER () AS nr FROM {table}) AS a "
            f"JOIN (SELECT *, row_number() OVER () AS nr FROM {table}) AS b USING ({key}) "
            "WHERE a.nr < b.nr AND a.gueltig_von < b.gueltig_bis AND b.gueltig_von < a.gueltig_bis "
            "AND a.bekannt_von < b.bekannt_bis AND b.bekannt_von < a.bekannt_bis"
        )
        assert overlaps == [(0,)], table
    assert made.query("SELECT * FROM rollin_einheit WHERE n < 0 OR n > nenner - u OR n <> n_eigen + n_geerbt") == []
    assert_counts_are_those_of_the_cells(made)


def assert_counts_are_those_of_the_cells(made: Instance) -> None:
    """rollin_einheit and rollin_leistung recounted, and Σ states = |S_k| at every Stichtag."""
    found = cells_in(made)
    portfolio: dict[tuple[str, str], set[str]] = {}
    for ars, key, version in made.query("SELECT ars, leika_key, katalog_version FROM zustaendigkeit"):
        portfolio.setdefault((ars, version), set()).add(key)
    people = dict(made.query("SELECT ars, einwohner FROM einheit"))
    by_unit, by_service = {}, {}
    for stand, version in made.query("SELECT stichtag, katalog_version FROM stichtag"):
        for (ars, of), keys in portfolio.items():
            if of != version:
                continue
            states = {key: holding(found[ars, key], stand, TODAY) for key in keys}
            assert all(len(state) == 1 for state in states.values())
            for key, (one,) in states.items():
                if one.zustand == "nicht_zustaendig":
                    continue
                live = one.zustand in LIVE
                unit = by_unit.setdefault((stand, version, ars), [0] * 5)
                numbers = (
                    live,
                    1,
                    one.zustand == "keine_meldung",
                    live and one.beleg == "eigen",
                    live and one.beleg != "eigen",
                )
                unit[:] = [a + int(b) for a, b in zip(unit, numbers, strict=True)]
                service = by_service.setdefault((stand, version, key), [0] * 5)
                numbers = (*numbers[:3], people[ars] * live, people[ars])
                service[:] = [a + int(b) for a, b in zip(service, numbers, strict=True)]
    counted = made.query("SELECT stichtag, katalog_version, ars, n, nenner, u, n_eigen, n_geerbt FROM rollin_einheit")
    assert {tuple(row[:3]): list(row[3:]) for row in counted} == by_unit
    counted = made.query(
        "SELECT stichtag, katalog_version, leika_key, n, nenner, u, einwohner_live, einwohner FROM rollin_leistung"
    )
    assert {tuple(row[:3]): list(row[3:]) for row in counted} == by_service


# Histories drawn -----------------------------------------------------------------------------------------------------

CELLS = [(ars, key) for ars, levels in UNITS.items() for key in SERVICES if level(key) in levels]
PROOFS = [(key, ars) for key in SERVICES for ars in AREAS]
SAID = st.builds(
    lambda zustand, planned, remark: Said(zustand, planned, remark or ("anderswo" if zustand == "nicht_zustaendig" else "")),
    st.sampled_from(["", "keine_meldung", "live", "live", "sichtbar", "ende_zu_ende", "onboarding", "nicht_zustaendig",
                     "gestoert", "zurueckgestellt"]),
    st.sampled_from([None, None, PLANNED, date(2027, 1, 1)]),
    st.sampled_from(["", "", "Bemerkung"]),
)  # fmt: skip


@dataclass(frozen=True)
class History:
    """Deliveries with the day on which a withheld one is released, and whether the catalogue changes."""

    deliveries: tuple[Delivery, ...]
    release_on: Mapping[int, date]
    new_catalogue: bool

    @property
    def first_catalogue(self) -> list[str]:
        """Services of the catalogue that holds from the start."""
        return [key for key in SERVICES if key != LATE or not self.new_catalogue]


@st.composite
def histories(draw: st.DrawFn) -> History:
    few = draw(st.lists(st.sampled_from(CELLS), min_size=1, max_size=3, unique=True))
    drawn: list[Delivery] = []
    contents: set[tuple[str, date, str]] = set()
    for nr in range(draw(st.integers(2, 6))):
        stand = draw(st.sampled_from(DAYS))
        retrieved = at(stand + timedelta(days=draw(st.sampled_from([0, 0, 1, 30, 75]))), nr)
        if draw(st.integers(0, 2)):
            cells = draw(st.lists(st.sampled_from(few + CELLS[:2]), min_size=1, max_size=4, unique=True))
            delivery = report(stand, {cell: draw(SAID) for cell in cells}, retrieved)
        else:
            proofs = draw(st.lists(st.sampled_from(PROOFS), min_size=4, max_size=8, unique=True))
            delivery = pvog(stand, {place: draw(st.booleans()) for place in proofs}, retrieved)
        same = (delivery.source, stand, delivery.content())
        if same not in contents:  # the same bytes again are not taken in again
            contents.add(same)
            drawn.append(delivery)
    release = {nr: date(2026, 6, 1 + nr) for nr in range(len(drawn)) if draw(st.booleans())}
    return History(tuple(drawn), release, draw(st.booleans()))


def _made(history: History, made: Instance, order: Sequence[int]) -> Oracle:
    """Take everything in, the catalogue first, release what is to be released, build."""
    if history.new_catalogue:
        made.take(Delivery(NEW_CATALOGUE, at(NEW_CATALOGUE)))
    names = {nr: made.take(history.deliveries[nr]).snapshot for nr in order}
    published, released = after_gate(history.deliveries, history.release_on)
    for nr in released:
        snapshots.release(made.root / "raw", names[nr], "geprüft", history.release_on[nr])
    made.build()
    event(f"withheld: {len(published) < len(history.deliveries)}, released: {bool(released)}")
    return Oracle(published, NEW_CATALOGUE if history.new_catalogue else None)


def _settings(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@_settings(15)
@given(history=histories(), pick=st.integers(0, 99))
def test_cells_counts_and_exports_are_those_of_the_oracle(history: History, pick: int) -> None:
    with instance(services=history.first_catalogue) as made:
        oracle = _made(history, made, range(len(history.deliveries)))
        assert_as_oracle(made, oracle)
        assert_sound(made)
        stands, known = moments(oracle.deliveries)
        stand, wissen = stands[pick % len(stands)], known[pick % len(known)]
        printed = [{name: row[name] for name in _PRINTED} for row in made.export(stand, wissen)]
        assert printed == oracle.rollin(stand, wissen)


_PRINTED = ("ars", "n", "N", "n_eigen", "n_geerbt", "u")


@_settings(4)
@given(history=histories(), data=st.data())
def test_the_order_of_arrival_does_not_matter(history: History, data: st.DataObject) -> None:
    order = range(len(history.deliveries))
    with (
        instance(services=history.first_catalogue) as one,
        instance(services=history.first_catalogue) as other,
    ):
        _made(history, one, order)
        _made(history, other, data.draw(st.permutations(order)))
        assert one.tables() == other.tables()


# Single cases --------------------------------------------------------------------------------------------------------

CELL = (VG, WOHNSITZ)
PROOF = {(WOHNSITZ, VG): True}
JANUARY, FEBRUARY, MARCH, APRIL = DAYS[0], DAYS[2], DAYS[3], DAYS[4]


def history_of(made: Instance, wissen: date = TODAY) -> list[tuple[date, str]]:
    """State of CELL over valid time as known on a day, each with its begin."""
    steps: list[tuple[date, str]] = []
    for since, _, learnt, forgotten, zustand, *_ in sorted(cells_in(made)[CELL]):
        if learnt <= wissen < forgotten and (not steps or steps[-1][1] != zustand):
            steps.append((since, zustand))
    return steps


RULE_4 = (
    ("live", VG, True, "sichtbar", "eigen", False),
    ("live", LAND, True, "sichtbar", "eigen", False),
    ("sichtbar", VG, False, "live", "eigen", True),
    ("live", MEMBERS[0], True, "live", "eigen", True),
    ("ende_zu_ende", VG, True, "ende_zu_ende", "eigen", False),
    ("ende_zu_ende", JENA, True, "ende_zu_ende", "eigen", True),
    ("onboarding", VG, True, "sichtbar", "eigen", True),
    ("onboarding", LAND, True, "sichtbar", "geerbt", True),
    ("onboarding", VG, False, "onboarding", "eigen", False),
    ("nicht_zustaendig", LAND, True, "nicht_zustaendig", "geerbt", False),
    ("nicht_zustaendig", VG, True, "nicht_zustaendig", "eigen", True),
    ("keine_meldung", VG, True, "sichtbar", "eigen", False),
    ("keine_meldung", VG, False, "gestoert", "eigen", True),
    ("gestoert", JENA, True, "gestoert", None, True),
)
"""What the VG says, area of the only evidence and whether it works → state, evidence, flag."""


def test_rule_4() -> None:
    keys = [row["leika_key"] for row in _shipped("katalog/leistungen.csv") if row["ebene"] == "gemeinde"][: len(RULE_4)]
    cases = dict(zip(keys, RULE_4, strict=True))
    proof = {(key, area): ok for key, (_, area, ok, *_) in cases.items()}
    said = {(VG, key): case[0] for key, case in cases.items()}
    with instance([pvog(JANUARY, proof), report(JANUARY, said)], services=keys) as made:
        found = cells_in(made)
        got = [(*case[:3], *holding(found[VG, key], JANUARY, TODAY)) for key, case in cases.items()]
        assert got == [(*case[:3], Verdict(*case[3:], None)) for case in RULE_4]
        (numbers,) = [row for row in made.export(JANUARY, TODAY) if row["ars"] == VG]
        live = [case for case in RULE_4 if case[3] in LIVE]
        own = sum(case[4] == "eigen" for case in live)
        assert [numbers[name] for name in _PRINTED] == [VG, len(live), len(RULE_4) - 2, own, len(live) - own, 0]


def test_a_statement_holds_until_the_next_one_on_its_cell() -> None:
    deliveries = [
        report(JANUARY, {CELL: "onboarding"}),
        report(FEBRUARY, {(VG, NEBENWOHNSITZ): "live", CELL: Said()}),
        report(MARCH, {CELL: "live"}),
        report(APRIL, {CELL: "keine_meldung"}),
    ]
    with instance(deliveries) as made:
        assert history_of(made) == [(JANUARY, "onboarding"), (MARCH, "live"), (APRIL, "keine_meldung")]


def test_a_planned_date_changes_no_state_and_its_passing_neither() -> None:
    deliveries = [
        report(JANUARY, {CELL: Said("onboarding", date(2026, 3, 1))}),
        report(FEBRUARY, {CELL: Said("", date(2026, 6, 1))}),
        report(MARCH, {CELL: Said("", None, "nur eine Bemerkung")}),
    ]
    with instance(deliveries) as made:
        assert history_of(made) == [(JANUARY, "onboarding")]
        planned = [holding(cells_in(made)[CELL], day, TODAY)[0].geplant_am for day in (JANUARY, FEBRUARY, MARCH, TODAY)]
        assert planned == [date(2026, 3, 1), date(2026, 6, 1), None, None]


def test_a_correction_changes_what_is_known_now_but_not_what_was_known_then() -> None:
    deliveries = [
        report(JANUARY, {CELL: "live"}),
        report(FEBRUARY, {CELL: "live"}),
        report(JANUARY, {CELL: "test"}, at(APRIL)),
    ]
    with instance(deliveries) as made:
        assert history_of(made, MARCH) == [(JANUARY, "live")]
        assert history_of(made) == [(JANUARY, "test"), (FEBRUARY, "live")]


def test_a_repeated_statement_that_was_known_earlier_counts_from_then() -> None:
    """The report of January comes in April and says what the one of February had said already."""
    with instance([report(FEBRUARY, {CELL: "live"}), report(JANUARY, {CELL: "live"}, at(APRIL))]) as made:
        assert history_of(made, MARCH) == [(FEBRUARY, "live")]
        assert history_of(made) == [(JANUARY, "live")]


def test_of_two_reports_of_one_day_the_last_retrieved_counts_cell_by_cell() -> None:
    other = (VG, NEBENWOHNSITZ)
    deliveries = [report(JANUARY, {CELL: "live", other: "live"}), report(JANUARY, {CELL: "test"}, at(JANUARY, 5))]
    with instance(deliveries) as made:
        assert history_of(made) == [(JANUARY, "test")]
        assert [one.zustand for one in holding(cells_in(made)[other], JANUARY, TODAY)] == ["live"]


def test_reports_before_any_evidence_are_shown_with_their_own_stand() -> None:
    with instance([report(JANUARY, {CELL: "live"}), pvog(MARCH, PROOF)]) as made:
        assert history_of(made) == [(JANUARY, "live"), (MARCH, "sichtbar")]
        assert holding(cells_in(made)[CELL], JANUARY - timedelta(days=1), TODAY) == []
        printed = {stand: made.export(stand, TODAY, "land")["stand"] for stand in (JANUARY, FEBRUARY, MARCH)}
        assert printed == {JANUARY: str(JANUARY), FEBRUARY: str(JANUARY), MARCH: str(MARCH)}


def test_many_reports_before_any_evidence_do_not_multiply_the_cells_they_say_nothing_of() -> None:
    deliveries = [report(JANUARY, {CELL: "live"}, at(JANUARY + timedelta(days=nr))) for nr in range(1)]
    deliveries += [
        report(FEBRUARY, {CELL: "test" if nr % 2 else "live"}, at(FEBRUARY + timedelta(nr))) for nr in range(4)
    ]
    with instance([*deliveries[:1], *{d.content(): d for d in deliveries[1:]}.values(), pvog(MARCH, PROOF)]) as made:
        assert len(cells_in(made)[JENA, WOHNSITZ]) <= 4


def test_members_show_their_verband() -> None:
    with instance([report(JANUARY, {CELL: "live", (VG, NEBENWOHNSITZ): "nicht_zustaendig"})]) as made:
        rows = {row["ars"]: row for row in made.export(JANUARY, TODAY, "gemeinde")}
        assert {(rows[ars]["n"], rows[ars]["N"], rows[ars]["zustaendig_ars"]) for ars in MEMBERS} == {(1, 2, VG)}


def test_the_same_file_twice_changes_nothing() -> None:
    twice = report(JANUARY, {CELL: "live"})
    with instance([pvog(JANUARY, PROOF), twice]) as made:
        before = made.tables()
        assert made.take(replace(twice, retrieved=at(MARCH))).status == "unveraendert"
        made.build()
        assert made.tables() == before


def test_example_and_real_deliveries_never_mix() -> None:
    with instance() as made:
        made.take(pvog(JANUARY, PROOF), herkunft="beispiel")
        made.take(report(JANUARY, {CELL: "test"}), herkunft="beispiel")
        made.build()
        assert history_of(made) == [(JANUARY, "sichtbar")]
        made.take(report(FEBRUARY, {CELL: "onboarding"}))
        assert made.build().ignored == 2
        assert history_of(made) == [(FEBRUARY, "onboarding")]
        assert made.query("SELECT DISTINCT herkunft::TEXT FROM snapshot") == [("meldung",)]
        assert made.query("SELECT herkunft::TEXT FROM stand_der_datenbank") == [("amtlich",)]


def test_a_unit_without_any_service_in_the_catalogue_is_refused_row_by_row() -> None:
    with instance() as made:
        made._keep("katalog/leistungen.csv", lambda row: row["leika_key"] == WOHNSITZ)  # noqa: SLF001
        taken = made.take(report(JANUARY, {CELL: "live", (EICHSFELD, ZULASSUNG): "live"}))
        assert taken.reasons == {"leistung_nicht_zustaendig": 1}


# Changes -------------------------------------------------------------------------------------------------------------


def changes_of(made: Instance) -> list[tuple[date, str, str, str]]:
    return made.query(
        "SELECT stichtag, art, zustand_alt::TEXT, zustand_neu::TEXT FROM aenderung "
        f"WHERE ars = '{CELL[0]}' AND leika_key = '{CELL[1]}' ORDER BY 1"
    )


def test_each_change_of_a_cell_is_one_event_of_its_kind() -> None:
    said = ["", "interesse", "onboarding", "test", "live", "ende_zu_ende", "live", "onboarding", "zurueckgestellt", "onboarding",
            "live", "gestoert", "live", "keine_meldung", "nicht_zustaendig"]  # fmt: skip
    kinds = ["erstmeldung", "fortschritt", "fortschritt", "neu_online", "fortschritt", "rueckschritt", "rueckschritt", "sonstige",
             "sonstige", "neu_online", "link_defekt", "neu_online", "weggefallen", "erstmeldung"]  # fmt: skip
    days = [JANUARY + timedelta(days=7 * nr) for nr in range(len(said))]
    deliveries = [report(day, {CELL: Said(s, None, "Grund")}) for day, s in zip(days, said, strict=True)]
    with instance(deliveries) as made:
        states = ["keine_meldung", *said[1:]]
        assert changes_of(made) == list(zip(days[1:], kinds, states[:-1], states[1:], strict=True))


def test_other_evidence_for_the_same_state_is_no_change() -> None:
    deliveries = [
        pvog(JANUARY, {(WOHNSITZ, LAND): True}),
        report(FEBRUARY, {CELL: Said("live", PLANNED)}),
        pvog(MARCH, {(WOHNSITZ, VG): True}),
    ]
    with instance(deliveries) as made:
        assert len([one for one in cells_in(made)[CELL] if one[3] == END]) == 3
        assert changes_of(made) == []


def test_evidence_that_comes_to_a_report_and_goes_again_is_a_step_forward_and_back() -> None:
    deliveries = [report(JANUARY, {CELL: "live"}), pvog(FEBRUARY, PROOF), pvog(MARCH, {(WOHNSITZ, JENA): True})]
    with instance(deliveries) as made:
        assert [change[1] for change in changes_of(made)] == ["fortschritt", "rueckschritt"]


def test_gained_and_lost_add_up_to_the_difference_between_two_stichtage() -> None:
    """Reports of three days of a month are one Stichtag, its end; a step back is a loss, another responsibility is not."""
    nothing = [cell for cell in CELLS if cell[0] in {VG, ARNSTADT}]
    deliveries = [
        report(JANUARY, dict.fromkeys(nothing, "test")),
        report(date(2026, 2, 3), {nothing[0]: "live", nothing[1]: "live"}),
        report(date(2026, 2, 10), {nothing[1]: "onboarding", nothing[2]: "live"}),
        report(date(2026, 2, 20), {nothing[3]: "live"}),
        report(date(2026, 3, 5), {nothing[0]: "nicht_zustaendig", nothing[3]: "zurueckgestellt"}),
    ]
    with instance(deliveries) as made, pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADMESSER_DATA", str(made.root))
        moved = store.fetch("bewegung", stand=MARCH, wissen=store.known_by(None), ars="")
        rows = [(row.stichtag.date(), row.neu_online, row.verloren) for row in moved.itertuples()]
        assert rows == [(JANUARY, 0, 0), (date(2026, 2, 28), 4, 1), (date(2026, 3, 5), 0, 1)]
        listed = store.fetch("aenderungen", stand=date(2026, 2, 28), wissen=store.known_by(None), ars="")
        assert sorted(listed["art"]) == ["neu_online"] * 4 + ["rueckschritt"]


def test_other_evidence_for_the_same_state_does_not_make_it_younger() -> None:
    deliveries = [
        pvog(JANUARY, {(WOHNSITZ, LAND): True}),
        report(FEBRUARY, {CELL: Said("live", PLANNED)}),
        pvog(MARCH, {(WOHNSITZ, VG): True}),
        pvog(APRIL, {(WOHNSITZ, VG): False}),
    ]
    with instance(deliveries) as made, pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADMESSER_DATA", str(made.root))
        since = {}
        for day in (MARCH, APRIL):
            cells = store.fetch("zellen", ars=VG, stand=day, wissen=TODAY).set_index("leika_key")
            since[day] = cells.loc[WOHNSITZ, "zustand"], cells.loc[WOHNSITZ, "seit"].date()
        assert since == {MARCH: ("sichtbar", JANUARY), APRIL: ("live", APRIL)}


# Milestones ----------------------------------------------------------------------------------------------------------


def test_milestones_hold_in_both_times_until_they_are_said_anew() -> None:
    key = (VG, "melderegister", "M1")
    reached, planned = date(2026, 1, 5), date(2026, 6, 1)
    deliveries = [
        Delivery(FEBRUARY, at(FEBRUARY), reached={key: (None, reached)}),
        Delivery(MARCH, at(MARCH), reached={(VG, "melderegister", "M2"): (planned, None), key: (None, None)}),
        Delivery(JANUARY, at(APRIL), reached={key: (planned, None)}),
        Delivery(APRIL, at(APRIL), reached={key: (planned, None)}),
    ]
    with instance(deliveries) as made:
        assert_sound(made)
        times = "gueltig_von, gueltig_bis, bekannt_von, bekannt_bis"
        rows = made.query(
            f"SELECT {times}, geplant_am, erreicht_am FROM meilenstein WHERE meilenstein = 1 ORDER BY ALL"
        )
        assert rows == [
            (JANUARY, FEBRUARY, APRIL, END, planned, None),
            (FEBRUARY, APRIL, APRIL, END, None, reached),
            (FEBRUARY, END, FEBRUARY, APRIL, None, reached),
            (APRIL, END, APRIL, END, planned, None),
        ]


# Example data --------------------------------------------------------------------------------------------------------

PLAN = example.Plan(months=10, units=60, services=24, until=date(2026, 6, 30))


def test_example_reports_are_the_same_bytes_for_the_same_plan(tmp_path: Path) -> None:
    units, services = story.units(SHIPPED, PLAN.units), story.services(SHIPPED, PLAN.services)
    quarter = example_reports.Quarter(month=20, months=24, stand=date(2026, 3, 31))
    first, second = (
        [path.read_bytes() for path in example_reports.write(tmp_path, units, services, quarter)] for _ in range(2)
    )
    assert len(first) == 2
    assert first == second


def test_example_reports_tell_the_whole_story(tmp_path: Path) -> None:
    """A few Verwaltungen over ten months: nothing that the pages show is missing."""
    example.write(tmp_path, SHIPPED, PLAN, lambda *_: None)
    build.build(tmp_path, SHIPPED, tmp_path / "static")
    made = Instance(tmp_path)
    origins = "SELECT DISTINCT herkunft::TEXT FROM snapshot WHERE source_id IN ('open_pvog', 'meldung')"
    assert made.query(origins) == [("beispiel",)]
    now = f"gueltig_bis = DATE '{END}' AND bekannt_bis = DATE '{END}'"
    (newest,) = made.query("SELECT max(stand) FROM meldung_abgabe")[0]
    counts = {
        "contradictions": f"SELECT count(*) FROM rollin_zelle WHERE zu_pruefen AND gemeldet IS NOT NULL AND {now}",
        "overdue plans": f"SELECT count(*) FROM rollin_zelle WHERE geplant_am < DATE '{newest}' AND zustand NOT IN "
        f"('live', 'sichtbar', 'ende_zu_ende') AND {now}",
        "milestones": f"SELECT count(*) FROM meilenstein WHERE erreicht_am IS NOT NULL AND {now}",
        "never reported": "SELECT count(*) FROM (SELECT ars FROM zustaendigkeit EXCEPT SELECT ars FROM meldung_abgabe)",
        "reports no longer": f"SELECT count(*) FROM (SELECT ars FROM meldung_abgabe GROUP BY ars HAVING max(stand) < DATE '{newest}')",
    }
    assert [name for name, sql in counts.items() if made.query(sql)[0][0] == 0] == []
    told = {zustand for (zustand,) in made.query("SELECT DISTINCT zustand::TEXT FROM rollin_meldung")}
    assert {"live", "test", "onboarding", "beschlossen", "interesse", "nicht_begonnen"} <= told <= set(STATES)
    assert_counts_are_those_of_the_cells(made)
