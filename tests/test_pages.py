"""Every page opened cold, with a good and a nonsense address, without and with an empty database, and with hostile names."""

import csv
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from itertools import product
from pathlib import Path
from urllib.parse import parse_qs, unquote

import duckdb
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from etl import build
from gradmesser import catalog, findings, german, store
from gradmesser.catalog import places
from gradmesser.ui import blocks, controls, frame, style
from tests.support import (
    JENA,
    NEBENWOHNSITZ,
    ROOT,
    SHIPPED,
    VG,
    VG_MEMBERS,
    WOHNSITZ,
    Instance,
    pvog,
    small_reference,
    table,
)

NAMES = list(frame.PAGES)
WITH_DATA = [name for name, entry in frame.PAGES.items() if entry.needs_data]
EXAMPLE = "BEISPIELDATEN – erfundene Werte"
NONSENSE = (
    "xyz",
    "",
    "<b>1</b>",
    "' OR 1=1 --",
    "2026-02-31",
    "9" * 400,
    "../../etc/passwd",
    "![x](https://x.example/y.png)",
)


def opened(app: AppTest, name: str, **address: str) -> AppTest:
    """The page of this name as a first visit with this address; fails if it raised."""
    if name != "gradmesser":
        app.switch_page(frame.PAGES[name].path)
    app.query_params.clear()
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, [one.message for one in app.exception]
    return app


def markup(app: AppTest) -> list[str]:
    """Bodies of all own markup of the page and its menu."""
    return [one.proto.body for one in app.get("html")] + [one.proto.body for one in app.sidebar.get("html")]


def words(app: AppTest) -> str:
    """Everything that can be read in own markup."""
    return unescape(re.sub(r"<[^>]*>", " ", " ".join(markup(app))))


def headings(app: AppTest) -> list[str]:
    """Findings of the blocks."""
    found = re.findall(r'<h2 class="gm-finding">(.*?)</h2>', " ".join(markup(app)))
    return [unescape(text) for text in found]


def notices(app: AppTest) -> list[str]:
    """Notices about this view, as they are read."""
    found = re.findall(r'<p class="gm-notice" role="status">.*?</span> (.*?)</p>', " ".join(markup(app)))
    return [unescape(text) for text in found]


def asked(app: AppTest) -> dict[str, str]:
    """The address as the page left it."""
    return {key: value[0] if isinstance(value, list) else value for key, value in dict(app.query_params).items()}


def stands() -> list[str]:
    return [str(day.date()) for day in store.fetch("stichtage", wissen=store.known_by(None))["stichtag"]]


# ---------- cold ----------


@pytest.mark.parametrize("name", NAMES)
def test_page_opens_cold_with_title_banner_and_footer(app: AppTest, name: str):
    opened(app, name)
    assert [title.value for title in app.title] == [frame.PAGES[name].title]
    assert frame.banner_text(name) in markup(app)[0]
    assert "Fingerabdruck der Daten" in words(app)
    assert "Methodik" in words(app)
    assert headings(app)
    assert not app.error
    assert not notices(app)
    assert asked(app) == {}, "defaults are left out of the address"


@pytest.mark.parametrize("name", ["gradmesser", "karte", "kommune"])
def test_every_figure_says_example_source_stand_age_and_counts(app: AppTest, name: str):
    opened(app, name)
    notes = [unescape(text) for text in re.findall(r'<p class="gm-note">(.*?)</p>', " ".join(markup(app)))]
    rollin = [text for text in notes if "Open-PVOG" in text]
    assert rollin
    for text in rollin:
        assert text.startswith(EXAMPLE)
        assert re.search(
            r"Quelle: .+, Stand \d\d\.\d\d\.\d{4} \(\d+ Tage alt\) · bekannt bis \d\d\.\d\d\.\d{4} · Regeln [\d.]+, Fingerabdruck [0-9a-f]{12}",
            text,
        )
    assert any(re.search(r"\d von [\d.]+, [\d.]+ ohne Meldung", text) for text in rollin)
    for chart in app.get("plotly_chart"):
        assert EXAMPLE in chart.proto.spec
        assert "BEISPIELDATEN" in chart.proto.alt
        assert "Stand " in chart.proto.alt


@pytest.mark.parametrize("name", WITH_DATA)
def test_page_without_a_database_says_what_to_do(app: AppTest, name: str, empty_instance: Path):  # noqa: ARG001
    opened(app, name)
    assert [title.value for title in app.title] == [frame.PAGES[name].title]
    (error,) = app.error
    assert "python -m etl" in error.value


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "obwohl CURRENT sie nennt"), (b"kaputt" * 4000, "nicht lesbar"), (b"", "passt nicht")],
)
def test_page_on_a_broken_database_says_what_to_do(
    app: AppTest, empty_instance: Path, content: bytes | None, message: str
):
    name = f"gradmesser-{len(content or b'')}.duckdb"
    (empty_instance / places.POINTER).write_text(f"{name}\n", "utf-8")
    if content:
        (empty_instance / name).write_bytes(content)
    elif content == b"":
        duckdb.connect(str(empty_instance / name)).close()
    opened(app, "karte")
    (error,) = app.error
    assert message in error.value
    assert "python -m etl build" in error.value


@pytest.fixture(scope="module")
def without_deliveries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("leer")
    build.build(root, SHIPPED, root / "static")
    return root


EMPTY = [
    *((name, {}) for name in WITH_DATA),
    *(("daten", {"abschnitt": part}) for part in ("lieferungen", "downloads", "methodik")),
]


@pytest.mark.parametrize(("name", "address"), EMPTY, ids=[f"{name}{''.join(part.values())}" for name, part in EMPTY])
def test_page_on_an_empty_database_says_that_nothing_was_delivered(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, without_deliveries: Path, name: str, address: dict[str, str]
):
    monkeypatch.setenv("GRADMESSER_DATA", str(without_deliveries))
    opened(app, name, **address)
    assert not app.error
    if name != "daten":
        assert "noch keine Lieferung" in app.info[0].value
    assert EXAMPLE not in words(app)


# ---------- addresses ----------


def test_good_address_of_a_unit_is_taken(app: AppTest):
    opened(app, "kommune", ars=JENA)
    assert headings(app)[0].startswith("Jena: ")
    assert asked(app) == {"ars": JENA}
    assert not notices(app)


def test_a_member_shows_exactly_its_verwaltung(app: AppTest):
    whole = headings(opened(app, "kommune", ars=VG))[0]
    text = words(app)
    assert headings(opened(app, "kommune", ars=VG_MEMBERS[0]))[0] == whole
    assert "Ihre Aufgaben erledigt" in words(app)
    assert "Ihre Aufgaben erledigt" not in text


def test_good_address_of_the_map_is_taken(app: AppTest):
    service = store.fetch("leistungen", stand=date.fromisoformat(stands()[-1]), wissen=store.known_by(None))[
        "leika_key"
    ].iloc[3]
    address = {"ebene": "kreise", "gewicht": "einwohner", "leistung": service, "stand": stands()[1]}
    opened(app, "karte", **address)
    assert asked(app) == address
    assert not notices(app)
    assert f"Stand {german.day(date.fromisoformat(address['stand']))}" in words(app)
    assert "Einwohnern" in headings(app)[0]


@pytest.mark.parametrize("part", ["lieferungen", "downloads", "methodik"])
def test_good_address_of_a_part_of_the_data_page_is_taken(app: AppTest, part: str):
    opened(app, "daten", abschnitt=part)
    assert asked(app) == {"abschnitt": part}
    assert not notices(app)


PARAMETERS = [
    ("gradmesser", "stand"), ("karte", "stand"), ("karte", "ebene"), ("karte", "gewicht"), ("karte", "leistung"),
    ("gradmesser", "sicht"), ("gradmesser", "gewicht"), ("karte", "sicht"), ("kommune", "ars"), ("kommune", "stand"), ("kommune", "zustand"), ("daten", "abschnitt"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "nonsense"), list(product(PARAMETERS, NONSENSE[:4])))
def test_nonsense_in_a_parameter_is_corrected_with_a_notice(app: AppTest, place: tuple[str, str], nonsense: str):
    name, parameter = place
    opened(app, name, **{parameter: nonsense})
    if nonsense == "" and parameter in {"leistung", "zustand"}:
        return
    assert parameter not in asked(app), "the address is corrected"
    if nonsense:
        (notice,) = notices(app)
        assert nonsense[:60] in notice
        assert any(word in notice for word in ("gibt es nicht", "liegt nichts vor"))
    assert headings(app)


@pytest.mark.parametrize("nonsense", NONSENSE[4:])
def test_any_text_in_all_parameters_leaves_a_page_that_works(app: AppTest, nonsense: str):
    for name in NAMES:
        own = {parameter: nonsense for page, parameter in PARAMETERS if page == name}
        opened(app, name, **own, suche=nonsense, fremd=nonsense)
        assert headings(app)
        assert all(len(text) < 300 for text in notices(app))


def test_notices_show_the_address_as_text_and_never_as_link_or_picture(app: AppTest):
    opened(app, "kommune", ars="![x](https://x.example/y.png) www.x.example <b>")
    assert not app.info, "Streamlit's own notice makes links of addresses"
    assert "„![x](https://x.example/y.png) www.x.example <b>“" in notices(app)[0]
    assert "<b>" not in " ".join(markup(app))


def test_comparison_day_between_two_stands_takes_the_last_one_before(app: AppTest):
    days = stands()
    between = date.fromisoformat(days[2]) - timedelta(days=3)
    opened(app, "gradmesser", stand=str(between))
    assert asked(app) == {"stand": days[1]}
    assert notices(app) == [
        f"Zum {between} gilt die letzte Lieferung davor: Stand {german.day(date.fromisoformat(days[1]))}."
    ]


def test_free_text_and_state_filter_the_services_and_stand_in_the_address(app: AppTest):
    opened(app, "kommune", ars=JENA, zustand="online", suche="hund")
    assert asked(app) == {"ars": JENA, "zustand": "online", "suche": "hund", "abschnitt": "leistungen"}
    finding = next(text for text in headings(app) if "(gefiltert)" in text)
    shown = int(finding.split(" von ")[0])
    assert shown < 222
    opened(app, "kommune", ars=JENA, suche="gibt es nicht")
    assert "Keine Leistung passt" in app.info[0].value


SECTIONS = {
    "ueberblick": ("Die größten Lücken", "nächsten Schritte"), "leistungen": ("mit Nachweis", "Am weitesten ist"),
    "register": ("Registern ist die", "Once-Only"), "entwicklung": ("ist die Zahl der Angebote", "Gradmesser-Index"),
    "vergleichbare": ("vergleichbare Verwaltungen schon", "am ähnlichsten"), "melden": ("Selbst melden",),
}  # fmt: skip


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_of_a_unit_shows_its_own_blocks_and_no_other(app: AppTest, section: str):
    address = {} if section == "ueberblick" else {"abschnitt": section}
    opened(app, "kommune", ars=VG, **address)
    assert asked(app) == {"ars": VG, **address}
    shown = " ".join(headings(app))
    for name, expected in SECTIONS.items():
        for text in expected:
            assert (text in shown) == (name == section), text


def test_an_old_address_with_a_filter_still_opens_the_services(app: AppTest):
    opened(app, "kommune", ars=JENA, zustand="keine_meldung")
    assert asked(app)["abschnitt"] == "leistungen"
    assert any("mit Nachweis" in text for text in headings(app))
    opened(app, "kommune", ars=JENA, abschnitt="ueberblick")
    assert asked(app) == {"ars": JENA}, "what only another section shows leaves the address"
    assert not notices(app)


def test_biggest_gaps_lead_to_the_services_of_their_field(app: AppTest):
    opened(app, "kommune", ars=JENA)
    links = [
        unescape(link) for link in re.findall(r'href="(kommune\?ars=\d+&amp;abschnitt=[^"]+)"', " ".join(markup(app)))
    ]
    assert len(links) == 3
    field = parse_qs(links[0].split("?")[1])["suche"][0]
    rows = store.fetch("themenfelder", ars=JENA, stand=date.fromisoformat(stands()[-1]), wissen=store.known_by(None))
    biggest = findings.biggest_gaps(rows)
    assert biggest["themenfeld"].iloc[0] == field
    assert biggest["luecke"].iloc[0] == (rows["nenner"] - rows["n"]).max()
    opened(app, "kommune", ars=JENA, abschnitt="leistungen", suche=field)
    assert app.get("html")
    assert not app.info


def test_tour_of_a_first_visit_is_put_away_for_this_visit_and_leaves_the_address_alone(app: AppTest):
    opened(app, "gradmesser")
    assert "vier Schritten" in app.expander(key="fuehrung").label
    app.button(key="fuehrung_zu").click().run()
    assert asked(app) == {}
    assert not [one for one in app.button if one.key == "fuehrung_zu"]
    opened(app, "karte")
    opened(app, "gradmesser")
    assert not [one for one in app.button if one.key == "fuehrung_zu"]


def test_high_contrast_is_chosen_and_travels_with_the_address(app: AppTest):
    opened(app, "gradmesser")
    usual = app.get("plotly_chart")[0].proto.spec
    assert not any("--gm-muted:light-dark(#000000" in body.split("@media")[0] for body in markup(app))
    app.button_group(key="w_kontrast").set_value("hoch").run()
    assert asked(app) == {"kontrast": "hoch"}
    assert app.get("plotly_chart")[0].proto.spec != usual
    opened(app, "karte")
    assert asked(app) == {"kontrast": "hoch"}, "the choice stays on the next page"


# ---------- choice ----------


def test_choice_survives_a_change_of_page(app: AppTest):
    opened(app, "kommune", ars=JENA)
    opened(app, "daten")
    opened(app, "kommune")
    assert headings(app)[0].startswith("Jena: ")
    assert asked(app) == {"ars": JENA}


def test_stand_is_one_clock_for_all_pages(app: AppTest):
    opened(app, "gradmesser")
    app.selectbox(key="w_stand").set_value(stands()[1]).run()
    assert asked(app) == {"stand": stands()[1]}
    for name in ("karte", "kommune"):
        opened(app, name)
        assert asked(app) == {"stand": stands()[1]}
        assert f"Stand {german.day(date.fromisoformat(stands()[1]))}" in words(app)


def test_going_back_to_the_newest_stand_clears_the_address(app: AppTest):
    opened(app, "gradmesser", stand=stands()[0])
    app.selectbox(key="w_stand").set_value(stands()[-1]).run()
    assert asked(app) == {}


def test_two_visitors_are_independent(instance: Instance):  # noqa: ARG001 - the app reads it through GRADMESSER_DATA
    first, second = (AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=20) for _ in range(2))
    opened(first, "kommune", ars=JENA)
    opened(second, "kommune")
    assert not headings(second)[0].startswith("Jena: ")


# ---------- numbers ----------


def test_start_page_shows_the_counts_of_the_database(app: AppTest):
    opened(app, "gradmesser")
    rows = store.fetch("rollin_verwaltung", stand=date.fromisoformat(stands()[-1]), wissen=store.known_by(None))
    n, of, u = (german.number(rows[column].sum()) for column in ("n", "nenner", "u"))
    assert headings(app)[0].startswith(f"{n} von {of} Zuständigkeiten der {len(rows)} ")
    assert f"für {u} liegt keine Meldung vor" in headings(app)[0]
    assert f"{n} von {of}, {u} ohne Meldung" in words(app)


def test_unit_counts_what_it_lists(app: AppTest):
    opened(app, "kommune", ars=JENA, abschnitt="leistungen")
    cells = store.fetch("zellen", ars=JENA, stand=date.fromisoformat(stands()[-1]), wissen=store.known_by(None))
    live = cells["zustand"].map(lambda key: catalog.STATES[key].live).sum()
    assert headings(app)[0] == f"Jena: {live} von {len(cells)} Leistungen sind nachgewiesen online."
    rendered = next(body for body in markup(app) if "<caption>Leistungen von Jena" in body)
    assert rendered.count("<tr>") == len(cells) + 1


def test_unknown_is_never_sorted_as_zero_because_lists_go_by_name(app: AppTest):
    """Defect of published dashboards: who reported nothing leads or trails a list as if it were 0."""
    opened(app, "karte")
    rendered = next(body for body in markup(app) if "<caption>Verwaltungen nach Namen" in body)
    names = [unescape(name) for name in re.findall(r'target="_self">(.*?)</a></th>', rendered)]
    assert len(names) == 189
    assert names == sorted(names, key=german.sort_key)


@pytest.mark.parametrize(
    ("days", "symbol", "kind"),
    [
        (0, "✓", "success"),
        (29, "✓", "success"),
        (30, "•", "info"),
        (59, "•", "info"),
        (60, "⚠", "warning"),
        (400, "⚠", "warning"),
    ],
)
def test_age_badge_gives_notice_from_30_and_warns_from_60_days(days: int, symbol: str, kind: str):
    """Defect of published dashboards: "daily" promised, file six months old; the age comes from the data."""
    badge = blocks.age_badge(datetime.now(UTC).date() - timedelta(days=days))
    assert f"gm-{kind}" in badge
    assert symbol in badge
    assert german.age(days) in badge


def test_files_are_named_by_the_date_of_the_data_and_marked_as_example(app: AppTest):
    """Defect of published dashboards: a file named by the day of the download."""
    opened(app, "kommune", ars=JENA, stand=stands()[1])
    urls = [unquote(button.proto.url) for button in app.get("download_button")]
    assert len(urls) >= 6
    assert str(datetime.now(UTC).date()) not in " ".join(urls)
    view = controls.View(stand=date.fromisoformat(stands()[1]), wissen=store.known_by(None), frozen=True)
    block = blocks.Block(
        key="leistungen", ars=JENA, finding="", measure=catalog.measures()["rollin_rate"], stand=view.stand,
        rows=pd.DataFrame(), columns=[], query="zellen", parameters={},
    )  # fmt: skip
    assert blocks.file_name(block, "csv") == f"gradmesser_leistungen_{JENA}_stand-{stands()[1]}_BEISPIEL.csv"


# ---------- hostile names ----------

HOSTILE_UNIT = '=1+1 <b>Öd</b> "Größe" & Co'
HOSTILE_SERVICE = "<script>alert(1)</script> @SUM(A1) Straße"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """An instance whose register and catalogue bring names that look like markup and formulas."""
    root = tmp_path_factory.mktemp("feindlich")
    reference = small_reference(root / "reference")
    shipped = SHIPPED / "geo"
    (reference / "geo").symlink_to(shipped)
    (reference / "beobachtungen").symlink_to(SHIPPED / "beobachtungen")
    _replace(reference / "gebiet" / "einheiten.csv", {"ars": JENA}, {"name": HOSTILE_UNIT, "langname": HOSTILE_UNIT})
    _replace(
        reference / "katalog" / "leistungen.csv",
        {"leika_key": WOHNSITZ},
        {"leistung": HOSTILE_SERVICE},
    )
    instance = Instance(root=root, reference=reference)
    rows = [
        pvog(url='https://dienst.example/?a="><b>x'),
        pvog(WOHNSITZ, VG, leika_name="<b>=1+1</b>"),
        pvog("1", "<b>2</b>"),
        pvog(NEBENWOHNSITZ, online_status="unklar"),
    ]
    instance.take(table(rows), stand=date(2026, 5, 31))
    instance.take(table(rows[1:]), stand=date(2026, 6, 30))
    instance.build()
    return instance


def _replace(path: Path, where: dict[str, str], values: dict[str, str]) -> None:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    changed = [row | values if all(row[key] == value for key, value in where.items()) else row for row in rows]
    assert changed != rows
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(changed)


HOSTILE_PAGES = [
    ("gradmesser", {}), ("karte", {}), ("karte", {"leistung": WOHNSITZ}), ("kommune", {"ars": JENA, "abschnitt": "leistungen"}),
    ("kommune", {"ars": VG, "suche": HOSTILE_SERVICE}), ("daten", {"abschnitt": "lieferungen"}),
    ("veraenderung", {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "address"), HOSTILE_PAGES)
def test_hostile_names_stay_text(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, hostile: Instance, name: str, address: dict[str, str]
):
    monkeypatch.setenv("GRADMESSER_DATA", str(hostile.root))
    opened(app, name, **address)
    own = " ".join(body for body in markup(app) if not body.startswith("<style>"))
    for script in style.SCRIPTS:
        own = own.replace(f"<script>{script}</script>", "")
    assert not re.search(r"<(b|i|script)\b", own)
    for element in (*app.markdown, *app.info, *app.warning, *app.subheader):
        assert not re.search(r"(?<!\\)<[a-z]", element.value), element.value
    for chart in app.get("plotly_chart"):
        assert not re.search(r"<(i|script)\b|\\u003c(i|script)\b", chart.proto.spec)
    if name == "kommune" and address.get("ars") == JENA:
        assert headings(app)[0].startswith(f"{HOSTILE_UNIT}: ")
        assert HOSTILE_SERVICE in words(app)


def test_unknown_link_check_is_not_counted_as_online(app: AppTest, monkeypatch: pytest.MonkeyPatch, hostile: Instance):
    """Defect of published dashboards: a check that could not be read counts as success."""
    monkeypatch.setenv("GRADMESSER_DATA", str(hostile.root))
    opened(app, "kommune", ars=JENA, abschnitt="leistungen")
    assert headings(app)[0] == f"{HOSTILE_UNIT}: 1 von 4 Leistungen sind nachgewiesen online."
    row = next(body for body in markup(app) if "<caption>Leistungen von" in body).split("<tr>")
    assert [line.count("gemeldet, Link defekt") for line in row if "Nebenwohnsitz" in line] == [1]
