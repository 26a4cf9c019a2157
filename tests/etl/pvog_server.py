"""A local Open-PVOG: written from the documented facts, strict about questions, and able to fail in every known way."""

import csv
import io
import json
import re
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

LAND, BUND = "160000000000", "000000000000"
PATH = re.compile(r"/api/public/v1/dash/open-pvog/(?P<ars>[0-9]{12})(?P<export>/export)?")
COLUMNS = (
    "leika_key",
    "leika_name",
    "ars",
    "ars_name",
    "ars_federal_state",
    "bundesland",
    "leika_bezeichnung",
    "ozgid",
    "ozg_bezeichnung",
    "url",
    "online_status",
    "aktiv",
    "art_flaechendeckung",
    "begruendung_nicht_beruecksichtigt",
    "export_datum",
    "datenstand_pvog_import",
)
Row = dict[str, str]


def row(ars: str, number: int, **cells: str) -> Row:
    """One row of the interface with all its columns."""
    return {
        **dict.fromkeys(COLUMNS, ""),
        "leika_key": f"99{number:012d}",
        "leika_name": "Straße; „Größe“ ändern",
        "ars": ars,
        "ozgid": str(10000 + number),
        "url": f"https://dienst.example/{ars}/{number}?a=1,2",
        "online_status": "ok",
        "aktiv": "ja",
        "art_flaechendeckung": "in mind. einer Kommune verfügbar",
        "datenstand_pvog_import": "2026-01-15",
        **cells,
    }


def multiset(rows: Iterable[Row]) -> Counter[tuple[str, ...]]:
    """Rows to compare without regard to their order."""
    return Counter(tuple(one[name] for name in COLUMNS) for one in rows)


def camel(name: str) -> str:
    """`leika_key` as `leikaKey`."""
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def is_below(ars: str, area: str) -> bool:
    """Whether an area is the other one or lies in it; Kreis 5 digits, Verband 9, Land 2, Bund none."""
    if ars == area:
        return True
    prefix = area if area[9:] != "000" else area[:9] if area[5:9] != "0000" else area[:5] if area[2:5] != "000" else ""
    return ars.startswith(prefix or (area[:2] if area != BUND else ""))


@dataclass(frozen=True, kw_only=True)
class Form:
    """How an export is written."""

    delimiter: str = ";"
    encoding: str = "utf-8"
    columns: Sequence[str] = COLUMNS
    spell: Callable[[str], str] = str
    line_end: str = "\n"

    def write(self, rows: Iterable[Row]) -> bytes:
        """Rows as the bytes of one file."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator=self.line_end)
        writer.writerow([self.spell(name) for name in self.columns])
        writer.writerows([one.get(name, "") for name in self.columns] for one in rows)
        return text.getvalue().encode(self.encoding)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes over the wire; `announce` lies about the length, `close` says nothing, `slow` waits for each byte."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    announce: int | None = None
    chunked_and_cut: bool = False
    length_unknown: bool = False
    close: bool = False
    slow: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request as the server saw it."""

    kind: str
    ars: str
    query: dict[str, str]
    headers: dict[str, str]
    answered: int


Fault = Answer | Callable[[Answer], Answer]


@dataclass(kw_only=True)
class Pvog:
    """The server's data and behaviour; faults are used up one by one by requests of (kind, ars)."""

    rows: list[Row]
    too_large: set[tuple[str, str]] = field(default_factory=set)
    forms: dict[str, Form] = field(default_factory=dict)
    envelope: str = "new"
    spell: Callable[[str], str] = str
    ignores: set[str] = field(default_factory=set)
    areas: Answer | None = None
    faults: dict[tuple[str, str], list[Fault]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    base: str = ""
    stopped: threading.Event = field(default_factory=threading.Event)

    def select(self, ars: str, query: Mapping[str, str]) -> list[Row]:
        """Rows of an area in the order of the data; a parameter the server ignores counts as true, its default."""
        above = query["includeAbove"] == "true" or "includeAbove" in self.ignores
        below = query["includeBelow"] == "true" or "includeBelow" in self.ignores
        return [
            one
            for one in self.rows
            if one["ars"] == ars
            or (below and is_below(one["ars"], ars))
            or (above and one["ars"] != ars and is_below(ars, one["ars"]))
        ]

    def names(self, kind: str) -> list[str]:
        """Areas asked for, in order: ARS for exports and pages alike."""
        return [one.ars for one in self.asked if one.kind == kind]

    def answer(self, path: str, query: Mapping[str, str], accept: str) -> tuple[str, str, Answer]:
        """Kind, area and answer of a question, before any fault."""
        if path == "/api/public/v1/dash/open-ars":
            return "open-ars", "", self._areas()
        match = PATH.fullmatch(path)
        if not match:
            return "unknown", "", Answer(status=404)
        ars, kind = match["ars"], "export" if match["export"] else "page"
        if any(query.get(name) not in {"true", "false"} for name in ("includeAbove", "includeBelow")):
            return kind, ars, Answer(status=400, body=b"includeAbove and includeBelow are true or false")
        found = self.select(ars, query)
        level = query["includeBelow"] == "false"
        if (kind, "ebene" if level else ars) in self.too_large:
            answer = Answer(status=413)
        elif kind == "page":
            answer = self._page(found, int(query["page"]), int(query["size"]))
        elif accept != "application/octet-stream" or query.get("filetype") != "csv":
            answer = Answer(status=406)
        else:
            answer = Answer(body=self.forms.get(ars, Form()).write(found))
        return kind, ars, answer

    def _areas(self) -> Answer:
        keys = sorted({LAND, BUND, *(one["ars"][:5] + "0000000" for one in self.rows)})
        return self.areas or Answer(body=json.dumps([{"ars": ars, "name": "…"} for ars in keys]).encode())

    def _page(self, found: Sequence[Row], number: int, size: int) -> Answer:
        content = [
            {self.spell(name): int(value) if name == "ozgid" else value or None for name, value in one.items()}
            for one in found[number * size : (number + 1) * size]
        ]
        total = -(-len(found) // size)
        counts = {"totalPages": total, "totalElements": len(found), "number": number, "size": size}
        answers: dict[str, dict[str, Any]] = {
            "new": {"content": content, "page": counts},
            "snake": {
                "content": content,
                "page": {re.sub("[A-Z]", r"_\g<0>", k).lower(): v for k, v in counts.items()},
            },
            "flat": {"content": content, **counts, "last": number + 1 >= total, "pageable": {"offset": 0}},
            "last": {"content": content, "number": number, "last": number + 1 >= total},
        }
        return Answer(body=json.dumps(answers[self.envelope], ensure_ascii=False).encode())


class _Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1 for the Pvog of its server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 5

    def do_GET(self) -> None:
        pvog: Pvog = self.server.pvog  # type: ignore[attr-defined]
        address = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
        kind, ars, answer = pvog.answer(address.path, query, self.headers.get("Accept", ""))
        waiting = pvog.faults.get((kind, ars)) or pvog.faults.get((kind, "*"))
        if waiting:
            fault = waiting.pop(0)
            answer = fault if isinstance(fault, Answer) else fault(answer)
        status = 0 if answer.close else answer.status
        pvog.asked.append(Asked(kind=kind, ars=ars, query=query, headers=dict(self.headers), answered=status))
        try:
            self._send(answer, pvog.stopped)
        except OSError:
            self.close_connection = True

    def _send(self, answer: Answer, stopped: threading.Event) -> None:
        if answer.close:
            self._cut()
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.chunked_and_cut:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(f"{len(answer.body):x}\r\n".encode() + answer.body + b"\r\n")
            self._cut()
            return
        if answer.length_unknown:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(answer.announce or len(answer.body)))
        self.end_headers()
        if answer.slow:
            for byte in answer.body:
                if stopped.wait(answer.slow):
                    return
                self.wfile.write(bytes([byte]))
        else:
            self.wfile.write(answer.body)
        if answer.announce or answer.length_unknown:
            self._cut()

    def _cut(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - name set by http.server
        """Keep the test output quiet."""


class _Server(ThreadingHTTPServer):
    """Does not print that a client went away: here clients do that on purpose."""

    daemon_threads, block_on_close = True, False

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@contextmanager
def running(pvog: Pvog) -> Iterator[Pvog]:
    """Serve on a free port of 127.0.0.1 until the block ends; sets pvog.base."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.pvog = pvog  # type: ignore[attr-defined]
    pvog.base = f"http://127.0.0.1:{server.server_port}/api"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield pvog
    finally:
        pvog.stopped.set()
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()
