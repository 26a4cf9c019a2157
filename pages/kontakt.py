"""Kontakt: wohin mit Fragen und Fehlern?"""

from gradmesser.ui import frame, legal

with frame.page("kontakt"):
    legal.contact()
