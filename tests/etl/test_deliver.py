"""Taking a file in: what the report says, what is kept, what the gate does, and what is refused without a trace."""

import json
from datetime import date
from pathlib import Path

import pytest

from etl import deliver, snapshots
from etl.errors import Refused
from tests import support
from tests.support import (
    DATA,
    FEBRUARY,
    JANUARY,
    LAND,
    MARCH,
    NEBENWOHNSITZ,
    SHIPPED,
    UNKNOWN_KEY,
    Instance,
    noon,
    pvog,
    refusal,
    table,
)


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """Empty, with the shipped reference."""
    return Instance(root=tmp_path / "daten", reference=SHIPPED)


def many(count: int) -> list[support.Row]:
    return [pvog(UNKNOWN_KEY, LAND, url=f"https://dienst.example/{nr}") for nr in range(count)]


# The report -----------------------------------------------------------------------------------------------------------


def test_the_report_says_what_became_of_the_rows(instance: Instance) -> None:
    content = (DATA / "pvog" / "alle_ablehnungen.csv").read_bytes()
    report = json.loads(instance.take(content).to_json())
    sha = snapshots.sha256_of(DATA / "pvog" / "alle_ablehnungen.csv")
    assert report == {
        "source": "open_pvog",
        "snapshot": f"open_pvog-2026-01-31-{sha[:12]}",
        "stand": "2026-01-31",
        "rows": 12,
        "accepted": 4,
        "rejected": 8,
        "warnings": 3,
        "reasons": {
            "ars_unbekannt": 1,
            "ars_ungueltig": 1,
            "datum_ungueltig": 1,
            "doppelt": 1,
            "leika_key_ungueltig": 2,
            "spalten": 1,
            "url_ungueltig": 1,
        },
        "status": "veroeffentlicht",
    }


def test_the_same_bytes_again_change_nothing(instance: Instance) -> None:
    first = instance.rows([pvog()])
    kept = instance.kept()
    again = instance.rows([pvog()], retrieved=noon(MARCH), name="andere.csv")
    assert (again.status, again.snapshot, again.accepted) == ("unveraendert", first.snapshot, 1)
    assert instance.kept() == kept


def test_the_same_bytes_for_another_stand_are_another_delivery(instance: Instance) -> None:
    instance.rows([pvog()], JANUARY)
    assert instance.rows([pvog()], FEBRUARY).status == "veroeffentlicht"


def test_other_bytes_for_the_same_stand_are_a_correction(instance: Instance) -> None:
    instance.rows([pvog()], JANUARY)
    assert instance.rows([pvog(online_status="nicht ok")], JANUARY, retrieved=noon(MARCH)).status == "veroeffentlicht"
    assert len(snapshots.all_of(instance.root / "raw")) == 2


# The stand ------------------------------------------------------------------------------------------------------------


def test_the_file_knows_its_stand_better_than_the_caller(instance: Instance) -> None:
    rows = [pvog(datenstand_pvog_import="2026-02-28"), pvog(NEBENWOHNSITZ, datenstand_pvog_import="2026-01-31")]
    assert instance.rows(rows, MARCH).stand == FEBRUARY


def test_a_file_without_a_date_takes_the_stand_of_the_caller(instance: Instance) -> None:
    assert instance.rows([pvog()], MARCH).stand == MARCH


def test_a_file_without_a_date_and_without_a_stand_is_refused(instance: Instance) -> None:
    assert "--stand JJJJ-MM-TT" in refusal(instance, table([pvog()]))


# The gate -------------------------------------------------------------------------------------------------------------


def test_the_first_delivery_passes_the_gate(instance: Instance) -> None:
    assert instance.rows(many(1)).status == "veroeffentlicht"


@pytest.mark.parametrize(
    ("rows", "status"), [(40, "veroeffentlicht"), (60, "veroeffentlicht"), (39, "zurueckgehalten")]
)
def test_a_delivery_is_compared_with_the_one_before(instance: Instance, rows: int, status: str) -> None:
    instance.rows(many(50), JANUARY)
    report = instance.rows(many(rows), FEBRUARY)
    assert report.status == status
    assert (report.note is None) == (status == "veroeffentlicht")


def test_a_late_delivery_is_compared_with_the_one_before_its_stand(instance: Instance) -> None:
    instance.rows(many(100), JANUARY)
    instance.rows(many(118), MARCH)
    assert instance.rows(many(81), FEBRUARY).status == "veroeffentlicht"


def test_only_accepted_rows_count_for_the_gate(instance: Instance) -> None:
    instance.rows(many(50), JANUARY)
    damaged = [pvog("123", LAND, url=f"https://dienst.example/{nr}") for nr in range(500)]
    assert instance.rows([*many(50), *damaged], FEBRUARY).status == "veroeffentlicht"


def test_real_deliveries_are_not_compared_with_examples(instance: Instance) -> None:
    instance.rows([pvog(url=f"{deliver.EXAMPLE_HOST}{nr}") for nr in range(50)], JANUARY)
    assert instance.rows(many(2), FEBRUARY).status == "veroeffentlicht"


def test_what_is_held_back_can_be_released(instance: Instance) -> None:
    instance.rows(many(50), JANUARY)
    name = instance.rows(many(5), FEBRUARY).snapshot
    assert deliver.release(instance.root, name, "geprüft", MARCH).release.reason == "geprüft"


def test_what_is_not_held_back_cannot_be_released(instance: Instance) -> None:
    name = instance.rows(many(5), JANUARY).snapshot
    with pytest.raises(Refused, match="nicht zurückgehalten"):
        deliver.release(instance.root, name, "geprüft", MARCH)


def test_what_was_released_is_not_released_again(instance: Instance) -> None:
    instance.rows(many(50), JANUARY)
    name = instance.rows(many(5), FEBRUARY).snapshot
    deliver.release(instance.root, name, "geprüft", MARCH)
    with pytest.raises(Refused, match="nicht zurückgehalten"):
        deliver.release(instance.root, name, "noch einmal", date(2026, 9, 1))
    assert snapshots.all_of(instance.root / "raw")[-1].release.reason == "geprüft"


# Origin ---------------------------------------------------------------------------------------------------------------


def test_an_example_file_is_example_data_whoever_imports_it(instance: Instance) -> None:
    instance.rows([pvog(url=deliver.EXAMPLE_HOST + "antrag"), pvog(NEBENWOHNSITZ, url="")])
    assert [one.herkunft for one in snapshots.all_of(instance.root / "raw")] == ["beispiel"]


def test_real_rows_are_official(instance: Instance) -> None:
    instance.rows([pvog()])
    assert [one.herkunft for one in snapshots.all_of(instance.root / "raw")] == ["amtlich"]


def test_a_file_that_mixes_example_and_real_rows_is_refused(instance: Instance) -> None:
    mixed = table([pvog(), pvog(NEBENWOHNSITZ, url=deliver.EXAMPLE_HOST + "antrag")])
    assert "mischt" in refusal(instance, mixed, stand=JANUARY)


# Refusals -------------------------------------------------------------------------------------------------------------

REFUSED: dict[str, str | bytes] = {
    "empty": b"",
    "only a header": table([]),
    "no usable row": table([pvog("9,91E+13"), pvog(ars="110000000000")]),
    "HTML": (DATA / "pvog" / "fehlerseite.html").read_bytes(),
    "JSON": (DATA / "pvog" / "antwort.json").read_bytes(),
    "binary": bytes(range(256)) * 20,
    "UTF-16 that is none": b"\xff\xfe" + b"\x00\xd8" * 40,
    "another table": "name;wert\na;1\n",
    "doubled column": table([pvog()], header=["leika_key", "ars", "url", "online_status", "ars"]),
    "a field of 3 MB": table([pvog(leika_name="x" * 3_000_000)]),
    "a row of 3 MB": table([pvog(leika_name="x" * 900_000, ars_name="y" * 900_000, bundesland="z" * 900_000)]),
    "a quote that never ends": table([pvog()]) + '99115005104002;"' + "x;y\n" * 700_000,
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_used_is_refused_without_a_trace(instance: Instance, kind: str) -> None:
    instance.rows([pvog()])
    assert refusal(instance, REFUSED[kind], stand=FEBRUARY).startswith("lieferung.csv: ")


def test_no_usable_row_says_why(instance: Instance) -> None:
    reason = refusal(instance, REFUSED["no usable row"], stand=JANUARY)
    assert "Keine der 2 Zeilen ist verwendbar (ars_unbekannt: 1, leika_key_ungueltig: 1)" in reason


def test_an_unknown_source_is_refused(instance: Instance) -> None:
    assert "„gibt_es_nicht“" in refusal(instance, table([pvog()]), source_id="gibt_es_nicht")


def test_a_missing_file_is_refused(instance: Instance) -> None:
    with pytest.raises(Refused, match="nicht gefunden"):
        instance.take_file(instance.root / "nichts.csv")


# Catalogue and measures -----------------------------------------------------------------------------------------------


def catalogue_text() -> str:
    return (SHIPPED / "katalog" / "leistungen.csv").read_text("utf-8")


def test_a_catalogue_needs_the_day_from_which_it_holds(instance: Instance) -> None:
    assert "--stand" in refusal(instance, catalogue_text(), source_id="leistungskatalog")
    report = instance.take(catalogue_text(), source_id="leistungskatalog", stand=JANUARY)
    assert (report.rows, report.accepted, report.rejected, report.status) == (222, 222, 0, "veroeffentlicht")


def test_a_catalogue_is_whole_or_refused(instance: Instance) -> None:
    broken = catalogue_text().replace("99115005104002", "9911500510400").replace(",hoch\n", ",sicher\n", 1)
    reason = refusal(instance, broken, source_id="leistungskatalog", stand=JANUARY)
    assert "Zeile 3: leika_key „9911500510400“ hat nicht 14 Ziffern" in reason
    assert "Zeile 2: sicherheit „sicher“ ist nicht vorgesehen" in reason


def test_a_catalogue_with_an_unknown_register_is_refused(instance: Instance) -> None:
    unknown = catalogue_text().replace("melderegister", "phantasieregister", 1)
    assert "phantasieregister" in refusal(instance, unknown, source_id="leistungskatalog", stand=JANUARY)


def test_a_measure_is_kept_with_its_own_stand(instance: Instance) -> None:
    text = "year;Country;variable;brkdown;unit;Value\n2021;DE;e_gov_0_score;EGOV_LIFE_EVENTS;pc;63.4\n"
    report = instance.take(text, source_id="egov_benchmark")
    assert (report.stand, report.accepted, report.rejected) == (date(2021, 12, 31), 1, 0)
