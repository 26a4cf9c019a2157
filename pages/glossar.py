"""Glossar: was bedeuten die Wörter und Abkürzungen?"""

from gradmesser.ui import frame, wording

with frame.page("glossar"):
    wording.glossary_page()
