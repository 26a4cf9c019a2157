"""Parts of the page Europa: three pictures of the eGovernment Benchmark and what one must not conclude from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
import streamlit as st

from gradmesser import europe, german
from gradmesser.catalog import measures, sources
from gradmesser.catalog.countries import ALWAYS, COUNTRIES
from gradmesser.charts import europe as charts
from gradmesser.charts.template import Palette
from gradmesser.export import html_table
from gradmesser.export.html_table import Column
from gradmesser.ui import blocks, controls, data, style
from gradmesser.ui.blocks import Picture

_LIMITS = (
    "**Anderer Maßstab.** Die Punkte vergibt die Europäische Kommission nach eigener Methode. Testpersonen prüfen eine "
    "Auswahl von Diensten je Staat. Mit den Zuständigkeiten, die der Gradmesser in Thüringen zählt, haben sie keinen gemeinsamen "
    "Nenner: beides nie in einer Zahl und nie in einer Reihe.",
    "**Ganzer Staat.** Geprüft sind Dienste des Bundes, der Länder und einiger Kommunen zusammen. Für Thüringen gibt es keinen "
    "eigenen Wert.",
    "**Jahrgang.** Die Ausgabe 2023 enthält die Jahre 2020 bis 2022 mit Indikatoren. Für 2012 bis 2019 nennt die Datei keinen Indikator "
    "(23.910 von 35.158 Zeilen); diese Zeilen werden nicht verwendet und nicht erraten.",
    "**Lebenslagen wechseln sich ab.** Fünf sind nur 2021 gemessen, vier 2020 und 2022. Jede Zeile vergleicht alle Staaten im "
    "selben Jahr, jede Linie dieselben Lebenslagen. „Alle Lebenslagen“ fasst zwei Jahre zusammen. Wie die Lebenslagen "
    "heißen, sagt die Datei nicht; deshalb stehen hier ihre Nummern.",
    "**Gesamtwert 2022 je Lebenslage.** Er ist in der Datei ohne grenzüberschreitende Dienste gerechnet: Dieser Teil zählt dort als "
    "null, in allen 148 Zeilen. Solche Werte vergleicht der Gradmesser nicht; gezeigt wird das letzte Jahr ohne diesen Fehler. [D]",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the page shows: another state besides (empty for none), one indicator, one year."""

    country: str
    indicator: str
    year: int

    @property
    def shown(self) -> list[str]:
        """The states in the order of the legend."""
        return europe.areas(self.country)


def rows() -> pd.DataFrame:
    """Everything that the source says; empty where it is not loaded."""
    return data.fetch("europa")


def others(found: pd.DataFrame) -> dict[str, str]:
    """States that can be shown besides, in German order."""
    codes = set(found["gebiet"]) - set(ALWAYS)
    return dict(
        sorted(((code, COUNTRIES.get(code, code)) for code in codes), key=lambda item: german.sort_key(item[1]))
    )


def pick(found: pd.DataFrame) -> Choice:
    """Pickers on top of the page."""
    years = europe.years(found)
    first, second, third = st.columns([5, 5, 3], vertical_alignment="top")
    with first:
        country = controls.pick_country(others(found))
    with second:
        indicator = controls.pick_indicator(europe.indicators())
    with third:
        year = controls.pick_year(years)
    return Choice(country=country, indicator=indicator, year=year)


def page() -> None:
    """The whole page, or that the source is not there."""
    found = rows()
    if found.empty:
        st.info(
            "Der eGovernment Benchmark ist nicht geladen. Er gehört zu den Referenzdaten; `python -m etl reference "
            "--observations egov_benchmark FILE` leitet ihn aus der Datei der Europäischen Kommission neu ab."
        )
        return
    answer = st.container()
    choice = pick(found)
    source = sources()[europe.MEASURE]
    first, *others = (blocks.made(make, choice) for make in (indicators_picture, events_picture, development_picture))
    with answer:
        if first is not None:
            style.finding(first.block.finding)
        style.line(
            [
                blocks.age_badge(_stand(choice.year)),
                style.badge(f"veröffentlichte Werte: {source.publisher}", "info", "●"),
                style.badge("ganze Staaten, kein Wert für Thüringen", "neutral", "◆"),
            ]
        )
    style.lead(
        "Wie steht Deutschland neben Dänemark und dem Mittel der EU27? Die Europäische Kommission lässt Testpersonen "
        "Verwaltungsdienste ausprobieren und vergibt 0 bis 100 Punkte. Das ist ein anderer Maßstab als der des Gradmessers."
    )
    if first is not None:
        blocks.draw_below_heading(first)
    for picture in others:
        if picture is not None:
            blocks.draw(picture)
    style.finding("Was man daraus nicht schließen darf")
    st.markdown("\n".join(f"- {text.replace('[D]', '(Definition des Gradmessers)')}" for text in _LIMITS))


def indicators_picture(choice: Choice, colours: Palette) -> Picture | None:
    """Every indicator over all life events of one year; None if the year has none."""
    table = europe.by_indicator(rows(), choice.shown, choice.year)
    if table.empty:
        return None
    block = _block(
        key="europa-indikatoren", finding=europe.indicator_sentence(table, choice.year), year=choice.year, table=table,
        columns=[html_table.text("name", "Indikator"), *_columns(choice.shown)],
    )  # fmt: skip
    labels = [f"–\u00a0{row.name}" if row.teil else row.name for row in table.itertuples()]
    return Picture(
        block=block,
        figure=charts.dumbbells(table, choice.shown, labels, colours),
        remark=_missing(table, choice.shown, "name"),
    )


def events_picture(choice: Choice, colours: Palette) -> Picture | None:
    """One indicator by life event, each in the last year in which it can be compared; None if there is none."""
    table = europe.by_event(rows(), choice.shown, choice.indicator)
    if table.empty:
        return None
    block = _block(
        key="europa-lebenslagen", finding=europe.event_sentence(table, choice.indicator), year=int(table["jahr"].max()), table=table,
        columns=[html_table.text("name", "Lebenslage"), Column(field="jahr", heading="gemessen", show=str, numeric=True), *_columns(choice.shown)],
    )  # fmt: skip
    labels = [f"{row.name} ({row.jahr})" for row in table.itertuples()]
    remark = "Jede Zeile zeigt alle Staaten im selben Jahr. " + _missing(table, choice.shown, "name")
    return Picture(block=block, figure=charts.dumbbells(table, choice.shown, labels, colours), remark=remark.strip())


def development_picture(choice: Choice, colours: Palette) -> Picture | None:
    """One indicator in two years that measured the same life events; None if there are none."""
    found = europe.development(rows(), choice.shown, choice.indicator)
    if found is None or found.table["aenderung"].isna().all():
        return None
    table = found.table
    block = _block(
        key="europa-entwicklung", finding=europe.development_sentence(found, choice.indicator), year=found.last, table=table,
        columns=[html_table.text("name", "Staat"), _number("vorher", str(found.first)), _number("nachher", str(found.last)),
                 Column(field="aenderung", heading="Veränderung in Punkten", show=lambda value: german.signed(None if pd.isna(value) else value, 1), numeric=True)],
    )  # fmt: skip
    remark = f"Verglichen: {found.basis}. "
    if found.published:
        remark += "Beide Werte fassen zwei Messjahre zusammen; fünf der neun Lebenslagen sind nur 2021 gemessen und stecken in beiden."
    else:
        remark += f"Es sind {german.listing([europe.event_name(key) for key in found.events])}. Das Mittel ist eine Definition des Gradmessers."
    gone = table.loc[table["aenderung"].isna(), "name"].tolist()
    remark += f" Ohne vollständige Werte: {german.listing(gone)}." if gone else ""
    return Picture(block=block, figure=charts.slopes(found, colours), remark=remark)


def _block(*, key: str, finding: str, year: int, table: pd.DataFrame, columns: Sequence[Column]) -> blocks.Block:
    return blocks.Block(
        key=key, finding=finding, measure=measures()[europe.MEASURE], stand=_stand(year), rows=table, columns=columns,
        query="europa", parameters={}, ars="europa",
    )  # fmt: skip


def _columns(shown: Sequence[str]) -> list[Column]:
    gap = Column(field="abstand", heading="Dänemark − Deutschland", numeric=True,
                 show=lambda value: german.signed(None if pd.isna(value) else value, 1))  # fmt: skip
    return [*(_number(area, COUNTRIES[area]) for area in shown), gap]


def _number(field: str, heading: str) -> Column:
    return Column(
        field=field,
        heading=heading,
        numeric=True,
        show=lambda value: german.number(None if pd.isna(value) else value, 1),
    )


def _missing(table: pd.DataFrame, shown: Sequence[str], label: str) -> str:
    """Which states have no value where: no mark is not a zero."""
    parts = [
        f"{COUNTRIES[area]}: {german.listing(table.loc[table[area].isna(), label].tolist())}"
        for area in shown
        if table[area].isna().any()
    ]
    return f"Ohne Wert (k. A., nie null): {'; '.join(parts)}." if parts else ""


def _stand(year: int) -> date:
    return date(year, 12, 31)
