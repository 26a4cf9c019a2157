"""The Gradmesser-Index in a real browser: accessible in both looks and on a phone, weights by keyboard, rows that lead on."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.server import serve, settle
from tests.support import JENA

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(instance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The section of the index on the example instance."""
    with serve(instance.root, tmp_path_factory.mktemp("log") / "server.log", script="tests/index_app.py") as base:
        yield base


@pytest.fixture
def seen(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page in the look that the test asks for: width and colour scheme."""
    width, scheme = getattr(request, "param", (1440, "light"))
    context = browser.new_context(locale="de-DE", viewport={"width": width, "height": 900}, color_scheme=scheme)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("seen", [(1440, "light"), (1440, "dark"), (390, "light")], indirect=True)
def test_section_is_accessible_and_fits(seen: Page, address: str):
    seen.goto(f"{address}/?ars={JENA}")
    settle(seen)
    found = Axe().run(seen)
    assert found.violations_count == 0, found.generate_report()
    assert seen.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(seen.locator("tr.gm-mine th a")).to_have_text("Jena")
    expect(seen.locator("tr.gm-mine th a")).to_have_attribute("href", f"kommune?ars={JENA}")


def test_weights_change_the_address_by_keyboard_and_go_back(seen: Page, address: str):
    seen.goto(address)
    settle(seen)
    field = seen.get_by_label("Gewicht Angebot")
    field.fill("20")
    field.press("Enter")
    expect(seen).to_have_url(re.compile("gewichte=20-30-20"))
    expect(seen.locator("table.gm-index caption").first).to_contain_text("28,6 % Angebot")
    seen.get_by_role("button", name="Grundgewichte").press("Enter")
    expect(seen).not_to_have_url(re.compile("gewichte"))
