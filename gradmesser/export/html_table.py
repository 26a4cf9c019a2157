"""A real HTML table of the rows behind a figure: escaped text, scope on headers, numbers to the right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape

import pandas as pd

from gradmesser import german
from gradmesser.catalog import STATES

_TALL = 15
_WORDY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: field of the frame, heading, how a value becomes markup, whether it is a number or a long text."""

    field: str
    heading: str
    show: Callable[[object], str]
    numeric: bool = False
    long: bool = False


def text(field: str, heading: str) -> Column:
    """Plain text; a missing value is k. A."""
    return Column(
        field=field, heading=heading, show=lambda value: escape(german.NOT_AVAILABLE if pd.isna(value) else str(value))
    )


def told(field: str, heading: str) -> Column:
    """A sentence or more, which keeps a width that can be read; stands second in its table (ui/style.css)."""
    return replace(text(field, heading), long=True)


def optional(field: str, heading: str) -> Column:
    """Text that may be empty."""
    return Column(field=field, heading=heading, show=lambda value: "" if pd.isna(value) else escape(str(value)))


def whole(field: str, heading: str) -> Column:
    """Whole number with thousands separators."""
    return Column(
        field=field, heading=heading, show=lambda value: german.number(None if pd.isna(value) else value), numeric=True
    )


def day(field: str, heading: str) -> Column:
    """Date as TT.MM.JJJJ; a dash where there is none to tell."""
    return Column(
        field=field, heading=heading, show=lambda value: "–" if pd.isna(value) else german.day(value), numeric=True
    )


def state(field: str, heading: str) -> Column:
    """State as glyph and word; a cell without a state is outside the unit's responsibility."""
    return Column(field=field, heading=heading, show=_state)


def _state(value: object) -> str:
    entry = STATES["nicht_zustaendig" if pd.isna(value) else value]
    return f'<span class="gm-state"><span aria-hidden="true">{entry.glyph}</span> {entry.label}</span>'


def link(field: str, heading: str, label: str) -> Column:
    """Link to another site, only http and https, opened without handing over this page; empty otherwise."""
    return Column(field=field, heading=heading, show=lambda value: anchor(value, label))


def anchor(address: object, label: str) -> str:
    """Markup of one outgoing link, or the escaped address as text where it is not http or https."""
    if not isinstance(address, str) or not address:
        return ""
    if not address.lower().startswith(("http://", "https://")):
        return escape(address)
    shown = f"{escape(label)}<span hidden> {escape(address)}</span>"
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{shown}</a>'


def render(frame: pd.DataFrame, columns: Sequence[Column], caption: str) -> str:
    """`<table>` in a scrolling region that the keyboard reaches; the first column heads its row.

    Which columns stand to the right is said once, in the class of the table, and HTML lets end tags of cells and rows be
    left out: a list of 189 administrations is sent with every change of the map.
    """
    head = "".join(f'<th scope="col">{escape(column.heading)}</th>' for column in columns)
    lines = []
    for values in zip(*(frame[column.field] for column in columns), strict=True):
        cells = [f'<tr><th scope="row">{columns[0].show(values[0])}</th>']
        cells += [f"<td>{column.show(value)}" for column, value in zip(columns[1:], values[1:], strict=True)]
        lines.append("".join(cells))
    box = "gm-scroll gm-tall" if len(lines) > _TALL else "gm-scroll"
    wordy = sum(not column.numeric for column in columns) >= _WORDY
    right = "".join(f" gm-r{place}" for place, column in enumerate(columns, start=1) if column.numeric)
    right += "".join(f" gm-l{place}" for place, column in enumerate(columns, start=1) if column.long)
    kind = ("gm-table gm-wide" if wordy else "gm-table") + right
    return (
        f'<div class="{box}" tabindex="0" role="region" aria-label="{escape(caption)}"><table class="{kind}">'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def inner_link(address: str, label: str) -> str:
    """Markup of a link to another page of the app."""
    return f'<a href="{escape(address)}" target="_self">{escape(label)}</a>'
