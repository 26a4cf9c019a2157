"""Valid time and knowledge time on the pages, in files and on the command line; the fingerprint that proves a figure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

import gradmesser.__main__ as product
from gradmesser import catalog, fingerprint, store
from gradmesser.ui import blocks, controls
from tests import support
from tests.support import (
    FEBRUARY,
    ILM_KREIS,
    JANUARY,
    JENA,
    LAND,
    MARCH,
    ROOT,
    SERVICES,
    UNKNOWN_KEY,
    WOHNSITZ,
    Instance,
    noon,
    pvog,
)
from tests.test_pages import asked, headings, markup, notices

TODAY = store.known_by(None)
PADDING = [pvog(UNKNOWN_KEY, LAND, url=f"https://dienst.example/{nr}") for nr in range(60)]
THEN = date(2026, 3, 10)
"""A day on which January and February were known, the correction of February and the new catalogue not yet."""


@dataclass(frozen=True)
class Story:
    """A history that was corrected, and what was answered and shown before that."""

    instance: Instance
    answers: dict[str, pd.DataFrame]
    headings: dict[str, list[str]]
    proofs: dict[str, list[str]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """January and February, published before THEN, asked and looked at; then corrected."""
    root = tmp_path_factory.mktemp("zwei-uhren")
    made = Instance(root=root, reference=support.small_reference(root / "reference"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADMESSER_DATA", str(root))
        made.rows([*PADDING, pvog(WOHNSITZ, JENA)], JANUARY)
        made.rows([*PADDING, pvog(WOHNSITZ, JENA), pvog(WOHNSITZ, ILM_KREIS)], FEBRUARY)
        made.build()
        answers = {query: store.fetch(query, wissen=TODAY, **given) for query, given in QUESTIONS.items()}
        shown = {name: page(name, **place) for name, place in PAGES.items()}
        found = Story(
            instance=made,
            answers=answers,
            headings={name: headings(app) for name, app in shown.items()},
            proofs={name: proofs(app) for name, app in shown.items()},
        )
        correct(made)
        yield found


def page(name: str, **parameters: str) -> AppTest:
    """One page by its address."""
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=20)
    if name != "gradmesser":
        app.switch_page(f"pages/{name}.py")
    for key, value in parameters.items():
        app.query_params[key] = value
    return app.run()


def proofs(app: AppTest) -> list[str]:
    """Fingerprints under the figures of a page."""
    return re.findall(r"Fingerabdruck ([0-9a-f]{12})", " ".join(markup(app)))


def correct(made: Instance) -> None:
    """After THEN: February is corrected, a service joins the catalogue from February on, March arrives."""
    later = noon(THEN + timedelta(days=5))
    made.take(
        support.catalogue_of([*SERVICES, NEW_SERVICE]),
        source_id="leistungskatalog",
        stand=FEBRUARY,
        retrieved=later,
    )
    made.rows([*PADDING, pvog(WOHNSITZ, JENA, online_status="nicht ok")], FEBRUARY, retrieved=later)
    made.rows([*PADDING, pvog(WOHNSITZ, JENA)], MARCH, retrieved=later)
    made.build()


NEW_SERVICE = next(
    row["leika_key"]
    for row in support.read_csv(support.SHIPPED / "katalog" / "leistungen.csv")
    if row["leika_key"] not in SERVICES
)

QUESTIONS = {
    "stichtage": {},
    "verlauf": {"ars": ""},
    "karte_verlauf": {},
    "karte_leistung": {"leika_key": WOHNSITZ},
    "leistung_verlauf": {"leika_key": WOHNSITZ},
    "leistungen": {"stand": FEBRUARY},
    "bewegung": {"stand": FEBRUARY, "ars": ""},
    "aenderungen": {"stand": FEBRUARY, "ars": ""},
    "rollin_verwaltung": {"stand": FEBRUARY},
    "flaechendeckung": {"stand": FEBRUARY},
    "leistung_abdeckung": {"stand": FEBRUARY},
    "themenfelder": {"stand": FEBRUARY, "ars": ""},
    "zellen": {"stand": FEBRUARY, "ars": JENA},
}


PAGES = {"gradmesser": {}, "kommune": {"ars": JENA}, "leistungen": {}, "karte": {}}


@pytest.mark.parametrize("query", QUESTIONS)
def test_last_months_knowledge_answers_as_it_did_then(story: Story, query: str) -> None:
    then = story.answers[query].to_csv()
    assert store.fetch(query, wissen=THEN, **QUESTIONS[query]).to_csv() == then
    assert store.fetch(query, wissen=TODAY, **QUESTIONS[query]).to_csv() != then, "the correction is seen today"


@pytest.mark.parametrize("query", QUESTIONS)
def test_a_fingerprint_of_then_is_verified_today(story: Story, query: str) -> None:
    given = {**QUESTIONS[query], "wissen": THEN}
    proof = fingerprint.of(query, given, story.answers[query], catalog.RULE_VERSION)
    words = fingerprint.question(query, given).split(" ")
    assert support.run(product.main, ["verify", proof, *words]).code == 0
    later = fingerprint.question(query, {**given, "wissen": TODAY}).split(" ")
    assert support.run(product.main, ["verify", proof, *later]).code == 1


@pytest.mark.parametrize("wissen", [JANUARY, FEBRUARY, THEN, date(2026, 3, 20), date(9999, 12, 29)])
def test_counted_anew_is_what_was_counted_in_advance(story: Story, wissen: date) -> None:
    """The last knowledge, counted from the cells, equals the marts; an earlier one has only the stands known then."""
    counted = story.instance.query("FROM rollin_einheit_am(?) ORDER BY ALL", wissen)
    changes = story.instance.query("SELECT stichtag, ars, leika_key, art FROM aenderung_am(?) ORDER BY ALL", wissen)
    if wissen >= date(2026, 3, 20):
        assert counted == story.instance.query("FROM rollin_einheit_am(DATE '9999-12-30') ORDER BY ALL")
        assert changes == story.instance.query("SELECT stichtag, ars, leika_key, art FROM aenderung ORDER BY ALL")
    else:
        assert {row[0] for row in counted} == {day for day in (JANUARY, FEBRUARY) if day <= wissen}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_past_shows_what_was_shown_then(story: Story, name: str) -> None:
    again = page(name, wissen=str(THEN), **PAGES[name])
    assert asked(again)["wissen"] == "2026-02-28", "the last day on which something became known"
    assert headings(again) == story.headings[name]
    assert proofs(again) == story.proofs[name] != []
    assert "am 28.02.2026 bekannt" in " ".join(notices(again))
    today = page(name, **PAGES[name])
    assert headings(today) != story.headings[name]
    assert proofs(today) != story.proofs[name]


def test_both_clocks_travel_with_links_and_file_names(story: Story) -> None:  # noqa: ARG001
    app = page("leistungen", wissen="2026-02-28", stand="2026-01-31")
    links = [
        unescape(link)
        for link in re.findall(r'href="(kommune\?[^"]+|leistungen\?leistung[^"]+)"', " ".join(markup(app)))
    ]
    assert links
    assert all("stand=2026-01-31&wissen=2026-02-28" in link for link in links)
    view = controls.View(stand=JANUARY, wissen=FEBRUARY, frozen=True)
    block = blocks.Block(
        key="x", finding="", measure=catalog.measures()["rollin_rate"], stand=view.stand, rows=pd.DataFrame(), columns=[],
        query="rollin_verwaltung", parameters=view.clocks,
    )  # fmt: skip
    assert blocks.file_name(block, "csv") == f"gradmesser_x_{LAND}_stand-2026-01-31_wissen-2026-02-28.csv"
    assert blocks.origin(block)["Prüfen mit"].endswith("rollin_verwaltung stand=2026-01-31 wissen=2026-02-28")


@pytest.mark.parametrize("nonsense", ["gestern", "2020-01-01", "<b>"])
def test_a_nonsense_knowledge_is_corrected_with_a_notice(story: Story, nonsense: str) -> None:  # noqa: ARG001
    app = page("gradmesser", wissen=nonsense)
    assert "wissen" not in asked(app)
    assert "heutige Wissen" in " ".join(notices(app))


def test_verify_refuses_another_answer_and_wrong_questions(story: Story) -> None:  # noqa: ARG001
    ran = support.run(product.main, ["verify", "000000000000", "verlauf", "ars=", "wissen=2026-03-10"])
    assert (ran.code, "stimmt nicht" in ran.err) == (1, True)
    for words in (["gibtesnicht"], ["verlauf"], ["verlauf", "ars"], ["verlauf", "ars=", "wissen=gestern"], ["../x"]):
        ran = support.run(product.main, ["verify", "000000000000", *words])
        assert (ran.code, ran.err[:7]) == (1, "Fehler:")


@given(
    parameters=st.fixed_dictionaries(
        {"stand": st.dates(), "ars": st.text("0123456789", max_size=12), "meilenstein": st.integers(1, 11)}
    )
)
def test_a_question_is_read_back_as_it_was_asked(parameters: dict[str, object]) -> None:
    name, *words = fingerprint.question("frage", parameters).split(" ")
    assert (name, fingerprint.parse(words)) == ("frage", parameters)


def test_the_bridge_sets_apart_what_was_corrected_since(story: Story) -> None:  # noqa: ARG001
    days = {"von": "2026-02-28", "bis": "2026-03-31"}
    then, now = page("veraenderung", anfang="damals", **days), page("veraenderung", **days)
    first = headings(then)[0]
    assert "Korrekturen −" in first
    assert "Korrekturen" not in headings(now)[0]
    assert asked(then)["anfang"] == "damals"
    for app, knowledge in ((then, ["--wissen-von", "2026-02-28"]), (now, [])):
        ran = support.run(product.main, ["export", "bruecke", "--level", "land", "--von", "2026-02-28", "--bis", "2026-03-31", "--format", "json", *knowledge])  # fmt: skip
        found = ran.json()
        parts = ("neu_online", "weggefallen", "erstmeldungen", "katalog", "zustaendigkeit", "gebiet", "korrektur")
        assert found["n_bis"] - found["n_von"] == sum(found[part] for part in parts)
        assert (found["korrektur"] != 0) == bool(knowledge)
        assert f"Von {found['n_von']} auf {found['n_bis']}" in headings(app)[0]
