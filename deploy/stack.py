"""`python -m deploy.stack --processes 2 --port 8080`: several Streamlit processes behind nginx, on this machine only."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from deploy import assets, nginx
from gradmesser.catalog import places

HOST = "127.0.0.1"
_START_SECONDS = 90
_STOP_SECONDS = 20
_MOST_PROCESSES = 16


class StackError(RuntimeError):
    """A part of the stack did not start or ended; the text says which and what it wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A running stack: the address of nginx, the ports and process ids of the dashboards, the folder of the logs."""

    address: str
    ports: Sequence[int]
    pids: Sequence[int]
    folder: Path
    parts: Mapping[str, subprocess.Popen[bytes]]

    def ended(self) -> str | None:
        """Name of a part that has ended by itself, None while all run."""
        return next((name for name, part in self.parts.items() if part.poll() is not None), None)


@contextmanager
def running(*, processes: int, port: int, folder: Path, data: Path | None = None) -> Iterator[Stack]:
    """The stack, stopped with the block. folder takes logs and packed files; port 0 is a free one.

    data: data folder, None for that of the environment. Raises StackError if a part does not come up.
    """
    server = nginx.find()
    if not server:
        raise StackError(nginx.MISSING)
    folder = folder.absolute()
    assets.mirror(folder / "web")
    (outside, *ports) = _free_ports(processes + 1)
    if port:
        _require_free(port)
        outside = port
    parts: dict[str, subprocess.Popen[bytes]] = {}
    with ExitStack() as stack:
        for inside in ports:
            parts[f"streamlit-{inside}"] = stack.enter_context(_part(folder, f"streamlit-{inside}", _app(inside), data))
        for inside in ports:
            _await_health(inside, f"streamlit-{inside}", parts, folder)
        site = nginx.Site(
            ports=ports, assets=folder / "web", listen=f"{HOST}:{outside}", access_log=folder / "access.log"
        )
        (folder / "gradmesser.conf").write_text(nginx.site_configuration(site), "utf-8")
        (folder / "nginx.conf").write_text(nginx.local_configuration(folder), "utf-8")
        command = [server, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
        parts["nginx"] = stack.enter_context(_part(folder, "nginx", command, data))
        _await_health(outside, "nginx", parts, folder)
        pids = [parts[f"streamlit-{inside}"].pid for inside in ports]
        yield Stack(address=f"http://{HOST}:{outside}", ports=ports, pids=pids, folder=folder, parts=parts)


def _app(port: int) -> list[str]:
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "dashboard.py",
        f"--server.port={port}",
        f"--server.address={HOST}",
    ]


@contextmanager
def _part(folder: Path, name: str, command: Sequence[str], data: Path | None) -> Iterator[subprocess.Popen[bytes]]:
    """One process in a session of its own, so that Ctrl-C reaches only the stack, which then stops all in order."""
    environment = os.environ | ({} if data is None else {"GRADMESSER_DATA": str(data)})
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=places.ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [probe.getsockname()[1] for probe in probes]


def _require_free(port: int) -> None:
    """Raise StackError if somebody listens there already; its health answer would be taken for that of the new stack."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise StackError(f"Port {port} ist belegt ({error.strerror}).") from error


def _await_health(port: int, name: str, parts: Mapping[str, subprocess.Popen[bytes]], folder: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while parts[name].poll() is None and time.monotonic() < end:
        try:
            with urlopen(f"http://{HOST}:{port}/_stcore/health", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    logs = [folder / f"{name}.log", folder / "error.log"]
    said = "\n".join(log.read_text("utf-8", "replace")[-2000:] for log in logs if log.exists())
    message = f"{name} ist nicht gestartet (Port {port}):\n{said}"
    raise StackError(message)


def main(words: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C or SIGTERM; 1 if a part does not start or ends by itself."""
    parser = argparse.ArgumentParser(prog="python -m deploy.stack", description="Mehrere Prozesse hinter nginx starten")
    parser.add_argument("--processes", type=int, default=2, choices=range(1, _MOST_PROCESSES + 1), metavar="N")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--logs", type=Path, metavar="ORDNER", help="Protokolle hier behalten")
    options = parser.parse_args(words)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with ExitStack() as context:
            folder = options.logs or Path(context.enter_context(tempfile.TemporaryDirectory(prefix="gradmesser-")))
            folder.mkdir(parents=True, exist_ok=True)
            stack = context.enter_context(running(processes=options.processes, port=options.port, folder=folder))
            _say(
                f"{stack.address} – {len(stack.ports)} Prozesse ({', '.join(map(str, stack.ports))}). Strg-C beendet alles."
            )
            _watch(stack, stop)
    except StackError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    _say("Beendet.")
    return 0


def _watch(stack: Stack, stop: threading.Event) -> None:
    """Return when asked to stop; raises StackError if a part ends before."""
    while not stop.wait(1):
        if name := stack.ended():
            raise StackError(f"{name} hat sich beendet; Protokoll: {stack.folder / name}.log")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
