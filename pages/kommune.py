"""Kommune: wie weit sind wir, wessen Aufgabe ist es, und womit ist das belegt?"""

import streamlit as st

from gradmesser import findings
from gradmesser.ui import (
    blocks,
    comparison,
    controls,
    data,
    frame,
    gradindex,
    handout,
    profile,
    registers,
    reporting,
    texts,
    themes,
)

with frame.page("kommune"):
    controls.notices()
    first, second = st.columns([9, 3], vertical_alignment="top")
    with first:
        ars = controls.pick_unit()
    with second:
        view = controls.pick_stand()
    unit, responsible = profile.unit(ars)
    cells = data.fetch("zellen", ars=responsible["ars"], stand=view.stand, wissen=view.wissen)
    fields = data.fetch("themenfelder", stand=view.stand, wissen=view.wissen, ars=responsible["ars"])
    triple = findings.total(fields)

    profile.heading(unit, responsible, triple, cells, view)
    section = controls.pick_section("kommune")
    if section == "leistungen":
        profile.services(unit, responsible, cells, view)
        blocks.draw(blocks.made(profile.fields_picture, ars, view))
    elif section == "register":
        registers.of_unit(unit, responsible, view)
    elif section == "entwicklung":
        blocks.draw(blocks.made(profile.trend_picture, ars, view))
        gradindex.of_unit(responsible, view)
    elif section == "themen":
        themes.of_unit(responsible, view)
        profile.other_measures(unit, responsible)
    elif section == "vergleichbare":
        comparison.peers_of_unit(responsible, view)
    elif section == "melden":
        reporting.offer(responsible)
    else:
        history = data.fetch("verlauf", ars=responsible["ars"], wissen=view.wissen)
        movement = data.fetch("bewegung", ars=responsible["ars"], **view.clocks)
        texts.key_figures(triple, history, movement, view.stand, profile.outlook(responsible, view))
        profile.gaps(unit, responsible, fields, view)
        comparison.next_steps(responsible, view)
        handout.offer(ars, view)
