"""Generic measures: what is read from a delivery, what is rejected, and which of several deliveries counts."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from etl import observations
from etl.errors import Refused
from etl.sources import egov_benchmark, opendata_publisher
from tests import support
from tests.support import Instance

RETRIEVED = datetime(2026, 2, 1, tzinfo=UTC)
BENCHMARK = """year;Country;variable;brkdown;unit;Value
2021;DE;e_gov_0_score;EGOV_LIFE_EVENTS;pc;63.4
2022;DE;E_GOV_0_SCORE;EGOV_LIFE_EVENTS;pc;.
2022;DK;e_gov_0_score;EGOV_LIFE_EVENTS;pc;83.5
2022;DK;e_gov_0_score;EGOV_LIFE_EVENTS;pc;84
2022;DK;;EGOV_LIFE_EVENTS;pc;1
2022;DK;e_gov_99_phantasie;EGOV_LIFE_EVENTS;pc;1
2022;DK;e_gov_0_score;MOVING;pc;101
2022;DK;e_gov_0_score;MOVING;pc;viel
2022;DK;e_gov_0_score
"""
PUBLISHERS = """ebene;schluessel;name;gelistet_2023-01-20;gelistet_2023-04-20;gelistet_2023-10-16;gelistet_2024-08-20
gemeinde;16053000;Jena;0;0;1;1
kreis;16061;Eichsfeld;0;0;0;1
verband;160705002;Geratal/Plaue;0;0;0;0
gemeinde;1605300;Kaputt;0;0;0;0
land;16;Thüringen;1;1;1;1
gemeinde;16071038;Kiliansroda;1;1;ja;1
gemeinde;16071038;Kiliansroda
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "benchmark.csv").write_text(BENCHMARK, "utf-8")
    (tmp_path / "publisher.csv").write_text(PUBLISHERS, "utf-8")
    return tmp_path


def test_the_benchmark_is_read_by_country_indicator_and_year(folder: Path) -> None:
    result = egov_benchmark.read(folder / "benchmark.csv")
    assert (result.rows, result.stand) == (9, date(2022, 12, 31))
    assert [(one.area, one.merkmal, one.period.year, one.value, one.status) for one in result.observations] == [
        ("DE", "e_gov_0_score", 2021, 63.4, "gemeldet"),
        ("DE", "e_gov_0_score", 2022, None, "nicht_verfuegbar"),
        ("DK", "e_gov_0_score", 2022, 83.5, "gemeldet"),
    ]
    assert [(one.line, one.reason) for one in result.rejected] == [
        *((5, "doppelt"), (6, "indikator_leer"), (7, "indikator_unbekannt")),
        *((8, "wert_ungueltig"), (9, "wert_ungueltig"), (10, "spalten")),
    ]
    assert result.rejected[0].content == "2022;DK;e_gov_0_score;EGOV_LIFE_EVENTS;pc;84"


@pytest.mark.parametrize(
    ("year", "value"), [("0", "5"), ("20222", "5"), ("2022,5", "5"), ("2022", "nan"), ("2022", "-1"), ("2022", "inf")]
)
def test_an_impossible_year_or_value_is_rejected(tmp_path: Path, year: str, value: str) -> None:
    path = tmp_path / "benchmark.csv"
    path.write_text(BENCHMARK + f"{year};SE;e_gov_0_score;EGOV_LIFE_EVENTS;pc;{value}\n", "utf-8")
    assert (egov_benchmark.read(path).rejected[-1].line, egov_benchmark.read(path).rejected[-1].reason) == (
        11,
        "wert_ungueltig",
    )


def test_publishers_are_read_by_area_and_date(folder: Path) -> None:
    result = opendata_publisher.read(folder / "publisher.csv")
    assert (result.rows, result.stand) == (7, date(2024, 8, 20))
    listed = {(one.area, one.period): one.value for one in result.observations}
    assert {area for area, _ in listed} == {"16053000", "160610000000", "160705002000"}
    assert [listed["16053000", period] for period in sorted({period for _, period in listed})] == [0, 0, 1, 1]
    assert [(one.line, one.reason) for one in result.rejected] == [
        *((5, "ars_ungueltig"), (6, "ars_ungueltig"), (7, "wert_ungueltig"), (8, "spalten"))
    ]


@pytest.mark.parametrize("source", observations.SOURCES)
def test_a_delivery_without_a_usable_row_is_refused(folder: Path, source: str) -> None:
    name = {"egov_benchmark": "benchmark.csv", "opendata_publisher": "publisher.csv"}[source]
    (folder / name).write_text((folder / name).read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    with pytest.raises(Refused, match="keine verwendbare Zeile"):
        observations.read(source, folder / name)


@pytest.mark.parametrize("source", observations.SOURCES)
def test_another_file_is_refused(tmp_path: Path, source: str) -> None:
    (tmp_path / "anders.csv").write_text(support.table([support.pvog()]), "utf-8")
    with pytest.raises(Refused, match="Kopfzeile"):
        observations.read(source, tmp_path / "anders.csv")


# Reference and database -----------------------------------------------------------------------------------------------


@pytest.fixture
def instance(folder: Path) -> Instance:
    """With both measures derived into its reference."""
    reference = support.small_reference(folder / "reference")
    observations.write_reference("egov_benchmark", folder / "benchmark.csv", reference, RETRIEVED)
    observations.write_reference("opendata_publisher", folder / "publisher.csv", reference, RETRIEVED)
    return Instance(root=folder / "daten", reference=reference)


def test_the_derived_table_names_its_source_and_what_was_left_out(instance: Instance, folder: Path) -> None:
    meta = yaml.safe_load((instance.reference / "beobachtungen" / "egov_benchmark.QUELLE.yaml").read_text("utf-8"))
    assert (meta["stand"], meta["abgerufen"], meta["datei"]) == ("2022-12-31", "2026-02-01", "benchmark.csv")
    assert (meta["zeilen"], meta["abgelehnt"], sum(meta["gruende"].values())) == (9, 6, 6)
    assert meta["sha256"] == support.snapshots.sha256_of(folder / "benchmark.csv")
    rows = support.read_csv(instance.reference / "beobachtungen" / "egov_benchmark.csv")
    assert [row["value"] for row in rows] == ["63.4", "", "83.5"]


def test_shipped_values_are_in_the_database_with_their_bookkeeping(instance: Instance) -> None:
    instance.build()
    found = instance.query("SELECT gebiet, period, value, status::TEXT FROM observation WHERE measure_id = 'egov_benchmark' ORDER BY 1, 2")  # fmt: skip
    assert found == [
        ("DE", date(2021, 12, 31), 63.4, "gemeldet"),
        ("DE", date(2022, 12, 31), None, "nicht_verfuegbar"),
        ("DK", date(2022, 12, 31), 83.5, "gemeldet"),
    ]
    books = instance.query("SELECT zeilen, angenommen, abgelehnt, herkunft::TEXT FROM snapshot ORDER BY source_id")
    assert books == [(9, 3, 6, "amtlich"), (7, 3, 4, "amtlich")]


def test_areas_get_the_key_of_today(instance: Instance) -> None:
    instance.build()
    areas = {area for (area,) in instance.query("SELECT gebiet FROM observation WHERE gebiet_art = 'einheit'")}
    assert areas == {"160530000000", "160610000000", "160705002000"}


def test_a_later_delivery_replaces_only_its_own_values(instance: Instance) -> None:
    changed = BENCHMARK.replace("63.4", "64").replace("2022;DK;e_gov_0_score;EGOV_LIFE_EVENTS;pc;83.5\n", "")
    instance.take(changed, source_id="egov_benchmark")
    instance.build()
    values = dict(
        instance.query(
            "SELECT (gebiet, year(period))::TEXT, value FROM observation WHERE measure_id = 'egov_benchmark'"
        )
    )
    assert values == {"(DE, 2021)": 64, "(DE, 2022)": None, "(DK, 2022)": 84}
    assert instance.query("SELECT count(*) FROM abgelehnt WHERE grund = 'indikator_leer'") == [(1,)]


def test_importing_the_file_that_the_shipped_table_was_made_of_does_no_harm(instance: Instance) -> None:
    instance.take(BENCHMARK, name="benchmark.csv", source_id="egov_benchmark")
    instance.build()
    assert len(instance.query("SELECT * FROM observation WHERE measure_id = 'egov_benchmark'")) == 3


def test_the_same_file_again_changes_nothing(instance: Instance) -> None:
    instance.take(PUBLISHERS.replace("Jena;0", "Jena;1"), source_id="opendata_publisher")
    again = instance.take(PUBLISHERS.replace("Jena;0", "Jena;1"), source_id="opendata_publisher")
    assert again.status == "unveraendert"
