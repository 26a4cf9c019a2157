"""From the addresses of slides to one PowerPoint file: the pictures of the pages, their words, their notes."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath

import pandas as pd

from gradmesser import anonymous, europe, findings, german
from gradmesser.catalog import operator, places, sources
from gradmesser.catalog.countries import COUNTRIES
from gradmesser.charts.template import LIGHT
from gradmesser.deck import KINDS, Slide
from gradmesser.export import native, series
from gradmesser.export import slides as powerpoint
from gradmesser.export.slides import SlideContent
from gradmesser.ui import blocks, controls, data, mapview, registers, services, slides, themes
from gradmesser.ui.blocks import Picture

_WORDS = {
    "sicht": {"nutzbar": "für Einwohner nutzbar", "zustaendig": "rechtlich zuständig"},
    "gewicht": {"einwohner": "nach Einwohnern gewichtet", "verwaltungen": "jede Verwaltung zählt gleich"},
    "ebene": {level: level.capitalize() for level in ("gemeinden", "verwaltungen", "kreise")},
    "adressat": {"buerger": "für Bürgerinnen und Bürger", "unternehmen": "für Unternehmen"},
    "ebene_leistung": {"gemeinde": "Aufgaben der Gemeinden", "kreis": "Aufgaben der Kreise"},
    "anfang": {"damals": "erster Tag wie damals bekannt"},
}
_NAMES = {
    "suche": "Suche", "themenfeld": "Themenfeld", "klasse": "Abdeckung", "leistung": "Leistung", "register": "Register",
    "kreis": "Kreis", "ars": "Verwaltung", "gruppe": "Gruppe", "takt": "Takt", "von": "von", "bis": "bis", "stand": "Stand",
    "wissen": "bekannt bis", "sortierung": "Reihenfolge", "land": "weiterer Staat", "indikator": "Indikator", "jahr": "Jahr", "thema": "Thema",
}  # fmt: skip
_DATES = ("von", "bis", "stand", "wissen")
_READING = {
    "glas": "Das Glas zeigt alle Zuständigkeiten: gefüllt, was nachgewiesen online ist, schraffiert, was niemand gemeldet hat.",
    "verlauf": "Die Linie zeigt die nachgewiesenen Angebote von Monat zu Monat, gepunktet darüber alle Zuständigkeiten.",
    "balken": "Jeder Balken reicht von 0 bis 100 Prozent: voll ist nachgewiesen, schraffiert ist ohne Meldung.",
    "karte": "Jede Fläche ist nach ihrem nachgewiesenen Anteil gefärbt; schraffierte Flächen haben nichts gemeldet.",
    "stufen": "Jeder Balken zählt, wie viele Zuständigkeiten heute auf dieser Stufe stehen.",
    "verteilung": "Gezeigt wird die Gruppe nach ihrer Untergrenze; wer unter 60 Prozent gemeldet hat, bekommt keinen Platz.",
    "veraenderung": "Jeder Punkt ist eine Verwaltung: nach rechts der heutige Stand, nach oben die Veränderung seit dem Vorjahr.",
    "bruecke": "Die Balken führen vom ersten zum zweiten Tag; ihre Summe ist genau der Unterschied der beiden Stände.",
    "indikatoren": "Jede Zeile ist ein Indikator: je weiter rechts ein Zeichen steht, desto mehr Punkte hat der Staat.",
    "lebenslagen": "Jede Zeile ist eine Lebenslage im selben Jahr für alle Staaten; zwischen den Zeilen wechselt das Jahr.",
    "entwicklung": "Jede Linie ist ein Staat in zwei Jahren, gerechnet über dieselben Lebenslagen.",
    "angaben": "Gezeigt ist, was gemeldet ist; schraffiert, wer dazu nichts gemeldet hat.",
    "themen-verlauf": "Jede Linie folgt einer Angabe von Stichtag zu Stichtag; zwischen zwei Meldungen gilt die letzte weiter.",
    "opendata-verlauf": "Jeder Balken ist ein Stand der Liste: gefüllt, wer darauf stand, von den beobachteten Stellen.",
    "neues": "Nach oben steht, was im Zeitraum neu online kam, nach unten, was nicht mehr online ist.",
}
_HIDDEN = "Ohne Namen: Zahlen und Fingerabdruck sind die echten, die Namen der Einheiten sind durch Buchstaben ersetzt."
_FALLBACK = {"themenfelder": "balken", "abdeckung": "balken", "meilensteine": "balken", "quote": "balken", "zustaende": "stufen"}  # fmt: skip


def deck_file(chosen: Sequence[Slide]) -> tuple[str, bytes]:
    """Name and bytes of the PowerPoint file of these slides; raises UnknownSlide if one of them names nothing."""
    pictures = [slides.build(slide, LIGHT) for slide in chosen]
    contents = [content(slide, picture) for slide, picture in zip(chosen, pictures, strict=True)]
    return _file_name(chosen, pictures), powerpoint.deck(contents)


def _file_name(chosen: Sequence[Slide], pictures: Sequence[Picture]) -> str:
    if len(chosen) == 1 and not data.nameless():
        return blocks.file_name(pictures[0].block, "pptx")
    example = any(blocks.is_example(picture.block.measure) for picture in pictures)
    return deck_name([picture.block.stand for picture in pictures], "pptx", example=example)


def deck_name(stands: Sequence[date], suffix: str, *, example: bool) -> str:
    """Name of the file of a whole deck: the newest Stand of its pictures, and whether one of them shows example data."""
    mark = "_BEISPIEL" if example else ""
    return f"gradmesser_praesentation_stand-{max(stands, default=data.info().newest)}{mark}.{suffix}"


def content(slide: Slide, picture: Picture) -> SlideContent:
    """What a slide says about its picture."""
    block, caption = picture.block, blocks.caption(picture.block)
    return SlideContent(
        kind=slide.kind, finding=block.finding, shown=_shown(slide, picture), caption=caption, remark=_remark(slide, picture),
        filters=filters(slide), live=live(slide), notes=notes(slide, picture),
        method=f"{block.measure.title}: {block.measure.formula}", example=blocks.is_example(block.measure),
    )  # fmt: skip


def live(slide: Slide) -> str:
    """Whole address of the page with the same view; empty where the operator has entered none or it names a hidden unit."""
    base = operator.operator().adresse.rstrip("/")
    return f"{base}/{slide.live}" if base and not (data.nameless() and anonymous.tells(slide.parameters)) else ""


def filters(slide: Slide) -> str:
    """The view in words: what is chosen, beginning with the name of the picture."""
    return " · ".join(
        [KINDS[slide.kind].title, *(_said(slide, name, value) for name, value in slide.parameters.items())]
    )


def _said(slide: Slide, name: str, value: str) -> str:
    if name in _WORDS:
        return _WORDS[name].get(value, value)
    if name in _DATES:
        return f"{_NAMES[name]} {german.day(pd.Timestamp(value))}"
    known = {"ars": _units, "kreis": registers.kreise, "leistung": lambda: _services(slide),
             "register": lambda: registers.names(slides.view_of(slide.parameters)), "gruppe": lambda: findings.GROUPS, "land": lambda: COUNTRIES, "indikator": europe.indicators,
             "thema": themes.titles}  # fmt: skip
    shown = known[name]().get(value, value) if name in known else value
    return f"{_NAMES[name]}: {shown}"


def _units() -> dict[str, str]:
    return data.fetch("einheiten").set_index("ars")["name"].to_dict()


def _services(slide: Slide) -> dict[str, str]:
    view = slides.view_of(slide.parameters)
    return data.fetch("leistungen", **view.clocks).set_index("leika_key")["leistung"].to_dict()


def _shown(slide: Slide, picture: Picture) -> native.Chart | native.Drawing:
    rows = picture.block.rows
    if slide.kind == "karte":
        level = slide.parameters.get("ebene", "verwaltungen")
        file = places.STATIC / "geo" / PurePosixPath(mapview.geometry_url(level) or "").name
        drawn = series.drawing(rows, picture.figure, json.loads(file.read_text("utf-8")))
        if not data.nameless():
            return drawn
        return replace(drawn, areas=[replace(area, name=area.key) for area in drawn.areas])
    if slide.kind == "leistungen-abdeckung":
        rows = services.drawn_first(rows)
    own = slide.parameters.get("ars", "") or controls.default_unit()
    return series.chart(slide.kind, rows, picture.figure, own)


def _remark(slide: Slide, picture: Picture) -> str:
    if slide.kind == "leistungen-abdeckung":
        shown = len(picture.block.rows)
        return (
            f"Gezeigt sind die ersten der {german.number(shown)} Leistungen dieser Auswahl; alle stehen auf der Seite."
        )
    return picture.remark


def _unknown(block: blocks.Block) -> str:
    if block.measure.source_id == europe.MEASURE:
        return "Fehlt ein Wert, steht dort k. A.; er zählt nie als null."
    if block.measure.source_id == "opendata_publisher":
        return "Nicht auf der Liste heißt nicht, dass es keine offenen Daten gibt."
    if block.measure.source_id == "themen":
        return "Wer nicht meldet, ist unbekannt; das zählt nie als „nein“ und nie als null."
    return "Was nicht gemeldet ist, kann online sein oder nicht; es zählt nie als null."


def notes(slide: Slide, picture: Picture) -> str:
    """Speaker notes from the data: what is seen, how it is counted, what is not known, the limits."""
    block = picture.block
    part = slide.kind.rpartition("-")[2]
    reading = _READING.get(slide.kind) or _READING[_FALLBACK.get(part, part)]
    example = (
        "Achtung: Diese Folie zeigt Beispieldaten mit erfundenen Werten.\n\n"
        if blocks.is_example(block.measure)
        else ""
    )
    source = sources()[block.measure.source_id]
    totals = f"Insgesamt: {block.totals}. " if block.totals else ""
    return (
        f"{example}Was man sieht: {block.finding} {reading}\n\n"
        f"Wie gezählt wird: {block.measure.title}. {block.measure.formula}\n\n"
        f"Was wir nicht wissen: {totals}{_unknown(block)}\n\n"
        f"Grenzen: {block.measure.caveat}\n\n"
        f"Quelle: {source.title}, {source.publisher}, Stand {german.day(block.stand)}. "
        + (_HIDDEN if data.nameless() else f"Nachrechnen: {blocks.verify_command(block.query, block.parameters)}")
    )
