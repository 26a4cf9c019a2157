"""Fixtures of the browser tests: Chromium, the dashboard on the example instance, visits that are watched."""

import os
import re
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

from gradmesser.ui import frame
from tests import chromium
from tests.browser.server import serve, settle
from tests.support import Instance

MISSING = "ACHTUNG: kein Chromium gefunden, Browsertests übersprungen (python -m tests.chromium richtet eines ein)"
_LOG = pytest.StashKey[Path]()
_DEEP_LINKS = "|".join(Path(entry.path).stem for entry in list(frame.PAGES.values())[1:])

_TELL_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
    console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`))"""

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """Start the Chromium that tests.chromium finds; without one: a failure in CI, a skip elsewhere."""
    executable = chromium.find()
    if not executable:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)
    return {**browser_type_launch_args, "executable_path": executable, "args": chromium.FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    """A German reader at a desktop who does not like movement."""
    return {
        **browser_context_args, "locale": "de-DE", "timezone_id": "Europe/Berlin", "reduced_motion": "reduce",
        "viewport": {"width": 1440, "height": 900},
    }  # fmt: skip


@pytest.fixture(scope="session")
def server(
    instance: Instance, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[str]:
    """Address of the dashboard on the example instance."""
    log = tmp_path_factory.mktemp("dashboard") / "log"
    request.session.stash[_LOG] = log
    with serve(instance.root, log) as address:
        yield address


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of the dashboard's log beside a failure."""
    report = yield
    log = item.session.stash.get(_LOG, None)
    if report.failed and log is not None and "server" in getattr(item, "fixturenames", ()):
        report.sections.append(("dashboard log", log.read_text("utf-8")[-4000:]))
    return report


class Watch:
    """Collects what a visit must not do: ask another site, log an error, get an error as answer, break the page's CSP."""

    def __init__(self, page: Page, base: str) -> None:
        """Watch one page from its first request."""
        self.found: list[str] = []
        self._base = base
        # Streamlit asks for these beside a deep link first; 404 there, then at the right place, is how it works.
        self._known = re.compile(rf"{re.escape(base)}/({_DEEP_LINKS})/_stcore/(health|host-config)")
        page.add_init_script(_TELL_VIOLATIONS)  # some violations, WebAssembly for one, are not in the console
        page.on("request", lambda request: self._ask(request.url))
        page.on("response", self._answer)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"script: {error}"))

    def _ask(self, url: str) -> None:
        if not url.startswith((f"{self._base}/", "data:", "blob:")):
            self.found.append(f"leaves the site: {url}")

    def _answer(self, response: Response) -> None:
        if response.status >= 400 and not self._known.fullmatch(response.url):
            self.found.append(f"{response.status}: {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not self._known.fullmatch(message.location["url"]):
            self.found.append(f"console: {message.text}")


@pytest.fixture(scope="session")
def usual_context(browser: Browser, browser_context_args: dict[str, object]) -> Iterator[BrowserContext]:
    """The reader's browser, kept over the tests: Streamlit's 9 MB of scripts are loaded once."""
    context = browser.new_context(**browser_context_args)
    yield context
    context.close()


@pytest.fixture
def visit(
    browser: Browser, usual_context: BrowserContext, browser_context_args: dict[str, object], server: str
) -> Iterator[Visit]:
    """Opens a page of the dashboard and waits until it is drawn; every visit is a session of its own and is watched.

    `visit("karte?ebene=kreise", color_scheme="dark")`: options make a browser of its own, `base` is another server.
    """
    pages: list[Page] = []
    watches: list[Watch] = []

    def open_page(path: str = "", base: str = server, **options: object) -> Page:
        context = browser.new_context(**{**browser_context_args, **options}) if options else usual_context
        page = context.new_page()
        pages.append(page)
        watches.append(Watch(page, base))
        page.goto(f"{base}/{path}")
        return settle(page)

    yield open_page
    for page in pages:
        page.close() if page.context == usual_context else page.context.close()
    assert [found for watch in watches for found in watch.found] == []
