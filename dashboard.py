"""Gradmesser, die Startseite: wie voll ist das Glas? `streamlit run dashboard.py` startet hier."""

import streamlit as st

from gradmesser.catalog import LAND
from gradmesser.ui import blocks, controls, frame, handout, start, style, texts, wording

with frame.page("gradmesser"):
    answer = st.container()
    about, when = st.columns([9, 3], vertical_alignment="top")
    with about:
        texts.intro()
        wording.easy_language()
        texts.tour()
    with when:
        view = controls.pick_stand()
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        perspective = controls.pick_perspective()
        weight = controls.pick_weight()
        handout.offer(LAND, view)
    choice = start.Choice(view=view, perspective=perspective, weight=weight)
    glass = blocks.made(start.glass_picture, choice)
    with answer:
        style.finding(glass.block.finding)
        style.line([blocks.age_badge(view.stand), style.badge("Untergrenze: nur was nachgewiesen ist", "info", "≥")])
    picture, numbers = st.columns([5, 7], gap="large")
    with picture:
        blocks.draw_below_heading(glass)
    with numbers:
        start.figures(choice)
        blocks.draw(blocks.made(start.trend_picture, choice))
    start.four_ways(choice)
    blocks.draw(blocks.made(start.fields_picture, choice))
    texts.last_changes(view)
    start.federal(view)
