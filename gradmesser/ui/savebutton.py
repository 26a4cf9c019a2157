"""A button that saves a chart as a picture with the font inside, drawn by the reader's own browser."""

from pathlib import Path

import streamlit as st

_HTML = '<button type="button"></button> <span role="status"></span>'
_CSS = """
button { font: inherit; padding: .4rem .9rem; border-radius: .4rem; cursor: pointer; border: 1px solid var(--st-primary-color);
  color: var(--st-primary-color); background: transparent; }
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
"""
_button = st.components.v2.component(
    "gradmesser_save", html=_HTML, css=_CSS, js=Path(__file__).with_suffix(".js").read_text("utf-8")
)
_SCALE = 2
"""Pixels of a PNG for each of the picture: sharp on a projector and in print."""


def show(label: str, chart: str, kind: str, name: str) -> None:
    """The button; chart is the key of a st.plotly_chart, kind png or svg, name that of the file."""
    _button(key=f"{chart}_sichern", data={"label": label, "chart": chart, "kind": kind, "name": name, "scale": _SCALE})
