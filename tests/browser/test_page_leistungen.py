"""The page Leistungen in a real browser: accessible, nothing cut off, links that lead somewhere."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.server import settle

pytestmark = pytest.mark.browser


def test_a_service_of_the_list_opens_its_own_block_and_its_map(visit: Visit):
    page = visit("leistungen?sortierung=viel")
    link = page.locator(".gm-table tbody th a").first
    name = link.inner_text()
    link.click()
    expect(page.locator(".gm-finding").first).to_contain_text(f"„{name}“")
    settle(page)
    page.get_by_role("link", name="Auf der Karte ansehen").click()
    expect(page).to_have_url(re.compile(r"/karte\?leistung=\d{14}$"))
    expect(page.locator(".gm-finding").first).to_contain_text(f"„{name}“")
    settle(page)


def test_the_lever_leads_to_who_is_missing(visit: Visit):
    page = visit("leistungen?abschnitt=hebel")
    link = page.locator(".gm-table").first.locator("tbody td a").first
    name = link.inner_text()
    link.click()
    expect(page).to_have_url(re.compile(r"/kommune(\?ars=\d{12})?$"))
    expect(page.locator(".gm-finding").first).to_contain_text(f"{name}: ")
    settle(page)


def test_search_narrows_the_list_and_the_address_keeps_it(visit: Visit):
    page = visit("leistungen")
    box = page.get_by_label("Leistung suchen")
    box.fill("wohnsitz")
    box.press("Enter")
    expect(page).to_have_url(re.compile("suche=wohnsitz"))
    settle(page)
    names = page.locator(".gm-table").first.locator("tbody th").all_inner_texts()
    assert names
    assert visit(page.url.split("/", 3)[3]).locator(".gm-table").first.locator("tbody th").all_inner_texts() == names
