"""Turns delivered files in data/raw into the published database; never imports streamlit or plotly."""
