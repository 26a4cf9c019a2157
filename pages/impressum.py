"""Impressum: wer verantwortet dies?"""

from gradmesser.ui import frame, legal

with frame.page("impressum"):
    legal.imprint()
