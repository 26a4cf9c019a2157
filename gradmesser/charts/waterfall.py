"""From one level to another: each part as a bar from where the one before ended; and gains and losses by period."""

import pandas as pd
import plotly.graph_objects as go

from gradmesser import german
from gradmesser.charts import template
from gradmesser.charts.template import Palette

_KINDS = {"mehr": "mehr online", "weniger": "weniger online", "neben": "weder Fortschritt noch Verlust"}
_DOTS = {"shape": ".", "size": 7, "solidity": 0.45}


def waterfall(steps: pd.DataFrame, colours: Palette) -> go.Figure:
    """Steps top to bottom as `bridge.steps` gives them; the two levels are marks, not bars: the axis need not begin at 0."""
    figure = go.Figure()
    places = pd.Series(range(len(steps)), index=steps.index)
    for kind, title in _KINDS.items():
        part = steps[(steps["art"] == kind) & (steps["summe"] != 0)]
        if len(part):
            figure.add_bar(
                y=places[part.index], x=part["ende"] - part["beginn"], base=part["beginn"], width=0.6, orientation="h",
                name=title, marker=_look(kind, colours),
                customdata=[f"{row.label}: {german.signed(row.summe)}" for row in part.itertuples()],
                hovertemplate="%{customdata}<extra></extra>",
            )  # fmt: skip
    ends = steps[steps["art"] == "stand"]
    figure.add_scatter(
        y=places[ends.index], x=ends["ende"], mode="markers", name="Stand", showlegend=False,
        marker={"symbol": "line-ns", "size": 26, "line": {"width": 5, "color": colours.text}},
        customdata=[f"{row.label}: {german.number(row.summe)} online" for row in ends.itertuples()],
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    _connect(figure, steps, colours)
    texts = [german.number(row.summe) if row.art == "stand" else german.signed(row.summe) for row in steps.itertuples()]
    right = steps[["beginn", "ende"]].max(axis=1)
    figure.add_scatter(
        y=places, x=right, text=[f"   {text}" for text in texts], mode="text", textposition="middle right",
        cliponaxis=False, textfont={"size": 15}, hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    low, high = int(steps[["beginn", "ende"]].min(axis=None)), int(right.max())
    room = max(1, high - low)
    begin = max(0, low - max(1, room // 4)) if 2 * low > high else 0
    return figure.update_layout(
        template=colours.name, barmode="overlay", height=130 + 46 * len(steps), margin={"r": 90},
        xaxis={"range": [begin, high + room * 0.02], "nticks": 4, "tickangle": 0, "tickformat": ",d", "zeroline": False,
               "title": "Angebote online" + (f" (Achse beginnt bei {german.number(begin)})" if begin else "")},
        yaxis={"tickvals": list(places), "ticktext": list(steps["label"]), "range": [len(steps) - 0.4, -0.6],
               "showgrid": False, "ticklabelstandoff": 6, "zeroline": False},
        legend={"y": -70 / (46 * len(steps)), "yanchor": "top"},
    )  # fmt: skip


def movement(periods: pd.DataFrame, colours: Palette) -> go.Figure:
    """Gained above, lost below the line, by period from left to right.

    periods: zeitraum, neu_online, verloren, newest first as `news.by_period` gives them.
    """
    rows = periods.iloc[::-1]
    figure = go.Figure()
    for field, title, sign, kind in (("neu_online", "neu online", 1, "mehr"), ("verloren", "nicht mehr online", -1, "weniger")):  # fmt: skip
        shown = rows[rows[field] > 0]
        figure.add_bar(
            x=shown["zeitraum"], y=sign * shown[field], name=title, marker=_look(kind, colours), showlegend=True,
            text=[german.signed(sign * value) for value in shown[field]], textposition="outside",
            textfont={"size": 13}, cliponaxis=False,
            customdata=[f"{row.zeitraum}: {german.number(getattr(row, field))} {title}" for row in shown.itertuples()],
            hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip
    top, bottom = max(1, int(rows["neu_online"].max())), int(rows["verloren"].max())
    figure.update_yaxes(range=[-1.2 * bottom - 0.1 * top, 1.15 * top], tickformat=",d", nticks=5)
    figure.update_xaxes(
        type="category",
        categoryorder="array",
        categoryarray=list(rows["zeitraum"]),
        tickangle=0,
        tickvals=_some(list(rows["zeitraum"])),
        ticktext=_short(rows),
    )
    return figure.update_layout(template=colours.name, barmode="relative", height=340, legend={"y": -0.2})


def _some(names: list[str], most: int = 4) -> list[str]:
    """A few of the periods, so that a phone can write them; the newest is always there."""
    step = max(1, -(-len(names) // most))
    return names[::-1][::step][::-1]


def _short(rows: pd.DataFrame) -> list[str]:
    shown = rows[rows["zeitraum"].isin(_some(list(rows["zeitraum"])))]
    weekly = shown["zeitraum"].str.startswith("Woche")
    return [
        f"{day:%d.%m.%y}" if is_week else f"{day:%m/%Y}" for day, is_week in zip(shown["beginn"], weekly, strict=True)
    ]


def _connect(figure: go.Figure, steps: pd.DataFrame, colours: Palette) -> None:
    for place, row in enumerate(list(steps.itertuples())[:-1]):
        figure.add_shape(
            type="line", x0=row.ende, x1=row.ende, y0=place, y1=place + 1, layer="below",
            line={"color": colours.line, "width": 1, "dash": "dot"},
        )  # fmt: skip


def _look(kind: str, colours: Palette) -> dict[str, object]:
    if kind == "mehr":
        return {"color": colours.live}
    if kind == "weniger":
        return template.hatched(colours.broken, colours.surface, template.BROKEN_PATTERN)
    return template.hatched(colours.mark, colours.surface, _DOTS)
