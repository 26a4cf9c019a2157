"""Register modernisation drawn: the matrix as an accessible table, bars by milestone, the way to the deadline, IDNr quota."""

import re
import textwrap
from collections.abc import Mapping, Sequence
from datetime import date
from html import escape

import pandas as pd
import plotly.graph_objects as go

from gradmesser import german, registers
from gradmesser.catalog import Target
from gradmesser.charts import template, tokens
from gradmesser.charts.template import Palette
from gradmesser.forecast import Forecast

_CLASS_OF_STAGE = {"offen": 0, "erfasst": 1, "vorbereitet": 2, "im_test": 3, "idnr_gespeichert": 6, "im_verbund": 8}
_PARTS = "register|stellen|behörden|leistungsgesetz|teilnehmende|förderung|sicherung|betriebe|bestände|unterhalt|recht|dateien"


def path(
    history: pd.DataFrame, target: Target, stand: date, colours: Palette, *, outlook: Forecast | None = None
) -> go.Figure:
    """Registers that reached M6 by stichtag as steps, those without a report, and the straight way to the deadline.

    history: stichtag, n, nenner, u. Between two reports the last one goes on holding, hence steps.
    """
    figure = go.Figure()
    texts = [f"{german.day(row.stichtag)}: {german.n_of(row.n, row.nenner, row.u)}" for row in history.itertuples()]
    figure.add_scatter(
        x=history["stichtag"], y=history["n"], mode="lines+markers", line={"color": colours.live, "width": 4, "shape": "hv"},
        marker={"size": 6}, fill="tozeroy", text=texts, hovertemplate="%{text}<extra></extra>", name="M6 erreicht (n)",
    )  # fmt: skip
    figure.add_scatter(
        x=history["stichtag"], y=history["nenner"] - history["u"], mode="lines",
        line={"color": colours.unknown, "width": 2, "shape": "hv", "dash": "dot"}, name="Register mit Meldung (N − u)",
        hovertemplate="%{x|%d.%m.%Y}: %{y} mit Meldung<extra></extra>",
    )  # fmt: skip
    first, last = history.iloc[0], history.iloc[-1]
    goal = target.value / 100 * last["nenner"]
    figure.add_scatter(
        x=[first["stichtag"], pd.Timestamp(target.on)], y=[first["n"], goal], mode="lines+markers",
        line={"color": colours.mark, "width": 3, "dash": "dash"}, marker={"symbol": "diamond", "size": 10},
        name=f"Soll bis {german.day(target.on)}", hovertemplate="%{x|%d.%m.%Y}: Soll %{y:.0f}<extra></extra>",
    )  # fmt: skip
    if outlook is not None:
        figure.add_scatter(
            x=[last["stichtag"], pd.Timestamp(outlook.expected)], y=[last["n"], goal], mode="lines+markers",
            line={"color": colours.broken, "width": 3, "dash": "dashdot"}, marker={"symbol": "circle-open", "size": 10},
            name="Prognose", hovertemplate="%{x|%d.%m.%Y}: Prognose %{y:.0f}<extra></extra>",
        )  # fmt: skip
    figure.add_annotation(
        x=pd.Timestamp(target.on), y=goal, text=f"alle {german.number(goal)}", showarrow=False, xanchor="right", yanchor="bottom",
        yshift=4, font={"size": 14, "color": colours.mark},
    )  # fmt: skip
    figure.add_vline(x=pd.Timestamp(stand), line={"color": colours.line, "width": 1})
    figure.update_yaxes(range=[0, 1.12 * last["nenner"]], tickformat=",d", title="Register je Verwaltung")
    figure.update_xaxes(tickformat="%m/%Y", nticks=8)
    return figure.update_layout(template=colours.name, height=380, hovermode="closest", legend={"y": -0.22})


def milestones(rows: pd.DataFrame, colours: Palette) -> go.Figure:
    """One bar a milestone: reached solid, without report hatched, the rest reported but not reached.

    rows: nr, meilenstein, n, nenner, u.
    """
    ordered = rows.iloc[::-1]
    open_ones = ordered["nenner"] - ordered["n"] - ordered["u"]
    names = ordered["meilenstein"].map(_wrapped)
    texts = [german.n_of(row.n, row.nenner, row.u) for row in ordered.itertuples()]
    figure = go.Figure()
    parts = [
        ("erreicht", ordered["n"], {"color": colours.live}),
        ("gemeldet, noch nicht erreicht", open_ones,
         {"color": colours.surface, "line": {"color": colours.line, "width": 1}}),
        ("keine Meldung", ordered["u"], template.hatched(colours.unknown, colours.surface, template.UNKNOWN_PATTERN)),
    ]  # fmt: skip
    for title, values, marker in parts:
        figure.add_bar(
            y=names, x=100 * values / ordered["nenner"], orientation="h", name=title, marker=marker, customdata=texts,
            hovertemplate="%{y}: %{customdata}<extra></extra>",
        )  # fmt: skip
    _beside(figure, names, [f"{german.number(row.n)} von {german.number(row.nenner)}" for row in ordered.itertuples()])
    figure.update_xaxes(
        range=[0, 100], tickvals=[0, 50, 100], ticktext=["0", "50", "100 %"], tickangle=0, title="Anteil an N"
    )
    figure.update_yaxes(ticklabelstandoff=6)
    return figure.update_layout(
        template=colours.name, barmode="stack", height=110 + 38 * len(rows), margin={"r": 100},
        legend={"y": -70 / (110 + 38 * len(rows)), "traceorder": "normal"},
    )  # fmt: skip


def quotas(rows: pd.DataFrame, threshold: float, colours: Palette) -> go.Figure:
    """Share of records with IDNr by register, with the line from which M6 counts; a register nobody reports has no bar.

    rows: register, anteil, mit_idnr, datensaetze, n, nenner.
    """
    ordered = rows.iloc[::-1]
    names = ordered["register"].str.replace(r" \(.*\)", "", regex=True).map(_wrapped)
    known = ordered["anteil"].notna()
    texts = [
        f"{german.share(row.mit_idnr, row.datensaetze)}, {row.n} von {row.nenner}" if row.n else "keine Meldung"
        for row in ordered.itertuples()
    ]
    figure = go.Figure()
    figure.add_bar(
        y=names, x=(100 * ordered["anteil"]).where(known).astype("float64"), orientation="h", marker={"color": colours.live},
        name="Datensätze mit IDNr", customdata=texts, hovertemplate="%{y}: %{customdata}<extra></extra>",
    )  # fmt: skip
    figure.add_bar(
        y=names, x=(100 - 100 * ordered["anteil"]).where(known).astype("float64"), orientation="h", hoverinfo="skip",
        name="ohne IDNr", marker={"color": colours.surface, "line": {"color": colours.line, "width": 1}},
    )  # fmt: skip
    _beside(figure, names, [text.replace(" %, ", " %<br>") for text in texts])
    figure.add_vline(x=100 * threshold, line={"color": colours.mark, "width": 2, "dash": "dash"})
    figure.update_xaxes(
        range=[0, 100],
        tickvals=[0, 50, 100],
        ticktext=["0", "50", "100 %"],
        tickangle=0,
        title="Anteil der Datensätze mit IDNr",
    )
    figure.update_yaxes(ticklabelstandoff=6)
    return figure.update_layout(
        template=colours.name, barmode="stack", height=110 + 54 * len(rows), margin={"r": 104},
        legend={"y": -90 / (110 + 54 * len(rows)), "traceorder": "normal"},
    )  # fmt: skip


def _beside(figure: go.Figure, names: Sequence[str], texts: Sequence[str]) -> None:
    look = {"x": 100, "showarrow": False, "xanchor": "left", "xshift": 6, "align": "left", "font": {"size": 13}}
    figure.update_layout(
        annotations=[{"y": label, "text": text, **look} for label, text in zip(names, texts, strict=True)]
    )


def _wrapped(label: str, width: int = 24) -> str:
    return "<br>".join(escape(line, quote=False) for line in textwrap.wrap(label, width, break_long_words=False))


# The matrix as a table -------------------------------------------------------------------------------------------------


def matrix(
    rows: pd.DataFrame, units: pd.DataFrame, kreise: Mapping[str, str], *, grouped: bool, caption: str, clocks: str = ""
) -> str:
    """Table of units × registers in the order of `units`; each cell names stage and milestone and leads to its unit.

    Row headers are links for the keyboard; the links of the cells are for the mouse only, so that a table of 206 units is
    not a thousand tab stops. A cell is empty where the unit does not keep the register. clocks: end of each address.
    """
    heads = rows.drop_duplicates("register_id").sort_values("register", key=lambda names: names.map(german.sort_key))
    columns = list(heads["register_id"])
    head = "".join(
        f'<th scope="col">{_breakable(row.register)}<span>{"mit Nachweis: bis M11" if row.nachweisbezug else "bis M8"}</span></th>'
        for row in heads.itertuples()
    )
    cells = {(row.ars, row.register_id): row for row in rows.itertuples()}
    lines, group = [], None
    for unit in units.itertuples():
        if grouped and unit.kreis_ars != group:
            group = unit.kreis_ars
            lines.append(
                f'<tr class="gm-kreis"><th scope="rowgroup" colspan="{len(columns) + 2}">{escape(kreise[group])}</th></tr>'
            )
        where = "" if grouped or unit.ars == unit.kreis_ars else f"<span>{escape(kreise[unit.kreis_ars])}</span>"
        share = "k. A." if pd.isna(unit.fortschritt) else german.share(unit.fortschritt, 1, 0)
        line = "".join(_cell(cells.get((unit.ars, register_id)), clocks) for register_id in columns)
        lines.append(
            f'<tr><th scope="row"><a href="kommune?ars={unit.ars}&amp;abschnitt=register{escape(clocks)}" target="_self">{escape(unit.name)}</a>{where}</th>'
            f'<td class="gm-num">{share} ({unit.gemeldet} von {unit.nenner})</td>{line}</tr>'
        )
    return (
        f'<div class="gm-scroll gm-tall" tabindex="0" role="region" aria-label="{escape(caption)}"><table class="gm-table gm-matrix">'
        f'<caption>{escape(caption)}</caption><thead><tr><th scope="col">Verwaltung</th>'
        f'<th scope="col" class="gm-num">Fortschritt<span>(gemeldete Register)</span></th>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _breakable(label: str) -> str:
    """Escaped text with soft hyphens where German compounds of register names may break."""
    return re.sub(rf"(?<=[a-zäöüß])({_PARTS})", "&shy;\\1", escape(label))


def _cell(row: object | None, clocks: str) -> str:
    if row is None:
        return '<td class="gm-leer"><span class="gm-sr">führt dieses Register nicht</span></td>'
    known = row.gemeldet
    shown = registers.STAGES[row.stufe].glyph + (
        f" M{row.lueckenlos}" if known and row.lueckenlos else " 0" if known else ""
    )
    extra = f" <small>+M{row.hoechster}</small>" if known and row.hoechster > row.lueckenlos else ""
    late = " <small>◷</small>" if row.ueberfaellig else ""
    return (
        f'<td class="gm-s-{row.stufe}"><a href="kommune?ars={row.ars}&amp;abschnitt=register{escape(clocks)}" target="_self" tabindex="-1">'
        f'<span aria-hidden="true">{shown}{extra}{late}</span><span class="gm-sr">{escape(registers.state_text(row))}</span></a></td>'
    )


def legend(colours: Palette) -> str:
    """Legend of the matrix: colour, glyph and word of each stage, and the two marks."""
    fills = _fills(colours)
    parts = [
        f'<span class="gm-s-{key}" style="background:{fills[key][0]};color:{fills[key][1]}">'
        f'<span aria-hidden="true">{stage.glyph}</span> {stage.label}</span>'
        for key, stage in registers.STAGES.items()
    ]
    parts.append(
        "<span>+M7: nach einer Lücke erreicht</span><span>◷ geplanter Termin verstrichen</span><span>leer: führt das Register nicht</span>"
    )
    return f'<p class="gm-legend">{"".join(parts)}</p>'


def css(colours: Palette) -> str:
    """Style of matrix and legend in the colours of the reader's theme."""
    fills = "".join(
        f".gm-matrix td.gm-s-{key}{{background:{back}}}.gm-matrix td.gm-s-{key} a{{color:{text}}}"
        for key, (back, text) in _fills(colours).items()
    )
    stripes = f"repeating-linear-gradient(45deg,{colours.grid} 0 2px,transparent 2px 8px)"
    return (
        f".gm-sr{{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}}"
        f".gm-matrix{{width:auto;border-collapse:separate;border-spacing:2px}}"
        f".gm-matrix thead th{{position:sticky;top:0;z-index:2;background:{colours.surface};min-width:6.2rem;max-width:8.5rem;"
        f"font-size:.82rem;line-height:1.25;overflow-wrap:break-word}}"
        f".gm-matrix th span{{display:block;font-weight:400;font-size:.8rem;opacity:.85}}"
        f".gm-matrix tbody th{{position:sticky;left:0;z-index:1;background:{colours.surface};min-width:12rem;max-width:16rem}}"
        f".gm-matrix thead th:first-child{{left:0;z-index:3}}"
        f".gm-matrix .gm-kreis th{{font-weight:600;padding-top:.7rem}}"
        f".gm-matrix td{{position:relative;border:0;padding:0;text-align:center;white-space:nowrap}}"
        f".gm-matrix td.gm-num{{padding:.2rem .6rem .2rem 0;text-align:right}}"
        f".gm-matrix td a{{display:block;padding:.3rem .4rem;text-decoration:none}}.gm-matrix td a:hover{{text-decoration:underline}}"
        f"{fills}.gm-matrix td.gm-s-{registers.UNKNOWN}{{background:{stripes}}}"
        f".gm-legend{{display:flex;flex-wrap:wrap;gap:.35rem;margin:.2rem 0;max-width:none;font-size:.88rem}}"
        f".gm-legend>span{{padding:.1rem .55rem;border:1px solid {colours.line};border-radius:4px}}"
        f"@media (max-width:480px){{.gm-matrix tbody th{{min-width:7rem;max-width:8rem}}}}"
        f"@media print{{.gm-matrix thead th,.gm-matrix tbody th{{position:static}}}}"
    )


def _fills(colours: Palette) -> dict[str, tuple[str, str]]:
    """Background and text of each stage."""
    pairs = {}
    for key in registers.STAGES:
        if key in _CLASS_OF_STAGE:
            back = colours.classes[_CLASS_OF_STAGE[key]]
            pairs[key] = (
                back,
                max((tokens.LIGHT.text, "#ffffff"), key=lambda text, back=back: tokens.contrast(text, back)),
            )
        else:
            pairs[key] = (colours.surface, colours.text)
    return pairs
