"""The stage inside the page: its own frame, in which keys are its own, and a button that fills the screen with it."""

import streamlit as st

_HTML = """
<iframe title="Vorschau der Bühne" allow="fullscreen"></iframe>
<p><button type="button">Auf die Bühne</button><a target="_blank" rel="noopener">In eigenem Fenster öffnen</a></p>
"""
_CSS = """
iframe { display: block; width: 100%; aspect-ratio: 16 / 9; min-height: 420px; border: 1px solid var(--st-border-color); border-radius: .4rem; }
@media (max-width: 480px) { iframe { min-height: 640px; } }
p { display: flex; gap: 1.2rem; align-items: center; flex-wrap: wrap; margin: .8rem 0 0; }
button { font: inherit; font-weight: 600; padding: .6rem 1.4rem; border-radius: .4rem; cursor: pointer;
  border: 1px solid var(--st-primary-color); color: var(--st-background-color); background: var(--st-primary-color); }
a { color: var(--st-link-color); }
:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
"""
_JS = """
export default function ({ data, parentElement }) {
  const frame = parentElement.querySelector("iframe"), link = parentElement.querySelector("a");
  const address = new URL("." + data.address, location.href.replace(/\\/praesentation\\/?(?=[?#]|$)/, "/")).href;
  if (frame.dataset.shown !== address) {
    frame.dataset.shown = address;
    frame.src = address;
  }
  link.href = address;
  parentElement.querySelector("button").onclick = () => {
    const full = frame.requestFullscreen?.();
    if (!full) { window.open(address, "_blank", "noopener"); return; }
    full.then(() => { frame.focus(); frame.contentWindow.focus(); }, () => window.open(address, "_blank", "noopener"));
  };
}
"""
_stage = st.components.v2.component("gradmesser_stage", html=_HTML, css=_CSS, js=_JS)


def show(address: str) -> None:
    """The frame and the button; address is that of the document in the media store of the session."""
    _stage(key="buehne", data={"address": address})
