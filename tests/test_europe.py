"""Europe: the shipped values, like with like, missing is never zero; the page Europa in every way it is opened."""

import json
import re
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from gradmesser import europe, store
from gradmesser.catalog.countries import ALWAYS, COUNTRIES
from gradmesser.charts import europe as charts
from gradmesser.charts.template import LIGHT
from gradmesser.deck import Slide
from gradmesser.export import native, series
from gradmesser.ui import slides
from tests import support
from tests.support import SHIPPED, Instance

TAG = re.compile(r"<[^>]+>")
DIMENSIONS = ("e_gov_1_uc", "e_gov_2_tr", "e_gov_3_ke", "e_gov_4_cb")


@pytest.fixture(scope="module")
def rows(instance: Instance) -> pd.DataFrame:  # noqa: ARG001 - named by GRADMESSER_DATA
    """What the query says of the shipped file."""
    return store.fetch("europa")


def shipped(area: str, merkmal: str, event: str, year: int) -> float | None:
    """A value as it stands in the shipped table."""
    wanted = {"area": area, "merkmal": merkmal, "auspraegung": event, "period": f"{year}-12-31"}
    (found,) = [
        row
        for row in support.read_csv(SHIPPED / "beobachtungen" / "egov_benchmark.csv")
        if all(row[name] == value for name, value in wanted.items())
    ]
    return float(found["value"]) if found["value"] else None


# Rules ----------------------------------------------------------------------------------------------------------------


def test_every_country_of_the_source_has_a_name(rows: pd.DataFrame):
    assert set(rows["gebiet"]) == set(COUNTRIES)


def test_a_total_that_counts_a_missing_part_as_zero_is_not_compared(rows: pd.DataFrame):
    bad = rows[~rows["vergleichbar"]]
    assert set(bad["merkmal"]) == {europe.TOTAL}
    assert set(zip(bad["auspraegung"], bad["jahr"], strict=True)) == {
        (f"e_gov_EVENTS_{nr}", 2022) for nr in range(5, 9)
    }
    assert len(bad) == 148
    for row in bad.itertuples():
        parts = (
            [shipped(row.gebiet, one, row.auspraegung, 2022) or 0 for one in DIMENSIONS[:3]]
            if row.gebiet == "DE"
            else []
        )
        assert not parts or sum(parts) / 4 == pytest.approx(row.value, abs=0.001)


def test_indicators_are_those_of_one_year_as_published(rows: pd.DataFrame):
    table = europe.by_indicator(rows, europe.areas("EE"), 2022)
    assert list(table["merkmal"]) == list(europe.indicators())
    for row in table.itertuples():
        for area in ("DK", "EU", "DE", "EE"):
            assert getattr(row, area) == shipped(area, row.merkmal, europe.ALL_EVENTS, 2022)
    assert europe.indicator_sentence(table, 2022).startswith(
        "2022 kommt Deutschland auf 65 von 100 Punkten, EU27 auf 73, Dänemark auf 85;"
    )


@pytest.mark.parametrize("indicator", list(europe.indicators()))
def test_a_row_of_life_events_is_of_one_year_for_all_states(rows: pd.DataFrame, indicator: str):
    table = europe.by_event(rows, europe.areas("RO"), indicator)
    assert len(table) == 9
    for row in table.itertuples():
        for area in ("DK", "EU", "DE", "RO"):
            value = getattr(row, area)
            found = shipped(area, indicator, row.auspraegung, row.jahr)
            assert found == value or (found is None and pd.isna(value))
    newest = 2020 if indicator == europe.TOTAL else 2022
    assert sorted(table["jahr"]) == [2021] * 5 + [2022] * 4 if newest == 2022 else [2020] * 4 + [2021] * 5


@pytest.mark.parametrize("indicator", [key for key in europe.indicators() if key != europe.TOTAL])
def test_a_development_is_over_the_same_life_events(rows: pd.DataFrame, indicator: str):
    found = europe.development(rows, list(ALWAYS), indicator)
    assert (found.first, found.last, found.published) == (2020, 2022, False)
    assert found.events == tuple(f"e_gov_EVENTS_{nr}" for nr in range(5, 9))
    for row in found.table.itertuples():
        values = [shipped(row.gebiet, indicator, event, 2020) for event in found.events]
        if None in values:
            assert pd.isna(row.vorher)
        else:
            assert row.vorher == pytest.approx(sum(values) / 4, abs=0.001)


def test_the_total_is_compared_as_published_over_all_nine(rows: pd.DataFrame):
    found = europe.development(rows, list(ALWAYS), europe.TOTAL)
    assert (found.first, found.last, found.published) == (2021, 2022, True)
    assert found.table.set_index("gebiet").loc["DK", "nachher"] == shipped("DK", europe.TOTAL, europe.ALL_EVENTS, 2022)


def test_a_state_that_lacks_one_life_event_has_no_mean():
    lines = [
        ("DK", 5, 2020, 80.0), ("DK", 6, 2020, 60.0), ("DK", 5, 2022, 90.0), ("DK", 6, 2022, 70.0),
        ("DE", 5, 2020, 40.0), ("DE", 5, 2022, 50.0), ("DE", 6, 2022, 60.0), ("EU", 5, 2020, 0.0), ("EU", 6, 2020, 0.0),
        ("EU", 5, 2022, 1.0), ("EU", 6, 2022, 1.0), ("DE", 1, 2021, 99.0),
    ]  # fmt: skip
    frame = pd.DataFrame(
        [{"gebiet": area, "merkmal": "e_gov_1_uc", "auspraegung": f"e_gov_EVENTS_{nr}", "jahr": year, "value": value,
          "vergleichbar": True} for area, nr, year, value in lines]
    )  # fmt: skip
    table = europe.development(frame, list(ALWAYS), "e_gov_1_uc").table.set_index("gebiet")
    assert table.loc["DK", ["vorher", "nachher"]].tolist() == [70, 80]
    assert pd.isna(table.loc["DE", "vorher"])
    assert table.loc["EU", "vorher"] == 0
    assert "Deutschland k. A." in europe.development_sentence(
        europe.development(frame, list(ALWAYS), "e_gov_1_uc"), "e_gov_1_uc"
    )


def test_a_missing_value_has_no_mark_and_no_bar():
    table = pd.DataFrame(
        {"name": ["A", "B"], "DK": [80.0, None], "EU": [None, None], "DE": [0.0, 40.0], "abstand": [80.0, None]}
    )
    figure = charts.dumbbells(table, list(ALWAYS), ["A", "B"], LIGHT)
    drawn = {trace.name: list(trace.x) for trace in figure.data if trace.name}
    assert pd.isna(drawn["Dänemark"][0])  # B stands below
    assert all(pd.isna(value) for value in drawn["EU27"])
    assert drawn["Deutschland"] == [40, 0]
    chart = series.chart("europa-lebenslagen", table.assign(jahr=2021), figure)
    assert {one.name: list(one.values) for one in chart.series}["Dänemark"] == [80, None]
    assert chart.form is native.Form.BESIDE


@given(st.lists(st.floats(0, 100), min_size=1, max_size=6))
def test_labels_keep_their_distance_and_their_order(values: list[float]):
    places = europe.spread(values, 6)
    ordered = [place for _, place in sorted(zip(values, places, strict=True))]
    assert all(after - before >= 6 - 1e-6 for before, after in zip(sorted(places), sorted(places)[1:], strict=False))
    assert ordered == sorted(ordered) or len(set(values)) < len(values)
    assert len(values) > 1 or places == values


# Page -----------------------------------------------------------------------------------------------------------------


def opened(app: AppTest, **parameters: str) -> AppTest:
    app.run().switch_page("pages/europa.py")
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def markup(app: AppTest) -> str:
    return unescape("\n".join(one.proto.body for one in app.get("html") if "<style>" not in one.proto.body))


def test_page_shows_three_findings_and_its_limits(app: AppTest):
    page = markup(opened(app))
    headings = [TAG.sub("", one) for one in re.findall(r'<h2 class="gm-finding">(.*?)</h2>', page)]
    assert len(headings) == 4
    assert headings[-1] == "Was man daraus nicht schließen darf"
    assert "veröffentlichte Werte" in page
    assert "Stand 31.12.2022" in page


def test_published_values_bear_no_example_mark(app: AppTest):
    charts_ = [json.loads(chart.proto.spec) for chart in opened(app).get("plotly_chart")]
    assert len(charts_) == 3
    assert not any("BEISPIELDATEN" in json.dumps(chart["layout"].get("annotations", [])) for chart in charts_)
    captions = re.findall(r'<p class="gm-note">(.*?)</p>', markup(app))
    assert not any("BEISPIELDATEN" in caption for caption in captions)


def test_a_good_address_is_kept(app: AppTest):
    page = opened(app, land="EE", indikator="e_gov_3_ke", jahr="2021")
    assert dict(page.query_params) == {"land": "EE", "indikator": "e_gov_3_ke", "jahr": "2021"}
    assert "Basisdienste, 2020 bis 2022" in markup(page)
    assert "gm-notice" not in markup(page)


@pytest.mark.parametrize("name", ["land", "indikator", "jahr"])
def test_a_nonsense_address_is_corrected_with_a_notice(app: AppTest, name: str):
    page = opened(app, **{name: "<b>=1"})
    assert name not in page.query_params
    assert "das gibt es nicht" in markup(page)
    assert "<b>=1" not in "\n".join(one.proto.body for one in page.get("html"))


def test_without_a_database_it_says_so(app: AppTest, empty_instance: Path):  # noqa: ARG001 - named by GRADMESSER_DATA
    assert "python -m etl" in opened(app).error[0].value


def test_without_the_source_it_says_so(app: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    made = Instance(root=tmp_path, reference=support.small_reference(tmp_path / "reference"))
    made.rows([support.pvog()])
    made.build()
    monkeypatch.setenv("GRADMESSER_DATA", str(tmp_path))
    assert "nicht geladen" in opened(app).info[0].value
    assert slides.BUILDERS["europa-indikatoren"]({}, LIGHT) is None


def test_speaker_notes_do_not_speak_of_reports(instance: Instance):  # noqa: ARG001
    from gradmesser.ui import decks  # noqa: PLC0415 - needs the instance

    slide = Slide(kind="europa-lebenslagen", parameters={})
    notes = decks.notes(slide, slides.build(slide, LIGHT))
    assert "Beispieldaten" not in notes
    assert "k. A.; er zählt nie als null" in notes
