"""Pictures of every page for the README and for looking at: `python -m tests.browser.screenshots` (make screenshots).

Opens the dashboard on the present data (GRADMESSER_DATA as usual) and writes docs/bilder/<page>_<look>.png; only the light
ones are kept with the project.
"""

import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from gradmesser.ui.frame import PAGES
from tests import chromium
from tests.browser.server import ROOT, serve, settle

TARGET = ROOT / "docs" / "bilder"
COLOURS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One way to look at a page; `whole` takes everything down to the footer (at most `tallest`), else what fits on the screen."""

    width: int
    height: int
    scheme: str = "light"
    scale: int = 1
    whole: bool = True
    tallest: int = 20_000


LOOKS = {
    "light": Look(width=1440, height=900, tallest=1600),
    "dark": Look(width=1440, height=900, scheme="dark"),
    "phone": Look(width=390, height=844),
    "projektor": Look(width=1920, height=1080, whole=False),
    "zoom": Look(width=720, height=450, scale=2),
}


def address(base: str, name: str) -> str:
    """Address of a page of the menu."""
    path = PAGES[name].path
    return f"{base}/" if path == "dashboard.py" else f"{base}/{Path(path).stem}"


def take(browser: Browser, url: str, look: Look) -> bytes:
    """PNG of one page in one look, with a palette instead of 16 million colours."""
    context = browser.new_context(
        locale="de-DE", viewport={"width": look.width, "height": look.height}, color_scheme=look.scheme,
        device_scale_factor=look.scale, reduced_motion="reduce",
    )  # fmt: skip
    page = context.new_page()
    page.goto(url)
    settle(page)
    if look.whole:
        _unroll(page, look)
    page.wait_for_timeout(400)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()
    packed = io.BytesIO()
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
    return packed.getvalue()


def _unroll(page: Page, look: Look) -> None:
    """Streamlit scrolls inside the page: make the window as high as its content."""
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": look.width, "height": max(min(height, look.tallest), look.height)})
    settle(page)


def main() -> int:
    """Write all pictures, or those of the pages and looks named as arguments; 1 if there is no browser."""
    names = [name for name in sys.argv[1:] if name in PAGES] or list(PAGES)
    looks = {title: look for title, look in LOOKS.items() if title in sys.argv[1:]} or LOOKS
    executable = chromium.find()
    if not executable:
        sys.stderr.write("Kein Chromium gefunden: python -m tests.chromium richtet eines ein.\n")
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(None, Path(folder) / "log") as base,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=executable, args=chromium.FLAGS)
        for name in names:
            for title, look in looks.items():
                path = TARGET / f"{name}_{title}.png"
                path.write_bytes(take(browser, address(base, name), look))
                sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB\n")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
