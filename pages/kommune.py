"""Kommune: wie weit sind wir, wessen Aufgabe ist es, und womit ist das belegt?"""

import streamlit as st

from gradmesser import findings
from gradmesser.catalog import measures
from gradmesser.charts.bars import bars
from gradmesser.charts.trend import trend
from gradmesser.export import html_table
from gradmesser.ui import blocks, controls, data, frame, gradindex, profile, registers, reporting, style, targets, texts

with frame.page("kommune"):
    controls.notices()
    first, second = st.columns([9, 3], vertical_alignment="top")
    with first:
        ars = controls.pick_unit()
    with second:
        view = controls.pick_stand()
    unit, responsible = profile.unit(ars)
    cells = data.fetch("zellen", ars=responsible["ars"], stand=view.stand, wissen=view.wissen)
    history = data.fetch("verlauf", ars=responsible["ars"], wissen=view.wissen)
    fields = data.fetch("themenfelder", stand=view.stand, wissen=view.wissen, ars=responsible["ars"])
    triple = findings.total(fields)
    measure = measures()["rollin_rate"]

    profile.heading(unit, responsible, triple, cells, view)
    movement = data.fetch("bewegung", ars=responsible["ars"], **view.clocks)
    outlook = targets.rollin(history, movement, view.stand)
    texts.key_figures(triple, history, movement, view.stand, outlook)
    profile.services(unit, responsible, cells, view)
    registers.of_unit(unit, responsible, view)
    fields_block = blocks.Block(
        key="kommune-themenfelder", ars=ars, finding=findings.fields_sentence(fields), measure=measure, stand=view.stand,
        rows=fields, columns=[html_table.text("themenfeld", "Themenfeld"), *texts.COUNT_COLUMNS], query="themenfelder",
        parameters={"ars": responsible["ars"], **view.clocks},
        totals=triple.text,
    )  # fmt: skip
    blocks.show(fields_block, bars(fields, style.colours(), "themenfeld"))
    trend_block = blocks.Block(
        key="kommune-verlauf", ars=ars, finding=targets.title(findings.trend_sentence(history, view.stand), outlook),
        measure=measure, stand=view.stand, rows=history, columns=texts.HISTORY_COLUMNS, query="verlauf",
        parameters={"ars": responsible["ars"], "wissen": view.wissen}, totals=triple.text,
    )  # fmt: skip
    targets.show(trend_block, trend(history, style.colours(), outlook=outlook), outlook)
    gradindex.of_unit(responsible, view)
    profile.other_measures(unit, responsible)
    reporting.offer(responsible)
    profile.report_error(unit, view.stand)
