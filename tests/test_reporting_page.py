"""The check of a report on the data page, who may keep it, contradictions, and the template on a unit's page."""

import io
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from etl import deliver, snapshots, template
from gradmesser import intake, store
from gradmesser.catalog import CatalogError, meldung, stewards
from gradmesser.intake import Outcome, Upload
from gradmesser.ui import reporting
from tests.support import JENA, ROOT, WEIMARER_LAND, WOHNSITZ, Instance, small_reference

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
LISTED = stewards.parse(
    f"""
- login: Digital@Jena.example
  stelle: Stadtverwaltung Jena
  einheiten: ["{JENA}"]
- {{login: 4711, stelle: Roll-in-Stelle, alle: true}}
"""
)
SIGNED_IN = {"is_logged_in": True, "iat": NOW.timestamp() - 60, "sub": "x"}
CSV = f"ars;leika_key;zustand;bemerkung\n{JENA};{WOHNSITZ};zurückgestellt;<b>fett</b>\n{JENA};9,9E+13;live;=1+1\n".encode()


# Who may keep --------------------------------------------------------------------------------------------------------


def test_a_steward_is_found_by_verified_address_or_by_sub() -> None:
    jena = {**SIGNED_IN, "email": "digital@jena.EXAMPLE", "email_verified": True}
    assert stewards.find(jena, LISTED, NOW).stelle == "Stadtverwaltung Jena"
    assert stewards.find({**SIGNED_IN, "sub": "4711"}, LISTED, NOW).alle


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {**SIGNED_IN, "sub": "4711", "is_logged_in": False},
        {**SIGNED_IN, "sub": "4711", "is_logged_in": "true"},
        {**SIGNED_IN, "sub": "4711", "iat": (NOW - timedelta(hours=13)).timestamp()},
        {**SIGNED_IN, "sub": "4711", "iat": (NOW + timedelta(hours=1)).timestamp()},
        {**SIGNED_IN, "sub": "4711", "iat": None},
        {**SIGNED_IN, "email": "digital@jena.example"},
        {**SIGNED_IN, "email": "digital@jena.example", "email_verified": "true"},
        {**SIGNED_IN, "email": "digital@jena.example", "email_verified": False},
        {**SIGNED_IN, "sub": "digital@jena.example"},
        {**SIGNED_IN, "email": "4711", "email_verified": True},
        {**SIGNED_IN, "sub": "", "email": "andere@jena.example", "email_verified": True},
    ],
)
def test_nobody_else_is_a_steward(claims: dict[str, object]) -> None:
    assert stewards.find(claims, LISTED, NOW) is None


def test_every_unit_of_the_file_must_be_the_stewards() -> None:
    jena, land = LISTED
    assert jena.refusal([JENA]) is None
    assert jena.refusal([]) is None
    assert WEIMARER_LAND in jena.refusal([JENA, WEIMARER_LAND])
    assert "und 2 weitere" in jena.refusal([f"1600000000{number}" for number in range(10, 22)])
    assert land.refusal([JENA, WEIMARER_LAND]) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("login: a", "Liste"),
        ("- [a]", "Eintrag 1"),
        ("- {login: a, stelle: b, einheiten: ['160530000000'], rolle: c}", "Erlaubt sind"),
        ("- {login: a, einheiten: ['160530000000']}", "stelle"),
        ("- {login: a, stelle: b}", "entweder einheiten oder alle"),
        ("- {login: a, stelle: b, alle: true, einheiten: ['160530000000']}", "entweder einheiten oder alle"),
        ("- {login: a, stelle: b, alle: 'ja'}", "true oder false"),
        ("- {login: a, stelle: b, einheiten: [Jena]}", "keine Regionalschlüssel: Jena"),
        ("- {login: a, stelle: b, alle: true}\n- {login: a, stelle: c, alle: true}", "doppelt: Einträge 1, 2"),
        ("- {login: 'a", "kein gültiges YAML"),
    ],
)
def test_a_list_of_stewards_with_a_mistake_is_refused(text: str, reason: str) -> None:
    with pytest.raises(CatalogError, match=reason):
        stewards.parse(text)


def test_no_list_is_not_an_empty_list(empty_instance: Path) -> None:
    assert stewards.stewards() is None
    (empty_instance / stewards.FILE).write_text("", "utf-8")
    assert stewards.stewards() == ()


# The process that checks ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small instance without deliveries."""
    root = tmp_path_factory.mktemp("basis")
    Instance(root=root, reference=small_reference(root / "reference")).build()
    return root


@pytest.fixture
def own(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """A copy of the base of one's own, as the app sees it."""
    root = shutil.copytree(base, tmp_path / "instanz")
    monkeypatch.setenv("GRADMESSER_DATA", str(root))
    return Instance(root=root, reference=root / "reference")


def _upload(content: bytes = CSV, name: str = "meldung.csv", stand: date | None = date(2026, 6, 30)) -> Upload:
    return Upload(name=name, content=content, stand=stand)


def test_a_file_is_checked_without_being_kept(own: Instance) -> None:
    outcome = intake.check(_upload())
    assert outcome.refusal == ""
    assert (outcome.found["accepted"], outcome.found["rejected"], outcome.found["units"]) == (1, 1, [JENA])
    assert own.kept() == []


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("../../<b>boese</b>.xlsx", b"kein Zip", "keine lesbare XLSX-Arbeitsmappe"),
        ("-h.csv", b"", "Die Datei ist leer"),
        ("seite.csv", b"<html>", "HTML"),
    ],
)
def test_a_refusal_is_one_german_sentence_without_paths(own: Instance, name: str, content: bytes, reason: str) -> None:
    outcome = intake.check(_upload(content, name))
    assert reason in outcome.refusal
    assert not any(sign in outcome.refusal for sign in ("/", "Fehler:", "Traceback", "<"))
    assert own.kept() == []


def test_a_file_that_needs_too_much_is_stopped(own: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MEMORY_BYTES", 200_000_000)
    assert "zu viel Speicher" in intake.check(_upload()).refusal
    monkeypatch.undo()
    monkeypatch.setenv("GRADMESSER_DATA", str(own.root))
    monkeypatch.setattr(intake, "CHECK_SECONDS", 0.01)
    assert "abgebrochen" in intake.check(_upload()).refusal


def test_the_sheet_of_the_other_themes_goes_the_same_way(own: Instance) -> None:
    content = f"ars;thema;merkmal;wert\n{JENA};e_akte;allgemein;ja\n{JENA};e_akte;allgemein;nein\n".encode()
    upload = Upload(name="themen.csv", content=content, stand=date(2026, 6, 30), source="themen")
    checked = intake.check(upload)
    assert (checked.found["accepted"], checked.found["rejected"], checked.found["units"]) == (1, 1, [JENA])
    assert checked.found["changes"][0]["after"] == "ja"
    assert own.kept() == []
    assert intake.keep(upload, checked, "Stadt").refusal == ""
    assert intake.build().refusal == ""
    assert own.query("SELECT gebiet, value FROM observation WHERE measure_id = 'e_akte'") == [(JENA, 1)]


def test_only_the_checked_bytes_are_kept(own: Instance) -> None:
    checked = intake.check(_upload())
    assert "nicht die geprüfte" in intake.keep(_upload(CSV + b"\n"), checked, "Stelle").refusal
    assert "nicht die geprüfte" in intake.keep(_upload(), Outcome(sha256=checked.sha256, refusal="nein"), "S").refusal
    assert own.kept() == []
    kept = intake.keep(_upload(), checked, "--Stelle „Jena“")
    assert (kept.refusal, kept.found["snapshot"]) == ("", checked.found["snapshot"])
    (snapshot,) = snapshots.all_of(own.root / "raw")
    assert (snapshot.sender, snapshot.sha256, snapshot.name) == ("--Stelle „Jena“", checked.sha256, "meldung.csv")
    assert intake.build().refusal == ""
    assert own.state(JENA) == "zurueckgestellt"


# The pages -----------------------------------------------------------------------------------------------------------


def _open(page: str, **parameters: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=90)
    app.switch_page(f"pages/{page}.py")
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


def _markup(app: AppTest) -> str:
    parts = [element.proto.body for element in app.main if element.type == "html"]
    parts += [element.value for kind in (app.info, app.error, app.warning, app.success) for element in kind]
    return "\n".join(parts)


def _with_file(app: AppTest, content: bytes = CSV) -> AppTest:
    app.file_uploader[0].upload("meldung.csv", content, "text/csv").run()
    if app.date_input:
        app.date_input[0].set_value(date(2026, 6, 30)).run()
    assert not app.exception
    return app


def test_without_a_login_the_page_checks_and_says_so(own: Instance) -> None:
    app = _with_file(_open("daten", abschnitt="meldung"))
    text = _markup(app)
    assert "Hier wird nur geprüft" in text
    assert "1 von 2 Zeilen verwendbar, 1 abgelehnt" in text
    assert meldung.REASONS["leika_key_ungueltig"].what in text
    assert "<b>fett" not in text
    assert not [button for button in app.button if button.key in {"uebernehmen", "anmelden"}]
    assert own.kept() == []


def test_a_refused_file_is_told_why(own: Instance) -> None:
    app = _with_file(_open("daten", abschnitt="meldung"), b"a;b\n1;2\n")
    assert "Abgewiesen" in app.error[0].value
    assert own.kept() == []


class _User:
    def __init__(self, **claims: object) -> None:
        self._claims = claims

    def to_dict(self) -> dict[str, object]:
        return self._claims


def _sign_in(monkeypatch: pytest.MonkeyPatch, **claims: object) -> None:
    now = datetime.now(UTC).timestamp()
    monkeypatch.setattr(streamlit, "user", _User(**{"is_logged_in": True, "iat": now, "sub": "4711", **claims}))
    monkeypatch.setattr(reporting, "find_spec", lambda _name: object())


def _list(instance: Instance, units: str) -> None:
    text = f"- {{login: 4711, stelle: Stadtverwaltung Jena, {units}}}\n"
    (instance.root / stewards.FILE).write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("units", "claims", "expected"),
    [
        (None, {}, "noch keine Liste der Betreuer"),
        ("unsinn: 1", {}, "nicht verwendbar"),
        ("alle: true", {"is_logged_in": False}, "Zum Übernehmen bitte anmelden"),
        ("alle: true", {"sub": "4712"}, "stehen aber nicht in der Liste"),
        ("alle: true", {"iat": 0}, "älter als zwölf Stunden"),
        (f"einheiten: ['{WEIMARER_LAND}']", {}, "nicht betreut"),
    ],
)
def test_who_is_no_steward_of_the_file_cannot_keep_it(
    own: Instance, monkeypatch: pytest.MonkeyPatch, units: str | None, claims: dict[str, object], expected: str
) -> None:
    if units:
        _list(own, units)
    _sign_in(monkeypatch, **claims)
    app = _with_file(_open("daten", abschnitt="meldung"))
    assert expected in _markup(app)
    assert "uebernehmen" not in [button.key for button in app.button]


def test_a_steward_keeps_a_file_and_sees_its_name(own: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    _list(own, f"einheiten: ['{JENA}']")
    _sign_in(monkeypatch)
    app = _with_file(_open("daten", abschnitt="meldung"))
    app.button(key="uebernehmen").click().run()
    assert not app.exception
    (snapshot,) = snapshots.all_of(own.root / "raw")
    assert snapshot.snapshot_id in app.success[0].value
    assert snapshot.sender == "Stadtverwaltung Jena"
    app.run()
    assert snapshot.snapshot_id in app.success[0].value
    assert "uebernehmen" not in [button.key for button in app.button]
    assert own.state(JENA) == "zurueckgestellt"
    assert "Stadtverwaltung Jena" in _markup(_open("daten", abschnitt="lieferungen"))


def test_contradictions_are_counted_and_shown(instance: Instance) -> None:  # noqa: ARG001 - through GRADMESSER_DATA
    stand = store.fetch("stichtage", wissen=store.known_by(None))["stichtag"].max().date()
    view = {"stand": stand, "wissen": store.known_by(None)}
    rows = store.fetch("widersprueche", ars="", **view)
    counts = store.fetch("widersprueche_zahl", **view)
    assert set(rows["art"]) <= set(reporting.KINDS)
    assert len(rows) > 0
    assert rows.groupby("ars").size().to_dict() == dict(zip(counts["ars"], counts["widersprueche"], strict=True))
    ars = counts["ars"].iloc[0]
    one = store.fetch("widersprueche", ars=ars, **view)
    assert one["leika_key"].tolist() == rows[rows["ars"] == ars]["leika_key"].tolist()
    app = _open("daten", abschnitt="widersprueche", ars=ars)
    assert not app.exception
    assert one["leistung"].iloc[0].replace("&", "&amp;") in _markup(app)
    assert f"daten?abschnitt=widersprueche&amp;ars={ars}" in _markup(_open("kommune", ars=ars))


def test_reports_that_contradict_each_other_are_listed(own: Instance) -> None:
    for minute, state in enumerate(("live", "test")):
        content = f"ars;leika_key;zustand\n{JENA};{WOHNSITZ};{state}\n".encode()
        deliver.take_in(
            own.root, own.reference, own.write(content, f"{state}.csv"), source_id="meldung", stand=date(2026, 5, 31),
            retrieved=datetime(2026, 6, 1, 8, minute, tzinfo=UTC), sender=f"Stelle {minute}",
        )  # fmt: skip
    own.build()
    text = _markup(_open("daten", abschnitt="widersprueche"))
    assert "1 Zelle mit Meldungen, die sich zum selben Stand widersprechen" in text
    assert all(part in text for part in ("Stelle 0", "Stelle 1", "zuletzt eingegangen", "ersetzt"))


def test_the_template_of_the_page_is_that_of_the_command_line(instance: Instance, tmp_path: Path) -> None:
    unit = store.fetch("einheiten").set_index("ars", drop=False).loc[JENA]
    app = _open("kommune", ars=JENA, abschnitt="melden")
    assert "Vorlage für Jena" in _markup(app)
    (path,) = template.write(instance.root, unit["ars"], tmp_path / "vorlage.xlsx", datetime.now(UTC).date())
    here = openpyxl.load_workbook(io.BytesIO(meldung.workbook(reporting.form(JENA))))
    there = openpyxl.load_workbook(path)
    for title in there.sheetnames:
        assert list(here[title].values) == list(there[title].values)


def test_a_member_gemeinde_gets_the_template_of_its_administration(instance: Instance) -> None:  # noqa: ARG001
    units = store.fetch("einheiten")
    member = units[(units["typ"] == "mitgliedsgemeinde")].iloc[0]
    app = _open("kommune", ars=member["ars"], abschnitt="melden")
    names = [element.proto.label for element in app.main if element.type == "download_button"]
    assert "Meldevorlage (XLSX)" in names
    assert "Meldevorlage" in " ".join(names)
