"""Datenschutz: was wird gespeichert?"""

from gradmesser.ui import frame, legal

with frame.page("datenschutz"):
    legal.privacy()
