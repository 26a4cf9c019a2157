"""The other themes: answers as n of N, sums with the number of administrations behind them, lines over the Stichtage."""

import math
import textwrap
from collections.abc import Sequence
from datetime import date
from html import escape

import pandas as pd
import plotly.graph_objects as go

from gradmesser import german
from gradmesser.charts import template
from gradmesser.charts.template import Palette

_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "pentagon")
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def answers(rows: pd.DataFrame, colours: Palette, yes: str = "ja", no: str = "nein") -> go.Figure:
    """One bar a row: yes solid, no open, without a report hatched; beside it `n von N`. rows: frage, n, nenner, u."""
    ordered = rows.iloc[::-1]
    names = [_wrapped(name) for name in ordered["frage"]]
    rest = ordered["nenner"] - ordered["n"] - ordered["u"]
    parts = [
        (yes, ordered["n"], {"color": colours.live}),
        (no, rest, {"color": colours.surface, "line": {"color": colours.line, "width": 1}}),
        ("keine Meldung", ordered["u"], template.hatched(colours.unknown, colours.surface, template.UNKNOWN_PATTERN)),
    ]  # fmt: skip
    told = [german.n_of(row.n, row.nenner, row.u) for row in ordered.itertuples()]
    figure = go.Figure()
    for title, values, marker in parts:
        if title == "keine Meldung" and not values.any():
            continue
        figure.add_bar(
            y=names, x=100 * values / ordered["nenner"], orientation="h", name=title, marker=marker, customdata=told,
            hovertemplate="%{y}: %{customdata}<extra></extra>",
        )  # fmt: skip
    texts = [f"{german.number(row.n)} von {german.number(row.nenner)}" for row in ordered.itertuples()]
    _beside(figure, names, [100.0] * len(names), texts)
    figure.update_xaxes(
        range=[0, 100], tickvals=[0, 50, 100], ticktext=["0 %", "50 %", "100 %"], tickangle=0, title="Anteil an N"
    )
    height = 190 + 62 * len(rows)
    return figure.update_layout(
        template=colours.name, barmode="stack", height=height, margin={"r": 100, "b": 100},
        legend={"yref": "container", "y": 0, "yanchor": "bottom", "traceorder": "normal"},
    )  # fmt: skip


def amounts(rows: pd.DataFrame, colours: Palette, what: str) -> go.Figure:
    """One bar a row with its sum and how many administrations it comes from; no bar where nobody has answered.

    rows: frage, summe, n, nenner, u.
    """
    ordered = rows.iloc[::-1]
    names = [_wrapped(name) for name in ordered["frage"]]
    texts = [
        "keine Meldung" if pd.isna(row.summe) else f"{german.number(row.summe)} ({german.count(int(row.n), 'Verw.', 'Verw.')})"
        for row in ordered.itertuples()
    ]  # fmt: skip
    told = [german.n_of(row.n, row.nenner, row.u) for row in ordered.itertuples()]
    figure = go.Figure()
    figure.add_bar(
        y=names, x=ordered["summe"], orientation="h", name=what, marker={"color": colours.live}, customdata=told,
        hovertemplate="%{y}: %{x}, gemeldet von %{customdata}<extra></extra>",
    )  # fmt: skip
    most = ordered["summe"].max()
    places = [0.0 if pd.isna(value) else float(value) for value in ordered["summe"]]
    _beside(figure, names, places, texts)
    figure.update_xaxes(
        range=[0, 1.0 if pd.isna(most) or not most else float(most)], title=what, tickformat=",d", tickangle=0, nticks=5
    )
    return figure.update_layout(template=colours.name, height=120 + 46 * len(rows), showlegend=False, margin={"r": 118})


def lines(table: pd.DataFrame, colours: Palette, what: str, breaks: Sequence[date] = ()) -> go.Figure:
    """One line each, told apart by colour, dash and symbol; at a break another model begins. table: stichtag, linie, wert, n, nenner, u."""
    shades = (colours.live, colours.mark, colours.broken, colours.unknown, colours.live_soft, colours.text)
    figure = go.Figure()
    for position, (name, part) in enumerate(table.groupby("linie", sort=False)):
        figure.add_scatter(
            x=part["stichtag"], y=part["wert"], mode="lines+markers", name=_wrapped(name, 36),
            line={"color": shades[position % len(shades)], "width": 3, "dash": _DASHES[position % len(_DASHES)]},
            marker={"symbol": _SYMBOLS[position % len(_SYMBOLS)], "size": 8},
            customdata=[f"{german.number(row.wert)}; gemeldet: {german.n_of(row.n, row.nenner, row.u)}" for row in part.itertuples()],
            hovertemplate="%{x|%d.%m.%Y}: %{customdata}<extra></extra>",
        )  # fmt: skip
    for day in breaks:
        figure.add_vline(x=pd.Timestamp(day), line={"color": colours.broken, "width": 2, "dash": "dash"})
        figure.add_annotation(
            x=pd.Timestamp(day), y=1, yref="paper", text="neues Modell", showarrow=False, xanchor="left", xshift=5, yanchor="top",
            font={"size": 13, "color": colours.broken},
        )  # fmt: skip
    top = 1.15 * max(1.0, float(table["wert"].max()))
    step = german.nice_step(top)
    figure.update_yaxes(range=[0, step * math.ceil(top / step)], title=what, tickformat=",d", nticks=6)
    figure.update_xaxes(tickformat="%m/%Y", nticks=6, tickangle=0)
    height = 340 + 26 * table["linie"].nunique()
    return figure.update_layout(
        template=colours.name, height=height, hovermode="closest", margin={"r": 24},
        legend={"orientation": "v", "y": -60 / height, "yanchor": "top", "traceorder": "normal"},
    )  # fmt: skip


def _beside(figure: go.Figure, names: Sequence[str], places: Sequence[float], texts: Sequence[str]) -> None:
    look = {"showarrow": False, "xanchor": "left", "xshift": 6, "align": "left", "font": {"size": 13}}
    figure.update_yaxes(ticklabelstandoff=6)
    figure.update_layout(
        annotations=[
            {"x": across, "y": label, "text": text, **look}
            for across, label, text in zip(places, names, texts, strict=True)
        ]
    )


def _wrapped(label: str, width: int = 24) -> str:
    return "<br>".join(escape(line, quote=False) for line in textwrap.wrap(label, width, break_long_words=False))
