"""A button that saves a chart as a picture: plotly's own camera cannot be reached by keyboard."""

import streamlit as st

_HTML = '<button type="button"></button>'
_CSS = """
button { font: inherit; padding: .4rem .9rem; border-radius: .4rem; cursor: pointer; border: 1px solid var(--st-primary-color);
  color: var(--st-primary-color); background: transparent; }
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
"""
_JS = """
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  button.textContent = data.label;
  button.onclick = () => {
    const camera = document.querySelector(`.st-key-${CSS.escape(data.chart)} .modebar-btn`);
    if (camera) camera.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  };
}
"""
_button = st.components.v2.component("gradmesser_save", html=_HTML, css=_CSS, js=_JS)


def show(label: str, chart: str) -> None:
    """The button; chart is the key of a st.plotly_chart whose only tool is the camera."""
    _button(key=f"{chart}_sichern", data={"label": label, "chart": chart})
