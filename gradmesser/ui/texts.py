"""Parts of pages that are mostly words and key figures, and the columns of their tables."""

from datetime import date

import pandas as pd
import streamlit as st

from gradmesser import findings, forecast, german
from gradmesser.catalog import measures
from gradmesser.charts.glass import Mark
from gradmesser.export import html_table
from gradmesser.findings import Triple
from gradmesser.forecast import Outlook, Tempo
from gradmesser.ui import blocks, data, style, targets
from gradmesser.ui.controls import View

COUNT_COLUMNS = [
    html_table.whole("n", "online (n)"),
    html_table.whole("nenner", "zuständig (N)"),
    html_table.whole("u", "ohne Meldung (u)"),
]
UNIT_COLUMNS = [
    html_table.text("name", "Verwaltung"),
    *COUNT_COLUMNS,
    html_table.whole("n_eigen", "davon eigener Dienst"),
    html_table.whole("n_geerbt", "davon von Kreis, Land, Bund"),
    html_table.whole("gestoert", "Link defekt"),
    html_table.whole("einwohner", "Einwohner"),
    html_table.text("ars", "ARS"),
]
HISTORY_COLUMNS = [
    html_table.day("stichtag", "Stand"),
    *COUNT_COLUMNS,
    html_table.text("katalog_version", "Katalogfassung"),
]


def intro() -> None:
    """What this is, in three sentences, for a first visit."""
    style.lead(
        "Der Gradmesser zeigt, welche Verwaltungsleistungen in Thüringens Gemeinden, Verwaltungen und Kreisen online sind. "
        "Gezählt wird nur, was nachgewiesen ist; was niemand gemeldet hat, steht als „keine Meldung“ daneben und wird nie "
        "zu null. Jede Zahl lässt sich unter „Quellen & Rechenweg“ nachrechnen."
    )


_TOUR = """
1. **Das Glas** auf dieser Seite: Blau ist nachgewiesen online, gestreift hat niemand gemeldet, gepunktet ist gemeldet und nicht online.
2. **Die Karte** zeigt, wo was online ist. Ein Klick auf ein Gebiet, oder Tab und Eingabe, öffnet die Kommune.
3. **Die Kommune** beginnt mit der Antwort, den größten Lücken und den nächsten Schritten; alles Weitere steht in Abschnitten.
4. **Unter jedem Bild** stehen dieselben Zeilen als Tabelle, die Dateien und der Rechenweg. Die Adresse der Seite hält jede Ansicht fest.
"""


def tour() -> None:
    """A short tour for a first visit, closed at first; put away it stays away for this visit, and the address knows nothing of it."""
    if st.session_state.get("fuehrung_weg"):
        return
    with (
        st.container(key="gm_tour"),
        st.expander("Neu hier? Kurze Führung in vier Schritten", key="fuehrung", type="compact"),
    ):
        st.markdown(_TOUR)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.page_link("pages/karte.py", label="Zur Karte")
            st.page_link("pages/kommune.py", label="Zur eigenen Kommune")
            st.button(
                "Nicht mehr anbieten",
                key="fuehrung_zu",
                on_click=st.session_state.update,
                args=({"fuehrung_weg": True},),
            )


def mark(row: pd.Series) -> Mark:
    """Level of an earlier stand beside the glass."""
    return Mark(label=f"{german.day(row['stichtag'])}: {german.number(row['n'])}", value=int(row["n"]))


def key_figures(
    triple: Triple, history: pd.DataFrame, movement: pd.DataFrame | None, stand: date, outlook: Outlook | None
) -> None:
    """Level, change since last month and last year, speed, and the speed that the target needs; no speed without movement."""
    items = [
        (
            f"{german.number(triple.n)}",
            "nachgewiesen online",
            f"von {german.number(triple.of)}, {german.number(triple.u)} ohne Meldung",
        ),
        (triple.rate, "Roll-in-Quote der bekannten", _rate_remark(triple)),
    ]
    for months, label in ((1, "Veränderung zum Vormonat"), (12, "Veränderung zum Vorjahr")):
        change = findings.change(history, stand, months)
        if change is None:
            items.append((german.NOT_AVAILABLE, label, "kein früherer Stand"))
        else:
            items.append((german.signed(change.difference), label, change.text))
    speed = None if movement is None else forecast.tempo(history, stand, movement)
    if speed is not None:
        items.append((f"{german.signed(speed.net)} je Monat", "Tempo der letzten 3 Monate", _gross(speed)))
    if outlook is not None:
        items.append(targets.figure(outlook))
    style.figures(items)


def _gross(speed: Tempo) -> str:
    """Gained and lost apart, and what changed the number without being either, so that the parts sum."""
    words = f"gewonnen {german.number(speed.gained)}, verloren {german.number(speed.lost)} je Monat"
    other = german.signed(speed.other)
    return words if other.startswith("±") else f"{words}, geänderte Zuständigkeit {other}"


def _rate_remark(triple: Triple) -> str:
    if triple.rate == german.NOT_AVAILABLE:
        return f"erst {triple.report_rate} bekannt, gezeigt ab 60 %; sicher sind {triple.interval}"
    if not triple.u:
        return "zu allen ist der Stand bekannt"
    return f"{triple.report_rate} bekannt; Spanne {triple.interval}"


def _summed(view: View) -> pd.DataFrame:
    return findings.summed_changes(data.fetch("aenderungen", ars="", **view.clocks))


def last_changes(view: View) -> None:
    """What happened at the last stand, by service."""
    changes = data.fetch("aenderungen", ars="", **view.clocks)
    if changes.empty:
        style.finding(f"Zum {german.day(view.stand)} hat sich gegenüber dem Stand davor nichts geändert.")
        return
    day = changes["stichtag"].iloc[0].date()
    summed = data.kept(_summed, view)
    style.finding(findings.changes_sentence(changes, day))
    columns = [
        html_table.text("leistung", "Leistung"),
        html_table.text("art", "Änderung"),
        html_table.whole("anzahl", "Verwaltungen"),
        html_table.text("einheiten", "wo"),
    ]
    style.html(html_table.render(summed.head(10), columns, "Die häufigsten Änderungen, nach Leistung zusammengefasst"))
    blocks.below(
        blocks.Block(
            key="aenderungen", finding=findings.changes_sentence(changes, day), measure=measures()["rollin_rate"],
            stand=day, rows=changes.assign(art=changes["art"].map(findings.CHANGE_WORDS)), query="aenderungen",
            parameters={"ars": "", **view.clocks},
            columns=[
                html_table.text("einheit", "Verwaltung"), html_table.text("leistung", "Leistung"),
                html_table.text("art", "Änderung"), html_table.day("stichtag", "Stand"),
            ],
            totals=german.count(len(changes), "Änderung", "Änderungen"),
        )
    )  # fmt: skip


def federal_number() -> None:
    """What is published about the federal count; every fact with its unit and source."""
    st.markdown(
        """
Der Bund zählt **Leistungen**, die in ganz Thüringen verfügbar sind; der Gradmesser zählt **Zuständigkeiten**: jede
Leistung in jeder Verwaltung, die für sie zuständig ist.

- Im Juni 2025 meldete das Dashboard des Bundes für Thüringen 1.231 Leistungen: 805 des Bundes und 426 des Landes.
  Weitere 371 Leistungen, die es „in mindestens einer Kommune“ gibt, zählten für die Rangfolge nicht
  (Volksstimme, Eichsfelder Nachrichten, Juni 2025).
- Für den Bund gilt eine Leistung erst als flächendeckend, wenn **alle** sie anbieten: 99 % zählen dort wie 0 %
  (heise, Januar 2026). Der Gradmesser zeigt jede einzelne Verwaltung.
- Im März 2024 wurden 214 flächendeckende **OZG-Bündel** genannt (Thüringer Allgemeine). Das ist eine andere Einheit und
  gehört nicht in dieselbe Reihe.
"""
    )
