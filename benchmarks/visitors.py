"""Visitors as a server sees them: page, health, websocket with Streamlit's own messages. This machine only."""

import asyncio
import ipaddress
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

MOST_VISITORS = 1_000
MOST_SECONDS = 600
_PATIENCE_SECONDS = 60
_LARGEST_MESSAGE = 32_000_000
_ASKED_FIRST = ("/_stcore/health", "/_stcore/host-config")


class Refused(ValueError):
    """What was asked for is more than this driver does; the text says why."""


class Failed(RuntimeError):
    """A visit did not get its page; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a page's script: which page, when it began, seconds to its end, bytes received, first of its visit or not."""

    page: str
    began: float
    seconds: float
    received: int
    first: bool


@dataclass(slots=True, kw_only=True)
class Log:
    """What all visitors saw."""

    runs: list[Run] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def local(address: str) -> str:
    """The address without a path; raises Refused unless it is http on this machine."""
    parts = urlsplit(address)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    try:
        good = parts.scheme == "http" and ipaddress.ip_address(host).is_loopback
    except ValueError:
        good = False
    if not good:
        raise Refused(f"Nur dieser Rechner (http://127.0.0.1:…) wird belastet, nicht {address!r}.")
    return f"http://{parts.netloc}"


async def crowd(address: str, walks: Sequence[Sequence[str]], *, within: float, pause: float) -> Log:
    """Let one visitor per walk come in evenly over `within` seconds; a walk names pages with their query.

    Each waits `pause` seconds, give or take half of it, between two pages, and stays until all have come. Raises Refused for another machine or for more
    than MOST_VISITORS visitors or MOST_SECONDS seconds.
    """
    base = local(address)
    longest = within + pause * 1.5 * max(map(len, walks), default=0)
    if len(walks) > MOST_VISITORS or longest > MOST_SECONDS:
        raise Refused(
            f"Höchstens {MOST_VISITORS} Besucher und {MOST_SECONDS} Sekunden, nicht {len(walks)} und {longest:.0f}."
        )
    log = Log()
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
    async with httpx.AsyncClient(base_url=base, timeout=_PATIENCE_SECONDS, limits=limits, trust_env=False) as client:
        visits = [
            _visit(
                client, base, walk, log, came=within * number / len(walks), within=within, pause=_uneven(pause, number)
            )
            for number, walk in enumerate(walks)
        ]
        await asyncio.gather(*visits)
    return log


def _uneven(pause: float, number: int) -> float:
    """Pauses from half to one and a half of the given, the same in every run."""
    return pause * (0.5 + (number * 0.618) % 1)


async def _visit(
    client: httpx.AsyncClient, base: str, walk: Sequence[str], log: Log, *, came: float, within: float, pause: float
) -> None:
    start = time.perf_counter()
    await asyncio.sleep(came)
    try:
        await _walk(client, base, walk, log, pause=pause, until=start + within)
    except (Failed, httpx.HTTPError, WebSocketException, OSError, TimeoutError) as error:
        log.failures.append(f"{walk[0] or 'Startseite'}: {type(error).__name__} {error}")


async def _walk(
    client: httpx.AsyncClient, base: str, walk: Sequence[str], log: Log, *, pause: float, until: float
) -> None:
    began = time.perf_counter()
    page = await client.get(f"/{walk[0]}")
    page.raise_for_status()
    cookies = SimpleCookie("; ".join(value for value in page.headers.get_list("set-cookie")))
    sent = {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())}
    for path in _ASKED_FIRST:
        (await client.get(path, headers=sent)).raise_for_status()
    stream = f"{base.replace('http', 'ws', 1)}/_stcore/stream"
    async with connect(
        stream, origin=base, subprotocols=["streamlit"], additional_headers=sent, max_size=_LARGEST_MESSAGE,
        open_timeout=_PATIENCE_SECONDS, proxy=None, close_timeout=_PATIENCE_SECONDS,
    ) as socket:  # fmt: skip
        visitor = _Visitor(socket)
        for number, address in enumerate(walk):
            if number:
                await asyncio.sleep(pause)
                began = time.perf_counter()
            name, received = await visitor.open(address)
            seconds = time.perf_counter() - began
            log.runs.append(Run(page=name, began=began, seconds=seconds, received=received, first=number == 0))
        await asyncio.sleep(max(0, until - time.perf_counter()))


class _Visitor:
    """One websocket session; knows the pages' hashes and the messages that a browser would have kept."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._pages: dict[str, str] = {}
        self._kept: dict[str, ForwardMsg] = {}

    async def open(self, address: str) -> tuple[str, int]:
        """Ask for a page with its query and wait for the end of its script; name and received bytes."""
        name, _, query = address.partition("?")
        message = BackMsg()
        message.rerun_script.query_string = query
        if self._pages:
            message.rerun_script.page_script_hash = self._pages[name]
        else:
            message.rerun_script.page_name = name
        message.rerun_script.cached_message_hashes.extend(self._kept)
        message.rerun_script.context_info.timezone = "Europe/Berlin"
        message.rerun_script.context_info.locale = "de-DE"
        await self._socket.send(message.SerializeToString())
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return name, await self._until_the_end()

    def _read(self, element: Element) -> None:
        """Take the hashes of pages from the menu; an error on the page is a failed visit."""
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise Failed(f"Fehler auf der Seite: {element.exception.type}")
        if kind == "page_link" and not element.page_link.external:
            self._pages[element.page_link.page] = element.page_link.page_script_hash

    async def _until_the_end(self) -> int:
        received, began = 0, False
        while True:
            data = await self._socket.recv()
            received += len(data)
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if message.metadata.cacheable:
                self._kept[message.hash] = message
            if kind == "ref_hash":
                message = self._kept[message.ref_hash]
                kind = message.WhichOneof("type")
            if kind == "new_session":
                began = True
            elif kind == "page_not_found":
                raise Failed("Seite unbekannt")
            elif kind == "delta":
                self._read(message.delta.new_element)
            elif kind == "script_finished" and began:
                if message.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
                    status = ForwardMsg.ScriptFinishedStatus.Name(message.script_finished)
                    if re.search("EARLY|FRAGMENT", status):
                        continue
                    raise Failed(f"Skript endete mit {status}")
                return received
