"""The page Weitere Themen in a real browser: links that lead somewhere, the sheet to take along."""

import io
import re
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from gradmesser.catalog import themen
from tests.browser.conftest import Visit
from tests.browser.server import settle

pytestmark = pytest.mark.browser
JENA = "160530000000"


def test_a_unit_leads_to_its_page_and_its_sheet(visit: Visit):
    page = visit("themen?thema=e_akte")
    page.locator(".gm-table").nth(1).locator("tbody th a").first.click()
    expect(page).to_have_url(re.compile(r"/kommune\?ars=\d{12}&abschnitt=themen$"))
    settle(page)
    with page.expect_download() as started:
        page.get_by_role("button", name="Vorlage weitere Themen (XLSX)").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(started.value.path()).read_bytes()))
    assert themen.SHEET in book.sheetnames
    assert "BEISPIELDATEN" in str(book["Hinweise"]["B1"].value)
