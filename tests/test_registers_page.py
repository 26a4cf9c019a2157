"""The page Register and the registers of a unit's page: numbers as the export prints them, filters, address, no bare number."""

import re
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from gradmesser.catalog import places
from gradmesser.ui.frame import PAGES

STAND = date(2026, 6, 30)
TAG = re.compile(r"<[^>]+>")
JENA = "160530000000"


def opened(app: AppTest, page: str = "register", **parameters: str) -> AppTest:
    """The page with an address; fails if it raised."""
    app.run().switch_page(f"pages/{page}.py")
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def markup(app: AppTest) -> str:
    """Own markup of the page, without style sheets."""
    return "\n".join(one.proto.body for one in app.get("html") if "<style>" not in one.proto.body)


def headings(app: AppTest) -> list[str]:
    return [TAG.sub("", one) for one in re.findall(r'<h2 class="gm-finding">(.*?)</h2>', markup(app))]


def cells(app: AppTest) -> list[str]:
    """Classes of the cells of the matrix."""
    return re.findall(r'<td class="gm-s-([a-z_]+)"', markup(app))


@pytest.fixture(scope="module")
def exported(instance) -> list[dict[str, object]]:
    """What the command line prints for the same day."""
    return instance.export("register", STAND).json()


def test_export_names_every_register_of_every_unit_once(exported: list[dict[str, object]]):
    keys = [(row["ars"], row["register_id"]) for row in exported]
    assert keys == sorted(set(keys))
    assert set(exported[0]) == {
        "ars", "register_id", "meilenstein", "hoechster_lueckenloser", "ueberfaellig", "idnr_quote",
    }  # fmt: skip
    for row in exported:
        assert (row["meilenstein"] is None) == (row["hoechster_lueckenloser"] is None)
        assert row["meilenstein"] is None or 0 <= row["hoechster_lueckenloser"] <= row["meilenstein"] <= 11
        assert row["idnr_quote"] is None or 0 <= row["idnr_quote"] <= 1
        assert isinstance(row["ueberfaellig"], bool)


def test_export_before_the_first_delivery_is_empty_with_a_message(instance):
    ran = instance.export("register", date(2020, 1, 1))
    assert ran.json() == []


def test_first_finding_counts_what_the_export_prints(app: AppTest, exported: list[dict[str, object]]):
    stored = sum((row["meilenstein"] or 0) >= 6 for row in exported)
    unknown = sum(row["meilenstein"] is None for row in exported)
    shown = headings(opened(app))[0].replace(".", "")
    assert f"In {stored} von {len(exported)} kommunal" in shown
    assert f"für {unknown} liegt keine Meldung vor" in shown


def test_matrix_shows_each_register_once_and_the_unknown_apart(app: AppTest, exported: list[dict[str, object]]):
    opened(app, abschnitt="matrix")
    both = cells(app) + cells(opened(app, ebene_register="kreis"))
    assert len(both) == len(exported)
    assert both.count("keine_meldung") == sum(row["meilenstein"] is None for row in exported)
    assert "führt dieses Register nicht" in markup(app)


def test_every_block_says_source_stand_and_that_it_is_an_example(app: AppTest):
    sections = ("weg", "matrix", "idnr", "nachweise", "termine")
    notes = [
        note
        for section in sections
        for note in re.findall(r'<p class="gm-note">(.*?)</p>', markup(opened(app, abschnitt=section)))
    ]
    assert len(notes) >= 6
    assert all("Quelle: Meldungen der Verwaltungen, Stand" in note for note in notes)
    assert all("BEISPIELDATEN" in note for note in notes)
    assert all(" von " in note for note in notes)


def test_forecast_or_why_there_is_none(app: AppTest):
    assert any("Prognose" in heading and "31.12.2028" in heading for heading in headings(opened(app)))


def test_register_kreis_and_stage_are_in_the_address(app: AppTest):
    opened(app, register="melderegister", kreis=JENA, abschnitt="matrix")
    assert headings(app)[0].startswith("Jena, Melderegister: In ")
    assert len(cells(app)) == 1
    opened(app, register="", kreis="", stufe="im_verbund")
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', markup(app))
    matrix = [row for row in rows if "gm-s-" in row]
    assert all("gm-s-im_verbund" in row for row in matrix)


def test_nonsense_in_the_address_is_corrected_with_a_notice(app: AppTest):
    opened(app, register="gibtesnicht", stufe="9", kreis="1")
    assert " ".join(str(html.proto.body) for html in app.get("html")).count("das gibt es nicht") == 3
    assert headings(app)[0].startswith("Thüringen: In ")


def test_before_the_first_report_everything_is_unknown_and_nothing_zero(app: AppTest, instance):
    first = instance.query("SELECT min(stand) FROM meldung_abgabe")[0][0]
    days = [day for (day,) in instance.query("SELECT DISTINCT stichtag FROM stichtag ORDER BY 1") if day < first]
    if not days:
        pytest.skip("the example begins with a report")
    opened(app, stand=str(days[0]), abschnitt="matrix")
    assert set(cells(app)) == {"keine_meldung"}
    opened(app, stand=str(days[0]), abschnitt="weg")
    assert "Für eine Entwicklung liegt noch keine Meldung zu Registern vor." in headings(app)


def test_a_unit_sees_its_registers_with_deadline_and_next_step(app: AppTest):
    opened(app, "kommune", ars=JENA, abschnitt="register")
    text = markup(app)
    assert "M6 ist fällig bis 31.12.2028" in text
    assert "nächster Schritt" in text
    assert "Registermodernisierung" in PAGES["register"].question


def test_a_section_is_computed_only_when_it_is_open_and_old_addresses_still_open_it(app: AppTest):
    assert not cells(opened(app))
    assert len(app.get("plotly_chart")) == 2
    assert cells(opened(app, abschnitt="matrix"))
    assert not app.get("plotly_chart")
    old = AppTest.from_file(str(places.ROOT / "dashboard.py"), default_timeout=20)
    assert cells(opened(old, stufe="im_verbund")) or old.info
    assert dict(old.query_params)["abschnitt"] in ("matrix", ["matrix"])
