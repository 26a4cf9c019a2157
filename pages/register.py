"""Register: wie weit ist die Registermodernisierung?"""

from gradmesser.ui import blocks, controls, frame, registers, style

with frame.page("register"):
    controls.notices()
    choice, rows = registers.pick()
    registers.heading(choice, rows)
    section = controls.pick_register_section()
    if section == "matrix":
        registers.matrix(choice, rows)
    elif section == "idnr":
        blocks.draw(registers.quota_picture(choice, rows, style.colours()))
    elif section == "nachweise":
        registers.once_only(choice, rows)
    elif section == "termine":
        registers.lists(choice, rows)
    else:
        registers.development(choice, rows)
        blocks.draw(registers.milestones_picture(choice, rows, style.colours()))
