"""From the address of a slide to its picture: the same functions as on the pages, without widgets."""

from collections.abc import Callable, Container, Mapping
from datetime import date

from gradmesser import coverage, europe, findings, german, news
from gradmesser.catalog import themen
from gradmesser.charts.template import Palette
from gradmesser.deck import KINDS, Slide, UnknownSlide
from gradmesser.ui import changes, comparison, controls, data, mapview, profile, registers, services, start, themes
from gradmesser.ui import europe as european
from gradmesser.ui.blocks import Picture
from gradmesser.ui.controls import Span, View

_LEVELS = ("verwaltungen", "gemeinden", "kreise")
_WEIGHTS = ("verwaltungen", "einwohner")
_PERSPECTIVES = ("zustaendig", "nutzbar")
_ALL = ""


def build(slide: Slide, colours: Palette) -> Picture:
    """Picture of a slide in the colours of a theme; raises UnknownSlide if its address names what does not exist."""
    picture = BUILDERS[slide.kind](slide.parameters, colours)
    if picture is None:
        raise UnknownSlide(f"Für die Folie „{KINDS[slide.kind].title}“ gibt es zu dieser Auswahl nichts zu zeigen.")
    return picture


def _pick(parameters: Mapping[str, str], name: str, known: Container[str], default: str) -> str:
    value = parameters.get(name, default)
    if value != default and value not in known:
        raise UnknownSlide(f"Die Folie nennt „{value[:60]}“ für {name}; das gibt es nicht.")
    return value


def view_of(parameters: Mapping[str, str]) -> View:
    """Both clocks of a slide."""
    view = controls.view_of(parameters)
    if view is None:
        asked = " ".join(parameters[name] for name in ("stand", "wissen") if name in parameters)
        raise UnknownSlide(f"Zu „{asked[:60]}“ liegt kein Stand vor.")
    return view


def _perspective(parameters: Mapping[str, str]) -> str:
    return _pick(parameters, "sicht", _PERSPECTIVES, _PERSPECTIVES[0])


def _weight(parameters: Mapping[str, str]) -> str:
    return _pick(parameters, "gewicht", _WEIGHTS, _WEIGHTS[0])


def _start(parameters: Mapping[str, str]) -> start.Choice:
    return start.Choice(
        view=view_of(parameters), perspective=_perspective(parameters), weight=_weight(parameters)
    )  # fmt: skip


def _unit(parameters: Mapping[str, str]) -> str:
    return _pick(parameters, "ars", controls.units(), controls.default_unit())


def _service(parameters: Mapping[str, str], view: View) -> str:
    known = set(data.fetch("leistungen", **view.clocks)["leika_key"])
    return _pick(parameters, "leistung", known, _ALL)


def map_choice(parameters: Mapping[str, str]) -> mapview.Choice:
    """What a slide of the map shows."""
    view = view_of(parameters)
    return mapview.Choice(
        level=_pick(parameters, "ebene", _LEVELS, _LEVELS[0]), weight=_weight(parameters),
        service=_service(parameters, view) or None, view=view, perspective=_perspective(parameters),
    )  # fmt: skip


def _map(parameters: Mapping[str, str], colours: Palette) -> Picture:
    return mapview.map_picture(map_choice(parameters), colours)


def _services(parameters: Mapping[str, str], colours: Palette, make: Callable) -> Picture | None:
    view = view_of(parameters)
    rows = coverage.classified(data.fetch("leistung_abdeckung", **view.clocks))
    wanted = coverage.Filter(
        field=_pick(parameters, "themenfeld", set(rows["themenfeld"]), _ALL),
        addressee=_pick(parameters, "adressat", ("buerger", "unternehmen"), _ALL),
        level=_pick(parameters, "ebene_leistung", ("gemeinde", "kreis"), _ALL),
        kind=_pick(parameters, "klasse", coverage.CLASSES, _ALL),
    )
    choice = services.Choice(
        view=view, wanted=wanted, words=german.spell(parameters.get("suche", "")[:80]).strip(),
        order=_pick(parameters, "sortierung", coverage.ORDERS, next(iter(coverage.ORDERS))),
    )  # fmt: skip
    return None if choice.rows.empty else make(choice, colours)


def _one_service(parameters: Mapping[str, str], colours: Palette, make: Callable) -> Picture | None:
    view = view_of(parameters)
    service = _service(parameters, view)
    if not service or data.fetch("leistung_einheiten", leika_key=service, **view.clocks).empty:
        return None
    return make(service, view, colours)


def _registers(parameters: Mapping[str, str], colours: Palette, make: Callable) -> Picture | None:
    view = view_of(parameters)
    choice, rows = registers.chosen(
        view,
        _pick(parameters, "register", registers.names(view), _ALL),
        _pick(parameters, "kreis", registers.kreise(), _ALL),
    )
    return None if rows.empty else make(choice, colours)


def _comparison(parameters: Mapping[str, str], section: str) -> comparison.Choice:
    unit = profile.unit(_unit(parameters))[1]
    return comparison.Choice(
        ars=unit["ars"], name=unit["name"], group=_pick(parameters, "gruppe", findings.GROUPS, unit["gruppe"]),
        view=view_of(parameters), section=section, perspective=_perspective(parameters), weight=_weight(parameters),
    )  # fmt: skip


def _change(parameters: Mapping[str, str], colours: Palette) -> Picture | None:
    choice = _comparison(parameters, "veraenderung")
    since = comparison.year_before(choice.view)
    return None if since is None else comparison.change_picture(choice, since, colours)


def _way(parameters: Mapping[str, str]) -> changes.Choice:
    view = view_of({("stand" if name == "bis" else name): value for name, value in parameters.items()})
    days = [day.date() for day in data.fetch("stichtage", wissen=view.wissen)["stichtag"]]
    before = [day for day in days if day < view.stand]
    if not before:
        raise UnknownSlide(f"Vor dem {german.day(view.stand)} liegt kein Stand vor.")
    asked = parameters.get("von")
    von = _day_before(asked, before) if asked else controls.usual_start(view.stand, before)
    span = Span(von=von, view=view)
    then = controls.known_then(span)
    return changes.Choice(
        span=span,
        ars=_pick(parameters, "ars", controls.units(), _ALL),
        kreis=_pick(parameters, "kreis", registers.kreise(), _ALL),
        field=_pick(parameters, "themenfeld", set(data.fetch("leistungen", **view.clocks)["themenfeld"]), _ALL),
        wissen_von=then if _pick(parameters, "anfang", ("heute", "damals"), "heute") == "damals" else view.wissen,
    )


def _day_before(asked: str, days: list[date]) -> date:
    found = controls.last_on_or_before(asked, days)
    if found is None:
        raise UnknownSlide(f"Zu „{asked[:60]}“ liegt kein Stand vor.")
    return found


def _news(parameters: Mapping[str, str], colours: Palette) -> Picture | None:
    rhythm = _pick(parameters, "takt", news.RHYTHMS, next(iter(news.RHYTHMS)))
    return changes.news_picture(_way(parameters), rhythm, colours)


def _europe(parameters: Mapping[str, str]) -> european.Choice | None:
    rows = european.rows()
    if rows.empty:
        return None
    years = {str(year): year for year in europe.years(rows)}
    newest = next(iter(years))
    return european.Choice(
        country=_pick(parameters, "land", european.others(rows), _ALL),
        indicator=_pick(parameters, "indikator", europe.indicators(), europe.TOTAL),
        year=years[_pick(parameters, "jahr", years, newest)],
    )


def _european(parameters: Mapping[str, str], colours: Palette, make: Callable) -> Picture | None:
    choice = _europe(parameters)
    return None if choice is None else make(choice, colours)


def _theme(parameters: Mapping[str, str], colours: Palette, make: Callable) -> Picture | None:
    known = themen.themes()
    theme = _pick(parameters, "thema", known, next(iter(known)))
    return make(themes.Choice(theme=theme, view=view_of(parameters)), colours)


Builder = Callable[[Mapping[str, str], Palette], Picture | None]
BUILDERS: Mapping[str, Builder] = {
    "glas": lambda asked, colours: start.glass_picture(_start(asked), colours),
    "verlauf": lambda asked, colours: start.trend_picture(_start(asked), colours),
    "themenfelder": lambda asked, colours: start.fields_picture(_start(asked), colours),
    "karte": _map,
    "kommune-themenfelder": lambda asked, colours: profile.fields_picture(_unit(asked), view_of(asked), colours),
    "kommune-verlauf": lambda asked, colours: profile.trend_picture(_unit(asked), view_of(asked), colours),
    "leistungen-abdeckung": lambda asked, colours: _services(asked, colours, services.coverage_picture),
    "leistungen-stufen": lambda asked, colours: _services(asked, colours, services.stages_picture),
    "leistung-zustaende": lambda asked, colours: _one_service(asked, colours, services.states_picture),
    "leistung-verlauf": lambda asked, colours: _one_service(asked, colours, services.service_trend_picture),
    "register-verlauf": lambda asked, colours: _registers(asked, colours, registers.path_picture),
    "register-meilensteine": lambda asked, colours: _registers(asked, colours, registers.milestones_picture),
    "register-idnr-quote": lambda asked, colours: _registers(asked, colours, registers.quota_picture),
    "vergleich-verteilung": lambda asked, colours: comparison.distribution_picture(_comparison(asked, "verteilung"), colours),
    "vergleich-veraenderung": _change,
    "veraenderung-bruecke": lambda asked, colours: changes.bridge_picture(_way(asked), colours),
    "veraenderung-neues": _news,
    "themen-angaben": lambda asked, colours: _theme(asked, colours, themes.answers_picture),
    "themen-verlauf": lambda asked, colours: _theme(asked, colours, themes.development_picture),
    "opendata-verlauf": lambda _asked, colours: themes.open_data_picture(colours),
    "europa-indikatoren": lambda asked, colours: _european(asked, colours, european.indicators_picture),
    "europa-lebenslagen": lambda asked, colours: _european(asked, colours, european.events_picture),
    "europa-entwicklung": lambda asked, colours: _european(asked, colours, european.development_picture),
}  # fmt: skip
"""How the picture of each kind is made; None where there is nothing to show."""
