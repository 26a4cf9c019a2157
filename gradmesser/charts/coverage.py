"""Coverage of services by administrations and by inhabitants, and the stages on the way."""

import textwrap
from html import escape

import pandas as pd
import plotly.graph_objects as go

from gradmesser import coverage, german
from gradmesser.catalog import STATES
from gradmesser.charts import template
from gradmesser.charts.template import Palette

_NAME, _UPPER, _LOWER, _THICK = -0.3, 0.0, 0.28, 0.26
"""Places inside the room of one service: its name, administrations, inhabitants."""
_NAME_WIDTH, _STATE_WIDTH = 48, 16


def paired(rows: pd.DataFrame, colours: Palette) -> go.Figure:
    """Two bars a service, top to bottom as given: share of administrations above, share of inhabitants below.

    rows: leistung, n, nenner, u, einwohner_live, einwohner_unbekannt, einwohner. Solid is online, the hatched extension
    is unknown; beside each bar stand its counts.
    """
    places = pd.Series(range(len(rows)), index=rows.index, dtype=float)
    unknown = template.hatched(colours.unknown, colours.surface, template.UNKNOWN_PATTERN)
    kinds = [
        ("Verwaltungen", "n", "u", "nenner", _UPPER, {"color": colours.live}),
        ("Einwohnern", "einwohner_live", "einwohner_unbekannt", "einwohner", _LOWER,
         {"color": colours.live_soft, "line": {"color": colours.live, "width": 1}}),
    ]  # fmt: skip
    figure = go.Figure()
    for title, part, open_part, whole, offset, marker in kinds:
        share, rest = 100 * rows[part] / rows[whole], 100 * rows[open_part] / rows[whole]
        texts = [
            f"{escape(name, quote=False)}<br>nach {title}: {german.n_of(n, of, u)}"
            for name, n, of, u in zip(rows["leistung"], rows[part], rows[whole], rows[open_part], strict=True)
        ]
        hover = {"customdata": texts, "hovertemplate": "%{customdata}<extra></extra>"}
        figure.add_bar(
            y=places + offset,
            x=share,
            width=_THICK,
            orientation="h",
            name=f"online, nach {title}",
            marker=marker,
            **hover,
        )
        figure.add_bar(
            y=places + offset, x=rest, base=share, width=_THICK, orientation="h", name="keine Meldung", marker=unknown,
            legendgroup="u", showlegend=offset == _UPPER, **hover,
        )  # fmt: skip
    counts = [f"{german.number(row.n)} von {german.number(row.nenner)}" for row in rows.itertuples()]
    people = [coverage.people(row.einwohner_live, row.einwohner) for row in rows.itertuples()]
    _write(figure, [100] * (2 * len(rows)), [*(places + _UPPER), *(places + _LOWER)], [*counts, *people])
    names = [escape(textwrap.shorten(name, _NAME_WIDTH, placeholder=" …"), quote=False) for name in rows["leistung"]]
    _write(figure, [0] * len(rows), list(places + _NAME), names, size=14, indent="")
    return figure.update_layout(
        template=colours.name, barmode="overlay", height=110 + 62 * len(rows), margin={"l": 16, "r": 122},
        xaxis={"range": [0, 100], "tickvals": [0, 50, 100], "ticktext": ["0 %", "50 %", "100 %"], "tickangle": 0,
               "zeroline": False},
        yaxis={"visible": False, "range": [len(rows) - 0.5, -0.5]},
        legend={"y": -30 / (62 * len(rows)), "yanchor": "top", "traceorder": "normal"},
    )  # fmt: skip


def stages(rows: pd.DataFrame, colours: Palette) -> go.Figure:
    """One bar a state, the way from above to below, the states beside the way under a line; length is the count.

    rows: as `coverage.funnel` gives them. Beside each bar stand the count and how long they have stood there.
    """
    shown = rows[~rows["beiseite"] | (rows["anzahl"] > 0)].reset_index(drop=True)
    gap = 0.6
    places = shown.index + gap * shown["beiseite"]
    figure = go.Figure()
    plain = shown["zustand"].isin(coverage.STAGES)
    looks = [_look(state, colours) for state in shown.loc[plain, "zustand"]]
    markers = [
        (plain, {"color": [fill for fill, _ in looks], "line": {"color": [edge for _, edge in looks], "width": 1.5}}),
        (
            ~plain & (shown["zustand"] != "keine_meldung"),
            template.hatched(colours.broken, colours.surface, template.BROKEN_PATTERN),
        ),
        (
            shown["zustand"] == "keine_meldung",
            template.hatched(colours.unknown, colours.surface, template.UNKNOWN_PATTERN),
        ),
    ]
    for which, marker in markers:
        part = shown[which]
        figure.add_bar(
            y=places[which], x=part["anzahl"], width=0.7, orientation="h", marker=marker, showlegend=False,
            customdata=[f"{row.stufe}: {_beside(row)}" for row in part.itertuples()],
            hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip
    _write(figure, list(shown["anzahl"]), list(places), [_beside(row) for row in shown.itertuples()])
    ways = int((~shown["beiseite"]).sum())
    if ways < len(shown):
        line = ways - 0.5 + gap / 2
        figure.add_shape(
            type="line", x0=0, x1=1, xref="paper", y0=line, y1=line, line={"color": colours.grid, "width": 1}
        )
    labels = [
        f"{STATES[row.zustand].glyph} {'<br>'.join(textwrap.wrap(row.stufe, _STATE_WIDTH))}"
        for row in shown.itertuples()
    ]
    top = max(1, int(shown["anzahl"].max()))
    return figure.update_layout(
        template=colours.name, barmode="overlay", height=90 + 36 * len(shown), margin={"r": 140}, showlegend=False,
        xaxis={"range": [0, top], "visible": False},
        yaxis={"tickvals": list(places), "ticktext": labels, "range": [places.iloc[-1] + 0.6, -0.6],
               "ticklabelstandoff": 6, "showgrid": False},
    )  # fmt: skip


def _look(state: str, colours: Palette) -> tuple[str, str]:
    """Fill and edge of a stage: online is solid, under way soft, not begun open."""
    if state in coverage.ONLINE:
        return colours.live, colours.live
    return (colours.live_soft, colours.live) if state in coverage.BEGUN else (colours.surface, colours.line)


def _write(
    figure: go.Figure, right_of: list[float], at: list[float], texts: list[str], *, size: int = 12, indent: str = "  "
) -> None:
    """Texts beside bars, as one trace: many annotations are slow to build."""
    figure.add_scatter(
        x=right_of, y=at, text=[f"{indent}{text}" for text in texts], mode="text", textposition="middle right",
        cliponaxis=False, textfont={"size": size}, hoverinfo="skip", showlegend=False,
    )  # fmt: skip


def _beside(row: object) -> str:
    """Count, and how long: stays that ended for a stage on the way, else how long they have stood there."""
    passing = row.zustand in ("nicht_begonnen", *coverage.BEGUN) and not pd.isna(row.median_beendet)
    days = row.median_beendet if passing else row.median_jetzt
    if pd.isna(days):
        return german.number(row.anzahl)
    words = (
        f"Dauer {german.count(round(days), 'Tag', 'Tage')}"
        if passing
        else f"seit {german.count(round(days), 'Tag', 'Tagen')}"
    )
    return f"{german.number(row.anzahl)} · {words}"
