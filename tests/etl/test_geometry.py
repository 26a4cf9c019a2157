"""Boundaries: read in several forms, refused when unsound, simplified without gaps, written clockwise."""

import importlib.util
import json
import math
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import geometry, registers

WEST, SOUTH, SIDE = 11.0, 50.8, 0.1


def square(column: float, row: float, side: float = SIDE) -> shapely.Polygon:
    x, y = round(WEST + column * SIDE, 4), round(SOUTH + row * SIDE, 4)
    return shapely.box(x, y, round(x + side, 4), round(y + side, 4))


def feature(area: object, *, identity: object = None, **properties: object) -> dict[str, object]:
    mapped = json.loads(shapely.to_geojson(area)) if isinstance(area, shapely.Geometry) else area
    return {"type": "Feature", "id": identity, "properties": properties, "geometry": mapped}


def written(folder: Path, features: Sequence[Mapping[str, object]], **members: object) -> Path:
    path = folder / "grenzen.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **members}), "utf-8")
    return path


def signed_area(ring: Sequence[Sequence[float]]) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)) / 2


# Reading


@pytest.mark.parametrize(
    "given_key",
    [
        {"identity": "16071038"},
        {"identity": 16071038},
        {"identity": "vg250_gem.7", "AGS": "16071038", "ARS": "160715008038"},
        {"ags": "16071038"},
        {"ARS": "160715008038"},
        {"identity": "160715008038"},
    ],
)
def test_the_key_is_found_in_the_id_or_the_properties(tmp_path: Path, given_key: dict[str, object]) -> None:
    found = geometry.read_boundaries(written(tmp_path, [feature(square(0, 0), **given_key)]))
    assert found.keys() == {"16071038"}
    assert found["16071038"].equals(square(0, 0))


def test_water_and_other_laender_are_passed_over(tmp_path: Path) -> None:
    features = [
        feature(square(0, 0), AGS="16071038", GF=4),
        feature(square(1, 0), AGS="16071038", GF=2),
        feature(square(2, 0), AGS="14521010", GF=4.0),
    ]
    assert geometry.read_boundaries(written(tmp_path, features)).keys() == {"16071038"}


def test_heights_are_dropped(tmp_path: Path) -> None:
    area = shapely.force_3d(square(0, 0), 200.0)
    found = geometry.read_boundaries(written(tmp_path, [feature(area, identity="16071038")]))
    assert not shapely.has_z(found["16071038"])


@pytest.mark.parametrize(
    ("features", "reason"),
    [
        ([], "keine Gemeinden aus Thüringen"),
        ([feature(square(0, 0), identity="16071")], "nicht der Kreise"),
        ([feature(square(0, 0))], "gefunden: nichts"),
        ([feature(square(0, 0), identity="16071038")] * 2, "16071038 kommt zweimal vor"),
        ([feature(shapely.Point(11, 51), identity="16071038")], "hat keine Fläche"),
        ([feature(shapely.Polygon(), identity="16071038")], "hat keine Fläche"),
        ([feature(shapely.box(640_000, 5_600_000, 650_000, 5_610_000), identity="16071038")], "nicht in Thüringen"),
        ([feature(shapely.box(50.8, 11.0, 50.9, 11.1), identity="16071038")], "nicht in Thüringen"),
        ([feature({"type": "Polygon", "coordinates": [[[11, 51]]]}, identity="16071038")], "nicht lesbar"),
        (
            [feature(shapely.Polygon([(11, 51), (11.1, 51.1), (11.1, 51), (11, 51.1)]), identity="16071038")],
            "ist fehlerhaft",
        ),
    ],
)
def test_unsound_boundaries_are_refused(tmp_path: Path, features: list[dict[str, object]], reason: str) -> None:
    with pytest.raises(registers.ReferenceError, match=reason) as caught:
        geometry.read_boundaries(written(tmp_path, features))
    assert "grenzen.geojson" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "ist leer"),
        ("Karte", "weder GeoJSON noch"),
        ("[1]", "kein GeoJSON mit"),
        ('{"type":"Topology"}', "kein Geo"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "karte.json"
    path.write_text(content, "utf-8")
    with pytest.raises(registers.ReferenceError, match=reason):
        geometry.read_boundaries(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(registers.ReferenceError, match=r"fehlt\.geojson lässt sich nicht lesen"):
        geometry.read_boundaries(tmp_path / "fehlt.geojson")


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", True),
        ("urn:ogc:def:crs:EPSG::4326", True),
        ("urn:ogc:def:crs:EPSG::25832", False),
    ],
)
def test_only_degrees_are_taken(tmp_path: Path, name: str, *, known: bool) -> None:
    crs = {"type": "name", "properties": {"name": name}}
    path = written(tmp_path, [feature(square(0, 0), identity="16071038")], crs=crs)
    if known:
        assert geometry.read_boundaries(path).keys() == {"16071038"}
    else:
        with pytest.raises(registers.ReferenceError, match="nicht in WGS84"):
            geometry.read_boundaries(path)


# GeoPackage, an optional extra


def test_a_geopackage_without_pyogrio_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "vg250.gpkg"
    path.write_bytes(b"SQLite format 3\x00" + bytes(100))
    monkeypatch.setitem(sys.modules, "pyogrio", None)
    with pytest.raises(registers.ReferenceError, match="fehlt das Paket pyogrio"):
        geometry.read_boundaries(path)


def geopackage(path: Path, *, crs: str, shift: float = 0.0, layer: str = "vg250_gem") -> Path:
    raw = pytest.importorskip("pyogrio.raw")
    areas = np.array([square(0, 0), square(1, 0), square(1, 0), square(2, 0)])
    areas = shapely.transform(areas, lambda points: points + shift)
    columns = {
        "AGS": ["16071038", "16071042", "16071042", "14521010"],
        "ARS": ["160715008038", "160715008042", "160715008042", "145215103010"],
        "GF": np.array([4, 4, 2, 4], dtype="int32"),
    }
    for name, kind in ((layer, "Polygon"), ("vg250_krs", "Polygon")):
        raw.write(
            path,
            geometry=np.array(shapely.to_wkb(areas), dtype=object),
            field_data=[np.array(values, dtype=getattr(values, "dtype", object)) for values in columns.values()],
            fields=list(columns),
            layer=name,
            driver="GPKG",
            geometry_type=kind,
            crs=crs,
            append=path.exists(),
        )
    return path


def test_a_geopackage_gives_the_land_areas_of_its_gemeinden(tmp_path: Path) -> None:
    found = geometry.read_boundaries(geopackage(tmp_path / "vg250.gpkg", crs="EPSG:4326"))
    assert found.keys() == {"16071038", "16071042"}
    assert found["16071042"].equals(square(1, 0))


def test_a_geopackage_without_a_layer_of_gemeinden_is_refused(tmp_path: Path) -> None:
    path = geopackage(tmp_path / "x.gpkg", crs="EPSG:4326", layer="flaechen")
    with pytest.raises(registers.ReferenceError, match="vorhanden: flaechen, vg250_krs"):
        geometry.read_boundaries(path)


def test_a_broken_geopackage_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("pyogrio")
    path = tmp_path / "kaputt.gpkg"
    path.write_bytes(b"SQLite format 3\x00" + bytes(100))
    with pytest.raises(registers.ReferenceError, match="beschädigtes GeoPackage"):
        geometry.read_boundaries(path)


def test_a_projected_geopackage_is_turned_into_degrees_or_refused(tmp_path: Path) -> None:
    pytest.importorskip("pyogrio")
    path = tmp_path / "utm.gpkg"
    if importlib.util.find_spec("pyproj") is None:
        with pytest.raises(registers.ReferenceError, match="fehlt das Paket pyproj"):
            geometry.read_boundaries(geopackage(path, crs="EPSG:25832", shift=600_000))
    else:
        with pytest.raises(registers.ReferenceError, match="nicht in Thüringen"):
            geometry.read_boundaries(geopackage(path, crs="EPSG:25832", shift=600_000))


# Simplifying


def grid(columns: int, rows: int) -> dict[str, shapely.Polygon]:
    cells = [(column, row) for row in range(rows) for column in range(columns)]
    return {f"16071{number:03d}": square(column, row) for number, (column, row) in enumerate(cells)}


def test_a_simple_coverage_stays_as_it_is() -> None:
    simplified = geometry.simplify(grid(3, 2))
    assert (simplified.vertices_before, simplified.vertices, simplified.tolerance) == (30, 30, 0.0)
    assert all(simplified.geometries[key].equals(area) for key, area in grid(3, 2).items())


def test_a_fine_border_is_thinned_on_both_sides_alike() -> None:
    steps = np.linspace(0, 1, 12_000)
    wave = [(11.1 + 0.003 * math.sin(40 * math.pi * t), 50.8 + 0.1 * t) for t in steps]
    left = shapely.Polygon([(11.0, 50.8), *wave, (11.0, 50.9)])
    right = shapely.Polygon([(11.2, 50.8), *wave, (11.2, 50.9)])
    simplified = geometry.simplify({"16071001": left, "16071002": right})
    areas = [simplified.geometries[key] for key in ("16071001", "16071002")]
    assert simplified.vertices <= geometry.MAX_VERTICES < simplified.vertices_before
    assert shapely.coverage_is_valid(areas)
    assert shapely.area(areas[0]) == pytest.approx(left.area, rel=0.01)
    coordinates = shapely.get_coordinates(areas)
    assert np.array_equal(coordinates, coordinates.round(geometry.DECIMALS))


@pytest.mark.parametrize(
    ("areas", "reason"),
    [
        ([square(0, 0), square(0.5, 0)], "überlappen sich"),
        ([square(0, 0), square(1, 0.3)], "passen nicht aneinander"),
        (
            [area for key, area in grid(3, 3).items() if key != "16071004"],
            "Lücken, zum Beispiel bei 11.150 O, 50.950 N",
        ),
    ],
)
def test_overlaps_and_gaps_are_refused(areas: list[shapely.Polygon], reason: str) -> None:
    with pytest.raises(registers.ReferenceError, match=reason):
        geometry.simplify({f"16071{number:03d}": area for number, area in enumerate(areas)})


def test_borders_of_groups_are_borders_of_their_members() -> None:
    areas = grid(4, 2)
    groups = {key: "west" if area.centroid.x < 11.2 else "ost" for key, area in areas.items()}
    united = geometry.dissolve(areas, groups)
    assert list(united) == ["ost", "west"]
    assert united["west"].equals(shapely.box(11.0, 50.8, 11.2, 51.0))
    assert shapely.coverage_is_valid(list(united.values()))


# Writing


def test_rings_run_clockwise_and_holes_against() -> None:
    ring = shapely.Polygon(square(0, 0, 0.3).exterior, [square(1, 1).exterior])
    data = json.loads(geometry.feature_collection({"b": ring, "a": square(5, 0)}, {"a": "Ä", "b": "Ring"}))
    assert [one["id"] for one in data["features"]] == ["a", "b"]
    assert data["features"][0]["properties"] == {"name": "Ä"}
    outer, hole = data["features"][1]["geometry"]["coordinates"]
    assert signed_area(outer) < 0 < signed_area(hole)


@settings(deadline=None)
@given(radii=st.lists(st.floats(0.01, 0.1), min_size=3, max_size=12))
def test_any_area_is_written_clockwise_and_the_same_from_either_direction(radii: list[float]) -> None:
    angles = [2 * math.pi * index / len(radii) for index in range(len(radii))]
    points = [(11 + r * math.cos(a), 51 + r * math.sin(a)) for r, a in zip(radii, angles, strict=True)]
    star = shapely.Polygon(points)
    content = geometry.feature_collection({"k": star}, {"k": "Stern"})
    assert content == geometry.feature_collection({"k": shapely.reverse(star)}, {"k": "Stern"})
    assert signed_area(json.loads(content)["features"][0]["geometry"]["coordinates"][0]) < 0
