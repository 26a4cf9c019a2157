"""Karte: wo ist was online?"""

import streamlit as st

from gradmesser.ui import controls, frame, mapview

with frame.page("karte"):
    first, second, third, fourth = st.columns([4, 3, 3, 2], vertical_alignment="bottom")
    with fourth:
        view = controls.pick_stand()
    with first:
        service = controls.pick_service(view.stand)
    with second:
        level = controls.pick_level()
    with third:
        weight = controls.pick_weight()
    opened = mapview.show(mapview.Choice(level=level, weight=weight, service=service, view=view))
    if opened:
        st.switch_page("pages/kommune.py", query_params={"ars": opened})
