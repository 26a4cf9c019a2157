"""The page Register in a real browser: the matrix by keyboard, links that lead somewhere."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.server import serve, settle

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(instance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Dashboard on the example instance."""
    with serve(instance.root, tmp_path_factory.mktemp("log") / "server.log") as base:
        yield base


@pytest.fixture
def seen(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page in the look that the test asks for: width and colour scheme."""
    width, scheme = getattr(request, "param", (1440, "light"))
    context = browser.new_context(locale="de-DE", viewport={"width": width, "height": 900}, color_scheme=scheme)
    yield context.new_page()
    context.close()


def test_matrix_is_one_tab_stop_a_unit_and_leads_to_the_unit(seen: Page, address: str):
    seen.goto(f"{address}/register?kreis=160530000000&abschnitt=matrix")
    settle(seen)
    matrix = seen.locator("table.gm-matrix")
    expect(matrix.locator("tbody th[scope=row]")).to_have_count(1)
    expect(matrix.locator("thead th[scope=col]")).to_have_count(8)
    assert matrix.locator("td a:not([tabindex='-1'])").count() == 0
    seen.locator("[role=region]:has(table.gm-matrix)").focus()
    seen.keyboard.press("Tab")
    expect(matrix.locator("tbody th a")).to_be_focused()
    seen.keyboard.press("Enter")
    expect(seen).to_have_url(re.compile(r"/kommune\?ars=160530000000"), timeout=45_000)
    settle(seen)
    expect(seen.locator("h2.gm-finding", has_text="Identifikationsnummer")).to_be_visible()


def test_a_cell_is_a_link_for_the_mouse_and_says_its_state_in_words(seen: Page, address: str):
    seen.goto(f"{address}/register?abschnitt=matrix")
    settle(seen)
    cell = seen.locator("table.gm-matrix td a").first
    words = cell.locator(".gm-sr").inner_text()
    assert words
    cell.click()
    expect(seen).to_have_url(re.compile(r"/kommune\?ars=16"), timeout=45_000)
