"""The one-page fact sheet as a download, for the unit or the Land that a page shows."""

import streamlit as st

from gradmesser import sheet
from gradmesser.catalog import LAND, places
from gradmesser.export import factsheet
from gradmesser.ui import data
from gradmesser.ui.controls import View


def offer(ars: str, view: View) -> None:
    """Button that makes the PDF when it is pressed; the same numbers and clocks as the page."""
    st.download_button(
        "Datenblatt des Landes (PDF, eine Seite)" if ars == LAND else "Datenblatt für den Rat (PDF, eine Seite)",
        lambda: _made(ars, view),
        factsheet.file_name(ars, view.stand, view.wissen if view.of_the_past else None, example=data.info().example),
        "application/pdf",
        key="datenblatt",
        on_click="ignore",
        help="Eine A4-Seite zum Ausdrucken, auch in Grau: Stand, Entwicklung, Themenfelder, Register und nächste Schritte",
    )


def _made(ars: str, view: View) -> bytes:
    return factsheet.to_pdf(sheet.gather(data.fetch, ars, view.stand, view.wissen), places.FONTS)
