"""Weitere Themen: was melden die Verwaltungen über Onlinedienste und Register hinaus?"""

from gradmesser.ui import controls, frame, themes

with frame.page("themen"):
    controls.notices()
    themes.page()
