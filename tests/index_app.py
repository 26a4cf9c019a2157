"""A page with nothing but the section of the Gradmesser-Index, for tests of the section."""

import streamlit as st

from gradmesser.ui import controls, gradindex, style

st.set_page_config(page_title="Gradmesser-Index", layout="wide")
style.apply()
st.title("Gradmesser-Index", anchor=False)
style.place_for_notices()
gradindex.show(controls.pick_stand())
style.footer(["Nur für Tests"], [])
