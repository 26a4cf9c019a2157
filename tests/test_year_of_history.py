"""What needs a year of history: level and change on the page, as slide, picture and in the offline deck."""

import io
import json
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from pptx import Presentation
from streamlit.testing.v1 import AppTest

from etl import example
from gradmesser.catalog import EXAMPLE_MARK
from gradmesser.charts.template import LIGHT
from gradmesser.deck import Slide
from gradmesser.ui import decks, pictures, slides, stage
from tests.support import ROOT, example_instance
from tests.test_pages import headings, opened

SLIDE = Slide(kind="vergleich-veraenderung", parameters={"gruppe": "gemeindeebene"})
PLAN = example.Plan(months=14, units=60, services=24, until=date(2026, 6, 30))


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An instance with fourteen stands; GRADMESSER_DATA names it until the module ends."""
    with example_instance(tmp_path_factory.mktemp("jahr"), PLAN) as made:
        yield made.root


@pytest.fixture
def of_a_year(year: Path) -> AppTest:  # noqa: ARG001 - the app reads it through GRADMESSER_DATA
    return AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=20)


def test_the_slide_is_the_picture_of_its_page(of_a_year: AppTest):
    built = slides.build(SLIDE, LIGHT)
    page = opened(of_a_year, "vergleich", abschnitt="veraenderung", **SLIDE.parameters)
    (chart,) = page.get("plotly_chart")
    assert json.loads(chart.proto.spec)["data"] == json.loads(built.figure.to_json())["data"]
    assert built.block.finding in headings(page)
    assert len(built.block.rows) > 1


def test_the_powerpoint_slide_holds_level_and_change_of_each_unit(year: Path):  # noqa: ARG001
    block = slides.build(SLIDE, LIGHT).block
    name, made = decks.deck_file([SLIDE])
    shown = Presentation(io.BytesIO(made)).slides[0]
    assert name.endswith("_BEISPIEL.pptx")
    assert shown.shapes.title.text_frame.text == block.finding
    chart = next(shape.chart for shape in shown.shapes if shape.has_chart)
    compared = block.rows[block.rows["verglichen"]] if "verglichen" in block.rows else block.rows
    points = [value for series in chart.plots[0].series for value in series.values if value is not None]
    assert len(points) == len(compared.dropna(subset=["pp"]))
    assert sorted(round(value, 6) for value in points) == sorted(round(value, 6) for value in compared["pp"].dropna())


def test_picture_and_stage_are_made(year: Path):  # noqa: ARG001
    figure = pictures.framed(SLIDE)
    assert any(EXAMPLE_MARK in note.text for note in figure.layout.annotations)
    assert slides.build(SLIDE, LIGHT).block.finding in unescape(stage.document([SLIDE]))
