"""A page with nothing but the map: what test_svgmap.py opens, with the geometry it wrote to static/ beside a copy of this.

The address chooses: ?geo= the file in static/, ?frames=1 a time lapse, ?units=fewer or
?units=others values for units that the geometry does not have, ?notice=1 a notice above the map once a unit was opened.
"""

import json
from pathlib import Path

import streamlit as st

from gradmesser.ui.svgmap import MapCell, MapClass, MapFrame, class_letters, svgmap

SENTENCE = "{0} von {1}, {2} ohne Meldung"
CLASSES = (
    MapClass(key="low", label="bis 40", colour_light="#d8e1f4", colour_dark="#04158d", pattern="none"),
    MapClass(key="mid", label="41 bis 80", colour_light="#7694d5", colour_dark="#3a5eb9", pattern="none"),
    MapClass(key="high", label="mehr als 80", colour_light="#2044aa", colour_dark="#b2c4e9", pattern="none"),
    MapClass(
        key="unknown",
        label="keine Meldung",
        colour_light="#e8e9ef",
        colour_dark="#30344f",
        pattern="hatch",
        sentence="",
    ),
    MapClass(
        key="none", label="nicht zuständig", colour_light="#ffffff", colour_dark="#000000", pattern="empty", sentence=""
    ),
)
TOP = 121


def cell(place: int, shift: int) -> MapCell:
    """Invented values: every sixth unit without report, every sixth not responsible, the others spread over 0 to 121."""
    if place % 6 == 4:
        return MapCell(class_key="unknown")
    if place % 6 == 5:
        return MapCell(class_key="none")
    count = (57 + 37 * place + 11 * shift) % (TOP + 1)
    key = "low" if count <= 40 else "mid" if count <= 80 else "high"
    return MapCell(class_key=key, numbers=(count, TOP, (7 * place + shift) % 20))


def cells(order: list[str], shift: int) -> dict[str, MapCell]:
    """One cell a unit."""
    return {ars: cell(place, shift) for place, ars in enumerate(order)}


def take_frame(frame: str) -> None:
    """What a page does with the frame: keep it where its other controls are."""
    st.session_state["frame"] = frame


st.set_page_config(page_title="Karte", layout="wide")
geo = st.query_params.get("geo", "areas")
static = Path(__file__).parent / "static"
known = static / f"{geo}.geojson"
geometry = json.loads((known if known.exists() else static / "areas.geojson").read_text(encoding="utf-8"))
ids = sorted(feature["id"] for feature in geometry["features"])
with_frames = "frames" in st.query_params

left, right = st.columns(2)
if left.button("Andere Werte"):
    st.session_state["shift"] = st.session_state.get("shift", 0) + 1
if right.toggle("Hinweis über der Karte"):
    st.info("Ein Hinweis")
if "notice" in st.query_params and "selected" in st.session_state:
    st.info("Ein Hinweis zur Auswahl")
frame_key = st.session_state.setdefault("frame", "2026-03")
shift_now = int(frame_key[-2:]) if with_frames else st.session_state.get("shift", 0)
told = {"fewer": ids[1:], "others": [*ids[:-1], "169999999999"]}.get(st.query_params.get("units", ""), ids)
values = cells(told, shift_now)
time_lapse = [
    MapFrame(
        key=f"2026-{month:02}",
        label=f"Monat {month}",
        letters=class_letters({ars: one.class_key for ars, one in cells(ids, month).items()}, CLASSES),
    )
    for month in range(1, 25 if geo == "many" else 7)
]
opened = svgmap(
    key="karte",
    geometry_url=f"app/static/{geo}.geojson",
    values=values,
    classes=CLASSES,
    sentence=SENTENCE,
    title="Leistungen online je Gemeinde",
    description="Karte mit erfundenen Werten.",
    selected=st.session_state.get("selected"),
    unit_plural="Gemeinden",
    outlines_url="app/static/outlines.geojson",
    height_px=int(st.query_params.get("height", "480")),
    on_select=lambda ars: st.session_state.update(selected=ars),
    frames=time_lapse if with_frames else None,
    frame=frame_key if with_frames else None,
    on_frame=take_frame,
)
st.text(f"Geöffnet: {opened}")
st.text(f"Gewählt: {st.session_state.get('selected')}")
st.text(f"Zeitpunkt: {frame_key}")
