"""The catalogue of services: read whole or refused, derived into data/reference, and who is responsible for what."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from etl import catalogue
from etl.errors import Refused
from etl.sources import leistungskatalog
from tests import support
from tests.support import SHIPPED, Row, read_csv, table

FILES = {
    "rollin_portfolio.csv": "leistungen.csv",
    "register.csv": "register.csv",
    "zustaendigkeit_ausnahmen.csv": "ausnahmen.csv",
    "belege.csv": "belege.csv",
}


def services() -> list[Row]:
    return read_csv(SHIPPED / "katalog" / "leistungen.csv")


def written(folder: Path, rows: list[Row], **options: object) -> Path:
    path = folder / "katalog.csv"
    path.write_text(table(rows, list(services()[0]), ",", **options), "utf-8")
    return path


def fault(folder: Path, rows: list[Row]) -> str:
    path = written(folder, rows)
    with pytest.raises(Refused) as refused:
        leistungskatalog.read(path, leistungskatalog.probe(path))
    return str(refused.value)


# Reading --------------------------------------------------------------------------------------------------------------


def test_the_shipped_catalogue_is_read_with_our_names() -> None:
    path = SHIPPED / "katalog" / "leistungen.csv"
    found = leistungskatalog.read(path, leistungskatalog.probe(path))
    assert found["ebene"].value_counts().to_dict() == {"gemeinde": 121, "kreis": 101}
    assert set(found["themenfeld"]) == set(leistungskatalog.FIELDS)
    assert set(found.columns) == set(leistungskatalog.COLUMNS.values())


def test_empty_cells_are_missing_and_a_missing_long_name_is_the_name(tmp_path: Path) -> None:
    path = written(tmp_path, [{**services()[0], "leika_bezeichnung": "", "ozg_id": " "}])
    (row,) = leistungskatalog.read(path, leistungskatalog.probe(path)).to_dict("records")
    assert (row["bezeichnung"], row["ozg_id"]) == (row["name"], None)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"leika_key": "9,91E+13"}, "leika_key „9,91E+13“ hat nicht 14 Ziffern"),
        ({"leika_key": ""}, "leika_key „“ hat nicht 14 Ziffern"),
        ({"ebene": "land"}, "ebene „land“ ist nicht vorgesehen"),
        ({"adressat": "alle"}, "adressat „alle“ ist nicht vorgesehen"),
        ({"sicherheit": ""}, "sicherheit „None“ ist nicht vorgesehen"),
        ({"themenfeld": "Bauen"}, "themenfeld „Bauen“ ist nicht vorgesehen"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, cells: Row, said: str) -> None:
    assert f"Zeile 3: {said}" in fault(tmp_path, [services()[0], {**services()[1], **cells}])


def test_a_service_without_a_name_is_a_fault(tmp_path: Path) -> None:
    assert "Zeile 3" in fault(tmp_path, [services()[0], {**services()[1], "leistung": ""}])


def test_a_doubled_key_is_a_fault(tmp_path: Path) -> None:
    assert "Zeile 3: leika_key 99115005104000 steht doppelt" in fault(tmp_path, [services()[0], services()[0]])


def test_many_faults_are_counted(tmp_path: Path) -> None:
    assert "und 5 weitere" in fault(tmp_path, [{**row, "ebene": "x"} for row in services()[:15]])


def test_a_catalogue_without_rows_is_refused(tmp_path: Path) -> None:
    assert "keine Zeilen" in fault(tmp_path, [])


# Derivation -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def proposal(tmp_path: Path) -> Path:
    """The four files as the proposal delivers them."""
    folder = tmp_path / "vorschlag"
    folder.mkdir()
    for name, derived in FILES.items():
        (folder / name).write_bytes((SHIPPED / "katalog" / derived).read_bytes())
    return folder


def derive(proposal: Path, target: Path) -> catalogue.CatalogueReport:
    return catalogue.write_reference(proposal, target, version="2019.1", valid_from=date(2019, 1, 1), vintage="2019")


def test_the_shipped_catalogue_is_what_the_command_derives(proposal: Path, tmp_path: Path) -> None:
    report = derive(proposal, tmp_path / "ziel")
    assert (report.services, report.registers, report.exceptions) == (222, 18, 13)
    for name in (*FILES.values(), "QUELLE.yaml"):
        assert (tmp_path / "ziel" / "katalog" / name).read_bytes() == (SHIPPED / "katalog" / name).read_bytes()


def test_the_metadata_say_what_the_catalogue_is(proposal: Path, tmp_path: Path) -> None:
    derive(proposal, tmp_path / "ziel")
    meta = yaml.safe_load((tmp_path / "ziel" / "katalog" / "QUELLE.yaml").read_text("utf-8"))
    assert (meta["version"], meta["jahrgang"], meta["gueltig_von"]) == ("2019.1", "2019", "2019-01-01")
    assert (meta["status"], set(meta["eingang"])) == ("Vorschlag, zu bestätigen", set(FILES))


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            "rollin_portfolio.csv",
            "melderegister",
            "phantasieregister",
            "Register phantasieregister ist nicht in register.csv",
        ),
        ("zustaendigkeit_ausnahmen.csv", "99107022012000", "99107022012999", "Leistung nicht im Katalog"),
        ("rollin_portfolio.csv", "Engagement & Hobby", "Umwelt", "Themenfeld Engagement & Hobby fehlt im Portfolio"),
        ("rollin_portfolio.csv", "99115005104000", "9911500510400", "hat nicht 14 Ziffern"),
    ],
)
def test_a_faulty_proposal_is_refused_and_nothing_is_written(
    proposal: Path, tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    text = (proposal / name).read_text("utf-8")
    assert old in text
    (proposal / name).write_text(text.replace(old, new), "utf-8")
    with pytest.raises(Refused, match=said):
        derive(proposal, tmp_path / "ziel")
    assert not (tmp_path / "ziel").exists()


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(proposal: Path, tmp_path: Path, name: str) -> None:
    (proposal / name).unlink()
    with pytest.raises(Refused, match=name):
        derive(proposal, tmp_path / "ziel")


def test_every_exception_names_a_unit_that_is_responsible() -> None:
    exceptions = read_csv(SHIPPED / "katalog" / "ausnahmen.csv")
    assert {row["ars"] for row in exceptions} <= support.responsible().keys()
    assert {row["leika_key"] for row in exceptions} <= {row["leika_key"] for row in services()}
