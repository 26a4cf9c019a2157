"""Development over time: what is online, what is unknown, the denominator, breaks of the catalogue."""

import pandas as pd
import plotly.graph_objects as go

from gradmesser import german
from gradmesser.charts.template import Palette


def trend(
    history: pd.DataFrame, colours: Palette, *, stand: pd.Timestamp | None = None, percent: bool = False
) -> go.Figure:
    """Lines of n and N by stichtag; each catalogue version is a line of its own, its start a dashed vertical.

    history: stichtag, katalog_version, massgeblich, n, nenner, u; at a break both versions of the day. With
    percent n, u and nenner are shares of 100, for a weighted value.
    """
    figure = go.Figure()
    for position, (_, part) in enumerate(history.groupby("katalog_version", sort=False)):
        rows = part.sort_values("stichtag")
        texts = [f"{german.day(row.stichtag)}: {_told(row, percent=percent)}" for row in rows.itertuples()]
        figure.add_scatter(
            x=rows["stichtag"], y=rows["nenner"], mode="lines", line={"color": colours.line, "width": 2, "dash": "dot"},
            name="alle" if percent else "zuständig (N)", legendgroup="N", showlegend=position == 0, hoverinfo="skip",
        )  # fmt: skip
        figure.add_scatter(
            x=rows["stichtag"], y=rows["n"], mode="lines+markers", line={"color": colours.live, "width": 4},
            marker={"size": 6}, fill="tozeroy", fillcolor=_translucent(colours.live), text=texts,
            hovertemplate="%{text}<extra></extra>", name="online, mindestens" if percent else "online (n)", legendgroup="n", showlegend=position == 0,
        )  # fmt: skip
    for day in breaks(history):
        figure.add_vline(x=day, line={"color": colours.broken, "width": 2, "dash": "dash"})
        figure.add_annotation(
            x=day, y=0.03,
            yref="paper", text=f"neuer Katalog {german.day(day)}", showarrow=False, xanchor="left", yanchor="bottom",
            xshift=6, font={"size": 13, "color": colours.broken},
        )  # fmt: skip
    if stand is not None:
        figure.add_vline(x=stand, line={"color": colours.mark, "width": 2})
    figure.update_yaxes(range=[0, 1.08 * history["nenner"].max()], tickformat=",d", ticksuffix=" %" if percent else "")
    figure.update_xaxes(tickformat="%m/%Y", nticks=5, tickangle=0)
    return figure.update_layout(template=colours.name, height=340, hovermode="closest")


def breaks(history: pd.DataFrame) -> list[pd.Timestamp]:
    """Days on which a new version of the catalogue took over."""
    return sorted(history.loc[~history["massgeblich"], "stichtag"].unique())


def catalogue_effect(history: pd.DataFrame) -> list[tuple[pd.Timestamp, int, int]]:
    """For each break: day, change of n and of N that come from the catalogue alone (same day, both versions)."""
    effects = []
    for day in breaks(history):
        rows = history[history["stichtag"] == day].set_index("massgeblich")
        effects.append(
            (
                day,
                int(rows.loc[True, "n"] - rows.loc[False, "n"]),
                int(rows.loc[True, "nenner"] - rows.loc[False, "nenner"]),
            )
        )
    return effects


def _told(row: object, *, percent: bool) -> str:
    if percent:
        return f"mindestens {german.share(row.n, 100)}, höchstens {german.share(row.n + row.u, 100)}"
    return german.n_of(row.n, row.nenner, row.u)


def _translucent(colour: str) -> str:
    red, green, blue = (int(colour[position : position + 2], 16) for position in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.16)"
