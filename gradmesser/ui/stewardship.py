"""Parts of the data page: sources and age, deliveries and rejections, downloads, methodology."""

from dataclasses import dataclass
from datetime import date

import pandas as pd
import streamlit as st

from gradmesser import catalog, german, store
from gradmesser.catalog import EXAMPLE_MARK, meldung, places, themen
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
                badges.append(style.badge(EXAMPLE_MARK, "warning", "⚠"))
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
    shown = rows.assign(
        status=rows["status"].map(_STATUS), bemerkung=rows["freigabe_grund"].combine_first(rows["grund"])
    )
    columns = [
        html_table.text("quelle", "Quelle"), html_table.day("stand", "Stand"), html_table.text("status", "Status"),
        html_table.whole("zeilen", "Zeilen"), html_table.whole("angenommen", "angenommen"),
        html_table.whole("abgelehnt", "abgelehnt"), html_table.whole("warnungen", "Warnungen"),
        html_table.text("herkunft", "Herkunft"), html_table.optional("absender", "eingereicht von"),
        html_table.day("abgerufen", "eingegangen"), html_table.optional("bemerkung", "Bemerkung"),
    ]  # fmt: skip
    style.html(
        html_table.render(shown, columns, "Lieferungen je Quelle, neueste zuerst; angenommen + abgelehnt = Zeilen")
    )
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
    rows = data.fetch("nicht_gezaehlt", stand=stand, wissen=store.known_by(None))
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
    view = controls.pick_stand()
    stand = view.stand
    style.finding(f"Daten zum Mitnehmen, Stand {german.day(stand)}")
    if info.example:
        style.lead("Achtung: Diese Dateien enthalten BEISPIELDATEN mit erfundenen Werten.")
    for offer in _offers(view):
        st.subheader(offer.title, anchor=False)
        _formats(offer)
    st.subheader("Ganze Datenbank", anchor=False)
    st.markdown("DuckDB-Datei mit allen Tabellen, beschrieben in docs/datenmodell.md; für eigene Auswertungen.")
    st.download_button(
        "DuckDB", lambda: store.database_file().read_bytes(), f"gradmesser_{_marked(stand)}.duckdb",
        "application/octet-stream", key="duckdb", on_click="ignore",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    """One table to take away: its rows, the day they hold for, what they mean and whose they are."""

    title: str
    name: str
    query: str
    parameters: dict[str, object]
    stand: date
    measures: tuple[str, ...]
    sources: tuple[str, ...]
    example: bool


def _offers(view: controls.View) -> list[_Offer]:
    info = data.info()
    stand, clocks = view.stand, view.clocks
    published = data.fetch("lieferungen")
    others = ("egov_benchmark", "opendata_publisher")
    newest = published.loc[published["source_id"].isin(others), "stand"].max()
    rollin = {"stand": stand, "sources": ("open_pvog", "leistungskatalog", "gebietsstand"), "example": info.example}
    offers = [
        _Offer(title="Roll-in je Verwaltung", name="rollin", query="rollin_verwaltung", parameters=clocks,
               measures=("rollin_rate", "meldequote"), **rollin),
        _Offer(title="Flächendeckung je Leistung", name="flaechendeckung", query="flaechendeckung", parameters=clocks,
               measures=("flaechendeckung",), **rollin),
        _Offer(title="Gemeinden, Verwaltungen, Kreise", name="einheiten", query="einheiten", parameters={},
               measures=(), stand=info.territory, sources=("gebietsstand",), example=False),
        _Offer(title="Entwicklung des Landes", name="verlauf", query="verlauf", parameters={"ars": "", "wissen": view.wissen},
               measures=("rollin_rate", "meldequote"), **rollin),
    ]  # fmt: skip
    if (published["source_id"] == themen.SOURCE_ID).any():
        offers.append(
            _Offer(title="Weitere Themen je Verwaltung", name="themen", query="themen_stand", parameters=clocks, stand=stand,
                   measures=tuple(themen.themes()), sources=(themen.SOURCE_ID,), example=info.example)
        )  # fmt: skip
    if not pd.isna(newest):
        offers.append(
            _Offer(title="Weitere Kennzahlen (eGovernment Benchmark, Open Data)", name="beobachtungen",
                   query="beobachtungen_alle", parameters={}, measures=others, stand=newest.date(), sources=others,
                   example=False)
        )  # fmt: skip
    return offers


def _formats(offer: _Offer) -> None:
    known = blocks.known_on(offer.parameters)
    mark = f"{'' if known == data.info().known else f'_wissen-{known}'}{'_BEISPIEL' if offer.example else ''}"
    base = f"gradmesser_{offer.name}_{catalog.LAND}_stand-{offer.stand}{mark}"

    def rows() -> pd.DataFrame:
        frame = data.fetch(offer.query, **offer.parameters).rename(columns={"nenner": "N"})
        return frame.assign(bekannt_bis=known.isoformat(), herkunft="BEISPIELDATEN" if offer.example else "amtlich")

    def workbook() -> bytes:
        warning = {"Achtung": EXAMPLE_MARK} if offer.example else {}
        about = {"Inhalt": offer.title, "Stand der Daten": german.day(offer.stand), "Bekannt bis": german.day(known)}
        terms = {
            entry.title: f"{entry.description} {entry.formula} {entry.caveat}"
            for entry in (catalog.measures()[name] for name in offer.measures)
        }
        origin = {
            entry.title: f"{entry.publisher}. Lizenz: {entry.licence}. {entry.attribution}. {entry.limits}"
            for entry in (catalog.sources()[name] for name in offer.sources)
        }
        marks = {
            "Regelversion": data.info().rules,
            "Prüfsumme der Daten": data.info().checksum,
            "Prüfen mit": blocks.verify_command(offer.query, offer.parameters),
        }
        return table.to_xlsx(rows(), warning | about | terms, origin | marks)

    with st.container(horizontal=True, gap="small"):
        for label, suffix, make, mime in (
            ("CSV", "csv", lambda: table.to_csv(rows()), "text/csv"),
            ("XLSX", "xlsx", workbook, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            ("Parquet", "parquet", lambda: table.to_parquet(rows()), "application/vnd.apache.parquet"),
        ):
            st.download_button(
                label, make, f"{base}.{suffix}", mime, key=f"{offer.name}_{suffix}", on_click="ignore",
                help=f"{offer.title} als {label}-Datei",
            )  # fmt: skip


def _marked(stand: date) -> str:
    return f"stand-{stand}{'_BEISPIEL' if data.info().example else ''}"


def methodology() -> None:
    """docs/methodik.md, word for word."""
    st.markdown((places.ROOT / "docs" / "methodik.md").read_text("utf-8"))
