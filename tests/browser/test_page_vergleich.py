"""The page Vergleich in a real browser: the criteria change the address and the peers."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.server import settle
from tests.support import VG

pytestmark = pytest.mark.browser


def test_criteria_change_the_peers_and_the_address_keeps_them(visit: Visit):
    page = visit(f"vergleich?ars={VG}")
    page.get_by_role("button", name="Rolle der Verwaltung").click()
    expect(page).to_have_url(re.compile("kriterien=einwohner-dichte-kreis"))
    settle(page)
    names = page.locator(".gm-table").last.locator("tbody th").all_inner_texts()
    again = visit(page.url.split("/", 3)[3])
    assert again.locator(".gm-table").last.locator("tbody th").all_inner_texts() == names
    expect(again.locator(".gm-multiples")).to_have_count(0)
