"""Präsentation: Ansichten als Folien ordnen, ohne Namen zeigen, auf die Bühne gehen oder als Datei mitnehmen."""

from gradmesser.ui import controls, frame, presentation

with frame.page("praesentation"):
    controls.notices()
    chosen = presentation.slides_of_visitor()
    look = presentation.pick_look()
    presentation.stage_of(chosen, look)
    presentation.files(chosen, look)
    presentation.order(chosen, look)
    presentation.tables(chosen, look)
