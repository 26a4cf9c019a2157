"""Words explained: the page Glossar, and the summary in Leichte Sprache."""

from collections.abc import Mapping

import streamlit as st

from gradmesser import german
from gradmesser.catalog import glossary
from gradmesser.catalog.glossary import Term
from gradmesser.ui import controls, style


def glossary_page() -> None:
    """One word of the address first, then all of them, or those that were searched for."""
    words = glossary.terms()
    style.finding(f"{german.count(len(words), 'Begriff', 'Begriffe')}, die im Gradmesser vorkommen, kurz erklärt")
    style.lead("Dieselben Sätze stehen dort, wo ein Fragezeichen neben einer Auswahl steht.")
    chosen = controls.pick_word({key: word.term for key, word in words.items()})
    shown = {chosen: words[chosen]} if chosen else _in_order(words)
    style.glossary([(word.term, word.short, word.text, _more(word)) for word in shown.values()])


def _in_order(words: Mapping[str, Term]) -> dict[str, Term]:
    return dict(sorted(words.items(), key=lambda item: german.sort_key(item[1].term)))


def _more(word: Term) -> str:
    also = f"Auch: {', '.join(word.also)}. " if word.also else ""
    return f"{also}Quelle: {word.source}"


def easy_language() -> None:
    """What the product is, in Leichte Sprache, for whoever opens it."""
    with st.expander("In Leichter Sprache", key="leichte_sprache", type="compact", on_change="rerun") as opened:
        if opened.open:
            style.easy([(part.heading, part.lines) for part in glossary.easy_language()])
