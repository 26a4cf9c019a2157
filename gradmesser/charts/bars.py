"""Horizontal bars of n von N: solid what is online, hatched what is unknown, the rest open."""

import textwrap

import pandas as pd
import plotly.graph_objects as go

from gradmesser import german
from gradmesser.charts import template
from gradmesser.charts.template import Palette


def bars(rows: pd.DataFrame, colours: Palette, label: str) -> go.Figure:
    """One bar a row, top to bottom as given: n/N solid, (n+u)/N hatched extension, axis 0–100 %.

    rows: column `label`, n, nenner, u. Small denominators are told in counts, never in percent.
    """
    ordered = rows.iloc[::-1]
    names = ordered[label].map(_wrapped)
    known_other = ordered["nenner"] - ordered["n"] - ordered["u"]
    figure = go.Figure()
    parts = [
        ("n", "online", ordered["n"], {"color": colours.live}),
        ("u", "keine Meldung", ordered["u"], template.hatched(colours.unknown, colours.surface, template.UNKNOWN_PATTERN)),
        ("rest", "gemeldet, nicht online", known_other,
         template.hatched(colours.broken, colours.surface, template.BROKEN_PATTERN)),
    ]  # fmt: skip
    texts = [german.n_of(row.n, row.nenner, row.u) for row in ordered.itertuples()]
    for key, title, values, marker in parts:
        figure.add_bar(
            y=names, x=100 * values / ordered["nenner"], orientation="h", name=title, marker=marker,
            customdata=texts, hovertemplate="%{y}: %{customdata}<extra></extra>",
            text=[german.number(value) for value in values] if key == "n" else None,
            textposition="inside", insidetextanchor="start", textangle=0, textfont={"size": 13},
        )  # fmt: skip
    figure.update_xaxes(range=[0, 100], ticksuffix=" %", title="Anteil an den Zuständigkeiten (N)")
    figure.update_yaxes(ticklabelstandoff=6)
    return figure.update_layout(
        template=colours.name,
        barmode="stack",
        height=90 + 30 * len(rows),
        legend={"y": -0.16, "traceorder": "normal"},
        uniformtext={"minsize": 11, "mode": "hide"},
    )


def _wrapped(name: str, width: int = 20) -> str:
    """Long names on two lines, so that a phone keeps room for the bars."""
    return "<br>".join(textwrap.wrap(name, width, break_long_words=False)) if len(name) > width else name
