"""Own markup of the app: the few elements that Streamlit has no widget for, always with escaped text."""

import re
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from functools import cache
from html import escape
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gradmesser.charts import tokens
from gradmesser.charts.template import palette
from gradmesser.charts.tokens import Palette

_CSS, _CONTRAST = (Path(__file__).with_name(f"{name}.css").read_text("utf-8") for name in ("style", "contrast"))
_NOTICES: ContextVar[DeltaGenerator] = ContextVar("notices")
HIGH_CONTRAST = "hoch"
_BOLD = re.compile(r"\*\*(.+?)\*\*")
SCRIPTS = tuple(Path(__file__).with_name(name).read_text("utf-8") for name in ("page.js", "searchkey.js"))
"""All scripts that own markup brings into the page: its language and its print, and the way to the search field."""


@cache
def _css(*, high_contrast: bool) -> str:
    contrast = _CONTRAST if high_contrast else f"@media (prefers-contrast: more){{{_CONTRAST}}}"
    return f"<style>{tokens.css(high_contrast=high_contrast)}{_CSS}{contrast}</style>"


def apply() -> None:
    """Put the app's own classes and tokens into the page; call once a run."""
    st.html(_css(high_contrast=is_high_contrast()))


def is_high_contrast() -> bool:
    """Whether the reader chose high contrast (controls.pick_contrast); the system's own wish needs no choice for the texts."""
    asked, last = st.query_params.get("kontrast"), st.session_state.get("last_kontrast")
    if asked is not None and asked != last:
        return asked == HIGH_CONTRAST
    return st.session_state.get("w_kontrast", last) == HIGH_CONTRAST


def is_dark() -> bool:
    """Whether the reader's theme is dark; unknown (first moment, tests) counts as light."""
    return st.context.theme.type == "dark"


def colours() -> Palette:
    """Chart colours of the reader's theme."""
    return palette(dark=is_dark(), high_contrast=is_high_contrast())


def brand(name: str, claim: str) -> None:
    """Product name above the menu, and the page's own script: German for screen readers, pictures as wide as the paper."""
    markup = f'<p class="gm-brand"><strong>{escape(name)}</strong><br><span>{escape(claim)}</span></p>'
    st.html(f"{markup}<script>{SCRIPTS[0]}</script>", unsafe_allow_javascript=True)


def search_key() -> None:
    """Let Ctrl + K lead to the search field from anywhere (ui/searchkey.js)."""
    st.html(f"<script>{SCRIPTS[1]}</script>", unsafe_allow_javascript=True)


def hits(found: Mapping[str, tuple[Sequence[tuple[str, str, str]], str]]) -> None:
    """Results of a search by group: title, address and hint of each, and what is left out."""
    parts = []
    for name, (items, rest) in found.items():
        lines = "".join(
            f'<li><a href="{escape(address)}" target="_self">{escape(title)}</a>'
            f"{f' <span>{escape(hint)}</span>' if hint else ''}</li>"
            for title, address, hint in items
        )
        more = f"<p>{escape(rest)}</p>" if rest else ""
        parts.append(f'<p><strong>{escape(name)}</strong></p><ul aria-label="{escape(name)}">{lines}</ul>{more}')
    st.html(f'<nav class="gm-hits" aria-label="Suchergebnisse">{"".join(parts)}</nav>')


def glossary(words: Sequence[tuple[str, str, str, str]]) -> None:
    """Explained words: the word, its sentence, the longer text, other words and source."""
    items = "".join(
        f"<dt>{escape(term)}</dt><dd>{f'<p>{escape(short)}</p>' if short else ''}<p>{escape(text)}</p>"
        f'<p class="gm-note">{escape(more)}</p></dd>'
        for term, short, text, more in words
    )
    st.html(f'<dl class="gm-glossary">{items}</dl>')


def easy(parts: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Text in Leichte Sprache: large, one sentence a line; **…** is bold."""
    body = ""
    for heading, lines in parts:
        spoken = "".join("<p>" + _BOLD.sub(r"<strong>\1</strong>", escape(one)) + "</p>" for one in lines)
        body += f"<h2>{escape(heading)}</h2>{spoken}"
    st.html(f'<div class="gm-easy" lang="de-simple">{body}</div>')


def facts(items: Sequence[tuple[str, str]]) -> None:
    """What is said about the operator: name and value in pairs; line breaks stay."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in items)
    st.html(f'<dl class="gm-facts">{rows}</dl>')


def status(text: str) -> None:
    """One line that screen readers say when it changes."""
    st.html(f'<p class="gm-note" role="status">{escape(text)}</p>')


def banner(text: str) -> None:
    """Notice across the page that cannot be overlooked, with a symbol beside the words."""
    st.html(f'<div class="gm-banner" role="note"><span aria-hidden="true">⚠</span> {escape(text)}</div>')


def place_for_notices() -> None:
    """Notices of this run appear here, wherever in the page they come from."""
    _NOTICES.set(st.container())


def notice(text: str) -> None:
    """Something the reader should know about this view; plain text, since Streamlit's own notice makes links of it."""
    _NOTICES.get().html(f'<p class="gm-notice" role="status"><span aria-hidden="true">•</span> {escape(text)}</p>')


def empty(text: str, hint: str) -> None:
    """Nothing to show here: what is missing, and what the reader can do."""
    st.html(
        f'<div class="gm-empty"><p><span aria-hidden="true">○</span> <strong>{escape(text)}</strong></p>'
        f"<p>{escape(hint)}</p></div>"
    )


def badge(text: str, kind: str, symbol: str) -> str:
    """Markup of a badge: symbol and text, colour only in addition; kind: info, success, warning, neutral."""
    return f'<span class="gm-badge gm-{kind}"><span aria-hidden="true">{symbol}</span> {escape(text)}</span>'


def line(parts: Sequence[str]) -> None:
    """Badges side by side; each part is markup made by `badge`."""
    st.html('<p class="gm-line">' + " ".join(parts) + "</p>")


def finding(text: str) -> None:
    """The finding of a block, as its heading."""
    st.html(f'<h2 class="gm-finding">{escape(text)}</h2>')


def lead(text: str) -> None:
    """One or two sentences under a heading, larger than running text."""
    st.html(f'<p class="gm-lead">{escape(text)}</p>')


def figures(items: Sequence[tuple[str, str, str]]) -> None:
    """Key figures in a row: value, what it is, and a smaller remark."""
    cells = "".join(
        f'<div class="gm-figure"><dt>{escape(label)}</dt><dd><strong>{escape(value)}</strong>'
        f"<span>{escape(remark)}</span></dd></div>"
        for value, label, remark in items
    )
    st.html(f'<dl class="gm-figures">{cells}</dl>')


def note(text: str) -> None:
    """Source line under a figure."""
    st.html(f'<p class="gm-note">{escape(text)}</p>')


def item(text: str) -> None:
    """One line of a list with buttons beside it."""
    st.html(f'<p class="gm-item">{escape(text)}</p>')


def remark(text: str) -> None:
    """What to know about a figure beyond its source line: target, basis of a forecast, weights."""
    st.html(f'<p class="gm-remark">{escape(text)}</p>')


def html(markup: str) -> None:
    """Markup that another module made with escaped text."""
    st.html(markup)


def footer(lines: Sequence[str], links: Sequence[tuple[str, str]]) -> None:
    """End of each page: sources, fingerprint, links."""
    anchors = " · ".join(
        f'<a href="{escape(address)}" target="_self" rel="noopener noreferrer">{escape(label)}</a>'
        for label, address in links
    )
    texts = "".join(f"<p>{escape(text)}</p>" for text in lines)
    nav = f'<nav aria-label="Über diese Seiten"><p>{anchors}</p></nav>'
    st.html(f'<footer class="gm-footer">{nav}{texts}</footer>')
