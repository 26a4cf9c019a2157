"""Register: wie weit ist die Registermodernisierung?"""

from gradmesser.ui import controls, frame, registers

with frame.page("register"):
    controls.notices()
    choice, rows = registers.pick()
    registers.heading(choice, rows)
    registers.development(choice, rows)
    registers.milestones(choice, rows)
    registers.matrix(choice, rows)
    registers.idnr(choice, rows)
    registers.once_only(choice, rows)
    registers.lists(choice, rows)
