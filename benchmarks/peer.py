"""The same map in Dash: what another day costs on the line and until it is drawn, beside ours in the same run."""

import importlib.util
import statistics
import sys
from collections.abc import Callable
from contextlib import ExitStack

from playwright.sync_api import Browser, sync_playwright

from benchmarks.instances import Instances
from benchmarks.report import Line, Part
from benchmarks.wire import PATIENCE_SECONDS, QUIET_MS, Proxy, Sample, Visit, serve, serve_by
from tests import chromium

_ROUNDS = 9
_AREAS = "#karte path.choroplethlayer, #karte .choroplethlayer path"
_WATCH = """() => {
    const watch = (window.benchmark = {start: null, last: 0});
    const observer = new MutationObserver(() => { watch.last = performance.now(); });
    observer.observe(document.querySelector("#karte"), {subtree: true, childList: true, attributes: true});
    addEventListener("click", (event) => { watch.start ??= event.timeStamp; }, {capture: true, once: true});
    watch.end = () => observer.disconnect();
}"""
_STABLE = (
    f"() => window.benchmark.last > window.benchmark.start && performance.now() - window.benchmark.last > {QUIET_MS}"
)
_TAKEN = "() => { window.benchmark.end(); return window.benchmark.last - window.benchmark.start; }"


class DashVisit:
    """The open Dash page."""

    def __init__(self, browser: Browser, proxy: Proxy) -> None:
        """Open it and wait until the areas are drawn."""
        self._proxy = proxy
        self.page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="de-DE", reduced_motion="reduce")
        self.page.goto(f"http://127.0.0.1:{proxy.port}/")
        self.page.locator(_AREAS).first.wait_for(state="attached", timeout=1000 * PATIENCE_SECONDS)
        self.page.wait_for_timeout(3 * QUIET_MS)
        self._payload = 0
        self.page.on("response", self._count)

    def _count(self, response: object) -> None:
        if "_dash-update-component" in response.url:
            self._payload += len(response.body())

    def choose(self, nr: int) -> Sample:
        """Take the nr-th entry of the list of days."""
        self.page.locator("#stand").click()
        option = self.page.locator(".dash-dropdown-option, [role=option]").nth(nr)
        option.wait_for()
        self.page.wait_for_timeout(QUIET_MS)
        self.page.evaluate(_WATCH)
        line, payload = self._proxy.received, self._payload
        option.click()
        self.page.wait_for_function(_STABLE, timeout=1000 * PATIENCE_SECONDS)
        return Sample(
            payload=(self._payload - payload) / 1000, line=(self._proxy.received - line) / 1000,
            milliseconds=self.page.evaluate(_TAKEN),
        )  # fmt: skip


def measure(instances: Instances, progress: Callable[[str], None], *, quick: bool) -> Part:
    """Ours and Dash in turns; raises RuntimeError without Chromium or without Dash (requirements-bench.txt)."""
    executable = chromium.find()
    if not executable or not importlib.util.find_spec("dash"):
        message = "Es fehlt Chromium (`python -m tests.chromium`) oder Dash (requirements-bench.txt)."
        raise RuntimeError(message)
    data = instances.built("plain")
    rounds = 3 if quick else _ROUNDS
    ours, theirs = [], []
    with ExitStack() as stack:
        app = stack.enter_context(serve("dashboard.py", data))
        peer = stack.enter_context(
            serve_by([sys.executable, "-m", "benchmarks.dash_map", "{port}"], "_dash-layout", data)
        )
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=executable, args=chromium.FLAGS)
        stack.callback(browser.close)
        mine, dash = Visit(browser, app, "karte", "svg.canvas .area"), DashVisit(browser, peer)
        for nr in range(rounds):
            ours.append(mine.choose_next("Stand"))
            theirs.append(dash.choose(nr + 1))
            progress(f"peer: Runde {nr + 1} von {rounds}")
        version = browser.version

    def line(title: str, what: str, unit: str) -> Line:
        mine, dash = (statistics.median(getattr(one, what) for one in taken) for taken in (ours, theirs))
        return Line(title=title, value=mine, floor=dash, unit=unit)

    return Part(
        name="peer",
        method=(
            f"Chromium {version} ohne Fenster, dieselbe Datenbank, abwechselnd, Median aus {rounds}. Maßstab ist die Karte der Gemeinden in "
            "Dash, wie dessen Anleitung rät: Grenzen als Datei, ein Wechsel schickt nur die Werte (Patch). Die Dash-Seite hat nur "
            "Titel, Auswahl und Karte; die Karte des Gradmessers schreibt beim selben Klick auch Aussage, Zeitreihe, Liste, Tabelle "
            "und Nachweise neu. Dauer: vom Klick bis zur letzten Änderung."
        ),
        lines=[
            line("Karte, anderer Stand: Nutzlast", "payload", "kB"),
            line("Karte, anderer Stand: auf der Leitung", "line", "kB"),
            line("Karte, anderer Stand: Dauer", "milliseconds", "ms"),
        ],
    )
