"""Administrations side by side: one square each by lower bound, level against change, a small picture for each Kreis."""

import base64
import textwrap
from dataclasses import dataclass
from html import escape

import pandas as pd
import plotly.graph_objects as go

from gradmesser import german, ranks
from gradmesser.charts import template
from gradmesser.charts.template import Palette

_STEP = 2
"""Width of a column of squares in percent."""

_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "pentagon")
_WIDE, _HIGH, _LEFT, _TOP, _BASE = 200, 110, 4, 13, 93
_SHORT = 4
_FONT = "sans-serif"


def squares(table: pd.DataFrame, own: str | None, colours: Palette) -> go.Figure:
    """One square an administration in columns of 2 % of the lower bound n/N; those without a rank hatched, below the line.

    table: ranks.measured rows. The own unit stands out by colour, frame and name, its interval is a line under it.
    """
    rows = table.assign(
        saeule=(table["unten"] // _STEP).clip(upper=100 / _STEP - 1), eigen=table["ars"] == own
    ).sort_values(["eigen", "unten", "ars"])
    rows["stufe"] = rows.groupby(["gereiht", "saeule"]).cumcount()
    figure = go.Figure()
    parts = [
        ("genug gemeldet", rows[rows["gereiht"] & ~rows["eigen"]], {"color": colours.live_soft, "line": {"color": colours.live, "width": 1}}),
        ("Meldequote unter 60 %, ohne Platz", rows[~rows["gereiht"] & ~rows["eigen"]],
         template.hatched(colours.unknown, colours.surface, template.UNKNOWN_PATTERN)),
        ("gewählte Verwaltung", rows[rows["eigen"]], {"color": colours.mark, "line": {"color": colours.text, "width": 2}}),
    ]  # fmt: skip
    for title, part, marker in parts:
        if part.empty:
            continue
        figure.add_bar(
            x=_STEP * part["saeule"] + _STEP / 2, y=[0.88] * len(part), width=0.86 * _STEP, name=title, marker=marker,
            base=part["stufe"].where(part["gereiht"], -part["stufe"] - 2.4), customdata=[_told(row) for row in part.itertuples()],
            hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip
    figure.add_hline(y=-0.3, line={"color": colours.line, "width": 1})
    top = rows.loc[rows["gereiht"], "stufe"].max() if rows["gereiht"].any() else 0
    deep = rows.loc[~rows["gereiht"], "stufe"].max() + 3 if (~rows["gereiht"]).any() else 1
    for row in rows[rows["eigen"]].itertuples():
        _point_to(figure, row, top + 2, colours)
    figure.update_yaxes(visible=False, range=[-deep - 0.4, top + 7.5])
    figure.update_xaxes(
        range=[0, 100], tickvals=[0, 25, 50, 75, 100], ticktext=["0 %", "25 %", "50 %", "75 %", "100 %"], tickangle=0,
        title="mindestens online: n von N",
    )  # fmt: skip
    return figure.update_layout(
        template=colours.name,
        height=int(220 + 15 * (top + deep)),
        barmode="overlay",
        legend={"y": -0.3},
        margin={"l": 28, "r": 34},
    )


def people(table: pd.DataFrame, own: str | None, colours: Palette) -> go.Figure:
    """Inhabitants by lower bound n/N in steps of 10 %; where too little is reported hatched on top; the own step is named.

    table: ranks.measured rows.
    """
    rows = table.assign(
        klasse=[template.class_of(int(n), int(of)) for n, of in zip(table["n"], table["nenner"], strict=True)]
    )
    labels = [f"{10 * step}–{10 * step + 10} %" for step in range(10)]
    figure = go.Figure()
    for title, part, marker in (
        ("genug gemeldet", rows[rows["gereiht"]], {"color": colours.live}),
        ("Meldequote unter 60 %", rows[~rows["gereiht"]], template.hatched(colours.unknown, colours.surface, template.UNKNOWN_PATTERN)),
    ):  # fmt: skip
        by_step = part.groupby("klasse").agg(einwohner=("einwohner", "sum"), anzahl=("ars", "size"))
        figure.add_bar(
            x=[labels[step] for step in by_step.index], y=by_step["einwohner"], name=title, marker=marker,
            customdata=[f"{german.number(row.einwohner)} Einwohner in {german.count(int(row.anzahl), 'Verwaltung', 'Verwaltungen')}" for row in by_step.itertuples()],
            hovertemplate="%{x}: %{customdata}<extra></extra>",
        )  # fmt: skip
    totals = rows.groupby("klasse")["einwohner"].sum()
    for row in rows[rows["ars"] == own].itertuples():
        figure.add_annotation(
            x=labels[row.klasse], y=totals[row.klasse], text=f"{_wrapped(row.name)}<br>{german.number(row.n)} von {german.number(row.nenner)}",
            showarrow=True, arrowhead=2, arrowcolor=colours.text, ax=0, ay=-40, yanchor="bottom", font={"size": 14},
        )  # fmt: skip
    figure.update_xaxes(title="mindestens online: n von N", categoryorder="array", categoryarray=labels, tickangle=0)
    figure.update_yaxes(title="Einwohner", tickformat=",d", range=[0, 1.35 * totals.max()])
    return figure.update_layout(template=colours.name, barmode="stack", height=420, legend={"y": -0.3})


def _point_to(figure: go.Figure, row: object, height: float, colours: Palette) -> None:
    middle = _STEP * row.saeule + _STEP / 2
    above = row.stufe + 1 if row.gereiht else 0.2
    if row.u:
        figure.add_scatter(
            x=[row.unten, row.oben], y=[above + 0.3] * 2, mode="lines+markers", line={"color": colours.mark, "width": 2, "dash": "dot"},
            marker={"symbol": "line-ns-open", "size": 10}, name="ihre Spanne: höchstens n + u", hoverinfo="skip",
        )  # fmt: skip
    right = middle > 50  # noqa: PLR2004 - the middle of the axis
    figure.add_annotation(
        x=middle, y=above, text=f"{_wrapped(row.name)}<br>{german.number(row.n)} von {german.number(row.nenner)}",
        showarrow=True, arrowhead=2, arrowcolor=colours.text, ax=0, ay=height, ayref="y", yanchor="bottom", xanchor="right" if right else "left", font={"size": 14},
    )  # fmt: skip


def _wrapped(name: str, width: int = 20) -> str:
    """A long name on several lines, so that it stays inside the picture on a phone."""
    lines = textwrap.wrap(name, width, break_long_words=False)
    return f"<b>{'<br>'.join(escape(line, quote=False) for line in lines)}</b>"


def _told(row: object) -> str:
    return f"{escape(row.name, quote=False)}: {german.n_of(row.n, row.nenner, row.u)}"


def level_and_change(table: pd.DataFrame, own: str | None, colours: Palette) -> go.Figure:
    """Level n/N across, change in percentage points upwards, one symbol a starting band; table: ranks.changed rows."""
    rows = table[table["verglichen"]]
    shades = (colours.unknown, colours.live_soft, colours.live, colours.broken, colours.text)
    figure = go.Figure()
    for start, part in rows.groupby("startband"):
        position = int(start) // ranks.START_BAND
        figure.add_scatter(
            x=part["unten"], y=part["pp"], mode="markers", name=f"Start {ranks.band_label(int(start))}",
            marker={"symbol": _SYMBOLS[position], "size": 10, "color": shades[position], "line": {"color": colours.surface, "width": 1}},
            customdata=[f"{_told(row)}; {german.points(row.pp)}" for row in part.itertuples()],
            hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip
    highest, lowest = max(1.0, rows["pp"].max()), min(0.0, rows["pp"].min())
    for row in rows[rows["ars"] == own].itertuples():
        figure.add_scatter(
            x=[row.unten], y=[row.pp], mode="markers", name="gewählte Verwaltung", hoverinfo="skip",
            marker={"symbol": "star", "size": 18, "color": colours.mark, "line": {"color": colours.text, "width": 1}},
        )  # fmt: skip
        figure.add_annotation(
            x=row.unten, y=row.pp, text=_wrapped(row.name), showarrow=True, arrowhead=0, ax=0, ay=1.06 * highest,
            arrowcolor=colours.text, font={"size": 14}, ayref="y", yanchor="bottom", xanchor="right" if row.unten > rows["unten"].median() else "left",
        )  # fmt: skip
    figure.add_hline(y=0, line={"color": colours.line, "width": 1})
    figure.update_xaxes(title="heute mindestens online: n von N", ticksuffix=" %", nticks=6, tickangle=0)
    figure.update_yaxes(title="Veränderung in Prozentpunkten (PP)", nticks=7, range=[1.1 * lowest, 1.3 * highest])
    return figure.update_layout(template=colours.name, height=440, legend={"y": -0.26}, hovermode="closest")


def kreise(history: pd.DataFrame, colours: Palette, *, example: bool) -> str:
    """Markup of one small picture for each Kreis, all on the scale 0–100 %: n/N as a line, up to (n+u)/N hatched.

    history: queries/vergleich_kreise.sql. A dashed vertical marks a new version of the catalogue.
    """
    first, last = history["stichtag"].min(), history["stichtag"].max()
    frame = _Frame(first=first, span=max((last - first).days, 1), colours=colours, example=example)
    groups = sorted(history.groupby("kreis_ars"), key=lambda item: german.sort_key(item[1]["kreis"].iloc[0]))
    figures = [_small(rows.sort_values("stichtag"), frame) for _, rows in groups]
    return f'<div class="gm-multiples">{"".join(figures)}</div>'


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What the small pictures share: time, colours, the example mark."""

    first: pd.Timestamp
    span: int
    colours: Palette
    example: bool

    def at(self, day: pd.Timestamp, share: float) -> str:
        """A point as `x,y`."""
        across = _LEFT + (_WIDE - 2 * _LEFT) * (day - self.first).days / self.span
        return f"{across:.1f},{_BASE - (_BASE - _TOP) * share:.1f}"


def _small(rows: pd.DataFrame, frame: _Frame) -> str:
    now, begun, name = rows.iloc[-1], rows.iloc[0], rows["kreis"].iloc[0]
    told = (
        f"{name}: {german.n_of(now['n'], now['nenner'], now['u'])}; {german.month(begun['stichtag'])}: "
        f"{german.n_of(begun['n'], begun['nenner'], begun['u'])}"
    )
    drawn = base64.b64encode(_svg(rows, frame).encode()).decode()
    return (
        f'<figure aria-label="{escape(name)}"><figcaption>'
        f"<strong>{escape(name)}</strong><span>{german.number(now['n'])} von {german.number(now['nenner'])}, "
        f'{german.number(now["u"])} ohne Meldung</span></figcaption><img src="data:image/svg+xml;base64,{drawn}" '
        f'alt="{escape(told)}"></figure>'
    )


def _svg(rows: pd.DataFrame, frame: _Frame) -> str:
    """A picture without a word from the data: letters outside Latin-1 and markup in names cannot break it."""
    colours, right = frame.colours, _WIDE - _LEFT
    lower = [frame.at(row.stichtag, row.n / row.nenner) for row in rows.itertuples()]
    upper = [frame.at(row.stichtag, (row.n + row.u) / row.nenner) for row in rows.itertuples()]
    before = rows["katalog_version"].shift()
    changes = rows.loc[before.notna() & (rows["katalog_version"] != before), "stichtag"]
    breaks = "".join(f"M{frame.at(day, 0)}L{frame.at(day, 1)}" for day in changes)
    begun, now = rows["stichtag"].iloc[0], rows["stichtag"].iloc[-1]
    stamp = (
        f'<text x="{right}" y="9" text-anchor="end" fill="{colours.broken}">BEISPIELDATEN</text>'
        if frame.example
        else ""
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" font-family="{_FONT}" font-size="10" '
        f'fill="{colours.muted}"><defs><pattern id="h" width="5" height="5" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><path d="M0 0V5" stroke="{colours.unknown}" stroke-width="2"/></pattern></defs>'
        f'<polygon points="{" ".join(lower + upper[::-1])}" fill="url(#h)"/>'
        f'<path d="M{_LEFT} {_BASE}H{right}M{_LEFT} {_TOP}H{right}" stroke="{colours.line}" stroke-width=".7" fill="none"/>'
        f'<path d="{breaks}" stroke="{colours.broken}" stroke-width="1.5" stroke-dasharray="3 2" fill="none"/>'
        f'<polyline points="{" ".join(lower)}" fill="none" stroke="{colours.live}" stroke-width="3"/>{stamp}'
        f'<text x="{_LEFT}" y="9">100 %</text><text x="{_LEFT}" y="{_HIGH - 4}">{_month(begun)}</text>'
        f'<text x="{right}" y="{_HIGH - 4}" text-anchor="end">{_month(now)}</text></svg>'
    )


def _month(day: pd.Timestamp) -> str:
    name = german.MONTHS[day.month - 1]
    return f"{name if len(name) <= _SHORT else name[:3] + '.'} {day.year}"
