"""Register: wie weit ist die Registermodernisierung?"""

from gradmesser.ui import blocks, controls, frame, registers, style

with frame.page("register"):
    controls.notices()
    choice, rows = registers.pick()
    registers.heading(choice, rows)
    registers.development(choice, rows)
    blocks.draw(registers.milestones_picture(choice, rows, style.colours()))
    registers.matrix(choice, rows)
    blocks.draw(registers.quota_picture(choice, rows, style.colours()))
    registers.once_only(choice, rows)
    registers.lists(choice, rows)
