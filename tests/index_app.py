"""A page with nothing but the section of the Gradmesser-Index, for tests of the section."""

from gradmesser.ui import controls, gradindex, style

style.apply()
style.place_for_notices()
gradindex.show(controls.pick_stand())
style.footer(["Nur für Tests"], [])
