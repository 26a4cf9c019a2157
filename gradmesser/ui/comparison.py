"""Parts of the comparison page, and of a unit's page its next steps and what comparable administrations already have."""

from dataclasses import dataclass
from datetime import date
from html import escape

import pandas as pd
import streamlit as st

from gradmesser import findings, german, peers, ranks, steps
from gradmesser.catalog import STATES, measures
from gradmesser.charts import comparison as charts
from gradmesser.charts.bars import bars
from gradmesser.charts.template import Palette
from gradmesser.export import html_table
from gradmesser.export.html_table import Column
from gradmesser.ui import blocks, controls, data, style, texts
from gradmesser.ui.blocks import Block, Picture
from gradmesser.ui.controls import View

_FEW = 22
"""Up to so many administrations each has a bar with its name, more are squares."""

_IN_LIST = 8
_YEAR = 12
_ROLES = findings.TYPES
_RANK_COLUMNS = [
    html_table.text("name", "Verwaltung"), *texts.COUNT_COLUMNS, html_table.whole("platz_von", "bester Platz"),
    html_table.whole("platz_bis", "schlechtester Platz"), html_table.whole("einwohner", "Einwohner"), html_table.text("ars", "ARS"),
]  # fmt: skip
_CHANGE_COLUMNS = [
    html_table.text("name", "Verwaltung"), *texts.COUNT_COLUMNS, html_table.whole("n_vorher", "online damals"),
    html_table.whole("nenner_vorher", "zuständig damals"), html_table.whole("u_vorher", "ohne Meldung damals"),
    html_table.text("veraenderung", "Veränderung"), html_table.text("band", "Start"), html_table.whole("platz_von", "bester Platz"),
    html_table.whole("platz_bis", "schlechtester Platz"), html_table.whole("katalog", "Wirkung des Katalogs auf n"),
    html_table.text("ars", "ARS"),
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is compared: the unit that is responsible for the chosen one, the group, the clocks, the part of the page."""

    ars: str
    name: str
    group: str
    view: View
    section: str
    perspective: str
    weight: str

    @property
    def query(self) -> str:
        """Query of the units in the chosen perspective."""
        return "nutzbar_verwaltung" if self.perspective == "nutzbar" else "rollin_verwaltung"

    @property
    def own(self) -> str | None:
        """The unit, if it belongs to the group that is shown."""
        return self.ars if data.fetch("einheiten").set_index("ars").loc[self.ars, "gruppe"] == self.group else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """The peers of one unit and by what they were found."""

    ars: str
    name: str
    criteria: list[str]
    near: pd.DataFrame


def pick() -> Choice:
    """Pickers on top of the page."""
    first, second = st.columns([9, 3], vertical_alignment="top")
    with first:
        ars = controls.pick_unit()
    with second:
        view = controls.pick_stand()
    units = data.fetch("einheiten").set_index("ars", drop=False)
    unit = units.loc[units.loc[ars, "zustaendig_ars"]]
    with st.container(horizontal=True, gap="large"):
        section = controls.pick_section("vergleich")
        group = unit["gruppe"]
        if section != "kreise":
            group = controls.pick_group(findings.GROUPS, group, unit["ars"])
    perspective, weight = "zustaendig", "verwaltungen"
    if section == "verteilung":
        with st.container(horizontal=True, gap="large"):
            perspective = controls.pick_perspective()
            weight = controls.pick_weight()
    return Choice(
        ars=unit["ars"], name=unit["name"], group=group, view=view, section=section, perspective=perspective, weight=weight
    )  # fmt: skip


# Distribution and rank bands --------------------------------------------------------------------------------------------


def distribution_picture(choice: Choice, colours: Palette) -> Picture | None:
    """The group by lower bound with the own unit in it; None where there is nothing to compare."""
    if _of_group(choice).empty:
        return None
    table = ranks.ranked(_of_group(choice))
    block = _block(
        choice, key="vergleich-verteilung", finding=_distribution_sentence(table, _row(table, choice.own), choice),
        measure="rangband", rows=ranks.ordered(table, "name"), columns=_RANK_COLUMNS, query=choice.query,
    )  # fmt: skip
    if choice.weight == "einwohner":
        figure = charts.people(table, choice.own, colours)
    elif len(table) > _FEW:
        figure = charts.squares(table, choice.own, colours)
    else:
        figure = bars(_named(ranks.ordered(table, "viel"), choice.own), colours, "name")
    return Picture(block=block, figure=figure)


def _of_group(choice: Choice) -> pd.DataFrame:
    rows = data.fetch(choice.query, **choice.view.clocks)
    return rows[rows["gruppe"] == choice.group]


def distribution(choice: Choice) -> None:
    """The group by lower bound with the own unit in it, the places of all, and who cannot be ranked yet."""
    picture = blocks.made(distribution_picture, choice)
    if picture is None:
        st.info(
            "Was Landkreise anbieten, zählt in dieser Sicht bei ihren Verwaltungen. Bitte eine andere Gruppe wählen."
            if choice.perspective == "nutzbar"
            else "Zu diesem Stand gibt es in dieser Gruppe nichts zu vergleichen."
        )
        return
    table = ranks.ranked(_of_group(choice))
    own = _row(table, choice.own)
    style.finding(picture.block.finding)
    if own is not None:
        style.lead(ranks.rank_sentence(own))
    style.line(
        [blocks.age_badge(choice.view.stand), style.badge("Untergrenze: nur was nachgewiesen ist", "info", "≥"),
         style.badge("Definition des Gradmessers: nur in der Gruppe, ab 60 % Meldequote", "neutral", "◆")]
    )  # fmt: skip
    blocks.picture(picture)
    order = controls.pick_order(ranks.ORDERS)
    inside = ranks.ordered(table[table["gereiht"]], order)
    shown = inside.assign(
        verweis=[_unit_link(row, choice) for row in inside.itertuples()],
        platz=[ranks.place(row) for _, row in inside.iterrows()],
        spanne=[_interval(row) for row in inside.itertuples()],
    )
    columns = [
        _markup("verweis", "Verwaltung"),
        *texts.COUNT_COLUMNS,
        _right("spanne", "Spanne"),
        _right("platz", "möglicher Platz"),
    ]
    style.html(
        html_table.render(
            shown, columns, f"{findings.GROUPS[choice.group]}: möglicher Platz aus der Spanne, Meldequote ab 60 %"
        )
    )
    _apart(table[~table["gereiht"]], choice, "Noch ohne Platz", "weniger als 60 % gemeldet")
    blocks.below(picture.block)


def _distribution_sentence(table: pd.DataFrame, own: pd.Series | None, choice: Choice) -> str:
    people = choice.weight == "einwohner"
    sentence = ranks.people_sentence(table) if people else ranks.distribution_sentence(table, own)
    return f"Für Einwohner nutzbar: {sentence}" if choice.perspective == "nutzbar" else sentence


def _apart(rows: pd.DataFrame, choice: Choice, title: str, why: str) -> None:
    if rows.empty:
        return
    count = german.count(len(rows), "Verwaltung hat", "Verwaltungen haben")
    names = ", ".join(_unit_link(row, choice) for row in _by_name(rows).itertuples())
    invitation = html_table.inner_link(
        "daten?abschnitt=meldung", "Mit der Meldevorlage sind Sie beim nächsten Stand dabei."
    )
    style.html(
        f'<p class="gm-names"><strong>▨ {escape(title)}.</strong> {count} {why}; über den Stand dort sagt das '
        f"nichts. {invitation}<br>{names}</p>"
    )


# Level and change -------------------------------------------------------------------------------------------------------


def year_before(view: View) -> date | None:
    """Last Stand at least twelve months before that of the view."""
    days = data.fetch("stichtage", wissen=view.wissen)["stichtag"]
    before = days[days <= pd.Timestamp(findings.months_before(view.stand, _YEAR))]
    return None if before.empty else before.max().date()


def change_picture(choice: Choice, since: date, colours: Palette) -> Picture:
    """Level against change since a day."""
    table = _changed(choice, since)
    compared = ranks.ordered(table[table["verglichen"]], "name")
    exported = _described(pd.concat([compared, ranks.ordered(table[~table["verglichen"]], "name")]))
    block = _block(
        choice, key="vergleich-veraenderung", finding=ranks.change_sentence(table, german.day(since)), measure="veraenderungsliga",
        rows=exported, columns=_CHANGE_COLUMNS, query="vergleich_veraenderung",
        parameters={"vorher": since, **choice.view.clocks},
    )  # fmt: skip
    return Picture(block=block, figure=charts.level_and_change(table, choice.own, colours))


def _changed(choice: Choice, since: date) -> pd.DataFrame:
    rows = data.fetch("vergleich_veraenderung", vorher=since, **choice.view.clocks)
    return ranks.changed(rows[rows["gruppe"] == choice.group])


def change(choice: Choice) -> None:
    """Level against change over twelve months, and the places among those who started alike."""
    since = year_before(choice.view)
    if since is None:
        asked = german.day(findings.months_before(choice.view.stand, _YEAR))
        style.finding(f"Vor dem {asked} liegt kein Stand vor; eine Veränderung über zwölf Monate gibt es noch nicht.")
        return
    picture, table = blocks.made(change_picture, choice, since), _changed(choice, since)
    own, compared = _row(table, choice.own), ranks.ordered(table[table["verglichen"]], "name")
    style.finding(picture.block.finding)
    if own is not None:
        style.lead(ranks.change_rank_sentence(own))
    if not compared.empty:
        blocks.picture(picture)
        _catalogue(compared)
        _league(_described(compared), choice, since)
    _apart(
        table[~table["verglichen"]],
        choice,
        "Noch nicht vergleichbar",
        "an einem der beiden Tage weniger als 60 % gemeldet",
    )
    blocks.below(picture.block)


def _described(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(
        veraenderung=[german.NOT_AVAILABLE if pd.isna(value) else german.points(value) for value in table["pp"]],
        spanne_pp=[_points(row.pp_unten, row.pp_oben) for row in table.itertuples()],
        band=[german.NOT_AVAILABLE if pd.isna(value) else ranks.band_label(int(value)) for value in table["startband"]],
    )


def _points(low: float, high: float) -> str:
    if pd.isna(low):
        return german.NOT_AVAILABLE
    return german.points(low) if low == high else f"{german.signed(low, 1)} bis {german.points(high)}"


def _catalogue(compared: pd.DataFrame) -> None:
    effect = int(compared["katalog"].sum())
    if (compared["nenner_vorher"] != compared["nenner_alt"]).any() or effect:
        style.note(
            "Beide Tage sind mit der heutigen Liste gerechnet. Die neue Fassung des Katalogs allein änderte n dieser Verwaltungen "
            f"damals zusammen um {german.signed(effect)}; das ist kein Fortschritt und nicht enthalten."
        )


def _league(compared: pd.DataFrame, choice: Choice, since: object) -> None:
    bands = compared.dropna(subset=["startband"]).sort_values(["startband"], ascending=False, kind="stable")
    shown = bands.assign(
        verweis=[_unit_link(row, choice) for row in bands.itertuples()],
        damals=[f"{german.number(row.n_vorher)} von {german.number(row.nenner_vorher)}" for row in bands.itertuples()],
        heute=[f"{german.number(row.n)} von {german.number(row.nenner)}" for row in bands.itertuples()],
        platz=["zu wenige" if pd.isna(row["platz_von"]) else ranks.place(row) for _, row in bands.iterrows()],
    )
    columns = [
        _markup("verweis", "Verwaltung"), _right("band", "gestartet mit"), _right("damals", german.day(since)),
        _right("heute", german.day(choice.view.stand)), html_table.whole("u", "ohne Meldung"), _right("spanne_pp", "Veränderung"),
        _right("platz", "unter gleich Gestarteten"),
    ]  # fmt: skip
    style.html(
        html_table.render(
            shown, columns, "Veränderungsliga: verglichen wird nur, wer vom gleichen Niveau gestartet ist"
        )
    )


# Kreise -----------------------------------------------------------------------------------------------------------------


def kreise(choice: Choice) -> None:
    """A small picture for each Kreis: all administrations of its area, same scale everywhere."""
    rows = data.fetch("vergleich_kreise", **choice.view.clocks)
    if rows.empty:
        st.info("Zu diesem Stand gibt es noch keinen Verlauf.")
        return
    now = rows[rows["stichtag"] == rows["stichtag"].max()]
    triple = findings.total(now)
    sentence = (
        f"In {german.number(len(now))} Landkreisen und kreisfreien Städten sind zusammen {german.number(triple.n)} von "
        f"{german.number(triple.of)} Zuständigkeiten nachgewiesen online."
    )
    style.finding(sentence)
    style.lead(
        "Jedes Bild zählt alle Verwaltungen des Kreisgebiets zusammen, auch die Kreisverwaltung. Linie: mindestens online (n von N); "
        "schraffiert: ohne Meldung, kann dazukommen; gestrichelt: neuer Katalog. Alle Bilder haben denselben Maßstab."
    )
    style.html(charts.kreise(rows, style.colours(), example=data.info().example))
    blocks.below(
        _block(
            choice, key="vergleich-kreise", finding=sentence, measure="rollin_rate", rows=rows, query="vergleich_kreise",
            columns=[html_table.text("kreis", "Kreis"), html_table.day("stichtag", "Stand"), *texts.COUNT_COLUMNS,
                     html_table.text("katalog_version", "Katalogfassung"), html_table.text("kreis_ars", "ARS")],
            totals=triple.text,
        )
    )  # fmt: skip


# Peers ------------------------------------------------------------------------------------------------------------------


def pick_peers(ars: str, name: str) -> Peers:
    """Controls for criteria and number, and the peers they give."""
    first, second = st.columns([9, 3], vertical_alignment="bottom")
    with first:
        criteria = controls.pick_criteria(peers.CRITERIA)
    with second:
        count = controls.pick_count(peers.COUNT, peers.FEWEST, peers.MOST)
    return Peers(ars=ars, name=name, criteria=criteria, near=data.kept(_nearest, ars, tuple(criteria), count))


def _nearest(ars: str, criteria: tuple[str, ...], count: int) -> pd.DataFrame:
    return peers.nearest(data.fetch("einheiten"), ars, criteria, count)


def _all_described() -> pd.DataFrame:
    return peers.described(data.fetch("einheiten"))


def show_peers(choice: Choice) -> None:
    """The peers of the unit with controls, distances and values."""
    place = st.container()
    found = pick_peers(choice.ars, choice.name)
    with place:
        style.finding(_peers_sentence(found))
        style.lead(
            "Der Abstand zählt Unterschiede: 1 je Verdopplung von Einwohnern oder Dichte, 1 für eine andere Rolle, bis 1 für einen "
            "anderen Kreis. Immer nur innerhalb der Gruppe (Definition des Gradmessers)."
        )
    _peers_table(found, choice.view)


def _peers_sentence(found: Peers) -> str:
    names = german.listing(found.near["name"].head(3).tolist())
    return f"{found.name} am ähnlichsten {'ist' if len(found.near) == 1 else 'sind'} {names}."


def _peers_table(found: Peers, view: View) -> None:
    rows = data.fetch("rollin_verwaltung", **view.clocks)[["ars", "n", "nenner", "u"]]
    units = data.kept(_all_described)
    own = units[units["ars"] == found.ars]
    table = pd.concat([own.assign(abstand=0.0), found.near]).merge(rows, on="ars", how="left", validate="1:1")
    table = table.assign(
        verweis=[_link(row.ars, row.name, view, strong=row.ars == found.ars) for row in table.itertuples()],
        abstand_text=["–" if ars == found.ars else german.number(value, 2) for ars, value in zip(table["ars"], table["abstand"], strict=True)],
        dichte_text=[german.number(value) for value in table["dichte"]],
        rolle=table["typ"].map(_ROLES),
        kreis_art_text=table["kreis_art"].map(peers.KREIS_KINDS),
    )  # fmt: skip
    columns = [
        _markup("verweis", "Verwaltung"), _right("abstand_text", "Abstand"), html_table.whole("einwohner", "Einwohner"),
        _right("dichte_text", "je km²"), html_table.text("rolle", "Rolle"), html_table.text("kreis", "Kreis"),
        *texts.COUNT_COLUMNS,
    ]  # fmt: skip
    by = german.listing([peers.CRITERIA[name] for name in found.criteria])
    style.html(
        html_table.render(table, columns, f"{found.name} und die {len(found.near)} ähnlichsten Verwaltungen nach: {by}")
    )
    blocks.below(
        Block(
            key="vergleichbare", ars=found.ars, finding=_peers_sentence(found), measure=measures()["vergleichbare"], stand=view.stand,
            rows=table, query="rollin_verwaltung", parameters=view.clocks, totals=f"Kriterien: {by}",
            columns=[html_table.text("name", "Verwaltung"), *columns[1:], html_table.text("kreis_art_text", "Art des Kreises"),
                     html_table.text("ars", "ARS")],
        )
    )  # fmt: skip


# On a unit's page -------------------------------------------------------------------------------------------------------


def next_steps(responsible: pd.Series, view: View) -> None:
    """The next sensible steps of one unit, and with whom it is compared."""
    place = st.container()
    with st.expander("Mit wem verglichen wird, und wonach", key="vergleich_wer"):
        found = pick_peers(responsible["ars"], responsible["name"])
        _peers_table(found, view)
    asked, cells, shared = _with_peers(found, view)
    registers = data.fetch("register_stand", **view.clocks)
    own = cells[cells["ars"] == found.ars]
    listed = steps.next_steps(own, registers[registers["ars"] == found.ars], shared, view.stand)
    with place:
        _steps(listed, found, view, asked)


def peers_of_unit(responsible: pd.Series, view: View) -> None:
    """What the peers of one unit already have, who they are, and what makes them alike."""
    place, below = st.container(), st.container()
    with below:
        found = pick_peers(responsible["ars"], responsible["name"])
        style.finding(_peers_sentence(found))
        _peers_table(found, view)
    asked, _, shared = _with_peers(found, view)
    with place:
        _shared(peers.missing(shared), found, view, asked)


def _with_peers(found: Peers, view: View) -> tuple[dict[str, object], pd.DataFrame, pd.DataFrame]:
    """What was asked, the cells of the unit and its peers, and how many of them have each service."""
    asked = {"einheiten": ",".join([found.ars, *found.near["ars"]]), **view.clocks}
    cells = data.fetch("vergleich_zellen", **asked)
    return asked, cells, data.kept(_shared_services, found.ars, tuple(found.near["ars"]), view)


def _shared_services(ars: str, near: tuple[str, ...], view: View) -> pd.DataFrame:
    cells = data.fetch("vergleich_zellen", einheiten=",".join([ars, *near]), **view.clocks)
    return peers.shared_services(cells, ars, near)


def _steps(listed: list[steps.Step], found: Peers, view: View, asked: dict[str, object]) -> None:
    sentence = steps.steps_sentence(listed, found.name)
    style.finding(sentence)
    if not listed:
        return
    style.html(f'<ol class="gm-steps">{"".join(_step(step, view) for step in listed)}</ol>')
    rows = pd.DataFrame(
        [{"schritt": step.label, "leistung": step.title, "grund": step.reason, "tun": step.action, "andere": step.others,
          "weitere": step.more, "schluessel": step.leika_key or step.register_id} for step in listed]
    )  # fmt: skip
    blocks.below(
        Block(
            key="naechste-schritte", ars=found.ars, finding=sentence, measure=measures()["naechste_schritte"], stand=view.stand,
            rows=rows, query="vergleich_zellen", parameters=asked, totals="Definition des Gradmessers",
            columns=[html_table.text("schritt", "Schritt"), html_table.text("leistung", "Leistung oder Register"),
                     html_table.text("grund", "Grund"), html_table.text("tun", "Was zu tun ist"), html_table.optional("andere", "Andere"),
                     html_table.whole("weitere", "weitere Fälle"), html_table.text("schluessel", "Schlüssel")],
        )
    )  # fmt: skip


def _step(step: steps.Step, view: View) -> str:
    address = f"leistungen?leistung={step.leika_key}" if step.leika_key else f"register?register={step.register_id}"
    others = f" {escape(step.others[0].upper() + step.others[1:])}." if step.others else ""
    more = f" (noch {german.count(step.more, 'weiterer Fall', 'weitere Fälle')} dieser Art)" if step.more else ""
    return (
        f"<li>{style.badge(step.label, 'neutral', '→')} {html_table.inner_link(address + view.address, step.title)}"
        f"<p>{escape(step.reason)}{others}{more}</p><p><strong>Was zu tun ist:</strong> {escape(step.action)}</p></li>"
    )


def _shared(rows: pd.DataFrame, found: Peers, view: View, asked: dict[str, object]) -> None:
    sentence = peers.missing_sentence(rows, found.name, len(found.near))
    style.finding(sentence)
    if rows.empty:
        return
    table = rows.assign(
        verweis=[html_table.inner_link(f"leistungen?leistung={row.leika_key}{view.address}", row.leistung) for row in rows.itertuples()],
        andere=[peers.peers_text(row) for row in rows.itertuples()], belege=[peers.evidence_text(row) for row in rows.itertuples()],
        zustand_text=rows["zustand"].map(lambda key: STATES[key].label),
    )  # fmt: skip
    columns = [
        _markup("verweis", "Leistung"), html_table.state("zustand", "hier"), html_table.text("andere", "Vergleichbare"),
        html_table.text("belege", "belegt durch"), html_table.optional("ohne", "ohne Meldung"),
    ]  # fmt: skip
    caption = f"Was vergleichbare Verwaltungen schon haben: die ersten {min(_IN_LIST, len(rows))} von {len(rows)}"
    style.html(html_table.render(table.head(_IN_LIST), columns, caption))
    blocks.below(
        Block(
            key="vergleichbare-haben", ars=found.ars, finding=sentence, measure=measures()["vergleichbare"], stand=view.stand,
            rows=table, query="vergleich_zellen", parameters=asked,
            totals=f"{german.count(len(found.near), 'vergleichbare Verwaltung', 'vergleichbare Verwaltungen')}",
            columns=[html_table.text("leistung", "Leistung"), html_table.text("zustand_text", "Zustand hier"),
                     html_table.whole("n", "online (n)"), html_table.whole("nenner", "zuständig (N)"), html_table.whole("u", "ohne Meldung (u)"),
                     html_table.whole("vergleichbare", "Vergleichbare"), html_table.whole("eigen", "eigener Nachweis"),
                     html_table.whole("gemeldet", "eigene Meldung"), html_table.whole("geerbt", "von Kreis, Land, Bund"),
                     html_table.optional("wer", "wer"), html_table.optional("ohne", "wer ohne Meldung"),
                     html_table.text("leika_key", "LeiKa-Schlüssel")],
        )
    )  # fmt: skip


# Small things -----------------------------------------------------------------------------------------------------------


def _block(choice: Choice, *, key: str, finding: str, measure: str, rows: pd.DataFrame, columns: list[Column], query: str,
           parameters: dict[str, object] | None = None, totals: str | None = None) -> Block:  # fmt: skip
    return Block(
        key=key, ars=choice.ars, finding=finding, measure=measures()[measure], stand=choice.view.stand, rows=rows, columns=columns,
        query=query, parameters=choice.view.clocks if parameters is None else parameters,
        totals=findings.total(rows).text if totals is None else totals,
    )  # fmt: skip


def _by_name(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(["name", "ars"], key=lambda texts: texts.map(german.sort_key))


def _row(table: pd.DataFrame, ars: str | None) -> pd.Series | None:
    found = table[table["ars"] == ars]
    return None if found.empty else found.iloc[0]


def _named(table: pd.DataFrame, own: str | None) -> pd.DataFrame:
    short = table["name"].str.removeprefix("Landkreis ")
    apart = short + table["gereiht"].map({True: "", False: " (ohne Platz)"})
    return table.assign(name=apart.where(table["ars"] != own, "▶ " + apart))


def _interval(row: object) -> str:
    if not row.u:
        return german.share(row.n, row.nenner, 0)
    return findings.Triple(n=int(row.n), of=int(row.nenner), u=int(row.u)).interval


def _unit_link(row: object, choice: Choice) -> str:
    return _link(row.ars, row.name, choice.view, strong=row.ars == choice.own)


def _link(ars: str, name: str, view: View, *, strong: bool) -> str:
    link = html_table.inner_link(f"kommune?ars={ars}{view.address}", name)
    return f"<strong>▶ {link}</strong>" if strong else link


def _markup(field: str, heading: str) -> Column:
    return Column(field=field, heading=heading, show=str)


def _right(field: str, heading: str) -> Column:
    return Column(field=field, heading=heading, show=lambda value: escape(str(value)), numeric=True)
