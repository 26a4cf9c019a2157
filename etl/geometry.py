"""Boundaries for the map: read, simplified once, dissolved upward, written for the browser.

The Gemeinden are simplified together as one coverage and then united to Verwaltungen and Kreise, so that a border that
two levels share is the same line in all files. Rings run clockwise, holes counter-clockwise: the opposite of RFC 7946,
because d3 (inside plotly's geo traces) reads a counter-clockwise ring as "everything but this area".
"""

import importlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from etl.registers import LAND, ReferenceError, ags_of, content_of, decode  # noqa: A004

DECIMALS = 4
MAX_VERTICES = 15_500
FIRST_TOLERANCE = 0.0005
TOLERANCE_STEP = 1.1
TOLERANCE_LIMIT = 0.05
BOUNDS = (9.5, 50.0, 13.0, 52.0)

_LONG_LAT = ("EPSG:4326", "EPSG:4258", "OGC:CRS84", "CRS84")
_GEOPACKAGE = b"SQLite format 3\x00"
_KEY_NAMES = ("ags", "ars", "rs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Simplified:
    """Gemeinden by AGS after simplification: degrees, 4 decimals; vertices before and after, tolerance in degrees."""

    geometries: Mapping[str, BaseGeometry]
    vertices_before: int
    vertices: int
    tolerance: float


def read_boundaries(path: Path) -> dict[str, BaseGeometry]:
    """Boundaries of the Thüringen Gemeinden by AGS, as polygons in WGS84 degrees.

    Reads GeoJSON (feature id or property AGS or ARS) and, with the optional package pyogrio, GeoPackages such as BKG
    VG250 (layer vg250_gem). Where a column GF exists only land areas (GF = 4) count. Raises ReferenceError (German).
    """
    content = content_of(path)
    packed = content.startswith(_GEOPACKAGE)
    features = _geopackage(path) if packed else _geojson(decode(content, path.name), path.name)
    found: dict[str, BaseGeometry] = {}
    for key, geometry in features:
        ags = key if len(key) == len("16051000") else ags_of(key)
        if not ags.startswith(LAND):
            continue
        if ags in found:
            raise ReferenceError(
                f"{path.name}: Gemeinde {ags} kommt zweimal vor. "
                "Erwartet wird eine Fläche je Gemeinde (bei VG250 die mit GF = 4)."
            )
        found[ags] = _checked(geometry, ags, path.name)
    if not found:
        raise ReferenceError(f"{path.name} enthält keine Gemeinden aus Thüringen (AGS mit dem Anfang {LAND}).")
    return found


def simplify(boundaries: Mapping[str, BaseGeometry]) -> Simplified:
    """Simplify all Gemeinden together until they have at most `MAX_VERTICES` vertices, keeping every shared border.

    `boundaries` goes from AGS to polygon in degrees. Raises ReferenceError if the areas overlap, leave a gap, or
    cannot be simplified without damage.
    """
    keys = sorted(boundaries)
    given = np.array([boundaries[key] for key in keys], dtype=object)
    _check_coverage(keys, given)
    tolerance = 0.0
    while tolerance <= TOLERANCE_LIMIT:
        candidate = shapely.transform(shapely.coverage_simplify(given, tolerance), _rounded)
        vertices = int(shapely.get_num_coordinates(candidate).sum())
        if vertices <= MAX_VERTICES and _is_clean(candidate):
            return Simplified(
                geometries=dict(zip(keys, candidate, strict=True)),
                vertices_before=int(shapely.get_num_coordinates(given).sum()),
                vertices=vertices,
                tolerance=tolerance,
            )
        tolerance = tolerance * TOLERANCE_STEP or FIRST_TOLERANCE
    raise ReferenceError(
        f"Die Grenzen lassen sich nicht auf {MAX_VERTICES} Stützpunkte vereinfachen, ohne dass Flächen verschwinden. "
        "Bitte eine gröbere amtliche Fassung verwenden (VG250 statt VG25)."
    )


def dissolve(geometries: Mapping[str, BaseGeometry], groups: Mapping[str, str]) -> dict[str, BaseGeometry]:
    """Unite areas: `groups` names the group of every key; borders of the groups are borders of their members."""
    grouped: dict[str, list[BaseGeometry]] = {}
    for key in sorted(geometries):
        grouped.setdefault(groups[key], []).append(geometries[key])
    return {group: shapely.coverage_union_all(grouped[group]) for group in sorted(grouped)}


def feature_collection(geometries: Mapping[str, BaseGeometry], names: Mapping[str, str]) -> bytes:
    """Compact GeoJSON in UTF-8, features in the order of their ids, rings clockwise, the same bytes at every run."""
    features = [
        {"type": "Feature", "id": key, "properties": {"name": names[key]}, "geometry": _outline(geometries[key])}
        for key in sorted(geometries)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return (json.dumps(collection, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _outline(geometry: BaseGeometry) -> dict[str, object]:
    drawn = shapely.orient_polygons(shapely.normalize(geometry), exterior_cw=True)
    return json.loads(shapely.to_geojson(shapely.transform(drawn, _rounded)))


def _rounded(coordinates: np.ndarray) -> np.ndarray:
    return np.round(coordinates, DECIMALS)


def _check_coverage(keys: list[str], polygons: np.ndarray) -> None:
    if not shapely.coverage_is_valid(polygons):
        edges = shapely.coverage_invalid_edges(polygons)
        places = [key for key, edge in zip(keys, edges, strict=True) if not edge.is_empty]
        raise ReferenceError(
            f"Die Gemeindegrenzen überlappen sich oder passen nicht aneinander: {_some(places)}. "
            "Bitte die unveränderte amtliche Fassung (BKG VG250) verwenden."
        )
    holes = [point.coords[0] for point in _hole_points(shapely.coverage_union_all(polygons))]
    if holes:
        spots = [f"{x:.3f} O, {y:.3f} N" for x, y in holes]
        raise ReferenceError(
            f"Zwischen den Gemeindegrenzen bleiben Lücken, zum Beispiel bei {_some(spots)}. "
            "Bitte die unveränderte amtliche Fassung (BKG VG250) verwenden."
        )


def _hole_points(area: BaseGeometry) -> list[shapely.Point]:
    parts = shapely.get_parts(area)
    return [shapely.Polygon(ring).representative_point() for part in parts for ring in part.interiors]


def _is_clean(polygons: np.ndarray) -> bool:
    return bool(
        shapely.is_valid(polygons).all()
        and (shapely.area(polygons) > 0).all()
        and shapely.coverage_is_valid(polygons)
        and not _hole_points(shapely.coverage_union_all(polygons))
    )


def _checked(geometry: BaseGeometry, ags: str, file: str) -> BaseGeometry:
    if geometry.geom_type not in ("Polygon", "MultiPolygon") or geometry.is_empty:
        raise ReferenceError(
            f"{file}: Gemeinde {ags} hat keine Fläche ({geometry.geom_type}). Erwartet werden Polygone."
        )
    if not geometry.is_valid:
        reason = shapely.is_valid_reason(geometry)
        raise ReferenceError(f"{file}: Die Fläche der Gemeinde {ags} ist fehlerhaft ({reason}).")
    west, south, east, north = geometry.bounds
    if not (BOUNDS[0] <= west and BOUNDS[1] <= south and east <= BOUNDS[2] and north <= BOUNDS[3]):
        raise ReferenceError(
            f"{file}: Gemeinde {ags} liegt bei {west:.2f}, {south:.2f}, also nicht in Thüringen. "
            "Bitte Koordinaten in WGS84 (Grad, Länge vor Breite) angeben."
        )
    return shapely.force_2d(geometry)


def _some(items: list[str]) -> str:
    shown = 5
    return ", ".join(items[:shown]) + (f" und {len(items) - shown} weitere" if len(items) > shown else "")


def _geojson(text: str, file: str) -> Iterator[tuple[str, BaseGeometry]]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise ReferenceError(
            f"{file} ist weder GeoJSON noch ein GeoPackage (Zeile {error.lineno}: {error.msg})."
        ) from error
    if not isinstance(data, dict) or data.get("type") != "FeatureCollection":
        raise ReferenceError(f"{file} ist kein GeoJSON mit Gemeinden (erwartet: FeatureCollection).")
    system = json.dumps(data.get("crs", "")).upper().replace("::", ":").replace(":1.3:", ":")
    if data.get("crs") and not any(name in system for name in _LONG_LAT):
        raise ReferenceError(f"{file} ist nicht in WGS84 gespeichert ({data['crs']}). Bitte als EPSG:4326 ausgeben.")
    for number, feature in enumerate(data.get("features", []), start=1):
        properties = {name.lower(): value for name, value in (feature.get("properties") or {}).items()}
        if _is_land(properties):
            yield _key(feature.get("id"), properties, f"{file}, Fläche {number}"), _geometry(feature, file, number)


def _geometry(feature: Mapping[str, object], file: str, number: int) -> BaseGeometry:
    try:
        return shapely.from_geojson(json.dumps(feature.get("geometry")))
    except shapely.errors.GEOSException as error:
        raise ReferenceError(f"{file}, Fläche {number}: Die Geometrie ist nicht lesbar ({error}).") from error


def _is_land(properties: Mapping[str, object]) -> bool:
    return "gf" not in properties or str(properties["gf"]).removesuffix(".0") == "4"


def _key(identity: object, properties: Mapping[str, object], place: str) -> str:
    candidates = [identity, *(properties.get(name) for name in _KEY_NAMES)]
    keys = [str(each) for each in candidates if each is not None]
    for pattern in ("[0-9]{8}", "[0-9]{12}"):
        for key in keys:
            if re.fullmatch(pattern, key):
                return key
    raise ReferenceError(
        f"{place}: kein Gemeindeschlüssel gefunden (id oder Eigenschaft AGS mit 8, ARS mit 12 Ziffern; "
        f"gefunden: {', '.join(keys) or 'nichts'}). Erwartet werden die Grenzen der Gemeinden, nicht der Kreise."
    )


def _geopackage(path: Path) -> Iterator[tuple[str, BaseGeometry]]:
    reader = _optional(
        "pyogrio",
        f"{path.name} ist ein GeoPackage; dafür fehlt das Paket pyogrio. "
        "Bitte `pip install -r requirements-geo.txt` ausführen oder die Grenzen als GeoJSON (WGS84) angeben.",
    )
    try:
        layers = [str(name) for name, kind in reader.list_layers(path) if kind and "olygon" in kind]
    except importlib.import_module("pyogrio.errors").DataSourceError as error:
        raise ReferenceError(
            f"{path.name} ist ein beschädigtes GeoPackage ({error}). Bitte neu herunterladen."
        ) from error
    layer = next((name for name in layers if name.lower().endswith("_gem")), layers[0] if len(layers) == 1 else None)
    if layer is None:
        raise ReferenceError(
            f"{path.name}: Keine Ebene mit Gemeinden gefunden "
            f"(erwartet vg250_gem, vorhanden: {_some(layers) or 'keine'})."
        )
    meta, _, shapes, columns = importlib.import_module("pyogrio.raw").read(path, layer=layer)
    geometries = _in_degrees(shapely.from_wkb(shapes), str(meta["crs"]), path.name)
    names = [str(name).lower() for name in meta["fields"]]
    for number, (geometry, *values) in enumerate(zip(geometries, *columns, strict=True), start=1):
        properties = {name: value for name, value in zip(names, values, strict=True) if not _is_gap(value)}
        if _is_land(properties):
            yield _key(None, properties, f"{path.name}, Ebene {layer}, Fläche {number}"), geometry


def _is_gap(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _optional(module: str, missing: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ReferenceError(missing) from error


def _in_degrees(geometries: np.ndarray, system: str, file: str) -> np.ndarray:
    if system in _LONG_LAT:
        return geometries
    pyproj = _optional(
        "pyproj",
        f"{file} liegt in {system} vor; zum Umrechnen fehlt das Paket pyproj. "
        "Bitte `pip install pyproj` ausführen oder die Grenzen in WGS84 (EPSG:4326) angeben.",
    )
    transformer = pyproj.Transformer.from_crs(system, "EPSG:4326", always_xy=True)

    def to_degrees(coordinates: np.ndarray) -> np.ndarray:
        return np.column_stack(transformer.transform(coordinates[:, 0], coordinates[:, 1]))

    return shapely.transform(geometries, to_degrees)
