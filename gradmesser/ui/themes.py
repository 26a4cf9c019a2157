"""Parts of the page Weitere Themen, and of a unit's page what it has said of them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import escape

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gradmesser import german, store, themes
from gradmesser.catalog import EXAMPLE_MARK, Measure, measures, sources, themen
from gradmesser.charts import themes as charts
from gradmesser.charts.template import Palette
from gradmesser.export import html_table
from gradmesser.export.html_table import Column
from gradmesser.themes import OPEN_DATA
from gradmesser.ui import blocks, controls, data, style
from gradmesser.ui.blocks import Picture
from gradmesser.ui.controls import View

_COUNTS = [
    html_table.whole("n", "ja (n)"),
    html_table.whole("nein", "nein"),
    html_table.whole("nenner", "Verwaltungen (N)"),
    html_table.whole("u", "ohne Meldung (u)"),
]
_SUMS = [
    html_table.whole("summe", "Summe"),
    html_table.whole("n", "Verwaltungen mit mindestens einer (n)"),
    html_table.whole("nein", "melden 0"),
    html_table.whole("nenner", "Verwaltungen (N)"),
    html_table.whole("u", "ohne Meldung (u)"),
]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the page shows: a theme and both clocks."""

    theme: str
    view: View

    @property
    def measure(self) -> Measure:
        """The theme's words."""
        return measures()[self.theme]


def titles() -> dict[str, str]:
    """Short title of each theme by its id, open data at the end."""
    return {key: one.short_title for key, one in themen.themes().items()} | {
        OPEN_DATA: measures()[OPEN_DATA].short_title
    }


def rows(view: View) -> pd.DataFrame:
    """All answers as of the view, and one empty row a unit that has not answered."""
    return data.fetch("themen_stand", **view.clocks)


def page() -> None:
    """The whole page: all themes at a glance, then one of them."""
    answer = st.container()
    first, second = st.columns([9, 3], vertical_alignment="top")
    with second:
        view = controls.pick_stand()
    with first:
        style.lead(
            "Was über Onlinedienste und Register hinausgeht, fragt der Gradmesser mit einem Blatt ab. Gezeigt wird, was Verwaltungen "
            "melden; wer nicht gemeldet hat, ist unbekannt, nicht „nein“."
        )
    found = rows(view)
    _overview(found, view, answer)
    choice = Choice(theme=controls.pick_theme(titles()), view=view)
    if choice.theme == OPEN_DATA:
        _open_data()
        return
    _one(choice, found)


def _overview(found: pd.DataFrame, view: View, answer: DeltaGenerator) -> None:
    """All themes as a table; the finding goes to `answer`, above what can be chosen."""
    heads = []
    for key, measure in themen.themes().items():
        triple = themes.reporting(found, key)
        heads.append(
            {"thema": key, "titel": measure.short_title, "n": triple.n, "nenner": triple.of, "u": triple.u,
             "juengste": themes.newest(found, key), "aussage": themes.sentence(found, measure).partition(": ")[2]}
        )  # fmt: skip
    table = pd.DataFrame(heads)
    answered = int((table["n"] > 0).sum())
    with answer:
        style.finding(
            f"Zu {german.number(answered)} von {german.count(len(table), 'Thema', 'Themen')} liegen Meldungen vor, Stand {german.day(view.stand)}"
            if answered
            else f"Zu den {german.number(len(table))} weiteren Themen gibt es noch keine Meldung."
        )
    links = Column(
        field="thema",
        heading="Thema",
        show=lambda key: html_table.inner_link(f"themen?thema={key}{view.address}", titles()[key]),
    )
    columns = [
        links, html_table.told("aussage", "Was gemeldet ist"), html_table.whole("n", "melden (n)"), html_table.whole("nenner", "Verwaltungen (N)"),
        html_table.whole("u", "ohne Meldung (u)"), html_table.day("juengste", "jüngste Angabe"),
    ]  # fmt: skip
    style.html(html_table.render(table, columns, "Weitere Themen und wie viele Verwaltungen dazu gemeldet haben"))
    example = f"{EXAMPLE_MARK} · " if data.info().example else ""
    style.note(f"{example}Quelle: {sources()['themen'].title}, Stand {german.day(view.stand)}")


def _one(choice: Choice, found: pd.DataFrame) -> None:
    measure = choice.measure
    picture = blocks.made(answers_picture, choice)
    if picture is None:
        style.finding(themes.sentence(found, measure))
        st.info(
            "Das ist keine Null: Niemand hat dazu etwas gemeldet. Die Vorlage steht auf der Seite „Kommune“ unter „Weitere Themen“; "
            "eine ausgefüllte Datei liest `python -m etl import FILE --source themen` ein."
        )
        _asked(measure, choice.view.stand)
        return
    style.line(
        [
            blocks.age_badge(themes.newest(found, measure.measure_id)),
            style.badge("Eigenangaben der Verwaltungen, nicht geprüft", "info", "•"),
        ]
    )
    blocks.draw(picture)
    history = blocks.made(development_picture, choice)
    if history is not None:
        blocks.draw(history)
    _by_unit(choice, found)


def _asked(measure: Measure, day: date) -> None:
    asked = pd.DataFrame([{"frage": one.text} for one in themen.questions(measure, day)])
    style.html(
        html_table.render(asked, [html_table.text("frage", "Gefragt wird")], f"{measure.title}: was gefragt wird")
    )


def answers_picture(choice: Choice, colours: Palette) -> Picture | None:
    """What is reported of a theme; None before any answer."""
    measure, found = choice.measure, rows(choice.view)
    told = themes.reporting(found, measure.measure_id)
    if not told.n:
        return None
    table = themes.counts(found, measure, themes.merkmale(found, measure))
    yes_no = measure.unit == "yes_no"
    block = blocks.Block(
        key="themen-angaben", finding=themes.sentence(found, measure), measure=measure, stand=themes.newest(found, measure.measure_id), rows=table,
        columns=[html_table.text("frage", "Stufe" if measure.auspraegungen else "Frage" if yes_no else "Zweck"), *(_COUNTS if yes_no else _SUMS)],
        query="themen_stand", parameters=choice.view.clocks,
        totals=f"{german.number(told.n)} von {german.number(told.of)} Verwaltungen melden, {german.number(told.u)} ohne Meldung",
    )  # fmt: skip
    figure = charts.answers(table, colours) if yes_no else charts.amounts(table, colours, _unit(measure))
    return Picture(block=block, figure=figure, remark=_remark(found, measure))


def _remark(found: pd.DataFrame, measure: Measure) -> str:
    apart = []
    for name in themes.older_versions(found, measure):
        units = themes.of_theme(found, measure.measure_id).query("merkmal == @name")["ars"].nunique()
        apart.append(f"{measure.merkmale[name]} ({german.count(units, 'Verwaltung', 'Verwaltungen')})")
    if apart:
        return (
            f"Für sich stehen Angaben nach {german.listing(apart)}; Stufen zweier Fassungen werden nie zusammengezählt."
        )
    if measure.unit == "count":
        return "Eine Untergrenze: Wer nicht meldet, zählt nicht als null."
    return ""


def _unit(measure: Measure) -> str:
    return "gemeldete Leistungen" if measure.auspraegungen else "gemeldete Anwendungen"


def development_picture(choice: Choice, colours: Palette) -> Picture | None:
    """The answers to a theme from Stichtag to Stichtag; None before there are two."""
    measure = choice.measure
    parameters = {"measure_id": measure.measure_id, **choice.view.clocks}
    table = themes.development(data.fetch("themen_verlauf", **parameters), measure)
    if table["stichtag"].nunique() < 2:  # noqa: PLR2004 - a development has two ends
        return None
    last = table[table["stichtag"] == table["stichtag"].max()].iloc[0]
    word = "ja (n)" if measure.unit == "yes_no" else "mindestens eine (n)"
    block = blocks.Block(
        key="themen-verlauf", finding=themes.development_sentence(table, measure), measure=measure, stand=last["stichtag"].date(), rows=table,
        columns=[html_table.day("stichtag", "Stichtag"), html_table.text("linie", "Angabe"), html_table.whole("wert", "Wert"),
                 html_table.whole("n", word), html_table.whole("nenner", "Verwaltungen (N)"), html_table.whole("u", "ohne Meldung (u)")],
        query="themen_verlauf", parameters=parameters, totals=german.n_of(int(last["n"]), int(last["nenner"]), int(last["u"])),
    )  # fmt: skip
    what = "Verwaltungen mit „ja“" if measure.unit == "yes_no" else _unit(measure)
    return Picture(
        block=block,
        figure=charts.lines(table, colours, what, _breaks(table, measure)),
        remark="Zwischen zwei Meldungen gilt die letzte weiter.",
    )


def _breaks(table: pd.DataFrame, measure: Measure) -> list[date]:
    """Days inside the development on which another version of a model begins."""
    begun = [model.first for name, model in themen.MODELS.items() if name in measure.merkmale and model.first]
    return [day for day in begun if table["stichtag"].min().date() < day <= table["stichtag"].max().date()]


def _by_unit(choice: Choice, found: pd.DataFrame) -> None:
    """Who has said what; administrations without an answer by number, not by name."""
    measure = choice.measure
    answered = themes.of_theme(found, measure.measure_id)
    table = pd.DataFrame(
        [{"ars": ars, "name": part["name"].iloc[0], "angabe": themes.told(part, measure), "stichtag": part["period"].max()}
         for ars, part in answered.groupby("ars")]
    ).sort_values("name", key=lambda names: names.map(german.sort_key))  # fmt: skip
    told = themes.reporting(found, measure.measure_id)
    sentence = (
        f"{measure.short_title}: die Angaben von {german.count(len(table), 'Verwaltung', 'Verwaltungen')} im Einzelnen"
    )
    style.finding(sentence)
    names = dict(zip(table["ars"], table["name"], strict=True))
    link = Column(
        field="ars",
        heading="Verwaltung",
        show=lambda ars: html_table.inner_link(f"kommune?ars={ars}&abschnitt=themen{choice.view.address}", names[ars]),
    )
    columns = [html_table.told("angabe", "Angabe"), html_table.day("stichtag", "Stichtag")]
    style.html(html_table.render(table, [link, *columns], f"{measure.title}, Stand {german.day(choice.view.stand)}"))
    blocks.below(
        blocks.Block(
            key="themen-verwaltungen", finding=sentence, measure=measure, stand=themes.newest(found, measure.measure_id), rows=table,
            columns=[html_table.text("name", "Verwaltung"), *columns, html_table.text("ars", "ARS")], query="themen_stand",
            parameters=choice.view.clocks, totals=german.n_of(told.n, told.of, told.u),
        )
    )  # fmt: skip


# Open data ------------------------------------------------------------------------------------------------------------


def open_data_picture(colours: Palette) -> Picture | None:
    """How many of the observed bodies stood on the list at each date; None where the source is not loaded."""
    bodies = data.fetch("opendata_stellen")
    if bodies.empty:
        return None
    table = themes.publishers(bodies)
    now = table.iloc[-1]
    block = blocks.Block(
        key="opendata-verlauf", finding=themes.publisher_sentence(table), measure=measures()[OPEN_DATA], stand=now["stichtag"].date(), rows=table,
        columns=[html_table.day("stichtag", "Stand der Liste"), html_table.whole("n", "auf der Liste (n)"),
                 html_table.whole("nenner", "beobachtete Stellen (N)"), html_table.whole("u", "ohne Angabe (u)")],
        query="opendata_stellen", parameters={}, totals=german.n_of(int(now["n"]), int(now["nenner"]), int(now["u"])).replace("Meldung", "Angabe"),
    )  # fmt: skip
    drawn = table.assign(frage=[german.day(day) for day in table["stichtag"]])
    chosen = (
        "Beobachtet sind nur Stellen, die am letzten Stand auf der Liste standen: Dass es am Ende alle sind, liegt an dieser Auswahl. "
        if now["n"] == now["nenner"]
        else ""
    )
    remark = (
        f"{chosen}Gezählt werden nur die beobachteten Stellen, nicht alle Verwaltungen Thüringens. Ein Teil des Wachstums ist Pflege der Liste. "
        "Nicht auf der Liste heißt nicht, dass es keine offenen Daten gibt."
    )
    return Picture(
        block=block, figure=charts.answers(drawn, colours, "auf der Liste", "nicht auf der Liste"), remark=remark
    )


def _open_data() -> None:
    picture = blocks.made(open_data_picture)
    if picture is None:
        style.finding("Offene Daten: die Liste der Bereitsteller ist nicht geladen.")
        return
    style.line(
        [blocks.age_badge(picture.block.stand), style.badge("veröffentlichte Werte, keine Meldungen", "info", "●"),
         style.badge("vier Stände 2023 bis 2024", "neutral", "◆")]
    )  # fmt: skip
    blocks.draw(picture)
    bodies = data.fetch("opendata_stellen").assign(ja=lambda found: found["value"].map({1.0: "● ja", 0.0: "○ nein"}))
    days = sorted(bodies["stichtag"].unique())
    table = bodies.pivot_table(
        index=["ars", "name", "ebene"], columns="stichtag", values="ja", aggfunc="first"
    ).reset_index()
    table = table.sort_values("name", key=lambda names: names.map(german.sort_key))
    table.columns = [name if isinstance(name, str) else f"tag_{name:%Y%m%d}" for name in table.columns]
    heading = f"Wer wann auf der Liste stand: {german.count(len(table), 'beobachtete Stelle', 'beobachtete Stellen')}"
    style.finding(heading)
    columns = [html_table.text("name", "Stelle"), html_table.text("ebene", "Ebene")]
    columns += [html_table.text(f"tag_{day:%Y%m%d}", german.day(day)) for day in days]
    style.html(html_table.render(table, columns, heading))
    blocks.below(
        blocks.Block(
            key="opendata-stellen", finding=heading, measure=measures()[OPEN_DATA], stand=picture.block.stand, rows=table,
            columns=[*columns, html_table.text("ars", "ARS")], query="opendata_stellen", parameters={}, totals=picture.block.totals,
        )
    )  # fmt: skip


# One unit -------------------------------------------------------------------------------------------------------------


def of_unit(responsible: pd.Series, view: View) -> None:
    """What one administration has said of the other themes, and the sheet on which it can."""
    found = rows(view)
    mine = found[found["ars"] == responsible["ars"]]
    table = pd.DataFrame(
        [{"thema": key, "titel": measure.short_title, "angabe": themes.told(mine, measure), "stichtag": themes.newest(mine, key)}
         for key, measure in themen.themes().items()]
    )  # fmt: skip
    known = int(table["stichtag"].notna().sum())
    sentence = f"Weitere Themen: {responsible['name']} hat zu {german.number(known)} von {german.number(len(table))} Themen gemeldet"
    style.finding(sentence)
    link = Column(
        field="thema",
        heading="Thema",
        show=lambda key: html_table.inner_link(f"themen?thema={key}{view.address}", titles()[key]),
    )
    columns = [html_table.told("angabe", "Angabe"), html_table.day("stichtag", "Stichtag")]
    style.html(
        html_table.render(table, [link, *columns], f"Angaben zu weiteren Themen, Stand {german.day(view.stand)}")
    )
    newest = table["stichtag"].dropna()
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Vorlage weitere Themen (XLSX)", lambda: themen.workbook(form(responsible["ars"], view)), _file_name(responsible["ars"]), _XLSX,
            key="vorlage_themen", on_click="ignore", type="tertiary",
        )  # fmt: skip
    if newest.empty:
        return
    blocks.below(
        blocks.Block(
            key="themen-kommune", finding=sentence, measure=next(iter(themen.themes().values())), stand=newest.max(), ars=responsible["ars"],
            rows=table, columns=[html_table.text("titel", "Thema"), *columns], query="themen_stand", parameters=view.clocks,
            totals=f"{german.number(known)} von {german.number(len(table))} Themen, {german.number(len(table) - known)} ohne Meldung",
        )
    )  # fmt: skip


def form(ars: str, view: View) -> themen.Form:
    """Content of the sheet of one unit, from the published database; runs at the click, outside the page and its cache."""
    unit = store.fetch("vorlage_einheit", ars=ars).iloc[0].to_dict()
    known = store.fetch("themen_stand", **view.clocks)
    mine = known[known["ars"] == ars].astype(object)
    return themen.form(unit, mine.where(mine.notna(), None).to_dict("records"), datetime.now(UTC).date())


def _file_name(ars: str) -> str:
    info = data.info()
    return f"gradmesser_themenvorlage_{escape(ars)}_stand-{info.newest}{'_BEISPIEL' if info.example else ''}.xlsx"
