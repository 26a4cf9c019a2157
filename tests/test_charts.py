"""Charts by their content: what is drawn adds up, tells its denominators, and can be told apart without colour vision."""

import re
import tomllib
from collections.abc import Callable
from datetime import date
from html import unescape
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradmesser import bridge, forecast, german
from gradmesser.catalog import Target, places
from gradmesser.charts import template, tokens
from gradmesser.charts.bars import bars
from gradmesser.charts.choropleth import Fill, choropleth
from gradmesser.charts.comparison import squares
from gradmesser.charts.glass import Mark, glass
from gradmesser.charts.template import DARK, LIGHT, Palette
from gradmesser.charts.trend import breaks, catalogue_effect, trend
from gradmesser.charts.waterfall import movement, waterfall
from gradmesser.ranks import measured

PALETTES = pytest.mark.parametrize("colours", tokens.PALETTES, ids=["light", "dark", "high_light", "high_dark"])
FIELDS = pd.DataFrame(
    {
        "themenfeld": ["Bildung", "Unternehmensführung und -entwicklung", "Recht & Ordnung"],
        "n": [161, 1142, 0],
        "nenner": [255, 2018, 7],
        "u": [80, 800, 7],
    }
)
MONTHS = [pd.Timestamp(day) for day in ("2026-01-31", "2026-02-28", "2026-04-30")]
HISTORY = pd.DataFrame(
    [
        {"stichtag": MONTHS[0], "katalog_version": "1", "massgeblich": True, "n": 50, "nenner": 100, "u": 30},
        {"stichtag": MONTHS[1], "katalog_version": "1", "massgeblich": False, "n": 60, "nenner": 100, "u": 25},
        {"stichtag": MONTHS[1], "katalog_version": "2", "massgeblich": True, "n": 70, "nenner": 130, "u": 40},
        {"stichtag": MONTHS[2], "katalog_version": "2", "massgeblich": True, "n": 65, "nenner": 130, "u": 38},
    ]
)
LONG = pd.DataFrame(
    {"stichtag": pd.date_range("2026-01-31", periods=8, freq="ME"), "katalog_version": "1", "massgeblich": True,
     "n": [0, 9, 21, 30, 39, 50, 61, 70], "nenner": 200, "u": 30}
)  # fmt: skip
PROPOSAL = Target(value=80, on=date(2027, 12, 31), source="Vorschlag des Gradmessers, zu bestätigen")
AHEAD = forecast.outlook(LONG, PROPOSAL, date(2026, 8, 31))
STEPS = bridge.steps(
    bridge.Bridge(
        von=date(2026, 1, 31), bis=date(2026, 3, 31), n_von=100, n_bis=117,
        parts=dict.fromkeys(bridge.PARTS, 0) | {"neu_online": 20, "weggefallen": -7, "katalog": 4},
    )
)  # fmt: skip
PERIODS = pd.DataFrame(
    [
        {"beginn": MONTHS[2], "zeitraum": "April 2026", "neu_online": 3, "verloren": 0},
        {"beginn": MONTHS[0], "zeitraum": "Januar 2026", "neu_online": 0, "verloren": 2},
    ]
)

RANKED = pd.DataFrame(
    {"ars": ["a", "b", "c"], "name": ["A", "<b>B</b>", "C"], "n": [10, 9, 3], "nenner": [20, 20, 20], "u": [0, 4, 15]}
)
FIGURES: dict[str, Callable[[Palette], go.Figure]] = {
    "bars": lambda colours: bars(FIELDS, colours, "themenfeld"),
    "glass": lambda colours: glass(40, 100, 50, colours),
    "trend": lambda colours: trend(HISTORY, colours),
    "trend with target": lambda colours: trend(LONG, colours, outlook=AHEAD),
    "waterfall": lambda colours: waterfall(STEPS, colours),
    "waterfall of periods": lambda colours: movement(PERIODS, colours),
    "comparison": lambda colours: squares(measured(RANKED), "b", colours),
    "choropleth": lambda colours: choropleth(
        pd.DataFrame({"ars": ["1"], "name": ["Jena"], "klasse": ["a"]}), [Fill(key="a", label="A", colour="#123456")],
        "app/static/geo/x.geojson", colours, title="Titel", caption="Quelle, Stand",
    ),
}  # fmt: skip


def texts(figure: go.Figure) -> list[str]:
    return [annotation.text for annotation in figure.layout.annotations]


def rows_of(counts: list[tuple[int, int, int]]) -> pd.DataFrame:
    """Rows from (n, u, rest) each."""
    return pd.DataFrame(
        [{"themenfeld": f"Feld {place}", "n": n, "nenner": n + u + rest, "u": u} for place, (n, u, rest) in enumerate(counts)]
    )  # fmt: skip


# ---------- every figure ----------


@PALETTES
@pytest.mark.parametrize("name", FIGURES)
def test_no_figure_without_the_template(name: str, colours: Palette):
    figure = FIGURES[name](colours)
    assert figure.layout.template.layout.separators == ",."
    assert figure.layout.template.layout.font.family.startswith("Fira Sans")
    assert figure.layout.template.layout.font.color == colours.text


@pytest.mark.parametrize("name", FIGURES)
def test_example_data_are_told_inside_the_figure(name: str):
    mark = "BEISPIELDATEN – erfundene Werte"
    assert texts(template.watermark(FIGURES[name](LIGHT), LIGHT, example=True)).count(mark) == 1
    assert mark not in texts(template.watermark(FIGURES[name](LIGHT), LIGHT, example=False))


def test_every_chart_module_is_tested_here():
    modules = {path.stem for path in (places.ROOT / "gradmesser" / "charts").glob("*.py")} - {
        "__init__",
        "template",
        "tokens",
    }
    modules -= {"coverage", "registers", "gradindex", "europe", "themes"}  # tested with their rules
    assert modules == {name.split(" ")[0] for name in FIGURES}


@PALETTES
def test_target_and_forecast_are_told_by_form_and_word_not_by_colour(colours: Palette):
    figure = trend(LONG, colours, outlook=AHEAD)
    drawn = {trace.name: trace for trace in figure.data}
    assert drawn["Ziel (Vorschlag, zu bestätigen)"].marker.symbol == "diamond"
    assert list(drawn["Ziel (Vorschlag, zu bestätigen)"].y) == [160]
    assert "Ziel 160" in texts(figure)
    assert drawn["Prognose"].line.dash == "dash"
    assert list(drawn["Prognose"].y) == [70, 160]
    band = drawn["80-Prozent-Spanne"]
    assert band.fillpattern.shape
    assert (band.y[0], max(band.y)) == (70, 160)


def test_a_series_without_forecast_or_deadline_draws_neither():
    refused = forecast.outlook(LONG.head(3), PROPOSAL, date(2026, 8, 31))
    assert {trace.name for trace in trend(LONG, LIGHT, outlook=refused).data} & {
        "Prognose",
        "80-Prozent-Spanne",
    } == set()
    names = {trace.name for trace in trend(LONG, LIGHT, outlook=AHEAD, deadline=False).data}
    assert "Prognose" in names
    assert not any(name.startswith("Ziel") for name in names)


# ---------- bars ----------


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500)).filter(any), min_size=1, max_size=8
    )
)
def test_bars_of_online_unknown_and_rest_fill_exactly_100_percent(counts: list[tuple[int, int, int]]):
    rows = rows_of(counts)
    figure = bars(rows, LIGHT, "themenfeld")
    assert [trace.name for trace in figure.data] == ["online", "keine Meldung", "gemeldet, nicht online"]
    lengths = np.array([trace.x for trace in figure.data], dtype=float)
    assert lengths.sum(axis=0) == pytest.approx(100)
    assert (lengths >= 0).all()
    online = figure.data[0]
    assert list(online.x) == pytest.approx(list(100 * (rows["n"] / rows["nenner"])[::-1]))


def test_bars_stand_in_the_order_of_the_rows_with_their_denominators_in_the_picture():
    figure = bars(FIELDS, LIGHT, "themenfeld")
    names = [unescape(name.replace("<br>", " ")) for name in reversed(figure.data[0].y)]
    assert names == list(FIELDS["themenfeld"])
    beside = {unescape(note.y.replace("<br>", " ")): note.text for note in figure.layout.annotations}
    assert beside == {
        "Bildung": "161 von 255",
        "Unternehmensführung und -entwicklung": "1.142 von 2.018",
        "Recht & Ordnung": "0 von 7",
    }
    assert tuple(figure.layout.xaxis.range) == (0, 100)
    assert figure.data[0].customdata[-1] == "161 von 255, 80 ohne Meldung"


def test_foreign_names_are_no_markup_in_a_figure():
    rows = rows_of([(1, 1, 1)]).assign(themenfeld="<b>fett</b> <a href='https://x.example'>Link</a>")
    assert re.findall(r"<[^>]*>", bars(rows, LIGHT, "themenfeld").data[0].y[0].replace("<br>", "")) == []
    areas = pd.DataFrame({"ars": ["1"], "name": ["<b>Jena</b>"], "klasse": ["a"]})
    figure = choropleth(areas, [Fill(key="a", label="A", colour="#123456")], "x", LIGHT, title="", caption="")
    assert list(figure.data[0].text) == ["&lt;b&gt;Jena&lt;/b&gt;"]


@PALETTES
def test_areas_of_the_picture_have_the_edge_of_their_theme(colours: Palette):
    rows = pd.DataFrame({"ars": ["1", "2"], "name": ["Jena", "Gera"], "klasse": ["a", "b"]})
    fills = [Fill(key="a", label="A", colour=colours.classes[0]), Fill(key="b", label="B", colour=colours.classes[-1])]
    figure = choropleth(rows, fills, "x", colours, title="", caption="")
    edges = [trace.marker.line.color for trace in figure.data]
    if "high" in colours.name:
        assert all(contrast(edge, fill.colour) >= 7 for edge, fill in zip(edges, fills, strict=True))
    else:
        assert edges == [colours.surface] * 2


@PALETTES
def test_unknown_is_hatched_and_never_the_colour_of_online(colours: Palette):
    online, unknown, rest = bars(FIELDS, colours, "themenfeld").data
    assert online.marker.color == colours.live
    assert unknown.marker.pattern.shape == "/"
    assert rest.marker.pattern.shape == "."
    assert rest.marker.color == colours.surface, "not online is no fault: sparse dots, no solid colour"
    assert online.marker.pattern.shape is None


# ---------- the glass ----------


@settings(max_examples=25)
@given(st.integers(0, 30_000), st.integers(0, 30_000), st.integers(0, 30_000), st.sampled_from([LIGHT, DARK]))
def test_glass_is_linear_and_filled_with_the_counts_themselves(n: int, u: int, rest: int, colours: Palette):
    of = n + u + rest
    figure = glass(n, of, u, colours, [Mark(label="vor einem Jahr", value=n // 2)])
    heights = {trace.name.split(":")[0]: trace.y[0] for trace in figure.data}
    parts = {"online": n, "keine Meldung": u, "gemeldet, nicht online": rest}
    assert heights == {name: value for name, value in parts.items() if value}
    assert figure.layout.barmode == "stack"
    assert figure.layout.yaxis.type in (None, "linear")
    assert len({trace.width for trace in figure.data}) <= 1, "a straight cylinder: one width everywhere"
    low, high = figure.layout.yaxis.range
    assert low <= 0 <= of <= high
    levels = {note.text: note.y for note in figure.layout.annotations}
    assert levels[f"alle {german.number(of)}"] == of
    assert levels["vor einem Jahr"] == n // 2


def test_number_in_the_glass_is_on_its_fill_only_where_there_is_room():
    full, low = glass(80, 100, 10, LIGHT), glass(3, 100, 90, LIGHT)
    inside = next(note for note in full.layout.annotations if "online" in note.text)
    above = next(note for note in low.layout.annotations if "online" in note.text)
    assert (inside.text, inside.y, inside.font.color) == ("<b>80</b><br>online", 40, LIGHT.on_live)
    assert (above.text, above.y, above.yanchor, above.font.color) == ("<b>3</b><br>online", 3, "bottom", LIGHT.text)


# ---------- development ----------


def test_trend_draws_the_counts_and_the_denominator_from_zero():
    figure = trend(HISTORY, LIGHT)
    lines = [trace for trace in figure.data if trace.legendgroup == "n"]
    assert [list(line.y) for line in lines] == [[50, 60], [70, 65]]
    assert [list(trace.y) for trace in figure.data if trace.legendgroup == "N"] == [[100, 100], [130, 130]]
    assert lines[0].text[1] == "28.02.2026: 60 von 100, 25 ohne Meldung"
    assert figure.layout.yaxis.range[0] == 0
    assert figure.layout.yaxis.range[1] >= 130
    assert [trace.name for trace in figure.data if trace.showlegend] == ["zuständig (N)", "online (n)"]


def test_a_new_catalogue_breaks_the_line_and_says_so():
    figure = trend(HISTORY, LIGHT)
    assert breaks(HISTORY) == [MONTHS[1]]
    dashed = [shape for shape in figure.layout.shapes if shape.line.dash == "dash"]
    assert [pd.Timestamp(shape.x0) for shape in dashed] == [MONTHS[1]]
    assert "neuer Katalog 28.02.2026" in texts(figure)
    assert catalogue_effect(HISTORY) == [(MONTHS[1], 10, 30)]
    unbroken = HISTORY[HISTORY["katalog_version"] == "1"].assign(massgeblich=True)
    assert breaks(unbroken) == []
    assert not trend(unbroken, LIGHT).layout.shapes


def test_missing_months_are_not_filled_in():
    """Defect of published dashboards: back-filled dates."""
    figure = trend(HISTORY, LIGHT)
    days = {pd.Timestamp(day) for trace in figure.data for day in trace.x}
    assert days == set(MONTHS), "March 2026 has no stand and gets no point"


def test_chosen_stand_is_marked():
    figure = trend(HISTORY, LIGHT, stand=pd.Timestamp(date(2026, 4, 30)))
    assert any(pd.Timestamp(shape.x0) == MONTHS[2] and not shape.line.dash for shape in figure.layout.shapes)


# ---------- the map as a picture ----------


def test_map_picture_holds_title_source_stand_and_every_area_once():
    rows = pd.DataFrame({"ars": list("123"), "name": ["Jena", "Gera", "Suhl"], "klasse": ["a", "b", None]})
    fills = [Fill(key="a", label="online", colour="#2044aa"), Fill(key="b", label="keine Meldung", colour="#6e7597")]
    figure = choropleth(rows, fills, "app/static/geo/x.geojson", LIGHT, title="1 von 2", caption="Quelle, Stand 1.1.")
    assert figure.layout.title.text == "1 von 2"
    assert "Quelle, Stand 1.1." in texts(figure)
    assert {trace.name: list(trace.locations) for trace in figure.data} == {
        "online: 1": ["1"],
        "keine Meldung: 1": ["2"],
    }
    assert all(trace.geojson.startswith("app/static/") for trace in figure.data), "nothing is loaded from outside"


# ---------- colours ----------

# Machado, Oliveira, Fernandes (2009), severity 1.0, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
DISTINCT = 6.0
"""CIE76 distance; 2.3 is just noticeable side by side."""


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    light, dark = sorted((float(XYZ[1] @ linear(colour)) for colour in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(colour: str, vision: np.ndarray) -> np.ndarray:
    scaled = XYZ @ np.clip(vision @ linear(colour), 0, 1) / np.array([0.95047, 1.0, 1.08883])
    x, y, z = np.where(scaled > 0.008856, np.cbrt(scaled), 7.787 * scaled + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one: str, other: str, vision: np.ndarray) -> float:
    return float(np.linalg.norm(lab(one, vision) - lab(other, vision)))


@PALETTES
def test_text_has_contrast_of_4_5_and_lines_of_3(colours: Palette):
    for name in ("text", "muted", "broken"):
        assert contrast(getattr(colours, name), colours.surface) >= 4.5, name
    assert contrast(colours.on_live, colours.live) >= 4.5
    for name in ("line", "live", "unknown", "broken", "mark"):
        assert contrast(getattr(colours, name), colours.surface) >= 3, name


def test_charts_and_pages_stand_on_the_same_background():
    theme = tomllib.loads((places.ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    for colours, name in ((LIGHT, "light"), (DARK, "dark")):
        assert theme[name]["backgroundColor"] == colours.surface
        assert theme[name]["textColor"] == colours.text
        assert contrast(theme[name]["linkColor"], colours.surface) >= 4.5
        assert contrast(theme[name]["textColor"], theme[name]["secondaryBackgroundColor"]) >= 4.5
        assert contrast(theme[name]["borderColor"], colours.surface) >= 3, f"{name}: edges of inputs"


@PALETTES
@pytest.mark.parametrize("vision", VISION)
def test_neighbouring_map_classes_can_be_told_apart(colours: Palette, vision: str):
    assert len(colours.classes) == len(template.CLASS_BOUNDS) == 10
    for one, other in pairwise(colours.classes):
        assert distance(one, other, VISION[vision]) >= DISTINCT, (one, other)


@PALETTES
def test_map_classes_go_from_the_background_to_its_opposite(colours: Palette):
    lightness = [lab(colour, VISION["normal"])[0] for colour in colours.classes]
    background = lab(colours.surface, VISION["normal"])[0]
    steps = [abs(value - background) for value in lightness]
    assert steps == sorted(steps), "more is always further from the background"
    assert sorted(lightness) in (lightness, lightness[::-1])


@PALETTES
@pytest.mark.parametrize("vision", VISION)
def test_states_can_be_told_apart(colours: Palette, vision: str):
    """One colour for "yes" and for "being rolled out" is a defect of published dashboards; patterns come on top."""
    for one, other in combinations((colours.live, colours.broken, colours.unknown, colours.surface), 2):
        assert distance(one, other, VISION[vision]) >= 2 * DISTINCT, (one, other)


def test_palette_follows_the_theme():
    assert template.palette(dark=False) is LIGHT
    assert template.palette(dark=True) is DARK


@given(st.integers(0, 1000), st.integers(1, 1000))
def test_classes_are_absolute(n: int, of: int):
    n = min(n, of)
    position = template.class_of(n, of)
    assert template.CLASS_BOUNDS[position] * of <= 100 * n
    assert position == 9 or 100 * n < template.CLASS_BOUNDS[position + 1] * of


# ---------- waterfall ----------


@PALETTES
def test_each_part_begins_where_the_one_before_ended_and_losses_are_hatched(colours: Palette):
    parts = [trace for trace in waterfall(STEPS, colours).data if trace.type == "bar"]
    spans = {trace.name: (trace.base[0], trace.base[0] + trace.x[0]) for trace in parts}
    assert spans == {
        "mehr online": (100, 120), "weniger online": (120, 113), "weder Fortschritt noch Verlust": (113, 117),
    }  # fmt: skip
    patterns = [trace.marker.pattern.shape for trace in parts]
    assert len(set(patterns)) == len(patterns), "told apart without colour"


def test_an_axis_that_does_not_begin_at_zero_says_so_and_levels_are_no_bars():
    figure = waterfall(STEPS, LIGHT)
    begin = figure.layout.xaxis.range[0]
    assert 0 < begin < 100
    assert f"Achse beginnt bei {begin}" in figure.layout.xaxis.title.text
    levels = next(trace for trace in figure.data if trace.name == "Stand")
    assert (levels.mode, list(levels.x)) == ("markers", [100, 117])


def test_movement_draws_what_was_lost_below_the_line_and_nothing_for_0():
    gained, lost = movement(PERIODS, LIGHT).data
    assert (list(gained.x), list(gained.y)) == (["April 2026"], [3])
    assert (list(lost.x), list(lost.y), lost.marker.pattern.shape) == (["Januar 2026"], [-2], "x")
