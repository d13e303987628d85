"""The ground under the daily map: land, borders and countries of a box, from packaged data.

* Nothing is fetched: the file in `basemap_data/` is Natural Earth, public domain.
* Lines that two countries share come once, as borders; all others are coasts.
* A box may pass the antimeridian: its east is then beyond 180.
* Where borders are disputed, the data show who holds the ground, and the line is dashed; that is no position of ours.
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypedDict

import numpy as np
import shapely
from babel import Locale
from babel.core import get_global
from numpy.typing import NDArray
from shapely import Geometry, LineString, MultiLineString, MultiPolygon, Point, Polygon
from shapely.affinity import translate

__all__ = [
    "Atlas",
    "Country",
    "MapBox",
    "MapGround",
    "atlas",
    "country_name",
    "ground",
    "label_point",
]

TURN_DEG = 360.0
LABEL_TOLERANCE_DEG = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class MapBox:
    """A part of the globe in degrees; `east` is greater than `west`, beyond 180 if it must be."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country, or a territory without an ISO code, as far as it lies in a box."""

    iso_numeric: str
    """ISO 3166-1, three digits; empty where ISO has none."""
    name: str
    """In English, as Natural Earth abbreviates it; for readers, see `country_name`."""
    area: MultiPolygon
    label_lon: float
    label_lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MapGround:
    """What a map of a box draws under its markers; lon, lat in degrees, clipped to the box."""

    countries: tuple[Country, ...]
    borders: MultiLineString
    open_borders: MultiLineString
    """Contested borders, and those of a territory without an ISO code: maps draw them dashed."""
    coasts: MultiLineString


class _PackedCountry(TypedDict):
    iso: str
    name: str
    polygons: list[list[list[int]]]


class _Packed(TypedDict):
    steps_per_degree: int
    arcs: list[list[int]]
    open: list[int]
    countries: list[_PackedCountry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Atlas:
    """All of the packaged data: a polygon may pass the antimeridian, its degrees then go on beyond 180."""

    codes: tuple[tuple[str, str], ...]
    """ISO code and name of each country."""
    polygons: tuple[Polygon, ...]
    owners: tuple[int, ...]
    """The country of each polygon."""
    borders: tuple[LineString, ...]
    open_borders: tuple[LineString, ...]
    coasts: tuple[LineString, ...]


def ground(box: MapBox) -> MapGround:
    """The land, the lines and the countries within the box."""
    whole = atlas()
    pieces: dict[int, list[Polygon]] = {}
    for index, part in _clipped(whole.polygons, box):
        areas = [shape for shape in _parts(shapely.make_valid(part)) if isinstance(shape, Polygon)]
        pieces.setdefault(whole.owners[index], []).extend(areas)
    return MapGround(
        countries=tuple(
            _country(whole.codes[owner], pieces[owner]) for owner in sorted(pieces) if pieces[owner]
        ),
        borders=_lines(whole.borders, box),
        open_borders=_lines(whole.open_borders, box),
        coasts=_lines(whole.coasts, box),
    )


def country_name(iso_numeric: str, language: str) -> str | None:
    """The country's name in the language, from Unicode's CLDR; none without an ISO code."""
    codes = get_global("territory_aliases").get(iso_numeric)
    if not codes:
        return None
    return Locale(language).territories.get(codes[0])


def _country(code: tuple[str, str], areas: Sequence[Polygon]) -> Country:
    iso_numeric, name = code
    label = label_point(max(areas, key=lambda area: area.area))
    return Country(
        iso_numeric=iso_numeric,
        name=name,
        area=MultiPolygon([a for a in _parts(shapely.union_all(areas)) if isinstance(a, Polygon)]),
        label_lon=label.x,
        label_lat=label.y,
    )


def label_point(area: Polygon) -> Point:
    """Return the middle of the largest circle that fits: where a name has most room."""
    radius = shapely.maximum_inscribed_circle(area, tolerance=LABEL_TOLERANCE_DEG)
    return Point(radius.coords[0])


def _lines(lines: Sequence[LineString], box: MapBox) -> MultiLineString:
    parts = (shape for _, part in _clipped(lines, box) for shape in _parts(part))
    merged = shapely.line_merge(MultiLineString([p for p in parts if isinstance(p, LineString)]))
    return MultiLineString([shape for shape in _parts(merged) if isinstance(shape, LineString)])


def _clipped(shapes: Sequence[Geometry], box: MapBox) -> Iterator[tuple[int, Geometry]]:
    """Each shape's number and its part in the box, looked for on each turn of the globe."""
    bounds = shapely.bounds(np.array(shapes))
    for turn in (-TURN_DEG, 0.0, TURN_DEG):
        hit = (
            (bounds[:, 0] + turn <= box.east)
            & (bounds[:, 2] + turn >= box.west)
            & (bounds[:, 1] <= box.north)
            & (bounds[:, 3] >= box.south)
        )
        for index in np.flatnonzero(hit).tolist():
            shape = shapely.make_valid(translate(shapes[index], xoff=turn))
            part = shapely.clip_by_rect(shape, box.west, box.south, box.east, box.north)
            if not part.is_empty:
                yield index, part


def _parts(geometry: Geometry) -> list[Geometry]:
    """The simple shapes of a geometry, however deep it nests them, without the empty ones."""
    return [shape for shape in shapely.get_parts(geometry).tolist() if not shape.is_empty]


@cache
def atlas() -> Atlas:
    """Return the packaged data, unpacked once: they never change while the program runs."""
    content = (files(__package__) / "basemap_data" / "countries.json.gz").read_bytes()
    packed: _Packed = json.loads(gzip.decompress(content))
    scale = packed["steps_per_degree"]
    arcs = [np.cumsum(np.reshape(arc, (-1, 2)), axis=0) / scale for arc in packed["arcs"]]
    polygons: list[Polygon] = []
    owners: list[int] = []
    users: dict[int, set[int]] = {}
    for owner, country in enumerate(packed["countries"]):
        for rings in country["polygons"]:
            for number in (arc for ring in rings for arc in ring):
                users.setdefault(max(number, ~number), set()).add(owner)
            outer, *holes = (_ring(ring, arcs) for ring in rings)
            if len(outer) > 3:  # noqa: PLR2004 - a triangle, closed
                polygons.append(Polygon(outer, [hole for hole in holes if len(hole) > 3]))  # noqa: PLR2004
                owners.append(owner)
    codes = tuple((country["iso"], country["name"]) for country in packed["countries"])
    lines: dict[str, list[LineString]] = {"border": [], "open": [], "coast": []}
    contested = set(packed["open"])
    for number, owners_of_arc in users.items():
        if len(arcs[number]) > 1:
            kind = "open" if number in contested else _kind(owners_of_arc, codes)
            lines[kind].append(LineString(arcs[number]))
    return Atlas(
        codes=codes,
        polygons=tuple(polygons),
        owners=tuple(owners),
        borders=tuple(lines["border"]),
        open_borders=tuple(lines["open"]),
        coasts=tuple(lines["coast"]),
    )


def _kind(owners: set[int], codes: Sequence[tuple[str, str]]) -> str:
    if len(owners) == 1:
        return "coast"
    return "border" if all(codes[owner][0] for owner in owners) else "open"


def _ring(numbers: Sequence[int], arcs: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The points of a ring, each arc moved by whole turns to go on where the last ended."""
    pieces: list[NDArray[np.float64]] = []
    for number in numbers:
        points = arcs[number] if number >= 0 else arcs[~number][::-1]
        if pieces:
            turns = round((pieces[-1][-1, 0] - points[0, 0]) / TURN_DEG)
            points = np.add(points[1:], (turns * TURN_DEG, 0.0))
        if len(points):
            pieces.append(points)
    return np.concatenate(pieces)
