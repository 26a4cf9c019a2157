"""Parts of the register page, and of a unit's page what is said about its registers."""

from dataclasses import dataclass
from datetime import date

import pandas as pd
import streamlit as st

from gradmesser import catalog, findings, forecast, german, registers
from gradmesser.catalog import IDNR_DEADLINE, IDNR_SHARE, measures
from gradmesser.charts import registers as charts
from gradmesser.charts.template import Palette
from gradmesser.export import html_table
from gradmesser.export.html_table import Column
from gradmesser.forecast import Forecast
from gradmesser.ui import blocks, controls, data, report, style, targets
from gradmesser.ui.blocks import Picture
from gradmesser.ui.controls import View

_IN_LIST = 12
_COUNTS = [
    html_table.whole("n", "erreicht (n)"),
    html_table.whole("nenner", "Register (N)"),
    html_table.whole("u", "ohne Meldung (u)"),
]
_GAP_COLUMNS = [
    html_table.whole("luecke", "Lücken"),
    html_table.whole("n", "abrufbar (n)"),
    html_table.whole("nenner", "online (N)"),
    html_table.whole("u", "unbekannt (u)"),
]
_LAST_REPORT = Column(
    field="letzte_meldung", heading="letzte Meldung", numeric=True,
    show=lambda value: registers.STAGES[registers.UNKNOWN].label if pd.isna(value) else german.day(value),
)  # fmt: skip
_EXPORT_COLUMNS = [
    html_table.text("name", "Verwaltung"), html_table.text("register", "Register"), html_table.text("stufe_text", "Stufe"),
    html_table.whole("lueckenlos", "lückenlos bis"), html_table.whole("hoechster", "höchster erreichter"),
    html_table.whole("moeglich", "mögliche Meilensteine"), html_table.text("haken", "M7, M8, M9"),
    html_table.whole("datensaetze", "Datensätze"), html_table.whole("datensaetze_mit_idnr", "mit IDNr"),
    html_table.day("naechster_am", "nächster Termin"), html_table.day("ueberfaellig_seit", "überfällig seit"),
    html_table.day("letzte_meldung", "letzte Meldung"), html_table.text("register_id", "Kennung"), html_table.text("ars", "ARS"),
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the page shows: day, one register or all (empty), one Kreis or all (empty), and both in words."""

    view: View
    register: str
    kreis: str
    where: str

    @property
    def rows(self) -> pd.DataFrame:
        """Its registers, one row each."""
        return registers.chosen(data.fetch("register_stand", **self.view.clocks), self.register, self.kreis)


def pick() -> tuple[Choice, pd.DataFrame]:
    """Pickers on top of the page; the choice and its registers, one row each."""
    first, second, third = st.columns([5, 5, 3], vertical_alignment="top")
    with third:
        view = controls.pick_stand()
    with first:
        kreis = controls.pick_kreis(kreise())
    with second:
        register = controls.pick_register(names(view))
    return chosen(view, register, kreis)


def names(view: View) -> dict[str, str]:
    """Name of each register by its Kennung."""
    everything = data.fetch("register_stand", **view.clocks)
    return everything.drop_duplicates("register_id").set_index("register_id")["register"].to_dict()


def chosen(view: View, register: str, kreis: str) -> tuple[Choice, pd.DataFrame]:
    """The choice and its registers, one row each; register and kreis are empty for all."""
    where = kreise().get(kreis, "Thüringen") + (f", {names(view)[register]}" if register else "")
    choice = Choice(view=view, register=register, kreis=kreis, where=where)
    return choice, choice.rows


def heading(choice: Choice, rows: pd.DataFrame) -> None:
    """The answer of the page, above everything that can be chosen: finding, age of the reports, deadline."""
    style.html(f"<style>{charts.css(style.colours())}</style>")
    style.finding(registers.idnr_sentence(rows, choice.where))
    target = measures()["register_meilensteine"].target
    style.line(
        [
            blocks.age_badge(_reported(rows, choice.view.stand)),
            style.badge("Eigenangaben der Verwaltungen, nicht geprüft", "info", "•"),
            style.badge(f"Frist M6: {german.day(target.on)} ({target.source})", "neutral", "◆"),
        ]
    )


def key_figures(choice: Choice, rows: pd.DataFrame) -> None:
    """Milestone, speed against the target, quota, progress, passed dates."""
    target = measures()["register_meilensteine"].target
    found, late = registers.quota(rows), int(rows["ueberfaellig"].sum())
    share, step = registers.progress(rows), registers.triple(rows, registers.IDNR_MILESTONE)
    items = [
        (german.number(step.n), "IDNr gespeichert (M6)", f"von {german.number(step.of)}, {german.number(step.u)} ohne Meldung"),
        (german.share(found.with_idnr, found.records) if found.reporting else german.NOT_AVAILABLE, "IDNr-Quote",
         f"aus {german.number(found.reporting)} von {german.number(found.of)} Registern"),
        (german.NOT_AVAILABLE if share.value is None else german.share(share.value, 1, 0), "Fortschritt im Mittel",
         f"{german.number(share.reporting)} von {german.number(share.of)} Registern gemeldet"),
        (german.number(late), "Register mit verstrichenem Termin", f"von {german.number(share.reporting)} gemeldeten"),
    ]  # fmt: skip
    outlook = forecast.outlook(_history(choice), target, choice.view.stand)
    if outlook is not None and outlook.tempo is not None:
        speed = german.signed(outlook.tempo.net, 1)
        items[1:1] = [
            (f"{speed} je Monat", "Tempo der letzten 3 Monate", "netto, gemeldete M6"),
            targets.figure(outlook),
        ]
    style.figures(items)


def development(choice: Choice) -> None:
    """M6 over time, or that nothing has been reported yet."""
    picture = blocks.made(path_picture, choice)
    if picture is None:
        style.finding(registers.path_sentence(_history(choice), None, choice.view.stand))
    else:
        blocks.draw(picture)


def path_picture(choice: Choice, colours: Palette) -> Picture | None:
    """M6 over time against the way to the deadline, with the forecast or why there is none; None before any report."""
    measure, rows = measures()["register_meilensteine"], choice.rows
    history = _history(choice)
    outlook = forecast.outlook(history, measure.target, choice.view.stand)
    if outlook is None:
        return None
    block = _block(
        choice, rows, key="register-verlauf", finding=registers.path_sentence(history, outlook, choice.view.stand), rows=history,
        columns=[html_table.day("stichtag", "Stand"), *_COUNTS], query="register_verlauf",
        parameters=_of_development(choice),
        totals=registers.triple(rows, registers.IDNR_MILESTONE).text,
    )  # fmt: skip
    shown = outlook.forecast if isinstance(outlook.forecast, Forecast) else None
    figure = charts.path(history, measure.target, choice.view.stand, colours, outlook=shown)
    return Picture(block=block, figure=figure, remark=targets.remark(outlook))


def milestones_picture(choice: Choice, colours: Palette) -> Picture:
    """How many registers have reached each milestone; M9 to M11 only where evidence is needed."""
    rows = choice.rows
    table = registers.milestones(rows)
    block = _block(
        choice, rows, key="register-meilensteine", finding=registers.milestones_sentence(table), rows=table,
        columns=[html_table.text("meilenstein", "Meilenstein"), *_COUNTS, html_table.whole("n_lueckenlos", "davon lückenlos bis hier"),
                 html_table.text("bedingung", "erreicht, wenn"), html_table.text("grundlage", "Grundlage")],
        totals=registers.triple(rows, registers.IDNR_MILESTONE).text + " bei M6",
    )  # fmt: skip
    return Picture(block=block, figure=charts.milestones(table, colours))


def matrix(choice: Choice, rows: pd.DataFrame) -> None:
    """Units × registers with filters for level and stage, by name or progress."""
    with st.container(horizontal=True, gap="large"):
        if not choice.register:
            level = controls.pick_register_level()
            rows = rows[rows["ebene"] == level]
        stage = controls.pick_stage({key: f"{one.glyph} {one.label}" for key, one in registers.STAGES.items()})
        order = controls.pick_order(registers.ORDERS)
    shown = registers.in_stage(rows, stage)
    units = registers.units(shown, order)
    if order == "name":
        named = kreise()
        units = units.sort_values("kreis_ars", key=lambda keys: keys.map(named).map(german.sort_key), kind="stable")
    sentence = registers.matrix_sentence(units, rows)
    style.finding(sentence)
    if units.empty:
        st.info("Keine Verwaltung passt zu diesen Filtern. Bitte „alle“ wählen.")
        return
    style.html(charts.legend(style.colours()))
    caption = f"Verwaltungen und ihre Register, {choice.where}, Stand {german.day(_reported(rows, choice.view.stand))}"
    style.html(
        charts.matrix(shown, units, kreise(), grouped=order == "name", caption=caption, clocks=choice.view.address)
    )
    totals = registers.triple(shown, 1)
    _below(choice, shown, key="register-matrix", finding=sentence, rows=registers.described(shown), columns=_EXPORT_COLUMNS,
           totals=f"{german.number(totals.of - totals.u)} von {german.number(totals.of)} Registern gemeldet, {german.number(totals.u)} ohne Meldung")  # fmt: skip
    _report(shown, choice.view, "register", by="Verwaltung und Register")


def _report(shown: pd.DataFrame, view: View, page: str, *, by: str) -> None:
    cells = [
        report.Cell(unit=row.name, ars=row.ars, what=row.register, key=row.register_id, state=row.stufe_text)
        for row in registers.described(shown).itertuples(index=False)
    ]
    report.offer(f"{page}_register", cells, view, page, by=by)


def quota_picture(choice: Choice, colours: Palette) -> Picture:
    """IDNr-Quote by register."""
    rows = choice.rows
    table, found = registers.quotas(rows), registers.quota(rows)
    block = _block(
        choice, rows, measure="idnr_quote", key="register-idnr-quote", finding=registers.quota_sentence(table, found), rows=table,
        columns=[html_table.text("register", "Register"), html_table.whole("mit_idnr", "Datensätze mit IDNr"),
                 html_table.whole("datensaetze", "Datensätze"), html_table.whole("n", "melden beides (n)"),
                 html_table.whole("nenner", "Register (N)"), html_table.whole("u", "ohne Angabe (u)")],
        totals=f"{found.counts}, {german.number(found.of - found.reporting)} ohne Angabe",
    )  # fmt: skip
    return Picture(block=block, figure=charts.quotas(table, IDNR_SHARE, colours))


def once_only(choice: Choice, rows: pd.DataFrame) -> None:
    """Services online whose evidence cannot be fetched yet: by register with the biggest lever, and by unit."""
    services = data.fetch("once_only", stand=choice.view.stand, wissen=choice.view.wissen)
    services = registers.chosen(services, choice.register, choice.kreis)
    style.finding(registers.gap_sentence(services, choice.where))
    if services.empty:
        return
    table = registers.gaps(services, "register_id")
    steps = registers.lever_steps(rows, table.iloc[0]["register_id"])
    totals = findings.total(table).text
    columns = [
        html_table.text("register", "Register, das den Nachweis liefert"),
        *_GAP_COLUMNS,
        html_table.whole("einheiten", "Verwaltungen"),
    ]
    lever = registers.lever_sentence(table, steps)
    style.lead(lever)
    style.html(html_table.render(table, columns, f"Once-Only-Lücke je Register, {choice.where}"))
    _below(choice, rows, measure="once_only_luecke", key="once-only-register", finding=lever, rows=table, columns=columns,
           query="once_only", totals=totals)  # fmt: skip
    by_unit = registers.gaps(services, "ars")
    columns = [
        _unit_column(by_unit, choice.view), *_GAP_COLUMNS, html_table.whole("hebel_luecken", "davon schließt M9"),
        html_table.optional("hebel", "im Register (größter Hebel)"),
    ]  # fmt: skip
    sentence = f"Once-Only-Lücke je Verwaltung: {german.count(int((by_unit['luecke'] > 0).sum()), 'Verwaltung', 'Verwaltungen')} mit bekannter Lücke"
    style.finding(sentence)
    style.html(html_table.render(by_unit, columns, f"{sentence}, {choice.where}"))
    named = [html_table.text("name", "Verwaltung"), *columns[1:], html_table.text("ars", "ARS")]
    _below(choice, rows, measure="once_only_luecke", key="once-only-verwaltungen", finding=sentence, rows=by_unit, columns=named,
           query="once_only", totals=totals)  # fmt: skip


def lists(choice: Choice, rows: pd.DataFrame) -> None:
    """Who is next, whose planned date has passed, from whom nothing is known."""
    ahead, late = registers.upcoming(rows, choice.view.stand), registers.overdue(rows)
    quiet = registers.silent(rows, choice.view.stand)
    unknown, units = int((~rows["gemeldet"]).sum()), rows["ars"].nunique()
    unit, register = _unit_column(rows, choice.view), html_table.text("register", "Register")
    parts = (
        ("register-naechste", ahead, "die Speicherung der IDNr (M6) ist geplant für",
         f"Als Nächstes: {german.count(len(ahead), 'Register hat', 'Register haben')} einen Termin für die IDNr-Ersteinspeicherung (M6) vor sich.",
         [unit, register, html_table.day("m6_geplant", "M6 geplant"), html_table.whole("lueckenlos", "heute lückenlos bis M")],
         german.n_of(len(ahead), len(rows), unknown)),
        ("register-ueberfaellig", late, "geplanter Termin verstrichen",
         f"{german.count(len(late), 'Register hat', 'Register haben')} einen verstrichenen Termin: hier hilft Nachfragen oder ein neuer Termin.",
         [unit, register, html_table.text("offen", "offener Meilenstein"), html_table.day("ueberfaellig_seit", "geplant war")],
         german.n_of(len(late), len(rows), unknown)),
        ("register-ohne-meldung", quiet, "keine Meldung zu Registern",
         f"Von {german.count(len(quiet), 'Verwaltung', 'Verwaltungen')} liegt keine Meldung aus den letzten sechs Monaten vor; die Vorlage steht bereit.",
         [unit, html_table.whole("register", "Register"), _LAST_REPORT],
         f"{german.number(units - len(quiet))} von {german.number(units)} Verwaltungen melden, {german.number(len(quiet))} ohne Meldung"),
    )  # fmt: skip
    for key, table, caption, sentence, columns, totals in parts:
        style.finding(sentence)
        if table.empty:
            continue
        style.html(html_table.render(table.head(_IN_LIST), columns, _first(caption, len(table))))
        named = [html_table.text("name", "Verwaltung"), *columns[1:], html_table.text("ars", "ARS")]
        _below(choice, rows, key=key, finding=sentence, rows=table, columns=named, totals=totals)


def of_unit(chosen: pd.Series, responsible: pd.Series, view: View) -> None:
    """Registers of one unit: stage, progress, IDNr-Quote, dates, next step, and its Once-Only-Lücke."""
    everything = data.fetch("register_stand", stand=view.stand, wissen=view.wissen)
    rows = everything[everything["ars"] == responsible["ars"]]
    if rows.empty:
        style.empty(
            f"{responsible['name']} führt keine der betrachteten Register.",
            "Welche das sind, steht auf der Seite Register.",
        )
        return
    choice = Choice(view=view, register="", kreis="", where=responsible["name"])
    style.finding(registers.idnr_sentence(rows, responsible["name"]))
    share, found = registers.progress(rows), registers.quota(rows)
    style.line(
        [
            style.badge(f"Fortschritt {share.text}", "info", "◕"),
            style.badge(f"IDNr-Quote {found.text}" if found.reporting else "IDNr-Quote k. A.", "info", "●"),
            style.badge(f"Frist M6: {german.day(IDNR_DEADLINE)}", "neutral", "◆"),
        ]
    )
    table = registers.described(rows).sort_values("register", key=lambda names: names.map(german.sort_key))
    columns = [
        html_table.text("register", "Register"), html_table.text("stufe_text", "Stufe"), html_table.text("fortschritt", "lückenlos erreicht"),
        html_table.text("haken", "nebeneinander"), html_table.text("quote", "IDNr-Quote"), html_table.text("naechster_text", "Termin"),
        html_table.text("naechster_schritt", "nächster Schritt"),
    ]  # fmt: skip
    sentence = f"Register von {responsible['name']}"
    style.html(html_table.render(table, columns, f"{sentence}; M6 ist fällig bis {german.day(IDNR_DEADLINE)}"))
    _below(choice, rows, key="kommune-register", finding=sentence, rows=table, columns=columns, ars=chosen["ars"],
           totals=registers.triple(rows, registers.IDNR_MILESTONE).text + " bei M6")  # fmt: skip
    _report(rows, view, "kommune", by="Register")
    _gaps_of_unit(choice, chosen, responsible, rows)


def _gaps_of_unit(choice: Choice, chosen: pd.Series, responsible: pd.Series, rows: pd.DataFrame) -> None:
    services = data.fetch("once_only", stand=choice.view.stand, wissen=choice.view.wissen)
    services = services[services["ars"] == responsible["ars"]]
    if services.empty:
        return
    words = {"m9": "● abrufbar", "offen": "○ noch nicht abrufbar", registers.UNKNOWN: "▨ keine Meldung"}
    keeper = {
        "eigen": "eigenes Register",
        "kreis": "Register des Kreises",
        "verwaltungen": "Register der Verwaltungen im Kreis",
    }
    table = services.assign(nachweis=services["ergebnis"].map(words), wo=services["fuehrt"].map(keeper))
    sentence = registers.gap_sentence(services, f"Once-Only, {responsible['name']}")
    style.finding(sentence)
    gaps = registers.gaps(services, "ars")
    lever = gaps.iloc[0]
    if not pd.isna(lever["hebel"]):
        style.lead(
            f"Am meisten schließt M9 im „{lever['hebel']}“: {german.count(int(lever['hebel_luecken']), 'Lücke', 'Lücken')}."
        )
    _below(
        choice, rows, measure="once_only_luecke", key="kommune-once-only", finding=sentence, rows=table, query="once_only", ars=chosen["ars"],
        columns=[html_table.text("leistung", "Leistung"), html_table.text("nachweis", "Nachweis"), html_table.text("register", "Register"),
                 html_table.text("wo", "geführt als"), html_table.text("leika_key", "LeiKa-Schlüssel")],
        totals=findings.total(gaps).text,
    )  # fmt: skip


def _history(choice: Choice) -> pd.DataFrame:
    return data.fetch("register_verlauf", **_of_development(choice))


def _of_development(choice: Choice) -> dict[str, object]:
    about = {"register": choice.register, "kreis": choice.kreis, "meilenstein": registers.IDNR_MILESTONE}
    return {**choice.view.clocks, **about}


def kreise() -> dict[str, str]:
    """Name of each Landkreis and kreisfreie Stadt by its ARS."""
    units = data.fetch("einheiten")
    units = units[units["typ"].isin(["landkreis", "kreisfreie_stadt"]) & (units["ars"] == units["kreis_ars"])]
    return dict(zip(units["ars"], units["name"], strict=True))


def _reported(rows: pd.DataFrame, otherwise: date) -> date:
    """Stand of the newest report among the rows; the day of the view if there is none."""
    newest = rows["letzte_meldung"].max()
    return otherwise if pd.isna(newest) else newest.date()


def _block(
    choice: Choice, shown: pd.DataFrame, *, measure: str = "register_meilensteine", query: str = "register_stand", ars: str = "", **parts: object
) -> blocks.Block:  # fmt: skip
    """Block of this page; `shown` are the registers the numbers come from, they tell the Stand."""
    place = ars or choice.kreis or catalog.LAND
    return blocks.Block(
        measure=measures()[measure], stand=_reported(shown, choice.view.stand), query=query, ars=place,
        **{"parameters": choice.view.clocks} | parts,
    )  # fmt: skip


def _below(choice: Choice, shown: pd.DataFrame, **parts: object) -> None:
    blocks.below(_block(choice, shown, **parts))


def _unit_column(rows: pd.DataFrame, view: View) -> Column:
    names = dict(zip(rows["ars"], rows["name"], strict=True))
    return Column(
        field="ars",
        heading="Verwaltung",
        show=lambda ars: html_table.inner_link(f"kommune?ars={ars}&abschnitt=register{view.address}", names[ars]),
    )


def _first(caption: str, count: int) -> str:
    return f"{caption}: die ersten {_IN_LIST} von {german.number(count)}" if count > _IN_LIST else caption
