"""The page Europa in a real browser: accessible, nothing cut off, a chosen state is kept in the address."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light"])
def test_page_is_accessible(visit: Visit, scheme: str):
    page = visit("europa?land=EE&indikator=e_gov_3_ke", color_scheme=scheme)
    expect(page.locator(".gm-finding")).to_have_count(4)
    expect(page.locator(".gm-banner").first).to_contain_text("veröffentlichte Werte")
    assert Axe().run(page).violations_count == 0
