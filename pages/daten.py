"""Daten: woher die Zahlen kommen, wie alt sie sind, was nicht verwendet wurde, und alles zum Mitnehmen."""

from gradmesser.ui import controls, frame, reporting, stewardship

with frame.page("daten"):
    section = controls.pick_section("daten")
    if section == "quellen":
        stewardship.sources()
    elif section == "lieferungen":
        stewardship.deliveries()
    elif section == "meldung":
        reporting.check()
    elif section == "widersprueche":
        reporting.contradictions()
    elif section == "downloads":
        stewardship.downloads()
    else:
        stewardship.methodology()
