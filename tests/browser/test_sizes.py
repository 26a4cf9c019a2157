"""Every page at five sizes: nothing overlaps, nothing is cut off, nothing scrolls sideways; on paper; in all themes."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gradmesser.charts import tokens
from gradmesser.charts.tokens import Palette
from gradmesser.ui import frame
from tests.browser.conftest import Visit
from tests.browser.server import settle
from tests.support import JENA
from tests.test_charts import contrast

pytestmark = pytest.mark.browser

SIZES = ((1440, 900), (1920, 1080), (1024, 768), (720, 450), (390, 844))
"""Desktop, projector, tablet, 200 % zoom of the desktop, phone."""
PATHS = [
    *("" if page.path == "dashboard.py" else Path(page.path).stem for page in frame.PAGES.values()),
    *(f"kommune?ars={JENA}&abschnitt={section}" for section in ("leistungen", "register", "entwicklung", "vergleichbare", "melden")),
    *(f"register?abschnitt={section}" for section in ("matrix", "idnr", "nachweise", "termine")),
    *(f"leistungen?abschnitt={section}" for section in ("hebel", "stufen", "stillstand")),
    "leistungen?leistung=99115005104000", "daten?abschnitt=lieferungen", "daten?abschnitt=downloads",
]  # fmt: skip
"""Every page of the menu as it opens, and what else it has."""

BROKEN = """() => {
  const main = document.querySelector('[data-testid=stMain]');
  const wide = document.documentElement.clientWidth;
  const seen = one => { const box = one.getBoundingClientRect(); return box.width > 1 && box.height > 1; };
  const name = one => `${one.dataset?.testid || one.className || one.tagName}: ${(one.innerText || one.textContent || '').trim().slice(0, 40)}`;
  const found = [];
  for (const one of [document.documentElement, main]) if (one.scrollWidth > one.clientWidth) found.push(`scrolls sideways: ${name(one)}`);
  const ownFrame = '.gm-scroll, svg, [data-testid=stCode], [class*=st-key-gm_bild_]';
  for (const one of main.querySelectorAll('*')) {
    if (seen(one) && one.getBoundingClientRect().right > wide + 1 && !one.closest(ownFrame)) found.push(`beyond the edge: ${name(one)}`);
  }
  for (const one of main.querySelectorAll('p, h1, h2, h3, li, dt, dd, caption, .gm-badge, button')) {
    const look = getComputedStyle(one);
    if (seen(one) && look.overflowX !== 'visible' && one.scrollWidth > one.clientWidth + 1) found.push(`clipped: ${name(one)}`);
  }
  for (const plot of main.querySelectorAll('.js-plotly-plot')) {
    const frame = plot.getBoundingClientRect();
    for (const text of plot.querySelectorAll('.main-svg text')) {
      const box = text.getBoundingClientRect();
      if (box.width && (box.right > frame.right + 1 || box.left < frame.left - 1 || box.bottom > frame.bottom + 1)) found.push(`outside its picture: ${text.textContent}`);
    }
    const legends = [...plot.querySelectorAll('.legendtext')].map(one => one.getBoundingClientRect());
    for (const title of plot.querySelectorAll('.xtitle, .xtick text')) {
      const box = title.getBoundingClientRect();
      if (legends.some(one => one.left < box.right - 1 && box.left < one.right - 1 && one.top < box.bottom - 2 && box.top < one.bottom - 2)) found.push(`under the legend: ${title.textContent}`);
    }
  }
  const blocks = [...main.querySelectorAll('[data-testid=stElementContainer]')].filter(seen).filter(one => !one.closest('details:not([open]) > :not(summary)'))
    .filter(one => !one.querySelector('style') || one.innerText.trim());
  for (let first = 0; first < blocks.length; first++) for (let second = first + 1; second < blocks.length; second++) {
    const [one, other] = [blocks[first], blocks[second]];
    if (one.contains(other) || other.contains(one)) continue;
    const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
    if (a.left < b.right - 2 && b.left < a.right - 2 && a.top < b.bottom - 2 && b.top < a.bottom - 2) found.push(`overlap: ${name(one)} × ${name(other)}`);
  }
  return [...new Set(found)].slice(0, 8);
}"""


def resized(page: Page, width: int, height: int) -> Page:
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(200)
    return settle(page)


@pytest.mark.parametrize("path", PATHS)
def test_nothing_overlaps_is_cut_off_or_scrolls_sideways(visit: Visit, path: str):
    page = visit(path)
    found = {size: resized(page, *size).evaluate(BROKEN) for size in SIZES}
    assert {size: one for size, one in found.items() if one} == {}


@pytest.mark.parametrize("path", ["", "leistungen"])
def test_on_paper_pictures_fit_and_controls_are_gone(visit: Visit, path: str):
    page = visit(path)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 794, "height": 1123})
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(page.get_by_test_id("stExpander").first).to_be_hidden()
    sizes = page.locator(".js-plotly-plot .svg-container").evaluate_all(
        "all => all.map(one => [one.getBoundingClientRect().right, one.getBoundingClientRect().height, one.closest('[data-testid=stElementContainer]').getBoundingClientRect().height])"
    )
    assert sizes
    for right, height, room in sizes:
        assert right <= 794
        assert 0 < height <= room + 1, "the picture does not lie on what follows"


TEXTS = """() => [...document.querySelectorAll('.js-plotly-plot .main-svg text')].filter(one => one.getBoundingClientRect().width)
  .map(one => [one.textContent, getComputedStyle(one).fill])"""


@pytest.mark.parametrize(
    "palette", tokens.PALETTES, ids=[one.name.removeprefix("gradmesser_") for one in tokens.PALETTES]
)
def test_every_word_of_the_figures_is_readable_in_every_theme(visit: Visit, palette: Palette):
    scheme = "dark" if "dark" in palette.name else "light"
    page = visit("?kontrast=hoch" if "high" in palette.name else "", color_scheme=scheme)
    expect(page.locator(".js-plotly-plot .legendtext").first).to_be_attached()
    background = page.get_by_test_id("stApp").evaluate("one => getComputedStyle(one).backgroundColor")
    drawn = page.evaluate(TEXTS)
    assert len(drawn) > 30
    for text, fill in drawn:
        on = {palette.surface, hexed(background), palette.live}
        assert any(contrast(hexed(fill), one) >= (7 if "high" in palette.name else 4.5) for one in on), (text, fill)
    assert hexed(drawn[0][1]) in {palette.text, palette.muted, palette.on_live, palette.broken}


def hexed(colour: str) -> str:
    """`rgb(1, 2, 3)` or `#010203` as `#010203`; what is transparent is empty."""
    if colour.startswith("#"):
        return colour
    parts = [float(part) for part in re.findall(r"[\d.]+", colour)]
    return "" if len(parts) > 3 and parts[3] == 0 else "#" + "".join(f"{int(part):02x}" for part in parts[:3])
