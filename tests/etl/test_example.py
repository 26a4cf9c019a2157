"""Example data: the same plan gives the same bytes, in the official form, with a story that the gate lets through."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from etl import deliver, example, snapshots
from etl.snapshots import Snapshot
from tests import support
from tests.support import SHIPPED, Instance

UNTIL = date(2026, 6, 30)
TWO_MONTHS = example.Plan(months=2, units=60, services=8, until=UNTIL)


def silent(_done: int, _total: int, _text: str) -> None:
    """No progress."""


def made(root: Path, plan: example.Plan, reference: Path = SHIPPED) -> list[Snapshot]:
    example.write(root, reference, plan, silent)
    return snapshots.all_of(root / "raw")


def rows_of(snapshot: Snapshot) -> list[dict[str, str]]:
    with snapshot.path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = (made(tmp_path / name, TWO_MONTHS) for name in ("eins", "zwei"))
    assert [snapshot.snapshot_id for snapshot in one] == [snapshot.snapshot_id for snapshot in two]
    assert [snapshot.path.read_bytes() for snapshot in one] == [snapshot.path.read_bytes() for snapshot in two]
    assert [snapshot.known_from for snapshot in one] == [snapshot.known_from for snapshot in two]


def test_writing_the_same_plan_again_changes_nothing(tmp_path: Path) -> None:
    before = made(tmp_path, TWO_MONTHS)
    assert made(tmp_path, TWO_MONTHS) == before


def test_everything_says_that_it_is_an_example(tmp_path: Path) -> None:
    found = made(tmp_path, TWO_MONTHS)
    assert {snapshot.herkunft for snapshot in found} == {"beispiel"}
    urls = [row["url"] for snapshot in found if snapshot.source_id == "open_pvog" for row in rows_of(snapshot)]
    assert urls
    assert all(url.startswith((deliver.EXAMPLE_HOST, "www.beispiel.invalid/")) for url in urls)


def test_files_have_the_official_form(tmp_path: Path) -> None:
    (newest,) = [one for one in made(tmp_path, TWO_MONTHS) if (one.source_id, one.stand) == ("open_pvog", UNTIL)]
    assert tuple(rows_of(newest)[0]) == support.HEADER
    assert {row["datenstand_pvog_import"] for row in rows_of(newest)} == {"2026-06-30"}
    assert (newest.layout["plain"], newest.known_from) == (True, date(2026, 7, 1))


def test_the_months_end_with_the_wanted_one(tmp_path: Path) -> None:
    plan = example.Plan(months=3, units=30, services=5, until=date(2024, 3, 31))
    stands = [one.stand for one in made(tmp_path, plan) if one.source_id == "open_pvog"]
    assert stands == [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)]


@pytest.mark.parametrize("months", [1, 3, 6])
def test_a_short_history_passes_the_gate(tmp_path: Path, months: int) -> None:
    instance = Instance(root=tmp_path, reference=support.small_reference(tmp_path / "reference", keys()))
    made(tmp_path, example.Plan(months=months, units=100, services=24, until=UNTIL), instance.reference)
    assert instance.build().withheld == ()
    assert instance.query("SELECT count(*) FROM stichtag WHERE massgeblich") == [(months,)]


def keys(per_level: int = 12) -> list[str]:
    rows = support.read_csv(SHIPPED / "katalog" / "leistungen.csv")
    found = [[row["leika_key"] for row in rows if row["ebene"] == level] for level in ("gemeinde", "kreis")]
    return [key for level in found for key in level[:per_level]]


def test_the_story_of_the_session_is_told(instance: Instance) -> None:
    """Growth, own and inherited services, broken links, shares of a VG, a new catalogue, rows that are rejected."""
    live = dict(instance.query("SELECT stichtag, sum(n) FROM rollin_einheit JOIN stichtag USING (stichtag, katalog_version) WHERE massgeblich GROUP BY 1 ORDER BY 1"))  # fmt: skip
    assert list(live.values()) == sorted(live.values())
    newest = "stichtag = (SELECT max(stichtag) FROM stichtag)"
    (sums,) = instance.query(f"SELECT sum(n_eigen), sum(n_geerbt), sum(gestoert), sum(teilweise), sum(u) FROM rollin_einheit WHERE {newest}")  # fmt: skip
    assert all(count > 0 for count in sums)
    assert {kind for (kind,) in instance.query("SELECT DISTINCT art FROM aenderung")} >= {
        "neu_online",
        "weggefallen",
        "link_defekt",
    }
    assert len(instance.query("SELECT katalog_version FROM katalog_version")) == 2
    reasons = Counter(reason for (reason,) in instance.query("SELECT grund FROM abgelehnt"))
    assert reasons.keys() >= {"leika_key_ungueltig", "ars_ungueltig", "ars_unbekannt", "url_ungueltig", "spalten"}


def test_a_new_plan_replaces_the_old_examples(tmp_path: Path) -> None:
    instance = Instance(root=tmp_path, reference=SHIPPED)
    other = ("--months", "1", "--units", "60", "--services", "8", "--until", "2026-05-31")
    assert instance.etl("example", *other).code == 0
    assert (
        instance.etl("example", "--months", "2", "--units", "60", "--services", "8", "--until", "2026-06-30").code == 0
    )
    alone = made(tmp_path / "allein", TWO_MONTHS)
    assert [one.snapshot_id for one in snapshots.all_of(tmp_path / "raw")] == [one.snapshot_id for one in alone]


def test_real_deliveries_survive_a_new_example(tmp_path: Path) -> None:
    instance = Instance(root=tmp_path, reference=SHIPPED)
    kept = instance.rows([support.pvog()], UNTIL).snapshot
    made(tmp_path, TWO_MONTHS)
    assert kept in [one.snapshot_id for one in snapshots.all_of(tmp_path / "raw") if one.herkunft == "amtlich"]


# More than Thüringen --------------------------------------------------------------------------------------------------


def test_more_gemeinden_than_thueringen_need_an_own_reference(tmp_path: Path) -> None:
    example.write_territory(SHIPPED, tmp_path / "reference", 700)
    instance = Instance(root=tmp_path, reference=tmp_path / "reference")
    made(tmp_path, example.Plan(months=1, services=6, until=UNTIL), instance.reference)
    instance.build()
    today = "gueltig_bis = DATE '9999-12-31'"
    assert instance.query(f"SELECT count(*) FROM einheit WHERE ebene = 'gemeinde' AND {today}") == [(700,)]
    assert instance.query(f"SELECT count(*) FROM einheit WHERE ars = zustaendig_ars AND {today}") == [(206 + 99 + 3,)]
    assert instance.query("SELECT count(*) FROM rollin_einheit WHERE n > 0 AND left(ars, 2) <> '16'") != [(0,)]


def test_more_services_than_the_catalogue_are_invented(tmp_path: Path) -> None:
    found = made(tmp_path, example.Plan(months=1, units=10, services=230, until=UNTIL))
    catalogue = next(one for one in found if one.source_id == "leistungskatalog")
    with catalogue.path.open(encoding="utf-8", newline="") as stream:
        known = {row["leika_key"] for row in csv.DictReader(stream)}
    assert len(known) == 230
    assert all(len(key) == 14 for key in known)
