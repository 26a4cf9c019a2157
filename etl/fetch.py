"""Download the Open-PVOG rows of the Land as one file; addresses and limits lie in open_pvog.api.yaml.

The server refuses what is too large (HTTP 413), so: the whole Land at once, else one export for Land and Bund and one
per Kreis, else pages of JSON. A delivery is whole or there is none; finished parts wait in a staging folder.
"""

import csv
import json
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TypeVar

import httpx
import yaml

from etl.errors import FetchError, Refused
from etl.snapshots import sha256_of
from etl.sources import tables
from gradmesser.catalog import yamlfile

API_FILE = Path(__file__).parents[1] / "gradmesser" / "catalog" / "sources" / "open_pvog.api.yaml"
COLUMNS = (
    *("leika_key", "leika_name", "ars", "ars_name", "ars_federal_state", "bundesland", "leika_bezeichnung", "ozgid"),
    *("ozg_bezeichnung", "url", "online_status", "aktiv", "art_flaechendeckung", "begruendung_nicht_beruecksichtigt"),
    *("export_datum", "datenstand_pvog_import"),
)
REQUIRED = ("leika_key", "ars", "url", "online_status")
PREFIX = "open_pvog"
EXPORT, PAGES, TOO_LARGE = "export", "seiten", "zu_gross"
CONFIG = f"in {API_FILE.name}"
LATER = "Später erneut abrufen; fertige Teile bleiben liegen und werden weiterverwendet."
BY_HAND = "Später erneut abrufen, oder die Datei von Hand laden und mit „python -m etl import“ einlesen."
CLOSED = ("der Zugang wird verweigert", "Prüfen, ob ein Proxy davorsteht oder die Schnittstelle nicht mehr offen ist.")
ADVICE = {
    400: ("die Anfrage wird nicht verstanden", f"Adressen und Parameter {CONFIG} prüfen."),
    401: CLOSED,
    403: CLOSED,
    404: ("Adresse oder Gebiet ist unbekannt", f"Adressen {CONFIG} und den Gebietsschlüssel prüfen."),
    406: ("das verlangte Format gibt es nicht", f"export_accept und page_accept {CONFIG} prüfen."),
    413: ("dem Server ist die Antwort zu groß", f"page_size {CONFIG} verkleinern."),
}
T = TypeVar("T")


class Unreachable(FetchError):
    """No connection to the server could be made within the time-out."""


class _TooLarge(FetchError):
    """HTTP 413: the area has to be asked for in smaller parts."""


class _Final(Exception):
    """An answer that asking again would not mend: reason and advice in German."""


class _Transient(Exception):
    """A failure that may be gone at the next try: reason in German, seconds to wait if the server named them."""

    def __init__(self, reason: str, *, wait: float | None = None, connecting: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait
        self.connecting = connecting


class _Inconsistent(Exception):
    """Pages that do not belong together; the area starts again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Addresses (below base) and limits of the interface, as open_pvog.api.yaml lists and explains them."""

    base: str
    areas_address: str
    export_address: str
    page_address: str
    export_accept: str
    page_accept: str
    user_agent: str
    land_ars: str
    bund_ars: str
    connect_seconds: float
    read_seconds: float
    total_seconds: float
    retries: int
    backoff_seconds: float
    wait_max_seconds: float
    pause_seconds: float
    redirects: int
    max_bytes: int
    page_size: int
    max_pages: int
    restarts: int
    part_max_age_hours: float

    def __post_init__(self) -> None:
        """Refuse wrong types, an address that is not https, and one that leaves a boolean to the server's default."""
        numbers = (int, float)
        wrong = [
            one.name
            for one in fields(self)
            if not isinstance(getattr(self, one.name), numbers if one.type is float else one.type)
        ]
        if wrong:
            raise FetchError(f"Open-PVOG: Angaben von falscher Art: {', '.join(wrong)}. {CONFIG} berichtigen.")
        if not _is_safe(_url(self.base)):
            raise FetchError(f"Open-PVOG: {_shown(self.base)} ist keine https-Adresse. base {CONFIG} berichtigen.")
        if not all("{above}" in one and "{below}" in one for one in (self.export_address, self.page_address)):
            raise FetchError(f"Open-PVOG: export_address, page_address {CONFIG} brauchen {{above}} und {{below}}.")
        if not all(re.fullmatch(r"[0-9]{12}", ars) for ars in (self.land_ars, self.bund_ars)):
            raise FetchError(f"Open-PVOG: land_ars und bund_ars {CONFIG} haben 12 Ziffern.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One CSV that covers the Land: rows of Bund, Land and everything below.

    file: for route "land" the bytes as delivered; else UTF-8, `;`, header COLUMNS, cells as delivered, in order of
    arrival, duplicates kept. rows: data rows. route: "land", "kreise", or "seiten" if any area came in pages. requests:
    sent in this call. retrieved: UTC, when the file was complete. notes: German sentences for whoever runs the command.
    """

    file: Path
    rows: int
    route: str
    requests: int
    retrieved: datetime
    notes: tuple[str, ...]


def load_api(path: Path | None) -> Api:
    """Addresses and limits from path, None for the project's own; FetchError if one is missing, unknown or wrong."""
    file = path or API_FILE
    try:
        return Api(**yamlfile.read(file))
    except (OSError, ValueError, TypeError, yaml.YAMLError) as error:
        raise FetchError(f"Open-PVOG: {file.name} ist nicht verwendbar ({error}). Die Datei berichtigen.") from error


def fetch_open_pvog(
    api: Api,
    *,
    staging: Path,
    kreise: Sequence[str],
    progress: Callable[[int, int, str], None],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    transport: httpx.BaseTransport | None = None,
) -> Delivery:
    """Download everything the Gradmesser needs of the Land into staging.

    kreise: ARS (12 digits) of all Kreise of the Land. progress(done, total, what) counts areas. Raises Unreachable if
    no connection could be made (a call that starts afresh tries only once), else FetchError; finished parts stay in
    staging, and a later call asks only for what is missing. After taking the file over, call clear(staging).
    """
    pattern = re.escape(api.land_ars[:2]) + r"(?!000)[0-9]{3}0{7}"
    if not kreise or len(set(kreise)) < len(kreise) or not all(re.fullmatch(pattern, ars) for ars in kreise):
        raise FetchError(
            f"Open-PVOG: Liste der Kreise leer, doppelt oder falsch: {', '.join(kreise)}. Register prüfen."
        )
    with _client(api, transport) as client:
        session = _Session(api=api, client=client, sleep=sleep, clock=clock)
        job = _Job(api=api, session=session, staging=staging, kreise=tuple(kreise), progress=progress, clock=clock)
        try:
            staging.mkdir(parents=True, exist_ok=True)
            return job.run()
        except OSError as error:
            raise FetchError(f"Open-PVOG: Ablage nicht benutzbar ({error}). Platz und Rechte prüfen.") from error


def clear(staging: Path) -> None:
    """Remove every file that calls left in staging: delivery, parts, half downloads; other files stay."""
    for file in staging.glob(f"{PREFIX}*"):
        file.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Area:
    """What one export asks for: an ARS with or without what lies above and below it."""

    ars: str
    above: bool
    below: bool
    title: str
    file: Path

    def fill(self, template: str, **more: int) -> str:
        """Put the area into an address; booleans are always spelled out."""
        return template.format(ars=self.ars, above=str(self.above).lower(), below=str(self.below).lower(), **more)


@dataclass(slots=True, kw_only=True)
class _Session:
    """A polite conversation with the server: pauses, repetitions, limits; knows nothing of areas."""

    api: Api
    client: httpx.Client
    sleep: Callable[[float], None]
    clock: Callable[[], datetime]
    requests: int = 0

    def get(self, title: str, address: str, *, accept: str, into: Path, check: Callable[[Path], T], retries: int) -> T:
        """Write the answer into a file and return what check makes of it; FetchError names title and address."""
        url = self.url(address)
        where, at = f"Open-PVOG, {title}", f"Adresse: {_shown(url)}."
        attempt = 0
        while True:
            attempt += 1
            try:
                self._ask(url, accept=accept, into=into)
                return check(into)
            except _TooLarge as error:
                raise _TooLarge(f"{where}: {ADVICE[413][0]} (HTTP 413). {at} {ADVICE[413][1]}") from error
            except _Final as final:
                reason, advice = final.args
                raise FetchError(f"{where}: {reason}. {at} {advice}") from final
            except _Transient as problem:
                if attempt > retries:
                    kind, first = (Unreachable, "Netz und Proxy prüfen. ") if problem.connecting else (FetchError, "")
                    raise kind(f"{where}: {problem} (Versuche: {attempt}). {at} {first}{LATER}") from problem
                wait = self.api.backoff_seconds * 2 ** (attempt - 1) if problem.wait is None else problem.wait
                self.sleep(min(wait, self.api.wait_max_seconds))

    def url(self, address: str) -> httpx.URL:
        """Address below base as a whole."""
        return _url(self.api.base.rstrip("/") + address)

    def _ask(self, url: httpx.URL, *, accept: str, into: Path) -> None:
        """One try with its redirects; the body of a 200 goes into the file."""
        try:
            for _ in range(self.api.redirects + 1):
                if self.requests:
                    self.sleep(self.api.pause_seconds)
                self.requests += 1
                with self.client.stream("GET", url, headers={"Accept": accept}) as response:
                    if not response.has_redirect_location:
                        self._check_status(response)
                        self._receive(response, into)
                        return
                    url = _redirected(response)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            raise _Transient(f"keine Verbindung ({error})", connecting=True) from error
        except httpx.TimeoutException as error:
            raise _Transient("keine Antwort innerhalb der Wartezeit") from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _Transient(f"die Übertragung brach ab ({error})") from error
        raise _Final(f"mehr als {self.api.redirects} Weiterleitungen", f"base {CONFIG} prüfen.")

    def _check_status(self, response: httpx.Response) -> None:
        status = response.status_code
        if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            raise _TooLarge
        if status in {408, 425, 429} or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise _Transient(f"der Server meldet HTTP {status}", wait=self._retry_after(response.headers))
        if status != httpx.codes.OK:
            reason, advice = ADVICE.get(status, ("unerwartete Antwort", BY_HAND))
            raise _Final(f"{reason} (HTTP {status})", advice)

    def _retry_after(self, headers: httpx.Headers) -> float | None:
        """Seconds from the header Retry-After (a number or an HTTP date, RFC 9110), None if missing or damaged."""
        text = headers.get("retry-after", "").strip()
        if re.fullmatch(r"[0-9]{1,9}", text):
            return float(text)
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (aware - self.clock()).total_seconds())

    def _receive(self, response: httpx.Response, into: Path) -> None:
        """Stream the body within the limits of size and time; a body shorter than announced is a failure."""
        deadline = time.monotonic() + self.api.total_seconds
        announced = response.headers.get("content-length")
        size = int(announced or 0)
        with into.open("wb") as file:
            for chunk in response.iter_bytes():
                size = max(size, file.tell() + len(chunk))
                if size > self.api.max_bytes:
                    raise _Final(
                        f"die Antwort ist größer als {self.api.max_bytes} Bytes", f"max_bytes {CONFIG} prüfen."
                    )
                if time.monotonic() > deadline:
                    raise _Transient(f"die Antwort war nach {self.api.total_seconds:g} Sekunden nicht vollständig")
                file.write(chunk)
        if announced is not None and response.num_bytes_downloaded != int(announced):
            raise _Transient("die Antwort ist kürzer als angekündigt")


@dataclass(slots=True, kw_only=True)
class _Job:
    """One call: which areas are asked for, which parts are there already, and how they become one file."""

    api: Api
    session: _Session
    staging: Path
    kreise: tuple[str, ...]
    progress: Callable[[int, int, str], None]
    clock: Callable[[], datetime]
    notes: list[str] = field(default_factory=list)
    resumed: list[datetime] = field(default_factory=list)
    done: int = 0
    total: int = 1

    def run(self) -> Delivery:
        """Try the whole Land, then its parts: first Land and Bund, then each Kreis."""
        land, folder = self.api.land_ars, self.staging
        name = f"{PREFIX}-{land}"
        whole = _Area(ars=land, above=True, below=True, title=f"Land {land}, ganz", file=folder / f"{name}-ganz.csv")
        if self._kept(whole) is None:
            self._report(whole.title)
            self._check_areas()
            try:
                return self._whole(whole)
            except _TooLarge:
                self._remember(whole, TOO_LARGE)
        level = _Area(
            ars=land, above=True, below=False, title=f"Land {land} und Bund", file=folder / f"{name}-ebene.csv"
        )
        below = (
            _Area(ars=ars, above=False, below=True, title=f"Kreis {ars}", file=folder / f"{PREFIX}-{ars}.csv")
            for ars in self.kreise
        )
        return self._parts([level, *below])

    def _whole(self, area: _Area) -> Delivery:
        """The Land in one export; says which levels it lacks, as a missing level would look like missing services."""
        self._export(area)
        layout = self._layout(area)
        at = layout.columns.index("ars")
        places = Counter("".join(row.cells[at : at + 1]).strip() for row in tables.records(area.file, layout))
        rows, levels = places.total(), {self.api.bund_ars: "des Bundes", self.api.land_ars: "des Landes"}
        if not rows:
            raise FetchError(f"Open-PVOG, {area.title}: der Export enthält keine Zeile. {BY_HAND}")
        missing = [name for ars, name in levels.items() if not places[ars]]
        missing += [] if places.keys() - levels.keys() else ["unterhalb des Landes"]
        self.notes += [f"{area.title}: keine Zeile {name}." for name in missing]
        self.done = self.total
        self._report(area.title)
        return self._delivery(area.file, rows=rows, route="land")

    def _parts(self, areas: Sequence[_Area]) -> Delivery:
        """Every part, merged into one file, whatever form each has."""
        routes = set()
        self.total = len(areas)
        for area in areas:
            self._report(area.title)
            routes.add(self._part(area))
            self.done += 1
        if self.resumed:
            oldest = f"{min(self.resumed):%d.%m.%Y %H:%M} UTC"
            self.notes.append(
                f"Aus einem früheren Abruf übernommene Teile: {len(self.resumed)}, ältester von {oldest}."
            )
        target = self.staging / f"{PREFIX}.csv"
        with _csv_file(target) as write:
            merged = [self._merge(area, write) for area in areas]
            rows, dates = sum(count for count, _ in merged), sorted({stand for _, stand in merged} - {""})
            if not rows:
                raise FetchError(f"Open-PVOG: kein Teil enthält eine Zeile. {BY_HAND}")
        if len(dates) > 1:
            self.notes.append(f"Die Teile haben verschiedene Datenstände: {', '.join(dates)}.")
        self._report("Teile zusammengeführt")
        return self._delivery(target, rows=rows, route="seiten" if PAGES in routes else "kreise")

    def _delivery(self, file: Path, *, rows: int, route: str) -> Delivery:
        requests, notes = self.session.requests, tuple(self.notes)
        return Delivery(file=file, rows=rows, route=route, requests=requests, retrieved=self.clock(), notes=notes)

    def _check_areas(self) -> None:
        """Look whether the server's list of areas knows ours. Its form is not documented, so failure is only a note."""
        title, api = "Verzeichnis der Gebiete", self.api
        try:
            with _part_of(self.staging / f"{PREFIX}-gebiete") as part:
                known = self.session.get(
                    title, api.areas_address, accept=api.page_accept, into=part, check=_read_keys, retries=0
                )
        except Unreachable:
            raise
        except FetchError as error:
            self.notes.append(f"{title} nicht geprüft: {error}")
            return
        missing = [ars for ars in (api.land_ars, *self.kreise) if ars not in known]
        self._note(title, len(missing), f"nicht gefunden ({', '.join(missing)})")

    def _part(self, area: _Area) -> str:
        """Have the part of an area in staging and say how it came."""
        route = self._kept(area)
        if route is None:
            try:
                self._export(area)
                route = EXPORT
            except _TooLarge:
                route = TOO_LARGE
            self._remember(area, route)
        if route == TOO_LARGE:
            rows = self._pages(area)
            with _csv_file(area.file) as write:
                for row in rows:
                    write(row)
            route = PAGES
            self._remember(area, route)
        return route

    def _export(self, area: _Area) -> None:
        address, accept, retries = area.fill(self.api.export_address), self.api.export_accept, self.api.retries
        with _part_of(area.file) as part:
            self.session.get(area.title, address, accept=accept, into=part, check=_check_export, retries=retries)
            part.replace(area.file)

    def _pages(self, area: _Area) -> list[list[str]]:
        """All rows of an area from pages that fit together; a few new starts are allowed."""
        attempt = 0
        while True:
            attempt += 1
            try:
                pages = self._read_pages(area)
                break
            except _Inconsistent as problem:
                if attempt > self.api.restarts:
                    reason = f"die Seiten passen nicht zusammen, {problem} (Anläufe: {attempt})"
                    address = _shown(self.session.url(area.fill(self.api.page_address, page=0, size=0)))
                    raise FetchError(f"Open-PVOG, {area.title}: {reason}. Adresse: {address}. {LATER}") from problem
        names = frozenset[str]().union(*(page.names for page in pages))
        rows = [row for page in pages for row in page.rows]
        lacking = [name for name in REQUIRED if tables.spelling(name) not in names]
        if rows and lacking:
            raise FetchError(f"Open-PVOG, {area.title}: den Seiten fehlen Felder: {', '.join(lacking)}. {BY_HAND}")
        self._note(area.title, len(names - _SPELLINGS.keys()), "unbekannte Felder")
        return rows

    def _read_pages(self, area: _Area) -> "list[_Page]":
        api, pages = self.api, []
        while len(pages) < api.max_pages:
            title = f"{area.title}, Seite {len(pages) + 1}"
            address = area.fill(api.page_address, page=len(pages), size=api.page_size)
            with _part_of(area.file) as part:
                page = self.session.get(
                    title, address, accept=api.page_accept, into=part, check=_read_page, retries=api.retries
                )
            pages.append(page)
            self._report(f"{title} von {page.pages or '?'}")
            if _is_last(pages):
                return pages
        raise FetchError(f"Open-PVOG, {area.title}: mehr als {api.max_pages} Seiten. max_pages {CONFIG} prüfen.")

    def _remember(self, area: _Area, route: str) -> None:
        """Write down beside the part what it is, so that a later call can go on from here."""
        there = route != TOO_LARGE
        record = {
            "area": area.ars,
            "parameters": self._question(area),
            "route": route,
            "sha256": sha256_of(area.file) if there else "",
            "bytes": area.file.stat().st_size if there else 0,
            "retrieved": self.clock().isoformat(),
        }
        note = area.file.with_suffix(".json")
        with _part_of(note) as part:
            part.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
            part.replace(note)

    def _kept(self, area: _Area) -> str | None:
        """How an earlier call got this part, if it asked the same, is young enough and the file is unharmed."""
        try:
            record = json.loads(area.file.with_suffix(".json").read_text("utf-8"))
            retrieved, route = datetime.fromisoformat(record["retrieved"]), record["route"]
            young = timedelta() <= self.clock() - retrieved <= timedelta(hours=self.api.part_max_age_hours)
            same = record["parameters"] == self._question(area)
            whole = route == TOO_LARGE or record["sha256"] == sha256_of(area.file)
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None
        if not (young and same and whole):
            return None
        if route != TOO_LARGE:
            self.resumed.append(retrieved)
        return route

    def _question(self, area: _Area) -> str:
        return _shown(self.api.base) + area.fill(self.api.export_address)

    def _merge(self, area: _Area, write: Callable[[Sequence[str]], None]) -> tuple[int, str]:
        """Write the rows of one part in the common form; return how many, and their latest datenstand as delivered.

        A row with a wrong number of fields becomes one cell with its content: the import rejects it with that reason.
        """
        layout, counts, stand = self._layout(area), Counter[str](), ""
        for row in tables.records(area.file, layout):
            cells = dict(zip(layout.columns, row.cells, strict=False))
            if not row.complete:
                counts["odd"] += 1
                write([layout.delimiter.join(row.cells)])
            elif self._comes_elsewhere(cells["ars"].strip(), area):
                counts["elsewhere"] += 1
            else:
                counts["kept"] += 1
                stand = max(stand, cells.get("datenstand_pvog_import", ""))
                write([cells.get(column, "") for column in COLUMNS])
        self._note(area.title, counts["elsewhere"], "nicht verlangte Zeilen, die mit ihrem eigenen Teil kommen")
        self._note(area.title, counts["odd"], "Zeilen mit falscher Feldzahl, als eine Zelle erhalten")
        if not counts["kept"]:
            self.notes.append(f"{area.title}: keine Zeile.")
        return counts["kept"] + counts["odd"], stand

    def _comes_elsewhere(self, ars: str, area: _Area) -> bool:
        """Whether another part delivers this row, because the server gave more than it was asked for.

        Keys that fit no part (damaged, dissolved) stay where they are: the import decides about them.
        """
        if not re.fullmatch(r"[0-9]{12}", ars) or ars[:5] == area.ars[:5]:
            return False
        return ars[:5] in {kreis[:5] for kreis in self.kreise} or (
            area.below and ars in (self.api.land_ars, self.api.bund_ars)
        )

    def _layout(self, area: _Area) -> tables.Layout:
        """How a part is written; noted where it is not as expected."""
        layout = tables.probe(area.file, COLUMNS, REQUIRED)
        if layout.encoding != "utf-8":
            self.notes.append(f"{area.title}: nicht in UTF-8 geliefert, gelesen als {layout.encoding}.")
        self._note(area.title, layout.columns.count(None), "unbekannte Spalten")
        return layout

    def _report(self, what: str) -> None:
        self.progress(self.done, self.total, what)

    def _note(self, title: str, count: int, what: str) -> None:
        if count:
            self.notes.append(f"{title}: {what}: {count}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """One page of rows (cells in the order of COLUMNS), the names of their fields, and what the envelope says of it."""

    rows: list[list[str]]
    names: frozenset[str]
    number: int | None
    pages: int | None
    total: int | None
    last: bool | None


_SPELLINGS = {tables.spelling(column): column for column in COLUMNS}


def _read_page(file: Path) -> _Page:
    """Page from JSON with either envelope (`page: {…}`, or Spring's flat one), names in camelCase or snake_case."""
    body = file.read_bytes()
    if body.lstrip()[:1] == b"<":
        raise _Final("statt Daten kam eine HTML-Seite", BY_HAND)
    try:
        answer = _spelled(json.loads(body, parse_int=str, parse_float=str))
    except (ValueError, RecursionError) as error:
        raise _Transient("die Seite ist kein vollständiges JSON") from error
    content, answer = answer.get("content"), answer | _spelled(answer.get("page"))
    pages, last = _count(answer.get("totalpages")), answer.get("last")
    if not isinstance(content, list) or (pages is None and not isinstance(last, bool)):
        raise _Final("die Seite hat nicht die erwartete Form (content, totalPages oder last)", BY_HAND)
    found = [_spelled(row) for row in content]
    if not all({"leikakey", "ars"} <= row.keys() for row in found):
        raise _Final("eine Zeile hat kein Feld leika_key oder ars", BY_HAND)
    return _Page(
        rows=[[_cell(row.get(name)) for name in _SPELLINGS] for row in found],
        names=frozenset(name for row in found for name in row),
        number=_count(answer.get("number")),
        pages=pages,
        total=_count(answer.get("totalelements")),
        last=last if isinstance(last, bool) else None,
    )


def _is_last(pages: Sequence[_Page]) -> bool:
    """Whether the newest page ends the area; raises _Inconsistent if it does not fit to those before."""
    first, page, asked = pages[0], pages[-1], len(pages) - 1
    is_last = page.last if page.pages is None else asked + 1 >= page.pages
    if page.number not in (None, asked):
        raise _Inconsistent(f"statt Seite {asked} kam Seite {page.number}")
    if (page.pages, page.total) != (first.pages, first.total):
        raise _Inconsistent("die Gesamtzahl änderte sich unterwegs")
    if page.last not in (None, is_last):
        raise _Inconsistent("totalPages und last widersprechen sich")
    if len(pages) > 1 and len(page.rows) > 1 and page.rows == pages[-2].rows:
        raise _Inconsistent(f"Seite {asked} wiederholt die vorige")
    if not is_last and (not page.rows or len(page.rows) != len(first.rows)):
        raise _Inconsistent(f"Seite {asked} ist nicht voll")
    rows = sum(len(one.rows) for one in pages)
    if is_last and page.total not in (None, rows):
        raise _Inconsistent(f"{page.total} Zeilen angekündigt, {rows} gekommen")
    return bool(is_last)


def _spelled(value: object) -> dict[str, object]:
    """Fields of a JSON object by their plain spelling; none if it is no object."""
    return {tables.spelling(name): cell for name, cell in value.items()} if isinstance(value, dict) else {}


def _count(value: object) -> int | None:
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value) else None


def _cell(value: object) -> str:
    """Cell as delivered; null is empty, nested values stay JSON; what no text file can hold becomes ?."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.replace("\0", "?").encode("utf-8", "replace").decode()


def _read_keys(file: Path) -> set[str]:
    """Every 12-digit key in the list of areas, whatever its form."""
    text = file.read_text("utf-8", errors="replace")
    keys = set(re.findall(r"(?<![0-9])[0-9]{12}(?![0-9])", text))
    if text.lstrip().startswith("<") or not keys:
        raise _Final("keine Gebietsschlüssel gefunden", f"areas_address {CONFIG} prüfen.")
    return keys


def _check_export(file: Path) -> None:
    """Refuse what is no Open-PVOG table; a table whose last row stops short counts as a broken transfer."""
    with file.open("rb") as stream:
        start = stream.read(2000).removeprefix(b"\xef\xbb\xbf").strip()
    what = {b"": "eine leere Datei", b"<": "eine HTML-Seite", b"{": "eine JSON-Meldung", b"[": "eine JSON-Meldung"}
    if start[:1] in what:
        raise _Final(f"statt der Tabelle kam {what[start[:1]]}", BY_HAND)
    try:
        layout = tables.probe(file, COLUMNS, REQUIRED)
        row = None
        for row in tables.records(file, layout):  # noqa: B007 - the last row is used below
            pass
    except (Refused, csv.Error) as error:
        raise _Final(f"die Tabelle ist nicht lesbar ({error})", BY_HAND) from error
    if row and len(row.cells) < len(layout.columns):
        raise _Transient("die Tabelle endet mitten in einer Zeile")


def _client(api: Api, transport: httpx.BaseTransport | None) -> httpx.Client:
    """Connection with the time-outs; uses the proxy and certificates of the environment, but never for this machine."""
    timeout = httpx.Timeout(api.read_seconds, connect=api.connect_seconds)
    headers = {"User-Agent": api.user_agent, "Accept-Encoding": "identity"}
    remote = _url(api.base).scheme == "https"
    try:
        return httpx.Client(timeout=timeout, headers=headers, transport=transport, trust_env=remote)
    except (ImportError, OSError, ValueError, httpx.InvalidURL) as error:
        raise Unreachable(
            f"Open-PVOG: Netzeinstellung nicht verwendbar ({error}). Proxy, Zertifikate prüfen."
        ) from error


@contextmanager
def _part_of(target: Path) -> Iterator[Path]:
    """Where to write until it is whole; what is still there at the end is removed. Own name for each process."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _csv_file(target: Path) -> Iterator[Callable[[Sequence[str]], object]]:
    """Writer of rows below the header (line end CRLF: any line break in a cell is quoted); the file appears whole."""
    with _part_of(target) as part:
        with part.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
            writer.writerow(COLUMNS)
            yield writer.writerow
        part.replace(target)


def _url(address: str) -> httpx.URL:
    try:
        return httpx.URL(address)
    except httpx.InvalidURL as error:
        raise FetchError(f"Open-PVOG: keine gültige Adresse ({error}). Adressen {CONFIG} berichtigen.") from error


def _is_safe(url: httpx.URL) -> bool:
    """https, or plain http to this very machine (tests)."""
    return bool(url.host) and (url.scheme == "https" or (url.scheme == "http" and url.host == "127.0.0.1"))


def _shown(address: httpx.URL | str) -> str:
    """Address for messages: without user, password, parameters."""
    return str(_url(str(address)).copy_with(userinfo=b"", query=None, fragment=None))


def _redirected(response: httpx.Response) -> httpx.URL:
    """Where a redirect leads; refused unless it stays on the same host and is encrypted."""
    here, there = response.url, response.next_request.url
    if (there.host, there.port) != (here.host, here.port) or not _is_safe(there):
        raise _Final(f"die Weiterleitung führt weg, nach {_shown(there)}", f"base {CONFIG} prüfen.")
    return there
