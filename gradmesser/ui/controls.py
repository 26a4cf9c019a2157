"""Pickers shared by pages; each owns its key, its address parameter and its German label.

The address holds ids, never titles (names are not unique); defaults are left out; what is not known is corrected with
a notice. One parameter has one meaning on all pages.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gradmesser import deck, findings, german, store
from gradmesser import search as finding
from gradmesser.catalog import LAND, glossary
from gradmesser.ui import data, style

_ALL = ""
_SPANS = {"vormonat": ("Vormonat", 1), "quartal": ("3 Monate", 3), "vorjahr": ("Vorjahr", 12)}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The clocks of a view: the day for which it holds, the day by which it was known, whether the reader froze them."""

    stand: date
    wissen: date
    frozen: bool
    """Whether stand is not the newest one."""

    @property
    def of_the_past(self) -> bool:
        """Whether the view shows an earlier knowledge than today's."""
        return self.wissen != store.known_by(None)

    @property
    def parameters(self) -> dict[str, str]:
        """The frozen clocks as parameters of an address; nothing for the newest view."""
        stand = {"stand": str(self.stand)} if self.frozen else {}
        return stand | ({"wissen": str(self.wissen)} if self.of_the_past else {})

    @property
    def address(self) -> str:
        """The same as the end of an address: `&stand=…&wissen=…`."""
        return "".join(f"&{name}={value}" for name, value in self.parameters.items())

    @property
    def clocks(self) -> dict[str, date]:
        """Both clocks as parameters of a query."""
        return {"stand": self.stand, "wissen": self.wissen}


def view_of(parameters: Mapping[str, str]) -> View | None:
    """Both clocks of an address without widgets; an earlier day means the last stand before it, None if there is none."""
    wissen = store.known_by(None)
    if "wissen" in parameters:
        known = last_on_or_before(
            parameters["wissen"], [day.date() for day in data.fetch("kenntnisstaende")["bekannt"]]
        )
        if known is None:
            return None
        wissen = known
    days = [day.date() for day in data.fetch("stichtage", wissen=wissen)["stichtag"]]
    stand = last_on_or_before(parameters.get("stand", "9999-12-31"), days)
    return None if stand is None else View(stand=stand, wissen=wissen, frozen=stand != days[-1])


def pick_stand() -> View:
    """Both clocks of the view: ?stand=JJJJ-MM-TT and ?wissen=JJJJ-MM-TT.

    An earlier day is answered by the last stand on or before it, a day of knowledge by the last one on or before it.
    """
    with st.container(gap="xxsmall"):
        place, below = st.container(), st.container()
    wissen = _pick_knowledge(below)
    days = [day.date() for day in data.fetch("stichtage", wissen=wissen)["stichtag"]]
    newest = days[-1]
    asked = st.query_params.get("stand")
    if asked and asked not in {str(day) for day in days}:
        st.query_params.pop("stand")
        found = last_on_or_before(asked, days)
        if found is None:
            _notice(f"Zum Stand „{asked[:60]}“ liegt nichts vor; gezeigt wird der neueste, {german.day(newest)}.")
        else:
            st.query_params["stand"] = str(found)
            _notice(f"Zum {asked} gilt die letzte Lieferung davor: Stand {german.day(found)}.")
    titles = {str(day): german.day(day) for day in reversed(days)}
    chosen = _choose(
        "stand",
        titles,
        str(newest),
        lambda key: place.selectbox("Stand", list(titles), format_func=titles.get, key=key, help=glossary.tip("stand")),
    )
    view = View(stand=date.fromisoformat(chosen), wissen=wissen, frozen=chosen != str(newest))
    _tell_knowledge(view)
    return view


def _tell_knowledge(view: View) -> None:
    if view.of_the_past:
        _notice(
            f"Gezeigt wird, was am {german.day(view.wissen)} bekannt war, nicht das heutige Wissen: dieselben Zahlen wie damals."
        )


def _pick_knowledge(place: DeltaGenerator) -> date:
    """Day by which things were known; today's knowledge unless the reader goes back."""
    days = [day.date() for day in data.fetch("kenntnisstaende")["bekannt"]]
    asked = st.query_params.get("wissen")
    if asked and asked not in {str(day) for day in days}:
        st.query_params.pop("wissen")
        found = last_on_or_before(asked, days)
        if found is None:
            _notice(f"Zum Kenntnisstand „{asked[:60]}“ liegt nichts vor; gezeigt wird das heutige Wissen.")
        else:
            st.query_params["wissen"] = str(found)
    titles = {_ALL: "heutiges Wissen"} | {str(day): f"Wissen vom {german.day(day)}" for day in reversed(days)}
    current = st.query_params.get("wissen", _ALL)

    def widget(key: str) -> str:
        with place.popover(titles.get(current, titles[_ALL]), type="tertiary"):
            st.caption("Was war an einem früheren Tag bekannt? So lässt sich jede frühere Ansicht wieder herstellen.")
            return st.selectbox(
                "Bekannt bis", list(titles), format_func=titles.get, key=key, help=glossary.tip("wissen")
            )

    chosen = _choose("wissen", titles, _ALL, widget)
    return date.fromisoformat(chosen) if chosen else store.known_by(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Two Stichtage, the later one as a view with its clocks."""

    von: date
    view: View

    @property
    def address(self) -> str:
        """What a link to another page carries so that it shows the later day."""
        return self.view.address


def pick_span() -> Span | None:
    """Two Stichtage, ?von= and ?bis=, with quick choices; None if there is only one.

    By default the newest one and the last one at least a month before it.
    """
    left, middle, right = st.columns([5, 3, 3], vertical_alignment="top")
    with right:
        place, below = st.container(), st.container()
    wissen = _pick_knowledge(below)
    days = [day.date() for day in data.fetch("stichtage", wissen=wissen)["stichtag"]]
    if len(days) < 2:  # noqa: PLR2004 - a way has two ends
        return None
    _corrected("bis", days[1:])
    with place:
        bis = date.fromisoformat(_day("bis", "Bis Stand", days[1:], days[-1]))
    before = [day for day in days if day < bis]
    _corrected("von", before)
    with middle:
        von = date.fromisoformat(_day("von", "Von Stand", before, usual_start(bis, before)))
    with left, st.container(horizontal=True, gap="small", key="zeitraum"):
        for key, (label, months) in _SPANS.items():
            day = _last(findings.months_before(bis, months), before)
            st.button(
                f"✓ {label}" if day == von else label, key=f"zeitraum_{key}", disabled=day is None,
                on_click=st.session_state.update, args=({"w_von": str(day)},),
            )  # fmt: skip
    view = View(stand=bis, wissen=wissen, frozen=bis != days[-1])
    _tell_knowledge(view)
    return Span(von=von, view=view)


def pick_knowledge_of_start(span: Span) -> date:
    """What was known of the start of the way: what the view knows (default), or what was known then; ?anfang=damals.

    Then is the day on which the delivery of the start became known: the difference is what was corrected since.
    """
    titles = {"heute": "wie heute bekannt", "damals": "wie damals bekannt"}
    chosen = _choose(
        "anfang",
        titles,
        "heute",
        lambda key: st.selectbox("Anfang zählen", list(titles), format_func=titles.get, key=key),
    )
    return known_then(span) if chosen == "damals" else span.view.wissen


def known_then(span: Span) -> date:
    """Day on which the delivery of the start became known."""
    days = [day.date() for day in data.fetch("kenntnisstaende")["bekannt"]]
    return next((day for day in days if span.von <= day <= span.view.wissen), span.view.wissen)


def usual_start(bis: date, before: Sequence[date]) -> date:
    """Where a way to bis starts unless asked for: the last Stand at least a month before it."""
    return _last(findings.months_before(bis, 1), before) or before[0]


def _day(parameter: str, label: str, days: Sequence[date], default: date) -> str:
    titles = {str(day): german.day(day) for day in reversed(days)}
    return _choose(
        parameter,
        titles,
        str(default),
        lambda key: st.selectbox(label, list(titles), format_func=titles.get, key=key),
    )


def _corrected(parameter: str, days: list[date]) -> None:
    """A day of the address between two stands means the one before; a day outside is left out, with a notice."""
    asked = st.query_params.get(parameter)
    if asked is None or asked in {str(day) for day in days}:
        return
    found = last_on_or_before(asked, days)
    if found is None or date.fromisoformat(asked) > days[-1]:
        st.query_params.pop(parameter)
        _notice(
            f"„{asked[:60]}“ ist für {parameter} kein Stand, der hier möglich ist ({german.day(days[0])} bis "
            f"{german.day(days[-1])}); gezeigt wird der übliche."
        )
    else:
        st.query_params[parameter] = str(found)
        _notice(f"Zum {asked} gilt die letzte Lieferung davor: Stand {german.day(found)}.")


def _last(wanted: date, days: Sequence[date]) -> date | None:
    return max((day for day in days if day <= wanted), default=None)


def pick_part(titles: Mapping[str, str]) -> str:
    """Part of the bridge whose cells are listed, empty for all; ?teil=."""
    titles = {_ALL: "alle Teile", **titles}
    return _choose(
        "teil",
        titles,
        _ALL,
        lambda key: st.selectbox("Teil der Brücke", list(titles), format_func=titles.get, key=key),
    )


def pick_rhythm(titles: Mapping[str, str]) -> str:
    """Whether events are counted by month or by week; ?takt=."""
    return _segmented("takt", "Zählen je", titles, next(iter(titles)))


def units() -> dict[str, str]:
    """Name of each Gemeinde, administration and Kreis by its ARS, in German order."""
    return dict(data.kept(_names))


def _names() -> dict[str, str]:
    rows = _units()
    return dict(sorted(zip(rows["ars"], rows["name"], strict=True), key=lambda item: german.sort_key(item[1])))


def default_unit() -> str:
    """ARS of the largest unit: what is shown where nobody chose."""
    rows = _units()
    return rows.loc[rows["einwohner"].idxmax(), "ars"]


def _units() -> pd.DataFrame:
    rows = data.fetch("einheiten")
    return rows[(rows["ars"] != LAND) & rows["zustaendig_ars"].notna()]


def pick_unit() -> str:
    """ARS of a Gemeinde, administration or Kreis; ?ars=; typing forgives typos, umlauts and missing words."""
    titles, default = units(), default_unit()

    def resolve() -> None:
        typed = st.session_state["w_ars"]
        if typed not in titles:
            found = search(str(typed or ""), titles)
            st.session_state["w_ars"] = found or st.session_state.get("last_ars", default)
            if not found:
                _remember(
                    f"„{str(typed)[:60]}“ wurde nicht gefunden. Bitte anders schreiben oder aus der Liste wählen."
                )

    return _choose(
        "ars",
        titles,
        default,
        lambda key: st.selectbox(
            "Gemeinde, Verwaltung oder Kreis (tippen zum Suchen)",
            list(titles),
            format_func=lambda ars: titles.get(ars, str(ars)),
            key=key,
            accept_new_options=True,
            on_change=resolve,
        ),
    )


def search(typed: str, titles: Mapping[str, str]) -> str | None:
    """Key of the title that is meant by typed (gradmesser.search), None if nothing is close enough."""
    found = finding.best(typed, _ready(tuple(titles.items())))
    return found.address if found else None


@lru_cache(maxsize=8)
def _ready(titles: tuple[tuple[str, str], ...]) -> finding.Index:
    return finding.titles_index(dict(titles))


def pick_contrast() -> str:
    """Contrast of pages and pictures; ?kontrast=hoch."""
    return _segmented("kontrast", "Kontrast", {_ALL: "üblich", style.HIGH_CONTRAST: "hoch"}, _ALL)


def pick_level() -> str:
    """Level of the map; ?ebene=."""
    titles = {"gemeinden": "Gemeinden", "verwaltungen": "Verwaltungen", "kreise": "Kreise"}
    return _segmented("ebene", "Ebene", titles, "verwaltungen")


def pick_weight() -> str:
    """Whether administrations or inhabitants are counted; ?gewicht=."""
    return _segmented(
        "gewicht", "Zählen nach", {"verwaltungen": "Verwaltungen", "einwohner": "Einwohnern"}, "verwaltungen", "gewicht"
    )


def pick_perspective() -> str:
    """Whose cells count: by responsibility, or what people can use wherever they live; ?sicht=."""
    return _segmented(
        "sicht",
        "Sicht",
        {"zustaendig": "rechtlich zuständig", "nutzbar": "für Einwohner nutzbar"},
        "zustaendig",
        "sicht",
    )


def pick_service(view: View, everything: str = "Alle Leistungen (Roll-in)") -> str | None:
    """LeiKa key of one service, None for all; ?leistung=; everything is what the entry for all is called."""
    services = data.fetch("leistungen", **view.clocks)
    names = services["leistung"] + " · " + services["themenfeld"]
    doubled = names.duplicated(keep=False)
    titles = {_ALL: everything} | dict(
        zip(services["leika_key"], names.where(~doubled, names + " (" + services["leika_key"] + ")"), strict=True)
    )
    chosen = _choose(
        "leistung",
        titles,
        _ALL,
        lambda key: st.selectbox("Leistung", list(titles), format_func=titles.get, key=key, help=glossary.tip("leika")),
    )
    return chosen or None


def pick_field(fields: Sequence[str]) -> str:
    """Themenfeld of the services, empty for all; ?themenfeld=."""
    titles = {_ALL: "alle Themenfelder"} | {field: field for field in sorted(fields, key=german.sort_key)}
    return _choose(
        "themenfeld",
        titles,
        _ALL,
        lambda key: st.selectbox(
            "Themenfeld", list(titles), format_func=titles.get, key=key, help=glossary.tip("themenfeld")
        ),
    )


def pick_addressee() -> str:
    """For whom a service is, empty for all; ?adressat=."""
    titles = {_ALL: "alle", "buerger": "Privatpersonen", "unternehmen": "Unternehmen"}
    return _segmented("adressat", "Für wen", titles, _ALL)


def pick_task_level() -> str:
    """On which level a service is a task, empty for all; ?ebene_leistung=."""
    titles = {_ALL: "alle", "gemeinde": "Gemeindeebene", "kreis": "Kreisebene"}
    return _segmented("ebene_leistung", "Aufgabe der", titles, _ALL)


def pick_class(titles: Mapping[str, str]) -> str:
    """Class of coverage, empty for all; ?klasse=."""
    titles = {_ALL: "alle", **titles}
    return _choose(
        "klasse",
        titles,
        _ALL,
        lambda key: st.selectbox(
            "Abdeckung", list(titles), format_func=titles.get, key=key, help=glossary.tip("flaechendeckung")
        ),
    )


def pick_order(titles: Mapping[str, str]) -> str:
    """Order of the services, the first one if nothing is asked for; ?sortierung=."""
    return _choose(
        "sortierung",
        titles,
        next(iter(titles)),
        lambda key: st.selectbox("Reihenfolge", list(titles), format_func=titles.get, key=key),
    )


def pick_kreis(kreise: Mapping[str, str]) -> str:
    """ARS of one Landkreis or kreisfreie Stadt, empty for all; ?kreis=."""
    titles = {_ALL: "alle Kreise"} | dict(sorted(kreise.items(), key=lambda item: german.sort_key(item[1])))
    return _choose(
        "kreis", titles, _ALL, lambda key: st.selectbox("Kreis", list(titles), format_func=titles.get, key=key)
    )


def pick_register(names: Mapping[str, str]) -> str:
    """Kennung of one register, empty for all; ?register=."""
    titles = {_ALL: "alle Register"} | dict(sorted(names.items(), key=lambda item: german.sort_key(item[1])))
    return _choose(
        "register",
        titles,
        _ALL,
        lambda key: st.selectbox(
            "Register", list(titles), format_func=titles.get, key=key, help=glossary.tip("registermodernisierung")
        ),
    )


def pick_register_level() -> str:
    """On which level the registers are kept; ?ebene_register=."""
    titles = {"gemeinde": "Gemeindeebene", "kreis": "Kreisebene"}
    return _segmented("ebene_register", "Register der", titles, "gemeinde")


def pick_stage(titles: Mapping[str, str]) -> str:
    """Stage of at least one register, empty for all; ?stufe=."""
    everything = {_ALL: "alle", **titles}
    return _choose(
        "stufe",
        everything,
        _ALL,
        lambda key: st.selectbox("Stufe", list(everything), format_func=everything.get, key=key),
    )


def pick_states(labels: Mapping[str, str]) -> str:
    """Filter of the services by state; ?zustand=."""
    return _segmented("zustand", "Zustand", {_ALL: "alle", **labels}, _ALL)


def pick_weights(labels: Mapping[str, str], default: str, parse: Callable[[str], Mapping[str, float] | None]) -> str:
    """Weights of an index as `50-30-20`, one number a part, with a way back to the base weights; ?gewichte=."""
    asked, last = st.query_params.get("gewichte"), st.session_state.get("last_gewichte")
    if asked is not None and parse(asked) is None:
        _notice(
            f"Die Adresse nennt „{asked[:60]}“ für gewichte; gebraucht werden {len(labels)} ganze Zahlen von 0 bis 100, nicht "
            f"alle 0. Gezeigt wird {default}."
        )
        asked = default
    if st.session_state.pop("reset_gewichte", False):
        asked, last = default, None
    chosen = asked if asked is not None and asked != last else last or default
    numbers = parse(chosen)
    if chosen != last:
        for part, number in numbers.items():
            st.session_state[f"w_gewichte_{part}"] = int(number)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        for part, label in labels.items():
            key = f"w_gewichte_{part}"
            st.session_state[key] = st.session_state.get(key, int(numbers[part]))
            st.number_input(f"Gewicht {label}", min_value=0, max_value=100, step=5, key=key, width=150)
        st.button(
            "Grundgewichte",
            key="w_gewichte_zurueck",
            on_click=_reset_weights,
            help=f"Zurück zu {default}",
            type="tertiary",
        )
    typed = "-".join(str(st.session_state[f"w_gewichte_{part}"]) for part in labels)
    if parse(typed) is None:
        _notice(f"Mindestens ein Gewicht muss größer als 0 sein; gezeigt wird {default}.")
        typed = default
    st.session_state["last_gewichte"] = typed
    _write("gewichte", typed, default)
    return typed


def _reset_weights() -> None:
    st.session_state["reset_gewichte"] = True


def pick_theme(titles: Mapping[str, str]) -> str:
    """One of the congress's other themes, the first one unless told otherwise; ?thema=."""
    return _segmented("thema", "Thema", titles, next(iter(titles)))


def pick_country(names: Mapping[str, str]) -> str:
    """Code of a state shown besides Denmark, EU27 and Germany, empty for none; ?land=."""
    titles = {_ALL: "kein weiterer Staat", **names}
    return _choose(
        "land",
        titles,
        _ALL,
        lambda key: st.selectbox("Weiterer Staat", list(titles), format_func=titles.get, key=key),
    )


def pick_indicator(names: Mapping[str, str]) -> str:
    """Key of one indicator of the eGovernment Benchmark, the first one unless told otherwise; ?indikator=."""
    return _choose(
        "indikator",
        names,
        next(iter(names)),
        lambda key: st.selectbox(
            "Indikator für Lebenslagen und Entwicklung", list(names), format_func=names.get, key=key
        ),
    )


def pick_year(years: Sequence[int]) -> int:
    """Year of a published measure, the first of years unless told otherwise; ?jahr=."""
    titles = {str(year): str(year) for year in years}
    return int(
        _choose(
            "jahr",
            titles,
            str(years[0]),
            lambda key: st.selectbox("Jahr der Indikatoren", list(titles), format_func=titles.get, key=key),
        )
    )


def pick_word(titles: Mapping[str, str]) -> str:
    """Word of the glossary, empty for all; ?begriff=."""
    ordered = {_ALL: "alle Begriffe"} | dict(sorted(titles.items(), key=lambda item: german.sort_key(item[1])))
    return _choose(
        "begriff", ordered, _ALL, lambda key: st.selectbox("Begriff", list(ordered), format_func=ordered.get, key=key)
    )


SECTIONS: Mapping[str, Mapping[str, str]] = {
    "kommune": {
        "ueberblick": "Überblick", "leistungen": "Leistungen", "register": "Register", "entwicklung": "Entwicklung",
        "themen": "Weitere Themen", "vergleichbare": "Vergleichbare", "melden": "Melden",
    },
    "leistungen": {
        "ueberblick": "Überblick", "hebel": "Wo wenig genügt", "stufen": "Stufen und Dauer", "stillstand": "Stillstand und Termine",
    },
    "register": {
        "weg": "Weg zur Frist", "matrix": "Wer ist wie weit", "idnr": "IDNr-Quote", "nachweise": "Nachweise (Once-Only)",
        "termine": "Termine und Meldungen",
    },
    "vergleich": {
        "verteilung": "Verteilung", "veraenderung": "Stand und Veränderung", "kreise": "Kreise", "index": "Gradmesser-Index",
    },
    "daten": {
        "quellen": "Quellen und Stand", "lieferungen": "Lieferungen und Ablehnungen", "meldung": "Meldung prüfen",
        "widersprueche": "Widersprüche", "downloads": "Herunterladen", "methodik": "Methodik",
    },
}  # fmt: skip
"""Parts of each page that has parts, by its name; the first is shown unless the address asks for another."""
_BELONGS: Mapping[str, Mapping[str, str]] = {
    "kommune": {"zustand": "leistungen", "suche": "leistungen", "gewichte": "entwicklung"},
    "register": dict.fromkeys(("ebene_register", "stufe", "sortierung"), "matrix"),
}
"""Section of the parameters that only one section of a page has."""


def pick_section(page: str) -> str:
    """Part of a page, one of SECTIONS; ?abschnitt=.

    An address with a parameter of one section only and without a section means that one, as it did before there were
    sections; with another section such parameters leave the address.
    """
    titles, belongs = SECTIONS[page], _BELONGS.get(page, {})
    arrived = st.session_state.get("last_abschnitt") not in titles and "abschnitt" not in st.query_params
    meant = [section for parameter, section in belongs.items() if st.query_params.get(parameter)]
    if arrived and meant:
        st.query_params["abschnitt"] = meant[0]
    chosen = _segmented("abschnitt", "Abschnitt", titles, next(iter(titles)))
    for parameter, section in belongs.items():
        if section != chosen:
            st.query_params.pop(parameter, None)
    return chosen


def pick_group(titles: Mapping[str, str], own: str, ars: str) -> str:
    """Group that is compared, at first that of the unit ars; ?gruppe=; another unit brings its own group."""
    if st.session_state.get("gruppe_von", ars) != ars:
        for key in ("w_gruppe", "last_gruppe"):
            st.session_state.pop(key, None)
        st.query_params.pop("gruppe", None)
    st.session_state["gruppe_von"] = ars
    return _segmented("gruppe", "Gruppe", titles, own)


def pick_criteria(titles: Mapping[str, str]) -> list[str]:
    """What makes administrations alike; ?kriterien=einwohner-dichte; all unless told otherwise, the last one stays."""
    asked = st.query_params.get("kriterien")
    wanted = [name for name in titles if asked is not None and name in asked.split("-")]
    if asked is not None and (not wanted or set(asked.split("-")) - set(titles)):
        _notice(f"Die Adresse nennt „{asked[:60]}“ für kriterien; bekannt sind {', '.join(titles)}.")
    if asked is not None and asked != st.session_state.get("last_kriterien"):
        st.session_state["w_kriterien"] = wanted or list(titles)
    elif not st.session_state.get("w_kriterien"):
        kept = st.session_state.get("last_kriterien", "")
        st.session_state["w_kriterien"] = [name for name in titles if name in kept.split("-")] or list(titles)
    picked = st.pills("Ähnlich nach", list(titles), format_func=titles.get, selection_mode="multi", key="w_kriterien")
    chosen = [name for name in titles if name in picked] or list(titles)
    st.session_state["last_kriterien"] = "-".join(chosen)
    _write("kriterien", "-".join(chosen), "-".join(titles))
    return chosen


def pick_count(usual: int, least: int, most: int) -> int:
    """Number of peers; ?anzahl=."""
    titles = {str(number): german.number(number) for number in range(least, most + 1)}
    return int(
        _choose(
            "anzahl",
            titles,
            str(usual),
            lambda key: st.selectbox("Wie viele", list(titles), format_func=titles.get, key=key),
        )
    )


def pick_reporting_unit() -> str:
    """ARS of one responsible unit, empty for all; ?ars=; a member Gemeinde means the unit that is responsible for it."""
    units = data.fetch("einheiten")
    responsible = dict(zip(units["ars"], units["zustaendig_ars"], strict=True))
    if isinstance(responsible.get(st.query_params.get("ars")), str):
        st.query_params["ars"] = responsible[st.query_params["ars"]]
    own = units[units["ars"] == units["zustaendig_ars"]]
    titles = {_ALL: "alle Einheiten"} | dict(
        sorted(zip(own["ars"], own["name"], strict=True), key=lambda item: german.sort_key(item[1]))
    )
    return _choose(
        "ars", titles, _ALL, lambda key: st.selectbox("Einheit", list(titles), format_func=titles.get, key=key)
    )


def pick_delivery(titles: Mapping[str, str]) -> str:
    """Name of one delivery; ?lieferung=."""
    return _choose(
        "lieferung",
        titles,
        next(iter(titles)),
        lambda key: st.selectbox("Lieferung", list(titles), format_func=titles.get, key=key),
    )


def words(label: str, parameter: str) -> str:
    """Free text filter; ?<parameter>=; matched without regard to case and umlauts."""
    key = f"w_{parameter}"
    if key not in st.session_state:
        st.session_state[key] = st.query_params.get(parameter, "")[:80]
    typed = st.text_input(label, key=key, max_chars=80)
    _write(parameter, typed, "")
    return german.spell(typed).strip()


def matching(texts: pd.Series, wanted: str) -> pd.Series:
    """Which texts contain every wanted word."""
    spelled = texts.map(german.spell)
    keep = pd.Series(data=True, index=texts.index)
    for word in wanted.split():
        keep &= spelled.str.contains(word, regex=False)
    return keep


def pick_deck(pins: list[str], usable: Callable[[Sequence[deck.Slide]], tuple[list[deck.Slide], list[str]]]) -> None:
    """Bring the slides that this visitor put aside and the address into line; ?folie=…&folie=…, the address wins if it changed.

    usable: which slides can be shown, and for the others why not.
    """
    asked = st.query_params.get_all(deck.PARAMETER)
    if asked and asked != st.session_state.get("last_folie"):
        wanted = []
        for address in asked[: deck.MOST]:
            try:
                wanted.append(deck.parse(address))
            except deck.UnknownSlide as error:
                _notice(f"{error} Die Folie wurde ausgelassen.")
        pins[:] = list(dict.fromkeys(slide.address for slide in wanted))
    kept, reasons = usable([deck.parse(address) for address in pins])
    for reason in reasons:
        _notice(f"{reason} Die Folie wurde ausgelassen.")
    pins[:] = [slide.address for slide in kept]
    st.session_state["last_folie"] = list(pins)
    if not pins:
        st.query_params.pop(deck.PARAMETER, None)
    elif asked != pins:
        st.query_params[deck.PARAMETER] = pins


def pick_hall() -> str:
    """Whether the hall is light or dark; ?saal=."""
    return _segmented("saal", "Saal", {"hell": "hell", "dunkel": "dunkel"}, "hell")


def pick_names() -> bool:
    """Whether units stand with their names; ?namen=ohne."""
    return _segmented("namen", "Namen der Einheiten", {"mit": "mit Namen", "ohne": "ohne Namen"}, "mit") == "mit"


def notices() -> None:
    """Show what was corrected in this run."""
    for text in st.session_state.pop("notices", []):
        style.notice(text)


def _segmented(parameter: str, label: str, titles: Mapping[str, str], default: str, word: str = "") -> str:
    """word: what the tooltip explains (catalog/glossar.yaml)."""
    told = glossary.tip(word) if word else None
    return _choose(
        parameter,
        titles,
        default,
        lambda key: st.segmented_control(
            label, list(titles), format_func=titles.get, key=key, required=True, help=told
        ),
    )


def _choose(parameter: str, titles: Mapping[str, str], default: str, widget: Callable[[str], str]) -> str:
    """Run a widget whose value and address parameter agree; an address that changed from outside wins."""
    key, last = f"w_{parameter}", f"last_{parameter}"
    asked = st.query_params.get(parameter)
    if asked is not None and asked not in titles:
        _notice(f"Die Adresse nennt „{asked[:60]}“ für {parameter}; das gibt es nicht. Gezeigt wird {titles[default]}.")
        asked = default
    if asked is not None and asked != st.session_state.get(last):
        st.session_state[key] = asked
    elif st.session_state.get(key, st.session_state.get(last)) in titles:
        st.session_state[key] = st.session_state.get(key, st.session_state.get(last))
    else:
        st.session_state[key] = default
    chosen = widget(key)
    if chosen not in titles:
        chosen = default
    st.session_state[last] = chosen
    _write(parameter, chosen, default)
    return chosen


def _write(parameter: str, value: str, default: str) -> None:
    if value == default:
        st.query_params.pop(parameter, None)
    elif st.query_params.get(parameter) != value:
        st.query_params[parameter] = value


def _notice(text: str) -> None:
    style.notice(text)


def _remember(text: str) -> None:
    st.session_state.setdefault("notices", []).append(text)


def last_on_or_before(asked: str, days: list[date]) -> date | None:
    """Last of the days that is not later than the day asked for; None for nonsense and for a day before all of them."""
    try:
        wanted = date.fromisoformat(asked)
    except ValueError:
        return None
    return max((day for day in days if day <= wanted), default=None)
