"""Parts of the start page that follow the perspective and the weight, the Landeswert four ways, the federal rule."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from gradmesser import coverage, findings, german, landvalue
from gradmesser.catalog import measures
from gradmesser.charts.bars import bars
from gradmesser.charts.glass import Mark, glass
from gradmesser.charts.template import Palette
from gradmesser.charts.trend import trend
from gradmesser.export import html_table
from gradmesser.forecast import Outlook
from gradmesser.ui import blocks, data, style, targets, texts
from gradmesser.ui.blocks import Picture
from gradmesser.ui.controls import View

_SHARE_COLUMNS = [
    html_table.text("name", "Rechenweise"),
    html_table.Column(
        field="untergrenze_share", heading="mindestens (n/N)", show=lambda value: german.share(value, 100), numeric=True
    ),
    html_table.Column(
        field="obergrenze_share",
        heading="höchstens ((n+u)/N)",
        show=lambda value: german.share(value, 100),
        numeric=True,
    ),
    html_table.whole("einheiten", "Verwaltungen"),
    *texts.COUNT_COLUMNS,
    html_table.text("sagt", "was der Wert sagt"),
]
_WEIGHTED_COLUMNS = [
    html_table.day("stichtag", "Stand"),
    html_table.Column(
        field="n", heading="online, mindestens", show=lambda value: german.share(value, 100), numeric=True
    ),
    html_table.Column(field="u", heading="ohne Meldung", show=lambda value: german.share(value, 100), numeric=True),
    html_table.text("katalog_version", "Katalogfassung"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the start page shows: the clocks, whose cells count, what is counted."""

    view: View
    perspective: str
    weight: str

    @property
    def usable(self) -> bool:
        """Whether everything counts that people can use, from whichever administration."""
        return self.perspective == "nutzbar"

    @property
    def weighted(self) -> bool:
        """Whether administrations weigh as much as they have inhabitants."""
        return self.weight == "einwohner"

    @property
    def query(self) -> str:
        """Query of the units on the day."""
        return "nutzbar_verwaltung" if self.usable else "rollin_verwaltung"


def units(choice: Choice) -> pd.DataFrame:
    """Units of the perspective on the day of the view."""
    return data.fetch(choice.query, **choice.view.clocks)


def glass_picture(choice: Choice, colours: Palette) -> Picture:
    """The glass in the chosen perspective and weight."""
    rows, history = units(choice), _history(choice)
    counted = findings.total(rows)
    before = findings.at(history, findings.months_before(choice.view.stand, 12))
    default = not (choice.usable or choice.weighted)
    block = blocks.Block(
        key="glas", measure=measures()["rollin_rate"], stand=choice.view.stand, rows=rows, columns=texts.UNIT_COLUMNS,
        query=choice.query, parameters=choice.view.clocks, totals=counted.text,
        finding=findings.glass_sentence(counted, len(rows)) if default
        else landvalue.glass_sentence(rows, usable=choice.usable, weighted=choice.weighted),
    )  # fmt: skip
    if choice.weighted:
        value = landvalue.four_ways(rows)[landvalue.WEIGHTED]
        marks = [] if before is None else [_mark(before)]
        figure = glass(100 * value.lower, 100, 100 * (value.upper - value.lower), colours, marks, percent=True)
    else:
        marks = [] if before is None else [texts.mark(before)]
        figure = glass(counted.n, counted.of, counted.u, colours, [*marks, *targets.marks(_outlook(choice))])
    return Picture(block=block, figure=figure)


def figures(choice: Choice) -> None:
    """Key figures in the chosen perspective and weight."""
    rows, history = units(choice), _history(choice)
    if choice.weighted:
        _weighted_figures(rows, history, choice)
        return
    movement = None if choice.usable else _movement(choice)
    texts.key_figures(findings.total(rows), history, movement, choice.view.stand, _outlook(choice))


def trend_picture(choice: Choice, colours: Palette) -> Picture:
    """The development in the chosen perspective and weight."""
    rows, history, stand = units(choice), _history(choice), choice.view.stand
    counted, outlook = findings.total(rows), _outlook(choice)
    line = pd.Timestamp(stand) if choice.view.frozen else None
    if choice.weighted:
        finding, columns = landvalue.weighted_trend_sentence(
            history[history["stichtag"] <= pd.Timestamp(stand)], usable=choice.usable
        ), _WEIGHTED_COLUMNS  # fmt: skip
    else:
        finding = targets.title(findings.trend_sentence(history, stand), outlook)
        finding = f"Für Einwohner nutzbar: {finding}" if choice.usable else finding
        columns = texts.HISTORY_COLUMNS
    block = blocks.Block(
        key="verlauf", finding=finding, measure=measures()["rollin_rate"], stand=stand, rows=history, columns=columns,
        query=_history_query(choice), parameters=_history_parameters(choice), totals=counted.text,
    )  # fmt: skip
    figure = trend(history, colours, stand=line, outlook=outlook, percent=choice.weighted)
    return Picture(block=block, figure=figure, remark=targets.remark(outlook))


def _movement(choice: Choice) -> pd.DataFrame:
    return data.fetch("bewegung", ars="", **choice.view.clocks)


def _outlook(choice: Choice) -> Outlook | None:
    """The target is one of the responsibilities: other perspectives and weights have none. Three parts of the page ask."""
    return None if choice.usable or choice.weighted else data.kept(_made_outlook, choice)


def _made_outlook(choice: Choice) -> Outlook | None:
    return targets.rollin(_history(choice), _movement(choice), choice.view.stand)


def _history_query(choice: Choice) -> str:
    return "einheiten_verlauf" if choice.usable or choice.weighted else "verlauf"


def _history_parameters(choice: Choice) -> dict[str, object]:
    known = {"wissen": choice.view.wissen}
    return known | ({"sicht": choice.perspective} if choice.usable or choice.weighted else {"ars": ""})


def _history(choice: Choice) -> pd.DataFrame:
    rows = data.fetch(_history_query(choice), **_history_parameters(choice))
    if not (choice.usable or choice.weighted):
        return rows
    return landvalue.weighted_history(rows) if choice.weighted else landvalue.pooled_history(rows)


def _mark(row: pd.Series) -> Mark:
    return Mark(label=f"{german.day(row['stichtag'])}: {german.share(row['n'], 100)}", value=float(row["n"]))


def _weighted_figures(rows: pd.DataFrame, history: pd.DataFrame, choice: Choice) -> None:
    value = landvalue.four_ways(rows)[landvalue.WEIGHTED]
    items = [
        (value.at_least, "online, nach Einwohnern gewichtet", f"höchstens {value.at_most}; {value.triple.text}"),
    ]
    now = findings.at(history, choice.view.stand)
    for months, label in ((1, "Veränderung zum Vormonat"), (12, "Veränderung zum Vorjahr")):
        before = findings.at(history, findings.months_before(choice.view.stand, months))
        if now is None or before is None or now["stichtag"] == before["stichtag"]:
            items.append((german.NOT_AVAILABLE, label, "kein früherer Stand"))
        else:
            items.append((german.points(now["n"] - before["n"]), label, f"seit {german.day(before['stichtag'])}"))
    style.figures(items)


def four_ways(choice: Choice) -> None:
    """The Landeswert four ways side by side, and why they differ."""
    values = landvalue.four_ways(units(choice))
    finding = landvalue.four_sentence(values)
    style.finding(f"Für Einwohner nutzbar: {finding}" if choice.usable else finding)
    style.figures(
        [
            (
                one.at_least,
                one.name,
                f"höchstens {one.at_most}, über {german.number(one.units)} Verwaltungen. {one.says}",
            )
            for one in values.values()
        ]
    )
    style.note(f"{landvalue.why_they_differ(values)} Alle vier sind belegte Untergrenzen (Definition des Gradmessers).")
    blocks.below(
        blocks.Block(
            key="landeswert", finding=finding, measure=measures()["landeswert"], stand=choice.view.stand,
            rows=landvalue.rows_of(values), columns=_SHARE_COLUMNS, query=choice.query, parameters=choice.view.clocks,
            totals=values[landvalue.POOLED].triple.text,
        )
    )  # fmt: skip


def fields_picture(choice: Choice, colours: Palette) -> Picture:
    """Themenfelder in the chosen perspective, always in counts."""
    query = "nutzbar_themenfelder" if choice.usable else "themenfelder"
    parameters = choice.view.clocks | ({} if choice.usable else {"ars": ""})
    rows = data.fetch(query, **parameters)
    finding = findings.fields_sentence(rows)
    block = blocks.Block(
        key="themenfelder", measure=measures()["rollin_rate"], stand=choice.view.stand, rows=rows, query=query,
        finding=f"Für Einwohner nutzbar: {finding}" if choice.usable else finding, parameters=parameters,
        columns=[html_table.text("themenfeld", "Themenfeld"), *texts.COUNT_COLUMNS], totals=findings.total(rows).text,
    )  # fmt: skip
    return Picture(block=block, figure=bars(rows, colours, "themenfeld"))


def _by_class(view: View) -> tuple[pd.DataFrame, landvalue.AllOrNothing, pd.DataFrame]:
    rows = coverage.classified(data.fetch("flaechendeckung", **view.clocks))
    ordered = rows.sort_values(["klasse", "leistung"])
    return ordered, landvalue.all_or_nothing(rows), landvalue.class_rows(rows)


def federal(view: View) -> None:
    """Why these numbers differ from the federal dashboard's: the all-or-nothing rule on the same rows, then the facts."""
    rows, found, classes = data.kept(_by_class, view)
    style.finding("Warum weicht das vom Dashboard des Bundes ab?")
    style.lead(landvalue.all_or_nothing_sentence(found))
    style.note(landvalue.hidden_sentence(found))
    columns = [
        html_table.text("klasse_text", "Klasse"), html_table.whole("leistungen", "Leistungen"),
        html_table.whole("zaehlt", "zählen nach „alles oder nichts“"), *texts.COUNT_COLUMNS,
    ]  # fmt: skip
    style.html(html_table.render(classes, columns, f"Leistungen nach Klasse, Stand {german.day(view.stand)}"))
    blocks.below(
        blocks.Block(
            key="bund", finding=landvalue.all_or_nothing_sentence(found), measure=measures()["alles_oder_nichts"],
            stand=view.stand, rows=rows, query="flaechendeckung", parameters=view.clocks,
            totals=found.triple.text,
            columns=[
                html_table.text("leistung", "Leistung"), html_table.text("klasse_text", "Klasse"), *texts.COUNT_COLUMNS,
                html_table.text("leika_key", "LeiKa-Schlüssel"),
            ],
        )
    )  # fmt: skip
    with st.expander("Was über die Zählung des Bundes veröffentlicht ist", key="bund_fakten"):
        texts.federal_number()
