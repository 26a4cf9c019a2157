"""High contrast, chosen or wished by the system: texts reach 7:1, controls and areas have an edge that is seen."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from gradmesser.charts.tokens import DARK, HIGH_DARK, HIGH_LIGHT, LIGHT, Palette
from tests.browser.conftest import Visit
from tests.browser.server import settle
from tests.browser.test_access import REST
from tests.browser.test_sizes import hexed
from tests.support import JENA, WOHNSITZ
from tests.test_charts import contrast

pytestmark = pytest.mark.browser

PATHS = {
    "gradmesser": "", "karte": "karte?ebene=kreise", "kommune": f"kommune?ars={JENA}", "leistungen": "leistungen?suche=wohnsitz",
    "register": "register?kreis=160530000000", "matrix": "register?kreis=160530000000&abschnitt=matrix", "vergleich": f"vergleich?ars={JENA}",
    "veraenderung": "veraenderung", "europa": "europa", "themen": "themen?thema=e_akte", "praesentation": "praesentation?folie=glas",
    "meldung": "daten?abschnitt=meldung", "quellen": "daten", "glossar": "glossar",
}  # fmt: skip
EDGES = """() => [...document.querySelectorAll('[data-testid=stApp] :is(button, input, details, [role=group], [role=radio], section)')]
  .filter(one => one.getBoundingClientRect().width && !one.disabled).flatMap(one => { const style = getComputedStyle(one);
    return ['Top', 'Left', 'Bottom'].filter(side => parseFloat(style[`border${side}Width`]) && style[`border${side}Style`] != 'none')
      .map(side => style[`border${side}Color`]); })"""
AREAS = "all => all.map(one => [one.dataset.class, one.getAttribute('fill'), one.getAttribute('stroke')])"


def high(path: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}kontrast=hoch"


def faint(page: Page) -> list[str]:
    """Texts below 7:1 (large ones below 4.5:1), as axe measures them."""
    options = {"runOnly": ["color-contrast-enhanced"], "resultTypes": ["violations"]}
    found = Axe().run(page, {"exclude": REST}, options).response["violations"]
    return [node["html"] for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("name", PATHS)
def test_every_text_reaches_seven_and_every_control_has_an_edge(visit: Visit, name: str):
    page = visit(high(PATHS[name]))
    for scheme, colours in (("light", HIGH_LIGHT), ("dark", HIGH_DARK)):
        page.emulate_media(color_scheme=scheme)
        settle(page)
        app = page.get_by_test_id("stApp")
        expect(app).to_have_css("background-color", re.compile(r"255, 255, 255|0, 0, 0"))
        page.wait_for_timeout(300)
        settle(page)
        assert faint(page) == []
        edges = [hexed(edge) for edge in page.evaluate(EDGES)]
        drawn = [edge for edge in edges if edge]
        assert len(drawn) > 3
        assert [edge for edge in drawn if contrast(edge, colours.surface) < 7] == []


def test_without_the_choice_the_look_is_the_usual_one(visit: Visit):
    page = visit("", color_scheme="dark")
    background = page.get_by_test_id("stApp").evaluate("one => getComputedStyle(one).backgroundColor")
    assert hexed(background) == DARK.surface
    assert faint(page) != [], "the measure finds what high contrast mends"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_wish_of_the_system_is_enough(visit: Visit, scheme: str):
    page = visit("karte?ebene=kreise", color_scheme=scheme, contrast="more")
    colours = HIGH_LIGHT if scheme == "light" else HIGH_DARK
    background = page.get_by_test_id("stApp").evaluate("one => getComputedStyle(one).backgroundColor")
    assert hexed(background) == colours.surface
    assert faint(page) == []
    assert {hexed(edge) for edge in page.evaluate(EDGES)} - {""} == {colours.line}
    usual = LIGHT if scheme == "light" else DARK
    assert_edged(page, usual, colours, least=4.5)


@pytest.mark.parametrize(("scheme", "colours"), [("light", HIGH_LIGHT), ("dark", HIGH_DARK)])
@pytest.mark.parametrize("path", ["karte", f"karte?leistung={WOHNSITZ}"])
def test_areas_of_the_map_are_told_apart_by_an_edge(visit: Visit, scheme: str, colours: Palette, path: str):
    page = visit(high(path), color_scheme=scheme)
    assert_edged(page, colours, colours, least=4.5)
    outline = page.locator("svg.canvas .outlines.halo")
    expect(outline).to_have_css("display", "inline")
    expect(outline).to_have_css("stroke", rgb(colours.surface))
    expect(page.locator("svg.canvas .outlines:not(.halo)")).to_have_css("stroke", rgb(colours.text))


def rgb(colour: str) -> str:
    return f"rgb({int(colour[1:3], 16)}, {int(colour[3:5], 16)}, {int(colour[5:7], 16)})"


def drawn_areas(page: Page) -> list[tuple[str, str, str]]:
    """Class, fill and edge of every area."""
    expect(page.locator("svg.canvas .area[stroke]").first).to_be_attached()
    return page.locator("svg.canvas .area").evaluate_all(AREAS)


def assert_edged(page: Page, fills: Palette, colours: Palette, *, least: float) -> None:
    """Plain fills are of the palette and stand out from their edge; patterns have no colour of their own here."""
    areas = drawn_areas(page)
    plain = {(fill, hexed(edge)) for _, fill, edge in areas if fill.startswith("#")}
    assert plain
    assert {fill for fill, _ in plain} <= {*fills.classes, fills.live}
    assert {hexed(edge) for *_, edge in areas} <= {colours.text, colours.surface}
    assert [pair for pair in plain if contrast(*pair) < least] == []


def test_usual_edges_are_of_the_paper(visit: Visit):
    page = visit("karte?ebene=kreise")
    assert {hexed(edge) for *_, edge in drawn_areas(page)} == {LIGHT.surface}
    expect(page.locator("svg.canvas .outlines.halo")).to_have_css("display", "none")
