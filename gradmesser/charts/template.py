"""What a chart looks like, made of the design tokens: colours by theme, font, separators, margins, patterns."""

import plotly.graph_objects as go
import plotly.io as pio

from gradmesser.catalog import EXAMPLE_MARK
from gradmesser.charts import tokens
from gradmesser.charts.tokens import DARK, FONT, HIGH_DARK, HIGH_LIGHT, LIGHT, PALETTES, Palette

CLASS_BOUNDS = (0, 10, 20, 30, 40, 50, 60, 70, 80, 90)
"""Lower bounds of the ten map classes in percent; absolute, so that colours mean the same on every date."""


UNKNOWN_PATTERN = {"shape": "/", "size": 7, "solidity": 0.35}
BROKEN_PATTERN = {"shape": "x", "size": 6, "solidity": 0.4}
OPEN_PATTERN = {"shape": ".", "size": 7, "solidity": 0.22}


def palette(*, dark: bool, high_contrast: bool = False) -> Palette:
    """Palette of the reader's theme."""
    if high_contrast:
        return HIGH_DARK if dark else HIGH_LIGHT
    return DARK if dark else LIGHT


def not_online(colours: Palette) -> dict[str, object]:
    """Marker of what is reported and not online: sparse dots, since it is no fault and not the message."""
    return hatched(colours.open, colours.surface, OPEN_PATTERN)


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
        "tickfont": {"color": colours.muted, "size": tokens.CHART_LABEL}, "title": {"font": {"color": colours.muted, "size": tokens.CHART_LABEL}},
        "automargin": True, "fixedrange": True,
    }  # fmt: skip
    return go.layout.Template(
        layout={
            "separators": ",.",
            "font": {"family": FONT, "color": colours.text, "size": tokens.CHART_TEXT},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": [colours.live, colours.mark, colours.broken, colours.unknown],
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "xaxis": axis,
            "yaxis": axis,
            "hoverlabel": {"font": {"family": FONT, "size": tokens.CHART_LABEL}},
            "legend": {"orientation": "h", "y": -0.18, "x": 0, "font": {"size": tokens.CHART_LABEL}},
            "bargap": 0.35,
            "dragmode": False,
        }
    )


for _colours in PALETTES:
    pio.templates[_colours.name] = _template(_colours)


def watermark(figure: go.Figure, colours: Palette, *, example: bool) -> go.Figure:
    """Mark a figure that shows invented values so that no crop or copy can lose it."""
    if example:
        figure.add_annotation(
            text=EXAMPLE_MARK, xref="paper", yref="paper", x=1, y=1, xanchor="right", yanchor="bottom",
            showarrow=False, font={"size": tokens.CHART_SMALL, "color": colours.broken},
        )  # fmt: skip
        figure.update_layout(margin={"t": 30})
    return figure
