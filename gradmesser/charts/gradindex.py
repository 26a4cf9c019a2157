"""The index drawn: one row a unit as an accessible table, its parts stacked on a scale from 0 to 100."""

from collections.abc import Mapping
from html import escape

import pandas as pd

from gradmesser import german, gradindex
from gradmesser.charts.template import Palette

_SIGNS = {"angebot": "■", "register": "▨", "qualitaet": "░"}
_COLUMNS = (("angebot_text", "Angebot"), ("register_text", "Register"), ("qualitaet_text", "Qualität"))


def table(rows: pd.DataFrame, weights: Mapping[str, float], caption: str, *, own: str, address: str) -> str:
    """Table of units in their order; the row of `own` (ARS) is marked by outline and word.

    rows: rows of gradindex.described; address: end of the links to the units, `&stand=…` or empty.
    """
    lines = [_line(row, own=own, address=address) for row in rows.itertuples()]
    heads = "".join(
        f'<th scope="col">{escape(label)}</th>'
        for label in ("Verwaltung", "Index und Teile", "Rangspanne", *(label for _, label in _COLUMNS))
    )
    return (
        f'<div class="gm-scroll gm-tall" tabindex="0" role="region" aria-label="{escape(caption)}"><table class="gm-table gm-index">'
        f"<caption>{escape(caption)}. Gewichte: {escape(gradindex.weights_text(weights))}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _line(row: object, *, own: str, address: str) -> str:
    mine = row.ars == own
    link = f'<a href="kommune?ars={row.ars}{escape(address)}" target="_self">{escape(row.name)}</a>'
    mark = ' <span class="gm-own">▶ gewählt</span>' if mine else ""
    cells = "".join(f"<td>{_split(getattr(row, field))}</td>" for field, _ in _COLUMNS)
    remark = f"<small>{escape(row.hinweis)}</small>" if row.hinweis else ""
    return (
        f'<tr{" class=gm-mine" if mine else ""}><th scope="row">{link}{mark}</th><td>{bar(row)}{remark}</td>'
        f"<td>{escape(row.rang_text)}</td>{cells}</tr>"
    )


def _split(text: str) -> str:
    """Value first, its counts smaller below."""
    value, _, counts = text.partition(" (")
    return f"<strong>{escape(value)}</strong><small>{escape(counts.removesuffix(')'))}</small>"


def bar(row: object) -> str:
    """One bar from 0 to 100: the points of each part, and the number with its control value; hatched if not computable."""
    if pd.isna(row.index_wert):
        return '<div class="gm-bar gm-none"><span class="gm-value">nicht berechenbar</span></div>'
    pieces = "".join(
        f'<span class="gm-p-{part}" style="width:{getattr(row, f"beitrag_{part}"):.2f}%"></span>' for part in _SIGNS
    )
    return (
        f'<div class="gm-bar" aria-hidden="true">{pieces}</div><span class="gm-value"><strong>{escape(row.index_text)}</strong> von 100'
        f" · Kontrollwert {german.number(row.geometrisch)}</span>"
    )


def legend() -> str:
    """Pattern and word of each part."""
    labels = gradindex.definition().labels
    pieces = "".join(f'<span><span class="gm-p-{part}"></span>{escape(labels[part])}</span>' for part in _SIGNS)
    return f'<p class="gm-parts">{pieces}<span>Länge = Punkte im Index, volle Breite = 100</span></p>'


def css(colours: Palette) -> str:
    """Style in the colours of the reader's theme; parts differ by pattern too."""
    return (
        f".gm-index th:nth-child(2){{min-width:16rem}}.gm-index th,.gm-index td{{min-width:8.5rem}}"
        f".gm-index th:last-child,.gm-index td:last-child{{min-width:17rem}}.gm-index tbody th{{min-width:9rem;max-width:15rem}}"
        f".gm-index thead th{{position:sticky;top:0;z-index:2;background:{colours.surface}}}"
        f".gm-index small{{display:block;font-size:.82rem;opacity:.88;line-height:1.3}}"
        f".gm-value{{font-size:.9rem}}"
        f".gm-bar{{display:flex;height:1.1rem;border:1px solid {colours.line};border-radius:3px;overflow:hidden;min-width:10rem;max-width:42rem}}"
        f"[class^='gm-p-']{{display:block;height:100%;flex:none;border-right:1px solid {colours.surface}}}"
        f".gm-none{{height:auto;background:repeating-linear-gradient(45deg,{colours.grid} 0 2px,transparent 2px 8px)}}"
        f".gm-p-angebot{{background:{colours.live}}}"
        f".gm-p-register{{background:repeating-linear-gradient(45deg,{colours.mark} 0 4px,{colours.surface} 4px 7px)}}"
        f".gm-p-qualitaet{{background:radial-gradient({colours.broken} 1.6px,{colours.surface} 1.9px) 0 0/5px 5px}}"
        f".gm-parts{{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;margin:.2rem 0;font-size:.9rem;max-width:none}}"
        f".gm-parts>span{{display:inline-flex;gap:.4rem;align-items:center}}"
        f".gm-parts span span{{width:1.6rem;height:1rem;border:1px solid {colours.line}}}"
        f".gm-index tbody .gm-mine th{{padding-left:.6rem}}.gm-mine{{outline:3px solid {colours.mark};outline-offset:-3px}}.gm-own{{display:block;font-weight:600;font-size:.88rem}}"
        f"@media (max-width:480px){{.gm-index th:nth-child(2){{min-width:11rem}}}}"
    )
