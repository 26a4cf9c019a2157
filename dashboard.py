"""Gradmesser, die Startseite: wie voll ist das Glas? `streamlit run dashboard.py` startet hier."""

import pandas as pd
import streamlit as st

from gradmesser import findings
from gradmesser.catalog import measures
from gradmesser.charts.bars import bars
from gradmesser.charts.glass import glass
from gradmesser.charts.trend import trend
from gradmesser.export import html_table
from gradmesser.ui import blocks, controls, data, frame, style, targets, texts

with frame.page("gradmesser"):
    about, choice = st.columns([9, 3], vertical_alignment="top")
    with about:
        texts.intro()
    with choice:
        view = controls.pick_stand()
    measure = measures()["rollin_rate"]
    units = data.fetch("rollin_verwaltung", stand=view.stand, wissen=view.wissen)
    history = data.fetch("verlauf", ars="", wissen=view.wissen)
    fields = data.fetch("themenfelder", stand=view.stand, wissen=view.wissen, ars="")
    changes = data.fetch("aenderungen", ars="", **view.clocks)
    triple = findings.total(units)
    year_ago = findings.at(history, findings.months_before(view.stand, 12))
    movement = data.fetch("bewegung", ars="", **view.clocks)
    outlook = targets.rollin(history, movement, view.stand)
    marks = [*([] if year_ago is None else [texts.mark(year_ago)]), *targets.marks(outlook)]

    style.line([blocks.age_badge(view.stand), style.badge("Untergrenze: nur was nachgewiesen ist", "info", "≥")])
    picture, numbers = st.columns([5, 7], gap="large")
    with picture:
        glass_block = blocks.Block(
            key="glas", finding=findings.glass_sentence(triple, len(units)), measure=measure, stand=view.stand,
            rows=units, columns=texts.UNIT_COLUMNS, query="rollin_verwaltung", parameters=view.clocks,
            totals=triple.text,
        )  # fmt: skip
        blocks.show(glass_block, glass(triple.n, triple.of, triple.u, style.colours(), marks))
    with numbers:
        texts.key_figures(triple, history, movement, view.stand, outlook)
        trend_block = blocks.Block(
            key="verlauf", finding=targets.title(findings.trend_sentence(history, view.stand), outlook), measure=measure, stand=view.stand,
            rows=history, columns=texts.HISTORY_COLUMNS, query="verlauf", parameters={"ars": "", "wissen": view.wissen},
            totals=triple.text,
        )  # fmt: skip
        day = pd.Timestamp(view.stand) if view.frozen else None
        targets.show(trend_block, trend(history, style.colours(), stand=day, outlook=outlook), outlook)

    fields_block = blocks.Block(
        key="themenfelder", finding=findings.fields_sentence(fields), measure=measure, stand=view.stand,
        rows=fields, columns=[html_table.text("themenfeld", "Themenfeld"), *texts.COUNT_COLUMNS], query="themenfelder",
        parameters={"ars": "", **view.clocks},
        totals=triple.text,
    )  # fmt: skip
    blocks.show(fields_block, bars(fields, style.colours(), "themenfeld"))
    texts.last_changes(changes, view)
    texts.federal_number()
