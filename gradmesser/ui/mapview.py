"""The map page's parts: classes with their look, the map with its time lapse, the list beside it."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from html import escape

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gradmesser import catalog, findings, german, mapping
from gradmesser.catalog import EXAMPLE_MARK
from gradmesser.charts.choropleth import Fill, choropleth
from gradmesser.charts.tokens import DARK, HIGH_DARK, HIGH_LIGHT, LIGHT, Palette
from gradmesser.export import html_table
from gradmesser.ui import blocks, controls, data, style
from gradmesser.ui.blocks import Picture
from gradmesser.ui.controls import View
from gradmesser.ui.svgmap import MapCell, MapClass, MapFrame, Pattern, class_letters, svgmap

_PLURAL = {"gemeinden": "Gemeinden", "verwaltungen": "Verwaltungen", "kreise": "Kreise"}
_COUNTS = "{0} von {1}, {2} ohne Meldung"


@cache
def legends(light: Palette, dark: Palette) -> tuple[list[MapClass], list[MapClass]]:
    """The classes of a share and those of one service, in the colours of a light and of a dark theme."""

    def state(key: str, label: str, colour: Callable[[Palette], str], pattern: Pattern = "none") -> MapClass:
        return MapClass(
            key=key, label=label, colour_light=colour(light), colour_dark=colour(dark), pattern=pattern, sentence=""
        )

    shares = [
        MapClass(
            key=key, label=f"{10 * position} bis unter {10 * position + 10} %" if position < 9 else "90 bis 100 %",  # noqa: PLR2004
            colour_light=light.classes[position], colour_dark=dark.classes[position], pattern="none",
        )
        for position, key in enumerate(mapping.SHARE_KEYS)
    ]  # fmt: skip
    unknown = state(mapping.UNKNOWN, "keine Meldung", lambda colours: colours.unknown, "hatch")
    states = [
        state("sichtbar", "online", lambda colours: colours.live),
        state("unterwegs", "unterwegs, nicht online", lambda colours: colours.live_soft, "dots"),
        state("gestoert", "gemeldet, Link defekt", lambda colours: colours.broken, "cross"),
        state("nicht_begonnen", "noch nicht begonnen", lambda colours: colours.classes[0]),
        state("beiseite", "zurückgestellt oder abgelehnt", lambda colours: colours.muted, "dots"),
        unknown,
        state("leer", "nicht zuständig", lambda colours: colours.line, "empty"),
    ]
    return [*shares, unknown], states


_CLASS_OF = {
    "live": "sichtbar", "ende_zu_ende": "sichtbar", "test": "unterwegs", "onboarding": "unterwegs", "beschlossen": "unterwegs",
    "interesse": "unterwegs", "zurueckgestellt": "beiseite", "abgelehnt": "beiseite", "nicht_zustaendig": "leer",
}  # fmt: skip
"""Class on the map of each state that has none of its own name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the map shows."""

    level: str
    weight: str
    service: str | None
    view: View
    perspective: str

    @property
    def usable(self) -> bool:
        """Whether everything counts that people can use, from whichever administration."""
        return self.perspective == "nutzbar"


def _of_all_days(choice: Choice) -> Choice:
    """The same choice whatever the day: rows and frames hold all days, so another day finds them in the cache."""
    return replace(choice, view=replace(choice.view, stand=catalog.OPEN_END, frozen=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Days:
    """All days of a choice, shared by all visitors: nobody changes these rows. A day is taken out when it is shown."""

    areas: pd.DataFrame
    """Areas with a value, one row a day."""
    units: pd.DataFrame
    """Counted units that the finding sums up."""
    places: pd.DataFrame
    """All areas by name."""


def _days(choice: Choice) -> _Days:
    return _all_days(data.version(), _of_all_days(choice), data.hidden_by())


@st.cache_resource(max_entries=24, show_spinner=False)
def _all_days(version: str, choice: Choice, hidden_by: str) -> _Days:  # noqa: ARG001 - cache key
    """Some MB each, so fewer are kept than of what pages make of them."""
    units = data.fetch("einheiten")
    history = _history(choice) if choice.service is None else _service_history(choice)
    counted = mapping.rollin if choice.service is None else mapping.service
    places = mapping.areas(units, choice.level)
    return _Days(
        areas=counted(units, history, choice.level, choice.weight),
        units=_counted_units(choice, units, history),
        places=places.sort_values("name", key=lambda names: names.map(german.sort_key)),
    )


def _of_day(rows: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    return rows[rows["stichtag"] == pd.Timestamp(choice.view.stand)]


def _counted_units(choice: Choice, units: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Rows of the units whose sum is the finding: of one service those responsible, else all; below Kreise without Landkreise."""
    if choice.service is not None:
        cells = history[history["zustand"] != "nicht_zustaendig"]
        live = cells["zustand"].map(lambda key: catalog.STATES[key].live)
        return cells.assign(n=live.astype(int), u=(cells["zustand"] == mapping.UNKNOWN).astype(int))
    groups = units.set_index("ars")["gruppe"]
    rows = history.assign(gruppe=history["ars"].map(groups))
    return rows if choice.level == "kreise" else rows[rows["gruppe"] != "landkreis"]


def _history(choice: Choice) -> pd.DataFrame:
    history = data.fetch(_query(choice), **_parameters(choice))
    if not choice.usable:
        return history
    return history[history["massgeblich"]].drop(columns=["massgeblich", "katalog_version"])


def _service_history(choice: Choice) -> pd.DataFrame:
    history = data.fetch(_query(choice), **_parameters(choice))
    return mapping.usable(data.fetch("einheiten"), history) if choice.usable else history


def _query(choice: Choice) -> str:
    if choice.service is not None:
        return "karte_leistung"
    return "einheiten_verlauf" if choice.usable else "karte_verlauf"


def _parameters(choice: Choice) -> dict[str, object]:
    known = {"wissen": choice.view.wissen}
    if choice.service is not None:
        return known | {"leika_key": choice.service}
    return known | ({"sicht": choice.perspective} if choice.usable else {})


def _frames(choice: Choice) -> list[tuple[str, str, str]]:
    return data.kept(_all_frames, _of_all_days(choice))


def _all_frames(choice: Choice) -> list[tuple[str, str, str]]:
    classes, days = _classes(choice), _days(choice)
    nothing = "leer" if choice.service else mapping.UNKNOWN
    everywhere = dict.fromkeys(days.places["ars"], nothing)
    frames = []
    for day, rows in days.areas.assign(klasse=_drawn(days.areas["klasse"])).groupby("stichtag"):
        known = dict(zip(rows["ars"], rows["klasse"], strict=True))
        frames.append((str(day.date()), german.day(day), class_letters(everywhere | known, classes)))
    return frames


def _drawn(classes: pd.Series) -> pd.Series:
    """Class on the map of each class or state."""
    return classes.map(lambda key: _CLASS_OF.get(key, key))


def _classes(choice: Choice, light: Palette = LIGHT, dark: Palette = DARK) -> list[MapClass]:
    """Keys and letters are the same in every theme."""
    shares, states = legends(light, dark)
    return shares if choice.service is None or choice.level == "kreise" else states


@st.fragment
def page_content() -> None:
    """Controls, finding, map and list of the page: another choice runs only this, not the frame around it."""
    with data.pinned():
        style.place_for_notices()
        answer = st.container()
        choice = _choose()
        opened = show(choice, answer)
    if opened:
        st.switch_page("pages/kommune.py", query_params={"ars": opened, **choice.view.parameters})


def _choose() -> Choice:
    first, second = st.columns([9, 3], vertical_alignment="top")
    with second:
        view = controls.pick_stand()
    with first:
        service = controls.pick_service(view)
    with st.container(horizontal=True, gap="medium"):
        level = controls.pick_level()
        weight = controls.pick_weight()
        perspective = controls.pick_perspective()
    return Choice(level=level, weight=weight, service=service, view=view, perspective=perspective)


def show(choice: Choice, answer: DeltaGenerator) -> str | None:
    """Map and list, the finding goes to `answer`, above what can be chosen; returns the ARS of the unit that was opened."""
    now = rows_at(choice)
    badges = [blocks.age_badge(choice.view.stand), style.badge("Untergrenze: nur was nachgewiesen ist", "info", "≥")]
    if choice.service is not None and choice.level != "kreise" and _is_kreis_task(choice):
        badges.append(
            style.badge("Aufgabe der Landkreise und kreisfreien Städte: gezeigt wird deren Stand", "neutral", "•")
        )
    with answer:
        style.finding(_finding(choice))
        style.line(badges)
    picture, beside = st.columns([7, 5], gap="medium")
    with picture:
        opened = _draw(choice, now)
    with beside:
        _list(choice, now)
    return opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """The map through time: its classes, its areas in the order of the letters, and day, words and letters of each frame."""

    classes: list[MapClass]
    areas: list[str]
    frames: list[tuple[str, str, str]]


def lapse(choice: Choice, colours: Palette) -> Lapse:
    """All days up to that of the view, in the colours of one theme."""
    areas = sorted(mapping.areas(data.fetch("einheiten"), choice.level)["ars"])
    frames = [frame for frame in _frames(choice) if frame[0] <= str(choice.view.stand)]
    return Lapse(classes=_classes(choice, colours, colours), areas=areas, frames=frames)


def rows_at(choice: Choice) -> pd.DataFrame:
    """Rows of every area on the day of the view, with name and inhabitants, by name; areas without a row stay in."""
    return data.kept(_rows_at, choice).copy(deep=False)


def _rows_at(choice: Choice) -> pd.DataFrame:
    days = _days(choice)
    rows = _of_day(days.areas, choice).drop(columns="stichtag")
    return days.places.merge(rows, on="ars", how="left", validate="one_to_one")


def _finding(choice: Choice) -> str:
    units = _of_day(_days(choice).units, choice)
    name = None
    if choice.service is not None:
        name = data.fetch("leistungen", **choice.view.clocks).set_index("leika_key")["leistung"][choice.service]
    if units.empty:
        return f"{f'„{name}“' if name else 'Der Roll-in'} ist zu diesem Stand nicht gezählt."
    return _named(choice, findings.map_sentence(name, units, choice.weight, usable=choice.usable))


def _named(choice: Choice, sentence: str) -> str:
    """The sentence with the name of the view before it, unless it is the default one."""
    return f"Für Einwohner nutzbar: {sentence}" if choice.usable else sentence


def _is_kreis_task(choice: Choice) -> bool:
    services = data.fetch("leistungen", **choice.view.clocks).set_index("leika_key")["ebene"]
    return services.get(choice.service) == "kreis"


def _draw(choice: Choice, now: pd.DataFrame) -> str | None:
    geometry = geometry_url(choice.level)
    if geometry is None:
        st.warning("Für dieses Gebiet liegen keine Grenzen vor; die Liste zeigt dieselben Werte.")
        return None
    frames = [MapFrame(key=key, label=label, letters=letters) for key, label, letters in _frames(choice)]
    return svgmap(
        key="karte",
        geometry_url=geometry,
        outlines_url=None if choice.level == "kreise" else geometry_url("kreise"),
        values={row.ars: _cell(row, choice) for row in now.itertuples()},
        classes=_classes(choice, *((HIGH_LIGHT, HIGH_DARK) if style.is_high_contrast() else (LIGHT, DARK))),
        high_contrast=style.is_high_contrast(),
        sentence=_COUNTS,
        title=f"Karte der {_PLURAL[choice.level]}",
        description=f"Stand {german.day(choice.view.stand)}. Pfeiltasten gehen von Gebiet zu Gebiet, Eingabe öffnet es.",
        selected=None,
        unit_plural=_PLURAL[choice.level],
        note=EXAMPLE_MARK if data.info().example else "",
        frames=frames,
        frame=str(choice.view.stand),
        on_frame=_go_to,
    )


def map_picture(choice: Choice, colours: Palette) -> Picture:
    """The same rows as a plotly figure, one trace a class; the geometry is fetched from the app's own address."""
    now = rows_at(choice)
    block = _block(choice, now, now)
    fills = [Fill(key=one.key, label=one.label, colour=one.colour_light) for one in _classes(choice, colours, colours)]
    drawn = now.assign(klasse=_drawn(now["klasse"]))
    figure = choropleth(
        drawn, fills, geometry_url(choice.level) or "", colours,
        title=_lines(block.finding, 80), caption=_lines(blocks.caption(block), 120),
    )  # fmt: skip
    return Picture(block=block, figure=figure)


def _lines(text: str, width: int) -> str:
    return "<br>".join(escape(line, quote=False) for line in textwrap.wrap(text, width))


def geometry_url(level: str) -> str | None:
    """Address of the areas of a level, relative to the app; None where there are no boundaries."""
    files = data.fetch("geometrie").set_index("ebene")["datei"]
    return f"app/static/geo/{files[level]}" if level in files.index else None


def _cell(row: object, choice: Choice) -> MapCell:
    if pd.isna(row.n):
        return MapCell(class_key="leer" if choice.service and choice.level != "kreise" else mapping.UNKNOWN)
    if (choice.service is not None and choice.level != "kreise") or row.klasse == mapping.UNKNOWN:
        return MapCell(class_key=_CLASS_OF.get(row.klasse, row.klasse))
    return MapCell(class_key=row.klasse, numbers=(int(row.n), int(row.nenner), int(row.u)))


def _go_to(stand: str) -> None:
    st.session_state["w_stand"] = stand


def _list(choice: Choice, now: pd.DataFrame) -> None:
    """The same rows as a table: on level Gemeinden by administration, since members show its values."""
    by_unit = choice.level == "gemeinden"
    rows = rows_at(replace(choice, level="verwaltungen")) if by_unit else now
    rows = rows.assign(verweis=rows["ars"])
    names = dict(zip(rows["ars"], rows["name"], strict=True))
    columns = [
        html_table.Column(field="verweis", heading=_PLURAL["verwaltungen" if by_unit else choice.level], show=lambda ars: _to_unit(ars, names[ars], choice.view)),
        *_value_columns(choice),
        html_table.whole("einwohner", "Einwohner"),
    ]  # fmt: skip
    caption = (
        f"{_PLURAL['verwaltungen' if by_unit else choice.level]} nach Namen, Stand {german.day(choice.view.stand)}"
    )
    style.html(html_table.render(rows, columns, caption))
    blocks.below(_block(choice, now, rows))


def _block(choice: Choice, now: pd.DataFrame, rows: pd.DataFrame) -> blocks.Block:
    known = now.dropna(subset=["n"])
    return blocks.Block(
        key="karte",
        finding=_finding(choice),
        measure=_measure(choice),
        stand=choice.view.stand,
        rows=rows,
        columns=[
            html_table.text("name", "Einheit"),
            *_value_columns(choice),
            html_table.whole("einwohner", "Einwohner"),
            html_table.text("ars", "ARS"),
        ],
        query=_query(choice),
        parameters=_parameters(choice),
        totals=findings.total(known).text if choice.service is None and choice.level != "gemeinden" else "",
    )


def _value_columns(choice: Choice) -> list[html_table.Column]:
    if choice.service is not None and choice.level != "kreise":
        return [html_table.state("klasse", "Zustand")]
    return [html_table.whole("n", "n"), html_table.whole("nenner", "N"), html_table.whole("u", "u")]


def _measure(choice: Choice) -> catalog.Measure:
    return catalog.measures()["rollin_rate" if choice.service is None else "flaechendeckung"]


def _to_unit(ars: str, name: str, view: View) -> str:
    return html_table.inner_link(f"kommune?ars={ars}{view.address}", name)
