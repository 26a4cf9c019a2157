"""The page Veränderung: numbers as the export prints them, days and filters in the address, cells by name, news, feed."""

import json
import re
from datetime import date
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

import gradmesser.__main__ as product
from gradmesser import bridge, german, news, store
from tests import support
from tests.support import JENA, Instance

TAG = re.compile(r"<[^>]+>")


def opened(app: AppTest, **parameters: str) -> AppTest:
    """The page with an address; fails if it raised."""
    app.run().switch_page("pages/veraenderung.py")
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def markup(app: AppTest) -> str:
    return "\n".join(one.proto.body for one in app.get("html") if "<style>" not in one.proto.body)


def headings(app: AppTest) -> list[str]:
    return [unescape(TAG.sub("", one)) for one in re.findall(r'<h2 class="gm-finding">(.*?)</h2>', markup(app))]


def notices(app: AppTest) -> list[str]:
    return [unescape(TAG.sub("", one)) for one in re.findall(r'<p class="gm-notice".*?</p>', markup(app))]


def days() -> list[date]:
    return [day.date() for day in store.fetch("stichtage", wissen=store.known_by(None))["stichtag"]]


def exported(instance: Instance, von: date, bis: date, level: str = "land") -> object:
    with instance.chosen():
        words = ["export", "bruecke", "--level", level, "--von", str(von), "--bis", str(bis), "--format", "json"]
        return support.run(product.main, words).json()


def test_first_finding_says_what_the_export_prints(app: AppTest, instance: Instance):
    land = exported(instance, days()[-2], days()[-1])
    assert headings(opened(app))[0].startswith(
        f"Von {german.number(land['n_von'])} auf {german.number(land['n_bis'])} ({german.day(days()[-2])} bis "
        f"{german.day(days()[-1])}): {german.number(land['neu_online'])} neu online, {german.number(-land['weggefallen'])} "
    )
    assert not notices(app)
    assert dict(app.query_params) == {}, "defaults are left out of the address"


def test_table_of_parts_shows_all_seven_and_the_picture_ends_where_they_lead(app: AppTest, instance: Instance):
    page = opened(app, von=str(days()[0]))
    land = exported(instance, days()[0], days()[-1])
    text = unescape(markup(page))
    for part in bridge.PARTS:
        row = re.search(rf'<th scope="row">{bridge.WORDS[part]}</th>(.*?)<(?:tr|/tbody)>', text)[1]
        assert german.signed(land[part]) in row
    spec = json.loads(page.get("plotly_chart")[0].proto.spec)
    marks = next(trace for trace in spec["data"] if trace.get("name") == "Stand")
    assert list(marks["customdata"]) == [
        f"{german.day(day)}: {german.number(land[name])} online"
        for day, name in ((days()[0], "n_von"), (days()[-1], "n_bis"))
    ]
    assert "BEISPIELDATEN" in page.get("plotly_chart")[0].proto.spec
    assert "Definition des Gradmessers" in text


def test_unit_kreis_and_field_narrow_every_block(app: AppTest, instance: Instance):
    unit = next(row for row in exported(instance, days()[0], days()[-1], "verwaltung") if row["ars"] == JENA)
    page = opened(app, von=str(days()[0]), ars=JENA)
    start = f"Jena: Von {german.number(unit['n_von'])} auf {german.number(unit['n_bis'])} "
    assert headings(page)[0].startswith(start)
    assert set(re.findall(r'href="kommune\?ars=(\d{12})"', markup(page))) == {JENA}
    page.query_params["kreis"] = JENA
    page.query_params["themenfeld"] = "Gesundheit"
    page.run()
    assert headings(page)[0].startswith("Jena, Jena, Gesundheit: Von ") or "nichts zu zählen" in headings(page)[0]


def test_a_unit_outside_the_kreis_is_said_not_shown_as_zero(app: AppTest):
    page = opened(app, ars=JENA, kreis="160510000000")
    assert headings(page)[0] == "Für diese Auswahl gibt es an einem der beiden Tage nichts zu zählen."
    assert "alle Kreise" in page.info[0].value


def test_every_cell_of_a_part_is_listed_and_searched(app: AppTest):
    wissen = store.known_by(None)
    asked = {
        "von": days()[0],
        "bis": days()[-1],
        "wissen": wissen,
        "wissen_von": wissen,
        "ars": "",
        "kreis": "",
        "themenfeld": "",
    }
    cells = store.fetch("bruecke", **asked)
    katalog = cells[cells["teil"] == "katalog"]
    page = opened(app, von=str(days()[0]), teil="katalog")
    assert f"{german.number(len(katalog))} von {german.number(len(cells))} Zuständigkeiten" in headings(page)[1]
    assert "nicht im Katalog" in markup(page)
    assert markup(page).count('href="kommune?ars=') == min(50, len(katalog))
    page.query_params["suche"] = "gibt es nicht"
    app.session_state["w_suche"] = "gibt es nicht"
    page.run()
    assert any("Keine Zuständigkeit passt" in info.value for info in page.info)


def test_quick_choice_sets_the_first_day(app: AppTest):
    page = opened(app)
    page.button(key="zeitraum_quartal").click().run()
    assert page.query_params["von"] in (str(days()[-4]), [str(days()[-4])])
    assert german.day(days()[-4]) in headings(page)[0]
    page.button(key="zeitraum_vormonat").click().run()
    assert "von" not in page.query_params
    assert page.button(key="zeitraum_vorjahr").disabled, "six months of examples have no year before"


def test_a_day_between_two_stands_means_the_one_before(app: AppTest):
    page = opened(app, von="2026-03-15")
    assert notices(page)[0].endswith("Zum 2026-03-15 gilt die letzte Lieferung davor: Stand 28.02.2026.")
    assert "28.02.2026" in headings(page)[0]


@pytest.mark.parametrize(
    "address", [{"von": "unsinn"}, {"bis": "1999-01-01"}, {"von": "2026-06-30"}, {"von": "2026-05-31", "bis": "2026-04-30"},
                {"ars": "unsinn"}, {"kreis": "1"}, {"themenfeld": "<b>"}, {"teil": "gebiet"}, {"takt": "jahr"}],
)  # fmt: skip
def test_nonsense_in_the_address_is_corrected_with_a_notice(app: AppTest, address: dict[str, str]):
    page = opened(app, **address)
    wrong = next(iter(address))
    assert wrong not in page.query_params
    assert address[wrong] in notices(page)[0]
    assert headings(page)[0].startswith("Von ")


def test_news_count_the_changes_of_the_database(app: AppTest, instance: Instance):
    wissen = store.known_by(None)
    everything = store.fetch(
        "neues", von=date(2020, 1, 1), bis=days()[-1], wissen=wissen, ars="", kreis="", themenfeld=""
    )
    stored = instance.query("SELECT stichtag, ars, leika_key, art FROM aenderung")
    assert {(row.stichtag.date(), row.ars, row.leika_key, row.art) for row in everything.itertuples()} == set(stored)
    months = news.by_period(everything, "monat")
    newest = months.iloc[0]
    assert headings(opened(app))[-1] == (
        f"Was ist neu? {newest['zeitraum']}: {german.number(newest['neu_online'])} neu online, "
        f"{german.number(newest['verloren'])} nicht mehr online."
    )
    weeks = news.by_period(everything, "woche")
    assert (weeks["beginn"].dt.day_of_week == 0).all()
    assert (weeks.drop(columns=["beginn", "zeitraum"]).sum() == months.drop(columns=["beginn", "zeitraum"]).sum()).all()
    assert list(weeks["beginn"]) == sorted(weeks["beginn"], reverse=True)


def test_news_see_only_what_was_known(instance: Instance):  # noqa: ARG001 - named by GRADMESSER_DATA
    asked = {"von": date(2020, 1, 1), "bis": days()[-1], "ars": "", "kreis": "", "themenfeld": ""}
    then = store.fetch("neues", wissen=days()[-2], **asked)
    assert 0 < len(then) < len(store.fetch("neues", wissen=store.known_by(None), **asked))
    assert then["stichtag"].max().date() < days()[-2]


def test_the_feed_is_linked(app: AppTest):
    links = re.findall(r'href="(app/static/feed/[0-9a-f]{12}/neu\.(?:xml|json))"', markup(opened(app)))
    assert len(links) == 2
