"""The page Leistungen: numbers as the export prints them, filters and address, one service, nothing shown bare."""

import re
from datetime import date
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from gradmesser import coverage, deck, store
from tests.support import Instance

STAND = date(2026, 6, 30)
TAG = re.compile(r"<[^>]+>")


def opened(app: AppTest, **parameters: str) -> AppTest:
    """The page with an address; fails if it raised."""
    app.run().switch_page("pages/leistungen.py")
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def markup(app: AppTest) -> str:
    """Own markup of the page, without the style sheet."""
    return "\n".join(one.proto.body for one in app.get("html") if "<style>" not in one.proto.body)


def headings(app: AppTest) -> list[str]:
    """Findings of the blocks, in order."""
    return [TAG.sub("", one) for one in re.findall(r'<h2 class="gm-finding">(.*?)</h2>', markup(app))]


@pytest.fixture(scope="module")
def exported(instance: Instance) -> list[dict[str, object]]:
    """What the command line prints for the same day."""
    return instance.export("flaechendeckung", STAND).json()


def test_first_finding_counts_what_the_export_prints(app: AppTest, exported: list[dict[str, object]]):
    full = sum(row["n"] == row["N"] for row in exported)
    nearly = sum(0.9 <= row["n"] / row["N"] < 1 for row in exported)
    nowhere = sum(row["n"] == 0 for row in exported)
    assert headings(opened(app))[0] == (
        f"{full} von {len(exported)} Leistungen sind flächendeckend online, {nearly} fast flächendeckend; "
        f"{nowhere} {'ist' if nowhere == 1 else 'sind'} nirgends nachgewiesen."
    )


def test_coverage_query_agrees_with_the_export(instance: Instance, exported: list[dict[str, object]]):  # noqa: ARG001
    rows = store.fetch("leistung_abdeckung", stand=STAND, wissen=store.known_by(None))
    mine = rows.rename(columns={"nenner": "N"})[["leika_key", "n", "N", "u", "einwohner_live", "einwohner"]]
    assert mine.to_dict("records") == [{name: row[name] for name in mine.columns} for row in exported]


def test_stages_and_gaps_count_the_same_cells(instance: Instance):  # noqa: ARG001 - named by GRADMESSER_DATA
    day = {"stand": STAND, "wissen": store.known_by(None)}
    rows, gaps = store.fetch("leistung_abdeckung", **day), store.fetch("leistung_luecken", **day)
    triple = coverage.funnel_triple(coverage.funnel(store.fetch("leistung_stufen", **day)))
    assert (triple.n, triple.of, triple.u) == (rows["n"].sum(), rows["nenner"].sum(), rows["u"].sum())
    assert len(gaps) == triple.of - triple.n
    assert not gaps.duplicated(["leika_key", "ars"]).any()
    assert (gaps["seit"].dt.date <= STAND).all()


def test_one_service_agrees_with_its_row_and_its_gaps(instance: Instance):  # noqa: ARG001 - named by GRADMESSER_DATA
    day = {"stand": STAND, "wissen": store.known_by(None)}
    gaps = store.fetch("leistung_luecken", **day)
    for row in store.fetch("leistung_abdeckung", **day).iloc[::40].itertuples():
        units = store.fetch("leistung_einheiten", leika_key=row.leika_key, **day)
        triple = coverage.unit_counts(units)
        assert (triple.n, triple.of, triple.u) == (row.n, row.nenner, row.u)
        history = store.fetch("leistung_verlauf", leika_key=row.leika_key, wissen=store.known_by(None))
        assert history[history["massgeblich"]].iloc[-1]["n"] == row.n
        mine = gaps[gaps["leika_key"] == row.leika_key].set_index("ars")["seit"]
        assert units.set_index("ars").loc[mine.index, "seit"].tolist() == mine.tolist()


def test_filters_narrow_every_block_and_stand_in_the_address(app: AppTest):
    page = opened(app, themenfeld="Bauen & Wohnen", ebene_leistung="gemeinde", sortierung="name")
    services = store.fetch("leistungen", stand=STAND, wissen=store.known_by(None))
    wanted = services[(services["themenfeld"] == "Bauen & Wohnen") & (services["ebene"] == "gemeinde")]
    assert f" von {len(wanted)} Leistung" in headings(page)[0]
    assert "Bauen & Wohnen" in page.query_params["themenfeld"]
    page.text_input(key="w_suche").set_value("gibt es nicht").run()
    assert not headings(page)
    assert "gibt es nicht" in page.query_params["suche"]
    assert any("Keine Leistung passt" in info.value for info in page.info)


@pytest.mark.parametrize("parameter", ["themenfeld", "adressat", "ebene_leistung", "klasse", "sortierung", "leistung"])
def test_nonsense_in_the_address_is_corrected_with_a_notice(app: AppTest, parameter: str):
    page = opened(app, **{parameter: "unsinn"})
    assert parameter not in page.query_params
    assert re.search(r'class="gm-notice"[^>]*>.*?unsinn', markup(page))
    assert headings(page)


def test_lever_names_who_is_missing_with_state_and_link(app: AppTest):
    text = markup(opened(app, abschnitt="hebel"))
    table = text[text.index("kleinsten Lücke bis zur Flächendeckung") :]
    assert re.search(r'href="kommune\?ars=\d{12}"[^>]*>[^<]+</a> <span class="gm-state">\(. [^)]+\)', table)


def test_one_service_shows_who_has_it_who_not_and_the_way_to_its_map(app: AppTest, exported: list[dict[str, object]]):
    row = max(exported, key=lambda one: min(one["n"], one["u"]))
    page = opened(app, leistung=row["leika_key"], stand="2026-05-31")
    assert headings(page)[0].startswith(f"„{row['leistung']}“ ist in ")
    text = markup(page)
    assert f'href="karte?leistung={row["leika_key"]}&amp;stand=2026-05-31"' in text
    assert len(page.get("plotly_chart")) == 2
    everyone = text.count('href="kommune?ars=')
    page.query_params["zustand"] = "online"
    page.run()
    assert 0 < markup(page).count('href="kommune?ars=') < everyone == row["N"]


SECTIONS = {
    "ueberblick": "sind flächendeckend online", "hebel": "kleinsten Lücke", "stufen": "Zuständigkeiten",
    "stillstand": "Termin",
}  # fmt: skip


@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_follows_the_filter_under_the_answer_of_the_page(app: AppTest, section: str):
    everything = opened(app, abschnitt=section)
    answer, said = headings(everything)[0], markup(everything)
    assert "sind flächendeckend online" in answer
    assert SECTIONS[section] in said
    filtered = opened(app, abschnitt=section, themenfeld="Bauen & Wohnen")
    assert headings(filtered)[0] != answer
    assert markup(filtered) != said


def test_a_slide_of_the_stages_leads_to_their_section(app: AppTest):
    live = deck.parse("leistungen-stufen?themenfeld=Bauen %26 Wohnen").live
    page = opened(app, **dict(parse_qsl(live.partition("?")[2])))
    assert [one.key for one in page.get("plotly_chart")] == ["leistungen-stufen_bild"]


@pytest.mark.parametrize("section", ["ueberblick", "stufen"])
def test_every_figure_says_once_that_its_values_are_invented(app: AppTest, section: str):
    opened(app, abschnitt=section)
    charts = opened(app, abschnitt=section).get("plotly_chart")
    assert len(charts) == 1
    assert all(chart.proto.spec.count("BEISPIELDATEN") == 1 for chart in charts), "also when another visitor saw it"
