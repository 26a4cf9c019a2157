"""The Gradmesser-Index in a real browser: accessible in both looks and on a phone, weights by keyboard, rows that lead on."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.support import JENA

pytestmark = pytest.mark.browser


SECTION = "vergleich?abschnitt=index"
LOOKS = [((1440, 900), "light"), ((1440, 900), "dark"), ((390, 844), "light")]


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_section_is_accessible_and_fits(visit: Visit, size: tuple[int, int], scheme: str):
    seen = visit(f"{SECTION}&ars={JENA}", viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    found = Axe().run(seen)
    assert found.violations_count == 0, found.generate_report()
    assert seen.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(seen.locator("tr.gm-mine th a")).to_have_text("Jena")
    expect(seen.locator("tr.gm-mine th a")).to_have_attribute("href", f"kommune?ars={JENA}")


def test_weights_change_the_address_by_keyboard_and_go_back(visit: Visit):
    seen = visit(SECTION)
    field = seen.get_by_label("Gewicht Angebot")
    field.fill("20")
    field.press("Enter")
    expect(seen).to_have_url(re.compile("gewichte=20-30-20"))
    expect(seen.locator("table.gm-index caption").first).to_contain_text("28,6 % Angebot")
    seen.get_by_role("button", name="Grundgewichte").press("Enter")
    expect(seen).not_to_have_url(re.compile("gewichte"))
