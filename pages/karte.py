"""Karte: wo ist was online?"""

from gradmesser.ui import frame, mapview

with frame.page("karte"):
    mapview.page_content()
