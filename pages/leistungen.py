"""Leistungen: welche Leistung fehlt wo, und wo genügt wenig bis zur Flächendeckung?"""

import streamlit as st

from gradmesser import coverage
from gradmesser.ui import blocks, controls, data, frame, services, style

with frame.page("leistungen"):
    controls.notices()
    first, second = st.columns([9, 3], vertical_alignment="top")
    with second:
        view = controls.pick_stand()
    with first:
        service = controls.pick_service(view, everything="Alle Leistungen")
    rows = coverage.classified(data.fetch("leistung_abdeckung", stand=view.stand, wissen=view.wissen))
    shown = rows if service else services.pick(rows)
    if service:
        services.one(service, rows, view)
    elif shown.empty:
        st.info("Keine Leistung passt zu Suche und Filter. Bitte kürzer suchen oder „alle“ wählen.")
    else:
        gaps = data.fetch("leistung_luecken", stand=view.stand, wissen=view.wissen)
        services.overview(shown, len(rows), view)
        services.lever(shown, gaps, view)
        blocks.draw(services.stages_picture(shown, view, style.colours()))
        services.standing(shown, gaps, view)
