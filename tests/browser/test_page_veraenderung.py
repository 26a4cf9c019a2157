"""The page Veränderung in a real browser: accessible, nothing cut off, the feed arrives with its kind."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.server import settle

pytestmark = pytest.mark.browser


def test_quick_choice_changes_finding_and_address_and_the_feed_arrives(visit: Visit):
    page = visit("veraenderung")
    before = page.locator(".gm-finding").first.inner_text()
    page.get_by_role("button", name="3 Monate").click()
    expect(page.locator(".gm-finding").first).not_to_have_text(before)
    settle(page)
    assert "von=2026-03-31" in page.url
    for name, kind in (("RSS", "application/xml"), ("JSON Feed", "application/json")):
        address = page.get_by_role("link", name=name).evaluate("link => link.href")
        answer = page.request.get(address)
        assert answer.ok
        assert kind in answer.headers["content-type"]
        assert "BEISPIELDATEN" in answer.text()
