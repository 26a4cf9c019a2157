"""The design tokens: one place for colours and sizes, enough contrast of every pair in use, told apart by everybody."""

import re
import tomllib
from itertools import combinations, pairwise

import pytest

from gradmesser.catalog import places
from gradmesser.charts import template, tokens
from gradmesser.charts.tokens import DARK, HIGH_DARK, HIGH_LIGHT, LIGHT, PALETTES, Palette
from gradmesser.ui.mapview import legends
from tests.test_charts import DISTINCT, VISION, contrast, distance

THEMES = pytest.mark.parametrize("colours", PALETTES, ids=[one.name.removeprefix("gradmesser_") for one in PALETTES])
UI = places.ROOT / "gradmesser" / "ui"
TEXT, SHAPE = 4.5, 3.0
"""WCAG 2.1: 1.4.3 for text, 1.4.11 for what a picture or a control needs to be understood."""
PAIRS = [
    *((name, back, TEXT) for name in ("text", "muted", "live", "broken") for back in ("surface", "raised")),
    ("mark", "surface", TEXT), ("on_live", "live", TEXT), ("warning_text", "warning_back", TEXT), ("info_text", "info_back", TEXT),
    ("danger_text", "danger_back", TEXT),
    *((name, "surface", SHAPE) for name in ("line", "border", "live", "unknown", "open", "broken", "mark", "warning_line", "info_line")),
    ("border", "raised", SHAPE), ("warning_line", "warning_back", SHAPE), ("info_line", "info_back", SHAPE),
]  # fmt: skip


@THEMES
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_contrast_of_every_pair_in_use(colours: Palette, front: str, back: str, least: float):
    assert contrast(getattr(colours, front), getattr(colours, back)) >= least


@pytest.mark.parametrize("colours", PALETTES[2:], ids=["light", "dark"])
def test_high_contrast_reaches_seven_for_every_text_and_line(colours: Palette):
    for name in ("text", "muted", "line", "border", "live", "unknown", "open", "broken", "mark"):
        assert contrast(getattr(colours, name), colours.surface) >= 7, name
    for name in ("warning", "info", "danger"):
        assert contrast(getattr(colours, f"{name}_text"), getattr(colours, f"{name}_back")) >= 7, name


@THEMES
@pytest.mark.parametrize("vision", VISION)
def test_neighbouring_classes_and_all_states_are_told_apart_by_everybody(colours: Palette, vision: str):
    for one, other in pairwise(colours.classes):
        assert distance(one, other, VISION[vision]) >= DISTINCT, (one, other)
    for one, other in combinations(("live", "open", "unknown", "surface"), 2):
        assert distance(getattr(colours, one), getattr(colours, other), VISION[vision]) >= 2 * DISTINCT, (one, other)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize(
    "legend",
    [*legends(LIGHT, DARK), *legends(HIGH_LIGHT, HIGH_DARK)],
    ids=["shares", "states", "high shares", "high states"],
)
@pytest.mark.parametrize("theme", ["colour_light", "colour_dark"])
def test_classes_of_the_map_differ_by_pattern_or_by_a_colour_that_everybody_sees(legend, vision: str, theme: str):
    for one, other in combinations(legend, 2):
        apart = distance(getattr(one, theme), getattr(other, theme), VISION[vision])
        assert one.pattern != other.pattern or apart >= DISTINCT, (one.label, other.label, apart)


@THEMES
def test_areas_are_edged_in_surface_and_with_high_contrast_in_what_stands_out(colours: Palette):
    edges = {fill: tokens.edge(colours, fill) for fill in (*colours.classes, colours.live, colours.unknown)}
    if colours in (LIGHT, DARK):
        assert set(edges.values()) == {colours.surface}
    else:
        assert all(contrast(fill, edge) >= TEXT for fill, edge in edges.items())
        steps = [distance(one, other, VISION["normal"]) for one, other in pairwise(colours.classes)]
        assert min(steps) > min(distance(one, other, VISION["normal"]) for one, other in pairwise(LIGHT.classes))


@pytest.mark.parametrize(("one", "other"), [("#ffffff", "#000000"), ("#2044aa", "#f3f4f7"), ("#8085a6", "#0d0f1a")])
def test_contrast_is_that_of_wcag(one: str, other: str):
    assert tokens.contrast(one, other) == pytest.approx(contrast(one, other), abs=0.01)


def test_streamlits_theme_repeats_the_tokens():
    theme = tomllib.loads((places.ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    assert theme["font"].replace("'", "") == tokens.FONT
    names = {
        "primaryColor": "live", "backgroundColor": "surface", "secondaryBackgroundColor": "raised", "textColor": "text",
        "linkColor": "live", "borderColor": "border", "blueBackgroundColor": "info_back", "blueTextColor": "info_text",
        "yellowBackgroundColor": "warning_back", "yellowTextColor": "warning_text", "redBackgroundColor": "danger_back",
        "redTextColor": "danger_text",
    }  # fmt: skip
    for section, palette in (("light", LIGHT), ("dark", DARK)):
        given = {key: value for key, value in theme[section].items() if key != "sidebar"}
        assert given == {key: getattr(palette, name) for key, name in names.items()}


def test_style_sheet_knows_no_colour_and_only_tokens_that_exist():
    sheet = "".join((UI / name).read_text("utf-8") for name in ("style.css", "contrast.css"))
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", sheet) == []
    defined = set(re.findall(r"--gm-([a-z0-9-]+):", tokens.css(high_contrast=False)))
    assert set(re.findall(r"var\(--gm-([a-z0-9-]+)", sheet)) <= defined | {"shape"}


def test_no_chart_has_a_colour_of_its_own():
    for path in (places.ROOT / "gradmesser" / "charts").glob("*.py"):
        if path.name != "tokens.py":
            assert set(re.findall(r'"#[0-9a-f]{6}"', path.read_text("utf-8"))) <= {'"#ffffff"'}, path.name


def test_properties_follow_theme_and_contrast():
    usual, high = tokens.css(high_contrast=False), tokens.css(high_contrast=True)
    assert f"--gm-muted:light-dark({LIGHT.muted},{DARK.muted})" in usual
    assert usual.index("@media (prefers-contrast: more)") < usual.index("--gm-muted:light-dark(#000000,#ffffff)")
    assert LIGHT.muted not in high
    assert "--gm-muted:light-dark(#000000,#ffffff)" in high


def test_palette_follows_theme_and_choice():
    found = [template.palette(dark=dark, high_contrast=high) for high in (False, True) for dark in (False, True)]
    assert found == list(PALETTES)
    assert {one.name for one in PALETTES} <= set(template.pio.templates)
