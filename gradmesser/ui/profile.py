"""Parts of the page of one unit: who is responsible, its services with evidence, its gaps."""

from html import escape
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from gradmesser import findings, german
from gradmesser.catalog import STATES, measures
from gradmesser.charts.bars import bars
from gradmesser.charts.template import Palette
from gradmesser.charts.trend import trend
from gradmesser.export import html_table
from gradmesser.findings import Triple
from gradmesser.forecast import Outlook
from gradmesser.ui import blocks, controls, data, report, reporting, style, targets, texts
from gradmesser.ui.blocks import Picture

_FILTERS = {
    "online": "● online",
    "gestoert": "▲ Link defekt",
    "teilweise": "◐ teilweise",
    "keine_meldung": "▨ keine Meldung",
}
_COLUMNS = [
    html_table.text("leistung", "Leistung"),
    html_table.state("zustand", "Zustand"),
    html_table.text("wessen", "Angebot"),
    html_table.link("url", "Nachweis", "öffnen"),
    html_table.day("seit", "seit"),
    html_table.text("themenfeld", "Themenfeld"),
    html_table.optional("hinweis", "Hinweis"),
]


def unit(ars: str) -> tuple[pd.Series, pd.Series]:
    """The chosen unit and the one whose administration does its work."""
    units = data.fetch("einheiten").set_index("ars", drop=False)
    chosen = units.loc[ars]
    return chosen, units.loc[chosen["zustaendig_ars"]]


def heading(
    chosen: pd.Series, responsible: pd.Series, triple: Triple, cells: pd.DataFrame, view: controls.View
) -> None:
    """Finding, who is responsible, what needs a look."""
    units = data.fetch("einheiten").set_index("ars")["name"]
    style.finding(findings.unit_sentence(responsible["name"], triple))
    style.lead(findings.responsible_sentence(chosen, responsible, units.get(chosen["kreis_ars"])))
    broken = int((cells["zustand"] == "gestoert").sum())
    partly = int(((cells["beleg"] != "eigen") & (cells["mitglieder_belegt"] > 0)).sum())
    own = int((cells["zustand"].map(lambda state: STATES[state].live) & (cells["beleg"] == "eigen")).sum())
    badges = [
        blocks.age_badge(view.stand),
        style.badge(f"{own} über eigene Dienste, {triple.n - own} über Kreis, Land oder Bund", "info", "●"),
    ]
    if broken:
        badges.append(style.badge(f"{broken} mit defektem Link: bitte prüfen", "warning", "▲"))
    if partly:
        badges.append(style.badge(f"{partly} nur in einem Teil der Mitgliedsgemeinden", "neutral", "◐"))
    style.line(badges + reporting.badges(responsible["ars"], view))


def gaps(chosen: pd.Series, responsible: pd.Series, rows: pd.DataFrame, view: controls.View) -> None:
    """The Themenfelder with the biggest gaps, each with a way to its services."""
    triple, biggest = findings.total(rows), findings.biggest_gaps(rows)
    sentence = findings.gaps_sentence(responsible["name"], biggest, triple)
    style.finding(sentence)
    items = [
        f"<li>{html_table.inner_link(_services_of(chosen['ars'], row['themenfeld'], view), row['themenfeld'])}: "
        f"{escape(findings.gap_text(row))}</li>"
        for _, row in biggest.iterrows()
    ]
    style.html(f'<ol class="gm-steps gm-close">{"".join(items)}</ol>' if items else "")
    blocks.below(
        blocks.Block(
            key="kommune-luecken", ars=chosen["ars"], finding=sentence, measure=measures()["rollin_rate"], stand=view.stand,
            rows=findings.biggest_gaps(rows, len(rows)), query="themenfelder",
            parameters={"ars": responsible["ars"], **view.clocks}, totals=triple.text,
            columns=[html_table.text("themenfeld", "Themenfeld"), html_table.whole("luecke", "ohne Nachweis (N − n)"),
                     *texts.COUNT_COLUMNS],
        )
    )  # fmt: skip


def _services_of(ars: str, field: str, view: controls.View) -> str:
    asked = urlencode({"ars": ars, "abschnitt": "leistungen", "suche": field})
    return f"kommune?{asked}{view.address}"


def services(chosen: pd.Series, responsible: pd.Series, cells: pd.DataFrame, view: controls.View) -> None:
    """Every service of the unit with state, whose offer it is and the evidence; filtered by state and words."""
    table = findings.cells_table(cells)
    state = controls.pick_states(_FILTERS)
    wanted = controls.words("Leistung suchen", "suche")
    shown = table[controls.matching(table["leistung"] + " " + table["themenfeld"], wanted) & _in_state(table, state)]
    sentence = (
        f"{german.number(len(shown))} von {german.number(len(table))} Leistungen von {responsible['name']}"
        f"{' (gefiltert)' if len(shown) < len(table) else ''}, mit Nachweis"
    )
    style.finding(sentence)
    if shown.empty:
        st.info("Keine Leistung passt zu Suche und Filter. Bitte kürzer suchen oder „alle“ wählen.")
    else:
        style.html(
            html_table.render(shown, _COLUMNS, f"Leistungen von {responsible['name']}, Stand {german.day(view.stand)}")
        )
    blocks.below(
        blocks.Block(
            key="leistungen", ars=chosen["ars"], finding=sentence, measure=measures()["rollin_rate"], stand=view.stand,
            rows=shown.assign(zustand_text=shown["zustand"].map(lambda key: STATES[key].label)), query="zellen",
            parameters={"ars": responsible["ars"], **view.clocks},
            columns=[
                html_table.text("leika_key", "LeiKa-Schlüssel"), html_table.text("leistung", "Leistung"),
                html_table.text("zustand_text", "Zustand"), html_table.text("wessen", "Angebot"),
                html_table.optional("url", "Adresse"), html_table.day("seit", "seit"),
                html_table.optional("register", "Register"), html_table.optional("vollzug_hinweis", "Vollzug in Thüringen"),
            ],
            totals=_totals(table),
        )
    )  # fmt: skip
    report.offer(
        "kommune",
        [
            report.Cell(
                unit=responsible["name"], ars=responsible["ars"], what=row.leistung, key=row.leika_key,
                state=STATES[row.zustand].label,
            )
            for row in shown.itertuples()
        ],
        view, "kommune", by="Leistung",
    )  # fmt: skip


def fields_picture(ars: str, view: controls.View, colours: Palette) -> Picture:
    """Themenfelder of the unit; ars names the unit that was chosen."""
    _, responsible = unit(ars)
    rows = data.fetch("themenfelder", ars=responsible["ars"], **view.clocks)
    block = blocks.Block(
        key="kommune-themenfelder", ars=ars, finding=findings.fields_sentence(rows), measure=measures()["rollin_rate"],
        stand=view.stand, rows=rows, columns=[html_table.text("themenfeld", "Themenfeld"), *texts.COUNT_COLUMNS],
        query="themenfelder", parameters={"ars": responsible["ars"], **view.clocks}, totals=findings.total(rows).text,
    )  # fmt: skip
    return Picture(block=block, figure=bars(rows, colours, "themenfeld"))


def outlook(responsible: pd.Series, view: controls.View) -> Outlook | None:
    """Roll-in of the unit against the target."""
    history = data.fetch("verlauf", ars=responsible["ars"], wissen=view.wissen)
    return targets.rollin(history, data.fetch("bewegung", ars=responsible["ars"], **view.clocks), view.stand)


def trend_picture(ars: str, view: controls.View, colours: Palette) -> Picture:
    """Development of the unit with its target; ars names the unit that was chosen."""
    _, responsible = unit(ars)
    history, ahead = data.fetch("verlauf", ars=responsible["ars"], wissen=view.wissen), outlook(responsible, view)
    now = findings.at(history, view.stand)
    block = blocks.Block(
        key="kommune-verlauf", ars=ars, finding=targets.title(findings.trend_sentence(history, view.stand), ahead),
        measure=measures()["rollin_rate"], stand=view.stand, rows=history, columns=texts.HISTORY_COLUMNS, query="verlauf",
        parameters={"ars": responsible["ars"], "wissen": view.wissen},
        totals="" if now is None else german.n_of(int(now["n"]), int(now["nenner"]), int(now["u"])),
    )  # fmt: skip
    day = pd.Timestamp(view.stand) if view.frozen else None
    figure = trend(history, colours, stand=day, outlook=ahead)
    return Picture(block=block, figure=figure, remark=targets.remark(ahead))


def other_measures(chosen: pd.Series, responsible: pd.Series) -> None:
    """What other real measures say of the unit or of its administration, each with source and date."""
    for unit_row in [chosen] if chosen["ars"] == responsible["ars"] else [chosen, responsible]:
        rows = data.fetch("beobachtungen", ars=unit_row["ars"])
        for measure_id, values in rows.groupby("measure_id"):
            measure = measures()[measure_id]
            newest = values.iloc[0]
            word = "ja" if newest["value"] else "nein"
            style.finding(f"{measure.title}: {unit_row['name']} {word}, Stand {german.day(newest['period'])}")
            blocks.below(
                blocks.Block(
                    key=f"{measure_id}-{unit_row['ars']}", ars=unit_row["ars"], measure=measure, rows=values,
                    finding=f"{measure.title}: {unit_row['name']}", stand=newest["period"].date(), query="beobachtungen",
                    parameters={"ars": unit_row["ars"]},
                    columns=[html_table.day("period", "Stand"), html_table.whole("value", "auf der Liste (1 = ja)")],
                )
            )  # fmt: skip


def _totals(table: pd.DataFrame) -> str:
    live = table["zustand"].map(lambda key: STATES[key].live)
    return german.n_of(int(live.sum()), len(table), int((table["zustand"] == "keine_meldung").sum()))


def _in_state(table: pd.DataFrame, state: str) -> pd.Series:
    live = table["zustand"].map(lambda key: STATES[key].live)
    masks = {
        "online": live,
        "gestoert": table["zustand"] == "gestoert",
        "teilweise": (table["beleg"] != "eigen") & (table["mitglieder_belegt"] > 0),
        "keine_meldung": table["zustand"] == "keine_meldung",
    }
    return masks.get(state, pd.Series(data=True, index=table.index))
