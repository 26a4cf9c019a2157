"""A steward signs in at a real OpenID Connect provider and keeps a report through the page; nobody else can."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from tests.browser import oidc
from tests.browser.server import PATIENCE_MS, serve, settle
from tests.support import JANUARY, JENA, SHIPPED, WOHNSITZ, Instance, pvog, small_reference

STEWARD = "digital@jena.example"

pytestmark = pytest.mark.browser


@pytest.fixture
def own(tmp_path: Path) -> Instance:
    """An instance with one delivery and a list of stewards."""
    made = Instance(root=tmp_path / "daten", reference=small_reference(tmp_path / "daten" / "reference"))
    (made.reference / "geo").symlink_to(SHIPPED / "geo")
    made.rows([pvog(WOHNSITZ, JENA, online_status="nicht ok")], JANUARY)
    made.build()
    (made.root / "betreuer.yaml").write_text(
        f"- login: {STEWARD}\n  stelle: Stadtverwaltung Jena\n  einheiten: ['{JENA}']\n", "utf-8"
    )
    return made


@pytest.fixture
def sign_in(own: Instance, tmp_path: Path, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens the check of a report and signs in as the person with these claims."""
    with ExitStack() as open_until_the_end:

        def open_page(**claims: object) -> Page:
            login = open_until_the_end.enter_context(oidc.provider(**claims))

            def secrets(address: str) -> Path:
                path = tmp_path / "secrets.toml"
                path.write_text(oidc.settings(login, address), "utf-8")
                return path

            address = open_until_the_end.enter_context(serve(own.root, tmp_path / "log", secrets))
            page = browser.new_context(locale="de-DE").new_page()
            open_until_the_end.callback(page.context.close)
            page.goto(f"{address}/daten?abschnitt=meldung")
            settle(page).get_by_role("button", name="Als Betreuer anmelden").click()
            # the way back from the login leads to the start page; the session is signed in from then on
            expect(page).to_have_url(f"{address}/", timeout=PATIENCE_MS)
            page.goto(f"{address}/daten?abschnitt=meldung")
            return settle(page)

        yield open_page


def report(own: Instance, folder: Path) -> Path:
    """The template of Jena with one state filled in."""
    path = folder / "meldung.xlsx"
    assert own.etl("template", JENA, str(path)).code == 0
    book = load_workbook(path)
    sheet = book["Roll-in"]
    header = next(row for row in sheet.iter_rows() if "leika_key" in [cell.value for cell in row])
    columns = {cell.value: cell.column for cell in header}
    (line,) = [row[0].row for row in sheet.iter_rows() if WOHNSITZ in [cell.value for cell in row]]
    sheet.cell(line, columns["zustand"]).value = "im Test"
    book.save(path)
    return path


def upload(page: Page, path: Path) -> None:
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(path)


def test_a_steward_signs_in_and_keeps_a_report(own: Instance, sign_in: Callable[..., Page], tmp_path: Path) -> None:
    page = sign_in(email=STEWARD, email_verified=True)
    expect(page.get_by_text("Angemeldet für: Stadtverwaltung Jena.")).to_be_visible(timeout=PATIENCE_MS)
    upload(page, report(own, tmp_path))
    page.get_by_role("button", name="Meldung übernehmen").click(timeout=PATIENCE_MS)
    expect(page.get_by_text("Name der Lieferung: meldung-")).to_be_visible(timeout=PATIENCE_MS)
    kept = own.query("SELECT absender, herkunft::TEXT FROM snapshot WHERE source_id = 'meldung'")
    assert kept == [("Stadtverwaltung Jena", "meldung")]
    assert own.state(JENA) == "test"


def test_an_address_that_nobody_vouches_for_is_no_steward(
    own: Instance, sign_in: Callable[..., Page], tmp_path: Path
) -> None:
    page = sign_in(email=STEWARD, email_verified=False)
    expect(page.get_by_text("stehen aber nicht in der Liste der Betreuer")).to_be_visible(timeout=PATIENCE_MS)
    upload(page, report(own, tmp_path))
    expect(page.get_by_text("meldung.xlsx").first).to_be_visible(timeout=PATIENCE_MS)
    settle(page)
    expect(page.get_by_role("button", name="Meldung übernehmen")).to_have_count(0)
    assert own.query("SELECT count(*) FROM snapshot WHERE source_id = 'meldung'") == [(0,)]
