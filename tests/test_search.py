"""One matching module: what people type finds units, services, registers, measures, pages and words, and never anything."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from gradmesser import phonetics, search
from gradmesser.search import Entry, Index
from gradmesser.ui import finder, frame
from tests.support import JENA, WOHNSITZ, Instance
from tests.test_pages import markup, opened, words

PAGES = {entry.address: (entry.title, entry.question) for entry in frame.PAGES.values()}


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Müller-Lüdenscheidt", "65752682"), ("Wikipedia", "3412"), ("Breschnew", "17863"), ("Tschechow", "843"),
        ("Philipp", "351"), ("Xaver", "4837"), ("Cahla", "45"), ("Zella", "85"), ("Straße", "8278"), ("STRASSE", "8278"),
        ("H", ""), ("", ""), ("123", ""), ("Aue", "0"), ("Ehe", "0"), ("Acker", "047"), ("Fuchs", "348"),
    ],
)  # fmt: skip
def test_cologne_phonetics(word: str, code: str):
    assert phonetics.code(word) == code


@pytest.mark.parametrize(
    ("one", "other"), [("Meier", "Mayr"), ("Gotha", "Godda"), ("Vachdorf", "Fachdorf"), ("Köstritz", "Kösstrits")]
)
def test_what_sounds_alike_has_one_code(one: str, other: str):
    assert phonetics.code(one) == phonetics.code(other)


@given(st.text(max_size=40))
def test_every_text_has_a_code_of_digits_without_repetition(text: str):
    code = phonetics.code(text)
    assert set(code) <= set("012345678")
    assert "0" not in code[1:]


@pytest.fixture(scope="module")
def index(instance: Instance) -> Index:  # noqa: ARG001 - the store reads it through GRADMESSER_DATA
    return finder.index(PAGES)


def first(index: Index, typed: str) -> tuple[str, str]:
    found = index.find(typed)
    return (found[0].kind, found[0].title) if found else ("", "")


@pytest.mark.parametrize(
    ("typed", "kind", "title"),
    [
        ("Muehlhausen", "Orte und Verwaltungen", "Mühlhausen/Thüringen"),
        ("muhlhausen", "Orte und Verwaltungen", "Mühlhausen/Thüringen"),
        ("Grossbreitenbach", "Orte und Verwaltungen", "Großbreitenbach"),
        ("Ilmenua", "Orte und Verwaltungen", "Ilmenau"),
        ("Kösstrits", "Orte und Verwaltungen", "Bad Köstritz"),
        ("Vrankenhausen", "Orte und Verwaltungen", "Bad Frankenhausen/Kyffhäuser"),
        ("LK Gotha", "Orte und Verwaltungen", "Landkreis Gotha"),
        ("Verwaltungsgemeinschaft Geratal", "Orte und Verwaltungen", "VG Geratal/Plaue"),
        ("160530000000", "Orte und Verwaltungen", "Jena"),
        ("16053", "Orte und Verwaltungen", "Jena"),
        (f" {WOHNSITZ[:5]} {WOHNSITZ[5:]} ", "Leistungen", "Wohnsitz anmelden"),
        ("anmelden wohnsitz", "Leistungen", "Wohnsitz anmelden"),
        ("Hundesteur", "Leistungen", ""),
        ("melderegister", "Register", "Melderegister"),
        ("Personenstandsregsiter", "Register", ""),
        ("Rangband", "Kennzahlen", "Rangband"),
        ("Karte", "Seiten", "Karte"),
        ("impressum", "Seiten", "Impressum"),
        ("EfA", "Begriffe", "EfA"),
        ("Einer für alle", "Begriffe", "EfA"),
        ("Steuer ID", "Begriffe", "IDNr"),
    ],
)
def test_what_people_type_finds_what_they_mean(index: Index, typed: str, kind: str, title: str):
    found = first(index, typed)
    assert found[0] == kind
    assert found[1] == title or not title


@pytest.mark.parametrize("typed", ["", " ", "x", "???", "<b>", "xyzxyz", "123", "9" * 30, "Hamburg", "%%%"])
def test_nothing_is_found_rather_than_anything(index: Index, typed: str):
    assert index.find(typed) == []


def test_every_unit_and_service_is_found_by_name_and_by_key(index: Index):
    for entry in index.entries:
        assert entry in index.find(entry.title), entry.title
        for key in entry.keys:
            assert entry in index.find(key), key
    kinds = {entry.kind for entry in index.entries}
    assert kinds == {"Seiten", "Orte und Verwaltungen", "Leistungen", "Register", "Kennzahlen", "Begriffe"}


def test_a_search_takes_less_than_a_tenth_of_a_second(index: Index):
    begun = time.perf_counter()
    for typed in ("Jena", "xyzxyz", "Hundesteur anmeldn", "wohnsitz"):
        index.find(typed)
    assert (time.perf_counter() - begun) / 4 < 0.1


@given(st.text(max_size=100))
def test_any_text_is_answered(typed: str):
    Index((Entry(kind="a", title="Jena", address="1", is_name=True), Entry(kind="b", title="<b>", address="2"))).find(
        typed
    )
    Index(()).find(typed)


def test_groups_are_cut_but_counted():
    entries = [Entry(kind="Orte", title=f"Ort {number}", address=str(number)) for number in range(7)]
    assert search.groups(entries, 5) == {"Orte": (entries[:5], 7)}


@pytest.mark.parametrize(
    ("address", "parameters", "expected"),
    [
        ("kommune?ars=1", {}, "kommune?ars=1"),
        ("kommune?ars=1", {"stand": "2026-01-31", "ars": "2"}, "kommune?ars=1&stand=2026-01-31"),
        (".", {"stand": "a&b=c", "wissen": "2026-02-01"}, ".?stand=a%26b%3Dc&wissen=2026-02-01"),
        ("glossar?begriff=ozg", {"stand": "2026-01-31"}, "glossar?begriff=ozg"),
    ],
)
def test_a_frozen_view_stays_frozen(address: str, parameters: dict[str, str], expected: str):
    assert finder.link(address, parameters) == expected


def test_index_is_made_once_for_a_database(index: Index, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    assert finder.index(PAGES) is index
    monkeypatch.setenv("GRADMESSER_DATA", str(tmp_path))
    assert {entry.kind for entry in finder.index(PAGES).entries} == {"Seiten", "Kennzahlen", "Begriffe"}


@pytest.mark.parametrize("name", list(frame.PAGES))
def test_every_page_has_the_field_and_shows_grouped_links(app: AppTest, name: str):
    opened(app, name)
    (field,) = [one for one in app.sidebar.text_input if one.label == finder.LABEL]
    field.set_value("Jena").run()
    assert not app.exception
    found = next(text for text in markup(app) if "gm-hits" in text)
    assert f'href="kommune?ars={JENA}"' in found
    assert "Orte und Verwaltungen" in found
    field = next(one for one in app.sidebar.text_input if one.label == finder.LABEL)
    field.set_value("<i>xyzxyz</i>").run()
    assert "Nichts gefunden zu „<i>xyzxyz</i>“" in words(app)
    assert "<i>xyzxyz" not in " ".join(markup(app))


def test_without_a_database_pages_and_words_are_still_found(app: AppTest, empty_instance: object):  # noqa: ARG001
    opened(app, "karte")
    field = next(one for one in app.sidebar.text_input if one.label == finder.LABEL)
    field.set_value("Impressum").run()
    assert 'href="impressum"' in " ".join(markup(app))
