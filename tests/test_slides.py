"""Slides: every kind is built from its address alone and is the picture that its page shows."""

import json
from html import unescape
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from gradmesser import deck, store
from gradmesser.charts.template import LIGHT
from gradmesser.deck import KINDS, Slide, UnknownSlide
from gradmesser.ui import slides
from tests.support import Instance


def _service() -> str:
    view = slides.view_of({})
    return store.fetch("leistungen", **view.clocks)["leika_key"].iloc[0]


def _plain(kind: str) -> Slide:
    return Slide(kind=kind, parameters={"leistung": _service()} if kind.startswith("leistung-") else {})


def test_every_kind_has_a_builder() -> None:
    assert set(slides.BUILDERS) == set(KINDS)


def test_a_slide_without_a_year_of_history_says_so(instance: Instance) -> None:  # noqa: ARG001
    with pytest.raises(UnknownSlide, match="nichts zu zeigen"):
        slides.build(Slide(kind="vergleich-veraenderung", parameters={}), LIGHT)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"vergleich-veraenderung"}))
def test_a_slide_is_the_picture_of_its_page(kind: str, app: AppTest) -> None:
    slide = _plain(kind)
    built = slides.build(slide, LIGHT)
    if KINDS[kind].page:
        app.switch_page(f"pages/{KINDS[kind].page}.py")
    for name, value in parse_qsl(slide.live.partition("?")[2]):
        app.query_params[name] = value
    app.run()
    shown = [json.loads(chart.proto.spec)["data"] for chart in app.get("plotly_chart")]
    expected = json.loads(built.figure.to_json())["data"]
    if kind != "karte":  # the page draws the interactive map, the plotly figure on demand
        assert expected in shown
    assert built.block.key == kind
    assert any(built.block.finding in unescape(element.proto.body) for element in app.get("html"))


@pytest.mark.parametrize("kind", list(KINDS))
def test_nonsense_is_refused_with_its_name(kind: str, instance: Instance) -> None:  # noqa: ARG001
    for name in KINDS[kind].parameters:
        if name == "suche":
            continue
        with pytest.raises(UnknownSlide, match="<b>=1"):
            slides.build(Slide(kind=kind, parameters={**_plain(kind).parameters, name: "<b>=1"}), LIGHT)


@given(st.sampled_from(sorted(KINDS)), st.data())
def test_an_address_is_read_as_it_was_written(kind: str, data: st.DataObject) -> None:
    names = {name for name in KINDS[kind].parameters if data.draw(st.booleans())}
    parameters = {name: data.draw(st.text(min_size=1)) for name in KINDS[kind].parameters if name in names}
    assert deck.parse(Slide(kind=kind, parameters=parameters).address) == Slide(kind=kind, parameters=parameters)


@pytest.mark.parametrize("address", ["", "gibtsnicht", "glas?ars=1", "<b>", "glas?=1&x"])
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(UnknownSlide):
        deck.parse(address)


def test_pinning_leaves_out_what_the_picture_does_not_depend_on() -> None:
    slide = deck.pinned("glas", {"sicht": "nutzbar", "suche": "x", "stand": "2026-01-31"})
    assert slide.address == "glas?sicht=nutzbar&stand=2026-01-31"
    assert slide.live == "?sicht=nutzbar&stand=2026-01-31"
    assert deck.deck_address([slide]) == "praesentation?folie=glas%3Fsicht%3Dnutzbar%26stand%3D2026-01-31"


def test_a_view_is_put_onto_a_slide_by_its_button(app: AppTest) -> None:
    app.query_params["sicht"] = "nutzbar"
    app.run()
    app.button(key="glas_folie").click().run()
    assert app.session_state["folien"] == ["glas?sicht=nutzbar"]
    assert app.button(key="glas_folie").disabled
