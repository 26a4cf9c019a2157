"""The fact sheet: one A4 page of a unit or of the Land as a tagged PDF (PDF/UA-1), readable in grey; content in, bytes out.

Content goes to the template as JSON and is shown as text there, so that no name can become markup. The same content gives
the same bytes: the date inside is that of the data.
"""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import typst

from gradmesser import german
from gradmesser.catalog import EXAMPLE_MARK

TEMPLATE = Path(__file__).with_name("factsheet.typ")
SIZES = (9.2, 8.9, 8.6, 8.2, 7.8, 7.4, 7.0, 6.6)
"""Type sizes in pt, tried in this order until everything stands on one page."""

_LAST_LETTER = 0x2FFF
_HEADINGS = frozenset({"title", "fields_title"})
"""Never empty in a tagged file."""
_CONTROL = ("Cc", "Cf", "Cn", "Co", "Cs")


class FactSheetError(ValueError):
    """The content does not fit on one page; the text says for whom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One key figure: what it is, its value, a remark."""

    label: str
    value: str
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """n of `of` on a day; two points of one day where the catalogue changed are given as one, the official one."""

    day: date
    n: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLine:
    """One Themenfeld."""

    name: str
    n: int
    of: int
    u: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a table; strong where it is the unit's own."""

    cells: tuple[str, ...]
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A small table with its finding as title; without rows only title and note."""

    title: str
    note: str
    head: tuple[str, ...]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One numbered line: what, and why."""

    head: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """Numbered lines under a title."""

    title: str
    note: str
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactSheet:
    """Everything on the page. title is the finding, kicker the line above it, clock Stand and day of knowledge."""

    title: str
    kicker: str
    clock: str
    subtitle: str
    stand: date
    n: int
    of: int
    u: int
    figures: Sequence[Figure]
    trend_title: str
    trend: Sequence[TrendPoint]
    fields_title: str
    fields: Sequence[FieldLine]
    right: Sequence[Listing]
    below: Sequence[Numbered]
    footer: Sequence[str]
    example: bool


def to_pdf(sheet: FactSheet, fonts: Path) -> bytes:
    """The page as PDF/UA-1; fonts: folder with Fira Sans as TTF. Raises FactSheetError if it is more than one page."""
    content = json.dumps(_payload(sheet), ensure_ascii=False)
    for size in SIZES:
        given = {"blatt": content, "size": str(size)}
        places = {
            "font_paths": [str(fonts)],
            "ignore_system_fonts": True,
            "sys_inputs": given,
            "root": str(TEMPLATE.parent),
        }
        pages = json.loads(typst.query(str(TEMPLATE), "<pages>", field="value", one=True, **places))
        if pages == 1:
            return typst.compile(str(TEMPLATE), format="pdf", pdf_standards="ua-1", **places)
    raise FactSheetError(f"Das Datenblatt „{sheet.title[:80]}“ passt nicht auf eine Seite.")


def file_name(ars: str, stand: date, wissen: date | None, *, example: bool) -> str:
    """`gradmesser_datenblatt_<ars>_stand-<date>[_wissen-<date>].pdf`: dates of the data; wissen None is today's knowledge."""
    frozen = f"_wissen-{wissen}" if wissen else ""
    return f"gradmesser_datenblatt_{ars}_stand-{stand}{frozen}{'_BEISPIEL' if example else ''}.pdf"


def _payload(sheet: FactSheet) -> dict[str, object]:
    points = sorted(sheet.trend, key=lambda point: point.day)
    top = max([point.of for point in points], default=1)
    plain = asdict(sheet)
    plain.pop("stand")
    return _safe(
        plain
        | {
            "year": sheet.stand.year, "month": sheet.stand.month, "day": sheet.stand.day,
            "n_text": german.number(sheet.n), "u_text": german.number(sheet.u),
            "rest_text": german.number(sheet.of - sheet.n - sheet.u),
            "trend": [{"x": _position(point.day, points), "n": point.n, "of": point.of} for point in points],
            "trend_top": top, "trend_top_text": german.number(top),
            "trend_from": _told(points[0]) if points else "", "trend_to": _told(points[-1]) if points else "",
            "trend_alt": _alt(sheet, points),
            "fields": [asdict(line) | {"text": _counts(line)} for line in sheet.fields],
        }
    )  # fmt: skip


def _position(day: date, points: Sequence[TrendPoint]) -> float:
    whole = (points[-1].day - points[0].day).days
    return (day - points[0].day).days / whole if whole else 0.0


def _told(point: TrendPoint) -> str:
    return f"{german.day(point.day)}: {german.number(point.n)} von {german.number(point.of)}"


def _counts(line: FieldLine) -> str:
    unknown = f" ({german.number(line.u)})" if line.u else ""
    return f"{german.number(line.n)} von {german.number(line.of)}{unknown}"


def _alt(sheet: FactSheet, points: Sequence[TrendPoint]) -> str:
    mark = f"{EXAMPLE_MARK}. " if sheet.example else ""
    reach = f"Von {_told(points[0])} bis {_told(points[-1])}." if points else "Noch keine Entwicklung."
    return f"{mark}Liniendiagramm: {sheet.trend_title} {reach}"


def _safe(value: object) -> object:
    """The same content without signs that no font here can draw and without control characters."""
    if isinstance(value, str):
        return "".join(_drawable(sign) for sign in unicodedata.normalize("NFC", value.replace(" %", "\u00a0%")))
    if isinstance(value, dict):
        safe = {key: _safe(one) for key, one in value.items()}
        return safe | {key: "–" for key in _HEADINGS & safe.keys() if not safe[key].strip()}
    if isinstance(value, (list, tuple)):
        return [_safe(one) for one in value]
    return value


def _drawable(sign: str) -> str:
    if unicodedata.category(sign) in _CONTROL:
        return " " if sign in "\n\t\r" else ""
    return sign if ord(sign) <= _LAST_LETTER else "?"
