"""The published numbers equal those of an oracle that knows only the contract, for both times and any history."""

import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests import support
from tests.support import (
    BUND,
    COVERS,
    DISSOLVED_INTO_ERFUELLENDE,
    DISSOLVED_INTO_SCHMOELLN,
    EICHSFELD,
    ERFUELLENDE,
    ERFUELLENDE_GEMEINDE,
    ERFUELLENDE_MEMBER,
    FEBRUARY,
    GOTHA,
    GOTHA_VERBAND,
    ILM_KREIS,
    JANUARY,
    JENA,
    LAND,
    MARCH,
    NEBENWOHNSITZ,
    SCHMOELLN,
    SERVICES,
    UNKNOWN_KEY,
    VG,
    VG_MEMBERS,
    WOHNBERECHTIGUNG,
    ZULASSUNG,
    Delivered,
    Instance,
    Oracle,
    Row,
    Verdict,
    by_unit,
    catalogue_of,
    counts,
    noon,
    pvog,
    shipped_services,
)

EXCEPTIONS = ((WOHNBERECHTIGUNG, GOTHA, "ja"), (ZULASSUNG, ILM_KREIS, "nein"), (NEBENWOHNSITZ, JENA, "nein"))
AREAS = (
    *((JENA,), (EICHSFELD,), (ILM_KREIS,), (LAND,), (BUND,), (GOTHA,), (GOTHA_VERBAND,), (VG,), (ERFUELLENDE,)),
    *((ERFUELLENDE_GEMEINDE,), (ERFUELLENDE_MEMBER,), (DISSOLVED_INTO_ERFUELLENDE,), (DISSOLVED_INTO_SCHMOELLN,)),
    *(VG_MEMBERS, VG_MEMBERS, VG_MEMBERS[:2], VG_MEMBERS[2:], ("160990000000",), ("160705002999",)),
)
STANDS = (JANUARY, FEBRUARY, MARCH)
DAYS = tuple(JANUARY + timedelta(days=15 * nr) for nr in range(-1, 8))
TODAY = date(9999, 12, 30)
EXPENSIVE = {
    "deadline": None,
    "derandomize": False,
    "phases": (Phase.explicit, Phase.generate),
    "suppress_health_check": list(HealthCheck),
}
"""An example is a second of importing and building: the same few every time, and no shrinking of those that fail."""


@dataclass(frozen=True)
class Offer:
    """Rows of one service at one or several areas in some of the deliveries."""

    rows: tuple[Row, ...]
    present: frozenset[int]


@dataclass(frozen=True)
class History:
    """Deliveries in the order in which they arrive, and on which day each would be released if it were withheld."""

    deliveries: tuple[Delivered, ...]
    release_on: tuple[date | None, ...]
    catalogues: dict[date, tuple[str, ...]]
    questions: tuple[tuple[date, date], ...]


def cells_of(key: str, ars: str) -> Row:
    """A working row with only the cells that the contract looks at, to keep a failing example readable."""
    row = pvog(key, ars)
    return {name: row[name] for name in ("leika_key", "ars", "url", "online_status", "aktiv", "art_flaechendeckung")}


@st.composite
def offers(draw: st.DrawFn, deliveries: int) -> Offer:
    key = draw(st.sampled_from([*SERVICES, *SERVICES, UNKNOWN_KEY, "9,9115E+13"]))
    cells = {
        "online_status": draw(st.sampled_from(["ok", "ok", "ok", "nicht ok", "nicht ok", "", "unklar"])),
        "aktiv": draw(st.sampled_from(["ja", "ja", "ja", "", "nein", "vielleicht"])),
        "art_flaechendeckung": draw(st.sampled_from(["", "", COVERS[3], COVERS[3], *COVERS, "weltweit"])),
    }
    path = draw(st.sampled_from(["a", "a", "b"]))
    url = f"https://dienst.example/{path}"
    rows = [{**cells_of(key, area), "url": url, **cells} for area in draw(st.sampled_from(AREAS))]
    if draw(st.integers(0, 9)) == 0:
        rows[0]["url"] = draw(st.sampled_from(["", "dienst.example", "HTTPS://dienst.example/"]))
    present = draw(st.frozensets(st.integers(0, deliveries - 1), min_size=1))
    return Offer(rows=tuple(rows), present=present)


catalogues = st.just({}) | st.dictionaries(
    st.sampled_from([JANUARY, FEBRUARY, date(2026, 3, 15)]),
    st.lists(st.sampled_from(SERVICES), min_size=1, unique=True).map(tuple),
    max_size=2,
)


@st.composite
def histories(draw: st.DrawFn) -> History:
    count = draw(st.integers(1, 5))
    rows = draw(st.lists(offers(count), min_size=1, max_size=14))
    padding = draw(st.sampled_from([0, 0, 200]))
    deliveries = []
    for nr in range(count):
        mark = {**cells_of(UNKNOWN_KEY, LAND), "url": f"https://dienst.example/lieferung/{nr}"}
        found = (row for offer in rows if nr in offer.present for row in offer.rows)
        stand, day = draw(st.sampled_from(STANDS)), draw(st.sampled_from(DAYS))
        deliveries.append(Delivered(stand=stand, retrieved=noon(day, nr), rows=(mark, *found), padding=padding))
    days = st.none() | st.sampled_from(DAYS)
    questions = st.tuples(st.sampled_from([one + timedelta(days=d) for one in STANDS for d in (-1, 0, 1)]),
                          st.sampled_from([one + timedelta(days=d) for one in DAYS for d in (-1, 0, 1)]))  # fmt: skip
    return History(
        deliveries=tuple(deliveries),
        release_on=tuple(draw(days) for _ in deliveries),
        catalogues=draw(catalogues),
        questions=((MARCH, TODAY), *draw(st.lists(questions, min_size=3, max_size=3))),
    )


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return support.small_reference(tmp_path_factory.mktemp("reference"), exceptions=EXCEPTIONS)


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle(versions=((date(2019, 1, 1), shipped_services()),), exceptions=EXCEPTIONS)


def published(history: History, reference: Path, root: Path, oracle: Oracle) -> tuple[Instance, Oracle]:
    """The history through import, release and build; and through the oracle."""
    instance = Instance(root=root, reference=reference)
    for since, keys in history.catalogues.items():
        instance.take(catalogue_of(keys), source_id="leistungskatalog", stand=since, retrieved=noon(since))
    versions = (
        *oracle.versions,
        *((since, shipped_services(history.catalogues[since])) for since in sorted(history.catalogues)),
    )
    names = [
        instance.rows(one.content, one.stand, retrieved=one.retrieved, name=f"{one.retrieved:%j-%M}.csv").snapshot
        for one in history.deliveries
    ]
    judged = replace(oracle, versions=versions).after_gate(history.deliveries, history.release_on)
    for one in judged.deliveries:
        if one.released:
            number = [given.order for given in history.deliveries].index(one.order)
            support.release(instance, names[number], one.released)
    instance.build()
    return instance, judged


@settings(max_examples=25, **EXPENSIVE)
@given(history=histories())
def test_every_number_of_any_history_equals_the_oracle(history: History, reference: Path, oracle: Oracle) -> None:
    with tempfile.TemporaryDirectory() as folder:
        instance, judged = published(history, reference, Path(folder), oracle)
        cells = instance.cells()
        for stand, wissen in history.questions:
            options = ("--wissen", wissen.isoformat())
            rollin = instance.export("rollin", stand, "--level", "verwaltung", *options).json()
            coverage = instance.export("flaechendeckung", stand, "--level", "leistung", *options).json()
            assert support.without_names(rollin) == judged.rollin(stand, wissen)
            assert support.without_names(coverage) == judged.coverage(stand, wissen)
            stored = {(one.ars, one.leika_key): one for one in cells if one.holds(stand, wissen)}
            expected = judged.verdicts(stand, wissen)
            assert bool(stored) == bool(expected)
            assert {place: support.as_verdict(stored[place]) for place in expected} == expected
        assert_marts_equal(instance, judged)


def assert_marts_equal(instance: Instance, judged: Oracle) -> None:
    """What is counted in advance for every Stichtag, and the changes, as they are known at the end."""
    with instance.opened() as connection:
        days = connection.execute("FROM stichtag ORDER BY stichtag, massgeblich").fetchall()
        units = connection.execute("FROM rollin_einheit").fetchall()
        services = connection.execute("FROM rollin_leistung ORDER BY leika_key").fetchall()
        changes = connection.execute("SELECT stichtag, ars, leika_key, art FROM aenderung").fetchall()
    assert [(day, official) for day, _, official in days] == [(day, official) for day, _, official in judged.days()]
    for (day, version, _), (_, listed, _) in zip(days, judged.days(), strict=True):
        found = by_unit(judged.verdicts(day, TODAY, listed))
        assert {ars: numbers for at, of, ars, *numbers in units if (at, of) == (day, version)} == {
            ars: [*counts(cells).values(), *remarks(cells)] for ars, cells in found.items()
        }
        lines = judged.coverage(day, TODAY, listed)
        assert [[key, *numbers] for at, of, key, *numbers in services if (at, of) == (day, version)] == [
            [line[name] for name in ("leika_key", "n", "N", "u", "einwohner_live", "einwohner")] for line in lines
        ]
    assert set(changes) == judged.changes()


def remarks(cells: list[Verdict]) -> tuple[int, int]:
    """Cells with a broken link, and those with only some of their members."""
    broken = sum(one.zustand == "gestoert" for one in cells)
    return broken, sum(not one.eigen and one.members_with > 0 for one in cells)


# Rules 1 to 4, one case a service -------------------------------------------------------------------------------------

OK, BROKEN, OFF = {}, {"online_status": "nicht ok"}, {"aktiv": "nein"}
NOTHING, PARTLY = ("keine_meldung", False, False, 0), ("keine_meldung", False, False, 2)
OWN, INHERITED = ("sichtbar", True, False, 0), ("sichtbar", False, True, 0)
OWN_BROKEN, INHERITED_BROKEN = ("gestoert", True, False, 0), ("gestoert", False, True, 0)
ONE, TWO, THREE = VG_MEMBERS
CASES = {
    "no row is no report": (GOTHA, [], NOTHING),
    "a row at the own key is own evidence": (GOTHA, [(GOTHA, OK)], OWN),
    "the Verband key of a verbandsfreie Gemeinde is the Gemeinde": (GOTHA, [(GOTHA_VERBAND, OK)], OWN),
    "a broken link is disturbed, not live": (GOTHA, [(GOTHA, BROKEN)], OWN_BROKEN),
    "no status is not ok": (GOTHA, [(GOTHA, {"online_status": ""})], OWN_BROKEN),
    "an unknown status is not ok": (GOTHA, [(GOTHA, {"online_status": "geprüft"})], OWN_BROKEN),
    "one working address of several is enough": (GOTHA, [(GOTHA, BROKEN), (GOTHA, {"url": "https://zweite.example"})], OWN),
    "a switched off row is no evidence": (GOTHA, [(GOTHA, OFF)], NOTHING),
    "an unknown aktiv is inactive": (GOTHA, [(GOTHA, {"aktiv": "ruhend"})], NOTHING),
    "an empty aktiv is active": (GOTHA, [(GOTHA, {"aktiv": ""})], OWN),
    "a row without address is no evidence": (GOTHA, [(GOTHA, {"url": ""})], NOTHING),
    "a row that is not considered is no evidence": (GOTHA, [(GOTHA, {"art_flaechendeckung": COVERS[-1]})], NOTHING),
    "an unknown coverage is not considered": (GOTHA, [(GOTHA, {"art_flaechendeckung": "überall"})], NOTHING),
    "an empty coverage is considered": (GOTHA, [(GOTHA, {"art_flaechendeckung": ""})], OWN),
    "evidence at the Kreis is inherited": (VG, [(ILM_KREIS, OK)], INHERITED),
    "evidence at the Land is inherited": (VG, [(LAND, OK)], INHERITED),
    "evidence at the Bund is inherited": (VG, [(BUND, OK)], INHERITED),
    "broken inherited evidence is disturbed": (VG, [(LAND, BROKEN)], INHERITED_BROKEN),
    "evidence at another Kreis is none": (VG, [(EICHSFELD, OK)], NOTHING),
    "a working Kreis service covers a broken own one": (VG, [(VG, BROKEN), (ILM_KREIS, OK)], ("sichtbar", True, True, 0)),
    "a VG serves at its own key": (VG, [(VG, OK)], OWN),
    "a VG serves through all of its members": (VG, [(area, OK) for area in VG_MEMBERS], ("sichtbar", True, False, 3)),
    "some members are only a share": (VG, [(ONE, OK), (TWO, OK)], PARTLY),
    "one broken member breaks the VG": (VG, [(ONE, OK), (TWO, BROKEN), (THREE, OK)], ("gestoert", True, False, 3)),
    "a switched off member is missing": (VG, [(ONE, OK), (TWO, OFF), (THREE, OK)], PARTLY),
    "two addresses of a member: one works": (
        VG, [(ONE, OK), (TWO, BROKEN), (TWO, {"url": "https://zweite.example"}), (THREE, OK)], ("sichtbar", True, False, 3),
    ),
    "members and Verband together": (VG, [(VG, BROKEN), *((one, OK) for one in VG_MEMBERS)], ("sichtbar", True, False, 3)),
    "some members and a broken Land service": (VG, [(ONE, OK), (TWO, OK), (LAND, BROKEN)], ("gestoert", False, True, 2)),
    "an erfüllende Gemeinde serves at the Verband's key": (ERFUELLENDE, [(ERFUELLENDE, OK)], OWN),
    "an erfüllende Gemeinde serves at its own key": (ERFUELLENDE, [(ERFUELLENDE_GEMEINDE, OK)], OWN),
    "a member of an erfüllende Gemeinde does not serve for it": (ERFUELLENDE, [(ERFUELLENDE_MEMBER, OK)], NOTHING),
    "a Gemeinde dissolved into the erfüllende one serves": (ERFUELLENDE, [(DISSOLVED_INTO_ERFUELLENDE, OK)], OWN),
    "a dissolved Gemeinde's key counts for its successor": (SCHMOELLN, [(DISSOLVED_INTO_SCHMOELLN, OK)], OWN),
    "a kreisfreie Stadt's Kreis key is its own": (JENA, [(JENA, OK)], OWN),
    "a kreisfreie Stadt inherits from Land and Bund": (JENA, [(BUND, OK)], INHERITED),
}  # fmt: skip
KREIS_CASES = {
    "a Landkreis serves at its own key": (ILM_KREIS, [(ILM_KREIS, OK)], OWN),
    "evidence at Gemeinden never counts for the Kreis": (ILM_KREIS, [(one, OK) for one in (*VG_MEMBERS, VG)], NOTHING),
    "a Landkreis inherits from the Land": (ILM_KREIS, [(LAND, OK)], INHERITED),
    "a kreisfreie Stadt also does Kreis services": (JENA, [(JENA, OK)], OWN),
}


def keys_of(level: str) -> list[str]:
    rows = support.read_csv(support.SHIPPED / "katalog" / "leistungen.csv")
    taken = {key for key, _, _ in EXCEPTIONS}
    return [row["leika_key"] for row in rows if row["ebene"] == level and row["leika_key"] not in taken]


PLACED = dict(zip(CASES, keys_of("gemeinde"), strict=False)) | dict(zip(KREIS_CASES, keys_of("kreis"), strict=False))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """One delivery with every case on a service of its own."""
    folder = tmp_path_factory.mktemp("regeln")
    instance = Instance(root=folder, reference=support.small_reference(folder / "reference", list(PLACED.values())))
    instance.rows(
        pvog(PLACED[title], area, **{"url": f"https://dienst.example/{area}", **cells})
        for title, (_, rows, _) in (CASES | KREIS_CASES).items()
        for area, cells in rows
    )
    instance.build()
    return instance


@pytest.mark.parametrize("title", CASES | KREIS_CASES)
def test_rows_make_the_state_that_the_contract_says(judged: Instance, title: str) -> None:
    unit, _, expected = (CASES | KREIS_CASES)[title]
    (cell,) = [one for one in judged.cells() if (one.ars, one.leika_key) == (unit, PLACED[title])]
    assert (cell.zustand, cell.eigen, cell.geerbt, cell.mitglieder_belegt) == expected


def test_rows_that_count_for_nothing_are_kept_with_their_reason(judged: Instance) -> None:
    found = judged.query("SELECT DISTINCT grund FROM onlinedienst WHERE NOT zaehlt ORDER BY 1")
    assert found == [("keine Adresse",), ("nicht aktiv",), ("nicht in Auswertung berücksichtigt",)]


def test_an_unknown_key_is_kept_and_counts_for_nothing(tmp_path: Path, reference: Path) -> None:
    instance = Instance(root=tmp_path, reference=reference)
    report = instance.rows([pvog(UNKNOWN_KEY, LAND), pvog()])
    instance.build()
    assert (report.accepted, report.rejected) == (2, 0)
    assert instance.query("SELECT grund, ars FROM onlinedienst WHERE NOT zaehlt") == [("unbekannter Schlüssel", LAND)]
    assert sum(cell.zustand == "sichtbar" for cell in instance.cells()) == 1


# Rule 5 ---------------------------------------------------------------------------------------------------------------


def test_responsibility_follows_the_level_and_the_exceptions(tmp_path: Path, reference: Path) -> None:
    instance = Instance(root=tmp_path, reference=reference)
    instance.rows([pvog()])
    instance.build()
    of = {row["ars"]: row["N"] for row in instance.export("rollin", JANUARY).json()}
    assert (of[VG], of[GOTHA], of[EICHSFELD], of[ILM_KREIS]) == (2, 3, 2, 1)
    assert (of["160510000000"], of[JENA]) == (4, 3)
    assert len(of) == 189 + 17


def test_responsibility_is_single_and_of_known_units_and_services(instance: Instance) -> None:
    """The table has no keys; what it is made of has."""
    (rows, single, unknown) = instance.query(
        "SELECT count(*), count(DISTINCT (z.ars, z.leika_key, z.katalog_version)), count(*) FILTER (e.ars IS NULL OR l.leika_key IS NULL) "
        "FROM zustaendigkeit AS z LEFT JOIN einheit AS e USING (ars) LEFT JOIN leistung AS l USING (leika_key, katalog_version)"
    )[0]
    assert rows == single > 0
    assert unknown == 0


# Invariants of measurement.md §6 --------------------------------------------------------------------------------------


def test_n_is_never_more_than_the_known_ones(instance: Instance) -> None:
    for (stand,) in instance.query("SELECT DISTINCT stichtag FROM stichtag"):
        for row in instance.export("rollin", stand).json():
            assert 0 <= row["n"] <= row["N"] - row["u"]
            assert row["n"] == row["n_eigen"] + row["n_geerbt"]


def test_full_coverage_of_units_is_full_coverage_of_people(instance: Instance) -> None:
    rows = instance.export("flaechendeckung", date(2026, 6, 30)).json()
    full = [row for row in rows if row["n"] == row["N"]]
    assert full
    assert all(row["einwohner_live"] == row["einwohner"] for row in full)
    assert all(row["einwohner_live"] < row["einwohner"] for row in rows if row not in full)


def test_every_service_of_a_unit_has_exactly_one_state_on_every_day(instance: Instance) -> None:
    cells: dict[tuple[str, str], list[support.Cell]] = {}
    for cell in instance.cells():
        cells.setdefault((cell.ars, cell.leika_key), []).append(cell)
    assert cells.keys() == set(instance.query("SELECT DISTINCT ars, leika_key FROM zustaendigkeit"))
    assert all(support.is_gapless(of_one, TODAY) for of_one in cells.values())


def test_the_states_of_a_unit_add_up_to_its_services(instance: Instance) -> None:
    stand = date(2026, 6, 30)
    portfolio = dict(instance.query("SELECT ars, count(*) FROM zustaendigkeit WHERE katalog_version = 'beispiel-2026-04-30' GROUP BY 1"))  # fmt: skip
    passed_on = Counter(
        cell.ars for cell in instance.cells() if cell.zustand == "nicht_zustaendig" and cell.holds(stand, TODAY)
    )
    exported = {row["ars"]: row["N"] for row in instance.export("rollin", stand).json()}
    assert passed_on, "the example has reports of services that a unit is not responsible for"
    assert exported == {ars: count - passed_on[ars] for ars, count in portfolio.items()}


def test_a_member_shows_exactly_the_value_of_its_unit(instance: Instance) -> None:
    stand, numbers = date(2026, 6, 30), ("stand", "n", "N", "u", "n_eigen", "n_geerbt")
    units = {row["ars"]: [row[name] for name in numbers] for row in instance.export("rollin", stand).json()}
    gemeinden = instance.export("rollin", stand, "--level", "gemeinde").json()
    assert len(gemeinden) == 601
    assert all([row[name] for name in numbers] == units[row["zustaendig_ars"]] for row in gemeinden)


def one_delivery(rows: list[Row], reference: Path) -> dict[str, list[tuple]]:
    """Tables after a single delivery."""
    with tempfile.TemporaryDirectory() as folder:
        instance = Instance(root=Path(folder), reference=reference)
        instance.rows([pvog(UNKNOWN_KEY, LAND), *rows])
        instance.build()
        return instance.tables()


some_rows = st.lists(offers(1), min_size=1, max_size=14).map(lambda found: [row for one in found for row in one.rows])
few = settings(max_examples=2, **EXPENSIVE)
COUNTED = ("rollin_zelle", "rollin_einheit", "rollin_leistung", "aenderung", "stichtag")


@few
@given(rows=some_rows)
def test_renaming_addresses_changes_no_number(rows: list[Row], reference: Path) -> None:
    renamed = [{**row, "url": row["url"].replace("dienst.example", "neu.example/x?y=1")} for row in rows]
    before, after = one_delivery(rows, reference), one_delivery(renamed, reference)
    assert all(before[name] == after[name] for name in COUNTED)


@few
@given(rows=some_rows)
def test_deleting_everything_inherited_leaves_own_evidence(rows: list[Row], reference: Path) -> None:
    above = {LAND, BUND, EICHSFELD, ILM_KREIS}
    below = [row for row in rows if row["ars"] not in above]
    before, after = (
        {(row[0], row[1]): row[4] for row in one_delivery(given_rows, reference)["rollin_zelle"] if row[0] not in above}
        for given_rows in (rows, below)
    )
    assert before == after


@few
@given(history=histories(), data=st.data())
def test_the_order_of_arrival_and_the_folder_change_nothing(
    history: History, data: st.DataObject, reference: Path, oracle: Oracle
) -> None:
    order = data.draw(st.permutations(range(len(history.deliveries))))
    again = History(
        deliveries=tuple(history.deliveries[nr] for nr in order),
        release_on=tuple(history.release_on[nr] for nr in order),
        catalogues=dict(reversed(history.catalogues.items())),
        questions=(),
    )
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory(prefix="anderswo-") as other:
        first, _ = published(history, reference, Path(one), oracle)
        second, _ = published(again, reference, Path(other) / "tief" / "unten", oracle)
        assert first.tables() == second.tables()


@few
@given(rows=some_rows)
def test_importing_the_same_file_again_changes_nothing(rows: list[Row], reference: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        instance = Instance(root=Path(folder), reference=reference)
        instance.rows([pvog(UNKNOWN_KEY, LAND), *rows])
        instance.build()
        kept, tables = instance.kept(), instance.tables()
        again = instance.rows([pvog(UNKNOWN_KEY, LAND), *rows], retrieved=noon(MARCH), name="anders.csv")
        instance.build()
        assert again.status == "unveraendert"
        assert (instance.kept(), instance.tables()) == (kept, tables)
