"""The stage in a real browser: driven by keys and touch with the network off, on the page, in the gallery, accessible."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

import gradmesser.__main__ as product
from tests.browser.conftest import Visit
from tests.browser.server import settle
from tests.support import Instance

pytestmark = pytest.mark.browser

OVERLAPPING = """() => {
  const box = (name) => document.querySelector(name).getBoundingClientRect();
  const words = [...document.querySelectorAll('.folie:not([hidden]) :is(h1, .quelle p, .marke)')].map(one => {
    const range = document.createRange(); range.selectNodeContents(one); return [...range.getClientRects()]; }).flat();
  return ['#knoepfe', '#nummer'].some(name => { const a = box(name);
    return words.some(b => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom); });
}"""


@pytest.fixture(scope="module")
def files(instance: Instance, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:  # noqa: ARG001
    folder = tmp_path_factory.mktemp("buehne")
    made = {name: folder / f"{name}.html" for name in ("deck", "dunkel", "galerie")}
    chosen = ["--folie=glas", "--folie=vergleich-verteilung", "--folie=karte", "--folie=leistungen-abdeckung"]
    assert product.main(["deck", *chosen, "--out", str(made["deck"])]) == 0
    assert product.main(["deck", *chosen, "--saal=dunkel", "--namen=ohne", "--out", str(made["dunkel"])]) == 0
    assert product.main(["gallery", *chosen, "--sekunden=5", "--out", str(made["galerie"])]) == 0
    return made


def opened(browser: Browser, file: Path, **options: object) -> tuple[Page, list[str]]:
    """The file without network; the list collects requests to any host, and errors."""
    usual = {"offline": True, "viewport": {"width": 1920, "height": 1080}, "reduced_motion": "no-preference"}
    page, wrong = browser.new_context(**{**usual, **options}).new_page(), []
    page.on(
        "request", lambda asked: None if asked.url.startswith(("file:", "data:", "blob:")) else wrong.append(asked.url)
    )
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(file.as_uri())
    expect(page.locator("body[data-bereit]")).to_be_attached()
    return page, wrong


def number(page: Page) -> str:
    return page.locator("#nummer").inner_text().partition(" / ")[0]


def press(page: Page, *keys: str) -> Page:
    for key in keys:
        page.keyboard.press(key)
    return page


def test_keys_lead_through_the_deck_with_the_network_off(browser: Browser, files: dict[str, Path]):
    page, wrong = opened(browser, files["deck"])
    whole = page.locator("#nummer").inner_text().partition(" / ")[2]
    for keys, leads in (
        ("ArrowRight", "2"), ("Space", "3"), ("PageDown", "4"), ("PageUp", "3"), ("ArrowLeft", "2"), ("Shift+Space", "1"),
        ("ArrowLeft", "1"), ("End", whole), ("ArrowRight", whole), ("Home", "1"), ("3 Enter", "3"), ("9 9 Enter", whole), ("0 2 Enter", "2"),
    ):  # fmt: skip
        press(page, *keys.split())
        assert number(page) == leads, keys
    expect(page.locator(".folie:not([hidden])")).to_have_count(1)
    press(page, "b")
    expect(page.locator("#schwarz")).to_be_visible()
    press(page, "ArrowRight")
    expect(page.locator("#schwarz")).to_be_hidden()
    assert number(page) == "2", "the key that ends the black leads nowhere"
    press(page, "End")
    expect(page.get_by_role("heading", name="Wie wird gezählt?").first).to_be_visible()
    assert wrong == []


def test_names_are_hidden_by_a_key_and_not_to_be_had_where_the_file_has_none(browser: Browser, files: dict[str, Path]):
    page, wrong = opened(browser, files["deck"])
    press(page, "2", "Enter")
    shown = page.locator(".folie:not([hidden])")
    expect(shown).to_contain_text("Jena")
    press(page, "n")
    expect(shown).to_contain_text("Stadt")
    expect(shown).not_to_contain_text("Jena")
    press(page, "o")
    expect(shown).to_contain_text("Jena")
    page, more = opened(browser, files["dunkel"])
    press(page, "2", "Enter", "n")
    expect(page.locator("#ansage")).to_have_text("Diese Präsentation enthält keine Namen.")
    assert "Jena" not in page.evaluate("document.body.textContent.replace(/function/g, '')")[:200000]
    assert wrong + more == []


def test_the_map_runs_through_its_months_and_stops(browser: Browser, files: dict[str, Path]):
    page, wrong = opened(browser, files["deck"])
    press(page, "3", "Enter")
    day = page.locator(".lapse .tag")
    newest = day.inner_text()
    press(page, "p")
    expect(day).not_to_have_text(newest)
    expect(page.get_by_role("button", name="Zeitraffer anhalten")).to_be_visible()
    press(page, "p")
    expect(page.get_by_role("button", name="▶ Zeitraffer")).to_be_visible()
    page.emulate_media(reduced_motion="reduce")
    expect(page.get_by_text("Bewegung ist abgeschaltet")).to_be_visible()
    page.get_by_role("slider").focus()
    press(page, "Home")
    assert number(page) == "3", "the slider keeps its keys"
    expect(day).not_to_have_text(newest)
    assert wrong == []


def test_the_gallery_turns_by_itself_and_can_be_paused_by_key_and_button(browser: Browser, files: dict[str, Path]):
    page, wrong = opened(browser, files["galerie"])
    expect(page.locator("#nummer")).to_have_text("2 / 6", timeout=9_000)
    press(page, "p")
    button = page.get_by_role("button", name="Weiterlaufen")
    expect(button).to_be_visible()
    page.wait_for_timeout(5_600)
    assert number(page) == "2"
    button.click()
    expect(page.get_by_role("button", name="Anhalten")).to_be_visible()
    expect(page.locator("#nummer")).to_have_text("3 / 6", timeout=9_000)
    calm, more = opened(browser, files["galerie"], reduced_motion="reduce")
    expect(calm.get_by_role("button", name="Weiterlaufen")).to_be_visible()
    assert wrong + more == []


@pytest.mark.parametrize("name", ["deck", "dunkel", "galerie"])
def test_every_slide_is_accessible_and_nothing_lies_over_the_source(
    browser: Browser, files: dict[str, Path], name: str
):
    for width, height in ((1920, 1080), (1024, 768), (390, 844)):
        page, wrong = opened(browser, files[name], viewport={"width": width, "height": height}, reduced_motion="reduce")
        for position in range(1, 6):
            press(page, str(position), "Enter")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            sizes = page.evaluate(
                """[...document.querySelectorAll('.folie:not([hidden]) :is(p, h1, li, text)')]
                .filter(e => e.textContent.trim() && e.getBoundingClientRect().width)
                .map(e => parseFloat(getComputedStyle(e).fontSize) * (e.closest('.flaeche')?.style.transform.match(/[0-9.]+/)?.[0] ?? 1))"""
            )
            assert width == 390 or not page.evaluate(OVERLAPPING), f"slide {position} at {width}"
            assert min(sizes) >= (23.9 if width == 1920 else 11.9), f"slide {position} at {width}"
            if (width, position) in ((1920, 1), (1920, 3), (390, 2)):
                found = Axe().run(page)
                assert found.violations_count == 0, found.generate_report()
        assert wrong == []
        page.context.close()


def test_swiping_turns_on_a_tablet(browser: Browser, files: dict[str, Path]):
    page, wrong = opened(browser, files["deck"], viewport={"width": 1024, "height": 768}, has_touch=True)
    swipe = """([from, to]) => { for (const [kind, x] of [['touchstart', from], ['touchend', to]]) {
      const touch = new Touch({ identifier: 1, target: document.body, clientX: x, clientY: 300 });
      document.body.dispatchEvent(new TouchEvent(kind, { bubbles: true, touches: kind === 'touchstart' ? [touch] : [], changedTouches: [touch] }));
    } }"""
    page.evaluate(swipe, [700, 200])
    assert number(page) == "2"
    page.evaluate(swipe, [200, 700])
    assert number(page) == "1"
    assert wrong == []


def test_the_page_shows_the_stage_whose_keys_streamlit_does_not_take(visit: Visit):
    page = visit("praesentation?folie=glas&folie=vergleich-verteilung&folie=karte")
    frame = page.frame_locator("iframe[title='Vorschau der Bühne']")
    expect(frame.locator("#nummer")).to_have_text("1 / 4", timeout=20_000)
    assert Axe().run(page, options={"iframes": False}).violations_count == 0
    page.get_by_role("button", name="Auf die Bühne").click()
    expect(frame.locator("body")).to_be_visible()
    page.wait_for_function("document.fullscreenElement !== null")
    runs = page.get_by_test_id("stApp").get_attribute("data-test-script-state")
    for key, leads in (("ArrowRight", "2 / 4"), ("r", "2 / 4"), ("c", "2 / 4"), ("3", "2 / 4"), ("Enter", "3 / 4")):
        page.keyboard.press(key)
        expect(frame.locator("#nummer")).to_have_text(leads)
    assert page.get_by_test_id("stApp").get_attribute("data-test-script-state") == runs
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("n")
    page.keyboard.press("ArrowLeft")
    expect(frame.locator(".folie:not([hidden])")).not_to_contain_text("Jena")
    page.evaluate("document.exitFullscreen()")
    with page.context.expect_page() as other:
        page.get_by_role("link", name="In eigenem Fenster öffnen").click()
    expect(other.value.locator("#nummer")).to_have_text("1 / 4", timeout=20_000)
    other.value.close()
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 844})
        settle(page)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
