"""Gradmesser, die Startseite: wie voll ist das Glas? `streamlit run dashboard.py` startet hier."""

import streamlit as st

from gradmesser.catalog import LAND
from gradmesser.ui import blocks, controls, data, frame, handout, start, style, texts

with frame.page("gradmesser"):
    about, when = st.columns([9, 3], vertical_alignment="top")
    with about:
        texts.intro()
    with when:
        view = controls.pick_stand()
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        perspective = controls.pick_perspective()
        weight = controls.pick_weight()
        handout.offer(LAND, view)
    choice = start.Choice(view=view, perspective=perspective, weight=weight)
    style.line([blocks.age_badge(view.stand), style.badge("Untergrenze: nur was nachgewiesen ist", "info", "≥")])
    picture, numbers = st.columns([5, 7], gap="large")
    with picture:
        start.full(choice)
    with numbers:
        start.development(choice)
    start.four_ways(choice)
    start.fields(choice)
    texts.last_changes(data.fetch("aenderungen", ars="", **view.clocks), view)
    start.federal(view)
