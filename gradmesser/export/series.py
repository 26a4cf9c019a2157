"""From the picture of a block to its editable chart: the numbers are those of the rows; one function a form; pure."""

import math
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from html import unescape

import pandas as pd
import plotly.graph_objects as go

from gradmesser import german
from gradmesser.catalog import STATES
from gradmesser.catalog.countries import ALWAYS, AVERAGE, COUNTRIES, DENMARK, GERMANY
from gradmesser.charts.template import LIGHT, class_of
from gradmesser.export.native import (
    BROKEN,
    CHOSEN,
    DOTS,
    HIDDEN,
    OPEN,
    REST,
    SOFT,
    SOLID,
    UNKNOWN,
    Area,
    Chart,
    Drawing,
    Form,
    Look,
    Series,
)  # fmt: skip

_FIRST_DAY = pd.Timestamp(1899, 12, 30)
"""Day 0 of a spreadsheet's calendar."""
_SERVICES = 5
"""Services that a slide has room for, two bars each."""
_NAME, _SERVICE = 44, 58
_MONTHS = "mm/yyyy"


def chart(kind: str, rows: pd.DataFrame, figure: go.Figure, own: str = "") -> Chart:
    """The chart of a kind of slide except the map; rows are those of the block, own the ARS of the chosen unit."""
    if kind == "vergleich-verteilung":
        return _distribution(rows, figure, own)
    return _CHARTS[kind](rows, figure)


def _glass(_rows: pd.DataFrame, figure: go.Figure) -> Chart:
    looks = {"online": SOLID, "keine Meldung": UNKNOWN, "gemeldet, nicht online": REST}
    top = sum(float(trace.y[0]) for trace in figure.data)
    percent = "%" in figure.data[0].name
    whole = "100 %" if percent else german.number(top)
    return Chart(
        form=Form.COLUMNS, categories=[f"alle: {whole}"], narrow=True, top=top, value_format='0.0" %"' if percent else "#,##0",
        series=[
            Series(name=trace.name, values=[float(trace.y[0])], look=looks[trace.name.partition(":")[0]]) for trace in figure.data
        ],
    )  # fmt: skip


def _shares(label: str, middle: tuple[str, Look], *, unknown_last: bool) -> Callable[[pd.DataFrame, go.Figure], Chart]:
    """Stacked bars to 100 % whose cells are the counts n, u and the rest."""

    def made(rows: pd.DataFrame, _figure: go.Figure) -> Chart:
        return _counts(rows, label, middle, unknown_last=unknown_last)

    return made


def _counts(rows: pd.DataFrame, label: str, rest: tuple[str, Look], *, unknown_last: bool = False) -> Chart:
    names = [
        f"{textwrap.shorten(str(name), _NAME, placeholder=' …')}: {german.number(n)} von {german.number(of)}"
        for name, n, of in zip(rows[label], rows["n"], rows["nenner"], strict=True)
    ]
    unknown = Series(name="keine Meldung", values=_ints(rows["u"]), look=UNKNOWN)
    others = Series(name=rest[0], values=_ints(rows["nenner"] - rows["n"] - rows["u"]), look=rest[1])
    first = "erreicht" if unknown_last else "online"
    return Chart(
        form=Form.SHARES, categories=names, title="Anteil an N",
        series=[Series(name=first, values=_ints(rows["n"]), look=SOLID), *([others, unknown] if unknown_last else [unknown, others])],
    )  # fmt: skip


def _coverage(rows: pd.DataFrame, _figure: go.Figure) -> Chart:
    """Rows: the services that the picture draws, in its order; the first of them."""
    names, live, unknown, rest = [], [], [], []
    for row in rows.head(_SERVICES).itertuples():
        service = textwrap.shorten(row.leistung, _SERVICE, placeholder=" …")
        for what, n, u, of in (
            ("Verwaltungen", row.n, row.u, row.nenner),
            ("Einwohner", row.einwohner_live, row.einwohner_unbekannt, row.einwohner),
        ):
            head = f"{service}\n" if what == "Verwaltungen" else ""
            names.append(f"{head}{what}: {german.number(n)} von {german.number(of)}")
            live.append(int(n))
            unknown.append(int(u))
            rest.append(int(of - n - u))
    looks = [SOLID if position % 2 == 0 else SOFT for position in range(len(names))]
    return Chart(
        form=Form.SHARES, categories=names, title="Anteil an allen Zuständigen",
        series=[
            Series(name="online", values=live, look=SOLID, points=looks),
            Series(name="keine Meldung", values=unknown, look=UNKNOWN),
            Series(name="gemeldet, nicht online", values=rest, look=REST),
        ],
    )  # fmt: skip


def _stages(rows: pd.DataFrame, _figure: go.Figure) -> Chart:
    shown = rows[~rows["beiseite"] | (rows["anzahl"] > 0)]
    looks = [_stage_look(row.zustand, beside=row.beiseite) for row in shown.itertuples()]
    return Chart(
        form=Form.BARS, legend=False,
        categories=[f"{STATES[row.zustand].glyph} {row.stufe}: {german.number(row.anzahl)}" for row in shown.itertuples()],
        series=[Series(name="stehen dort", values=_ints(shown["anzahl"]), look=SOFT, points=looks)],
        title="Zuständigkeiten",
    )  # fmt: skip


def _stage_look(state: str, *, beside: bool) -> Look:
    if state == "keine_meldung":
        return UNKNOWN
    if beside:
        return BROKEN
    if STATES[state].live:
        return SOLID
    return SOFT if state != "nicht_begonnen" else OPEN


def _quotas(rows: pd.DataFrame, _figure: go.Figure) -> Chart:
    known = rows["anteil"].notna()
    names = [
        f"{textwrap.shorten(row.register.partition(' (')[0], _NAME, placeholder=' …')}: "
        + (german.share(row.mit_idnr, row.datensaetze) if row.n else "keine Meldung")
        for row in rows.itertuples()
    ]
    return Chart(
        form=Form.SHARES, categories=names, title="Anteil der Datensätze mit IDNr",
        series=[
            Series(name="Datensätze mit IDNr", values=_ints(rows["mit_idnr"].where(known)), look=SOLID),
            Series(name="ohne IDNr", values=_ints((rows["datensaetze"] - rows["mit_idnr"]).where(known)), look=OPEN),
        ],
    )  # fmt: skip


def _distribution(rows: pd.DataFrame, figure: go.Figure, own: str) -> Chart:
    """A small group bar by bar; a large one as columns of 10 %, by administrations or by inhabitants."""
    if figure.data[0].orientation == "h":
        order = rows.sort_values("unten", ascending=False, kind="stable")
        return _counts(order.assign(name=_marked(order, own)), "name", ("gemeldet, nicht online", REST))
    people = figure.layout.yaxis.title.text == "Einwohner"
    steps = [class_of(int(n), int(of)) for n, of in zip(rows["n"], rows["nenner"], strict=True)]
    weights = rows["einwohner"] if people else pd.Series(1, index=rows.index)
    mine = rows["ars"] == own
    parts = [
        ("genug gemeldet", rows["gereiht"] & ~mine, SOLID),
        ("Meldequote unter 60 %, ohne Platz", ~rows["gereiht"] & ~mine, UNKNOWN),
        *[(f"gewählt: {name}", mine, CHOSEN) for name in rows.loc[mine, "name"]],
    ]
    at = pd.Series(steps, index=rows.index)
    return Chart(
        form=Form.COLUMNS, categories=[f"{10 * step}–{10 * step + 10} %" for step in range(10)],
        title="Einwohner" if people else "Verwaltungen",
        series=[
            Series(name=name, values=[int(weights[which & (at == step)].sum()) for step in range(10)], look=look)
            for name, which, look in parts
        ],
    )  # fmt: skip


def _marked(rows: pd.DataFrame, own: str) -> list[str]:
    return [f"▶ {row.name}" if row.ars == own else row.name for row in rows.itertuples()]


def _bridge(rows: pd.DataFrame, figure: go.Figure) -> Chart:
    """The parts as bars from where the one before ended, from 0: the change since the first day, not the level."""
    first, last = figure.layout.yaxis.ticktext[0], figure.layout.yaxis.ticktext[-1]
    levels = next(
        list(map(int, trace.x)) for trace in figure.data if trace.type == "scatter" and trace.mode == "markers"
    )
    shown = rows[(rows["summe"] != 0) | rows["teil"].isin(["neu_online", "weggefallen"])]
    names, base, values, level = [f"{first}: {german.number(levels[0])}"], [0], [0], 0
    cascade = (shown["summe"].cumsum() >= 0).all()
    for row in shown.itertuples():
        names.append(f"{row.wort}: {german.signed(row.summe)}")
        base.append(min(level, level + int(row.summe)) if cascade else 0)
        values.append(int(row.summe))
        level += int(row.summe)
    names.append(f"{last}: {german.number(levels[-1])} ({german.signed(level)})")
    kinds = ["", *("mehr" if part == "neu_online" else "weniger" if part == "weggefallen" else "neben" for part in shown["teil"]), "stand"]  # fmt: skip
    base, values = [*base, 0], [*values, level]
    looks = {
        "mehr": ("mehr online", SOLID),
        "weniger": ("weniger online", BROKEN),
        "neben": ("weder Fortschritt noch Verlust", DOTS),
        "stand": ("Unterschied", CHOSEN),
    }
    return Chart(
        form=Form.BARS, categories=names, legend=False, title=f"Angebote online, Unterschied zum {first}",
        series=[
            Series(name="Sockel (unsichtbar)", values=base, look=HIDDEN),
            *(
                Series(name=name, look=look, values=[
                    (abs(value) if cascade else value) if one == kind else None for value, one in zip(values, kinds, strict=True)
                ])
                for kind, (name, look) in looks.items() if kind in kinds
            ),
        ],
    )  # fmt: skip


def _news(rows: pd.DataFrame, _figure: go.Figure) -> Chart:
    shown = rows.iloc[::-1]
    return Chart(
        form=Form.COLUMNS, categories=[_short(row) for row in shown.itertuples()], title="Angebote",
        series=[
            Series(name="neu online", values=_ints(shown["neu_online"]), look=SOLID, labels=True),
            Series(name="nicht mehr online", values=_ints(-shown["verloren"]), look=BROKEN),
        ],
    )  # fmt: skip


def _short(row: object) -> str:
    return f"{row.beginn:%d.%m.%y}" if row.zeitraum.startswith("Woche") else f"{row.beginn:%m/%y}"


def _lines(_rows: pd.DataFrame, figure: go.Figure) -> Chart:
    """Lines of a development as drawn; steps stay steps, each version of the catalogue a line of its own."""
    lines = []
    for trace in figure.data:
        across, values = [_day_number(day) for day in trace.x], [None if pd.isna(y) else float(y) for y in trace.y]
        if trace.line.shape == "hv":
            across, values = _steps(across, values)
        lines.append(Series(name=_plain(trace.name), across=across, values=values, look=_line_look(trace)))
    percent = (figure.layout.yaxis.ticksuffix or "").strip() == "%"
    return Chart(
        form=Form.LINES, series=lines, across_format=_MONTHS, top=float(figure.layout.yaxis.range[1]),
        value_format='0" %"' if percent else "#,##0",
    )  # fmt: skip


def _steps(across: Sequence[float], values: Sequence[float | None]) -> tuple[list[float], list[float | None]]:
    days, levels = [across[0]], [values[0]]
    for day, before, value in zip(across[1:], values, values[1:], strict=False):
        days += [day, day]
        levels += [before, value]
    return days, levels


def _line_look(trace: go.Scatter) -> Look:
    line, drawn = trace.line.color, trace.mode or ""
    colour = line or (trace.marker.color if isinstance(trace.marker.color, str) else None) or LIGHT.live
    return Look(
        colour=colour,
        dash=trace.line.dash is not None,
        line="lines" in drawn,
        marker="lines" not in drawn,
        large=trace.marker.symbol == "diamond",
    )


def _day_number(day: object) -> float:
    return float((pd.Timestamp(day) - _FIRST_DAY).days)


def _points(_rows: pd.DataFrame, figure: go.Figure) -> Chart:
    clouds = [
        Series(
            name=_plain(trace.name), across=[float(x) for x in trace.x], values=[float(y) for y in trace.y],
            look=Look(colour=trace.marker.color, line=False, marker=True, large=trace.marker.symbol == "star"),
        )
        for trace in figure.data
    ]  # fmt: skip
    return Chart(
        form=Form.LINES, series=clouds, value_format='0" PP"', across_format='0" %"',
        across_title="heute mindestens online: n von N", title="Veränderung in Prozentpunkten (PP)",
    )  # fmt: skip


def _answers(rows: pd.DataFrame, figure: go.Figure) -> Chart:
    """Yes, no and without a report as counts; of sums one bar each."""
    if figure.layout.barmode != "stack":
        known = rows[rows["summe"].notna()]
        step = german.nice_step(float(known["summe"].max()))
        return Chart(
            form=Form.BARS, legend=False, top=step * math.ceil(max(1.0, known["summe"].max()) / step), title=_plain(figure.layout.xaxis.title.text),
            categories=[f"{_short_name(row.frage)}: {german.number(row.summe)} ({german.number(row.n)} Verwaltungen)" for row in known.itertuples()],
            series=[Series(name="gemeldet", values=_ints(known["summe"]), look=SOLID)],
        )  # fmt: skip
    yes, no = (trace.name for trace in figure.data[:2])
    labels = rows["frage"] if "frage" in rows else rows["stichtag"].map(german.day)
    return Chart(
        form=Form.SHARES, title="Anteil an N",
        categories=[f"{_short_name(label)}: {german.number(n)} von {german.number(of)}" for label, n, of in zip(labels, rows["n"], rows["nenner"], strict=True)],
        series=[
            Series(name=yes, values=_ints(rows["n"]), look=SOLID),
            Series(name=no, values=_ints(rows["nenner"] - rows["n"] - rows["u"]), look=OPEN),
            *([Series(name="keine Meldung", values=_ints(rows["u"]), look=UNKNOWN)] if rows["u"].any() else []),
        ],
    )  # fmt: skip


def _marked_lines(_rows: pd.DataFrame, figure: go.Figure) -> Chart:
    """Lines over the Stichtage, each point marked; the first one solid."""
    lines = [
        Series(
            name=_plain(trace.name), across=[_day_number(day) for day in trace.x], values=[None if pd.isna(y) else float(y) for y in trace.y],
            look=Look(colour=trace.line.color, dash=trace.line.dash != "solid", marker=True),
        )
        for trace in sorted(figure.data, key=lambda trace: -len(trace.x))  # LibreOffice loses a first series that is shorter
    ]  # fmt: skip
    return Chart(
        form=Form.LINES, series=lines, across_format=_MONTHS, top=float(figure.layout.yaxis.range[1]), title=_plain(figure.layout.yaxis.title.text)
    )  # fmt: skip


def _short_name(label: str) -> str:
    return textwrap.shorten(label, _NAME, placeholder=" …")


_LABELLED = 20
"""More bars than this have no room for their values."""
_MOST_BESIDE = 9
"""Rows that a slide has room for with three or four bars each."""


def _states(label: str) -> Callable[[pd.DataFrame, go.Figure], Chart]:
    """States side by side, a group of bars a row; a missing value is an empty cell."""

    def made(rows: pd.DataFrame, _figure: go.Figure) -> Chart:
        shown = rows[~rows["teil"]] if "teil" in rows else rows.head(_MOST_BESIDE)
        names = [f"{row[label]} ({row['jahr']})" if "jahr" in rows else row[label] for _, row in shown.iterrows()]
        areas = [area for area in COUNTRIES if area in rows.columns]
        return Chart(
            form=Form.BESIDE, categories=names, title="Punkte, 0 bis 100", top=100,
            series=[
                Series(name=COUNTRIES[area], values=[None if pd.isna(value) else round(float(value), 4) for value in shown[area]],
                       look=_LOOKS.get(area, BROKEN), labels=len(areas) * len(shown) <= _LABELLED)
                for area in sorted(areas, key=lambda area: (area not in ALWAYS, ALWAYS.index(area) if area in ALWAYS else 0))
            ],
        )  # fmt: skip

    return made


_LOOKS = {DENMARK: CHOSEN, AVERAGE: OPEN, GERMANY: SOLID}


def _slopes(rows: pd.DataFrame, figure: go.Figure) -> Chart:
    """One line a state between two years."""
    first, last = (int(year) for year in figure.layout.xaxis.ticktext)
    known = rows[rows["aenderung"].notna()]
    return Chart(
        form=Form.LINES, across_format="0", title="Punkte, 0 bis 100", top=100,
        series=[
            Series(name=row.name, across=[first, last], values=[float(row.vorher), float(row.nachher)],
                   look=Look(colour=_LOOKS.get(row.gebiet, BROKEN).colour, dash=row.gebiet == AVERAGE, marker=True))
            for row in known.itertuples()
        ],
    )  # fmt: skip


_CHARTS: Mapping[str, Callable[[pd.DataFrame, go.Figure], Chart]] = {
    "glas": _glass,
    "verlauf": _lines,
    "themenfelder": _shares("themenfeld", ("gemeldet, nicht online", REST), unknown_last=False),
    "kommune-themenfelder": _shares("themenfeld", ("gemeldet, nicht online", REST), unknown_last=False),
    "kommune-verlauf": _lines,
    "leistungen-abdeckung": _coverage,
    "leistungen-stufen": _stages,
    "leistung-zustaende": _stages,
    "leistung-verlauf": _lines,
    "register-verlauf": _lines,
    "register-meilensteine": _shares("meilenstein", ("gemeldet, noch nicht erreicht", OPEN), unknown_last=True),
    "register-idnr-quote": _quotas,
    "vergleich-veraenderung": _points,
    "veraenderung-bruecke": _bridge,
    "veraenderung-neues": _news,
    "themen-angaben": _answers,
    "themen-verlauf": _marked_lines,
    "opendata-verlauf": _answers,
    "europa-indikatoren": _states("name"),
    "europa-lebenslagen": _states("name"),
    "europa-entwicklung": _slopes,
}


def drawing(rows: pd.DataFrame, figure: go.Figure, geometry: Mapping) -> Drawing:
    """The map as shapes: classes as the figure has them, each area named with its numbers."""
    classes: dict[str, tuple[str, Look]] = {}
    of: dict[str, str] = {}
    for trace in figure.data:
        label = trace.name.rpartition(":")[0]
        colour = trace.colorscale[0][1]
        classes[label] = (label, UNKNOWN if label == "keine Meldung" else Look(colour=colour))
        of |= dict.fromkeys(trace.locations, label)
    told = {row.ars: f"{row.name}: {_value(row)}" for row in rows.itertuples()}
    areas = [
        Area(name=told.get(part["id"], part["properties"]["name"]), key=of[part["id"]], rings=rings(part["geometry"]))
        for part in geometry["features"] if part["id"] in of
    ]  # fmt: skip
    return Drawing(areas=areas, classes=classes)


def _value(row: object) -> str:
    if "nenner" in row._fields and not pd.isna(row.nenner):
        return german.n_of(row.n, row.nenner, row.u)
    return STATES[row.klasse].label if row.klasse in STATES else german.NOT_AVAILABLE


def rings(geometry: Mapping) -> list[list[tuple[float, float]]]:
    """Outer rings of a polygon or of several, in degrees."""
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [[(x, y) for x, y in ring] for part in parts for ring in part]


def _ints(values: pd.Series) -> list[int | None]:
    return [None if pd.isna(value) else int(value) for value in values]


def _plain(markup: str | None) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", markup or ""))
