"""States side by side on the scale from 0 to 100: dumbbells for many rows of one year, slopes for two years."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd
import plotly.graph_objects as go

from gradmesser import europe, german
from gradmesser.catalog.countries import AVERAGE, COUNTRIES, DENMARK, GERMANY
from gradmesser.charts.template import Palette

_ROW, _HEAD = 46, 150
_WIDTH = 20
_GAP = 6.5
"""Least distance of two labels at the end of a slope, in points of the scale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """Colour, symbol and size of a state: told apart without colour too."""

    colour: str
    symbol: str
    size: int


def _marks(shown: Sequence[str], colours: Palette) -> dict[str, _Mark]:
    known = {
        DENMARK: _Mark(colour=colours.mark, symbol="diamond", size=15),
        AVERAGE: _Mark(colour=colours.unknown, symbol="line-ns-open", size=17),
        GERMANY: _Mark(colour=colours.live, symbol="circle", size=15),
    }
    return {area: known.get(area, _Mark(colour=colours.broken, symbol="square", size=13)) for area in shown}


def dumbbells(table: pd.DataFrame, shown: Sequence[str], labels: Sequence[str], colours: Palette) -> go.Figure:
    """One line a row with a mark for each state; the lowest and the highest value stand beside their marks.

    table: one column a state (points 0–100, missing where there is no value: then there is no mark). labels name the rows
    from top to bottom.
    """
    ordered, names = table.iloc[::-1], [_wrapped(label) for label in reversed(labels)]
    marks = _marks(shown, colours)
    places = list(range(len(ordered)))
    across: list[float | None] = []
    upwards: list[float | None] = []
    for place, (low, high) in enumerate(
        zip(ordered[list(shown)].min(axis=1), ordered[list(shown)].max(axis=1), strict=True)
    ):
        across += [low, high, None]
        upwards += [place, place, None]
    figure = go.Figure()
    figure.add_scatter(
        x=across, y=upwards, mode="lines", line={"color": colours.line, "width": 2}, hoverinfo="skip", showlegend=False
    )
    for area in shown:
        mark = marks[area]
        values = ordered[area]
        figure.add_scatter(
            x=values, y=places, mode="markers", name=COUNTRIES[area], customdata=[german.number(value) for value in _plain(values)],
            marker={"symbol": mark.symbol, "size": mark.size, "color": mark.colour,
                    "line": {"width": 4 if mark.symbol.endswith("open") else 1, "color": mark.colour if mark.symbol.endswith("open") else colours.surface}},
            hovertemplate=f"{COUNTRIES[area]}: %{{customdata}} von 100<extra></extra>",
        )  # fmt: skip
    _values(figure, ordered, shown, marks)
    figure.update_xaxes(
        range=[-11, 103], tickvals=[0, 25, 50, 75, 100], tickangle=0, title="Punkte, 0 bis 100", zeroline=False
    )
    figure.update_yaxes(
        tickvals=places, ticktext=names, range=[-0.7, len(ordered) - 0.3], ticklabelstandoff=6, zeroline=False
    )
    height = _HEAD + _ROW * len(ordered)
    return figure.update_layout(
        template=colours.name, height=height, hovermode="closest", margin={"t": 40, "r": 36},
        legend={"y": 1 + 12 / height, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
    )  # fmt: skip


def _values(figure: go.Figure, rows: pd.DataFrame, shown: Sequence[str], marks: Mapping[str, _Mark]) -> None:
    """The values at both ends of each line, in the colour of their state."""
    for place, row in enumerate(rows[list(shown)].itertuples(index=False)):
        known = {area: value for area, value in zip(shown, row, strict=True) if not pd.isna(value)}
        ends = [min(known, key=known.get), max(known, key=known.get)] if known else []
        for area, anchor, shift in zip(ends, ("right", "left"), (-11, 11), strict=False):
            if anchor == "right" and len(known) == 1:
                continue
            figure.add_annotation(
                x=known[area], y=place, text=f"<b>{german.number(known[area])}</b>", showarrow=False, xanchor=anchor, xshift=shift,
                font={"size": 14, "color": marks[area].colour},
            )  # fmt: skip


def slopes(found: europe.Development, colours: Palette) -> go.Figure:
    """One line a state from the first to the last year, named with its values at both ends; a state without both has none."""
    table = found.table[found.table["aenderung"].notna()]
    marks = _marks(list(table["gebiet"]), colours)
    figure = go.Figure()
    for row in table.itertuples():
        mark = marks[row.gebiet]
        symbol = mark.symbol if mark.symbol != "line-ns-open" else "square-open"
        figure.add_scatter(
            x=[0, 1], y=[row.vorher, row.nachher], mode="lines+markers", name=row.name, customdata=[german.number(row.vorher), german.number(row.nachher)],
            line={"color": mark.colour, "width": 3, "dash": "dash" if row.gebiet == AVERAGE else "solid"},
            marker={"symbol": symbol, "size": 12, "color": mark.colour},
            hovertemplate=f"{row.name}: %{{customdata}} von 100<extra></extra>",
        )  # fmt: skip
    for column, across, anchor, shift in (("vorher", 0, "right", -12), ("nachher", 1, "left", 12)):
        heights = europe.spread(table[column].tolist(), _GAP)
        for row, height in zip(table.itertuples(), heights, strict=True):
            value = german.number(getattr(row, column))
            name = "" if column == "vorher" else f" {_wrapped(escape(row.name, quote=False), 14)}"
            figure.add_annotation(
                x=across, y=height, text=f"<b>{value}</b>{name}", showarrow=False, xanchor=anchor, xshift=shift, align="left",
                font={"size": 15, "color": marks[row.gebiet].colour},
            )  # fmt: skip
    low = min([*table["vorher"], *table["nachher"]], default=0)
    figure.update_xaxes(
        tickvals=[0, 1], ticktext=[str(found.first), str(found.last)], range=[-0.24, 1.04], showgrid=True, zeroline=False,
        tickfont={"size": 16}, tickangle=0,
    )  # fmt: skip
    figure.update_yaxes(
        range=[max(-2, 10 * (low // 10) - 12), 106],
        tickvals=list(range(0, 101, 20)),
        title="Punkte, 0 bis 100",
        zeroline=False,
    )
    return figure.update_layout(
        template=colours.name, height=440, hovermode="closest", showlegend=False, margin={"t": 20, "r": 122, "l": 44}
    )


def _plain(values: pd.Series) -> list[float | None]:
    return [None if pd.isna(value) else float(value) for value in values]


def _wrapped(label: str, width: int = _WIDTH) -> str:
    return "<br>".join(textwrap.wrap(label, width, break_long_words=False))
