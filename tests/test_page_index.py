"""Targets, forecast and index on the pages: said in words, with their source, and corrected where the address is nonsense."""

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from gradmesser import store
from gradmesser.catalog import measures
from gradmesser.ui import frame
from tests.support import JENA, ROOT, VG, VG_MEMBERS, Instance

PROPOSAL = "Vorschlag des Gradmessers, zu bestätigen"


@pytest.fixture
def section(instance: Instance) -> AppTest:  # noqa: ARG001 - the app reads it through GRADMESSER_DATA
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=30)
    app.switch_page("pages/vergleich.py")
    app.query_params["abschnitt"] = "index"
    return app


def opened(app: AppTest, page: str = "", **address: str) -> AppTest:
    if page:
        app.switch_page(frame.PAGES[page].path)
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, [one.message for one in app.exception]
    return app


def words(app: AppTest) -> str:
    text = unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", " ".join(one.proto.body for one in app.get("html"))))
    return re.sub(r"\s+", " ", text)


def asked(app: AppTest) -> dict[str, str]:
    return {key: value[0] if isinstance(value, list) else value for key, value in dict(app.query_params).items()}


# ---------- targets ----------


@pytest.mark.parametrize("page", ["", "kommune"])
def test_roll_in_shows_target_speed_verdict_and_source(app: AppTest, page: str):
    text = words(opened(app, page))
    if page:
        text += words(opened(app, page, abschnitt="entwicklung"))
    assert re.search(r"Soll-Tempo: . (im Plan|knapp|zu langsam|Ziel erreicht|Tempo noch nicht bekannt)", text)
    assert f"bis 31.12.2028 ({PROPOSAL})" in text
    assert re.search(rf"Ziel: [\d.]+ von [\d.]+ \(80 %\) bis 31\.12\.2028 – {PROPOSAL}", text)
    assert re.search(r"Bei gleichbleibendem Tempo|Prognose nicht seriös berechenbar: ", text)


def test_target_stands_beside_the_glass(app: AppTest):
    glass = opened(app).get("plotly_chart")[0].proto.spec
    assert "Vorschlag,\\u003cbr\\u003ezu best" in glass or "Vorschlag,<br>zu best" in glass


def test_services_show_how_many_are_to_be_everywhere_and_one_service_its_way(app: AppTest):
    text = words(opened(app, "leistungen"))
    assert f"111 von 222 (50 %) bis 31.12.2028 ({PROPOSAL})" in text
    service = store.fetch("leistungen", stand=date(2026, 6, 30), wissen=store.known_by(None))["leika_key"].iloc[0]
    text = words(opened(app, "leistungen", leistung=service))
    assert re.search(r"Bei gleichbleibendem Tempo ist die Leistung|Prognose nicht seriös berechenbar: ", text)


def test_registers_keep_the_deadline_of_the_law(app: AppTest):
    text = words(opened(app, "register"))
    assert "IDNrG § 2 Nr. 1" in text
    assert PROPOSAL not in text


@pytest.fixture
def without_target(instance: Instance) -> Iterator[Path]:
    own = instance.root / "betreiber.yaml"
    own.write_text("ziele: {rollin_rate: , flaechendeckung: }\n", "utf-8")
    yield own
    own.unlink()


@pytest.mark.parametrize("page", ["", "kommune", "leistungen"])
@pytest.mark.usefixtures("without_target")
def test_a_target_that_is_switched_off_is_nowhere(app: AppTest, page: str):
    text = words(opened(app, page))
    assert "Soll-Tempo" not in text
    assert PROPOSAL not in text
    assert page == "leistungen" or "Tempo der letzten 3 Monate" in text


# ---------- index ----------


def test_index_opens_cold_with_parts_weights_and_the_land(section: AppTest):
    text = words(opened(section, gruppe="gemeindeebene"))
    assert "Gradmesser-Index 1.0: Definition des Gradmessers" in text
    assert "Gradmesser-Index, Gemeindeebene: " in text
    assert "50 % Angebot, 30 % Register, 20 % Qualität" in text
    assert "gepoolt, nicht nach Einwohnern gewichtet" in text
    assert asked(section) == {"abschnitt": "index", "gruppe": "gemeindeebene"}, "defaults are left out of the address"


def test_weights_come_from_the_address_and_go_back(section: AppTest):
    opened(section, gewichte="20-20-60")
    assert [field.value for field in section.number_input] == [20, 20, 60]
    assert "20 % Angebot, 20 % Register, 60 % Qualität" in words(section)
    section.number_input[0].set_value(40).run()
    assert asked(section) == {"abschnitt": "index", "gewichte": "40-20-60"}
    section.button(key="w_gewichte_zurueck").click().run()
    assert [field.value for field in section.number_input] == [50, 30, 20]
    assert asked(section) == {"abschnitt": "index"}


@pytest.mark.parametrize("nonsense", ["x", "0-0-0", "50-30", "<b>1</b>", "' OR 1=1 --", "9" * 400])
def test_nonsense_weights_are_corrected_with_a_notice(section: AppTest, nonsense: str):
    text = words(opened(section, gewichte=nonsense))
    assert "für gewichte" in text
    assert [field.value for field in section.number_input] == [50, 30, 20]
    assert asked(section) == {"abschnitt": "index"}


def test_all_weights_at_0_are_answered_with_a_notice(section: AppTest):
    opened(section, gewichte="0-0-60")
    section.number_input[2].set_value(0).run()
    assert "Mindestens ein Gewicht" in words(section)


@pytest.mark.parametrize(
    ("ars", "own", "group"), [(JENA, JENA, "kreisfreie Städte"), (VG_MEMBERS[0], VG, "Gemeindeebene")]
)
def test_the_unit_of_the_address_is_marked_in_its_group(section: AppTest, ars: str, own: str, group: str):
    opened(section, ars=ars)
    markup = " ".join(one.proto.body for one in section.get("html"))
    assert f"Gradmesser-Index, {group}: " in words(section)
    assert markup.count("▶ gewählt") == 1
    assert re.search(rf"kommune\?ars={own}[^>]*>[^<]*</a> <span class=\"gm-own\"", markup)


def test_search_finds_a_unit_and_says_when_there_is_none(section: AppTest):
    opened(section, gruppe="kreisfreie_stadt", suche_index="jena")
    markup = " ".join(one.proto.body for one in section.get("html"))
    assert markup.count('<tr><th scope="row"><a') == 1
    assert section.info or "Jena" in markup
    section.text_input[0].set_value("gibt es nicht").run()
    assert section.info


def test_a_unit_has_its_index_with_parts_link_quote_and_gap(app: AppTest):
    text = words(opened(app, "kommune", ars=JENA, abschnitt="entwicklung"))
    assert re.search(r"Gradmesser-Index 1\.0: Jena steht bei|Gradmesser-Index: für Jena", text)
    assert "Link-Quote" in text
    assert re.search(
        r"Sichtbarkeitslücke .*? als online gemeldeten nicht im Portalverbund; zu \d+ Leistung|keine Leistung selbst",
        text,
    )
    told = " ".join(one.value for one in app.markdown)
    assert all(measures()[key].formula in told for key in ("link_quote", "sichtbarkeitsluecke"))
    text = words(opened(app, "kommune", ars=JENA, gewichte="x"))
    assert "für gewichte" in text
