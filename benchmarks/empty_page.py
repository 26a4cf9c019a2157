"""The floor of every interaction: a page with a title and one list, nothing else."""

import streamlit as st

st.title("Leer")
st.selectbox("Stand", [f"Eintrag {nr}" for nr in range(60)])
