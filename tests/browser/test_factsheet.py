"""Toggles and fact sheet in a real browser: accessible in every view, one press brings one page named by the date of the data."""

import re
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

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


@pytest.mark.parametrize("seen", [(390, "light")], indirect=True)
@pytest.mark.parametrize("path", ["?sicht=nutzbar&gewicht=einwohner", "karte?sicht=nutzbar"])
def test_views_are_accessible_and_fit(seen: Page, address: str, path: str):
    seen.goto(f"{address}/{path}")
    settle(seen)
    found = Axe().run(seen)
    assert found.violations_count == 0, found.generate_report()
    assert seen.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(
    ("path", "ars", "finding"),
    [("kommune?ars=160530000000", "160530000000", "Jena: "), ("", "160000000000", "Zuständigkeiten der 206")],
)
def test_one_press_brings_the_page(seen: Page, address: str, tmp_path: Path, path: str, ars: str, finding: str):
    seen.goto(f"{address}/{path}")
    settle(seen)
    with seen.expect_download(timeout=45_000) as started:
        seen.get_by_role("button", name=re.compile("Datenblatt")).click()
    assert started.value.suggested_filename == f"gradmesser_datenblatt_{ars}_stand-2026-06-30_BEISPIEL.pdf"
    started.value.save_as(tmp_path / "blatt.pdf")
    (sheet,) = pypdf.PdfReader(tmp_path / "blatt.pdf").pages
    assert finding in " ".join(sheet.extract_text().split())
