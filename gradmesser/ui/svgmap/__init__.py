"""A choropleth map that is fast on the wire and reachable by keyboard: own SVG in a Streamlit component v2.

The geometry is a static file that the browser fetches once and keeps; a rerun sends only one class letter and a few numbers
a unit. Three elements make one map, because Streamlit sends an inline script again with every changed message and keeps
only unchanged messages in the browser: the engine (script and styles, never changes), the frames of a time lapse (change
with the measure) and the map itself (a script of a few lines and the values).
"""

import functools
import json
import re
import string
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import streamlit as st

Pattern = Literal["none", "hatch", "dots", "cross", "empty"]

PATTERNS: tuple[Pattern, ...] = ("none", "hatch", "dots", "cross", "empty")
_LETTERS = string.ascii_uppercase
_SEPARATOR = "|"
_PLACE = re.compile(r"\{([0-9]+)\}")
_HEX_DIGITS = frozenset(string.hexdigits)


class SvgmapError(ValueError):
    """What a page handed to the map does not fit together; the text says what and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapClass:
    """One entry of the legend and the look of its units.

    Colours are "#rrggbb". `sentence` is what a unit of this class reads, with {0}, {1}, … for the numbers of its cell; None
    takes the sentence of the map, "" reads the label alone (for "keine Meldung").
    """

    key: str
    label: str
    colour_light: str
    colour_dark: str
    pattern: Pattern
    sentence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MapCell:
    """One unit: the key of its class and as many numbers as the sentence of that class has places.

    Whole numbers are written the German way (1.234); everything else comes as text, formatted by gradmesser.german.
    """

    class_key: str
    numbers: tuple[int | str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MapFrame:
    """One date of a time lapse: `key` for the address, `label` to read, one class letter a unit (from class_letters)."""

    key: str
    label: str
    letters: str


@functools.cache
def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _fingerprint(*texts: str) -> str:
    """CRC-32 of the texts, eight hexadecimal digits; the browser computes the same of the ids it drew."""
    joined = "\n".join(texts).encode()
    return f"{zlib.crc32(joined):08x}"


_ENGINE = f"svgmap-{_fingerprint(_asset('svgmap.js'), _asset('svgmap.css'))}"

# The shelf is where one element leaves what another one waits for, whichever the browser mounts first.
_SHELF = """
const shelf = (globalThis.gradmesserShelf ??= {});
function slot(name) {
  return (shelf[name] ??= (() => {
    const place = {};
    place.taken = new Promise((put) => (place.put = put));
    return place;
  })());
}
"""
_CARRIER_JS = _SHELF + "export default ({ data }) => { slot(data.name).put(data.content); };\n"
_MAP_JS = _SHELF + f'export default (component) => slot("{_ENGINE}").taken.then((mount) => mount(component));\n'

_engine = st.components.v2.component("gradmesser_svgmap_engine", js=_asset("svgmap.js"))
_carrier = st.components.v2.component("gradmesser_svgmap_frames", js=_CARRIER_JS)
_map = st.components.v2.component("gradmesser_svgmap", js=_MAP_JS)


def _letter_of(classes: Sequence[MapClass]) -> dict[str, str]:
    """Class key -> its letter on the wire: A for the first class, B for the second, …"""
    letters = dict(zip((one.key for one in classes), _LETTERS, strict=False))
    if not classes or len(letters) != len(classes):
        message = (
            f"svgmap: 1 to {len(_LETTERS)} classes with different keys expected, got {[one.key for one in classes]}"
        )
        raise SvgmapError(message)
    return letters


def class_letters(class_of: Mapping[str, str], classes: Sequence[MapClass]) -> str:
    """The letters of one frame: class key of every unit -> one letter a unit, in the order of the sorted ids.

    Takes ars -> class key for all units of the geometry. Raises SvgmapError for a class key that `classes` does not have.
    Worth caching: 60 dates of 601 units take about 5 ms.
    """
    letters = _letter_of(classes)
    try:
        return "".join(letters[class_of[ars]] for ars in sorted(class_of))
    except KeyError as missing:
        message = f"svgmap: class {missing} is not among {list(letters)}"
        raise SvgmapError(message) from missing


def _places(sentence: str) -> int:
    """How many numbers a sentence takes: 3 for "{0} von {1}, {2} ohne Meldung"."""
    named = set(_PLACE.findall(sentence))
    if named != {str(place) for place in range(len(named))} or "{" in _PLACE.sub("", sentence):
        message = f"svgmap: places of a sentence are {{0}}, {{1}}, … without gaps, got {sentence!r}"
        raise SvgmapError(message)
    return len(named)


def _shown(number: int | str) -> str:
    if isinstance(number, int):
        return f"{number:,}".replace(",", ".").replace("-", "\N{MINUS SIGN}")
    if not number or _SEPARATOR in number:
        message = f"svgmap: a number as text is not empty and has no {_SEPARATOR!r}, got {number!r}"
        raise SvgmapError(message)
    return number


def _packed_numbers(cells: Iterable[tuple[str, MapCell]], places: Mapping[str, int]) -> str:
    """All numbers, unit after unit, joined; empty where the same place of the class before had the same number."""
    last: dict[str, list[str]] = {key: [""] * count for key, count in places.items()}
    packed: list[str] = []
    for ars, cell in cells:
        if len(cell.numbers) != places[cell.class_key]:
            message = (
                f"svgmap: {ars} has {len(cell.numbers)} numbers, "
                f"the sentence of class {cell.class_key!r} takes {places[cell.class_key]}"
            )
            raise SvgmapError(message)
        shown = [_shown(number) for number in cell.numbers]
        before = last[cell.class_key]
        packed += ["" if now == then else now for now, then in zip(shown, before, strict=True)]
        last[cell.class_key] = shown
    return _SEPARATOR.join(packed)


def _legend(classes: Sequence[MapClass], sentence: str) -> list[list[str]]:
    """The classes as the browser takes them: key, label, colours, pattern, sentence."""
    for one in classes:
        if one.pattern not in PATTERNS:
            message = f"svgmap: pattern of class {one.key!r} is one of {PATTERNS}, got {one.pattern!r}"
            raise SvgmapError(message)
        for colour in (one.colour_light, one.colour_dark):
            if len(colour) != len("#rrggbb") or colour[0] != "#" or not _HEX_DIGITS.issuperset(colour[1:]):
                message = f"svgmap: colours of class {one.key!r} are written #rrggbb, got {colour!r}"
                raise SvgmapError(message)
    return [
        [
            one.key,
            one.label,
            one.colour_light,
            one.colour_dark,
            one.pattern,
            sentence if one.sentence is None else one.sentence,
        ]
        for one in classes
    ]


def _wire_values(
    values: Mapping[str, MapCell], classes: Sequence[MapClass], sentence: str
) -> dict[str, str | int | list[list[str]]]:
    """The values as the browser takes them: order and count to check against, letters, numbers, classes."""
    letters = _letter_of(classes)
    legend = _legend(classes, sentence)
    places = {row[0]: _places(row[-1]) for row in legend}
    cells = [(ars, values[ars]) for ars in sorted(values)]
    unknown = sorted({cell.class_key for _, cell in cells} - letters.keys())
    if unknown:
        message = f"svgmap: classes {unknown} of the values are not among {list(letters)}"
        raise SvgmapError(message)
    return {
        "order": _fingerprint(*(ars for ars, _ in cells)),
        "count": len(cells),
        "classes": legend,
        "letters": "".join(letters[cell.class_key] for _, cell in cells),
        "numbers": _packed_numbers(cells, places),
    }


def _wire_frames(frames: Sequence[MapFrame], count: int, frame: str | None) -> tuple[str, list[list[str]]]:
    """Name on the shelf and content of a time lapse; every frame has a letter for each of the `count` units."""
    for one in frames:
        if len(one.letters) != count:
            message = f"svgmap: frame {one.key!r} has {len(one.letters)} letters for {count} units"
            raise SvgmapError(message)
    if frame not in {one.key for one in frames}:
        message = f"svgmap: frame {frame!r} is not among the frames"
        raise SvgmapError(message)
    content = [[one.key, one.label, one.letters] for one in frames]
    return f"svgmap-frames-{_fingerprint(json.dumps(content))}", content


def _event(key: str, name: str) -> str | None:
    """What the browser reported under this name since the last run."""
    reported = st.session_state[key].get(name)
    return reported if isinstance(reported, str) else None


def _teller(key: str, name: str, callback: Callable[[str], None] | None) -> Callable[[], None]:
    """Streamlit's callback without arguments -> the page's callback with what was chosen."""

    def tell() -> None:
        reported = _event(key, name)
        if callback is not None and reported is not None:
            callback(reported)

    return tell


def svgmap(
    *,
    key: str,
    geometry_url: str,
    values: Mapping[str, MapCell],
    classes: Sequence[MapClass],
    sentence: str,
    title: str,
    description: str,
    selected: str | None,
    unit_plural: str,
    note: str = "",
    outlines_url: str | None = None,
    height_px: int = 640,
    high_contrast: bool = False,
    on_select: Callable[[str], None] | None = None,
    frames: Sequence[MapFrame] | None = None,
    frame: str | None = None,
    on_frame: Callable[[str], None] | None = None,
) -> str | None:
    """Draw the map with its legend; returns the id that was opened by click, tap or keyboard since the last run, else None.

    key: of this map on its page, without "__"; zoom and keyboard position are remembered under it.
    geometry_url: static GeoJSON, each feature with an id (the ARS), properties.name and a Polygon or MultiPolygon in
        degrees, e.g. "app/static/geo/gemeinde-1a2b3c.geojson". Put a hash in the name: the browser keeps the file.
    values: one cell for every unit of the geometry, none for others; a mismatch is reported in the map's place.
    classes: the legend in its order, at most 26; the numbers of units are counted in the browser.
    sentence: what a unit reads after its name, "{0} von {1}, {2} ohne Meldung"; a class may have its own.
    title, description: name and alternative text of the map for screen readers; the page shows its own heading.
    selected: the id with the mark of choice. unit_plural: what the areas are called in the legend, "Gemeinden".
    note: short text inside the picture, so that no crop loses it, e.g. that the values are invented.
    outlines_url: GeoJSON whose borders are drawn thicker on top, e.g. of the Kreise. height_px: the highest the map grows.
    high_contrast: every area and every outline is edged in what stands out most; a system that wishes it gets it anyway.
    on_select: called with the id before the next run, as callbacks of widgets are.
    frames, frame, on_frame: a time lapse played in the browser, the key of the frame that `values` belong to, and what to
        call with the key of the frame that a user stopped at. `frame` must be given with `frames`.

    Raises SvgmapError when classes, values, sentences or frames do not fit together.
    """
    wire = {
        **_wire_values(values, classes, sentence),
        "key": key,
        "geometry": geometry_url,
        "outlines": outlines_url,
        "title": title,
        "description": description,
        "selected": selected,
        "units": unit_plural,
        "note": note,
        "height": height_px,
        "high": high_contrast,
    }
    with st.container(gap=None):
        _engine(key=f"{key}-engine", data={"name": _ENGINE, "css": _asset("svgmap.css")})
        if frames:
            name, content = _wire_frames(frames, len(values), frame)
            _carrier(key=f"{key}-frames", data={"name": name, "content": content})
            wire |= {"frames": name, "frame": frame}
        events = _map(
            key=key,
            data=wire,
            on_opened_change=_teller(key, "opened", on_select),
            on_framed_change=_teller(key, "framed", on_frame),
        )
    return events["opened"]
