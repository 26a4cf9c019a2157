"""Parts of the data page: sources and age, deliveries and rejections, downloads, methodology."""

from datetime import date

import pandas as pd
import streamlit as st

from gradmesser import catalog, german, store
from gradmesser.catalog import meldung, places
from gradmesser.export import html_table, table
from gradmesser.ui import blocks, controls, data, style

_STATUS = {"veroeffentlicht": "✓ veröffentlicht", "zurueckgehalten": "‖ zurückgehalten"}


def sources() -> None:
    """Every source with its newest stand, its age, licence and limits."""
    deliveries = data.fetch("lieferungen")
    info = data.info()
    style.finding("Woher die Zahlen kommen und wie alt sie sind")
    for source_id, source in catalog.sources().items():
        own = deliveries[(deliveries["source_id"] == source_id) & (deliveries["status"] == "veroeffentlicht")]
        with st.container(border=True):
            st.subheader(source.title, anchor=False)
            badges = [blocks.age_badge(own["stand"].max().date())] if len(own) else []
            if source_id == "gebietsstand":
                badges = [style.badge(f"Gebietsstand {german.day(info.territory)}", "info", "•")]
            elif source_id == "leistungskatalog":
                badges = [style.badge(f"{info.catalogue}: {info.catalogue_status}", "warning", "⚠")]
            if len(own) and (own["herkunft"] == "beispiel").any():
                badges.append(style.badge("BEISPIELDATEN – erfundene Werte", "warning", "⚠"))
            if badges:
                style.line(badges)
            if len(own):
                style.note(
                    f"{german.count(len(own), 'Lieferung', 'Lieferungen')}, {german.number(own['zeilen'].sum())} Zeilen, "
                    f"davon {german.number(own['abgelehnt'].sum())} abgelehnt · erscheint {source.frequency}"
                )
            style.note(f"{source.publisher} · Lizenz: {source.licence} · {source.attribution}")
            style.note(f"Was man daraus nicht schließen darf: {source.limits}")


def deliveries() -> None:
    """Every kept delivery; of one of them the rejected rows with line, reason and content."""
    rows = data.fetch("lieferungen")
    held = rows[rows["status"] == "zurueckgehalten"]
    style.finding(
        f"{german.count(len(rows), 'Lieferung', 'Lieferungen')} aufbewahrt, {german.number(len(held))} zurückgehalten, "
        f"{german.number(rows['abgelehnt'].sum())} von {german.number(rows['zeilen'].sum())} Zeilen abgelehnt"
    )
    shown = rows.assign(status=rows["status"].map(_STATUS), bemerkung=rows["freigabe_grund"].fillna(rows["grund"]))
    columns = [
        html_table.text("quelle", "Quelle"), html_table.day("stand", "Stand"), html_table.text("status", "Status"),
        html_table.whole("zeilen", "Zeilen"), html_table.whole("angenommen", "angenommen"),
        html_table.whole("abgelehnt", "abgelehnt"), html_table.whole("warnungen", "Warnungen"),
        html_table.text("herkunft", "Herkunft"), html_table.optional("absender", "eingereicht von"),
        html_table.day("abgerufen", "eingegangen"), html_table.optional("bemerkung", "Bemerkung"),
    ]  # fmt: skip
    style.html(html_table.render(shown, columns, "Lieferungen, neueste zuerst; angenommen + abgelehnt = Zeilen"))
    with_rejections = rows[rows["abgelehnt"] > 0]
    if with_rejections.empty:
        style.lead("Keine Lieferung hat abgelehnte Zeilen.")
    else:
        titles = {
            row.snapshot_id: f"{row.quelle}, Stand {german.day(row.stand)}: {german.number(row.abgelehnt)} abgelehnt"
            for row in with_rejections.itertuples()
        }
        _rejected(controls.pick_delivery(titles))
    _uncounted()
    _unknown_values()


def _rejected(snapshot_id: str) -> None:
    rows = data.fetch("abgelehnte", snapshot_id=snapshot_id)
    reasons = rows["grund"].map(meldung.reason)
    rows = rows.assign(bedeutung=reasons.map(lambda reason: f"{reason.what} {reason.todo}"))
    if rows.empty:
        style.note(
            "Die abgelehnten Zeilen dieser Lieferung sind nur gezählt; Gründe stehen in data/reference/beobachtungen."
        )
        return
    columns = [
        html_table.whole("zeile", "Zeile"), html_table.text("grund", "Grund"), html_table.text("bedeutung", "Bedeutung"),
        html_table.text("datei", "Datei"), html_table.text("inhalt", "Inhalt"),
    ]  # fmt: skip
    style.html(html_table.render(rows, columns, "Abgelehnte Zeilen, höchstens 2.000"))
    st.download_button(
        "Abgelehnte Zeilen als CSV", lambda: table.to_csv(rows.assign(lieferung=snapshot_id)), f"gradmesser_abgelehnt_{snapshot_id}.csv", "text/csv",
        key="abgelehnt_csv", on_click="ignore",
    )  # fmt: skip


def _uncounted() -> None:
    stand = data.info().newest
    if stand is None:
        return
    rows = data.fetch("nicht_gezaehlt", stand=stand)
    if rows.empty:
        return
    style.finding(
        f"{german.number(rows['zeilen'].sum())} angenommene Zeilen zählen zum {german.day(stand)} nicht als Nachweis"
    )
    columns = [
        html_table.text("grund", "Grund"), html_table.whole("zeilen", "Zeilen"), html_table.text("beispiel", "z. B."),
    ]  # fmt: skip
    style.html(html_table.render(rows, columns, "Angenommene Zeilen ohne Wirkung"))


def _unknown_values() -> None:
    rows = data.fetch("warnungen")
    if rows.empty:
        return
    style.finding("Unbekannte Werte in angenommenen Zeilen")
    columns = [
        html_table.text("snapshot_id", "Lieferung"), html_table.text("spalte", "Spalte"), html_table.text("wert", "Wert"),
        html_table.whole("zeilen", "Zeilen"),
    ]  # fmt: skip
    style.html(html_table.render(rows, columns, "Werte, die der Gradmesser nicht kennt und nicht als Erfolg wertet"))


def downloads() -> None:
    """Tables in four formats; the whole database for analysts."""
    info = data.info()
    if info.newest is None:
        st.info("Es liegt noch keine Lieferung vor; Dateien gibt es nach der ersten.")
        return
    stand = controls.pick_stand().stand
    style.finding(f"Daten zum Mitnehmen, Stand {german.day(stand)}")
    if info.example:
        style.lead("Achtung: Diese Dateien enthalten BEISPIELDATEN mit erfundenen Werten.")
    wissen = store.known_by(None)
    offers = {
        "Roll-in je Verwaltung": ("rollin", "rollin_verwaltung", {"stand": stand, "wissen": wissen}),
        "Flächendeckung je Leistung": ("flaechendeckung", "flaechendeckung", {"stand": stand, "wissen": wissen}),
        "Gemeinden, Verwaltungen, Kreise": ("einheiten", "einheiten", {}),
        "Entwicklung des Landes": ("verlauf", "verlauf", {"ars": ""}),
        "Weitere Kennzahlen (eGovernment Benchmark, Open Data)": ("beobachtungen", "beobachtungen_alle", {}),
    }
    for title, (name, query, parameters) in offers.items():
        st.subheader(title, anchor=False)
        _formats(title, name, query, parameters, stand)
    st.subheader("Ganze Datenbank", anchor=False)
    st.markdown("DuckDB-Datei mit allen Tabellen, beschrieben in docs/datenmodell.md; für eigene Auswertungen.")
    st.download_button(
        "DuckDB", lambda: store.database_file().read_bytes(), f"gradmesser_{_marked(stand)}.duckdb",
        "application/octet-stream", key="duckdb", on_click="ignore",
    )  # fmt: skip


def _formats(title: str, name: str, query: str, parameters: dict[str, object], stand: date) -> None:
    base = f"gradmesser_{name}_{catalog.LAND}_{_marked(stand)}"

    def rows() -> pd.DataFrame:
        frame = data.fetch(query, **parameters).rename(columns={"nenner": "N"})
        return frame.assign(herkunft="BEISPIELDATEN" if data.info().example else "amtlich")

    measure = catalog.measures()["rollin_rate"]
    block = blocks.Block(
        key=name, finding=title, measure=measure, stand=stand, rows=pd.DataFrame(), columns=[], query=query
    )
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "CSV", lambda: table.to_csv(rows()), f"{base}.csv", "text/csv", key=f"{name}_csv", on_click="ignore"
        )
        st.download_button(
            "XLSX", lambda: table.to_xlsx(rows(), blocks.reading_aid(block), blocks.origin(block)), f"{base}.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", key=f"{name}_xlsx", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            "Parquet", lambda: table.to_parquet(rows()), f"{base}.parquet", "application/vnd.apache.parquet",
            key=f"{name}_parquet", on_click="ignore",
        )  # fmt: skip


def _marked(stand: date) -> str:
    return f"stand-{stand}{'_BEISPIEL' if data.info().example else ''}"


def methodology() -> None:
    """docs/methodik.md, word for word."""
    st.markdown((places.ROOT / "docs" / "methodik.md").read_text("utf-8"))
