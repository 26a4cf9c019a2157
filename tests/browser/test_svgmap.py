"""The map in a real browser: what keyboard, mouse and finger do, what comes back to Python, and how little goes over the wire."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from gradmesser.ui.svgmap import MapCell, MapClass, MapFrame, SvgmapError, class_letters, svgmap

ROOT = Path(__file__).parents[2]
COLUMNS = 4
NAMES = (
    *("Ilmenau", "Jena", "Möhra", "Bad Berka"),
    *("Suhl", "Saalfeld", '<b>Fett</b> & "Zitat"', "Apolda"),
    *("Ölknitz", "Gera", "Bad Sulza", "Weimar"),
)
HOSTILE = NAMES.index('<b>Fett</b> & "Zitat"')
WIRE_LIMIT = 12_000


def square_grid(names: tuple[str, ...], columns: int) -> dict[str, object]:
    """A GeoJSON of squares, row by row from the north-west, with ids like ARS."""
    features = []
    for place, name in enumerate(names):
        west, north = 10 + 0.16 * (place % columns), 51 - 0.1 * (place // columns)
        east, south = west + 0.16, north - 0.1
        ring = [[west, north], [east, north], [east, south], [west, south], [west, north]]
        features.append(
            {
                "type": "Feature",
                "id": f"16070{place:07}",
                "properties": {"name": name},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return {"type": "FeatureCollection", "features": features}


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    executable = os.environ.get("GRADMESSER_CHROMIUM") or shutil.which("chromium")
    quiet = ("background-networking", "component-update", "sync", "gpu")
    return {
        "executable_path": executable,
        "args": ["--no-sandbox", "--no-first-run", *(f"--disable-{part}" for part in quiet)],
    }


@pytest.fixture(scope="module")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the demo app, run from a folder of its own with its own static files."""
    folder = tmp_path_factory.mktemp("svgmap")
    static = folder / "static"
    static.mkdir()
    shutil.copy(Path(__file__).with_name("svgmap_app.py"), folder)
    squares = square_grid(NAMES, COLUMNS)
    (static / "areas.geojson").write_text(json.dumps(squares), encoding="utf-8")
    (static / "outlines.geojson").write_text(json.dumps(squares), encoding="utf-8")
    many = square_grid(tuple(f"Gemeinde {place}" for place in range(601)), 25)
    (static / "many.geojson").write_text(json.dumps(many), encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "svgmap_app.py", f"--server.port={port}"]
    settings = ["address=127.0.0.1", "headless=true", "enableStaticServing=true", "fileWatcherType=none"]
    command += [f"--server.{setting}" for setting in settings] + ["--browser.gatherUsageStats=false"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log
        )
    try:
        await_health(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(timeout=20)


def await_health(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(150):
        if server.poll() is not None:
            break
        try:
            with urlopen(address, timeout=2):
                return
        except URLError:
            time.sleep(0.2)
    pytest.fail("the demo app did not start")


def area(page: Page, name: str) -> Locator:
    """The area of a unit by its accessible name."""
    return page.get_by_role("button", name=re.compile(f"^{re.escape(name)}:"))


def open_map(page: Page, address: str) -> Page:
    page.goto(address)
    expect(page.locator(".area").first).to_be_attached(timeout=30_000)
    return page


def enter_by_keyboard(page: Page) -> None:
    """Focus the one tab stop of the map the way the Tab key does, so that the browser counts it as keyboard focus."""
    page.locator(".stBidiComponent .area[tabindex='0']").focus()


def focused_name(page: Page) -> str:
    return page.locator(".area:focus").get_attribute("aria-label") or ""


def legend_count(page: Page, key: str) -> str:
    return page.locator(f".legend li[data-class='{key}'] .count").inner_text()


def view_box(page: Page) -> list[float]:
    return [float(part) for part in (page.locator("svg.canvas").get_attribute("viewBox") or "").split()]


def settled_view_box(page: Page, *, smaller_than: float) -> list[float]:
    """The visible part once the short movement of the zoom has ended."""
    expect(page.locator("svg.canvas.zoomed")).to_be_visible()
    page.wait_for_timeout(400)
    box = view_box(page)
    assert box[2] < smaller_than
    return box


# ---------- one sentence a unit, one tab stop a map ----------


@pytest.mark.browser
def test_every_area_is_named_and_only_one_is_a_tab_stop(page: Page, app_url: str):
    open_map(page, app_url)
    labels = [one.get_attribute("aria-label") for one in page.locator(".area").all()]
    assert labels[0] == "Ilmenau: 57 von 121, 0 ohne Meldung"
    assert labels[4] == "Suhl: keine Meldung"
    assert labels[5] == "Saalfeld: nicht zuständig"
    assert labels[HOSTILE].startswith(f"{NAMES[HOSTILE]}: ")
    assert page.locator(".area[tabindex='0']").count() == 1
    assert page.locator(".area[tabindex='-1']").count() == len(NAMES) - 1
    canvas = page.get_by_role("application", name="Leistungen online je Gemeinde")
    expect(canvas).to_have_accessible_description(re.compile("Karte mit erfundenen Werten.*Pfeiltasten"))


@pytest.mark.browser
def test_tab_reaches_the_map_once_and_leaves_it(page: Page, app_url: str):
    open_map(page, app_url)
    enter_by_keyboard(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Karte vergrößern")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    assert focused_name(page).startswith(NAMES[HOSTILE])


@pytest.mark.browser
def test_arrow_keys_walk_to_the_neighbour_and_stay_at_the_border(page: Page, app_url: str):
    open_map(page, app_url)
    enter_by_keyboard(page)
    walk = {
        "Home": NAMES[HOSTILE],
        "ArrowRight": "Apolda",
        "ArrowUp": "Bad Berka",
        "ArrowLeft": "Möhra",
        "ArrowDown": NAMES[HOSTILE],
    }
    for key, name in walk.items():
        page.keyboard.press(key)
        assert focused_name(page).startswith(f"{name}:"), key
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        assert focused_name(page).startswith("Apolda:")
    page.keyboard.press("End")
    assert focused_name(page).startswith("Weimar:")


@pytest.mark.browser
def test_type_ahead_folds_umlauts_and_goes_on_with_the_same_letter(page: Page, app_url: str):
    open_map(page, app_url)
    enter_by_keyboard(page)
    for typed, name in {"moh": "Möhra", "oel": "Ölknitz", "ö": "Ölknitz", "bad s": "Bad Sulza"}.items():
        page.keyboard.type(typed)
        assert focused_name(page).startswith(f"{name}:"), typed
        page.wait_for_timeout(900)
    page.keyboard.type("s")
    assert focused_name(page).startswith("Saalfeld:")
    page.keyboard.type("s")
    assert focused_name(page).startswith("Suhl:")


@pytest.mark.browser
@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_enter_and_space_return_the_id_to_python_once(page: Page, app_url: str, key: str):
    open_map(page, app_url)
    enter_by_keyboard(page)
    page.keyboard.type("gera")
    page.wait_for_timeout(900)
    page.keyboard.press(key)
    expect(page.get_by_text("Geöffnet: 160700000009")).to_be_visible()
    expect(page.get_by_text("Gewählt: 160700000009")).to_be_visible()
    expect(area(page, "Gera")).to_have_attribute("aria-current", "true")
    expect(area(page, "Gera")).to_be_focused()
    page.get_by_role("button", name="Andere Werte").click()
    expect(page.get_by_text("Geöffnet: None")).to_be_visible()


@pytest.mark.browser
def test_keyboard_focus_shows_ring_and_tip_and_escape_hides_the_tip(page: Page, app_url: str):
    open_map(page, app_url)
    enter_by_keyboard(page)
    page.keyboard.press("Home")
    ring = page.locator(".ring.focused.line")
    expect(ring).to_be_visible()
    assert ring.evaluate("path => getComputedStyle(path).strokeWidth") == "3px"
    expect(page.locator(".tip strong")).to_have_text(NAMES[HOSTILE])
    page.keyboard.press("Escape")
    expect(page.locator(".tip")).to_be_hidden()


@pytest.mark.browser
def test_keyboard_stays_on_the_unit_when_the_page_puts_something_above_the_map(page: Page, app_url: str):
    open_map(page, f"{app_url}?notice=1")
    enter_by_keyboard(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ein Hinweis zur Auswahl")).to_be_visible()
    expect(area(page, "Apolda")).to_be_focused()
    expect(page.locator(".ring.focused.line")).to_be_visible()


# ---------- mouse and finger ----------


@pytest.mark.browser
def test_click_opens_and_hover_shows_a_hostile_name_as_text(page: Page, app_url: str):
    open_map(page, app_url)
    hostile = page.locator(".area").nth(HOSTILE)
    hostile.hover()
    expect(page.locator(".tip strong")).to_have_text(NAMES[HOSTILE])
    assert page.locator(".tip b").count() == 0
    assert "von 121" in page.locator(".tip").inner_text()
    hostile.click()
    expect(page.get_by_text(f"Geöffnet: 16070{HOSTILE:07}")).to_be_visible()


@pytest.mark.browser
def test_first_tap_shows_and_second_opens(browser: Browser, app_url: str):
    context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 844})
    page = open_map(context.new_page(), app_url)
    area(page, "Jena").tap()
    expect(page.locator(".tip strong")).to_have_text("Jena")
    expect(page.locator(".tip")).to_contain_text("Noch einmal tippen")
    expect(page.get_by_text("Geöffnet: None")).to_be_visible()
    area(page, "Jena").tap()
    expect(page.get_by_text("Geöffnet: 160700000001")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


@pytest.mark.browser
def test_zoom_and_position_survive_new_values_and_new_elements_above(page: Page, app_url: str):
    open_map(page, app_url)
    whole = view_box(page)
    page.get_by_role("button", name="Karte vergrößern").click()
    zoomed = settled_view_box(page, smaller_than=whole[2])
    before = area(page, "Ilmenau").get_attribute("aria-label")
    page.get_by_role("button", name="Andere Werte").click()
    expect(area(page, "Ilmenau")).not_to_have_attribute("aria-label", str(before))
    assert view_box(page) == zoomed
    page.get_by_text("Hinweis über der Karte").click()
    expect(page.get_by_text("Ein Hinweis")).to_be_visible()
    expect(area(page, "Ilmenau")).to_be_attached()
    assert view_box(page) == zoomed
    page.get_by_role("button", name="Ganz Thüringen zeigen").click()
    expect(page.locator("svg.canvas:not(.zoomed)")).to_be_visible()
    assert view_box(page) == whole


@pytest.mark.browser
def test_only_the_wheel_with_ctrl_zooms_and_dragging_pans_without_opening(page: Page, app_url: str):
    open_map(page, app_url)
    whole = view_box(page)
    area(page, "Saalfeld").hover()
    page.mouse.wheel(0, -240)
    page.wait_for_timeout(200)
    assert view_box(page) == whole
    area(page, "Saalfeld").hover()
    page.keyboard.down("Control")
    for _ in range(3):
        page.mouse.wheel(0, -240)
    page.keyboard.up("Control")
    zoomed = settled_view_box(page, smaller_than=whole[2])
    box = page.locator("svg.canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 - 60, box["y"] + box["height"] / 2 - 30, steps=4)
    page.mouse.up()
    panned = view_box(page)
    assert panned[0] > zoomed[0]
    assert panned[1] > zoomed[1]
    page.wait_for_timeout(300)
    expect(page.get_by_text("Geöffnet: None")).to_be_visible()


# ---------- legend, colours, accessibility ----------


@pytest.mark.browser
def test_legend_counts_the_units_of_every_class(page: Page, app_url: str):
    open_map(page, app_url)
    for key in ("low", "mid", "high", "unknown", "none"):
        assert legend_count(page, key) == str(page.locator(f".area[data-class='{key}']").count()), key
    assert legend_count(page, "unknown") == "2"
    assert page.locator(".legend li .label").all_inner_texts() == [
        *("bis 40", "41 bis 80", "mehr als 80"),
        *("keine Meldung", "nicht zuständig"),
    ]
    assert (area(page, "Suhl").get_attribute("fill") or "").startswith("url(#")


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "colour"), [("light", "#7694d5"), ("dark", "#3a5eb9")])
def test_colours_follow_the_theme_and_axe_finds_nothing(browser: Browser, app_url: str, scheme: str, colour: str):
    context = browser.new_context(color_scheme=scheme)
    page = open_map(context.new_page(), f"{app_url}?frames=1")
    assert page.locator(".area[data-class='mid']").first.get_attribute("fill") == colour
    found = Axe().run(page, context=".stBidiComponent").response["violations"]
    assert [one["id"] for one in found] == []
    context.close()


@pytest.mark.browser
def test_forced_colours_and_print_keep_the_map_readable(browser: Browser, app_url: str):
    context = browser.new_context(forced_colors="active")
    page = open_map(context.new_page(), app_url)
    colours = page.locator(".area").evaluate_all("areas => areas.map(area => getComputedStyle(area).fill)")
    assert len(set(colours)) > 2
    page.emulate_media(media="print", forced_colors="none")
    expect(page.get_by_role("button", name="Karte vergrößern")).to_be_hidden()
    expect(page.locator(".legend")).to_be_visible()
    context.close()


# ---------- time lapse ----------


@pytest.mark.browser
def test_time_lapse_starts_paused_plays_stops_and_reports_where(page: Page, app_url: str):
    open_map(page, f"{app_url}?frames=1")
    date = page.locator(".player output")
    expect(date).to_have_text("Monat 3")
    page.wait_for_timeout(1000)
    expect(date).to_have_text("Monat 3")
    assert area(page, "Ilmenau").get_attribute("aria-label") == "Ilmenau: 90 von 121, 3 ohne Meldung"
    page.get_by_role("button", name="Abspielen").click()
    expect(date).to_have_text("Monat 4")
    assert area(page, "Ilmenau").get_attribute("aria-label") == "Ilmenau: mehr als 80, Monat 4"
    expect(page.get_by_text("Zeitpunkt: 2026-03")).to_be_visible()
    page.get_by_role("button", name="Anhalten").click()
    expect(page.get_by_role("status").filter(has_text="Zeitraffer angehalten")).to_be_attached()
    expect(page.get_by_text(re.compile("Zeitpunkt: 2026-0[45]"))).to_be_visible()
    stopped = date.inner_text()
    expect(area(page, "Ilmenau")).to_have_attribute("aria-label", re.compile("von 121"))
    page.wait_for_timeout(900)
    expect(date).to_have_text(stopped)


@pytest.mark.browser
def test_slider_by_keyboard_names_the_date_and_reports_it(page: Page, app_url: str):
    open_map(page, f"{app_url}?frames=1")
    slider = page.get_by_role("slider", name="Zeitpunkt der Karte")
    slider.focus()
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", "Monat 6")
    expect(page.get_by_text("Zeitpunkt: 2026-06")).to_be_visible()
    page.keyboard.press("Home")
    expect(page.get_by_text("Zeitpunkt: 2026-01")).to_be_visible()
    expect(area(page, "Ilmenau")).to_have_attribute("aria-label", "Ilmenau: 68 von 121, 1 ohne Meldung")


# ---------- what can go wrong ----------


@pytest.mark.browser
def test_missing_geometry_is_said_in_the_place_of_the_map(page: Page, app_url: str):
    page.goto(f"{app_url}?geo=missing")
    message = page.get_by_role("alert").filter(has_text="Gebietsgrenzen nicht geladen")
    expect(message).to_be_visible(timeout=30_000)
    expect(message).to_contain_text("Liste bei der Karte")
    expect(message.get_by_role("button", name="Erneut versuchen")).to_be_visible()
    assert page.locator(".area").count() == 0


@pytest.mark.browser
@pytest.mark.parametrize(("units", "counts"), [("fewer", "12 Flächen, 11 Werte"), ("others", "12 Flächen, 12 Werte")])
def test_values_of_other_units_are_not_drawn(page: Page, app_url: str, units: str, counts: str):
    page.goto(f"{app_url}?units={units}")
    message = page.get_by_role("alert").filter(has_text="gehören nicht zusammen")
    expect(message).to_contain_text(counts, timeout=30_000)
    expect(page.locator("svg.canvas")).to_be_hidden()


@pytest.mark.browser
@pytest.mark.parametrize("query", ["geo=many", "geo=many&frames=1"])
def test_new_values_of_601_units_stay_small_on_the_wire(page: Page, app_url: str, query: str):
    """Streamlit keeps messages from 10 kB on in the browser: engine and 24 dates are sent once, then only referred to."""
    sizes: list[int] = []
    page.on("websocket", lambda opened: opened.on("framereceived", lambda payload: sizes.append(len(payload))))
    open_map(page, f"{app_url}?{query}")
    label = str(area(page, "Gemeinde 0").get_attribute("aria-label"))
    sizes.clear()
    if "frames" in query:
        page.get_by_role("slider").focus()
        page.keyboard.press("ArrowRight")
        expect(page.get_by_text("Zeitpunkt: 2026-04")).to_be_visible()
    else:
        page.get_by_role("button", name="Andere Werte").click()
    expect(area(page, "Gemeinde 0")).not_to_have_attribute("aria-label", label)
    page.wait_for_timeout(300)
    assert sum(sizes) <= WIRE_LIMIT, sorted(sizes)


# ---------- what a page may hand over ----------

CLASSES = (
    MapClass(key="a", label="A", colour_light="#d8e1f4", colour_dark="#04158d", pattern="none"),
    MapClass(key="b", label="B", colour_light="#e8e9ef", colour_dark="#30344f", pattern="hatch", sentence=""),
)


def test_class_letters_follow_the_sorted_ids():
    assert class_letters({"2": "b", "1": "a", "3": "a"}, CLASSES) == "ABA"
    with pytest.raises(SvgmapError, match="class 'c'"):
        class_letters({"1": "c"}, CLASSES)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"values": {"1": MapCell(class_key="a", numbers=(1,))}}, "1 has 1 numbers"),
        ({"values": {"1": MapCell(class_key="x")}}, "classes \\['x'\\]"),
        ({"values": {"1": MapCell(class_key="a", numbers=("1|2", 2))}}, "not empty and has no"),
        ({"sentence": "{0} von {2}"}, "without gaps"),
        ({"sentence": "{0:d} von {1}"}, "without gaps"),
        ({"classes": (*CLASSES, CLASSES[0])}, "different keys"),
        ({"frames": [MapFrame(key="1", label="1", letters="AB")], "frame": "1"}, "2 letters for 1 units"),
        ({"frames": [MapFrame(key="1", label="1", letters="A")]}, "frame None"),
    ],
)
def test_what_does_not_fit_together_is_refused(change: dict[str, object], complaint: str):
    fitting = {
        "key": "k",
        "geometry_url": "app/static/areas.geojson",
        "values": {"1": MapCell(class_key="a", numbers=(1, 2))},
        "classes": CLASSES,
        "sentence": "{0} von {1}",
        "title": "T",
        "description": "D",
        "selected": None,
        "unit_plural": "Gemeinden",
    }
    with pytest.raises(SvgmapError, match=complaint):
        svgmap(**{**fitting, **change})
