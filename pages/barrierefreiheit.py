"""Barrierefreiheit: für wen geht es wie gut, und wohin mit Hinweisen?"""

from gradmesser.ui import frame, legal

with frame.page("barrierefreiheit"):
    legal.accessibility()
