"""Leistungen: welche Leistung fehlt wo, und wo genügt wenig bis zur Flächendeckung?"""

import streamlit as st

from gradmesser.ui import controls, frame, services

with frame.page("leistungen"):
    controls.notices()
    answer = st.container()
    first, second = st.columns([9, 3], vertical_alignment="top")
    with second:
        view = controls.pick_stand()
    with first:
        service = controls.pick_service(view, everything="Alle Leistungen")
    if service:
        services.one(service, view, answer)
    else:
        services.everything(services.pick(view), answer)
