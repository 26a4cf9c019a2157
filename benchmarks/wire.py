"""What an interaction sends and how long it takes in a real browser, against a rerun of an empty page."""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from playwright.sync_api import Page, sync_playwright

from gradmesser.catalog import places
from tests.chromium import FLAGS, find

_EMPTY = """import streamlit as st
st.title("Leer")
st.selectbox("Stand", ["eins", "zwei", "drei", "vier", "fünf", "sechs"])
st.html('<footer class="gm-footer"></footer>')
"""
_QUIET_SECONDS = 0.25
_REPEATS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Medians of one interaction: payload received over the websocket and time until the last message had come."""

    name: str
    bytes: int
    milliseconds: float


class _Meter:
    """Counts websocket payload and remembers when the last message came; payload is counted before compression."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        self.last = 0.0
        page.on("websocket", lambda socket_: socket_.on("framereceived", self._count))

    def _count(self, payload: str | bytes) -> None:
        self.bytes += len(payload)
        self.last = time.perf_counter()

    def measure(self, page: Page, act: Callable[[], None]) -> tuple[int, float]:
        """Bytes and milliseconds from the act to the last message before a quarter of a second of silence."""
        before, started = self.bytes, time.perf_counter()
        act()
        while time.perf_counter() - max(self.last, started) < _QUIET_SECONDS or self.last < started:
            page.wait_for_timeout(20)
            if time.perf_counter() - started > 20:
                break
        return self.bytes - before, 1000 * (self.last - started)


@contextmanager
def serving(script: Path, data: Path) -> Iterator[str]:
    """Address of a Streamlit server of its own on 127.0.0.1; ends with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "GRADMESSER_DATA": str(data)}
    command = [sys.executable, "-m", "streamlit", "run", script.name, "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--browser.serverAddress", "127.0.0.1"]
    with subprocess.Popen(
        command, cwd=script.parent, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address)
            yield address
        finally:
            process.terminate()


def _wait(address: str) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    message = f"no answer from {address}"
    raise TimeoutError(message)


def run(data: Path) -> list[Sample]:
    """Floor first, then the map's date, service and level changes."""
    samples = []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        empty = Path(folder) / "leer.py"
        empty.write_text(_EMPTY, "utf-8")
        shutil.copytree(places.ROOT / ".streamlit", empty.parent / ".streamlit")
        with serving(empty, data) as address:
            page = browser.new_page()
            meter = _open(page, address)
            samples.append(_sample("leere Seite", [_choose(page, meter, "Stand", nr) for nr in range(1, _REPEATS + 1)]))
            page.close()
        with serving(places.ROOT / "dashboard.py", data) as address:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            meter = _open(page, f"{address}/karte")
            for label, title in (("Stand", "Karte: anderes Datum"), ("Leistung", "Karte: andere Leistung")):
                results = [_choose(page, meter, label, nr) for nr in range(1, _REPEATS + 1)]
                samples.append(_sample(title, results))
            levels = [
                meter.measure(page, lambda name=name: page.get_by_text(name, exact=True).first.click())
                for name in ("Kreise", "Gemeinden", "Verwaltungen", "Kreise", "Verwaltungen")
            ]
            samples.append(_sample("Karte: andere Ebene", levels))
        browser.close()
    return samples


def _open(page: Page, address: str) -> _Meter:
    meter = _Meter(page)
    page.goto(address)
    page.wait_for_selector(".gm-footer", state="attached", timeout=60_000)
    page.wait_for_timeout(3_000)
    return meter


def _choose(page: Page, meter: _Meter, label: str, position: int) -> tuple[int, float]:
    page.get_by_role("combobox", name=label).first.click()
    options = page.get_by_role("option")
    options.nth(position).wait_for(timeout=10_000)
    return meter.measure(page, options.nth(position).click)


def _sample(name: str, results: list[tuple[int, float]]) -> Sample:
    return Sample(
        name=name,
        bytes=round(statistics.median(size for size, _ in results)),
        milliseconds=statistics.median(milliseconds for _, milliseconds in results),
    )
