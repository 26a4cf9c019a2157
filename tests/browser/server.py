"""Runs the dashboard on a free port of this machine, for the browser tests and the screenshots."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Page, expect

ROOT = Path(__file__).parents[2]
PATIENCE_MS = 45_000
_START_SECONDS = 60
_FIGURES_DRAWN = """() => [...document.querySelectorAll('[data-testid="stPlotlyChart"]')]
    .every(chart => chart.querySelector('.main-svg .bars, .main-svg .scatterlayer'))"""


@contextmanager
def serve(
    data: Path | None, log: Path, secrets: Callable[[str], Path] | None = None, script: str = "dashboard.py"
) -> Iterator[str]:
    """Address of a running dashboard (or another script) on the data of this folder (None: of the project), ended with the block.

    secrets writes the secrets.toml of an address. Raises RuntimeError with the server's own words if it does not come up.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", script, f"--server.port={port}"]
    command += ["--server.address=127.0.0.1", "--server.headless=true", "--browser.gatherUsageStats=false"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if data is not None:
        environment["GRADMESSER_DATA"] = str(data)
    address = f"http://127.0.0.1:{port}"
    if secrets:
        command.append(f"--secrets.files={secrets(address)}")
    with log.open("w", encoding="utf-8") as stream:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stream, stderr=stream)
    try:
        _await_health(f"{address}/_stcore/health", server, log)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _await_health(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < end:
        try:
            with urlopen(address, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"The dashboard did not start:\n{log.read_text('utf-8')}")


def settle(page: Page) -> Page:
    """Wait until the script has run, figures and map are drawn and the fonts are there."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=PATIENCE_MS)
    expect(page.locator(".gm-footer, [data-testid=stAlert]").last).to_be_attached(timeout=PATIENCE_MS)
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE_MS)
    page.wait_for_function(_FIGURES_DRAWN, timeout=PATIENCE_MS)
    if page.get_by_test_id("stBidiComponentRegular").count() and "/praesentation" not in page.url:
        expect(page.locator("svg.canvas .area").first).to_be_attached(timeout=PATIENCE_MS)
    page.evaluate("document.fonts.ready.then(() => true)")
    return page
