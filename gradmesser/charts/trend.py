"""Development over time: what is online, what is unknown, the denominator, breaks of the catalogue."""

import pandas as pd
import plotly.graph_objects as go

from gradmesser import forecast, german
from gradmesser.charts.template import Palette
from gradmesser.forecast import Forecast, Outlook

_ROOM_MONTHS = 2


def trend(
    history: pd.DataFrame,
    colours: Palette,
    *,
    stand: pd.Timestamp | None = None,
    outlook: Outlook | None = None,
    deadline: bool = True,
    percent: bool = False,
) -> go.Figure:
    """Lines of n and N by stichtag; each catalogue version is a line of its own, its start a dashed vertical.

    history: stichtag, katalog_version, massgeblich, n, nenner, u; at a break both versions of the day. With
    percent n, u and nenner are shares of 100, for a weighted value.
    outlook: the target as a diamond with its words, the forecast dashed with its dotted band; deadline False draws no date.
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
    if outlook is not None:
        _ahead(figure, outlook, colours, deadline=deadline)
    figure.update_yaxes(range=[0, 1.08 * history["nenner"].max()], tickformat=",d", ticksuffix=" %" if percent else "")
    figure.update_xaxes(tickformat="%m/%Y", nticks=5, tickangle=0)
    return figure.update_layout(template=colours.name, height=340 if outlook is None else 400, hovermode="closest")


def _ahead(figure: go.Figure, outlook: Outlook, colours: Palette, *, deadline: bool) -> None:
    start, found = forecast.position(outlook.day), outlook.forecast
    end = forecast.position(outlook.target.on) if deadline else start
    if isinstance(found, Forecast):
        end = max(end, forecast.position(found.expected)) + _ROOM_MONTHS
        _band(figure, outlook, found, end, colours)
    if not deadline:
        return
    figure.add_scatter(
        x=[pd.Timestamp(outlook.target.on)], y=[outlook.goal], mode="markers", cliponaxis=False,
        marker={"symbol": "diamond", "size": 13, "color": colours.mark}, name="Ziel (Vorschlag, zu bestätigen)" if outlook.target.proposal else "Ziel",
        hovertemplate=f"Ziel %{{x|%d.%m.%Y}}: {german.number(outlook.goal)}<extra></extra>",
    )  # fmt: skip
    figure.add_annotation(
        x=pd.Timestamp(outlook.target.on), y=outlook.goal, text=f"Ziel {german.number(outlook.goal)}", showarrow=False,
        xanchor="right", yanchor="bottom", yshift=9, font={"size": 14, "color": colours.mark},
    )  # fmt: skip


def _band(figure: go.Figure, outlook: Outlook, found: Forecast, end: float, colours: Palette) -> None:
    """The wedge between the fast and the slow slope up to the target or the edge of the picture, and the line between."""
    start = forecast.position(outlook.day)
    edges = []
    for slope in (found.fast, found.slow):
        until = min(end, start + (outlook.goal - outlook.n) / slope) if slope > 0 else end
        edges.append((pd.Timestamp(forecast.day_at(until)), max(0.0, outlook.n + slope * (until - start))))
    first = (pd.Timestamp(outlook.day), outlook.n)
    corner = [(pd.Timestamp(forecast.day_at(end)), outlook.goal)] if edges[1][1] < outlook.goal - 1 else []
    outline = [first, edges[0], *corner, edges[1], first]
    figure.add_scatter(
        x=[day for day, _ in outline], y=[value for _, value in outline], mode="lines", fill="toself",
        line={"color": colours.broken, "width": 1, "dash": "dot"}, hoverinfo="skip", name="80-Prozent-Spanne",
        fillpattern={"shape": "\\", "size": 7, "solidity": 0.3, "fgcolor": colours.broken, "bgcolor": "rgba(0,0,0,0)"},
    )  # fmt: skip
    figure.add_scatter(
        x=[outlook.day, pd.Timestamp(found.expected)], y=[outlook.n, outlook.goal], mode="lines+markers",
        line={"color": colours.broken, "width": 3, "dash": "dash"}, marker={"symbol": "circle-open", "size": 9},
        name="Prognose",
        hovertemplate=f"Prognose: {german.number(outlook.goal)} um %{{x|%m/%Y}}<extra></extra>",
    )  # fmt: skip


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
