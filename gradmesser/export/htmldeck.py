"""A deck as one HTML file that needs nothing else: plotly, fonts and geometry inside, no request leaves it; pure."""

import base64
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import plotly.graph_objects as go
import segno
from plotly.offline import get_plotlyjs

from gradmesser.catalog import EXAMPLE_MARK, places
from gradmesser.charts.template import DARK, LIGHT, Palette
from gradmesser.export import picture
from gradmesser.export.slides import rules

HALLS: Mapping[str, Palette] = {"hell": LIGHT, "dunkel": DARK}
"""Palette of a light and of a dark hall; figures of a deck are drawn in it."""
CLOSING = "Wie wird gezählt?"
TURN_SECONDS = 20
"""How long a slide of the gallery stands."""
_SMALLEST, _LARGEST, _LARGER = 24, 44, 1.7
"""Letters on a stage of 1920×1080 pixels, and how many times larger than on a page everything is drawn."""
_ROW, _AXES, _USUAL = 40, 140, 440
_WIDE, _SQUEEZE = 1000, 0.63
"""Width of the map's drawing; a degree of longitude against one of latitude at 51° north."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One area of the map: its name to read, empty where names are hidden, and its rings in degrees."""

    name: str
    rings: Sequence[Sequence[tuple[float, float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Class of the map: its words, colour and pattern (none, hatch, dots, cross, empty)."""

    label: str
    colour: str
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """A map through time: a frame is a day and one letter an area, A for the first look."""

    areas: Sequence[Area]
    looks: Sequence[Look]
    frames: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One slide on the stage: its words and its figure; why_no_code stands where live is empty."""

    finding: str
    figure: go.Figure | Map
    source: str
    method: str
    totals: str = ""
    filters: str = ""
    remark: str = ""
    live: str = ""
    why_no_code: str = ""
    example: bool = False


def document(
    scenes: Sequence[Scene], *, hall: str = "hell", nameless: Sequence[Scene] | None = None, turn: int = 0, title: str = "Gradmesser"
) -> str:  # fmt: skip
    """The whole file. nameless: the same slides without names, to switch to; turn: seconds after which it turns by itself.

    Every text is escaped, there is no inline handler, and a policy inside the file allows its own scripts only and no
    connection at all.
    """
    colours = HALLS[hall]
    figures: list[dict[str, object]] = []
    closing = [_closing(texts, example=any(one.example for one in scenes)) for texts in rules(s.method for s in scenes)]
    whole = len(scenes) + len(closing)
    sections = []
    for position, one in enumerate(scenes, start=1):
        other = nameless[position - 1] if nameless is not None else one
        same = other == one or _told(other) == _told(one)
        sections.append(_section(one, position, whole, "" if same else "mit", figures))
        if not same:
            sections.append(_section(other, position, whole, "ohne", figures))
    sections += [_frame(body, number, whole, "", CLOSING) for number, body in enumerate(closing, start=len(scenes) + 1)]
    engine, stage = get_plotlyjs(), _asset("htmldeck.js")
    settings = {
        "turn": turn, "switch": nameless is not None, "closing": len(scenes) + 1,
        "colours": {name: getattr(colours, name) for name in ("text", "muted", "surface", "line", "unknown")},
    }  # fmt: skip
    policy = (
        f"default-src 'none'; script-src {_hash(engine)} {_hash(stage)}; style-src 'unsafe-inline'; font-src data:; "
        "img-src data: blob:; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="de"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="generator" content="Gradmesser">'
        f"<title>{escape(title)}</title><style>{picture.font_faces(places.FONTS)}{_theme(colours)}{_asset('htmldeck.css')}</style></head>"
        f'<body><main id="buehne">{"".join(sections)}</main>{_controls(turn=turn, switch=nameless is not None)}'
        f'<script type="application/json" id="abbildungen">{_data(figures)}</script>'
        f'<script type="application/json" id="einstellungen">{_data(settings)}</script>'
        f"<script>{engine}</script><script>{stage}</script></body></html>\n"
    )


def _told(one: Scene) -> tuple[object, ...]:
    drawn = one.figure if isinstance(one.figure, Map) else one.figure.to_json()
    return (one.finding, drawn, one.source, one.totals, one.filters, one.remark, one.live, one.why_no_code)


def _section(one: Scene, number: int, whole: int, names: str, figures: list[dict[str, object]]) -> str:
    figures.append(_map(one.figure) if isinstance(one.figure, Map) else _plot(one.figure))
    alt = f"{one.finding} {one.totals} {one.source}"
    code = ""
    if one.live:
        code = f'<a class="code" href="{escape(one.live)}" target="_blank" rel="noopener">{_qr(one.live)}</a>'
    lines = "".join(f"<p>{escape(text)}</p>" for text in (one.remark, one.source, one.why_no_code) if text)
    totals = f'<p class="zahlen">{escape(one.totals)}</p>' if one.totals else ""
    body = (
        f'{_mark() if one.example else ""}<h1>{escape(one.finding)}</h1><p class="auswahl">{escape(one.filters)}</p>'
        f'<div class="bild" data-figur="{len(figures) - 1}"><div class="flaeche" role="img" aria-label="{escape(alt)}"></div>'
        f'</div><footer><div class="quelle">{totals}{lines}</div>{code}</footer>'
    )
    return _frame(body, number, whole, names, one.finding)


def _frame(body: str, number: int, whole: int, names: str, finding: str) -> str:
    label = escape(f"Folie {number} von {whole}: {finding}")
    return (
        f'<section class="folie" data-nummer="{number}" data-namen="{names}" aria-label="{label}" tabindex="-1" hidden>'
        f"{body}</section>"
    )


def _mark() -> str:
    return f'<p class="marke">{escape(EXAMPLE_MARK)}</p>'


def _closing(texts: Iterable[str], *, example: bool) -> str:
    said = "".join(f"<p>{escape(text)}</p>" for text in texts)
    return f'{_mark() if example else ""}<h1>{escape(CLOSING)}</h1><div class="regeln">{said}</div>'


def _controls(*, turn: int, switch: bool) -> str:
    named = (
        '<button type="button" id="namen" aria-pressed="false">Ohne Namen <kbd>N</kbd></button>'
        if switch
        else '<span id="keine-namen"></span>'
    )
    pause = '<button type="button" id="pause">Anhalten <kbd>P</kbd></button>' if turn else ""
    return (
        f'<nav id="leiste" aria-label="Bühne"{" data-bleibt" if turn else ""}>'
        f'<span id="knoepfe"><button type="button" id="zurueck" aria-label="Vorige Folie">←</button>'
        f'<button type="button" id="weiter" aria-label="Nächste Folie">→</button>{named}'
        '<button type="button" id="dunkel">Schwarz <kbd>B</kbd></button>'
        '<button type="button" id="voll">Vollbild <kbd>F</kbd></button></span>'
        f'{pause}<output id="nummer"></output></nav>'
        '<div id="schwarz" hidden tabindex="-1" role="img" aria-label="Schwarzes Bild; eine Taste zeigt die Folie wieder"></div>'
        '<div id="ansage" role="status" hidden></div><noscript>Diese Präsentation braucht JavaScript.</noscript>'
    )


def _data(content: object) -> str:
    """JSON inside a script element: no letter of it can end the element."""
    packed = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return packed.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _qr(address: str) -> str:
    picture = io.BytesIO()
    segno.make(address, error="m").save(
        picture, kind="svg", border=2, light="#ffffff", dark="#000000", xmldecl=False, omitsize=True, nl=False,
        title="QR-Code zur lebenden Ansicht",
    )  # fmt: skip
    return picture.getvalue().decode()


def _plot(figure: go.Figure) -> dict[str, object]:
    """A figure in the measures of the stage; its size is given by the hall's screen."""
    drawn = json.loads(figure.to_json())
    layout = drawn["layout"]
    natural = _LARGER * layout.get("height", 0)
    for name in ("height", "width", "title"):
        layout.pop(name, None)
    grown = _grown(drawn, "")
    bars = [trace for trace in grown["data"] if trace["type"] == "bar"]
    across = [trace for trace in bars if trace.get("orientation") == "h"]
    rows = {name for trace in across for name in _listed(trace.get("y"))}
    ticks = _listed(layout.get("yaxis", {}).get("ticktext"))
    grown["layout"] |= {
        "autosize": False,
        "legend": {**grown["layout"].get("legend", {}), "orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom", "yref": "paper"},
    }  # fmt: skip
    narrow = bool(bars) and layout.get("xaxis", {}).get("visible") is False
    named = max(len(rows), len(ticks))
    tall = any("<br>" in note.get("text", "") for note in layout.get("annotations", [])) if across else False
    least = natural if across and (tall or not named) else max(_USUAL, _ROW * named + _AXES)
    return {"art": "plotly", "figur": grown, "hoch": least, "schmal": narrow}


def _listed(values: object) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def _grown(part: object, inside: str) -> object:
    """The same with letters of at least 24 pixels, and lines, marks and distances larger in proportion."""
    if isinstance(part, list):
        return [_grown(one, inside) for one in part]
    if not isinstance(part, dict):
        return part
    return {name: _size(name, value, inside, part) for name, value in part.items()}


_SHIFTS = ("xshift", "yshift", "ticklabelstandoff", "borderpad", "standoff")


def _size(name: str, value: object, inside: str, part: Mapping[str, object]) -> object:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return _grown(value, name)
    if name == "size" and inside.endswith("font"):
        return min(_LARGEST, max(_SMALLEST, round(_LARGER * value)))
    if (
        name in _SHIFTS
        or (name == "size" and inside in ("marker", "pattern", "fillpattern"))
        or (name == "width" and inside == "line")
        or (name in "lrtb" and inside == "margin")
        or (name in ("ax", "ay") and f"{name}ref" not in part)
    ):
        return round(_LARGER * value, 1)
    return value


def _map(shown: Map) -> dict[str, object]:
    points = [point for area in shown.areas for ring in area.rings for point in ring]
    west, north = min(x for x, _ in points), max(y for _, y in points)
    scale = _WIDE / ((max(x for x, _ in points) - west) * _SQUEEZE)
    high = round((north - min(y for _, y in points)) * scale)
    paths = [
        "".join(
            "M" + "L".join(f"{(x - west) * _SQUEEZE * scale:.1f} {(north - y) * scale:.1f}" for x, y in ring) + "Z"
            for ring in area.rings
        )
        for area in shown.areas
    ]
    return {
        "art": "karte", "breit": _WIDE, "hoch": high, "wege": paths, "namen": [area.name for area in shown.areas],
        "klassen": [{"wort": look.label, "farbe": look.colour, "muster": look.pattern} for look in shown.looks],
        "tage": [day for day, _ in shown.frames], "buchstaben": [letters for _, letters in shown.frames],
    }  # fmt: skip


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


@cache
def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")


def _theme(colours: Palette) -> str:
    names = ("text", "muted", "surface", "line", "grid", "live", "on_live", "unknown", "broken", "mark")
    return ":root{" + "".join(f"--{name}:{getattr(colours, name)};" for name in names) + "}"
