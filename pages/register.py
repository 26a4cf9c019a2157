"""Register: wie weit ist die Registermodernisierung?"""

import streamlit as st

from gradmesser.ui import blocks, controls, frame, registers

with frame.page("register"):
    controls.notices()
    answer = st.container()
    choice, rows = registers.pick()
    with answer:
        registers.heading(choice, rows)
    registers.key_figures(choice, rows)
    section = controls.pick_section("register")
    if section == "matrix":
        registers.matrix(choice, rows)
    elif section == "idnr":
        blocks.draw(blocks.made(registers.quota_picture, choice))
    elif section == "nachweise":
        registers.once_only(choice, rows)
    elif section == "termine":
        registers.lists(choice, rows)
    else:
        registers.development(choice)
        blocks.draw(blocks.made(registers.milestones_picture, choice))
