"""The one place that decides what a chart looks like: colours by theme, font, separators, margins."""

from dataclasses import dataclass

import plotly.graph_objects as go
import plotly.io as pio

FONT = "Fira Sans, sans-serif"
CLASS_BOUNDS = (0, 10, 20, 30, 40, 50, 60, 70, 80, 90)
"""Lower bounds of the ten map classes in percent; absolute, so that colours mean the same on every date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours of one theme (tokens after KERN-UX); contrast is tested."""

    name: str
    text: str
    muted: str
    surface: str
    line: str
    grid: str
    live: str
    on_live: str
    live_soft: str
    unknown: str
    broken: str
    mark: str
    classes: tuple[str, ...]


LIGHT = Palette(
    name="gradmesser_light", text="#131525", muted="#51577a", surface="#ffffff", line="#6e7597", grid="#dfe1ea",
    live="#2044aa", on_live="#ffffff", live_soft="#97afe1", unknown="#6e7597", broken="#925400", mark="#007155",
    classes=("#eff3fa", "#d8e1f4", "#b2c4e9", "#97afe1", "#7694d5", "#5174c5", "#3a5eb9", "#2044aa", "#092797", "#03007f"),
)  # fmt: skip
DARK = Palette(
    name="gradmesser_dark", text="#f3f4f7", muted="#b2b6cc", surface="#0d0f1a", line="#8e93b1", grid="#30344f",
    live="#97afe1", on_live="#131525", live_soft="#3a5eb9", unknown="#8e93b1", broken="#f0a44b", mark="#3cc39f",
    classes=LIGHT.classes[::-1],
)  # fmt: skip

UNKNOWN_PATTERN = {"shape": "/", "size": 7, "solidity": 0.35}
BROKEN_PATTERN = {"shape": "x", "size": 6, "solidity": 0.4}


def palette(*, dark: bool) -> Palette:
    """Palette of the reader's theme."""
    return DARK if dark else LIGHT


def hatched(colour: str, background: str, pattern: dict[str, object]) -> dict[str, object]:
    """Marker with a pattern: meaning never rests on colour alone."""
    return {
        "color": background,
        "line": {"color": colour, "width": 1},
        "pattern": {**pattern, "fgcolor": colour, "bgcolor": background},
    }


def class_of(n: int, of: int) -> int:
    """Map class 0–9 of a share n of `of`; class 9 begins at 90 %."""
    return min(9, 10 * n // of) if of else 0


def _template(colours: Palette) -> go.layout.Template:
    axis = {
        "gridcolor": colours.grid, "linecolor": colours.line, "zerolinecolor": colours.line,
        "tickfont": {"color": colours.muted, "size": 14}, "title": {"font": {"color": colours.muted, "size": 14}},
        "automargin": True, "fixedrange": True,
    }  # fmt: skip
    return go.layout.Template(
        layout={
            "separators": ",.",
            "font": {"family": FONT, "color": colours.text, "size": 15},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": [colours.live, colours.mark, colours.broken, colours.unknown],
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "xaxis": axis,
            "yaxis": axis,
            "hoverlabel": {"font": {"family": FONT, "size": 14}},
            "legend": {"orientation": "h", "y": -0.18, "x": 0, "font": {"size": 14}},
            "bargap": 0.35,
            "dragmode": False,
        }
    )


for _colours in (LIGHT, DARK):
    pio.templates[_colours.name] = _template(_colours)


def watermark(figure: go.Figure, colours: Palette, *, example: bool) -> go.Figure:
    """Mark a figure that shows invented values so that no crop or copy can lose it."""
    if example:
        figure.add_annotation(
            text="BEISPIELDATEN – erfundene Werte", xref="paper", yref="paper", x=1, y=1, xanchor="right", yanchor="bottom",
            showarrow=False, font={"size": 13, "color": colours.broken},
        )  # fmt: skip
        figure.update_layout(margin={"t": 30})
    return figure
