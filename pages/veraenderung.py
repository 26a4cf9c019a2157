"""Veränderung: was hat sich zwischen zwei Tagen bewegt, und warum?"""

from gradmesser.ui import changes, controls, frame

with frame.page("veraenderung"):
    controls.notices()
    choice = changes.pick()
    if choice is not None:
        changes.whole_bridge(choice)
        changes.latest(choice)
