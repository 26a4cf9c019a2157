"""Report an error where it is seen: the cell, the day and the address of the view are already in the mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from gradmesser import german
from gradmesser.catalog.operator import operator
from gradmesser.ui import data, frame
from gradmesser.ui.controls import View

TITLE = "Stimmt etwas nicht? Fehler melden"
_NONE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What somebody looks at: a unit, a service or register, and its state in words; keys are official numbers."""

    unit: str
    ars: str
    what: str
    key: str
    state: str


def offer(name: str, cells: Sequence[Cell], view: View, page: str, *, by: str) -> None:
    """Expander with a choice of the cells above it; by says what tells them apart: `Leistung`, `Verwaltung`, `Zelle`."""
    with st.expander(TITLE, key=f"{name}_fehler", type="compact", on_change="rerun") as opened:
        if not opened.open:
            return
        st.markdown(
            "Die Zustände kommen aus dem Portalverbund (Open-PVOG) und aus Meldungen der Verwaltungen. Fehlt dort ein Dienst oder "
            "ist ein Link falsch, bitte zuerst den Eintrag im Zuständigkeitsfinder Thüringen berichtigen; mit der nächsten "
            "Lieferung stimmt auch der Gradmesser. Zuständigkeiten aus dem Leistungskatalog sind ein Vorschlag: Hinweise sind willkommen."
        )
        titles = {_NONE: "allgemein, keine einzelne Zeile"} | {
            f"{cell.ars}/{cell.key}": f"{_label(cell, by)}: {cell.state}" for cell in cells
        }
        key = f"{name}_zelle"
        if st.session_state.get(key) not in titles:
            st.session_state.pop(key, None)
        chosen = st.selectbox(f"Um welche Zeile geht es? ({by})", list(titles), format_func=titles.get, key=key)
        cell = next((one for one in cells if f"{one.ars}/{one.key}" == chosen), None)
        text = message(cell, view, address(page, view, st.query_params.to_dict()))
        link = frame.report_link(text)
        if link:
            st.link_button("E-Mail mit diesem Text öffnen", link)
        else:
            st.markdown(
                "Eine Mailadresse für Meldungen hat der Betreiber noch nicht eingetragen (Seite [Kontakt](kontakt)). Diesen Text "
                "können Sie kopieren und auf Ihrem Weg schicken."
            )
        st.code(text, language=None, wrap_lines=True)


def message(cell: Cell | None, view: View, where: str) -> str:
    """Text of the mail: the cell, both days, the address of the view; what is left to say comes first."""
    about = [] if cell is None else [
        f"Einheit: {cell.unit} ({cell.ars})", f"Leistung oder Register: {cell.what} ({cell.key})", f"Zustand laut Gradmesser: {cell.state}",
    ]  # fmt: skip
    known = data.info().known
    return "\n".join(
        [
            "Was stimmt nicht: ", "Woran man es erkennt (Adresse, Tag): ", "", *about, f"Stand: {german.day(view.stand)}",
            f"bekannt bis: {german.day(min(view.wissen, known) if known else view.wissen)}", f"Ansicht: {where}",
            *(["Achtung: Die Ansicht zeigt BEISPIELDATEN mit erfundenen Werten."] if data.info().example else []),
        ]
    )  # fmt: skip


def address(page: str, view: View, parameters: dict[str, str]) -> str:
    """Address of the view, frozen: whoever reads it sees what was reported, also after later deliveries."""
    known = data.info().known
    frozen = {"stand": str(view.stand), "wissen": str(min(view.wissen, known) if known else view.wissen)}
    here = (st.context.url or "").partition("?")[0].rstrip("/").removesuffix(f"/{page}")
    base = operator().adresse.rstrip("/") or here
    return f"{base}/{page}?{urlencode(parameters | frozen)}"


def _label(cell: Cell, by: str) -> str:
    return {"Leistung": cell.what, "Register": cell.what, "Verwaltung": cell.unit}.get(by, f"{cell.unit}, {cell.what}")
