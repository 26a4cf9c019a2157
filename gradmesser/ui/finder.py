"""The search field of every page: units, services, registers, measures, pages and words, found by what people type."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import streamlit as st

from gradmesser import german, search, store
from gradmesser.catalog import BUND, LAND, glossary, measures
from gradmesser.search import Entry
from gradmesser.store import DatabaseMissing
from gradmesser.ui import data, style

LABEL = "Suchen (Strg + K)"
_MOST = 5
_LONGEST = 80
_PAGES, _UNITS, _SERVICES, _REGISTERS, _MEASURES, _WORDS = (
    "Seiten", "Orte und Verwaltungen", "Leistungen", "Register", "Kennzahlen", "Begriffe",
)  # fmt: skip
_WHERE = {
    "rollin_rate": "gradmesser", "meldequote": "gradmesser", "landeswert": "gradmesser", "alles_oder_nichts": "gradmesser",
    "flaechendeckung": "leistungen", "stufen": "leistungen", "link_quote": "leistungen", "naechste_schritte": "kommune",
    "register_meilensteine": "register", "idnr_quote": "register", "once_only_luecke": "register",
    "bruecke": "veraenderung", "sichtbarkeitsluecke": "daten?abschnitt=widersprueche", "vergleichbare": "kommune",
    "veraenderungsliga": "vergleich?abschnitt=veraenderung", "rangband": "vergleich",
    "gradmesser_index": "vergleich?abschnitt=index",
}  # fmt: skip
"""Where a measure is shown; what is not listed is explained on the page of methods."""
_METHODS = "daten?abschnitt=methodik"
_START = "gradmesser"


def field(pages: Mapping[str, tuple[str, str]]) -> None:
    """Search field with its results below; pages: title and question of each page by its path."""
    style.search_key()
    _field(pages)


@st.fragment
def _field(pages: Mapping[str, tuple[str, str]]) -> None:
    typed = st.text_input(
        LABEL, key="w_finden", type="search", live=True, autocomplete="off",
        placeholder="Ort, Leistung, Register …",
    )  # fmt: skip
    typed = (typed or "").strip()[:_LONGEST]
    if not typed:
        return
    found = index(pages).find(typed)
    if not found:
        style.status(f"Nichts gefunden zu „{typed}“. Bitte anders oder kürzer schreiben.")
        return
    style.status(f"{german.count(len(found), 'Treffer', 'Treffer')} zu „{typed}“")
    shown = search.groups(found, _MOST)
    style.hits(
        {
            kind: (
                [(entry.title, link(entry.address, st.query_params.to_dict()), entry.hint) for entry in entries],
                f"und {german.number(count - len(entries))} weitere" if count > len(entries) else "",
            )
            for kind, (entries, count) in shown.items()
        }
    )


def link(address: str, parameters: Mapping[str, str]) -> str:
    """Address of something found; a view that is frozen stays frozen."""
    clocks = {name: parameters[name] for name in ("stand", "wissen") if name in parameters}
    if not clocks or address.startswith("glossar"):
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode(clocks)}"


def index(pages: Mapping[str, tuple[str, str]]) -> search.Index:
    """Everything that can be found; made once for each published database."""
    try:
        version = store.version()
    except DatabaseMissing:
        version = ""
    return _index(version, tuple((path, *words) for path, words in pages.items()))


@st.cache_resource(max_entries=4, show_spinner=False)
def _index(version: str, pages: Sequence[tuple[str, str, str]]) -> search.Index:
    found = [Entry(kind=_PAGES, title=title, address=path, hint=question) for path, title, question in pages]
    try:
        found += [*_units(), *_dated()] if version else []
    except DatabaseMissing:
        # a database that is not readable: the page says so, pages and words can still be found
        return search.Index((*found, *_measures(), *_words()))
    return search.Index((*found, *_measures(), *_words()))


def _units() -> list[Entry]:
    rows = data.fetch("einheiten")
    names = dict(zip(rows["ars"], rows["name"], strict=True))
    rows = rows[~rows["ars"].isin([LAND, BUND]) & rows["zustaendig_ars"].notna()]
    return [
        Entry(
            kind=_UNITS, title=row.name, address=f"kommune?ars={row.ars}", also=(row.langname,), is_name=True,
            hint=_kind_of_unit(row.typ, names.get(row.kreis_ars, "") if row.kreis_ars != row.ars else ""),
            keys=tuple(key for key in (row.ars, row.ags) if isinstance(key, str)),
        )
        for row in rows.itertuples(index=False)
    ]  # fmt: skip


def _kind_of_unit(kind: str, kreis: str) -> str:
    words = {
        "kreisfreie_stadt": "kreisfreie Stadt", "landkreis": "Landkreis", "verwaltungsgemeinschaft": "Verwaltungsgemeinschaft",
        "erfuellende_gemeinde": "erfüllende Gemeinde", "mitgliedsgemeinde": "Mitgliedsgemeinde", "verbandsfreie_gemeinde": "Gemeinde",
    }  # fmt: skip
    return ", ".join(part for part in (words.get(kind, ""), kreis) if part)


def _dated() -> list[Entry]:
    """What the newest stand holds: services and registers."""
    newest = data.info().newest
    if newest is None:
        return []
    clocks = {"stand": newest, "wissen": store.known_by(None)}
    services = data.fetch("leistungen", **clocks)
    registers = data.fetch("register_stand", **clocks).drop_duplicates("register_id")
    return [
        Entry(kind=_SERVICES, title=row.leistung, address=f"leistungen?leistung={row.leika_key}", hint=row.themenfeld,
              keys=(row.leika_key,))
        for row in services.itertuples(index=False)
    ] + [
        Entry(kind=_REGISTERS, title=row.register, hint="Kreisebene" if row.ebene == "kreis" else "Gemeindeebene",
              address=f"register?register={row.register_id}", also=(row.register_id,))
        for row in registers.itertuples(index=False)
    ]  # fmt: skip


def _measures() -> list[Entry]:
    return [
        Entry(
            kind=_MEASURES, title=measure.short_title, address=_address(_WHERE.get(key, _METHODS)), also=(measure.title,)
        )
        for key, measure in measures().items()
    ]  # fmt: skip


def _address(where: str) -> str:
    return "." if where == _START else where


def _words() -> list[Entry]:
    return [
        Entry(kind=_WORDS, title=word.term, address=f"glossar?begriff={key}", hint=word.short, also=word.also)
        for key, word in glossary.terms().items()
    ]
