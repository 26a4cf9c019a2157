"""What a change on the map sends to a real browser and how long it takes, against a rerun of an empty page."""

import base64
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

from benchmarks.instances import Instances, environment
from benchmarks.report import Line, Part
from gradmesser.catalog import places
from tests import chromium

BYTES_GATE = 40.0
TIME_GATE = 2.0
_ROUNDS = 9
PATIENCE_SECONDS = 90
QUIET_MS = 500
EMPTY = "benchmarks/empty_page.py"

# The clock runs in the page: from the click to the last change of anything in the main part, shadow roots included, or of
# the state of the script.
_WATCH = """() => {
    const watch = (window.benchmark = {start: null, last: 0});
    const changed = () => { watch.last = performance.now(); };
    const observer = new MutationObserver(changed);
    const everything = {subtree: true, childList: true, attributes: true, characterData: true};
    const observe = (root) => {
        observer.observe(root, everything);
        root.querySelectorAll("*").forEach((node) => node.shadowRoot && observe(node.shadowRoot));
    };
    observe(document.querySelector('[data-testid="stMain"]'));
    observer.observe(document.querySelector('[data-testid="stApp"]'), {attributes: true});
    addEventListener("click", (event) => { watch.start ??= event.timeStamp; }, {capture: true, once: true});
    watch.end = () => observer.disconnect();
}"""
_STABLE = f"""() => {{
    const {{start, last}} = window.benchmark;
    const app = document.querySelector('[data-testid="stApp"]');
    return start !== null && last > start && performance.now() - last > {QUIET_MS}
        && app.dataset.testScriptState === "notRunning";
}}"""
# One step of the slider under the map: from the event to the second frame after it, when the picture is on the screen.
_SLIDE = """(slider) => new Promise((resolve) => {
    const start = performance.now();
    slider.value = Number(slider.value) > 0 ? Number(slider.value) - 1 : Number(slider.max);
    slider.dispatchEvent(new Event("input", {bubbles: true}));
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - start)));
})"""
_TAKEN = "() => { window.benchmark.end(); return window.benchmark.last - window.benchmark.start; }"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One interaction: websocket payload after decompression and everything on the line, in kB, and milliseconds."""

    payload: float
    line: float
    milliseconds: float


class Proxy:
    """Passes TCP connections on to one port of this machine and counts the bytes that come back."""

    def __init__(self, target: int, pid: int) -> None:
        """Listen on a free port; pid is the server's behind it."""
        self.received = 0
        self.pid = pid
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            for source, sink, counted in ((client, server, False), (server, client, True)):
                threading.Thread(
                    target=self._pump, args=(source, sink), kwargs={"counted": counted}, daemon=True
                ).start()

    def _pump(self, source: socket.socket, sink: socket.socket, *, counted: bool) -> None:
        try:
            while block := source.recv(65_536):
                if counted:
                    self.received += len(block)
                sink.sendall(block)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            sink.close()


class Visit:
    """One open page whose interactions are measured."""

    def __init__(self, browser: Browser, proxy: Proxy, path: str, wanted: str) -> None:
        """Open the page in a browser of its own and wait until the wanted element is there and the script has ended."""
        self._proxy = proxy
        self._payload = 0
        self.page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="de-DE", reduced_motion="reduce")
        session = self.page.context.new_cdp_session(self.page)
        session.send("Network.enable")
        session.on("Network.webSocketFrameReceived", self._count)
        self.page.goto(f"http://127.0.0.1:{proxy.port}/{path}")
        self.page.locator(wanted).first.wait_for(state="attached", timeout=1000 * PATIENCE_SECONDS)
        self.page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(
            timeout=1000 * PATIENCE_SECONDS
        )
        self.page.wait_for_timeout(3 * QUIET_MS)

    def _count(self, event: dict) -> None:
        frame = event["response"]
        self._payload += len(base64.b64decode(frame["payloadData"]) if frame["opcode"] == 2 else frame["payloadData"])

    def measure(self, act: Callable[[], None]) -> Sample:
        """Numbers of one act that ends with a click."""
        self.page.evaluate(_WATCH)
        payload, line = self._payload, self._proxy.received
        act()
        self.page.wait_for_function(_STABLE, timeout=1000 * PATIENCE_SECONDS)
        taken = self.page.evaluate(_TAKEN)
        if self._payload == payload:
            message = f"{self.page.url}: the click changed nothing on the server"
            raise RuntimeError(message)
        return Sample(
            payload=(self._payload - payload) / 1000, line=(self._proxy.received - line) / 1000, milliseconds=taken
        )

    def choose_next(self, label: str) -> Sample:
        """Take the entry after the chosen one of a list: one that was not shown before."""
        self.page.get_by_role("combobox", name=re.compile(label)).first.click()
        self.page.locator('[role="option"]').first.wait_for()
        options = self.page.locator('[role="option"]')
        self.page.wait_for_timeout(QUIET_MS)
        chosen = options.evaluate_all("all => all.findIndex((one) => one.ariaSelected === 'true')")
        return self.measure(options.nth(chosen + 1).click)

    def slide(self) -> Sample:
        """Move the slider of the map by one day: the browser has the picture of each day already."""
        payload, line = self._payload, self._proxy.received
        taken = self.page.locator('input[type="range"]').first.evaluate(_SLIDE)
        sample = Sample(
            payload=(self._payload - payload) / 1000, line=(self._proxy.received - line) / 1000, milliseconds=taken
        )
        self.page.wait_for_timeout(4 * QUIET_MS)
        return sample

    def press(self, group: str, titles: tuple[str, ...], nr: int) -> Sample:
        """Press the segments of a control in turn."""
        control = self.page.get_by_test_id("stButtonGroup").filter(has_text=group)
        return self.measure(control.get_by_text(titles[nr % len(titles)], exact=True).click)


def measure(instances: Instances, progress: Callable[[str], None], *, quick: bool) -> Part:
    """Empty page and map in turns, each interaction in a visit of its own; raises RuntimeError without a Chromium."""
    executable = chromium.find()
    if not executable:
        message = "Kein Chromium gefunden: `python -m tests.chromium` richtet eines ein."
        raise RuntimeError(message)
    data = instances.built("plain")
    rounds = 3 if quick else _ROUNDS
    taken: dict[str, list[Sample]] = {}
    with ExitStack() as stack:
        empty = stack.enter_context(serve(EMPTY, data))
        app = stack.enter_context(serve("dashboard.py", data))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=executable, args=chromium.FLAGS)
        stack.callback(browser.close)
        floor = Visit(browser, empty, "", '[data-testid="stSelectbox"]')
        maps = {title: Visit(browser, app, "karte", "svg.canvas .area") for title in _CHANGES}
        for nr in range(rounds):
            taken.setdefault("", []).append(floor.choose_next("Stand"))
            for title, change in _CHANGES.items():
                taken.setdefault(title, []).append(change(maps[title], nr))
            progress(f"wire: Runde {nr + 1} von {rounds}")
    return Part(
        name="wire",
        method=(
            f"Chromium {browser.version} ohne Fenster öffnet die Kartenseite auf {instances.size.months} Monaten Geschichte; "
            "jede Änderung wählt einen noch nicht gezeigten Eintrag. Maßstab: die Auswahl auf einer Seite mit Titel und einer "
            f"Liste, abwechselnd gemessen, Median aus {rounds}. Nutzlast: Inhalt der Websocket-Nachrichten nach dem Entpacken "
            "(CDP); auf der Leitung: alle Bytes vom Server zum Browser, gezählt zwischen beiden, das ist die Zusage. Dauer: vom Klick bis zur "
            "letzten Änderung im Hauptteil der Seite."
        ),
        lines=_lines(taken),
    )


_LEVELS, _WEIGHTS = ("Kreise", "Gemeinden", "Verwaltungen"), ("Einwohnern", "Verwaltungen")
_SLIDER, _DATE, _SERVICE = (
    "anderer Tag am Regler, bis das Bild steht",
    "anderer Stand, ganze Seite",
    "andere Leistung, ganze Seite",
)
_CHANGES: dict[str, Callable[[Visit, int], Sample]] = {
    _SLIDER: lambda visit, _nr: visit.slide(),
    _DATE: lambda visit, _nr: visit.choose_next("Stand"),
    _SERVICE: lambda visit, _nr: visit.choose_next("Leistung"),
    "andere Zählung, ganze Seite": lambda visit, nr: visit.press("Einwohnern", _WEIGHTS, nr),
    "andere Ebene": lambda visit, nr: visit.press("Kreise", _LEVELS, nr),
}


def _lines(taken: dict[str, list[Sample]]) -> list[Line]:
    empty = taken[""]
    base = statistics.median(one.milliseconds for one in empty)
    lines = [
        Line(title="leere Seite: Nutzlast", value=statistics.median(one.payload for one in empty), unit="kB"),
        Line(title="leere Seite: Dauer", value=base, unit="ms"),
    ]
    for title in _CHANGES:
        samples = taken[title]
        promised = title != "andere Ebene"
        lines += [
            Line(title=f"Karte, {title}: Nutzlast", value=statistics.median(one.payload for one in samples), unit="kB"),
            Line(title=f"Karte, {title}: auf der Leitung", value=statistics.median(one.line for one in samples), unit="kB",
                 gate=BYTES_GATE if promised else None),
            Line(title=f"Karte, {title}: Dauer", value=statistics.median(one.milliseconds for one in samples), unit="ms",
                 floor=base, gate=TIME_GATE if promised else None),
        ]  # fmt: skip
    levels = taken["andere Ebene"]
    lines.append(
        Line(title="Karte, Ebene zum ersten Mal, mit Grenzen: auf der Leitung", value=levels[0].line, unit="kB")
    )
    return lines


@contextmanager
def serve(script: str, data: Path) -> Iterator[Proxy]:
    """A counting proxy before a Streamlit server that runs this script with the project's settings."""
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.address=127.0.0.1", "--server.port={port}"]
    with serve_by(command, "_stcore/health", data) as proxy:
        yield proxy


@contextmanager
def serve_by(command: Sequence[str], health: str, data: Path) -> Iterator[Proxy]:
    """A counting proxy before the server that a command starts; {port} in the command becomes a free one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [word.format(port=port) for word in command]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        server = subprocess.Popen(words, cwd=places.ROOT, env=environment(data), stdout=log, stderr=log)
        proxy = Proxy(port, server.pid)
        try:
            _await_health(f"http://127.0.0.1:{port}/{health}", server)
            yield proxy
        finally:
            proxy.close()
            server.terminate()
            server.wait(timeout=30)


def _await_health(address: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers; raises RuntimeError if it ends or takes too long."""
    end = time.monotonic() + PATIENCE_SECONDS
    while server.poll() is None and time.monotonic() < end:
        try:
            with urlopen(address, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    message = f"{address}: the server does not answer (exit code {server.poll()}, {os.getloadavg()[0]:.0f} load)"
    raise RuntimeError(message)
