"""Karte: wo ist was online?"""

import streamlit as st

from gradmesser.ui import controls, frame, mapview

with frame.page("karte"):
    first, second = st.columns([9, 3], vertical_alignment="top")
    with second:
        view = controls.pick_stand()
    with first:
        service = controls.pick_service(view)
        with st.container(horizontal=True, gap="large"):
            level = controls.pick_level()
            weight = controls.pick_weight()
    opened = mapview.show(mapview.Choice(level=level, weight=weight, service=service, view=view))
    if opened:
        st.switch_page("pages/kommune.py", query_params={"ars": opened, **view.parameters})
