"""What a slide is: one picture of one page, named by an address like everything else; pure, knows neither app nor data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

PARAMETER = "folie"
"""`praesentation?folie=glas&folie=karte%3Febene%3Dkreise`: a deck is the sequence of its slides."""
MOST = 40
"""More slides than this an address does not carry."""
STARTER = ("glas", "verlauf", "karte", "themenfelder", "veraenderung-neues")
"""What a visitor is shown who has put no view onto a slide yet."""
_CLOCKS = ("stand", "wissen")
_START = ("sicht", "gewicht", *_CLOCKS)
_SERVICES = ("suche", "themenfeld", "klasse", "sortierung", "adressat", "ebene_leistung", *_CLOCKS)
_REGISTERS = ("register", "kreis", *_CLOCKS)
_EUROPE = ("land", "indikator")
_WAY = ("von", "bis", "wissen", "anfang", "ars", "kreis", "themenfeld")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of picture: the page that shows it (path of its address), its name, what its address may say.

    published: its values are those of a published source, never invented ones.
    """

    page: str
    title: str
    parameters: tuple[str, ...]
    published: bool = False


KINDS: Mapping[str, Kind] = {
    "glas": Kind(page="", title="Glas", parameters=_START),
    "verlauf": Kind(page="", title="Verlauf", parameters=_START),
    "themenfelder": Kind(page="", title="Themenfelder", parameters=("sicht", *_CLOCKS)),
    "karte": Kind(page="karte", title="Karte", parameters=("ebene", "gewicht", "sicht", "leistung", *_CLOCKS)),
    "kommune-themenfelder": Kind(page="kommune", title="Themenfelder einer Kommune", parameters=("ars", *_CLOCKS)),
    "kommune-verlauf": Kind(page="kommune", title="Verlauf einer Kommune", parameters=("ars", *_CLOCKS)),
    "leistungen-abdeckung": Kind(page="leistungen", title="Abdeckung der Leistungen", parameters=_SERVICES),
    "leistungen-stufen": Kind(page="leistungen", title="Stufen der Leistungen", parameters=_SERVICES),
    "leistung-zustaende": Kind(page="leistungen", title="Stufen einer Leistung", parameters=("leistung", *_CLOCKS)),
    "leistung-verlauf": Kind(page="leistungen", title="Verlauf einer Leistung", parameters=("leistung", *_CLOCKS)),
    "register-verlauf": Kind(page="register", title="Register bis 2028", parameters=_REGISTERS),
    "register-meilensteine": Kind(page="register", title="Meilensteine der Register", parameters=_REGISTERS),
    "register-idnr-quote": Kind(page="register", title="IDNr-Quote", parameters=_REGISTERS),
    "vergleich-verteilung": Kind(
        page="vergleich", title="Verteilung in der Gruppe", parameters=("ars", "gruppe", "sicht", "gewicht", *_CLOCKS)
    ),
    "vergleich-veraenderung": Kind(
        page="vergleich", title="Stand und Veränderung", parameters=("ars", "gruppe", *_CLOCKS)
    ),
    "veraenderung-bruecke": Kind(page="veraenderung", title="Brücke zwischen zwei Tagen", parameters=_WAY),
    "veraenderung-neues": Kind(page="veraenderung", title="Was ist neu", parameters=(*_WAY, "takt")),
    "themen-angaben": Kind(page="themen", title="Weitere Themen", parameters=("thema", *_CLOCKS)),
    "themen-verlauf": Kind(page="themen", title="Weitere Themen im Verlauf", parameters=("thema", *_CLOCKS)),
    "opendata-verlauf": Kind(page="themen", title="Offene Daten", parameters=(), published=True),
    "europa-indikatoren": Kind(
        page="europa", title="Europa nach Indikatoren", parameters=("land", "jahr"), published=True
    ),
    "europa-lebenslagen": Kind(page="europa", title="Europa nach Lebenslagen", parameters=_EUROPE, published=True),
    "europa-entwicklung": Kind(page="europa", title="Europa in zwei Jahren", parameters=_EUROPE, published=True),
}
"""By the key of the block on its page."""

_SECTION = {
    "vergleich-veraenderung": {"abschnitt": "veraenderung"},
    "opendata-verlauf": {"thema": "opendata_publisher"},
    "kommune-themenfelder": {"abschnitt": "leistungen"},
    "kommune-verlauf": {"abschnitt": "entwicklung"},
    "leistungen-stufen": {"abschnitt": "stufen"},
    "register-idnr-quote": {"abschnitt": "idnr"},
}
"""What the live address needs besides, where a page has sections."""


class UnknownSlide(ValueError):
    """The address of a slide names something that does not exist; the text says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slide:
    """One slide: kind of picture and the parameters of its view, defaults left out."""

    kind: str
    parameters: Mapping[str, str]

    @property
    def address(self) -> str:
        """As it stands in the address of a deck: `karte?ebene=kreise`."""
        return f"{self.kind}?{urlencode(self.parameters)}" if self.parameters else self.kind

    @property
    def live(self) -> str:
        """Address of the page that shows the same picture, relative to the dashboard."""
        asked = urlencode({**_SECTION.get(self.kind, {}), **self.parameters})
        return KINDS[self.kind].page + (f"?{asked}" if asked else "")


def pinned(kind: str, parameters: Mapping[str, str]) -> Slide:
    """The slide of a block on a page whose address has these parameters; what the picture does not depend on is left out."""
    known = {name: parameters[name] for name in KINDS[kind].parameters if parameters.get(name)}
    return Slide(kind=kind, parameters=known)


def parse(address: str) -> Slide:
    """Slide of an address as `Slide.address` writes it; raises UnknownSlide."""
    kind, _, asked = address.partition("?")
    if kind not in KINDS:
        raise UnknownSlide(f"Eine Folie „{kind[:60]}“ gibt es nicht.")
    parameters = dict(parse_qsl(asked, keep_blank_values=False))
    strange = [name for name in parameters if name not in KINDS[kind].parameters]
    if strange:
        raise UnknownSlide(f"Die Folie „{KINDS[kind].title}“ kennt „{strange[0][:60]}“ nicht.")
    return Slide(kind=kind, parameters=parameters)


def deck_address(slides: Iterable[Slide]) -> str:
    """Address of a whole deck: `praesentation?folie=…&folie=…`."""
    return "praesentation?" + "&".join(f"{PARAMETER}={quote(slide.address, safe='')}" for slide in slides)
