"""A figure as a picture that stands alone: finding, view, source and example mark inside, 1600×900 or taller, fonts in the file."""

import base64
import re
import textwrap
from collections.abc import Mapping
from functools import cache
from html import unescape
from pathlib import Path

import plotly.graph_objects as go

from gradmesser.catalog import EXAMPLE_MARK
from gradmesser.charts.template import LIGHT

WIDTH, HEIGHT = 1600, 900
_LARGER = 1.3
"""Letters of a picture are seen from afar."""
_TITLE, _FILTERS, _SOURCE, _MARK = 34, 20, 18, 20
_TITLE_LINE, _SOURCE_LINE = 84, 155
_SIDE = 50
_LEGEND = 64
_LETTER = 10.2
"""Width of a letter of a name in pixels, rather too much."""
_TALLER = 1.4
"""Against the height on the page: many bars need more than 900 pixels to be read."""


def framed(
    figure: go.Figure, finding: str, caption: str, *, filters: str = "", remark: str = "", example: bool = False
) -> go.Figure:
    """A copy of a light figure with everything inside that it needs away from its page; caption holds n/N/u and source."""
    made = go.Figure(figure)
    title = [_safe(line) for line in textwrap.wrap(finding, _TITLE_LINE)]
    source = [_safe(line) for part in (remark, caption) if part for line in textwrap.wrap(part, _SOURCE_LINE)]
    top = 76 + 42 * len(title) + 34
    bottom = 24 + 24 * len(source)
    _enlarge(made)
    if any(trace.type == "choropleth" for trace in made.data):
        made.layout.annotations = ()
    mapped = any(trace.type == "choropleth" for trace in made.data)
    legend, sides = 0 if mapped else _LEGEND, made.layout.margin
    height = HEIGHT if mapped else max(HEIGHT, round(_TALLER * (figure.layout.height or 0)) + top + bottom)
    made.update_layout(
        width=WIDTH, height=height, autosize=False, paper_bgcolor=LIGHT.surface,
        margin={"t": top + 30, "b": bottom + legend + 50, "l": _room_left(made), "r": 1.5 * max(_SIDE, sides.r or 0)},
        title={
            "text": f"<b>{'<br>'.join(title)}</b>", "font": {"size": _TITLE, "color": LIGHT.text}, "xref": "container",
            "yref": "container", "x": _SIDE / WIDTH, "y": 1 - 72 / height, "xanchor": "left", "yanchor": "top",
        },
    )  # fmt: skip
    if legend:
        made.update_layout(legend={"yref": "container", "y": (bottom + 8) / height, "yanchor": "bottom", "x": 0})
    low, left = made.layout.margin.b, made.layout.margin.l
    _write(
        made, _safe(filters), _FILTERS, LIGHT.muted, y=1, shift=made.layout.margin.t - top + 28, left=left, anchor="top"
    )
    _write(made, "<br>".join(source), _SOURCE, LIGHT.muted, y=0, shift=bottom - low - 6, left=left, anchor="top")
    if example:
        made.add_annotation(
            text=f"<b>{EXAMPLE_MARK}</b>", xref="paper", yref="paper", x=1, y=1, xanchor="right", yanchor="bottom", showarrow=False,
            xshift=made.layout.margin.r - _SIDE, yshift=made.layout.margin.t - 34, font={"size": _MARK, "color": LIGHT.broken},
        )  # fmt: skip
    return made


def _room_left(figure: go.Figure) -> int:
    """Room for the names on the left; fixed instead of found by the browser, so that the texts around begin at one edge."""
    figure.update_xaxes(automargin=False)
    figure.update_yaxes(automargin=False)
    names = list(figure.layout.yaxis.ticktext or ())
    for trace in figure.data:
        if trace.type == "bar" and trace.orientation == "h" and not names:
            names = [name for name in trace.y if isinstance(name, str)]
    if figure.layout.yaxis.visible is False:
        return _SIDE
    longest = max((len(line) for name in names for line in unescape(name).split("<br>")), default=8)
    return _SIDE + 26 + round(longest * _LETTER)


def _write(
    figure: go.Figure, text: str, size: int, colour: str, *, y: int, shift: float, left: float, anchor: str
) -> None:
    figure.add_annotation(
        text=text, xref="paper", yref="paper", x=0, y=y, xanchor="left", yanchor=anchor, align="left", showarrow=False,
        xshift=_SIDE - left, yshift=shift, font={"size": size, "color": colour},
    )  # fmt: skip


def _enlarge(figure: go.Figure) -> None:
    """All letters of the figure larger, in proportion."""
    figure.update_layout(font={"size": round(15 * _LARGER)}, legend={"font": {"size": round(14 * _LARGER)}})
    look = {"tickfont": {"size": round(14 * _LARGER)}, "title": {"font": {"size": round(14 * _LARGER)}}}
    figure.update_xaxes(look)
    figure.update_yaxes(look)
    for note in figure.layout.annotations:
        note.font.size = min(30, round(_LARGER * (note.font.size or 15)))
    for trace in figure.data:
        if trace.type in ("scatter", "bar") and trace.textfont.size:
            trace.textfont.size = round(_LARGER * trace.textfont.size)


def with_geometry(figure: go.Figure, geometry: Mapping) -> go.Figure:
    """A copy of a map whose areas lie inside the figure instead of being fetched by the browser."""
    made = go.Figure(figure)
    for trace in made.data:
        if trace.type == "choropleth":
            trace.geojson = geometry
    return made


def fitted(figure: go.Figure, geometry: Mapping) -> go.Figure:
    """A copy of a map that fills its room: plotly's own fitting leaves a quarter of it empty."""
    made = go.Figure(figure)
    points = [point for feature in geometry["features"] for ring in _rings(feature["geometry"]) for point in ring]
    (west, east), (south, north) = ((min(axis), max(axis)) for axis in zip(*points, strict=True))
    return made.update_geos(fitbounds=False, lonaxis={"range": [west, east]}, lataxis={"range": [south, north]})


def _rings(geometry: Mapping) -> list[list[list[float]]]:
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [ring for part in parts for ring in part]


def with_fonts(svg: str, fonts: Path) -> str:
    """The SVG with Fira Sans inside, so that it looks the same where the font is not installed."""
    return re.sub(r"(<svg[^>]*>)", lambda head: f"{head[1]}<style>{font_faces(fonts)}</style>", svg, count=1)


@cache
def font_faces(fonts: Path) -> str:
    """CSS that holds Fira Sans itself in the two weights of the app, for a file that must stand alone."""
    return "".join(
        f"@font-face{{font-family:'Fira Sans';font-weight:{weight};src:url(data:font/woff2;base64,"
        f"{base64.b64encode((fonts / f'fira-sans-{weight}.woff2').read_bytes()).decode()})}}"
        for weight in (400, 600)
    )


def _safe(text: str) -> str:
    """Plain text for plotly, which reads `<b>` and `&amp;` as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
