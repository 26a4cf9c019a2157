"""Parts of the presentation page: the stage, its files, the order of the slides, the tables behind them."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime import get_instance

from gradmesser import anonymous, deck
from gradmesser.catalog import operator
from gradmesser.charts.template import LIGHT
from gradmesser.deck import KINDS, Slide
from gradmesser.export import html_table
from gradmesser.ui import blocks, controls, decks, slides, stage, stagebutton, style

_PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_NEEDS_CHOICE = "leistung-"
_IN_TABLE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the deck is shown: light or dark hall, with or without names of units."""

    hall: str
    named: bool


def slides_of_visitor() -> list[Slide]:
    """Slides of the address or put aside on other pages; without any the example deck."""
    pins = blocks.pins()
    controls.pick_deck(pins, stage.usable)
    if pins:
        style.lead(
            "Ihre Folien in der Reihenfolge der Bühne. Die Adresse dieser Seite enthält alles: weitergeben heißt dasselbe zeigen."
        )
        return [deck.parse(address) for address in pins]
    style.lead(
        "Noch liegt keine Ansicht auf einer Folie; gezeigt wird das Beispiel-Deck. Auf jeder Seite legt der Knopf „Auf die Folie“ "
        "unter einer Abbildung genau diese Ansicht hierher."
    )
    return stage.usable(stage.STARTERS)[0]


def pick_look() -> Look:
    """Hall and names."""
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        return Look(hall=controls.pick_hall(), named=controls.pick_names())


def stage_of(chosen: Sequence[Slide], look: Look) -> None:
    """The deck as it is shown in the hall, with the button that fills the screen with it."""
    made = stage.document(chosen, hall=look.hall, named=look.named).encode()
    address = get_instance().media_file_mgr.add(made, "text/html", "gradmesser_buehne")
    stagebutton.show(address)
    style.note(
        "Tasten auf der Bühne: ← → oder Leertaste blättern, Pos1 und Ende, Zahl + Eingabe springt, B schwarz, N ohne Namen, "
        "P Zeitraffer der Karte, F Vollbild. Auf dem Tablet: wischen."
    )


def files(chosen: Sequence[Slide], look: Look) -> None:
    """The deck to take along, and its address."""

    def as_powerpoint() -> bytes:
        with stage.hidden(chosen, named=look.named):
            return decks.deck_file(chosen)[1]

    def as_page() -> bytes:
        return stage.document(chosen, hall=look.hall, named=look.named).encode()

    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "PowerPoint (PPTX)", as_powerpoint, stage.file_name(chosen, "pptx"), _PPTX, key="deck_pptx", on_click="ignore",
            help="Bearbeitbare Diagramme, QR-Code, Notizen",
        )  # fmt: skip
        st.download_button(
            "Bühne ohne Netz (HTML)", as_page, stage.file_name(chosen, "html"), "text/html", key="deck_html", on_click="ignore",
            help="Eine Datei, die ohne Internet läuft: öffnen, F für Vollbild",
        )  # fmt: skip
    base = operator.operator().adresse.rstrip("/")
    asked = [
        part
        for part in (f"saal={look.hall}" if look.hall != "hell" else "", "" if look.named else "namen=ohne")
        if part
    ]
    st.caption("Adresse dieser Präsentation")
    st.code(
        "&".join([f"{base}/{deck.deck_address(chosen)}" if base else deck.deck_address(chosen), *asked]),
        language=None,
        wrap_lines=True,
    )


def order(chosen: Sequence[Slide], look: Look) -> None:
    """The slides one below the other, each with up, down and remove; one more from the list of kinds."""
    style.finding("Folien ordnen")
    with stage.hidden(chosen, named=look.named):
        titles = [decks.filters(slide) for slide in chosen]
    for position, title in enumerate(titles):
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"folie_{position}"):
            style.item(f"{position + 1}. {title}")
            for key, label, said, off in (
                ("hoch", "↑", "nach vorn", position == 0), ("runter", "↓", "nach hinten", position == len(titles) - 1),
                ("weg", "✕", "von der Bühne nehmen", len(titles) == 1),
            ):  # fmt: skip
                st.button(
                    label, key=f"folie_{key}_{position}", help=f"Folie {position + 1} {said}", disabled=off, on_click=_changed,
                    args=([slide.address for slide in chosen], key, position),
                )  # fmt: skip
    kinds = [kind for kind in KINDS if not kind.startswith(_NEEDS_CHOICE)]
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        kind = st.selectbox(
            "Folie hinzufügen", kinds, format_func=lambda one: KINDS[one].title, key="folie_art", width=340
        )
        st.button(
            "Hinzufügen", key="folie_dazu", on_click=_changed, args=([slide.address for slide in chosen], "dazu", kind),
            disabled=len(chosen) >= deck.MOST,
        )  # fmt: skip
    style.note(
        "Mit eigener Auswahl (Kommune, Leistung, Tag) kommt eine Ansicht über „Auf die Folie“ auf ihrer Seite hierher."
    )


def _changed(addresses: list[str], what: str, where: int | str) -> None:
    """A change of the order; the example deck becomes the visitor's own with it."""
    if what == "dazu":
        addresses = [*addresses, *([] if where in addresses else [where])]
    elif what == "weg":
        addresses = addresses[:where] + addresses[where + 1 :]
    else:
        other = where + (-1 if what == "hoch" else 1)
        addresses = list(addresses)
        addresses[where], addresses[other] = addresses[other], addresses[where]
    blocks.pins()[:] = addresses
    st.session_state["last_folie"] = st.query_params.get_all(deck.PARAMETER)


def tables(chosen: Sequence[Slide], look: Look) -> None:
    """The rows behind every figure, without keys where names are hidden."""
    with st.expander("Tabellen derselben Zeilen", key="deck_tabellen", type="compact", on_change="rerun") as opened:
        if not opened.open:
            return
        with stage.hidden(chosen, named=look.named):
            for slide in chosen:
                block = slides.build(slide, LIGHT).block
                columns = [one for one in block.columns if look.named or one.field not in anonymous.TELLING]
                rest = (
                    ""
                    if len(block.rows) <= _IN_TABLE
                    else f" Die ersten {_IN_TABLE} Zeilen; alle stehen auf der Seite der Ansicht."
                )
                style.html(
                    html_table.render(
                        block.rows.head(_IN_TABLE), columns, f"{block.finding} {blocks.caption(block)}{rest}"
                    )
                )
