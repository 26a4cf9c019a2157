"""The glass: a straight cylinder beside its linear scale, filled with what is proven to be online."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from gradmesser import german
from gradmesser.charts import template, tokens
from gradmesser.charts.template import Palette

_ROOM_FOR_LABEL = 0.25
"""Least share of the glass that holds the two lines of the label; below it the label stands on the fill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A level marked beside the glass, e.g. where it stood a year ago; value in the unit of the glass."""

    label: str
    value: float


def glass(
    n: float, of: float, u: float, colours: Palette, marks: Sequence[Mark] = (), *, percent: bool = False
) -> go.Figure:
    """Filled to n, hatched up to n + u, the denominator at the rim; heights are proportional to counts.

    With percent all values are shares of 100, for a weighted value; never both units in one glass.
    """
    shown = _share if percent else german.number
    known_other = max(0, of - n - u)
    figure = go.Figure()
    parts = [
        (n, "online", {"color": colours.live}),
        (u, "keine Meldung", template.hatched(colours.unknown, colours.surface, template.UNKNOWN_PATTERN)),
        (known_other, "gemeldet, nicht online", template.not_online(colours)),
    ]  # fmt: skip
    for value, label, marker in parts:
        if value:
            figure.add_bar(
                x=[0], y=[value], width=[1], name=f"{label}: {shown(value)}", marker=marker,
                hovertemplate=f"{label}: {shown(value)} von {shown(of)}<extra></extra>",
            )  # fmt: skip
    outline = {"color": colours.line, "width": 4}
    figure.add_shape(type="line", x0=-0.5, x1=-0.5, y0=0, y1=of * 1.06, line=outline)
    figure.add_shape(type="line", x0=0.5, x1=0.5, y0=0, y1=of * 1.06, line=outline)
    figure.add_shape(type="line", x0=-0.5, x1=0.5, y0=0, y1=0, line={**outline, "width": 7})
    inside = n >= _ROOM_FOR_LABEL * of
    figure.add_annotation(
        x=0, y=n / 2 if inside else n, text=f"<b>{shown(n)}</b><br>online", showarrow=False,
        yanchor="middle" if inside else "bottom", yshift=0 if inside else 4, borderpad=4,
        bgcolor="rgba(0,0,0,0)" if inside else colours.surface,
        font={"size": tokens.CHART_LARGE, "color": colours.on_live if inside else colours.text},
    )  # fmt: skip
    levels = [Mark(label=f"alle {shown(of)}", value=of), *marks]
    for mark in levels:
        above = min((one.value - mark.value for one in levels if one.value > mark.value), default=of)
        below = min((mark.value - one.value for one in levels if one.value < mark.value), default=mark.value)
        several = "<br>" in mark.label
        figure.add_shape(
            type="line", x0=0.5, x1=0.62, y0=mark.value, y1=mark.value, line={"color": colours.mark, "width": 3}
        )
        figure.add_annotation(
            x=0.64,
            y=mark.value,
            text=mark.label,
            showarrow=False,
            xanchor="left",
            align="left",
            font={"size": tokens.CHART_LABEL},
            yanchor=("top" if below >= above else "bottom") if several else "middle",  # where there is more room
            yshift=(9 if below >= above else -9) if several else 0,
        )
    figure.update_xaxes(visible=False, range=[-0.56, 1.4])
    figure.update_yaxes(
        range=[-of * 0.01, of * 1.1], showgrid=False, zeroline=False, ticks="outside", ticklen=6, nticks=6,
        tickcolor=colours.line, ticklabelstandoff=4, tickformat=",", ticksuffix=" %" if percent else "",
    )  # fmt: skip
    return figure.update_layout(
        template=colours.name, barmode="stack", height=430, bargap=0, legend={"traceorder": "normal", "y": -0.04}
    )


def _share(value: float) -> str:
    return german.share(value, 100)
