"""Pictures that stand alone: what has to be inside is inside; drawn on the command line where there is a Chromium."""

from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

import gradmesser.__main__ as product
from gradmesser import store
from gradmesser.catalog import EXAMPLE_MARK, places
from gradmesser.deck import KINDS, Slide
from gradmesser.export import picture
from gradmesser.ui import pictures, slides
from tests import chromium
from tests.support import Instance

_CHROMIUM = chromium.find()


def _texts(slide: Slide) -> str:
    figure = pictures.framed(slide)
    return figure.layout.title.text + "".join(note.text for note in figure.layout.annotations)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"vergleich-veraenderung"}))
def test_every_picture_tells_what_it_shows(kind: str, instance: Instance) -> None:  # noqa: ARG001
    service = store.fetch("leistungen", **slides.view_of({}).clocks)["leika_key"].iloc[0]
    slide = Slide(kind=kind, parameters={"leistung": service} if kind.startswith("leistung-") else {})
    figure = pictures.framed(slide)
    told = _texts(slide).replace("<br>", " ")
    for part in ("Fingerabdruck", "Quelle:", "Stand", KINDS[kind].title):
        assert part in told
    assert (EXAMPLE_MARK in told) is not KINDS[kind].published
    assert figure.layout.width == picture.WIDTH
    assert figure.layout.height >= picture.HEIGHT


def test_markup_in_a_finding_stays_text(instance: Instance) -> None:  # noqa: ARG001
    figure = slides.build(Slide(kind="glas", parameters={}), pictures.LIGHT).figure
    assert "&lt;i&gt;" in picture.framed(figure, "<i>schräg</i>", "Quelle").layout.title.text


def test_the_areas_of_a_map_can_lie_inside(instance: Instance) -> None:  # noqa: ARG001
    figure = pictures.framed(Slide(kind="karte", parameters={"ebene": "kreise"}), inside=True)
    assert len(figure.data[0].geojson["features"]) == 22


def test_fonts_are_in_the_file() -> None:
    svg = picture.with_fonts('<svg class="a"><svg/></svg>', places.FONTS)
    assert svg.count("data:font/woff2;base64,") == 2
    assert svg.startswith('<svg class="a"><style>@font-face')


@pytest.mark.parametrize("name", ["bild.gif", "bild"])
def test_only_two_kinds_of_file(
    name: str,
    instance: Instance,  # noqa: ARG001
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert product.main(["picture", "glas", str(tmp_path / name)]) == 1
    assert ".svg oder .png" in capsys.readouterr().err


@pytest.mark.browser
@pytest.mark.skipif(_CHROMIUM is None, reason="ACHTUNG: kein Chromium, Bilder nicht geprüft")
def test_the_command_draws(instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    monkeypatch.setenv("BROWSER_PATH", _CHROMIUM or "")
    assert product.main(["picture", "karte?ebene=kreise", str(tmp_path / "karte.svg")]) == 0
    svg = (tmp_path / "karte.svg").read_text("utf-8")
    assert "font/woff2" in svg
    assert "Fingerabdruck" in svg
    assert product.main(["picture", "glas", str(tmp_path / "glas.png")]) == 0
    assert Image.open(tmp_path / "glas.png").size == (picture.WIDTH, picture.HEIGHT)


def test_the_page_offers_picture_and_slide(app: AppTest) -> None:
    app.query_params["sicht"] = "nutzbar"
    app.run()
    assert not app.exception
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels.count("PPTX") == 3
    assert "Als Bild (PNG, SVG)" in [one.label for one in app.expander]


def test_a_map_fills_its_room_and_keeps_its_areas(instance: Instance):  # noqa: ARG001 - named by GRADMESSER_DATA
    figure = pictures.framed(Slide(kind="karte", parameters={"ebene": "kreise"}))
    west, east = figure.layout.geo.lonaxis.range
    south, north = figure.layout.geo.lataxis.range
    assert figure.layout.geo.fitbounds is False
    assert 9.8 < west < 9.95
    assert 12.6 < east < 12.7
    assert 50.1 < south < 50.3
    assert 51.6 < north < 51.7
