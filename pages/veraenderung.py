"""Veränderung: was hat sich zwischen zwei Tagen bewegt, und warum?"""

import streamlit as st

from gradmesser.ui import changes, controls, frame

with frame.page("veraenderung"):
    controls.notices()
    answer = st.container()
    choice = changes.pick()
    if choice is not None:
        changes.whole_bridge(choice, answer)
        changes.latest(choice)
