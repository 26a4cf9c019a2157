"""The template and its way back: unchanged it changes nothing, filled in it says what was filled in."""

import io
import shutil
import subprocess
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from etl import snapshots, template
from etl.errors import Refused
from tests.support import (
    FEBRUARY,
    GOTHA,
    ILM_KREIS,
    JANUARY,
    JENA,
    LAND,
    MARCH,
    NEBENWOHNSITZ,
    VG,
    VG_MEMBERS,
    WOHNSITZ,
    ZULASSUNG,
    Instance,
    noon,
    pvog,
    small_reference,
)

HEAD = "ars;leika_key;zustand;geplant_am;bemerkung\n"
EXPORTS = (
    *(("rollin", "--level", level) for level in ("verwaltung", "gemeinde", "land")),
    ("flaechendeckung", "--level", "leistung"),
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """Four services; evidence for Jena and from the Land; Jena has reported one state, a plan and a milestone."""
    root = tmp_path_factory.mktemp("basis")
    made = Instance(root=root, reference=small_reference(root / "reference"))
    made.rows([pvog(), pvog(NEBENWOHNSITZ, online_status="nicht ok"), pvog(ZULASSUNG, LAND), pvog(WOHNSITZ, VG)])
    _report(made, f"{HEAD}{JENA};{ZULASSUNG};im Test;01.12.2026;=1+1\n{GOTHA};{WOHNSITZ};live;;\n", JANUARY)
    register = f"ars;register_id;meilenstein;erreicht_am;datensaetze;datensaetze_mit_idnr\n{JENA};melderegister;M6;2026-01-05;1000;0\n"
    _report(made, register, JANUARY, minute=1)
    made.build()
    return made


@pytest.fixture
def own(base: Instance, tmp_path: Path) -> Instance:
    """A copy of the base of one's own."""
    root = shutil.copytree(base.root, tmp_path / "instanz")
    return Instance(root=root, reference=root / "reference")


def _report(instance: Instance, content: str | bytes, stand: date | None, minute: int = 0, **options: object) -> object:
    name = str(options.pop("name", "meldung.csv"))
    options = {"retrieved": noon(stand or MARCH, minute), **options}
    return instance.take(content, name, source_id="meldung", stand=stand, **options)


def _exported(instance: Instance) -> list[object]:
    return [instance.export(name, day, *words).json() for name, *words in EXPORTS for day in (JANUARY, MARCH)]


def _written(instance: Instance, ars: str, name: str = "vorlage.xlsx", stand: date = FEBRUARY) -> list[Path]:
    return template.write(instance.root, ars, instance.root / name, stand)


def _edited(path: Path, title: str, key: str, **cells: object) -> bytes:
    book = openpyxl.load_workbook(path)
    heads = {cell.value: cell.column for cell in book[title][1]}
    (line,) = [row[0].row for row in book[title].iter_rows(min_row=2) if key in [cell.value for cell in row]]
    for name, value in cells.items():
        book[title].cell(line, heads[name]).value = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("ars", [JENA, VG, ILM_KREIS, LAND])
def test_an_unchanged_template_changes_no_number(own: Instance, ars: str) -> None:
    before = _exported(own)
    (path,) = _written(own, ars)
    report = _report(own, path.read_bytes(), None, name="vorlage.xlsx")
    own.build()
    assert (report.stand, report.rejected) == (FEBRUARY, 0)
    assert _exported(own) == before


def test_an_unchanged_csv_pair_changes_no_number(own: Instance) -> None:
    before = _exported(own)
    for minute, path in enumerate(_written(own, JENA, "vorlage.csv")):
        assert _report(own, path.read_bytes(), FEBRUARY, minute, name=path.name).rejected == 0
    own.build()
    assert _exported(own) == before
    (remark,) = own.query(
        "SELECT DISTINCT bemerkung FROM rollin_meldung WHERE ars = $1 AND bemerkung IS NOT NULL", JENA
    )
    assert remark == ("=1+1",)


def test_what_is_filled_in_holds_from_its_stand(own: Instance) -> None:
    (path,) = _written(own, JENA)
    content = _edited(path, "Roll-in", NEBENWOHNSITZ, zustand="durchgängig digital", beleg_url="https://jena.example/")
    _report(own, content, None, name="vorlage.xlsx")
    own.build()
    assert own.state(JENA, NEBENWOHNSITZ, stand=JANUARY) == "gestoert"
    assert own.state(JENA, NEBENWOHNSITZ) == "ende_zu_ende"
    assert own.state(JENA, ZULASSUNG) == "sichtbar"


def test_the_check_tells_what_would_change_and_keeps_nothing(own: Instance) -> None:
    (path,) = _written(own, JENA)
    content = _edited(path, "Roll-in", ZULASSUNG, zustand="abgelehnt", geplant_am=None)
    file = own.write(content, "geprueft.xlsx")
    kept = own.kept()
    found = own.etl("check", str(file), "--source", "meldung", "--json").json()
    changes = {change["subject"]: (change["before"], change["after"]) for change in found["changes"]}
    assert ("im Test, geplant 01.12.2026", "abgelehnt") in changes.values()
    assert found["changed"] == len(changes)
    assert (found["units"], found["rejected_rows"], found["example"], found["unread"]) == ([JENA], [], False, [])
    assert own.kept() == kept


def test_an_empty_state_keeps_the_one_before(own: Instance) -> None:
    file = own.write(f"{HEAD}{JENA};{ZULASSUNG};;01.02.2027;\n", "plan.csv")
    found = own.etl("check", str(file), "--source", "meldung", "--stand", str(FEBRUARY), "--json").json()
    (change,) = found["changes"]
    assert (change["before"], change["after"]) == ("im Test, geplant 01.12.2026", "im Test, geplant 01.02.2027")


def test_an_earlier_stand_is_told(own: Instance) -> None:
    file = own.write(f"{HEAD}{JENA};{ZULASSUNG};interesse;;\n", "frueher.csv")
    found = own.etl("check", str(file), "--source", "meldung", "--stand", "2025-06-30", "--json").json()
    assert (found["later"], found["changed"]) == (1, 1)


def test_the_template_of_the_land_holds_every_unit_once(own: Instance) -> None:
    (path,) = _written(own, LAND)
    book = openpyxl.load_workbook(path, read_only=True)
    keys = [row[:2] for row in book["Roll-in"].iter_rows(min_row=2, values_only=True)]
    assert len(keys) == len(set(keys)) == own.query("SELECT count(*) FROM zustaendigkeit")[0][0]
    assert len({ars for ars, _ in keys}) == 206


@pytest.mark.parametrize("ars", [VG_MEMBERS[0], "160999999999", "Jena"])
def test_a_template_is_only_for_responsible_units(own: Instance, ars: str) -> None:
    ran = own.etl("template", ars, str(own.root / "nein.xlsx"))
    assert (ran.code, ran.out) == (1, "")
    assert "keine zuständige Einheit" in ran.err
    assert not (own.root / "nein.xlsx").exists()


def test_another_kind_of_file_is_refused(own: Instance) -> None:
    with pytest.raises(Refused, match=r"\.xlsx oder \.csv"):
        _written(own, JENA, "vorlage.ods")


# Stand, origin, sender, conflicts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("stand", [date(9999, 12, 31), date(2999, 1, 1), date(1999, 12, 31)])
def test_an_impossible_stand_is_refused(own: Instance, stand: date) -> None:
    kept = own.kept()
    with pytest.raises(Refused, match="liegt in der Zukunft oder vor 2000"):
        _report(own, f"{HEAD}{JENA};{WOHNSITZ};live;;\n", stand, retrieved=noon(MARCH))
    assert own.kept() == kept


def test_a_csv_without_stand_is_refused(own: Instance) -> None:
    with pytest.raises(Refused, match="nennt keinen Stand"):
        _report(own, f"{HEAD}{JENA};{WOHNSITZ};live;;\n", None)


def test_values_of_example_data_never_become_real_ones(tmp_path: Path) -> None:
    made = Instance(root=tmp_path, reference=small_reference(tmp_path / "reference"))
    made.rows([pvog(url="https://beispiel.invalid/x")])
    made.build()
    (book,) = _written(made, JENA)
    _report(made, book.read_bytes(), None, name="v.xlsx")
    for minute, path in enumerate(_written(made, JENA, "vorlage.csv")):
        _report(made, path.read_bytes(), FEBRUARY, minute, name=path.name)
    origins = {one.herkunft for one in snapshots.all_of(made.root / "raw", "meldung")}
    assert origins == {"beispiel"}
    mixed = f"ars;leika_key;zustand;beleg_url\n{JENA};{WOHNSITZ};live;https://beispiel.invalid/x\n{JENA};{NEBENWOHNSITZ};live;https://a.example/\n"
    with pytest.raises(Refused, match="mischt Beispielzeilen"):
        _report(made, mixed, FEBRUARY)


def test_the_sender_stands_in_the_manifest_and_the_database(own: Instance) -> None:
    _report(own, f"{HEAD}{JENA};{WOHNSITZ};live;;\n", FEBRUARY, sender="Stadtverwaltung Jena")
    own.build()
    assert own.query("SELECT absender FROM snapshot WHERE stand = $1", FEBRUARY) == [("Stadtverwaltung Jena",)]
    assert own.query("SELECT DISTINCT absender FROM snapshot WHERE source_id = 'open_pvog'") == [(None,)]


def test_reports_of_one_day_that_disagree_are_both_shown(own: Instance) -> None:
    for minute, state in enumerate(("live", "test", "test")):
        _report(own, f"{HEAD}{JENA};{WOHNSITZ};{state};;{minute}\n{JENA};{ZULASSUNG};live;;\n", FEBRUARY, minute)
    own.build()
    rows = own.query("SELECT leika_key, zustand::TEXT, gilt FROM meldung_konflikt ORDER BY snapshot_id, gilt")
    assert sorted(rows) == [(WOHNSITZ, "live", False), (WOHNSITZ, "test", False), (WOHNSITZ, "test", True)]


def test_rejected_rows_are_kept_with_their_sheet(own: Instance) -> None:
    (path,) = _written(own, JENA)
    _report(own, _edited(path, "Roll-in", ZULASSUNG, zustand="fertig"), None, name="v.xlsx")
    own.build()
    ((reason, content),) = own.query("SELECT grund, inhalt FROM abgelehnt")
    assert reason == "zustand_unbekannt"
    assert content.startswith(f"Roll-in: {JENA};{ZULASSUNG}")


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_workbook_saved_by_libreoffice_says_the_same(own: Instance, tmp_path: Path) -> None:
    (path,) = _written(own, JENA)
    path.write_bytes(_edited(path, "Roll-in", ZULASSUNG, zustand="abgelehnt", seit=date(2026, 2, 1)))
    target = tmp_path / "libre"
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path / 'profil'}", "--convert-to", "xlsx",
         "--outdir", str(target), str(path)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    found = [
        own.etl("check", str(one), "--source", "meldung", "--json").json() for one in (path, target / "vorlage.xlsx")
    ]
    for one in found:
        one.pop("snapshot")
    assert found[0] == found[1]
    assert found[0]["changed"] > 0
