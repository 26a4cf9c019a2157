"""The page Weitere Themen in a real browser: accessible, nothing cut off, links that lead somewhere, the sheet to take along."""

import io
import re
from pathlib import Path

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from gradmesser.catalog import themen
from tests.browser.conftest import Visit
from tests.browser.server import settle

pytestmark = pytest.mark.browser
JENA = "160530000000"


@pytest.mark.parametrize("scheme", ["dark"])
@pytest.mark.parametrize("theme", ["e_akte", "ende_zu_ende", "opendata_publisher"])
def test_page_is_accessible(visit: Visit, theme: str, scheme: str):
    page = visit(f"themen?thema={theme}", color_scheme=scheme)
    expect(page.locator(".gm-finding")).to_have_count(3 if theme == "opendata_publisher" else 4)
    assert Axe().run(page).violations_count == 0


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
