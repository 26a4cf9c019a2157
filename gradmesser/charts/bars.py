"""Horizontal bars of n von N: solid what is online, hatched what is unknown, the rest open."""

import textwrap
from html import escape

import pandas as pd
import plotly.graph_objects as go

from gradmesser import german
from gradmesser.charts import template
from gradmesser.charts.template import Palette


def bars(rows: pd.DataFrame, colours: Palette, label: str) -> go.Figure:
    """One bar a row, top to bottom as given: n/N solid, (n+u)/N hatched extension, axis 0–100 %.

    rows: column `label`, n, nenner, u. Beside each bar stands `n von N`: the picture tells its denominators itself.
    """
    ordered = rows.iloc[::-1]
    names = ordered[label].map(_wrapped)
    known_other = ordered["nenner"] - ordered["n"] - ordered["u"]
    figure = go.Figure()
    parts = [
        ("online", ordered["n"], {"color": colours.live}),
        ("keine Meldung", ordered["u"], template.hatched(colours.unknown, colours.surface, template.UNKNOWN_PATTERN)),
        ("gemeldet, nicht online", known_other,
         template.not_online(colours)),
    ]  # fmt: skip
    texts = [german.n_of(row.n, row.nenner, row.u) for row in ordered.itertuples()]
    for title, values, marker in parts:
        figure.add_bar(
            y=names, x=100 * values / ordered["nenner"], orientation="h", name=title, marker=marker,
            customdata=texts, hovertemplate="%{y}: %{customdata}<extra></extra>",
        )  # fmt: skip
    counts = [
        {"x": 100, "y": name, "text": f"{german.number(row.n)} von {german.number(row.nenner)}", "showarrow": False,
         "xanchor": "left", "xshift": 6, "font": {"size": 13}}
        for name, row in zip(names, ordered.itertuples(), strict=True)
    ]  # fmt: skip
    figure.update_xaxes(range=[0, 100], tickvals=[0, 50, 100], ticktext=["0 %", "50 %", "100 % = N"], tickangle=0)
    figure.update_yaxes(ticklabelstandoff=6)
    return figure.update_layout(
        template=colours.name,
        barmode="stack",
        height=120 + 40 * len(rows),
        margin={"r": 100, "b": 100},
        annotations=counts,  # at once: adding one by one copies all before it
        legend={"yref": "container", "y": 0, "yanchor": "bottom", "traceorder": "normal"},
    )


def _wrapped(name: str, width: int = 20) -> str:
    """Long names on two lines, so that a phone keeps room for the bars."""
    return "<br>".join(escape(line, quote=False) for line in textwrap.wrap(name, width, break_long_words=False))
