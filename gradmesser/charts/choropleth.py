"""The map as a plotly figure: the same rows as the interactive map, for pictures that leave the app."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd
import plotly.graph_objects as go

from gradmesser.charts import tokens
from gradmesser.charts.tokens import Palette


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """Look of one class: its key in the rows, the word in the legend, its colour."""

    key: str
    label: str
    colour: str


def choropleth(
    rows: pd.DataFrame, fills: Sequence[Fill], geometry_url: str, colours: Palette, *, title: str, caption: str
) -> go.Figure:
    """One trace a class, so that the legend names classes; finding above, source and Stand below, inside the picture.

    rows: ars, name, klasse (NaN is drawn as not responsible). The geometry is fetched by the browser from geometry_url,
    whose rings run clockwise; topojsonURL in the config keeps plotly from loading a world map.
    """
    figure = go.Figure()
    for fill in fills:
        part = rows[rows["klasse"] == fill.key]
        figure.add_choropleth(
            geojson=geometry_url,
            featureidkey="id",
            locations=part["ars"],
            z=[1] * len(part),
            colorscale=[[0, fill.colour], [1, fill.colour]],
            showscale=False,
            showlegend=True,
            name=f"{fill.label}: {len(part)}",
            text=part["name"].map(lambda name: escape(name, quote=False)),
            hovertemplate=f"%{{text}}: {fill.label}<extra></extra>",
            marker={"line": {"color": tokens.edge(colours, fill.colour), "width": 0.6}},
        )
    figure.update_geos(visible=False, fitbounds="locations", projection_type="mercator", bgcolor="rgba(0,0,0,0)")
    figure.add_annotation(
        text=caption, xref="paper", yref="paper", x=0, y=-0.02, xanchor="left", yanchor="top", showarrow=False,
        align="left", font={"size": 12, "color": colours.muted},
    )  # fmt: skip
    return figure.update_layout(
        template=colours.name,
        title={"text": title, "x": 0, "xanchor": "left", "font": {"size": 20}},
        paper_bgcolor=colours.surface,
        height=760,
        margin={"t": 90, "b": 90, "l": 10, "r": 10},
        legend={"orientation": "v", "x": 1, "y": 1, "xanchor": "right"},
    )
