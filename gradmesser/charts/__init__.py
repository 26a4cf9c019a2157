"""Pure functions from data frames to plotly figures; no Streamlit, no database."""
