"""Parts of the page of services: coverage, lever, stages, what stands still or is overdue, one service."""

from dataclasses import dataclass
from html import escape

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gradmesser import coverage, findings, german
from gradmesser.catalog import STATES, measures
from gradmesser.charts.coverage import paired, stages
from gradmesser.charts.template import Palette
from gradmesser.charts.trend import trend
from gradmesser.export import html_table
from gradmesser.ui import blocks, controls, data, report, style, targets
from gradmesser.ui.blocks import Picture
from gradmesser.ui.controls import View

_IN_PICTURE = 12
_IN_LIST = 10
_NAMED = 6
_STATES = {"online": "● online", "offen": "○ gemeldet, nicht online", "keine_meldung": "▨ keine Meldung"}
_COUNTS = [
    html_table.whole("n", "Verwaltungen online (n)"),
    html_table.whole("nenner", "zuständig (N)"),
    html_table.whole("u", "ohne Meldung (u)"),
    html_table.whole("einwohner_live", "Einwohner dort"),
    html_table.whole("einwohner", "Einwohner aller Zuständigen"),
]
_CELL_COLUMNS = [
    html_table.text("leistung", "Leistung"), html_table.text("einheit", "Verwaltung"), html_table.text("zustand_text", "Zustand"),
    html_table.day("seit", "seit"), html_table.day("geplant_am", "geplant am"),
    html_table.text("leika_key", "LeiKa-Schlüssel"), html_table.text("ars", "ARS"),
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the page shows of all services: the clocks, the filter, the words searched for, the order."""

    view: View
    wanted: coverage.Filter
    words: str
    order: str

    @property
    def rows(self) -> pd.DataFrame:
        """The services that pass filter and search, in order."""
        return data.kept(_passing, self).copy(deep=False)


def all_rows(view: View) -> pd.DataFrame:
    """All services with their class."""
    return coverage.classified(data.fetch("leistung_abdeckung", **view.clocks))


def _passing(choice: Choice) -> pd.DataFrame:
    shown = coverage.chosen(all_rows(choice.view), choice.wanted)
    texts = shown["leistung"] + " " + shown["themenfeld"] + " " + shown["leika_key"]
    return coverage.ordered(shown[controls.matching(texts, choice.words)], choice.order)


def pick(view: View) -> Choice:
    """Search, filters and order."""
    fields = data.fetch("leistungen", **view.clocks)["themenfeld"].unique()
    places = st.columns([4, 3, 3, 3], vertical_alignment="bottom")
    with places[0]:
        words = controls.words("Leistung suchen", "suche")
    with places[1]:
        field = controls.pick_field(list(fields))
    with places[2]:
        kind = controls.pick_class(coverage.CLASSES)
    with places[3]:
        order = controls.pick_order(coverage.ORDERS)
    with st.container(horizontal=True, gap="large"):
        addressee, level = controls.pick_addressee(), controls.pick_task_level()
    wanted = coverage.Filter(field=field, addressee=addressee, level=level, kind=kind)
    return Choice(view=view, wanted=wanted, words=words, order=order)


def coverage_picture(choice: Choice, colours: Palette) -> Picture:
    """The paired bars of the first services in the chosen order."""
    shown, view = choice.rows, choice.view
    drawn = drawn_first(shown)
    block = blocks.Block(
        key="leistungen-abdeckung", finding=coverage.coverage_sentence(shown), measure=measures()["flaechendeckung"],
        stand=view.stand, rows=shown, query="leistung_abdeckung", parameters=view.clocks, totals=findings.total(shown).text,
        columns=[
            html_table.text("leistung", "Leistung"), html_table.text("klasse_text", "Abdeckung"), *_COUNTS,
            html_table.text("themenfeld", "Themenfeld"), html_table.text("leika_key", "LeiKa-Schlüssel"),
        ],
    )  # fmt: skip
    return Picture(block=block, figure=paired(drawn.head(_IN_PICTURE), colours))


def drawn_first(shown: pd.DataFrame) -> pd.DataFrame:
    """Where there are many: those that are interesting, since a part of the administrations has them."""
    partly = shown[shown["klasse"].isin(["fast", "teilweise"])]
    return partly if len(shown) > _IN_PICTURE and len(partly) else shown


def everything(choice: Choice, answer: DeltaGenerator) -> None:
    """All services that pass the filter, in sections; the sentence goes to `answer`, above what can be chosen."""
    shown, view = choice.rows, choice.view
    section = controls.pick_section("leistungen")
    if shown.empty:
        st.info("Keine Leistung passt zu Suche und Filter. Bitte kürzer suchen oder „alle“ wählen.")
        return
    with answer:
        style.finding(coverage.coverage_sentence(shown))
        style.line([blocks.age_badge(view.stand), style.badge("Untergrenze: nur was nachgewiesen ist", "info", "≥")])
    if section == "hebel":
        lever(shown, view)
    elif section == "stufen":
        blocks.draw(blocks.made(stages_picture, choice))
    elif section == "stillstand":
        standing(shown, view)
    else:
        overview(choice)


def overview(choice: Choice) -> None:
    """Classes, the paired bars of the first services in the chosen order, and the list of all that pass the filter."""
    shown, view, of_all = choice.rows, choice.view, len(all_rows(choice.view))
    counts = coverage.class_counts(shown)
    somewhere = len(shown) - counts["nirgends"]
    filtered = f" (gefiltert aus {german.number(of_all)})" if len(shown) < of_all else ""
    picture = blocks.made(coverage_picture, choice)
    total = german.number(len(shown))
    style.figures(
        [
            (german.number(counts["flaechendeckend"]), "flächendeckend", f"von {total} Leistungen: alle Zuständigen"),
            *targets.coverage(counts["flaechendeckend"], len(shown), of_all),
            (german.number(counts["fast"]), "fast flächendeckend", f"von {total}: ab 90 %, eigener Begriff"),
            (german.number(counts["teilweise"]), "in mind. einer Kommune", f"von {total}, unter 90 %"),
            (german.number(counts["nirgends"]), "nirgends nachgewiesen", f"von {total}; heißt nicht: offline"),
        ]
    )
    if len(shown) > _IN_PICTURE:
        drawn = drawn_first(shown)
        first = german.number(min(_IN_PICTURE, len(drawn)))
        which = "Leistungen" if len(drawn) == len(shown) else "Leistungen, die ein Teil der Verwaltungen hat"
        style.note(f"Im Bild die ersten {first} von {german.number(len(drawn))} {which}, in der gewählten Reihenfolge.")
    blocks.picture(picture)
    table = shown.assign(
        verweis=[_to_service(row.leika_key, row.leistung, view) for row in shown.itertuples()],
        verwaltungen=[f"{german.number(row.n)} von {german.number(row.nenner)}" for row in shown.itertuples()],
        menschen=[coverage.people(row.einwohner_live, row.einwohner) for row in shown.itertuples()],
    )
    columns = [
        _markup("verweis", "Leistung"), _unbroken("klasse_text", "Abdeckung"),
        _right("verwaltungen", "Verwaltungen"), _right("menschen", "Einwohner"), html_table.whole("u", "ohne Meldung"),
    ]  # fmt: skip
    caption = f"{total} Leistungen{filtered}, {german.number(somewhere)} davon in mindestens einer Kommune"
    style.html(html_table.render(table, columns, caption))
    blocks.below(picture.block)


def lever(shown: pd.DataFrame, view: View) -> None:
    """The services with the smallest gap to full coverage, and who is missing, each with its state."""
    gaps = data.fetch("leistung_luecken", **view.clocks)
    whole = coverage.lever(shown, limit=None)
    nearest = whole.head(_IN_LIST)
    sentence = coverage.lever_sentence(whole)
    style.finding(sentence)
    if nearest.empty:
        return
    lacking = coverage.missing(nearest, gaps)
    named = dict(list(lacking.groupby("leika_key")))
    table = nearest.assign(
        verweis=[_to_service(row.leika_key, row.leistung, view) for row in nearest.itertuples()],
        verwaltungen=[f"{german.number(row.n)} von {german.number(row.nenner)}" for row in nearest.itertuples()],
        menschen=[coverage.people(row.einwohner_live, row.einwohner) for row in nearest.itertuples()],
        wer=[_who(row.leika_key, named[row.leika_key], view) for row in nearest.itertuples()],
    )
    columns = [
        _markup("verweis", "Leistung"), _right("verwaltungen", "Verwaltungen"), _right("menschen", "Einwohner"), html_table.whole("u", "ohne Meldung"),
        _markup("wer", "wo der Nachweis fehlt, mit Zustand"),
    ]  # fmt: skip
    caption = f"Die {len(nearest)} Leistungen mit der kleinsten Lücke bis zur Flächendeckung"
    style.html(html_table.render(table, columns, caption))
    blocks.below(
        blocks.Block(
            key="leistungen-hebel", finding=sentence, measure=measures()["flaechendeckung"], stand=view.stand,
            rows=lacking.assign(zustand_text=lacking["zustand"].map(lambda key: STATES[key].label)),
            query="leistung_luecken", parameters=view.clocks, totals=findings.total(nearest).text,
            columns=[
                html_table.text("leistung", "Leistung"), html_table.whole("n", "online (n)"),
                html_table.whole("nenner", "zuständig (N)"), html_table.text("einheit", "Nachweis fehlt"),
                html_table.text("zustand_text", "Zustand"), html_table.day("seit", "seit"),
                html_table.day("geplant_am", "geplant am"), html_table.text("leika_key", "LeiKa-Schlüssel"),
                html_table.text("ars", "ARS"),
            ],
        )
    )  # fmt: skip


def stages_picture(choice: Choice, colours: Palette) -> Picture:
    """The funnel of stages with counts and dwell times."""
    shown, view = choice.rows, choice.view
    stays = data.fetch("leistung_stufen", **view.clocks)
    rows = coverage.funnel(stays[stays["leika_key"].isin(shown["leika_key"])])
    block = _way(
        rows, "leistungen-stufen", coverage.funnel_sentence(rows), query="leistung_stufen", parameters=view.clocks, view=view
    )  # fmt: skip
    remark = "Dauer: Median beendeter Aufenthalte auf der Stufe. Seit: Median derer, die heute dort stehen."
    return Picture(block=block, figure=stages(rows, colours), remark=remark)


def standing(shown: pd.DataFrame, view: View) -> None:
    """Two lists: what has not moved for long, and which planned dates have passed."""
    gaps = data.fetch("leistung_luecken", **view.clocks)
    cells = coverage.open_cells(shown, gaps, view.stand)
    still, late = coverage.stalled(cells), coverage.overdue(cells)
    _list(
        still, coverage.stalled_sentence(still, cells), view, key="leistungen-stillstand",
        what="Am längsten ohne Wechsel", days=html_table.whole("tage", "Tage im Zustand"),
    )  # fmt: skip
    _list(
        late, coverage.overdue_sentence(late, cells), view, key="leistungen-ueberfaellig",
        what="Am längsten überfällig", days=html_table.whole("ueber", "Tage über dem Termin"),
    )  # fmt: skip
    style.note("Ein verstrichener Termin ändert keinen Zustand; es gilt, was gemeldet oder nachgewiesen ist.")


def states_picture(service: str, view: View, colours: Palette) -> Picture:
    """How many administrations stand on which stage with one service."""
    asked = {"leika_key": service, **view.clocks}
    rows = coverage.funnel(coverage.stays_of(data.fetch("leistung_einheiten", **asked), view.stand))
    block = _way(
        rows, "leistung-zustaende", coverage.funnel_sentence(rows), query="leistung_einheiten", parameters=asked, view=view
    )  # fmt: skip
    return Picture(block=block, figure=stages(rows, colours))


def service_trend_picture(service: str, view: View, colours: Palette) -> Picture:
    """One service over time, on its way to all who are responsible."""
    asked = {"leika_key": service, "wissen": view.wissen}
    history = data.fetch("leistung_verlauf", **asked)
    units = data.fetch("leistung_einheiten", leika_key=service, **view.clocks)
    outlook = targets.whole(history, view.stand)
    ahead = None if outlook is None or outlook.status == "erreicht" else outlook
    block = blocks.Block(
        key="leistung-verlauf", finding=coverage.trend_sentence(history, view.stand), stand=view.stand, rows=history,
        measure=measures()["flaechendeckung"], query="leistung_verlauf", parameters=asked, totals=coverage.unit_counts(units).text,
        columns=[html_table.day("stichtag", "Stand"), *_COUNTS, html_table.text("katalog_version", "Katalogfassung")],
    )  # fmt: skip
    day = pd.Timestamp(view.stand) if view.frozen else None
    figure = trend(history, colours, stand=day, outlook=ahead, deadline=False)
    return Picture(block=block, figure=figure, remark="" if ahead is None else targets.way_to_all(ahead))


def one(service: str, view: View, answer: DeltaGenerator) -> None:
    """One service: who has it, who does not, by state, over time, and the way to its map; its sentence goes to `answer`."""
    rows = all_rows(view)
    found = rows[rows["leika_key"] == service]
    units = data.fetch("leistung_einheiten", leika_key=service, stand=view.stand, wissen=view.wissen)
    if found.empty or units.empty:
        st.info(
            "Für diese Leistung ist zu diesem Stand niemand zuständig. Bitte einen anderen Stand oder eine andere Leistung wählen."
        )
        return
    entry = found.iloc[0]
    triple = coverage.unit_counts(units)
    sentence = coverage.service_sentence(entry["leistung"], triple, entry["einwohner_live"], entry["einwohner"])
    with answer:
        _heading(entry, sentence, view)
    _key_figures(entry, triple, view)
    left, right = st.columns(2, gap="large")
    with left:
        blocks.draw(blocks.made(states_picture, service, view))
    with right:
        blocks.draw(blocks.made(service_trend_picture, service, view))
    _units(entry, units, view)


def _heading(entry: pd.Series, sentence: str, view: View) -> None:
    style.finding(sentence)
    badges = [
        blocks.age_badge(view.stand),
        style.badge(entry["klasse_text"][0].upper() + entry["klasse_text"][1:], "info", "▤"),
    ]
    if entry["ebene"] == "kreis":
        badges.append(style.badge("Aufgabe der Landkreise und kreisfreien Städte", "neutral", "•"))
    badges.append(style.badge(f"{entry['themenfeld']} · für {coverage.ADDRESSEES[entry['adressat']]}", "neutral", "•"))
    style.line(badges)


def _key_figures(entry: pd.Series, triple: findings.Triple, view: View) -> None:
    rest = entry["einwohner"] - entry["einwohner_live"] - entry["einwohner_unbekannt"]
    style.figures(
        [
            (german.number(triple.n), "Verwaltungen online", f"von {german.number(triple.of)}, {german.number(triple.u)} ohne Meldung"),
            (german.number(entry["einwohner_live"]), "Einwohner dort", f"von {german.number(entry['einwohner'])}, {german.number(entry['einwohner_unbekannt'])} ohne Meldung"),
            (german.number(triple.of - triple.n - triple.u), "gemeldet, nicht online", f"dort {german.count(int(rest), 'Einwohner', 'Einwohner')}"),
            (triple.rate, "Quote der bekannten", f"sicher sind {triple.interval}" if triple.u else "zu allen ist der Stand bekannt"),
        ]
    )  # fmt: skip
    address = f"karte?leistung={entry['leika_key']}{view.address}"
    style.line(
        [
            html_table.inner_link(address, "Auf der Karte ansehen"),
            html_table.inner_link(f"leistungen?{view.address[1:]}", "Alle Leistungen"),
        ]
    )


def _units(entry: pd.Series, units: pd.DataFrame, view: View) -> None:
    table = coverage.unit_rows(units)
    state = controls.pick_states(_STATES)
    live, unknown = table["zustand"].isin(coverage.ONLINE), table["zustand"] == "keine_meldung"
    masks = {
        "online": live,
        "offen": ~live & ~unknown & (table["zustand"] != "nicht_zustaendig"),
        "keine_meldung": unknown,
    }
    shown = table[masks[state]] if state else table
    sentence = f"{german.number(len(shown))} von {german.count(len(table), 'Verwaltung', 'Verwaltungen')}, nach Zustand"
    style.finding(sentence)
    shown = shown.assign(verweis=[_to_unit(row.ars, row.einheit, view) for row in shown.itertuples()])
    tail = [html_table.day("seit", "seit"), html_table.day("geplant_am", "geplant am"), html_table.whole("einwohner", "Einwohner"), *([html_table.optional("hinweis", "Hinweis")] if shown["hinweis"].any() else [])]  # fmt: skip
    columns = [_markup("verweis", "Verwaltung"), html_table.state("zustand", "Zustand"), _unbroken("angebot", "Angebot"), *tail]  # fmt: skip
    if shown.empty:
        st.info("Keine Verwaltung steht in diesem Zustand. Bitte „alle“ wählen.")
    else:
        style.html(html_table.render(shown, columns, f"„{entry['leistung']}“, Stand {german.day(view.stand)}"))
    blocks.below(
        blocks.Block(
            key="leistung-einheiten", finding=f"„{entry['leistung']}“: {sentence}", measure=measures()["flaechendeckung"],
            stand=view.stand, rows=shown, query="leistung_einheiten",
            parameters={"leika_key": entry["leika_key"], **view.clocks}, totals=coverage.unit_counts(units).text,
            columns=[
                html_table.text("einheit", "Verwaltung"), html_table.text("zustand_text", "Zustand"),
                html_table.text("angebot", "Angebot"), *tail, html_table.text("ars", "ARS"),
            ],
        )
    )  # fmt: skip
    report.offer(
        "leistung",
        [
            report.Cell(
                unit=row.einheit, ars=row.ars, what=entry["leistung"], key=entry["leika_key"], state=row.zustand_text
            )
            for row in shown.itertuples()
        ],
        view, "leistungen", by="Verwaltung",
    )  # fmt: skip


def _way(
    rows: pd.DataFrame, key: str, finding: str, *, query: str, parameters: dict[str, object], view: View
) -> blocks.Block:
    return blocks.Block(
        key=key, finding=finding, measure=measures()["stufen"], stand=view.stand, rows=rows, query=query,
        parameters=parameters,
        totals=coverage.funnel_triple(rows).text,
        columns=[
            html_table.text("stufe", "Stufe"), html_table.whole("anzahl", "stehen dort"),
            html_table.whole("median_jetzt", "seit Tagen (Median)"), html_table.whole("beendet", "beendete Aufenthalte"),
            html_table.whole("median_beendet", "deren Dauer in Tagen (Median)"),
        ],
    )  # fmt: skip


def _list(rows: pd.DataFrame, sentence: str, view: View, *, key: str, what: str, days: html_table.Column) -> None:
    style.finding(sentence)
    if rows.empty:
        return
    first = rows.head(_IN_LIST)
    first = first.assign(
        verweis=[_to_service(row.leika_key, row.leistung, view) for row in first.itertuples()],
        wo=[_to_unit(row.ars, row.einheit, view) for row in first.itertuples()],
    )
    columns = [
        _markup("verweis", "Leistung"), _markup("wo", "Verwaltung"), html_table.state("zustand", "Zustand"),
        html_table.day("seit", "seit"), html_table.day("geplant_am", "geplant am"), days,
    ]  # fmt: skip
    caption = f"{what}: {len(first)} von {german.number(len(rows))}"
    style.html(html_table.render(first, columns, caption))
    blocks.below(
        blocks.Block(
            key=key, finding=sentence, measure=measures()["stufen"], stand=view.stand, rows=rows, query="leistung_luecken",
            parameters=view.clocks,
            totals=german.count(len(rows), "Zuständigkeit", "Zuständigkeiten"), columns=[*_CELL_COLUMNS, days],
        )
    )  # fmt: skip


def _who(service: str, lacking: pd.DataFrame, view: View) -> str:
    names = [
        f'{_to_unit(row.ars, row.einheit, view)} <span class="gm-state">({STATES[row.zustand].glyph} '
        f"{escape(STATES[row.zustand].label)})</span>"
        for row in lacking.head(_NAMED).itertuples()
    ]
    if len(lacking) > _NAMED:
        rest = f"und {len(lacking) - _NAMED} weitere"
        names.append(_to_service(service, rest, view))
    return f'<div style="min-width: 18rem">{", ".join(names)}</div>'


def _markup(field: str, heading: str) -> html_table.Column:
    return html_table.Column(field=field, heading=heading, show=str)


def _unbroken(field: str, heading: str) -> html_table.Column:
    return html_table.Column(
        field=field, heading=heading, show=lambda text: f'<span class="gm-state">{escape(str(text))}</span>'
    )


def _right(field: str, heading: str) -> html_table.Column:
    return html_table.Column(field=field, heading=heading, show=lambda text: escape(str(text)), numeric=True)


def _to_unit(ars: str, name: str, view: View) -> str:
    return html_table.inner_link(f"kommune?ars={ars}{view.address}", name)


def _to_service(leika_key: str, name: str, view: View) -> str:
    return html_table.inner_link(f"leistungen?leistung={leika_key}{view.address}", name)
