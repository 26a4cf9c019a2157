"""The Gradmesser-Index on a page: weights, one group with the parts of each unit, the Land; and one unit for its own page."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from gradmesser import findings, german, gradindex
from gradmesser.catalog import LAND, measures
from gradmesser.charts import gradindex as charts
from gradmesser.export import html_table
from gradmesser.ui import blocks, controls, data, style
from gradmesser.ui.controls import View

_COLUMNS = [
    html_table.text("name", "Verwaltung"), html_table.text("index_text", "Index"),
    html_table.whole("geometrisch", "Kontrollwert (geometrisch)"), html_table.text("band", "Klasse"),
    html_table.text("rang_text", "Rangspanne in der Gruppe"), html_table.text("angebot_text", "Angebot"),
    html_table.text("register_text", "Register"), html_table.text("qualitaet_text", "Qualität"),
    html_table.optional("hinweis", "Hinweis"),
    html_table.whole("n", "online (n)"), html_table.whole("nenner", "zuständig (N)"), html_table.whole("u", "ohne Meldung (u)"),
    html_table.whole("link_ok", "Link erreichbar (n)"), html_table.whole("link_geprueft", "Link geprüft (N)"),
    html_table.whole("link_ungeprueft", "Link ungeprüft (u)"), html_table.whole("ohne_portalverbund", "nicht im Portalverbund (n)"),
    html_table.whole("live_gemeldet", "selbst als online gemeldet (N)"),
    html_table.whole("ohne_eigene_meldung", "ohne eigene Meldung (u)"), html_table.text("ars", "ARS"),
]  # fmt: skip


def show(view: View, group: str) -> None:
    """Section for a page that compares: weights, one group, the Land.

    The unit that `?ars=` names is marked, a member Gemeinde by the unit that is responsible for it.
    """
    own = _own()
    weights = _heading()
    table = _ranked(view, weights)
    members = gradindex.ordered(table[table["gruppe"] == group])
    if members.empty:
        st.info("Zu diesem Stand ist in dieser Gruppe niemand zuständig. Bitte einen anderen Stand wählen.")
        return
    sentence = gradindex.group_sentence(members, findings.GROUPS[group])
    style.finding(sentence)
    rows = gradindex.described(members)
    style.html(charts.legend())
    wanted = controls.words("Verwaltung suchen", "suche_index")
    shown = rows[controls.matching(rows["name"], wanted)]
    shown = pd.concat([shown[shown["ars"] == own], shown[shown["ars"] != own]])
    if shown.empty:
        st.info("Keine Verwaltung passt zur Suche. Bitte kürzer suchen.")
    else:
        caption = f"{german.number(len(shown))} von {german.count(len(rows), 'Verwaltung', 'Verwaltungen')}, Stand {german.day(view.stand)}"
        style.html(charts.table(shown, weights, caption, own=own, address=view.address))
    style.remark(_explained(weights))
    _halves()
    blocks.below(_block("gradmesser-index", sentence, rows, _COLUMNS, view, ars=own or LAND))
    _land(view, weights)


def of_unit(responsible: pd.Series, view: View) -> None:
    """Index of one unit with its parts, Link-Quote and Sichtbarkeitslücke, at the weights of the address."""
    weights = _asked_weights()
    table = _ranked(view, weights)
    rows = gradindex.described(table[table["ars"] == responsible["ars"]])
    if rows.empty:
        return
    row = next(rows.itertuples())
    sentence = gradindex.unit_sentence(row)
    style.html(f"<style>{charts.css(style.colours())}</style>")
    style.finding(sentence)
    style.line([style.badge(f"Version {gradindex.definition().version}, Definition des Gradmessers", "info", "•")])
    style.html(charts.legend())
    style.html(f"<div>{charts.bar(row)}</div>")
    style.figures(
        [
            (_value(row.angebot), "Angebot", german.n_of(row.n, row.nenner, row.u)),
            (_value(row.register), "Register", gradindex.register_counts(row)),
            (_value(row.qualitaet), "Qualität", "halb Link-Quote, halb ohne Sichtbarkeitslücke"),
            (_percent(row.link_ok, row.link_geprueft), "Link-Quote", gradindex.link_text(row)),
            (
                _percent(row.ohne_portalverbund, row.live_gemeldet),
                "Sichtbarkeitslücke",
                f"{gradindex.gap_text(row)}; {gradindex.silent_text(row)}",
            ),
        ]
    )
    style.remark(_explained(weights))
    _halves()
    blocks.below(_block("kommune-index", sentence, rows, _COLUMNS, view, ars=responsible["ars"]))


def _heading() -> Mapping[str, float]:
    meaning = gradindex.definition()
    style.html(f"<style>{charts.css(style.colours())}</style>")
    style.line(
        [
            style.badge(f"Gradmesser-Index {meaning.version}: Definition des Gradmessers", "info", "•"),
            style.badge("Eine Zusammenfassung: lesen nur mit ihren Teilen", "neutral", "≡"),
        ]
    )
    chosen = controls.pick_weights(meaning.labels, gradindex.write_weights(meaning.weights), gradindex.parse_weights)
    return gradindex.parse_weights(chosen)


def _asked_weights() -> Mapping[str, float]:
    asked = st.query_params.get("gewichte")
    if asked is None:
        return gradindex.definition().weights
    weights = gradindex.parse_weights(asked)
    if weights is None:
        base = gradindex.definition().weights
        st.query_params.pop("gewichte")
        style.notice(f"Die Adresse nennt „{asked[:60]}“ für gewichte; gezeigt wird {gradindex.write_weights(base)}.")
        return base
    return weights


def _components(view: View) -> tuple[pd.DataFrame, pd.DataFrame]:
    return data.fetch("gradmesser_index", **view.clocks), data.fetch("register_stand", **view.clocks)


def _ranked(view: View, weights: Mapping[str, float]) -> pd.DataFrame:
    return gradindex.ranked(gradindex.scored(gradindex.components(*_components(view)), weights), weights)


def _land(view: View, weights: Mapping[str, float]) -> None:
    rows = gradindex.described(
        gradindex.ranked(gradindex.scored(gradindex.of_land(*_components(view)), weights), weights)
    )
    row = next(rows.itertuples())
    sentence = (
        f"Land: {row.index_text} von 100 aus den Summen aller Verwaltungen (gepoolt, nicht nach Einwohnern gewichtet), "
        f"Kontrollwert {german.number(row.geometrisch)}"
    )
    style.finding(sentence)
    style.html(f"<div>{charts.bar(row)}</div>")
    style.figures(
        [
            (_value(row.angebot), "Angebot", german.n_of(row.n, row.nenner, row.u)),
            (_value(row.register), "Register", gradindex.register_counts(row)),
            (_percent(row.link_ok, row.link_geprueft), "Link-Quote", gradindex.link_text(row)),
            (_percent(row.ohne_portalverbund, row.live_gemeldet), "Sichtbarkeitslücke", gradindex.gap_text(row)),
        ]
    )
    blocks.below(_block("gradmesser-index-land", sentence, rows, _COLUMNS, view, ars=LAND))


def _explained(weights: Mapping[str, float]) -> str:
    return (
        f"Gewichte: {gradindex.weights_text(weights)}. Rangspanne: mittlere 80 % aus 1.000 Ziehungen um diese Gewichte, nur in der "
        "Gruppe. Kontrollwert: geometrisches Mittel; liegt er deutlich unter dem Index, ist ein Teil schwach."
    )


def _halves() -> None:
    """How the two halves of the quality are counted: measures of their own, in the words of the catalogue."""
    with st.expander("Wie Link-Quote und Sichtbarkeitslücke gezählt werden", key="index_haelften", type="compact"):
        for measure in (measures()["link_quote"], measures()["sichtbarkeitsluecke"]):
            st.markdown(
                f"**{measure.short_title}** ({measure.origin}). {measure.description} {measure.formula} {measure.processing} "
                f"{measure.caveat}"
            )


def _block(
    key: str, sentence: str, rows: pd.DataFrame, columns: list[html_table.Column], view: View, *, ars: str
) -> blocks.Block:
    return blocks.Block(
        key=key, finding=sentence, measure=measures()[gradindex.MEASURE_ID], stand=view.stand, rows=rows, columns=columns,
        query="gradmesser_index", parameters=view.clocks, ars=ars, totals=findings.total(rows).text,
    )  # fmt: skip


def _own() -> str:
    """ARS of the responsible unit that the address names; empty if it names none that exists."""
    units = data.fetch("einheiten")
    responsible = dict(zip(units["ars"], units["zustaendig_ars"], strict=True))
    found = responsible.get(st.query_params.get("ars", ""))
    return found if isinstance(found, str) else ""


def _value(value: float) -> str:
    return german.number(None if pd.isna(value) else value)


def _percent(part: int, whole: int) -> str:
    return german.share(part, whole) if whole else german.NOT_AVAILABLE
