"""What is new as feed: read back, the same after a second build, safe names, a folder for each data folder."""

import json
import os
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from lxml import etree

from etl import build
from gradmesser.catalog import places
from tests import support
from tests.support import (
    FEBRUARY,
    GOTHA,
    JANUARY,
    JENA,
    LAND,
    MARCH,
    NEBENWOHNSITZ,
    UNKNOWN_KEY,
    WOHNSITZ,
    Instance,
    pvog,
)

PADDING = [pvog(UNKNOWN_KEY, LAND, url=f"https://dienst.example/{nr}") for nr in range(60)]
HOSTILE = "<b>Öd</b> & ]]> <script>alert(1)</script>"


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """Three stands; one service of a name that looks like markup is gained twice and lost once."""
    monkeypatch.setenv("GRADMESSER_DATA", str(tmp_path))
    made = Instance(root=tmp_path, reference=support.small_reference(tmp_path / "reference"))
    path = made.reference / "katalog" / "leistungen.csv"
    rows = support.read_csv(path)
    renamed = [row | ({"leistung": HOSTILE} if row["leika_key"] == WOHNSITZ else {}) for row in rows]
    path.write_text(support.table(renamed, list(rows[0]), ","), "utf-8")
    made.rows([*PADDING, pvog(NEBENWOHNSITZ, JENA)], JANUARY)
    made.rows([*PADDING, pvog(NEBENWOHNSITZ, JENA), pvog(WOHNSITZ, JENA), pvog(WOHNSITZ, GOTHA)], FEBRUARY)
    made.rows([*PADDING, pvog(NEBENWOHNSITZ, JENA), pvog(WOHNSITZ, JENA, online_status="nicht ok")], MARCH)
    made.build()
    return made


def folder_of(made: Instance) -> Path:
    return places.feed_folder(made.root / support.STATIC, made.root)


def rss(made: Instance) -> etree._Element:
    (channel,) = etree.fromstring((folder_of(made) / places.FEED_RSS).read_bytes())
    return channel


def feed(made: Instance) -> dict[str, object]:
    return json.loads((folder_of(made) / places.FEED_JSON).read_text("utf-8"))


def test_every_stand_is_one_item_newest_first_with_counts_and_names(made: Instance):
    items = rss(made).findall("item")
    assert [item.findtext("title") for item in items] == [
        "Stand 31.03.2026: 0 neu online, 2 nicht mehr online",
        "Stand 28.02.2026: 2 neu online, 0 nicht mehr online",
        "Stand 31.01.2026: erster Stand",
    ]
    assert [parsedate_to_datetime(item.findtext("pubDate")) for item in items] == [
        datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (MARCH, FEBRUARY, JANUARY)
    ]
    assert [item.findtext("guid") for item in items] == [f"gradmesser:neu:{day}" for day in (MARCH, FEBRUARY, JANUARY)]
    assert items[0].findtext("link") == f"http://localhost:8501/veraenderung?von={FEBRUARY}&bis={MARCH}"
    assert "1 von 422 Zuständigkeiten nachgewiesen online, 420 ohne Meldung" in items[0].findtext("description")
    assert "davon 1 mit defektem Link" in items[0].findtext("description")
    assert rss(made).findtext("language") == "de"


def test_json_tells_the_same_as_rss(made: Instance):
    found = feed(made)
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    mine = [(one["id"], one["title"], one["url"], one["content_html"]) for one in found["items"]]
    assert mine == [
        tuple(item.findtext(name) for name in ("guid", "title", "link", "description"))
        for item in rss(made).findall("item")
    ]
    assert next(one["date_published"] for one in found["items"]) == f"{MARCH}T00:00:00+00:00"


def test_names_that_look_like_markup_stay_text(made: Instance):
    html = rss(made).findall("item")[1].findtext("description")
    assert (
        "„&lt;b&gt;Öd&lt;/b&gt; &amp; ]]&gt; &lt;script&gt;alert(1)&lt;/script&gt;“: in 2 Verwaltungen neu online."
        in html
    )
    assert HOSTILE in feed(made)["items"][1]["content_text"]


def test_a_second_build_changes_nothing_and_leaves_no_parts(made: Instance):
    before = {path.name: path.read_bytes() for path in folder_of(made).iterdir()}
    made.build()
    assert {path.name: path.read_bytes() for path in folder_of(made).iterdir()} == before
    assert set(before) == {places.FEED_RSS, places.FEED_JSON}


def test_a_new_stand_adds_one_item(made: Instance):
    before = [one["id"] for one in feed(made)["items"]]
    april = date(2026, 4, 30)
    made.rows([*PADDING, pvog(NEBENWOHNSITZ, JENA), pvog(WOHNSITZ, JENA)], april)
    made.build()
    assert [one["id"] for one in feed(made)["items"]] == [f"gradmesser:neu:{april}", *before]


def test_links_begin_with_the_address_of_the_operator(made: Instance):
    (made.root / "betreiber.yaml").write_text("adresse: https://gradmesser.example/app", "utf-8")
    made.build()
    folder = folder_of(made).name
    assert feed(made)["feed_url"] == f"https://gradmesser.example/app/app/static/feed/{folder}/neu.json"
    assert feed(made)["home_page_url"] == "https://gradmesser.example/app/veraenderung"
    assert rss(made).findtext("link") == "https://gradmesser.example/app/veraenderung"
    assert feed(made)["items"][0]["url"].startswith("https://gradmesser.example/app/veraenderung?von=")


def test_another_data_folder_has_a_feed_of_its_own(tmp_path: Path):
    static = tmp_path / "static"
    own = places.feed_folder(static, places.ROOT / "data")
    others = {places.feed_folder(static, tmp_path / name) for name in ("eins", "zwei")}
    assert own == static / "feed"
    assert len(others) == 2
    assert all(one.parent == own for one in others)


def test_only_the_last_twelve_stands_are_told_and_examples_say_so(instance: Instance):
    found = json.loads((places.feed_folder(places.STATIC, instance.root) / places.FEED_JSON).read_text("utf-8"))
    assert "BEISPIELDATEN" in found["title"]
    assert 2 <= len(found["items"]) <= 12
    for one in found["items"]:
        assert one["title"].startswith("BEISPIELDATEN: ")
        assert one["content_text"].startswith("BEISPIELDATEN – erfundene Werte.")
        assert one["id"].startswith("gradmesser:beispiel:neu:")


def test_a_feed_that_cannot_be_written_is_told_after_the_swap(made: Instance):
    before = build.current(made.root)
    (made.root / "betreiber.yaml").write_text("farbe: blau", "utf-8")
    with pytest.raises(build.BuildError, match="Die Datenbank ist veröffentlicht, aber der Feed"):
        made.build()
    assert build.current(made.root) != before
    assert os.listdir(folder_of(made))  # noqa: PTH208 - only whether something is there


def test_a_database_without_deliveries_has_an_empty_feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRADMESSER_DATA", str(tmp_path))
    made = Instance(root=tmp_path, reference=support.small_reference(tmp_path / "reference"))
    made.build()
    assert (feed(made)["items"], rss(made).findall("item")) == ([], [])
