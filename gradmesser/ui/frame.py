"""What every page has in common: browser title, menu, banner, heading, footer, the message when no data is there."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from gradmesser import catalog, german
from gradmesser.catalog import places
from gradmesser.catalog.operator import operator
from gradmesser.store import DatabaseMissing
from gradmesser.ui import data, style

EXAMPLE = "BEISPIELDATEN – erfundene Werte. Sie zeigen, wie der Gradmesser arbeitet, nicht wie weit Thüringen ist."
REPORT_SUBJECT = "Gradmesser: Fehler gefunden"


@dataclass(frozen=True, slots=True)
class Page:
    """One line of the menu."""

    path: str
    title: str
    question: str


PAGES = {
    "gradmesser": Page("dashboard.py", "Gradmesser", "Wie voll ist das Glas?"),
    "karte": Page("pages/karte.py", "Karte", "Wo ist was online?"),
    "kommune": Page("pages/kommune.py", "Kommune", "Wie weit sind wir?"),
    "leistungen": Page("pages/leistungen.py", "Leistungen", "Welche Leistung fehlt wo?"),
    "register": Page("pages/register.py", "Register", "Wie weit ist die Registermodernisierung?"),
    "vergleich": Page("pages/vergleich.py", "Vergleich", "Wer ist wie wir, und wer ist wie weit?"),
    "veraenderung": Page("pages/veraenderung.py", "Veränderung", "Was hat sich bewegt, und warum?"),
    "daten": Page("pages/daten.py", "Daten", "Woher kommen die Zahlen?"),
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
        data.pin()
        info = data.info()
        if info.example:
            style.banner(EXAMPLE)
        style.place_for_notices()
        if info.newest is None and name != "daten":
            st.info("Es liegt noch keine Lieferung vor. `python -m etl import FILE --source open_pvog` liest eine ein.")
            st.stop()
        yield
        _footer()
    except DatabaseMissing as error:
        st.error(f"Es gibt noch nichts zu zeigen. {error}")
        st.stop()
    except catalog.CatalogError as error:
        st.error("Eine Einstellung dieser Instanz ist nicht verwendbar; der Betreiber ist zuständig:")
        st.text(str(error))
        st.stop()
    _freeze_start_up()


def report_link(context: str) -> str | None:
    """Mailto address with the place already filled in, None if no contact is configured."""
    address = operator().kontakt_mail
    if not address:
        return None
    quote = {
        "%": "%25",
        " ": "%20",
        "\n": "%0A",
        "&": "%26",
        "?": "%3F",
        "#": "%23",
        '"': "%22",
        "<": "%3C",
        ">": "%3E",
    }
    body = "".join(quote.get(char, char) for char in context)
    return f"mailto:{address}?subject={REPORT_SUBJECT.replace(' ', '%20')}&body={body}"


def _menu() -> None:
    with st.sidebar:
        style.brand("Gradmesser", "Verwaltungsdigitalisierung in Thüringen, nachrechenbar")
        for entry in PAGES.values():
            st.page_link(entry.path, label=entry.title, help=entry.question)


def _footer() -> None:
    who = operator()
    info = data.info()
    attribution = catalog.sources()["gebietsstand"].attribution
    links = [
        (label, address)
        for label, address in (
            ("Impressum", who.impressum_url),
            ("Datenschutz", who.datenschutz_url),
            ("Barrierefreiheit", who.barrierefreiheit_url),
            ("Kontakt", f"mailto:{who.kontakt_mail}" if who.kontakt_mail else ""),
        )
        if address
    ]
    style.footer(
        [
            f"Gebietsstand {german.day(info.territory)} · {attribution}",
            f"Katalog: {info.catalogue} ({info.catalogue_status}) · Regeln {info.rules} · "
            f"Fingerabdruck der Daten {info.checksum[:12]}",
            who.name or "Impressum, Datenschutz und Kontakt trägt der Betreiber ein (docs/betrieb.md).",
        ],
        [("Methodik", "daten?abschnitt=methodik"), *links],
    )
