"""The catalogue is complete: every word that a user reads about a measure or a source is there, and means what it says."""

import re
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest

from gradmesser import catalog
from gradmesser.catalog import CatalogError, Measure, Source, operator, places

FOLDER = places.ROOT / "gradmesser" / "catalog"
MEASURES, SOURCES = catalog.measures(), catalog.sources()


def texts(entry: Measure | Source) -> dict[str, str]:
    return {one.name: value for one in fields(entry) if isinstance(value := getattr(entry, one.name), str)}


@pytest.mark.parametrize("measure", MEASURES.values(), ids=list(MEASURES))
def test_measure_has_every_text_and_a_source(measure: Measure):
    assert measure.source_id in SOURCES
    assert all(text.strip() == text and text for text in texts(measure).values()), texts(measure)
    for name in ("description", "formula", "processing", "caveat"):
        assert getattr(measure, name).endswith("."), name
    assert len(measure.short_title) <= 40, "it stands in menus and legends"


@pytest.mark.parametrize("measure", MEASURES.values(), ids=list(MEASURES))
def test_measure_says_in_what_and_which_way_it_is_counted(measure: Measure):
    assert measure.unit in {"percent", "count", "score", "yes_no"}
    assert measure.direction in {"higher_is_better", "lower_is_better", "neutral"}
    assert measure.origin in {"Definition des Gradmessers", "veröffentlichte Quelle"}
    assert measure.decimals >= 0
    bounds = {"percent": (0, 100), "yes_no": (0, 1)}.get(measure.unit)
    assert bounds is None or (measure.minimum, measure.maximum) == bounds
    assert measure.target is None or measure.target.source


@pytest.mark.parametrize("source", SOURCES.values(), ids=list(SOURCES))
def test_source_says_whose_it_is_and_what_one_must_not_conclude(source: Source):
    assert all(text.strip() == text and text for text in texts(source).values()), texts(source)
    assert source.limits.endswith(".")
    assert re.match(r"https?://\S+$", source.url)


def test_measures_and_sources_are_german_and_have_no_markup():
    for entry in (*MEASURES.values(), *SOURCES.values()):
        for name, text in texts(entry).items():
            assert not re.search(r"</?[a-z]+>|\*\*|\]\(|\$", text), (name, text)
            assert not re.search(r"\b(the|and|of|with)\b", text), (name, text)


def test_what_is_called_a_definition_of_the_gradmesser_is_a_roll_in_measure():
    own = {key for key, measure in MEASURES.items() if measure.origin == "Definition des Gradmessers"}
    assert own == {key for key, measure in MEASURES.items() if measure.source_id in {"open_pvog", "meldung", "themen"}}


@pytest.mark.parametrize("folder", ["measures", "sources"])
def test_file_name_is_the_id(folder: str):
    entries = MEASURES if folder == "measures" else SOURCES
    files = {path.stem for path in (FOLDER / folder).glob("*.yaml") if not path.name.endswith(".api.yaml")}
    assert set(entries) == files


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda text: text.replace("caveat:", "vorbehalt:"), "unexpected keyword argument 'vorbehalt'"),
        (lambda text: re.sub(r"(?s)^caveat:.*?(?=^\w)", "", text, flags=re.MULTILINE), "missing 1 required"),
        (lambda text: text.replace("measure_id: meldequote", "measure_id: meldekote"), "must equal the file name"),
    ],
)  # fmt: skip
def test_incomplete_measure_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: object, complaint: str):
    (tmp_path / "measures").mkdir()
    text = (FOLDER / "measures" / "meldequote.yaml").read_text("utf-8")
    (tmp_path / "measures" / "meldequote.yaml").write_text(change(text), "utf-8")
    monkeypatch.setattr(catalog, "_HERE", tmp_path)
    catalog.measures.cache_clear()
    with pytest.raises(CatalogError, match=complaint):
        catalog.measures()
    catalog.measures.cache_clear()


def test_states_are_named_and_told_apart_without_colour():
    labels = [state.label for state in catalog.STATES.values()]
    assert len(set(labels)) == len(labels)
    assert all(state.glyph for state in catalog.STATES.values())
    unknown = catalog.STATES["keine_meldung"]
    assert unknown.glyph not in {state.glyph for state in catalog.STATES.values() if state is not unknown}
    live = {state.glyph for state in catalog.STATES.values() if state.live}
    assert not live & {state.glyph for state in catalog.STATES.values() if not state.live}


def test_operator_adds_to_what_is_shipped_and_an_unknown_entry_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GRADMESSER_DATA", str(tmp_path))
    shipped = operator.operator()
    (tmp_path / "betreiber.yaml").write_text("name: Amt für <b>Digitales</b>\nkontakt_mail:\n", "utf-8")
    assert operator.operator() == replace(shipped, name="Amt für <b>Digitales</b>", kontakt_mail="")
    (tmp_path / "betreiber.yaml").write_text("farbe: blau\n", "utf-8")
    with pytest.raises(CatalogError, match="farbe"):
        operator.operator()


def test_operator_replaces_or_switches_off_a_proposed_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRADMESSER_DATA", str(tmp_path))
    assert operator.target("rollin_rate") == MEASURES["rollin_rate"].target
    assert operator.target("rollin_rate").proposal
    (tmp_path / "betreiber.yaml").write_text(
        "ziele: {rollin_rate: {value: 70, on: 2029-06-30, source: Beschluss}, flaechendeckung: }\n", "utf-8"
    )
    assert operator.target("rollin_rate") == catalog.Target(value=70, on=date(2029, 6, 30), source="Beschluss")
    assert not operator.target("rollin_rate").proposal
    assert operator.target("flaechendeckung") is None
    assert operator.operator().name == "", "targets are no entry of the footer"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ziele: {rollin: {value: 70, on: 2029-06-30, source: x}}", "flaechendeckung, rollin_rate"),
        ("ziele: {register_meilensteine: }", "kann nur diese"),
        ("ziele: 7", "kann nur diese"),
        ("ziele: {rollin_rate: {value: 170, on: 2029-06-30, source: x}}", "rollin_rate braucht"),
        ("ziele: {rollin_rate: {value: 70, on: bald, source: x}}", "rollin_rate braucht"),
        ("ziele: {rollin_rate: {value: 70, on: 2029-06-30}}", "rollin_rate braucht"),
        ("ziele: {rollin_rate: 70}", "rollin_rate braucht"),
    ],
)
def test_a_target_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, complaint: str):
    monkeypatch.setenv("GRADMESSER_DATA", str(tmp_path))
    (tmp_path / "betreiber.yaml").write_text(text, "utf-8")
    with pytest.raises(CatalogError, match=complaint):
        operator.target("rollin_rate")


def test_a_proposed_target_says_so_and_a_deadline_of_the_law_does_not():
    proposed = {key for key, measure in MEASURES.items() if measure.target and measure.target.proposal}
    assert proposed == {"rollin_rate", "flaechendeckung"}
