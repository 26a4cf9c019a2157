"""The other themes: n of N, u per question, a missing answer is never no or zero; the page, a unit's part, slides."""

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from gradmesser import store, themes
from gradmesser.catalog import measures, themen
from gradmesser.charts import themes as charts
from gradmesser.charts.template import LIGHT
from gradmesser.deck import Slide
from gradmesser.export import series
from gradmesser.ui import slides
from tests import support
from tests.support import JENA, SHIPPED, VG, Instance
from tests.test_pages import headings, markup, opened, words

DAY = pd.Timestamp(2026, 6, 30)
STAND = date(2026, 6, 30)


def answers(*said: tuple[str, str, str, str, float | None, str], units: int = 5) -> pd.DataFrame:
    """Rows as the query gives them: unit, theme, Merkmal, level, value, status; the other units have not answered."""
    columns = [
        "ars",
        "name",
        "gruppe",
        "einwohner",
        "measure_id",
        "merkmal",
        "auspraegung",
        "period",
        "value",
        "status",
        "bemerkung",
    ]
    rows = [
        (ars, ars, "", 1, theme, merkmal, level, DAY, value, status, None)
        for ars, theme, merkmal, level, value, status in said
    ]
    silent = [f"x{nr}" for nr in range(units - len({row[0] for row in rows}))]
    rows += [(ars, ars, "", 1, None, None, None, pd.NaT, None, None, None) for ars in silent]
    return pd.DataFrame(rows, columns=columns).astype({"value": "float64"})


# Rules ----------------------------------------------------------------------------------------------------------------


def test_a_question_has_yes_no_unknown_and_does_not_apply():
    rows = answers(
        ("a", "e_akte", "eingefuehrt", "", 1, "gemeldet"),
        ("b", "e_akte", "eingefuehrt", "", 0, "vorlaeufig"),
        ("c", "e_akte", "eingefuehrt", "", None, "nicht_zutreffend"),
        ("d", "e_akte", "eingefuehrt", "", None, "nicht_verfuegbar"),
    )
    measure = measures()["e_akte"]
    table = themes.counts(rows, measure, themes.merkmale(rows, measure)).set_index("merkmal")
    first = table.loc["eingefuehrt"]
    assert (first["n"], first["nein"], first["nenner"], first["u"]) == (1, 1, 4, 2)
    assert table.loc["allgemein", ["n", "nein", "nenner", "u"]].tolist() == [0, 0, 5, 5]
    assert themes.reporting(rows, "e_akte").text == "3 von 5, 2 ohne Meldung"
    assert themes.sentence(rows, measure) == (
        "E-Akte: 1 von 4 Verwaltungen melden „E-Akte in mindestens einem Bereich eingeführt“, 2 ohne Meldung dazu."
    )


def test_nothing_reported_is_not_zero():
    rows = answers()
    for measure in themen.themes().values():
        assert themes.sentence(rows, measure) == f"{measure.short_title}: noch keine Meldung."
        table = themes.counts(rows, measure, list(measure.merkmale))
        assert (table["u"] == table["nenner"]).all()
        assert table["summe"].isna().all()
    assert themes.told(rows, measures()["ki_einsatz"]) == "noch keine Meldung"


def test_a_reported_zero_is_an_answer():
    rows = answers(("a", "ki_einsatz", "texte", "", 0, "gemeldet"))
    measure = measures()["ki_einsatz"]
    texts = themes.counts(rows, measure, themes.merkmale(rows, measure)).set_index("merkmal").loc["texte"]
    assert (texts["n"], texts["nein"], texts["u"], texts["summe"]) == (0, 1, 4, 0)
    assert "keine der meldenden Verwaltungen" in themes.sentence(rows, measure)
    figure = charts.amounts(themes.counts(rows, measure, list(measure.merkmale)), LIGHT, "Anwendungen")
    texts = [note.text for note in figure.layout.annotations]
    assert texts.count("keine Meldung") == 5
    assert "0 (0 Verw.)" in texts


def test_versions_of_the_model_are_never_added():
    rows = answers(
        ("a", "ende_zu_ende", "reifegrad_1_1", "4", 50, "gemeldet"),
        ("b", "ende_zu_ende", "reifegrad_2_0", "7", 3, "gemeldet"),
        ("b", "ende_zu_ende", "reifegrad_2_0", "2", 7, "gemeldet"),
    )
    measure = measures()["ende_zu_ende"]
    shown = themes.merkmale(rows, measure)
    table = themes.counts(rows, measure, shown)
    assert shown == ["reifegrad_2_0"]
    assert table["summe"].sum() == 10
    assert list(table["auspraegung"]) == [str(level) for level in range(8)]
    assert themes.older_versions(rows, measure) == ["reifegrad_1_1"]
    assert themes.sentence(rows, measure).startswith("Ende-zu-Ende: 3 von 10 gemeldeten Leistungen auf „Stufe 7")
    only_old = rows[rows["merkmal"] != "reifegrad_2_0"]
    assert len(themes.counts(only_old, measure, themes.merkmale(only_old, measure))) == 5


@given(
    st.lists(
        st.tuples(
            st.integers(0, 7), st.sampled_from([0.0, 1.0, None]), st.sampled_from(["gemeldet", "nicht_zutreffend"])
        ),
        max_size=8,
        unique_by=lambda one: one[0],
    )
)
def test_the_triple_always_holds(said: list[tuple[int, float | None, str]]):
    rows = answers(
        *(
            (f"u{nr}", "e_akte", "eingefuehrt", "", None if status == "nicht_zutreffend" else value, status)
            for nr, value, status in said
        ),
        units=8,
    )
    measure = measures()["e_akte"]
    for row in themes.counts(rows, measure, list(measure.merkmale)).itertuples():
        assert 0 <= row.n <= row.nenner - row.u
        assert row.n + row.nein + row.u == row.nenner


def test_publishers_that_were_chosen_by_the_end_are_said_to_be():
    bodies = pd.DataFrame(
        [
            (str(nr), "N", "gemeinde", pd.Timestamp(year, 1, 1), float(nr < on))
            for year, on in ((2023, 1), (2024, 3))
            for nr in range(3)
        ],
        columns=["ars", "name", "ebene", "stichtag", "value"],
    )
    table = themes.publishers(bodies)
    assert table[["n", "nenner", "u"]].to_numpy().tolist() == [[1, 3, 0], [3, 3, 0]]
    assert "Von den 3 beobachteten Stellen, die am 01.01.2024 auf der Liste" in themes.publisher_sentence(table)
    bodies.loc[bodies.index[-1], "value"] = None
    table = themes.publishers(bodies)
    assert table.iloc[-1][["n", "u"]].tolist() == [2, 1]


def test_slides_hold_the_counts(instance: Instance):  # noqa: ARG001 - named by GRADMESSER_DATA
    built = slides.build(Slide(kind="themen-angaben", parameters={"thema": "e_akte"}), LIGHT)
    chart = series.chart("themen-angaben", built.block.rows, built.figure)
    found = {one.name: list(one.values) for one in chart.series}
    assert found["ja"] == list(built.block.rows["n"])
    assert found["nein"] == list(built.block.rows["nein"])
    assert found["keine Meldung"] == list(built.block.rows["u"])
    built = slides.build(Slide(kind="themen-angaben", parameters={"thema": "ki_einsatz"}), LIGHT)
    chart = series.chart("themen-angaben", built.block.rows, built.figure)
    assert list(chart.series[0].values) == list(built.block.rows["summe"])


def test_the_last_point_of_the_development_is_what_is_reported_now(instance: Instance):  # noqa: ARG001
    clocks = {"stand": STAND, "wissen": store.known_by(None)}
    rows = store.fetch("themen_stand", **clocks)
    for key, measure in themen.themes().items():
        table = themes.development(store.fetch("themen_verlauf", measure_id=key, **clocks), measure)
        last = table[table["stichtag"] == table["stichtag"].max()].set_index("linie")["wert"]
        now = themes.counts(rows, measure, themes.merkmale(rows, measure))
        for row in now.itertuples():
            line = measure.merkmale[row.merkmal]
            if measure.auspraegungen and row.auspraegung != "7":
                continue
            line += ", Stufe 7" if measure.auspraegungen else ""
            assert last[line] == (row.n if measure.unit == "yes_no" else row.summe)


# Pages ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", list(themen.themes()))
def test_every_theme_has_answers_development_and_units(app: AppTest, theme: str):
    page = opened(app, "themen", thema=theme)
    found = headings(page)
    assert found[0].startswith("Zu 5 von 5 Themen")
    assert found[1].startswith(f"{measures()[theme].short_title}: ")
    assert len(page.get("plotly_chart")) == 2
    specs = [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]
    assert all("BEISPIELDATEN" in json.dumps(spec["layout"]["annotations"]) for spec in specs)


def test_open_data_is_published_and_says_how_it_was_chosen(app: AppTest):
    page = opened(app, "themen", thema="opendata_publisher")
    (chart,) = [json.loads(one.proto.spec) for one in page.get("plotly_chart")]
    assert "BEISPIELDATEN" not in json.dumps(chart["layout"].get("annotations", []))
    rows = support.read_csv(SHIPPED / "beobachtungen" / "opendata_publisher.csv")
    first = sum(row["value"] == "1" for row in rows if row["period"] == "2023-01-20")
    assert f"standen {first} schon am 20.01.2023 darauf" in headings(page)[1]
    assert "liegt an dieser Auswahl" in words(page)


def test_nonsense_is_corrected(app: AppTest):
    page = opened(app, "themen", thema="<b>=1")
    assert "thema" not in page.query_params
    assert "das gibt es nicht" in words(page)
    assert "<b>=1" not in " ".join(markup(page))


def test_without_a_database_it_says_so(app: AppTest, empty_instance: Path):  # noqa: ARG001
    assert "python -m etl" in opened(app, "themen").error[0].value


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """Real rows of the portal network, no answer to any theme."""
    made = Instance(root=tmp_path, reference=support.small_reference(tmp_path / "reference"))
    made.rows([support.pvog()])
    made.build()
    monkeypatch.setenv("GRADMESSER_DATA", str(tmp_path))
    return made


def test_real_data_without_answers_are_honestly_empty(app: AppTest, real: Instance):  # noqa: ARG001
    page = opened(app, "themen", thema="e_akte")
    assert headings(page) == ["Zu den 5 weiteren Themen gibt es noch keine Meldung.", "E-Akte: noch keine Meldung."]
    assert "keine Null" in page.info[0].value
    assert not page.get("plotly_chart")
    assert "206" in words(page)
    page = opened(app, "themen", thema="opendata_publisher")
    assert "nicht geladen" in headings(page)[1]
    assert slides.BUILDERS["themen-angaben"]({}, LIGHT) is None
    page = opened(app, "kommune", ars=JENA, abschnitt="themen")
    assert "hat zu 0 von 5 Themen gemeldet" in "\n".join(headings(page))


def test_a_unit_shows_its_own_answers_and_markup_stays_text(app: AppTest, real: Instance):
    row = {
        "ars": VG,
        "thema": "e_akte",
        "merkmal": "eingefuehrt",
        "wert": "",
        "status": "trifft nicht zu",
        "bemerkung": "<b>=1+1</b>",
    }
    other = {"ars": VG, "thema": "ki_einsatz", "merkmal": "texte", "wert": "2"}
    real.take(support.table([row, other], themen.COLUMNS), source_id="themen", stand=support.JANUARY)
    real.build()
    page = opened(app, "kommune", ars=VG, abschnitt="themen")
    assert "hat zu 2 von 5 Themen gemeldet" in "\n".join(headings(page))
    assert "trifft nicht zu: E-Akte in mindestens einem Bereich eingeführt" in words(page)
    assert "Texte entwerfen und zusammenfassen: 2" in words(page)
    assert "<b>=1" not in " ".join(markup(page))
    page = opened(app, "themen", thema="ki_einsatz")
    assert "mindestens 2 Anwendungen im Einsatz" in "\n".join(headings(page))
