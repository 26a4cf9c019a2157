"""Toggles of the start page and the map: what counts, and by what it is weighed; the federal rule; the fact sheet button."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from gradmesser import findings, german, landvalue, mapping, store
from gradmesser.charts import template
from gradmesser.charts.glass import glass
from gradmesser.ui import controls, mapview
from tests.support import JENA
from tests.test_pages import asked, headings, notices, opened, stands, words


def clocks() -> dict[str, object]:
    return controls.View(
        stand=controls.date.fromisoformat(stands()[-1]), wissen=store.known_by(None), frozen=False
    ).clocks


def test_usable_is_named_and_counts_the_municipal_units(app: AppTest):
    opened(app, "gradmesser", sicht="nutzbar")
    counted = findings.total(store.fetch("nutzbar_verwaltung", **clocks()))
    assert headings(app)[0].startswith(
        f"Für Einwohner nutzbar, gleich wer zuständig ist: {german.number(counted.n)} von "
    )
    assert "189 Verwaltungen" in headings(app)[0]
    assert counted.text in words(app)
    assert sum("Für Einwohner nutzbar" in title for title in headings(app)) >= 4
    assert "Tempo" not in words(app), "events are counted by responsibility only"
    assert not notices(app)
    assert asked(app) == {"sicht": "nutzbar"}


@pytest.mark.parametrize("view", ["zustaendig", "nutzbar"])
def test_the_weighted_glass_is_in_percent_and_never_mixes_units(app: AppTest, view: str):
    opened(app, "gradmesser", sicht=view, gewicht="einwohner")
    query = "nutzbar_verwaltung" if view == "nutzbar" else "rollin_verwaltung"
    value = landvalue.four_ways(store.fetch(query, **clocks()))[landvalue.WEIGHTED]
    assert headings(app)[0].startswith(f"Nach Einwohnern gewichtet sind mindestens {value.at_least} der ")
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert sum(trace["y"][0] for trace in figure["data"]) == pytest.approx(100)
    assert all("%" in trace["name"] for trace in figure["data"])
    trend = json.loads(app.get("plotly_chart")[1].proto.spec)
    assert trend["layout"]["yaxis"]["ticksuffix"] == " %"
    assert "PP" in words(app)


def test_the_default_view_is_the_one_before(app: AppTest):
    opened(app, "gradmesser", sicht="zustaendig", gewicht="verwaltungen")
    assert asked(app) == {}
    assert "Zuständigkeiten der 206 Thüringer Verwaltungen" in headings(app)[0]


def test_four_ways_stand_side_by_side_with_their_names(app: AppTest):
    opened(app, "gradmesser")
    shown = words(app)
    for value in landvalue.four_ways(store.fetch("rollin_verwaltung", **clocks())).values():
        assert f"{value.name}  {value.at_least}" in " ".join(shown.split()).replace(f"{value.name} ", f"{value.name}  ")
        assert value.says in shown


def test_the_federal_rule_is_applied_to_the_same_rows_and_said_to_be_only_the_rule(app: AppTest):
    opened(app, "gradmesser")
    found = landvalue.all_or_nothing(store.fetch("flaechendeckung", **clocks()))
    assert landvalue.all_or_nothing_sentence(found) in words(app)
    assert "nicht die Zahl des Bundes selbst" in words(app)
    assert "Warum weicht das vom Dashboard des Bundes ab?" in headings(app)


@pytest.mark.parametrize("level", ["gemeinden", "verwaltungen", "kreise"])
def test_the_map_follows_the_perspective(app: AppTest, level: str):
    opened(app, "karte", sicht="nutzbar", ebene=level)
    counted = findings.total(store.fetch("nutzbar_verwaltung", **clocks()))
    assert headings(app)[0].startswith(
        f"Für Einwohner nutzbar: {german.number(counted.n)} von {german.number(counted.of)} "
    )
    assert "189 Verwaltungen" in headings(app)[0]


@pytest.mark.parametrize("perspective", ["zustaendig", "nutzbar"])
@pytest.mark.parametrize("weight", ["verwaltungen", "einwohner"])
def test_the_map_sums_up_on_every_day_what_the_administrations_sum_up(app: AppTest, perspective: str, weight: str):
    opened(app, "karte")
    for day in stands():
        view = controls.View(stand=controls.date.fromisoformat(day), wissen=store.known_by(None), frozen=True)
        rows = store.fetch("nutzbar_verwaltung" if perspective == "nutzbar" else "rollin_verwaltung", **view.clocks)
        for level in mapping.LEVELS:
            choice = mapview.Choice(level=level, weight=weight, service=None, view=view, perspective=perspective)
            counted = rows if level == "kreise" else rows[rows["gruppe"] != "landkreis"]
            expected = findings.map_sentence(None, counted, weight, usable=perspective == "nutzbar")
            assert mapview.map_picture(choice, template.LIGHT).block.finding.endswith(expected), (day, level)


def test_one_service_of_the_kreise_reaches_every_municipal_unit(app: AppTest):
    services = store.fetch("leistung_abdeckung", **clocks())
    key = services.loc[(services["ebene"] == "kreis") & (services["nenner"] == 22), "leika_key"].iloc[0]
    opened(app, "karte", sicht="nutzbar", leistung=key)
    assert headings(app)[0].startswith("Für Einwohner nutzbar: ")
    assert "von 189 " in headings(app)[0]
    opened(app, "karte", sicht="zustaendig", leistung=key)
    assert "von 22 " in headings(app)[0]


@pytest.mark.parametrize(("name", "address"), [("gradmesser", {}), ("kommune", {"ars": JENA})])
def test_the_fact_sheet_can_be_taken_from_the_page(app: AppTest, name: str, address: dict[str, str]):
    opened(app, name, **address)
    (button,) = [one for one in app.get("download_button") if "Datenblatt" in one.proto.label]
    assert "eine Seite" in button.proto.label
    assert button.proto.deferred_file_id, "made when it is pressed, not on every visit"


def test_a_glass_in_percent_says_percent_everywhere():
    figure = glass(60.04, 100, 39.96, template.palette(dark=False), percent=True)
    assert [trace.name for trace in figure.data] == ["online: 60,0 %", "keine Meldung: 40,0 %"]
    texts = [one.text for one in figure.layout.annotations]
    assert "<b>60,0 %</b><br>online" in texts
    assert "alle 100 %" in texts


@pytest.mark.parametrize("level", ["gemeinden", "verwaltungen"])
def test_every_reported_state_of_a_service_has_a_class_on_the_map(app: AppTest, level: str):
    services = store.fetch("leistung_abdeckung", **clocks())
    key = services.loc[services["ebene"] == "gemeinde", "leika_key"].iloc[0]
    shown = set(store.fetch("leistung_einheiten", leika_key=key, **clocks())["zustand"])
    assert len(shown) > 4, "the example reports states that no evidence can give"
    opened(app, "karte", leistung=key, ebene=level)
    assert not app.exception
    assert "zuständigen Verwaltungen online" in headings(app)[0]


def test_who_is_not_responsible_is_in_no_denominator_of_the_map(app: AppTest):
    services = store.fetch("leistung_abdeckung", **clocks())
    municipal = services[services["ebene"] == "gemeinde"]
    row = municipal[municipal["nenner"] < 189].iloc[0]
    opened(app, "karte", leistung=row["leika_key"])
    assert f"in {german.number(row['n'])} von {german.number(row['nenner'])} zuständigen" in headings(app)[0]
    history = store.fetch("karte_leistung", leika_key=row["leika_key"], wissen=clocks()["wissen"])
    kreise = mapping.service(store.fetch("einheiten"), history, "kreise", "verwaltungen")
    last = kreise[kreise["stichtag"] == kreise["stichtag"].max()]
    assert (last["n"].sum(), last["nenner"].sum(), last["u"].sum()) == (row["n"], row["nenner"], row["u"])
