"""Every page in a real Chromium, as a visitor meets it: cold, by link, by keyboard, on a phone, in the dark."""

import csv
import io
import re
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Browser, Download, Locator, Page, expect

from gradmesser import german, store
from gradmesser.ui import frame
from tests.browser.conftest import Visit
from tests.browser.server import serve, settle
from tests.support import JENA, Instance

pytestmark = pytest.mark.browser

ALL = ["", "karte", "kommune", "daten"]
TITLES = {
    "": "Gradmesser",
    "karte": "Karte – Gradmesser",
    "kommune": "Kommune – Gradmesser",
    "daten": "Daten – Gradmesser",
}
MUEHLHAUSEN, ILMENAU, GROSSBREITENBACH = "160640046046", "160700029029", "160700058058"


@pytest.fixture(scope="module")
def stands(instance: Instance) -> list[date]:  # noqa: ARG001 - the store reads it through GRADMESSER_DATA
    return [day.date() for day in store.fetch("stichtage", wissen=store.known_by(None))["stichtag"]]


def finding(page: Page, place: int = 0) -> str:
    return page.locator(".gm-finding").nth(place).inner_text()


def expander(page: Page, label: str, place: int = 0) -> Locator:
    return page.get_by_test_id("stExpander").filter(has_text=label).nth(place)


def download(page: Page, label: str, place: int = 0) -> Download:
    with page.expect_download() as started:
        page.get_by_role("button", name=label, exact=True).nth(place).click()
    return started.value


def content(file: Download) -> bytes:
    return Path(file.path()).read_bytes()


def csv_rows(file: Download) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content(file).decode("utf-8-sig"), newline=""), delimiter=";"))


def test_every_page_is_visited_here():
    assert {
        Path(entry.path).stem if entry.path != "dashboard.py" else "" for entry in frame.PAGES.values() if entry.in_menu
    } == {
        *ALL,
        "leistungen",
        "register",
        "vergleich",
        "veraenderung",
        "europa",
        "themen",
        "praesentation",  # these have files of their own
    }


# ---------- cold ----------


@pytest.mark.parametrize("path", ["karte", f"kommune?ars={JENA}", "daten"])
def test_deep_link_is_served_to_the_first_visitor_of_a_fresh_server(
    visit: Visit, instance: Instance, tmp_path: Path, path: str
):
    with serve(instance.root, tmp_path / "log") as base:
        page = visit(path, base=base)
        expect(page).to_have_title(TITLES[re.sub(r"\?.*", "", path)])
        expect(page.locator(".gm-banner").first).to_be_visible()
        expect(page.locator(".gm-footer")).to_be_visible()
        if "ars" in path:
            assert finding(page).startswith("Jena: ")
        page.close()


@pytest.mark.parametrize("path", ALL)
def test_page_has_title_language_banner_menu_finding_and_source(visit: Visit, stands: list[date], path: str):
    page = visit(path)
    expect(page).to_have_title(TITLES[path])
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLES[path].split(" – ")[0])
    expect(page.locator(".gm-banner").first).to_be_visible()
    expect(page.locator(".gm-banner").first).to_contain_text("BEISPIELDATEN – erfundene Werte")
    menu = page.get_by_test_id("stSidebar").get_by_role("link")
    expect(menu).to_have_text([entry.title for entry in frame.PAGES.values() if entry.in_menu])
    assert re.search(r"[a-zäöü]{3}", finding(page))
    expect(page.locator(".gm-footer")).to_contain_text("Fingerabdruck der Daten")
    if path != "daten":
        note = page.locator(".gm-note").first.inner_text()
        assert f"Stand {german.day(stands[-1])}" in note
        notes = "\n".join(page.locator(".gm-note").all_inner_texts())
        assert re.search(r"\d von [\d.]+, [\d.]+ ohne Meldung · Quelle: Open-PVOG", notes)
    assert page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0


def test_sections_of_the_data_page_show_sources_deliveries_files_and_methods(visit: Visit, stands: list[date]):
    page = visit("daten")
    expect(page.get_by_role("heading", name="Open-PVOG")).to_be_visible()
    for label, heading in (
        ("Lieferungen und Ablehnungen", "aufbewahrt"),
        ("Herunterladen", f"Stand {german.day(stands[-1])}"),
    ):
        page.get_by_role("radio", name=label).click()
        expect(page.locator(".gm-finding").first).to_contain_text(heading)
        settle(page)
    page.get_by_role("radio", name="Methodik").click()
    expect(page).to_have_url(re.compile("abschnitt=methodik"))
    expect(page.get_by_role("heading", name="Wer gezählt wird")).to_be_visible()


# ---------- what belongs to every figure ----------


def test_table_of_the_same_rows_and_the_way_they_are_computed_open_below_the_figure(visit: Visit):
    page = visit()
    expander(page, "Tabelle derselben Zeilen").locator("summary").click()
    rows = page.locator(".gm-table").first
    expect(rows).to_be_visible()
    expect(rows.locator("caption")).to_contain_text(finding(page))
    expect(rows.locator("tbody tr")).to_have_count(206)
    shown = [german.parse_number(cell) for cell in rows.locator("tbody tr td:nth-child(2)").all_inner_texts()]
    assert german.number(sum(shown)) == finding(page).split(" von ")[0]
    expander(page, "Quellen & Rechenweg").locator("summary").click()
    way = expander(page, "Quellen & Rechenweg")
    for word in ("Definition des Gradmessers", "Rechenweg.", "Grenzen.", "Lizenz:", "SELECT"):
        expect(way).to_contain_text(word)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("", "gradmesser_glas_160000000000"),
        ("karte", "gradmesser_karte_160000000000"),
        (f"kommune?ars={JENA}&abschnitt=leistungen", f"gradmesser_leistungen_{JENA}"),
    ],
)
def test_downloads_bring_the_shown_rows_named_by_the_date_of_the_data(
    visit: Visit, stands: list[date], path: str, name: str
):
    page = visit(path)
    text, book = download(page, "CSV"), download(page, "XLSX")
    assert text.suggested_filename == f"{name}_stand-{stands[-1]}_BEISPIEL.csv"
    assert book.suggested_filename == f"{name}_stand-{stands[-1]}_BEISPIEL.xlsx"
    rows = csv_rows(text)
    assert len(rows) == {"": 206, "karte": 189}.get(path, 222)
    assert {row["herkunft"] for row in rows} == {"BEISPIELDATEN"}
    assert {row["stand_der_daten"] for row in rows} == {str(stands[-1])}
    if "n" in rows[0]:
        assert f"{german.number(sum(int(row['n']) for row in rows))} von " in finding(page)
    sheets = openpyxl.load_workbook(io.BytesIO(content(book)))
    assert sheets.sheetnames == ["Daten", "Lesehilfe", "Quellen"]
    assert sheets["Daten"].max_row == len(rows) + 1
    assert "BEISPIELDATEN" in str(sheets["Lesehilfe"]["B1"].value)


def test_data_page_offers_four_formats(visit: Visit, stands: list[date]):
    page = visit("daten?abschnitt=downloads")
    base = f"gradmesser_rollin_160000000000_stand-{stands[-1]}_BEISPIEL"
    assert len(csv_rows(download(page, "CSV"))) == 206
    for label, suffix in (("XLSX", "xlsx"), ("Parquet", "parquet")):
        file = download(page, label)
        assert file.suggested_filename == f"{base}.{suffix}"
    assert len(pd.read_parquet(io.BytesIO(content(file)))) == 206
    real = download(page, "CSV", 5)
    assert real.suggested_filename == "gradmesser_beobachtungen_160000000000_stand-2024-08-20.csv"
    assert {row["herkunft"] for row in csv_rows(real)} == {"amtlich"}, "real values are not called invented ones"
    database = download(page, "DuckDB")
    assert database.suggested_filename == f"gradmesser_stand-{stands[-1]}_BEISPIEL.duckdb"
    assert content(database) == store.database_file().read_bytes()


# ---------- the map ----------


def area(page: Page, name: str) -> Locator:
    return page.locator(f".area[aria-label^='{name}:']")


def test_click_on_an_area_opens_its_unit_and_back_returns_to_the_map(visit: Visit):
    page = visit("karte?ebene=kreise")
    area(page, "Jena").click()
    expect(page).to_have_url(re.compile(rf"/kommune\?ars={JENA}$"))
    settle(page)
    assert finding(page).startswith("Jena: ")
    page.go_back()
    expect(page).to_have_url(re.compile(r"/karte\?.*ebene=kreise"))
    expect(page.locator(".area").first).to_be_attached()
    assert page.get_by_role("radio", name="Kreise", exact=True).is_checked()
    page.go_forward()
    expect(page).to_have_url(re.compile(rf"/kommune\?ars={JENA}$"))
    expect(page.locator(".gm-finding").first).to_contain_text("Jena: ")


def test_enter_on_a_focused_area_opens_its_unit(visit: Visit):
    page = visit("karte")
    page.locator(".area[tabindex='0']").focus()
    page.keyboard.type("ilmenau")
    expect(area(page, "Ilmenau")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/kommune\?ars={ILMENAU}$"))
    expect(page.locator(".gm-finding").first).to_contain_text("Ilmenau: ")


def test_unit_is_opened_from_the_list_beside_the_map(visit: Visit):
    page = visit("karte")
    page.locator(".gm-table").get_by_role("link", name="Jena", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/kommune\?ars={JENA}$"))
    expect(page.locator(".gm-finding").first).to_contain_text("Jena: ")


def test_date_slider_moves_the_stand_of_the_whole_page(visit: Visit, stands: list[date]):
    page = visit("karte")
    before = finding(page)
    slider = page.get_by_role("slider", name="Zeitpunkt der Karte")
    slider.focus()
    page.keyboard.press("Home")
    expect(page).to_have_url(re.compile(rf"stand={stands[0]}"))
    expect(page.locator(".gm-finding").first).not_to_have_text(before)
    settle(page)
    expect(page.locator(".gm-badge").first).to_contain_text(german.day(stands[0]))
    expect(page.locator(".gm-table caption")).to_contain_text(german.day(stands[0]))
    page.get_by_role("slider", name="Zeitpunkt der Karte").focus()
    page.keyboard.press("End")
    expect(page.locator(".gm-finding").first).to_have_text(before)
    expect(page).to_have_url(re.compile(r"/karte$"))


def test_map_and_list_tell_the_same_numbers(visit: Visit):
    page = visit("karte")
    row = page.locator(".gm-table tbody tr").filter(has=page.get_by_role("link", name="Jena", exact=True))
    n, of, u = row.locator("td").all_inner_texts()[:3]
    assert area(page, "Jena").get_attribute("aria-label") == f"Jena: {n} von {of}, {u} ohne Meldung"


def test_picture_of_the_map_holds_finding_source_and_stand(visit: Visit, stands: list[date]):
    page = visit("karte?ebene=kreise")
    expander(page, "Als Bild (PNG, SVG)").locator("summary").click()
    picture = page.locator(".js-plotly-plot")
    expect(picture.locator(".choroplethlayer path").first).to_be_attached()
    expect(picture).to_contain_text("BEISPIELDATEN – erfundene Werte")
    expect(picture).to_contain_text(german.day(stands[-1]))
    expect(picture).to_contain_text("Open-PVOG")
    expect(picture.locator(".choroplethlayer path")).to_have_count(22)


LETTERS = """async (svg) => {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0);
  return [image.width, image.height, await crypto.subtle.digest("SHA-256", pen.getImageData(0, 0, image.width, image.height).data)
    .then((sum) => [...new Uint8Array(sum)].join())];
}"""


def saved(page: Page, kind: str) -> Download:
    """The picture that the button saves, pressed by keyboard."""
    expander(page, "Als Bild (PNG, SVG)").first.locator("summary").click()
    page.get_by_text(kind, exact=True).first.click()
    button = page.get_by_role("button", name=f"Als {kind} speichern")
    expect(page.locator("[class*=_bild_] .js-plotly-plot").filter(has_text="Fingerabdruck")).to_have_count(1)
    expect(button).to_have_count(1)
    button.focus()
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.suggested_filename.endswith(f".{kind.lower()}")
    return waiting.value


@pytest.mark.parametrize("path", ["leistungen", "karte?ebene=kreise"])
def test_a_chart_is_saved_as_a_drawing_with_its_font_inside(visit: Visit, stands: list[date], path: str):
    page = visit(path)
    file = saved(page, "SVG")
    assert f"stand-{stands[-1]}" in file.suggested_filename
    svg = Path(file.path()).read_text("utf-8")
    assert svg.count("@font-face") == 2
    assert "Fingerabdruck" in svg
    assert "BEISPIELDATEN" in svg
    assert not re.findall(r"(?:href|src)=[\"']?https?:", svg), "nothing from outside"
    wide, high, drawn = page.evaluate(LETTERS, svg)
    assert wide == 1600
    assert high >= 900
    assert drawn != page.evaluate(LETTERS, re.sub(r"@font-face{[^}]*}", "", svg))[2], (
        "the letters are those of the font inside"
    )


def test_a_chart_is_saved_as_a_sharp_picture(visit: Visit):
    picture = Image.open(saved(visit("leistungen"), "PNG").path()).convert("RGB")
    assert picture.width == 3200
    assert picture.getpixel((5, 5)) == (255, 255, 255)
    assert len(picture.getcolors(1 << 24) or []) > 100, "something is drawn"


# ---------- picker ----------


def pick(page: Page, typed: str) -> None:
    field = page.get_by_role("combobox", name="Gemeinde, Verwaltung oder Kreis")
    field.click()
    field.fill(typed)
    page.keyboard.press("Enter")


def test_picker_forgives_typos_and_missing_umlauts(visit: Visit):
    page = visit("kommune")
    for typed, ars, name in (
        ("Muehlhausen", MUEHLHAUSEN, "Mühlhausen/Thüringen"),
        ("Ilmenua", ILMENAU, "Ilmenau"),
        ("Grossbreitenbach", GROSSBREITENBACH, "Großbreitenbach"),
    ):
        pick(page, typed)
        expect(page).to_have_url(re.compile(rf"\?ars={ars}$"))
        expect(page.locator(".gm-finding").first).to_contain_text(f"{name}: ")


def test_picker_says_when_nothing_is_found_and_stays_where_it_was(visit: Visit):
    page = visit(f"kommune?ars={JENA}")
    pick(page, "Xyzxyz <b>")
    expect(page.locator(".gm-notice")).to_contain_text("„Xyzxyz <b>“ wurde nicht gefunden")
    expect(page.locator(".gm-finding").first).to_contain_text("Jena: ")


# ---------- addresses ----------


def test_permalink_restores_the_view_for_somebody_else(visit: Visit, stands: list[date]):
    page = visit("karte")
    page.get_by_role("radio", name="Kreise", exact=True).click()
    page.get_by_role("radio", name="Einwohnern").click()
    service = page.get_by_role("combobox", name="Leistung")
    service.click()
    service.fill("Wohnsitz anmelden")
    page.get_by_role("option").first.click()
    expect(page).to_have_url(re.compile("leistung=99115005104000"))
    day = page.get_by_role("combobox", name="Stand")
    day.click()
    page.get_by_role("option", name=german.day(stands[2])).click()
    expect(page).to_have_url(re.compile(f"stand={stands[2]}"))
    settle(page)
    expect(page.locator(".gm-badge").first).to_contain_text(german.day(stands[2]))
    path = page.url.split("/", 3)[3]
    assert set(re.findall(r"[?&](\w+)=", path)) == {"ebene", "gewicht", "leistung", "stand"}
    other = visit(path)
    assert finding(other) == finding(page)
    assert other.get_by_role("radio", name="Kreise", exact=True).is_checked()
    assert other.get_by_role("radio", name="Einwohnern").is_checked()
    assert other.url.split("/", 3)[3] == path
    assert other.locator(".area").first.get_attribute("aria-label") == page.locator(".area").first.get_attribute(
        "aria-label"
    )


def test_nonsense_in_every_parameter_is_corrected_with_a_notice(visit: Visit):
    page = visit("karte?ebene=mond&gewicht=gold&leistung=0&stand=gestern&fremd=1")
    expect(page.locator(".gm-notice")).to_have_count(4)
    for word in ("„mond“", "„gold“", "„0“", "„gestern“"):
        expect(page.locator(".gm-notice").filter(has_text=word)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/karte\?fremd=1$"))
    expect(page.locator(".area").first).to_be_attached()


def test_address_is_shown_as_text_and_loads_nothing(visit: Visit):
    page = visit("kommune?ars=![x](https://x.example/y.png)%20https://x.example%20<img%20src=x>")
    notice = page.locator(".gm-notice")
    expect(notice).to_contain_text("![x](https://x.example/y.png)")
    assert notice.locator("a, img").count() == 0


def arrived(page: Page, path: str) -> None:
    """Wait until this page has replaced another one."""
    expect(page).to_have_title(TITLES[path])
    expect(page.get_by_role("heading", level=1)).to_have_text(re.sub(" – .*", "", TITLES[path]))
    settle(page)


def test_back_and_forward_walk_through_pages_and_choices(visit: Visit):
    page = visit()
    for label, path in (("Karte", "karte"), ("Daten", "daten")):
        page.get_by_test_id("stSidebar").get_by_role("link", name=label).click()
        arrived(page, path)
    for path in ("karte", ""):
        page.go_back()
        arrived(page, path)
    page.go_forward()
    arrived(page, "karte")
    expect(page.locator(".area").first).to_be_attached()


def test_second_visitor_is_independent(visit: Visit):
    one, other = visit(f"kommune?ars={JENA}"), visit("kommune")
    assert finding(one).startswith("Jena: ")
    assert not finding(other).startswith("Jena: ")
    pick(other, "Ilmenau")
    expect(other.locator(".gm-finding").first).to_contain_text("Ilmenau: ")
    one.reload()
    settle(one)
    assert finding(one).startswith("Jena: ")


# ---------- look ----------


@pytest.mark.parametrize(
    ("scheme", "background", "text"), [("light", "#ffffff", "#131525"), ("dark", "#0d0f1a", "#f3f4f7")]
)
def test_page_and_figures_follow_the_theme(visit: Visit, scheme: str, background: str, text: str):
    page = visit(color_scheme=scheme)
    assert colour(page.get_by_test_id("stApp"), "backgroundColor") == background
    assert colour(page.locator(".gm-finding").first, "color") == text
    expect(page.locator(".js-plotly-plot .annotation-text").first).to_be_attached()
    label = page.locator(".js-plotly-plot .legendtext").first
    expect(label).to_have_css("fill", f"rgb({', '.join(str(int(text[place : place + 2], 16)) for place in (1, 3, 5))})")


def colour(element: Locator, name: str) -> str:
    """A computed colour as #rrggbb."""
    value = element.evaluate(f"one => getComputedStyle(one).{name}")
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", value)[:3])


def test_phone_opens_the_menu_by_its_button(browser: Browser, visit: Visit):  # noqa: ARG001
    page = visit("karte", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Kommune").click()
    expect(page).to_have_title(TITLES["kommune"])


@pytest.mark.parametrize("path", ["", "karte", "leistungen", "register", "veraenderung", "themen", "europa"])
def test_the_answer_stands_before_what_can_be_chosen(visit: Visit, path: str):
    page = visit(path)
    answer = page.locator(".gm-finding").first.bounding_box()
    controls = page.locator(
        "[data-testid=stMain] :is([data-testid=stSelectbox], [data-testid=stButtonGroup], [data-testid=stTextInput])"
    )
    tops = [box["y"] for one in controls.all() if (box := one.bounding_box())]
    assert tops
    assert answer["y"] + answer["height"] <= min(tops)
