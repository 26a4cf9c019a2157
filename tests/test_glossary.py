"""The glossary has every word that a tooltip names, in short plain sentences; the page shows them all."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from gradmesser.catalog import CatalogError, glossary
from tests.test_pages import asked, notices, opened, words

UI = Path(__file__).parents[1] / "gradmesser" / "ui"


def used() -> set[str]:
    """Words that tooltips of the interface explain: `glossary.tip("…")` and the last word of `_segmented(…)`."""
    code = "\n".join(path.read_text("utf-8") for path in UI.glob("*.py"))
    direct = set(re.findall(r'glossary\.tip\("([a-z_]+)"\)', code))
    return direct | set(re.findall(r'"verwaltungen",\s*"(gewicht)"|"zustaendig",\s*"(sicht)"', code)[0]) - {""}


def test_every_word_of_a_tooltip_is_in_the_glossary():
    assert {"stand", "wissen", "leika", "themenfeld"} <= used()
    assert used() <= set(glossary.terms())


def test_another_word_is_an_error():
    with pytest.raises(CatalogError, match="kennt quatsch nicht"):
        glossary.tip("quatsch")


@pytest.mark.parametrize("key", list(glossary.terms()))
def test_words_are_explained_shortly_with_a_source(key: str):
    word = glossary.terms()[key]
    assert 20 <= len(word.short) <= 130
    assert word.short.endswith(".")
    assert word.text.endswith(".")
    assert len(word.text) <= 320
    assert word.source
    assert max(len(sentence.split()) for sentence in re.split(r"[.;:] ", word.short)) <= 20


def test_page_shows_all_words_one_word_and_corrects_nonsense(app: AppTest):
    opened(app, "glossar")
    assert all(word.short in words(app) for word in glossary.terms().values())
    opened(app, "glossar", begriff="ozg")
    assert glossary.terms()["ozg"].text in words(app)
    assert glossary.terms()["efa"].text not in words(app)
    opened(app, "glossar", begriff="quatsch")
    assert "quatsch" in notices(app)[0]
    assert asked(app) == {}


LINES = [(part.heading, line) for part in glossary.easy_language() for line in part.lines]


@pytest.mark.parametrize(("heading", "line"), LINES, ids=[str(number) for number in range(len(LINES))])
def test_leichte_sprache_keeps_its_rules(heading: str, line: str):
    plain = line.replace("**", "")
    parts = plain.rstrip(".").replace(",", "").split()
    assert plain.endswith(".")
    assert len(parts) <= 12
    assert plain.count(",") <= 1
    assert not {"des", "eines", "deren", "dessen", "ihres"} & {word.casefold() for word in parts}, "no genitive"
    assert not re.search(r"\b(würde|könnte|hätte|wäre|wird|werden|wurde|man)\b", plain), "no passive, no subjunctive"
    for word in [*parts, *heading.rstrip("?").split()]:
        assert max(len(piece) for piece in word.split("·")) <= 13, word
    assert ("nicht" in plain) == ("**nicht**" in line), "a denial is bold"


def test_leichte_sprache_stands_on_the_start_page_when_opened(app: AppTest):
    opened(app, "gradmesser")
    assert any(one.label == "In Leichter Sprache" for one in app.expander)
    app.session_state["leichte_sprache"] = True
    app.run()
    assert "Der Grad·messer ist eine Internet·seite." in words(app)
