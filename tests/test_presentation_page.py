"""The page Präsentation: the deck of the address or of the visitor, its order, its files, units without names."""

import re
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from gradmesser import deck
from gradmesser.deck import STARTER
from tests.support import JENA
from tests.test_pages import notices, opened, words

UNKNOWN = "Die Folie wurde ausgelassen."


def cold(app: AppTest, *folien: str, **address: str) -> AppTest:
    app.switch_page("pages/praesentation.py")
    app.query_params.clear()
    if folien:
        app.query_params["folie"] = list(folien)
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, [one.message for one in app.exception]
    return app


def asked(app: AppTest) -> list[str]:
    found = app.query_params.get("folie", [])
    return [found] if isinstance(found, str) else list(found)


def listed(app: AppTest) -> list[str]:
    found = re.findall(r'<p class="gm-item">(.*?)</p>', " ".join(one.proto.body for one in app.get("html")))
    return [unescape(text) for text in found]


def test_a_first_visitor_sees_the_example_deck_and_a_bare_address(app: AppTest):
    page = opened(app, "praesentation")
    assert len(listed(page)) == len(STARTER)
    assert dict(page.query_params) == {}
    assert "Beispiel-Deck" in words(page)
    assert page.code[0].value == deck.deck_address([deck.parse(one) for one in STARTER])


def test_the_address_holds_the_whole_deck(app: AppTest):
    page = cold(app, f"kommune-themenfelder?ars={JENA}", "glas", saal="dunkel", namen="ohne")
    assert asked(page) == [f"kommune-themenfelder?ars={JENA}", "glas"]
    assert re.match(r"1\. Themenfelder einer Kommune · Verwaltung: Stadt [A-Z]$", listed(page)[0])
    assert page.code[0].value.endswith("&folie=glas&saal=dunkel&namen=ohne")
    assert page.session_state["folien"] == asked(page)


def test_what_was_pinned_on_another_page_is_the_deck(app: AppTest):
    app.run()
    app.button(key="glas_folie").click().run()
    page = app.switch_page("pages/praesentation.py").run()
    assert listed(page) == ["1. Glas"]
    assert asked(page) == ["glas"]


def test_slides_are_moved_removed_and_added(app: AppTest):
    page = cold(app, "glas", "verlauf", "karte")
    page.button(key="folie_hoch_2").click().run()
    assert asked(page) == ["glas", "karte", "verlauf"]
    page.button(key="folie_runter_0").click().run()
    assert asked(page) == ["karte", "glas", "verlauf"]
    page.button(key="folie_weg_1").click().run()
    assert asked(page) == ["karte", "verlauf"]
    page.selectbox(key="folie_art").select("themenfelder").run()
    page.button(key="folie_dazu").click().run()
    assert asked(page) == ["karte", "verlauf", "themenfelder"]
    assert page.button(key="folie_hoch_0").disabled
    assert page.button(key="folie_runter_2").disabled


def test_the_example_deck_becomes_the_visitors_own_with_the_first_change(app: AppTest):
    page = cold(app)
    page.button(key="folie_weg_0").click().run()
    assert asked(page) == list(STARTER[1:])


def test_an_address_that_changed_wins_over_what_was_pinned(app: AppTest):
    page = cold(app, "glas")
    page.query_params["folie"] = ["verlauf"]
    page.run()
    assert asked(page) == ["verlauf"]
    assert listed(page) == ["1. Verlauf"]


@pytest.mark.parametrize(
    "nonsense", ["gibtsnicht", "<b>1</b>", "glas?ars=1", "karte?ebene=9", "glas?stand=1999-01-01", "9" * 400]
)
def test_nonsense_is_left_out_with_a_notice(app: AppTest, nonsense: str):
    page = cold(app, nonsense, "glas")
    assert asked(page) == ["glas"]
    assert [UNKNOWN in notice for notice in notices(page)] == [True]
    page = cold(app, nonsense)
    assert len(listed(page)) in (1, len(STARTER))


@pytest.mark.parametrize(("name", "usual"), [("saal", "hell"), ("namen", "mit Namen")])
def test_nonsense_about_hall_and_names_is_corrected(app: AppTest, name: str, usual: str):
    page = cold(app, "glas", **{name: "xyz"})
    assert name not in page.query_params
    assert any("xyz" in notice and usual in notice for notice in notices(page))


def test_tables_without_names_have_neither_names_nor_keys(app: AppTest):
    page = cold(app, "vergleich-verteilung", namen="ohne")
    page.session_state["deck_tabellen"] = True
    page.run()
    shown = words(page)
    assert "Stadt A" in shown
    assert "Jena" not in shown
    assert not re.search(r"\b16\d{10}\b", shown)
