"""The page Europa in a real browser: accessible, nothing cut off, a chosen state is kept in the address."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.server import settle
from tests.browser.test_page_leistungen import CUT_OFF

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_is_accessible(visit: Visit, scheme: str):
    page = visit("europa?land=EE&indikator=e_gov_3_ke", color_scheme=scheme)
    expect(page.locator(".gm-finding")).to_have_count(4)
    expect(page.locator(".gm-banner").first).to_contain_text("veröffentlichte Werte")
    assert Axe().run(page).violations_count == 0


def test_nothing_is_cut_off_and_nothing_scrolls_sideways(visit: Visit):
    page = visit("europa?land=AL")
    for width, height in ((1440, 900), (1920, 1080), (720, 450), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(500)
        settle(page)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
        assert page.evaluate(CUT_OFF) == [], f"at {width} pixels"
