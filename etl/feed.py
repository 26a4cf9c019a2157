"""What is new as RSS 2.0 and JSON Feed 1.1: one entry for each of the last Stichtage, as static files beside the app."""

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from html import escape
from pathlib import Path

import duckdb
from feedgen.feed import FeedGenerator

from gradmesser.catalog import EXAMPLE_MARK, places
from gradmesser.catalog.operator import operator

_SQL = Path(__file__).parent / "sql" / "feed.sql"
_ABOUT = "Was in Thüringens Verwaltungen neu online ist und was nicht mehr, zu jedem Stand"

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]")
"""XML cannot hold these."""
_HERE = "http://localhost:8501/"
"""Where `make run` starts the dashboard; links begin with it until the operator names an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry: `guid` is the same in every build; `lines` are its sentences as plain text."""

    guid: str
    title: str
    day: date
    address: str
    lines: tuple[str, ...]

    @property
    def html(self) -> str:
        """The sentences as paragraphs, names escaped."""
        return "".join(f"<p>{escape(line)}</p>" for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Rows of sql/feed.sql, newest first, and whether their values are invented."""

    example: bool
    rows: tuple[dict[str, object], ...]


def read(connection: duckdb.DuckDBPyConnection) -> News:
    """What is new in a database that is built."""
    (origin,) = connection.execute("SELECT herkunft::TEXT FROM stand_der_datenbank").fetchone()
    result = connection.execute(_SQL.read_text("utf-8"))
    names = [column[0] for column in result.description]
    rows = tuple(dict(zip(names, row, strict=True)) for row in result.fetchall())
    return News(example=origin == "beispiel", rows=rows)


def write(news: News, root: Path, static: Path) -> None:
    """Replace the two files of the data folder root below static, each in one step.

    Raises OSError if it cannot, CatalogError if betreiber.yaml has an unknown entry.
    """
    base = _base(operator().adresse)
    found = [_entry(row, base, example=news.example) for row in news.rows]
    folder = places.feed_folder(static, root)
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.teil"):  # of a build that was killed
        stale.unlink(missing_ok=True)
    where = f"{base}app/static/{folder.relative_to(static).as_posix()}"
    _replace(folder / places.FEED_RSS, rss(found, f"{where}/{places.FEED_RSS}", example=news.example))
    _replace(folder / places.FEED_JSON, json_feed(found, f"{where}/{places.FEED_JSON}", example=news.example))


def _entry(row: dict[str, object], base: str, *, example: bool) -> Entry:
    day, before = row["stichtag"], row["vorher"]
    news = f"{_number(row['gewonnen'])} neu online, {_number(row['verloren'])} nicht mehr online"
    counts = f"{_number(row['n'])} von {_number(row['nenner'])}"
    lines = [
        *([f"{EXAMPLE_MARK}."] if example else []),
        f"Stand {day:%d.%m.%Y}: {counts} Zuständigkeiten nachgewiesen online, {_number(row['u'])} ohne Meldung.",
        f"Seit {before:%d.%m.%Y}: {news}, davon {_number(row['link_defekt'])} mit defektem Link; "
        f"{_number(row['fortschritt'])} einen Schritt weiter."
        if before
        else "Das ist der erste Stand; ein Vergleich ist noch nicht möglich.",
        *(f"„{_UNPRINTABLE.sub('', one['name'])}“: {_moved(one)}." for one in row["leistungen"]),
    ]
    return Entry(
        guid=f"gradmesser:{'beispiel:' if example else ''}neu:{day}",
        title=f"{'BEISPIELDATEN: ' if example else ''}Stand {day:%d.%m.%Y}: {news if before else 'erster Stand'}",
        day=day,
        address=f"{base}veraenderung" + (f"?von={before}&bis={day}" if before else ""),
        lines=tuple(lines),
    )


def _moved(one: dict[str, object]) -> str:
    parts = [(one["gewonnen"], "neu online"), (one["verloren"], "nicht mehr online")]
    return ", ".join(f"in {_units(number)} {word}" for number, word in parts if number)


def _units(number: int) -> str:
    return f"{_number(number)} Verwaltung" + ("" if number == 1 else "en")


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _base(address: str) -> str:
    return f"{(address or _HERE).rstrip('/')}/"


def rss(found: Sequence[Entry], address: str, *, example: bool) -> bytes:
    """RSS 2.0; the newest entry first."""
    feed = FeedGenerator()
    feed.title(_title(example=example))
    feed.link(href=address, rel="self", type="application/rss+xml")
    feed.link(href=_home(address), rel="alternate")
    feed.description(_ABOUT)
    feed.language("de")
    feed.generator("Gradmesser")
    # the date of the data: the same deliveries give the same file
    feed.lastBuildDate(_moment(max((entry.day for entry in found), default=date(1970, 1, 1))))
    for entry in found:
        item = feed.add_entry(order="append")
        item.guid(entry.guid, permalink=False)
        item.title(entry.title)
        item.link(href=entry.address)
        item.description(entry.html)
        item.pubDate(_moment(entry.day))
    return feed.rss_str(pretty=True)


def json_feed(found: Sequence[Entry], address: str, *, example: bool) -> bytes:
    """JSON Feed 1.1 of the same entries."""
    content = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(example=example),
        "home_page_url": _home(address),
        "feed_url": address,
        "description": _ABOUT,
        "language": "de",
        "items": [
            {
                "id": entry.guid,
                "url": entry.address,
                "title": entry.title,
                "content_text": "\n".join(entry.lines),
                "content_html": entry.html,
                "date_published": _moment(entry.day).isoformat(),
            }
            for entry in found
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _title(*, example: bool) -> str:
    return f"Gradmesser: was ist neu ({EXAMPLE_MARK})" if example else "Gradmesser: was ist neu"


def _home(address: str) -> str:
    return f"{address.partition('app/static/')[0]}veraenderung"


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=UTC)


def _replace(target: Path, content: bytes) -> None:
    part = target.with_suffix(f".{os.getpid()}.teil")
    try:
        part.write_bytes(content)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
