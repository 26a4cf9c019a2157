"""What every page has in common: browser title, menu, banner, heading, footer, the message when no data is there."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import streamlit as st

from gradmesser import catalog, german
from gradmesser.catalog import places
from gradmesser.catalog.operator import operator
from gradmesser.store import DatabaseMissing
from gradmesser.ui import controls, data, finder, style

EXAMPLE = "BEISPIELDATEN – erfundene Werte. Sie zeigen, wie der Gradmesser arbeitet, nicht wie weit Thüringen ist."
PUBLISHED = (
    "Diese Seite zeigt veröffentlichte Werte. Die anderen Seiten zeigen hier BEISPIELDATEN mit erfundenen Werten; beides "
    "gehört nicht zusammen."
)
_PUBLISHED_ONLY = {"europa"}
"""Pages without a single number of the administrations."""
REPORT_SUBJECT = "Gradmesser: Fehler gefunden"


@dataclass(frozen=True, slots=True)
class Page:
    """One line of the menu."""

    path: str
    title: str
    question: str
    in_menu: bool = True
    needs_data: bool = True
    """Whether there is nothing to show without a database; what the law demands is shown all the same."""

    @property
    def address(self) -> str:
        """Address relative to any page."""
        return "." if self.path == "dashboard.py" else Path(self.path).stem


PAGES = {
    "gradmesser": Page("dashboard.py", "Gradmesser", "Wie voll ist das Glas?"),
    "karte": Page("pages/karte.py", "Karte", "Wo ist was online?"),
    "kommune": Page("pages/kommune.py", "Kommune", "Wie weit sind wir?"),
    "leistungen": Page("pages/leistungen.py", "Leistungen", "Welche Leistung fehlt wo?"),
    "register": Page("pages/register.py", "Register", "Wie weit ist die Registermodernisierung?"),
    "vergleich": Page("pages/vergleich.py", "Vergleich", "Wer ist wie wir, und wer ist wie weit?"),
    "veraenderung": Page("pages/veraenderung.py", "Veränderung", "Was hat sich bewegt, und warum?"),
    "themen": Page("pages/themen.py", "Weitere Themen", "Was melden die Verwaltungen darüber hinaus?"),
    "europa": Page("pages/europa.py", "Europa", "Wo stehen Dänemark, Deutschland und die EU?"),
    "praesentation": Page("pages/praesentation.py", "Präsentation", "Was zeigen wir im Saal?"),
    "daten": Page("pages/daten.py", "Daten", "Woher kommen die Zahlen?"),
    "glossar": Page("pages/glossar.py", "Glossar", "Was bedeuten die Wörter?", in_menu=False, needs_data=False),
    "impressum": Page("pages/impressum.py", "Impressum", "Wer verantwortet dies?", in_menu=False, needs_data=False),
    "datenschutz": Page(
        "pages/datenschutz.py", "Datenschutz", "Was wird gespeichert?", in_menu=False, needs_data=False
    ),
    "barrierefreiheit": Page(
        "pages/barrierefreiheit.py", "Barrierefreiheit", "Für wen geht es wie gut?", in_menu=False, needs_data=False
    ),
    "kontakt": Page("pages/kontakt.py", "Kontakt", "Wohin mit Fragen und Fehlern?", in_menu=False, needs_data=False),
}


@st.cache_resource
def _freeze_start_up() -> None:
    """Take everything loaded so far out of garbage collection: it lives as long as the process (docs/betrieb.md)."""
    gc.collect()
    gc.freeze()


@contextmanager
def page(name: str) -> Iterator[None]:
    """Frame around one page's content; the first statement of every page."""
    entry = PAGES[name]
    title = entry.title if name == "gradmesser" else f"{entry.title} – Gradmesser"
    st.set_page_config(
        page_title=title, page_icon=str(places.STATIC / "gradmesser.svg"), layout="wide", initial_sidebar_state="auto"
    )
    style.apply()
    _menu()
    st.title(entry.title, anchor=False)
    try:
        with data.pinned() if entry.needs_data else nullcontext():
            info = data.info() if entry.needs_data else _info_if_there()
            if info and info.example:
                style.banner(banner_text(name))
            style.place_for_notices()
            with st.sidebar:
                controls.pick_contrast()
            if info and info.newest is None and entry.needs_data and name != "daten":
                st.info(
                    "Es liegt noch keine Lieferung vor. `python -m etl import FILE --source open_pvog` liest eine ein."
                )
                _footer(info)
                st.stop()
            yield
            _footer(info)
    except DatabaseMissing as error:
        st.error(f"Es gibt noch nichts zu zeigen. {error}")
        _footer(None)
        st.stop()
    except catalog.CatalogError as error:
        st.error("Eine Einstellung dieser Instanz ist nicht verwendbar; der Betreiber ist zuständig:")
        st.text(str(error))
        st.stop()
    _freeze_start_up()


def banner_text(name: str) -> str:
    """What the banner of a page says while the instance shows invented values."""
    return PUBLISHED if name in _PUBLISHED_ONLY else EXAMPLE


def mail(address: str, subject: str, body: str) -> str:
    """Mailto address; whatever subject and body hold, they stay text."""
    return f"mailto:{quote(address, safe='@')}?subject={quote(subject, safe='')}&body={quote(body, safe='')}"


def report_link(context: str) -> str | None:
    """Mailto address with the place already filled in, None if no contact is configured."""
    address = operator().kontakt_mail
    return mail(address, REPORT_SUBJECT, context) if address else None


def _info_if_there() -> data.Info | None:
    try:
        return data.info()
    except DatabaseMissing:
        return None


def _menu() -> None:
    with st.sidebar:
        style.brand("Gradmesser", "Verwaltungsdigitalisierung in Thüringen, nachrechenbar")
        finder.field({entry.address: (entry.title, entry.question) for entry in PAGES.values()})
        for entry in PAGES.values():
            if entry.in_menu:
                st.page_link(entry.path, label=entry.title, help=entry.question)


def _footer(info: data.Info | None) -> None:
    lines = [] if info is None else [
        f"Gebietsstand {german.day(info.territory)} · {catalog.sources()['gebietsstand'].attribution}",
        f"Katalog: {info.catalogue} ({info.catalogue_status}) · Regeln {info.rules} · "
        f"Fingerabdruck der Daten {info.checksum[:12]}",
    ]  # fmt: skip
    links = [(entry.title, entry.address) for entry in PAGES.values() if not entry.in_menu]
    style.footer(
        [*lines, operator().name or "Impressum, Datenschutz und Kontakt trägt der Betreiber ein (docs/betrieb.md)."],
        [("Methodik", "daten?abschnitt=methodik"), *links],
    )
