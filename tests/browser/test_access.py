"""Every page is usable without eyes, mouse or a wide screen: axe finds nothing, and Tab reaches what a mouse reaches."""

import re
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.server import settle
from tests.support import JENA

pytestmark = pytest.mark.browser

PATHS = {
    "gradmesser": "", "karte": "karte?ebene=kreise", "kommune": f"kommune?ars={JENA}&zustand=gestoert", "quellen": "daten",
    "lieferungen": "daten?abschnitt=lieferungen", "downloads": "daten?abschnitt=downloads", "methodik": "daten?abschnitt=methodik",
}  # fmt: skip
"""Every kind of element once; short lists, since axe looks at each cell."""
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
STREAMLITS_OWN: dict[str, tuple[str, ...]] = {}
"""Rule -> selectors of Streamlit's own elements that break it, each with its reason; nothing at present."""


def violations(page: Page) -> list[str]:
    """What axe finds, but for Streamlit's own."""
    found = []
    for rule in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]:
        known = STREAMLITS_OWN.get(rule["id"], ())
        nodes = [" ".join(str(part) for part in node["target"]) for node in rule["nodes"]]
        found += [f"{rule['id']}: {node} – {rule['help']}" for node in nodes if not node.startswith(known or ("\0",))]
    return found


@pytest.mark.parametrize("name", PATHS)
def test_axe_finds_nothing_light_or_dark_at_a_desktop_or_on_a_phone(visit: Visit, name: str):
    page = visit(PATHS[name])
    levels = page.locator("[data-testid=stMain] :is(h1, h2, h3, h4)").evaluate_all(
        "all => all.map(one => Number(one.tagName[1]))"
    )
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise([0, *levels])), levels
    for label in ("Tabelle derselben Zeilen", "Quellen & Rechenweg"):
        if found := page.get_by_text(label).filter(visible=True).all():
            found[min(1, len(found) - 1)].click()
            settle(page)
    broken = {}
    for scheme, background in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(13, 15, 26)")):
        page.emulate_media(color_scheme=scheme)
        expect(page.get_by_test_id("stApp")).to_have_css("background-color", background)
        for size in (DESKTOP, PHONE):
            page.set_viewport_size(size)
            page.wait_for_timeout(300)
            settle(page)
            broken[scheme, size["width"]] = violations(page)
    assert {look: found for look, found in broken.items() if found} == {}


FOCUSED = """() => {
  let one = document.activeElement;
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  const name = one.getAttribute('aria-label') || one.innerText || one.closest('label')?.innerText || one.value || '';
  return {
    name: name.trim().split('\\n')[0], tag: one.tagName, role: one.getAttribute('role') || '',
    seen: box.width > 0 && box.height > 0, href: one.getAttribute('href') || '',
    mark: style.outlineStyle !== 'none' || style.boxShadow !== 'none' || one.closest('[data-testid=stSidebar]') !== null,
  };
}"""


def walk(page: Page, least: int) -> list[dict[str, object]]:
    """What Tab reaches, one after the other, until it leaves the page or comes back to the start."""
    steps: list[dict[str, object]] = []
    page.evaluate("document.activeElement.blur()")
    for _ in range(least):
        page.keyboard.press("Tab")
        step = page.evaluate(FOCUSED)
        if step["tag"] == "BODY":
            break
        steps.append(step)
    return steps


@pytest.mark.parametrize("path", ["", "karte", f"kommune?ars={JENA}&abschnitt=leistungen"])
def test_tab_reaches_every_control_download_and_table(visit: Visit, path: str):
    page = visit(path)
    buttons = sum(page.get_by_role("button", name=label, exact=True).count() for label in ("CSV", "XLSX"))
    expanders = page.locator("[data-testid=stExpander] summary").filter(visible=True).count()
    steps = walk(page, 400)
    names = [str(step["name"]) for step in steps]
    assert names.count("CSV") + names.count("XLSX") == buttons > 0
    assert sum(step["tag"] == "SUMMARY" for step in steps) == expanders
    assert "Methodik" in names
    assert any(step["role"] == "region" for step in steps) == bool(page.locator(".gm-scroll").count())
    assert all(step["seen"] for step in steps if step["name"] != "Skip to main content"), "focus is never on nothing"


def test_every_unit_of_the_map_is_a_link_in_the_list_that_tab_reaches(visit: Visit):
    page = visit("karte?ebene=kreise")
    links = {str(step["href"]) for step in walk(page, 120) if str(step["href"]).startswith("kommune?ars=")}
    assert len(links) == 22
    areas = page.locator(".area")
    expect(areas).to_have_count(22)
    assert page.locator(".area[tabindex='0']").count() == 1, "one stop; arrow keys go on"


def test_keyboard_alone_finds_a_unit_and_downloads_its_next_steps(visit: Visit):
    page = visit("kommune")
    for _ in range(60):
        page.keyboard.press("Tab")
        if (
            page.evaluate("document.activeElement.getAttribute('aria-label') || ''").startswith(
                ("Gemeinde, Verwaltung", "Selected")
            )
            or page.evaluate("document.activeElement.getAttribute('role')") == "combobox"
        ):
            break
    page.keyboard.type("Jena")
    page.keyboard.press("Enter")
    expect(page.locator(".gm-finding").first).to_contain_text("Jena: ")
    settle(page)
    passed = 0
    for _ in range(200):
        page.keyboard.press("Tab")
        passed += page.evaluate(FOCUSED)["name"] == "CSV"
        if passed == 2:  # the biggest gaps come first
            break
    with page.expect_download() as started:
        page.keyboard.press("Enter")
    assert started.value.suggested_filename.startswith(f"gradmesser_naechste-schritte_{JENA}_stand-")


def test_figures_have_a_text_instead_of_the_picture(visit: Visit):
    page = visit()
    texts = page.get_by_test_id("stPlotlyChart").evaluate_all(
        "all => all.map(one => (one.querySelector('[aria-label]') || one).getAttribute('aria-label') || '')"
    )
    assert len(texts) == 3
    for text in texts:
        assert re.search(r"Stand \d\d\.\d\d\.\d{4}", text)
        assert "BEISPIELDATEN" in text
        assert "Tabelle darunter" in text


def test_meaning_survives_forced_colours_and_large_text(visit: Visit):
    page = visit("karte", forced_colors="active")
    expect(page.locator(".legend li")).to_have_count(11)
    assert len(set(page.locator(".legend li .label").all_inner_texts())) == 11
    page = visit("", viewport={"width": 720, "height": 450}, device_scale_factor=2)
    page.add_style_tag(content="html { font-size: 200% !important; }")
    assert page.evaluate("document.documentElement.scrollWidth") <= 720
