"""First paint of the pages, and memory and processor time of one visitor more, against an empty Streamlit page."""

import os
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.instances import Instances
from benchmarks.report import Line, Part
from benchmarks.wire import EMPTY, PATIENCE_SECONDS, Proxy, serve
from gradmesser.ui import frame
from tests import chromium

_ROUNDS, _VISITORS = 5, 12
_SHOWN = ("Gradmesser", "Karte", "Kommune")
_EMPTY_PAGE = "leere Seite"
_DONE = (
    '[data-testid="stApp"][data-test-script-state="notRunning"] [data-testid="stMain"] :is(h1, h2, [role="combobox"])'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """One opening of a page: milliseconds until its script has run and its heading stands, kB on the line."""

    milliseconds: float
    line: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one visitor more costs the server: MB that stay while the page is open, processor ms of the first visit."""

    memory: float
    cpu: float


def measure(instances: Instances, progress: Callable[[str], None], *, quick: bool) -> Part:
    """All pages in turns in browsers without a cache, then visitors one after the other, none of whom leaves."""
    executable = chromium.find()
    if not executable:
        message = "Kein Chromium gefunden: `python -m tests.chromium` richtet eines ein."
        raise RuntimeError(message)
    data = instances.built("plain")
    rounds, visitors = (2, 3) if quick else (_ROUNDS, _VISITORS)
    addresses = {
        page.title: Path(page.path).stem.replace("dashboard", "")
        for page in frame.PAGES.values()
        if page.title in _SHOWN
    }
    cold: dict[str, list[Paint]] = {}
    warm: dict[str, list[Paint]] = {}
    with ExitStack() as stack:
        empty, app = (stack.enter_context(serve(script, data)) for script in (EMPTY, "dashboard.py"))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=executable, args=chromium.FLAGS)
        stack.callback(browser.close)
        pages = {_EMPTY_PAGE: (empty, ""), **{title: (app, path) for title, path in addresses.items()}}
        for nr in range(rounds + 1):
            for title, (proxy, path) in pages.items():
                first, second = _opened_twice(browser, proxy, path)
                if nr:  # the first round fills the caches of the servers
                    cold.setdefault(title, []).append(first)
                    warm.setdefault(title, []).append(second)
            progress(f"visitors: Runde {nr} von {rounds}")
        costs = {title: _cost(browser, proxy, path, visitors) for title, (proxy, path) in pages.items()}
        version = browser.version
    return Part(
        name="visitors",
        method=(
            f"Chromium {version} ohne Fenster, {instances.size.months} Monate Geschichte, Zwischenspeicher des Servers gefüllt. "
            "Erstes Bild: vom Aufruf der Adresse, bis das Skript der Seite zu Ende ist und ihre Überschrift steht; ohne und mit "
            f"Zwischenspeicher des Browsers, abwechselnd, Median aus {rounds}. Je Besucher: {visitors} Besucher öffnen nacheinander "
            "dieselbe Seite und bleiben; gemessen sind Speicher (RSS) und Prozessorzeit des Servers. Maßstab ist eine Seite von "
            "Streamlit mit Titel und einer Liste im selben Lauf."
        ),
        lines=[*_paint_lines(cold, "leerer Browser"), *_paint_lines(warm, "zweiter Aufruf"), *_cost_lines(costs)],
    )


def _opened_twice(browser: Browser, proxy: Proxy, path: str) -> tuple[Paint, Paint]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="de-DE", reduced_motion="reduce")
    try:
        return _opened(context, proxy, path)[1], _opened(context, proxy, path)[1]
    finally:
        context.close()


def _opened(context: BrowserContext, proxy: Proxy, path: str) -> tuple[Page, Paint]:
    page = context.new_page()
    received, started = proxy.received, time.perf_counter()
    page.goto(f"http://127.0.0.1:{proxy.port}/{path}", wait_until="commit")
    page.locator(_DONE).first.wait_for(timeout=1000 * PATIENCE_SECONDS)
    taken = 1000 * (time.perf_counter() - started)
    return page, Paint(milliseconds=taken, line=(proxy.received - received) / 1000)


def _cost(browser: Browser, proxy: Proxy, path: str, visitors: int) -> Cost:
    """Two visitors warm up; the others are measured together."""
    with browser.new_context(locale="de-DE") as context:
        for _ in range(2):
            _opened(context, proxy, path)
        before = _used(proxy.pid)
        for _ in range(visitors):
            _opened(context, proxy, path)
        after = _used(proxy.pid)
    return Cost(memory=(after[0] - before[0]) / visitors, cpu=(after[1] - before[1]) / visitors)


def _used(pid: int) -> tuple[float, float]:
    """Resident memory in MB and processor time in ms of a process, as Linux tells."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1])
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1000 * ticks / os.sysconf("SC_CLK_TCK")


def _paint_lines(taken: dict[str, list[Paint]], how: str) -> list[Line]:
    def median(title: str, what: str) -> float:
        return statistics.median(getattr(one, what) for one in taken[title])

    lines = []
    for title in taken:
        floor = None if title == _EMPTY_PAGE else median(_EMPTY_PAGE, "milliseconds")
        size = None if title == _EMPTY_PAGE else median(_EMPTY_PAGE, "line")
        lines += [
            Line(title=f"{title}: erstes Bild, {how}", value=median(title, "milliseconds"), floor=floor, unit="ms"),
            Line(title=f"{title}: auf der Leitung, {how}", value=median(title, "line"), floor=size, unit="kB"),
        ]
    return lines


def _cost_lines(costs: dict[str, Cost]) -> list[Line]:
    empty = costs[_EMPTY_PAGE]
    return [
        line
        for title, cost in costs.items()
        for line in (
            Line(title=f"{title}: Speicher je Besucher", value=cost.memory, unit="MB"),
            Line(title=f"{title}: Prozessorzeit je Besuch", value=cost.cpu, unit="ms",
                 floor=None if title == _EMPTY_PAGE else empty.cpu),
        )
    ]  # fmt: skip
