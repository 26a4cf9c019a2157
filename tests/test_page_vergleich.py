"""The page Vergleich and what it lends to the page Kommune: numbers agree, address, groups, no place without reports."""

import base64
import re
from datetime import date
from html import unescape

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from gradmesser import findings, peers, ranks, steps, store
from gradmesser.charts import comparison as charts
from gradmesser.charts.template import LIGHT
from tests.support import EICHSFELD, JENA, VG, VG_MEMBERS, Instance

STAND = date(2026, 6, 30)
SECTIONS = ("verteilung", "veraenderung", "kreise", "index")
TAG = re.compile(r"<[^>]+>")


def opened(app: AppTest, page: str = "vergleich", **address: str) -> AppTest:
    """The page with an address; fails if it raised."""
    app.switch_page(f"pages/{page}.py")
    app.query_params.clear()
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, [one.message for one in app.exception]
    return app


def markup(app: AppTest) -> str:
    """Own markup of the page, without the style sheet."""
    return "\n".join(one.proto.body for one in app.get("html") if "<style>" not in one.proto.body)


def headings(app: AppTest) -> list[str]:
    """Findings of the blocks, in order."""
    return [unescape(TAG.sub("", one)) for one in re.findall(r'<h2 class="gm-finding">(.*?)</h2>', markup(app))]


def read(app: AppTest) -> str:
    """Everything that can be read in own markup."""
    return unescape(TAG.sub(" ", markup(app)))


def units(group: str) -> pd.DataFrame:
    rows = store.fetch("rollin_verwaltung", stand=STAND, wissen=store.known_by(None))
    return ranks.ranked(rows[rows["gruppe"] == group])


@pytest.mark.parametrize("ars", [JENA, EICHSFELD, VG])
def test_distribution_tells_the_place_that_the_rows_give(app: AppTest, ars: str):
    page = opened(app, ars=ars)
    group = store.fetch("einheiten").set_index("ars").loc[ars, "gruppe"]
    own = units(group).set_index("ars", drop=False).loc[ars]
    assert ranks.rank_sentence(own) in read(page)
    assert len(page.get("plotly_chart")) == 1
    assert f"kommune?ars={ars}" in markup(page)


def test_only_the_own_group_is_listed_and_nobody_without_reports_has_a_place(app: AppTest):
    page = opened(app, ars=VG)
    table = units("gemeindeebene")
    text = markup(page)
    listed = text[text.index("<table") : text.index("</table>")]
    found = set(re.findall(r"kommune\?ars=(\d{12})", listed))
    assert found == set(table.loc[table["gereiht"], "ars"])
    apart = re.search(r'<p class="gm-names">(.*?)</p>', text, re.DOTALL)[1]
    assert set(re.findall(r"kommune\?ars=(\d{12})", apart)) == set(table.loc[~table["gereiht"], "ars"])
    assert "daten?abschnitt=meldung" in apart


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("group", list(findings.GROUPS))
def test_every_section_opens_for_every_group(app: AppTest, section: str, group: str):
    page = opened(app, abschnitt=section, gruppe=group)
    assert headings(page)
    assert "BEISPIELDATEN" in read(page)


def test_a_member_is_compared_as_its_administration(app: AppTest):
    assert headings(opened(app, ars=VG_MEMBERS[0])) == headings(opened(app, ars=VG))


def test_another_unit_brings_its_own_group(app: AppTest):
    page = opened(app, ars=VG)
    assert "gruppe" not in page.query_params
    page.selectbox(key="w_ars").set_value(EICHSFELD).run()
    assert not page.exception
    assert "gruppe" not in page.query_params
    assert page.session_state["w_gruppe"] == "landkreis"


@pytest.mark.parametrize("parameter", ["gruppe", "abschnitt", "kriterien", "anzahl"])
@pytest.mark.parametrize("nonsense", ["unsinn", "", "2", "einwohner-farbe", "<b>"])
def test_nonsense_in_the_address_is_corrected_with_a_notice(app: AppTest, parameter: str, nonsense: str):
    page = opened(app, **{parameter: nonsense})
    assert nonsense not in dict(page.query_params).get(parameter, ["-"])
    assert "gm-notice" in markup(page)
    assert headings(page)


def test_criteria_and_number_of_peers_stand_in_the_address(app: AppTest):
    page = opened(app, ars=VG, kriterien="einwohner-rolle", anzahl="3")
    near = peers.nearest(store.fetch("einheiten"), VG, ["einwohner", "rolle"], 3)
    text = markup(page)
    table = text[text.rindex("<table") :]
    assert re.findall(r"kommune\?ars=(\d{12})", table) == [VG, *near["ars"]]
    assert "einwohner-rolle" in page.query_params["kriterien"]
    page.pills(key="w_kriterien").set_value(["dichte"]).run()
    assert "dichte" in page.query_params["kriterien"]
    page.pills(key="w_kriterien").set_value([]).run()
    assert "dichte" in page.query_params["kriterien"], "the last criterion cannot be taken away"
    assert "3" in page.query_params["anzahl"]


def test_without_a_year_of_history_there_is_no_change(app: AppTest):
    page = opened(app, abschnitt="veraenderung")
    assert "noch nicht" in headings(page)[0]
    assert not page.get("plotly_chart")


def test_change_counts_both_days_on_one_list(instance: Instance):  # noqa: ARG001 - named by GRADMESSER_DATA
    day = {"wissen": store.known_by(None)}
    first = store.fetch("stichtage", **day)["stichtag"].min().date()
    rows = store.fetch("vergleich_veraenderung", stand=STAND, vorher=first, **day)
    now = store.fetch("rollin_verwaltung", stand=STAND, **day)
    then = store.fetch("rollin_verwaltung", stand=first, **day)
    assert rows[["ars", "n", "nenner", "u"]].to_dict("records") == now[["ars", "n", "nenner", "u"]].to_dict("records")
    assert rows["n_alt"].tolist() == then["n"].tolist()
    assert rows["nenner_alt"].tolist() == then["nenner"].tolist()
    for group in findings.GROUPS:
        part = rows[rows["gruppe"] == group]
        table = ranks.changed(part)
        sizes = table[table["verglichen"]].groupby("startband").size()
        points = [trace for trace in charts.level_and_change(table, None, LIGHT).data if trace.name.startswith("Start")]
        assert sum(len(trace.x) for trace in points) == table["verglichen"].sum()
        assert table["platz_von"].notna().sum() == sizes[sizes >= ranks.LEAST_IN_BAND].sum()


def test_kreise_add_up_to_the_land_and_are_drawn_with_their_numbers(instance: Instance):  # noqa: ARG001
    rows = store.fetch("vergleich_kreise", stand=STAND, wissen=store.known_by(None))
    land = store.fetch("rollin_verwaltung", stand=STAND, wissen=store.known_by(None))
    last = rows[rows["stichtag"] == rows["stichtag"].max()]
    assert len(last) == 22
    assert last[["n", "nenner", "u"]].sum().tolist() == land[["n", "nenner", "u"]].sum().tolist()
    drawn = charts.kreise(rows.assign(kreis=rows["kreis"] + ' <b>"'), LIGHT, example=True)
    assert "<b>" not in drawn
    pictures = re.findall(r"base64,([^\"]+)", drawn)
    assert len(pictures) == 22
    assert all("BEISPIELDATEN" in base64.b64decode(one).decode() for one in pictures)


def test_squares_show_each_administration_once_and_those_without_place_apart(instance: Instance):  # noqa: ARG001
    table = units("gemeindeebene")
    figure = charts.squares(table, VG, LIGHT)
    count = {trace.name: len(trace.x) for trace in figure.data if trace.type == "bar"}
    assert sum(count.values()) == len(table)
    own_apart = not table.set_index("ars").loc[VG, "gereiht"]
    assert count["Meldequote unter 60 %, ohne Platz"] == (~table["gereiht"]).sum() - own_apart
    hatched = next(trace for trace in figure.data if trace.name == "Meldequote unter 60 %, ohne Platz")
    assert hatched.marker.pattern.shape
    assert (pd.Series(hatched.base) < 0).all()


def test_kommune_shows_steps_and_what_peers_have(app: AppTest):
    page = opened(app, "kommune", ars=VG)
    day = {"stand": STAND, "wissen": store.known_by(None)}
    near = peers.nearest(store.fetch("einheiten"), VG, list(peers.CRITERIA), peers.COUNT)["ars"].tolist()
    cells = store.fetch("vergleich_zellen", einheiten=",".join([VG, *near]), **day)
    registers = store.fetch("register_stand", **day)
    shared = peers.shared_services(cells, VG, near)
    found = steps.next_steps(cells[cells["ars"] == VG], registers[registers["ars"] == VG], shared, STAND)
    listed = re.search(r'<ol class="gm-steps">(.*?)</ol>', markup(page), re.DOTALL)[1]
    assert listed.count("<li>") == len(found)
    for step in found:
        assert step.action in unescape(TAG.sub("", listed))
        assert (step.leika_key or step.register_id) in listed
    page = opened(app, "kommune", ars=VG, abschnitt="vergleichbare")
    assert any("haben vergleichbare Verwaltungen schon" in one for one in headings(page))
    assert re.search(r"von 7 vergleichbaren haben \d|alle 7 vergleichbaren haben es", read(page))


def test_inhabitants_are_counted_instead_of_administrations(app: AppTest):
    page = opened(app, ars=VG, gewicht="einwohner")
    rows = units("gemeindeebene")
    half = rows[2 * rows["n"] >= rows["nenner"]]["einwohner"].sum()
    assert f"{half:,} von {rows['einwohner'].sum():,} Einwohnern".replace(",", ".") in headings(page)[0]
    figure = charts.people(rows, VG, LIGHT)
    assert sum(sum(trace.y) for trace in figure.data) == rows["einwohner"].sum()


def test_what_people_can_use_is_compared_by_its_own_rows(app: AppTest):
    page = opened(app, ars=VG, sicht="nutzbar")
    rows = store.fetch("nutzbar_verwaltung", stand=STAND, wissen=store.known_by(None))
    table = ranks.ranked(rows[rows["gruppe"] == "gemeindeebene"]).set_index("ars", drop=False)
    assert ranks.rank_sentence(table.loc[VG]) in read(page)
    assert headings(page)[0].startswith("Für Einwohner nutzbar: ")
    page = opened(app, ars=EICHSFELD, sicht="nutzbar")
    assert any("zählt in dieser Sicht bei ihren Verwaltungen" in one.value for one in page.info)
