"""`python -m gradmesser export …`: the shapes of the contract, the formats, and how it ends."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

import gradmesser.__main__ as product
from tests import support
from tests.support import DATA, FEBRUARY, JANUARY, JENA, LAND, Instance, pvog

STAND = date(2026, 6, 15)
BEFORE = date(2020, 1, 1)
COUNTS = {"n": int, "N": int, "u": int, "n_eigen": int, "n_geerbt": int}
ROLLIN = {"ars": str, "name": str, "gruppe": str, "stand": str, **COUNTS}
SHAPES = {
    ("rollin", "verwaltung"): ROLLIN,
    ("rollin", "gemeinde"): {**ROLLIN, "zustaendig_ars": str},
    ("rollin", "kreis"): ROLLIN,
    ("rollin", "land"): ROLLIN,
    ("landeswert", "land"): {
        "stand": str,
        "sicht": str,
        "landeswert": str,
        "name": str,
        "untergrenze_share": float,
        "obergrenze_share": float,
        "einheiten": int,
        "n": int,
        "N": int,
        "u": int,
    },
    ("flaechendeckung", "leistung"): {
        "leika_key": str,
        "leistung": str,
        "ebene": str,
        "n": int,
        "N": int,
        "u": int,
        "einwohner_live": int,
        "einwohner": int,
    },
}
SIZES = {
    ("prognose", "verwaltung"): 206,
    ("rollin", "verwaltung"): 206,
    ("rollin", "gemeinde"): 601,
    ("rollin", "kreis"): 22,
    ("flaechendeckung", "leistung"): 222,
}


def rows_of(ran: support.Ran) -> list[dict[str, object]]:
    found = ran.json()
    return found if isinstance(found, list) else [found]


@pytest.mark.parametrize(("measure", "level"), SHAPES)
def test_every_row_has_the_keys_and_types_of_the_contract(instance: Instance, measure: str, level: str) -> None:
    ran = instance.export(measure, STAND, "--level", level)
    assert ran.code == 0
    for row in rows_of(ran):
        assert {key: type(value) for key, value in row.items()} == SHAPES[measure, level]
        assert list(row) == list(SHAPES[measure, level])


@pytest.mark.parametrize(("measure", "level"), SIZES)
def test_rows_are_sorted_by_their_key_and_complete(instance: Instance, measure: str, level: str) -> None:
    rows = rows_of(instance.export(measure, STAND, "--level", level))
    keys = [row["leika_key" if measure == "flaechendeckung" else "ars"] for row in rows]
    assert keys == sorted(set(keys))
    assert len(keys) == SIZES[measure, level]


def test_the_land_is_one_object_pooled_from_all_units(instance: Instance) -> None:
    land = instance.export("rollin", STAND, "--level", "land").json()
    units = instance.export("rollin", STAND).json()
    kreise = instance.export("rollin", STAND, "--level", "kreis").json()
    assert (land["ars"], land["stand"]) == (LAND, "2026-05-31")
    for rows in (units, kreise):
        assert {name: sum(row[name] for row in rows) for name in COUNTS} == {name: land[name] for name in COUNTS}


def test_the_landeswert_has_four_named_ways_the_first_is_the_pooled_one(instance: Instance) -> None:
    land = instance.export("rollin", STAND, "--level", "land").json()
    values = instance.export("landeswert", STAND).json()
    assert [row["landeswert"] for row in values] == ["summe", "mittel", "einwohner", "median"]
    assert len({row["name"] for row in values}) == 4
    assert values[0]["untergrenze_share"] == pytest.approx(100 * land["n"] / land["N"])
    assert values[0]["obergrenze_share"] == pytest.approx(100 * (land["n"] + land["u"]) / land["N"])
    assert all(row["untergrenze_share"] <= row["obergrenze_share"] <= 100 for row in values)


def test_what_people_can_use_is_another_view_of_the_same_measures(instance: Instance) -> None:
    units = instance.export("rollin", STAND, "--sicht", "nutzbar").json()
    values = instance.export("landeswert", STAND, "--sicht", "nutzbar").json()
    assert len(units) == 189
    assert {name: values[0][name] for name in ("n", "N", "u")} == {
        name: sum(row[name] for row in units) for name in ("n", "N", "u")
    }
    assert {row["sicht"] for row in values} == {"nutzbar"}


def test_both_measures_count_the_same_cells(instance: Instance) -> None:
    land = instance.export("rollin", STAND, "--level", "land").json()
    services = instance.export("flaechendeckung", STAND).json()
    assert {name: sum(row[name] for row in services) for name in ("n", "N", "u")} == {
        name: land[name] for name in ("n", "N", "u")
    }


def test_a_shorter_call_means_administrations_and_services(instance: Instance) -> None:
    assert instance.export("rollin", STAND).out == instance.export("rollin", STAND, "--level", "verwaltung").out
    assert (
        instance.export("flaechendeckung", STAND).out
        == instance.export("flaechendeckung", STAND, "--level", "leistung").out
    )


@pytest.mark.parametrize(("measure", "level"), SHAPES)
@pytest.mark.parametrize(
    "when", [("--stand", BEFORE.isoformat()), ("--stand", STAND.isoformat(), "--wissen", BEFORE.isoformat())]
)
def test_before_the_first_stand_there_is_an_empty_list_and_a_message(
    instance: Instance, measure: str, level: str, when: tuple[str, ...]
) -> None:
    with instance.chosen():
        ran = support.run(product.main, ["export", measure, "--level", level, "--format", "json", *when])
    assert (ran.code, ran.json()) == (0, [])
    assert "liegt noch kein Stand vor" in ran.err


def test_numbers_of_examples_say_so_and_leave_the_output_clean(instance: Instance) -> None:
    ran = instance.export("rollin", STAND, "--level", "land")
    assert "BEISPIELDATEN" in ran.err
    assert "BEISPIEL" not in ran.out


def test_real_numbers_come_without_a_message(tmp_path: Path) -> None:
    real = Instance(root=tmp_path / "daten", reference=support.small_reference(tmp_path / "reference"))
    real.rows([pvog()])
    real.build()
    ran = real.export("rollin", FEBRUARY)
    assert (ran.code, ran.err) == (0, "")
    (jena,) = [row for row in ran.json() if row["ars"] == JENA]
    assert jena == {
        "ars": JENA, "name": "Jena", "gruppe": "kreisfreie_stadt", "stand": "2026-01-31", "n": 1, "N": 4, "u": 3,
        "n_eigen": 1, "n_geerbt": 0,
    }  # fmt: skip


# Formats --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def binary(instance: Instance, capsysbinary: pytest.CaptureFixture[bytes]) -> Callable[..., bytes]:
    """Standard output of a call as bytes."""

    def call(*arguments: str) -> bytes:
        with instance.chosen():
            assert product.main(["export", *arguments]) == 0
        return capsysbinary.readouterr().out

    return call


@pytest.mark.parametrize(("measure", "level"), SHAPES)
def test_csv_is_for_german_spreadsheets(
    instance: Instance, binary: Callable[..., bytes], measure: str, level: str
) -> None:
    content = binary(measure, "--level", level, "--stand", STAND.isoformat(), "--format", "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    expected = rows_of(instance.export(measure, STAND, "--level", level))
    assert [{key: row[key] for key in SHAPES[measure, level]} for row in rows] == [
        {key: str(value).replace(".", ",") if isinstance(value, float) else str(value) for key, value in row.items()}
        for row in expected
    ]


@pytest.mark.parametrize(("measure", "level"), SHAPES)
def test_parquet_keeps_keys_as_text_and_counts_as_numbers(
    instance: Instance, binary: Callable[..., bytes], measure: str, level: str
) -> None:
    frame = pd.read_parquet(
        io.BytesIO(binary(measure, "--level", level, "--stand", STAND.isoformat(), "--format", "parquet"))
    )
    rows = json.loads(json.dumps(frame[list(SHAPES[measure, level])].to_dict("records"), default=str))
    assert rows == rows_of(instance.export(measure, STAND, "--level", level))


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_empty_result_is_a_readable_file(binary: Callable[..., bytes], form: str) -> None:
    content = binary("rollin", "--stand", BEFORE.isoformat(), "--format", form)
    frame = pd.read_parquet(io.BytesIO(content)) if form == "parquet" else pd.read_csv(io.BytesIO(content), sep=";")
    assert (len(frame), list(frame)[:4]) == (0, ["ars", "name", "gruppe", "stand"])


# How it ends ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("export",),
        ("export", "gibt_es_nicht"),
        ("export", "rollin", "--level", "leistung"),
        ("export", "flaechendeckung", "--level", "land"),
        ("export", "rollin", "--stand", "30.06.2026"),
        ("export", "rollin", "--format", "xlsx"),
        ("export", "landeswert", "--level", "verwaltung"),
        ("export", "register", "--sicht", "nutzbar"),
        ("export", "rollin", "--sicht", "alles"),
        ("blatt", JENA),
        ("blatt", JENA, "x.pdf", "--stand", "gestern"),
    ],
)
def test_a_wrong_call_ends_with_2(instance: Instance, arguments: tuple[str, ...]) -> None:
    with instance.chosen():
        ran = support.run(product.main, arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "usage:" in ran.err


@pytest.mark.usefixtures("empty_instance")
def test_without_a_database_it_ends_with_1_and_says_what_to_do() -> None:
    ran = support.run(product.main, ["export", "rollin", "--format", "json"])
    assert (ran.code, ran.out, "python -m etl" in ran.err) == (1, "", True)


@pytest.mark.parametrize("measure", ["rollin", "flaechendeckung"])
def test_a_database_without_deliveries_is_before_the_first_stand(tmp_path: Path, measure: str) -> None:
    empty = Instance(root=tmp_path / "daten", reference=support.small_reference(tmp_path / "reference"))
    empty.build()
    ran = empty.export(measure, JANUARY)
    assert (ran.code, ran.json()) == (0, [])


def test_names_and_addresses_of_deliveries_never_become_formulas(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    reference = support.small_reference(tmp_path / "reference")
    catalogue = reference / "katalog" / "leistungen.csv"
    catalogue.write_text(catalogue.read_text("utf-8").replace("Wohnsitz anmelden", "=1+1"), "utf-8")
    real = Instance(root=tmp_path / "daten", reference=reference)
    real.take((DATA / "pvog" / "export_bom_crlf.csv").read_bytes())
    real.build()
    with real.chosen():
        product.main(["export", "flaechendeckung", "--stand", "2026-01-31"])
    assert "'=1+1" in capsysbinary.readouterr().out.decode("utf-8-sig")


# ---------- forecast ----------

OUTLOOK = [
    "ars", "name", "stand", "n", "N", "u", "ziel", "frist", "quelle", "tempo", "soll_tempo", "status", "frueh", "erwartet",
    "spaet", "grund",
]  # fmt: skip


def test_forecast_of_the_land_has_target_speed_verdict_and_either_dates_or_a_reason(instance: Instance) -> None:
    found = instance.export("prognose", STAND, "--level", "land").json()
    assert list(found) == OUTLOOK
    (rollin,) = rows_of(instance.export("rollin", STAND, "--level", "land"))
    assert {key: found[key] for key in ("n", "N", "u", "stand")} == {
        key: rollin[key] for key in ("n", "N", "u", "stand")
    }
    assert found["ziel"] == -(-found["N"] * 80 // 100)
    assert (found["frist"], found["quelle"]) == ("2028-12-31", "Vorschlag des Gradmessers, zu bestätigen")
    assert (found["grund"] is None) == (found["erwartet"] is not None)
    assert "Katalogfassung" in found["grund"], "a new version began within the last six months"


def test_forecasts_of_units_are_those_of_their_own_series(instance: Instance) -> None:
    rows = rows_of(instance.export("prognose", STAND, "--level", "verwaltung"))
    rollin = {row["ars"]: (row["n"], row["N"], row["u"]) for row in rows_of(instance.export("rollin", STAND))}
    assert {row["ars"]: (row["n"], row["N"], row["u"]) for row in rows} == rollin
    assert {row["status"] for row in rows} <= {"erreicht", "im_plan", "knapp", "zu_langsam", "unbekannt"}


def test_forecast_before_the_first_stand_is_empty(instance: Instance) -> None:
    ran = instance.export("prognose", BEFORE)
    assert (ran.code, ran.json()) == (0, [])


def test_forecast_without_a_target_is_refused_with_its_reason(instance: Instance) -> None:
    own = instance.root / "betreiber.yaml"
    own.write_text("ziele: {rollin_rate: }\n", "utf-8")
    try:
        ran = instance.export("prognose", STAND)
    finally:
        own.unlink()
    assert ran.code == 1
    assert "kein Ziel" in ran.err
