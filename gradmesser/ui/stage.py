"""From the addresses of slides to the stage: one HTML document with the pictures of the pages, with and without names."""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

import streamlit as st

from gradmesser import anonymous
from gradmesser.catalog import operator, places
from gradmesser.charts.template import DARK, Palette
from gradmesser.deck import STARTER, Slide, UnknownSlide, deck_address, parse
from gradmesser.export import htmldeck, series
from gradmesser.export import slides as powerpoint
from gradmesser.export.htmldeck import Area, Look, Map, Scene
from gradmesser.ui import blocks, data, decks, mapview, slides
from gradmesser.ui.blocks import Picture

_HIDDEN = "Ohne QR-Code: Die Adresse der Ansicht nennt die Einheit, deren Name hier verborgen ist."
STARTERS = tuple(parse(address) for address in STARTER)


def document(chosen: Sequence[Slide], *, hall: str = "hell", named: bool = True, turn: int = 0) -> str:
    """The deck as one HTML file; with names it can be switched to a version without. Raises UnknownSlide."""
    return _cached(
        data.version(), tuple(slide.address for slide in chosen), hall, turn, operator.operator().adresse, named=named
    )


@st.cache_data(max_entries=6, show_spinner="Die Bühne wird gebaut …")
def _cached(version: str, addresses: tuple[str, ...], hall: str, turn: int, address: str, *, named: bool) -> str:  # noqa: ARG001 - cache key
    chosen = [parse(one) for one in addresses]
    colours = htmldeck.HALLS[hall]
    with hidden(chosen):
        nameless = [scene(slide, colours) for slide in chosen]
    if not named:
        return htmldeck.document(nameless, hall=hall, turn=turn)
    return htmldeck.document([scene(slide, colours) for slide in chosen], hall=hall, nameless=nameless, turn=turn)


def hidden(chosen: Sequence[Slide], *, named: bool = False) -> object:
    """Block inside which units have letters instead of names, the same for the same deck; nothing happens with named."""
    return nullcontext() if named else data.without_names(deck_address(chosen))


def scene(slide: Slide, colours: Palette) -> Scene:
    """One slide of the stage; raises UnknownSlide."""
    picture = slides.build(slide, colours)
    block, live = picture.block, decks.live(slide)
    return Scene(
        finding=block.finding, figure=_figure(slide, picture, colours), source=blocks.source_line(block), totals=block.totals,
        method=f"{block.measure.title}: {block.measure.formula}", filters=decks.filters(slide), remark=picture.remark,
        live=live, why_no_code="" if live else _why_no_code(slide), example=blocks.is_example(block.measure),
    )  # fmt: skip


def _why_no_code(slide: Slide) -> str:
    if data.nameless() and anonymous.tells(slide.parameters) and operator.operator().adresse:
        return _HIDDEN
    return powerpoint.NO_ADDRESS


def _figure(slide: Slide, picture: Picture, colours: Palette) -> object:
    if slide.kind != "karte":
        return picture.figure
    choice = slides.map_choice(slide.parameters)
    file = places.STATIC / "geo" / PurePosixPath(mapview.geometry_url(choice.level) or "").name
    shapes = {one["id"]: one["geometry"] for one in json.loads(file.read_text("utf-8"))["features"]}
    names = dict(zip(picture.block.rows["ars"], picture.block.rows["name"], strict=True))
    lapse = mapview.lapse(choice, colours)
    return Map(
        areas=[
            Area(name="" if data.nameless() else names[ars], rings=series.rings(shapes[ars])) for ars in lapse.areas
        ],
        looks=[Look(label=one.label, colour=one.colour_light, pattern=one.pattern) for one in lapse.classes],
        frames=[(label, letters) for _, label, letters in lapse.frames],
    )


def usable(chosen: Sequence[Slide]) -> tuple[list[Slide], list[str]]:
    """The slides that can be shown, and for the others why not."""
    found = [(slide, _checked(data.version(), slide.address).reason) for slide in chosen]
    return [slide for slide, reason in found if not reason], [reason for _, reason in found if reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """Stand of a slide and whether it shows example data, or the reason why it cannot be shown."""

    stand: date | None = None
    example: bool = False
    reason: str = ""


@st.cache_data(max_entries=400, show_spinner=False)
def _checked(version: str, address: str) -> _Checked:  # noqa: ARG001 - cache key
    try:
        block = slides.build(parse(address), DARK).block
    except UnknownSlide as error:
        return _Checked(reason=str(error))
    return _Checked(stand=block.stand, example=blocks.is_example(block.measure))


def file_name(chosen: Sequence[Slide], suffix: str) -> str:
    """Name of the file of a deck: the newest Stand of its slides."""
    found = [_checked(data.version(), slide.address) for slide in chosen]
    return decks.deck_name([one.stand for one in found if one.stand], suffix, example=any(one.example for one in found))
