"""PowerPoint decks: read back by a library, every chart's numbers are those of the rows that the page shows."""

import io
from pathlib import Path

import pytest
from pptx import Presentation
from pptx.util import Pt

import gradmesser.__main__ as product
from gradmesser import store
from gradmesser.catalog import EXAMPLE_MARK
from gradmesser.charts.template import LIGHT
from gradmesser.deck import KINDS, Slide
from gradmesser.export import slides as powerpoint
from gradmesser.ui import decks, slides
from tests.support import Instance

_WITHOUT = "vergleich-veraenderung"
"""Needs a year of history, which the small example does not have."""


def _plain(kind: str) -> Slide:
    service = store.fetch("leistungen", **slides.view_of({}).clocks)["leika_key"].iloc[0]
    return Slide(kind=kind, parameters={"leistung": service} if kind.startswith("leistung-") else {})


def _read(slide: Slide) -> tuple[object, object]:
    picture = slides.build(slide, LIGHT)
    _, made = decks.deck_file([slide])
    return picture.block, Presentation(io.BytesIO(made)).slides[0]


def _series(shown: object) -> dict[str, list[float | None]]:
    chart = next(shape.chart for shape in shown.shapes if shape.has_chart)
    return {one.name: list(one.values) for one in chart.plots[0].series}


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {_WITHOUT}))
def test_every_kind_is_a_slide_with_its_words(kind: str, instance: Instance) -> None:  # noqa: ARG001
    block, shown = _read(_plain(kind))
    texts = [shape.text_frame.text for shape in shown.shapes if shape.has_text_frame]
    assert shown.shapes.title.text_frame.text == block.finding
    assert shown.shapes.title.text_frame.paragraphs[0].runs[0].font.size >= Pt(24)
    assert any("Fingerabdruck" in text and "Quelle" in text for text in texts)
    assert (EXAMPLE_MARK in texts) is not KINDS[kind].published
    assert powerpoint.NO_ADDRESS in "".join(texts)
    sizes = [r.font.size for s in shown.shapes if s.has_text_frame for p in s.text_frame.paragraphs for r in p.runs]
    assert min(sizes) >= Pt(12)
    notes = shown.notes_slide.notes_text_frame.text
    assert all(head in notes for head in ("Was man sieht", "Wie gezählt wird", "Was wir nicht wissen", "Grenzen"))
    for shape in shown.shapes:
        assert shape.left >= 0
        assert shape.left + shape.width <= 12192000
        assert shape.top + shape.height <= 6858000


@pytest.mark.parametrize("kind", ["themenfelder", "kommune-themenfelder", "register-meilensteine"])
def test_stacked_bars_hold_the_counts(kind: str, instance: Instance) -> None:  # noqa: ARG001
    block, shown = _read(_plain(kind))
    rows, found = block.rows, _series(shown)
    first = "online" if "online" in found else "erreicht"
    assert found[first] == list(rows["n"])
    assert found["keine Meldung"] == list(rows["u"])
    assert [sum(values) for values in zip(*found.values(), strict=True)] == list(rows["nenner"])


def test_the_glass_holds_n_and_u(instance: Instance) -> None:  # noqa: ARG001
    block, shown = _read(_plain("glas"))
    found = {name.partition(":")[0]: values[0] for name, values in _series(shown).items()}
    assert found["online"] == block.rows["n"].sum()
    assert found["keine Meldung"] == block.rows["u"].sum()
    assert sum(found.values()) == block.rows["nenner"].sum()


@pytest.mark.parametrize("kind", ["verlauf", "kommune-verlauf", "leistung-verlauf"])
def test_lines_hold_every_day(kind: str, instance: Instance) -> None:  # noqa: ARG001
    block, shown = _read(_plain(kind))
    chart = next(shape.chart for shape in shown.shapes if shape.has_chart)
    lines = [value for one in chart.plots[0].series if one.name == "online (n)" for value in one.values]
    assert sorted(lines) == sorted(block.rows["n"])


def test_stages_bridge_and_news_hold_their_counts(instance: Instance) -> None:  # noqa: ARG001
    block, shown = _read(_plain("leistungen-stufen"))
    drawn = block.rows[~block.rows["beiseite"] | (block.rows["anzahl"] > 0)]
    assert _series(shown)["stehen dort"] == list(drawn["anzahl"])
    block, shown = _read(_plain("veraenderung-bruecke"))
    found, parts = _series(shown), block.rows.set_index("teil")["summe"]
    assert found["mehr online"][1] == parts["neu_online"]
    assert found["weniger online"][2] == -parts["weggefallen"]
    assert found["Unterschied"][-1] == parts.sum()
    block, shown = _read(_plain("veraenderung-neues"))
    assert _series(shown)["neu online"] == list(block.rows["neu_online"])[::-1]
    assert _series(shown)["nicht mehr online"] == [-value for value in block.rows["verloren"]][::-1]


def test_a_register_without_report_is_an_empty_cell_not_zero(instance: Instance) -> None:  # noqa: ARG001
    block, shown = _read(_plain("register-idnr-quote"))
    found = _series(shown)["Datensätze mit IDNr"]
    known = block.rows["anteil"].notna()
    assert [value is not None for value in found] == list(known)


@pytest.mark.parametrize("level", ["verwaltungen", "kreise", "gemeinden"])
def test_the_map_is_one_shape_an_area(level: str, instance: Instance) -> None:  # noqa: ARG001
    block, shown = _read(Slide(kind="karte", parameters={"ebene": level}))
    group = next(shape for shape in shown.shapes if shape.name == "Karte")
    assert len(group.shapes) == len(block.rows)
    assert {shape.name.partition(":")[0] for shape in group.shapes} == set(block.rows["name"])


def test_a_deck_keeps_its_order_and_ends_with_the_rules(
    instance: Instance,
) -> None:
    own = instance.root / "betreiber.yaml"
    own.write_text("adresse: https://gradmesser.example/\n", "utf-8")
    try:
        chosen = [_plain("verlauf"), _plain("glas")]
        name, made = decks.deck_file(chosen)
    finally:
        own.unlink()
    assert name.startswith("gradmesser_praesentation_stand-")
    assert name.endswith("_BEISPIEL.pptx")
    shown = Presentation(io.BytesIO(made)).slides
    assert shown[len(shown) - 1].shapes.title.text_frame.text == "Wie wird gezählt?"
    code = next(shape for shape in shown[1].shapes if shape.name.startswith("QR-Code"))
    assert code.click_action.hyperlink.address == "https://gradmesser.example/"


def test_the_command_writes_a_deck_or_says_what_it_does_not_know(
    instance: Instance,  # noqa: ARG001
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "folien.pptx"
    assert product.main(["slides", "--folie", "glas", "--folie", "karte?ebene=kreise", "--out", str(out)]) == 0
    assert len(Presentation(str(out)).slides) >= 3
    assert product.main(["slides", "--folie", "gibtsnicht", "--out", str(out)]) == 1
    assert "gibtsnicht" in capsys.readouterr().err
