"""Parts of the page of changes: the bridge between two days, its cells by name, what is new, the feed."""

from dataclasses import dataclass
from datetime import date
from html import escape

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gradmesser import bridge, findings, german, news
from gradmesser.catalog import LAND, measures, places
from gradmesser.charts.template import Palette
from gradmesser.charts.waterfall import movement, waterfall
from gradmesser.export import html_table
from gradmesser.findings import Triple
from gradmesser.ui import blocks, controls, data, style
from gradmesser.ui.blocks import Picture
from gradmesser.ui.controls import Span

_IN_LIST = 50
_PERIODS = 12
_IN_SUMMARY = 10
_PART_COLUMNS = [
    html_table.text("wort", "Teil"),
    html_table.Column(field="zugang", heading="dazu", show=german.signed, numeric=True),
    html_table.Column(field="abgang", heading="weg", show=german.signed, numeric=True),
    html_table.Column(field="summe", heading="zusammen", show=german.signed, numeric=True),
    html_table.Column(
        field="bedeutung",
        heading="was das heißt",
        show=lambda text: f'<div style="min-width: 15rem">{escape(str(text))}</div>',
    ),
]
_PERIOD_COLUMNS = [
    html_table.text("zeitraum", "Zeitraum"),
    html_table.whole("neu_online", "neu online"),
    html_table.whole("verloren", "nicht mehr online"),
    html_table.whole("link_defekt", "davon Link defekt"),
    html_table.whole("fortschritt", "Schritt weiter"),
    html_table.whole("rueckschritt", "Schritt zurück"),
    html_table.whole("erstmeldung", "erstmals gemeldet, nicht online"),
]
_CELL_COLUMNS = [
    html_table.text("wirkung", "Teil und Wirkung"), html_table.text("name", "Verwaltung"),
    html_table.text("leistung", "Leistung"), html_table.text("vorher", "vorher"), html_table.text("nachher", "nachher"),
    html_table.day("seit", "seit"), html_table.text("themenfeld", "Themenfeld"),
    html_table.text("leika_key", "LeiKa-Schlüssel"), html_table.text("ars", "ARS"),
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the reader asks for: the two days and the part of the Land."""

    span: Span
    ars: str
    kreis: str
    field: str
    wissen_von: date

    @property
    def where(self) -> dict[str, str]:
        """The part of the Land as parameters of a query."""
        return {"ars": self.ars, "kreis": self.kreis, "themenfeld": self.field}

    @property
    def parameters(self) -> dict[str, object]:
        """Everything that the queries of the bridge take."""
        view = self.span.view
        return {
            "von": self.span.von,
            "bis": view.stand,
            "wissen": view.wissen,
            "wissen_von": self.wissen_von,
            **self.where,
        }


def pick() -> Choice | None:
    """Two days and the part of the Land; None, with a message, as long as there is only one Stand."""
    span = controls.pick_span()
    if span is None:
        style.finding("Für einen Vergleich liegt erst ein Stand vor.")
        st.info("Sobald eine zweite Lieferung da ist, steht hier, was sich bewegt hat und warum.")
        return None
    first, second, third, fourth = st.columns(4, vertical_alignment="top")
    with fourth:
        wissen_von = controls.pick_knowledge_of_start(span)
    with first:
        ars = controls.pick_reporting_unit()
    units = data.fetch("einheiten")
    with second:
        kreise = units[units["ars"] == units["kreis_ars"]]
        kreis = controls.pick_kreis(dict(zip(kreise["ars"], kreise["name"], strict=True)))
    with third:
        services = data.fetch("leistungen", **span.view.clocks)
        field = controls.pick_field(list(services["themenfeld"].unique()))
    return Choice(span=span, ars=ars, kreis=kreis, field=field, wissen_von=wissen_von)


def bridge_picture(choice: Choice, colours: Palette) -> Picture | None:
    """The waterfall with its sentence; None where there is nothing to count."""
    ends, cells = data.fetch("bruecke_enden", **choice.parameters), data.fetch("bruecke", **choice.parameters)
    found = bridge.whole(ends, cells, choice.span.von, choice.span.view.stand)
    if found is None:
        return None
    block = blocks.Block(
        key="veraenderung-bruecke", ars=choice.ars or LAND, finding=_place(choice) + bridge.sentence(found),
        measure=measures()["bruecke"], stand=choice.span.view.stand, rows=bridge.parts_table(found, cells), columns=_PART_COLUMNS,
        query="bruecke", parameters=choice.parameters, totals=_totals(ends, choice),
    )  # fmt: skip
    remark = (
        f"Von {german.number(found.n_von)} auf {german.number(found.n_bis)}, Unterschied "
        f"{german.signed(found.difference)}: die Teile ergeben ihn genau."
    )
    return Picture(block=block, figure=waterfall(bridge.steps(found), colours), remark=remark)


def whole_bridge(choice: Choice, answer: DeltaGenerator) -> None:
    """The waterfall, the table of all parts and the cells that make them; the sentence goes to `answer`, above what can be chosen."""
    picture = blocks.made(bridge_picture, choice)
    if picture is None:
        style.finding("Für diese Auswahl gibt es an einem der beiden Tage nichts zu zählen.")
        st.info("Liegt die Verwaltung in einem anderen Kreis? Dann bitte „alle Kreise“ wählen.")
        return
    block = picture.block
    with answer:
        style.finding(block.finding)
        style.line([blocks.age_badge(choice.span.view.stand), style.badge("Definition des Gradmessers", "info", "•")])
    blocks.picture(picture)
    style.html(html_table.render(block.rows, _PART_COLUMNS, picture.remark))
    blocks.below(block)
    _cells(choice, data.kept(_listed, choice), block.rows)


def _listed(choice: Choice) -> pd.DataFrame:
    return bridge.listed(data.fetch("bruecke", **choice.parameters))


def _cells(choice: Choice, cells: pd.DataFrame, parts: pd.DataFrame) -> None:
    """Every cell that makes a part, by name."""
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        counted = parts[parts["teil"] != "gebiet"]
        sizes = {row.teil: f"{row.wort} ({german.number(row.zugang - row.abgang)})" for row in counted.itertuples()}
        part = controls.pick_part(sizes)
    with right:
        wanted = controls.words("Verwaltung oder Leistung suchen", "suche")
    texts = cells["name"] + " " + cells["leistung"] + " " + cells["themenfeld"] + " " + cells["leika_key"]
    shown = cells[controls.matching(texts, wanted) & ((cells["teil"] == part) | (part == ""))]
    what = bridge.WORDS[part] if part else "alle Teile"
    sentence = (
        f"Einzeln benannt ({what}): {german.number(len(shown))} von "
        f"{german.count(len(cells), 'Zuständigkeit', 'Zuständigkeiten')}, die sich bewegt haben"
    )
    style.finding(sentence)
    if shown.empty:
        st.info("Keine Zuständigkeit passt zu Suche und Filter. Bitte kürzer suchen oder „alle Teile“ wählen.")
        return
    first = shown.head(_IN_LIST)
    first = first.assign(
        verweis=[
            html_table.inner_link(f"kommune?ars={row.ars}{choice.span.address}", row.name) for row in first.itertuples()
        ],
        dienst=[
            html_table.inner_link(f"leistungen?leistung={row.leika_key}{choice.span.address}", row.leistung)
            for row in first.itertuples()
        ],
        weg=[f"{_unbroken(row.vorher)} → {_unbroken(row.nachher)}" for row in first.itertuples()],
    )
    columns = [
        _markup("verweis", "Verwaltung"), _markup("dienst", "Leistung"), _markup("weg", "vorher → nachher"),
        html_table.day("seit", "seit"), html_table.text("wirkung", "Teil"),
    ]  # fmt: skip
    caption = (
        f"Die neuesten {len(first)} von {german.number(len(shown))}; alle stehen in den Dateien darunter"
        if len(first) < len(shown)
        else f"{german.count(len(shown), 'Zuständigkeit', 'Zuständigkeiten')}, neueste zuerst"
    )
    style.html(html_table.render(first, columns, caption))
    blocks.below(
        blocks.Block(
            key="veraenderung-zellen", ars=choice.ars or LAND, finding=sentence, rows=shown,
            measure=measures()["bruecke"], stand=choice.span.view.stand, columns=_CELL_COLUMNS, query="bruecke",
            parameters=choice.parameters, totals=german.count(len(shown), "Zuständigkeit", "Zuständigkeiten"),
        )
    )  # fmt: skip


def news_picture(choice: Choice, rhythm: str, colours: Palette) -> Picture | None:
    """Events by month or week, newest first; None where there are none."""
    asked = _of_news(choice)
    events = data.fetch("neues", **asked)
    periods = news.by_period(events, rhythm)
    if periods.empty:
        return None
    block = blocks.Block(
        key="veraenderung-neues", ars=choice.ars or LAND, finding=_place(choice) + news.sentence(periods), measure=measures()["bruecke"],
        stand=choice.span.view.stand, rows=periods, columns=_PERIOD_COLUMNS, query="neues", parameters=asked,
        totals=german.count(len(events), "Änderung", "Änderungen") + f" seit {german.day(asked['von'])}",
    )  # fmt: skip
    return Picture(block=block, figure=movement(periods.head(_PERIODS), colours))


def _of_news(choice: Choice) -> dict[str, object]:
    view = choice.span.view
    since = min(choice.span.von, findings.months_before(view.stand, _PERIODS))
    return {"von": since, "bis": view.stand, "wissen": view.wissen, **choice.where}


def latest(choice: Choice) -> None:
    """What is new by month or week, newest first, and the newest period by service."""
    rhythm = controls.pick_rhythm(news.RHYTHMS)
    picture = blocks.made(news_picture, choice, rhythm)
    if picture is None:
        style.finding(news.sentence(news.by_period(data.fetch("neues", **_of_news(choice)), rhythm)))
    else:
        style.finding(picture.block.finding)
        blocks.picture(picture)
        _newest(choice, picture.block.rows, rhythm)
        blocks.below(picture.block)
    feed()


def _newest(choice: Choice, periods: pd.DataFrame, rhythm: str) -> None:
    events, newest = data.fetch("neues", **_of_news(choice)), periods.iloc[0]
    days = [day for day in events["stichtag"].unique() if news.begin_of(day.date(), rhythm) == newest["beginn"].date()]
    recent = events[events["stichtag"].isin(days)].rename(columns={"name": "einheit"})
    columns = [
        html_table.text("leistung", "Leistung"), html_table.text("art", "Änderung"),
        html_table.whole("anzahl", "Verwaltungen"), html_table.text("einheiten", "wo"),
    ]  # fmt: skip
    style.html(html_table.render(periods.head(_PERIODS), _PERIOD_COLUMNS, "Ereignisse, neueste zuerst"))
    summed = findings.summed_changes(recent[(recent["art"] == "neu_online") | news.is_lost(recent)])
    if len(summed):
        caption = f"{newest['zeitraum']}: was am häufigsten neu online oder nicht mehr online ist"
        style.html(html_table.render(summed.head(_IN_SUMMARY), columns, caption))
    style.note(
        "Hier zählt jedes Ereignis; in der Brücke nur der Unterschied zwischen Anfang und Ende. Die Summen weichen deshalb ab."
    )


def feed() -> None:
    """Where the news can be subscribed to."""
    folder = places.feed_folder(places.STATIC, places.data_root())
    if (folder / places.FEED_RSS).exists():
        address = f"app/static/{folder.relative_to(places.STATIC).as_posix()}"
        style.line(
            [
                "Neues abonnieren:",
                html_table.inner_link(f"{address}/{places.FEED_RSS}", "RSS"),
                html_table.inner_link(f"{address}/{places.FEED_JSON}", "JSON Feed"),
            ]
        )


def _place(choice: Choice) -> str:
    """`Jena, Gesundheit: ` before the finding; empty for the Land."""
    names = data.fetch("einheiten").set_index("ars")["name"]
    told = [names[key] for key in (choice.ars, choice.kreis) if key] + [choice.field] * bool(choice.field)
    return f"{', '.join(told)}: " if told else ""


def _totals(ends: pd.DataFrame, choice: Choice) -> str:
    sums = ends[["n_von", "nenner_von", "u_von", "n_bis", "nenner_bis", "u_bis"]].sum()
    days = (("von", choice.span.von), ("bis", choice.span.view.stand))
    return "; ".join(
        f"{german.day(day)}: "
        + Triple(n=int(sums[f"n_{end}"]), of=int(sums[f"nenner_{end}"]), u=int(sums[f"u_{end}"])).text
        for end, day in days
    )


def _markup(field: str, heading: str) -> html_table.Column:
    return html_table.Column(field=field, heading=heading, show=str)


def _unbroken(text: str) -> str:
    return f'<span class="gm-state">{escape(text)}</span>'
