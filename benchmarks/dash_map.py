"""The map of the Gemeinden in Dash, as its own guides advise: geometry by URL, a change sends only the values.

`python -m benchmarks.dash_map PORT`: a title, a list of days and the map, nothing else; data as GRADMESSER_DATA.
"""

import sys

import plotly.graph_objects as go
from dash import Dash, Input, Output, Patch, dcc, html

from gradmesser import store
from gradmesser.catalog import places


def application() -> Dash:
    """The Dash application on the published database."""
    known = store.known_by(None)
    areas = store.fetch("gemeinden")
    history = store.fetch("karte_verlauf", wissen=known)
    shares = (100 * history["n"] / history["nenner"]).round(1)
    by_day = {
        day: part.set_index("ars")["share"] for day, part in history.assign(share=shares).groupby("stichtag", sort=True)
    }
    days = {f"{day:%d.%m.%Y}": day for day in reversed(by_day)}
    file = store.fetch("geometrie").set_index("ebene")["datei"]["gemeinden"]

    def values(day: str) -> list[float]:
        return areas["zustaendig_ars"].map(by_day[days[day]]).tolist()

    first = next(iter(days))
    figure = go.Figure(
        go.Choropleth(
            geojson=f"/assets/geo/{file}", featureidkey="id", locations=areas["ars"], z=values(first), text=areas["name"],
            zmin=0, zmax=100, colorscale="Blues", marker_line_width=0.6,
        )
    )  # fmt: skip
    figure.update_geos(visible=False, fitbounds="locations", projection_type="mercator")
    figure.update_layout(height=760, margin={"t": 0, "b": 0, "l": 0, "r": 0})
    app = Dash(assets_folder=str(places.STATIC), serve_locally=True)
    app.layout = html.Main(
        [
            html.H1("Karte"),
            dcc.Dropdown(list(days), first, id="stand", clearable=False),
            dcc.Graph(id="karte", figure=figure, config={"topojsonURL": "/assets/"}),
        ]
    )

    @app.callback(Output("karte", "figure"), Input("stand", "value"), prevent_initial_call=True)
    def another_day(day: str) -> Patch:
        changed = Patch()
        changed["data"][0]["z"] = values(day)
        return changed

    return app


if __name__ == "__main__":
    application().run(host="127.0.0.1", port=int(sys.argv[1]), debug=False)
