"""A slide's picture with everything inside, for the page and for the command line."""

import json
import os
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path, PurePosixPath

import plotly.graph_objects as go
import plotly.io as pio

from gradmesser.catalog import places
from gradmesser.charts.template import LIGHT
from gradmesser.deck import Slide
from gradmesser.export import picture
from gradmesser.ui import blocks, decks, slides

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class PictureError(RuntimeError):
    """A picture cannot be made; the text says why."""


def framed(slide: Slide, *, inside: bool = False) -> go.Figure:
    """The framed figure of a slide; inside puts the areas of a map into it, for a place without the app's address."""
    one = slides.build(slide, LIGHT)
    figure = one.figure
    if slide.kind == "karte":
        geometry = _geometry(mapped(figure))
        figure = picture.fitted(figure, geometry)
        if inside:
            figure = picture.with_geometry(figure, geometry)
    return picture.framed(
        figure, one.block.finding, blocks.caption(one.block), filters=decks.filters(slide), remark=one.remark,
        example=blocks.is_example(one.block.measure),
    )  # fmt: skip


@lru_cache(maxsize=3)
def _geometry(address: str) -> dict[str, object]:
    return json.loads((places.STATIC / "geo" / PurePosixPath(address).name).read_text("utf-8"))


def mapped(figure: go.Figure) -> str:
    """Address of the areas of a map."""
    return figure.data[0].geojson


def browser() -> str:
    """Path of the Chromium that draws pictures on the command line: BROWSER_PATH, else the system's; PictureError if none."""
    named = os.environ.get("BROWSER_PATH")
    found = next((path for name in ([named] if named else _NAMES) if (path := shutil.which(name))), None)
    if found is None:
        raise PictureError("Für Bilder auf der Kommandozeile braucht es ein Chromium; BROWSER_PATH nennt seinen Ort.")
    return found


def write(slide: Slide, file: Path) -> None:
    """Write a slide as .svg or .png, fonts inside, without network; raises PictureError."""
    if file.suffix not in (".svg", ".png"):
        raise PictureError(f"Ein Bild endet auf .svg oder .png, nicht auf „{file.suffix}“.")
    os.environ["BROWSER_PATH"] = chromium = browser()
    pio.defaults.topojson = f"{places.STATIC.as_uri()}/"
    try:
        figure = framed(slide, inside=True)
        drawn = pio.to_image(figure, format="svg").decode()
    except (RuntimeError, OSError, ImportError, ValueError) as error:
        raise PictureError(f"Das Bild ließ sich nicht zeichnen: {error}") from error
    whole = picture.with_fonts(drawn, places.FONTS)
    if file.suffix == ".svg":
        file.write_text(whole, "utf-8")
    else:
        _photograph(whole, file, chromium, figure.layout.height)


def _photograph(svg: str, file: Path, chromium: str, height: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "bild.html"
        page.write_text(f'<!doctype html><meta charset="utf-8"><style>body{{margin:0}}</style>{svg}', "utf-8")
        done = subprocess.run(  # noqa: S603 - the operator's own Chromium on a file made here
            [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/profil",
             f"--window-size={picture.WIDTH},{height}", f"--screenshot={file.absolute()}", page.as_uri()],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    if done.returncode or not file.exists():
        raise PictureError(f"Chromium hat kein Bild geschrieben: {done.stderr[-300:]}")
