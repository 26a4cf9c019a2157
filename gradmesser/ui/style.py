"""Own markup of the app: the few elements that Streamlit has no widget for, always with escaped text."""

from collections.abc import Sequence
from contextvars import ContextVar
from functools import cache
from html import escape
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gradmesser.charts.template import Palette, palette

_CSS = Path(__file__).with_name("style.css")
_NOTICES: ContextVar[DeltaGenerator] = ContextVar("notices")
_LANGUAGE = "<script>document.documentElement.lang = 'de'</script>"


@cache
def _css() -> str:
    return f"<style>{_CSS.read_text('utf-8')}</style>"


def apply() -> None:
    """Put the app's own classes into the page; call once a run."""
    st.html(_css())


def is_dark() -> bool:
    """Whether the reader's theme is dark; unknown (first moment, tests) counts as light."""
    return st.context.theme.type == "dark"


def colours() -> Palette:
    """Chart colours of the reader's theme."""
    return palette(dark=is_dark())


def brand(name: str, claim: str) -> None:
    """Product name above the menu; tells screen readers that the page is German (Streamlit writes lang="en")."""
    markup = f'<p class="gm-brand"><strong>{escape(name)}</strong><br><span>{escape(claim)}</span></p>'
    st.html(markup + _LANGUAGE, unsafe_allow_javascript=True)


def banner(text: str) -> None:
    """Notice across the page that cannot be overlooked, with a symbol beside the words."""
    st.html(f'<div class="gm-banner" role="note"><span aria-hidden="true">⚠</span> {escape(text)}</div>')


def place_for_notices() -> None:
    """Notices of this run appear here, wherever in the page they come from."""
    _NOTICES.set(st.container())


def notice(text: str) -> None:
    """Something the reader should know about this view; plain text, since Streamlit's own notice makes links of it."""
    _NOTICES.get().html(f'<p class="gm-notice" role="status"><span aria-hidden="true">•</span> {escape(text)}</p>')


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
    st.html(f'<footer class="gm-footer"><p>{anchors}</p>{texts}</footer>')
