"""Builds the packaged basemap from the countries of the npm package world-atlas 2.0.2.

- `python -m tools.vendor` fetches the package, checks its hash and calls `build`.
- The source is TopoJSON: a border that two countries share is one arc. We keep the arcs, so that
  simplifying never opens a gap between neighbours and a border is drawn once.
- Contested stretches of borders (`contested.yaml`) become arcs of their own, which maps draw dashed.
- Same package in, same bytes out: the compressed file carries no time.
"""

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NotRequired, TypeAlias, TypedDict, cast

import yaml
from shapely import LineString

__all__ = ["TARGET", "build"]

TARGET = Path(__file__).parents[1] / "src/groundtruce/maps/basemap_data/countries.json.gz"
CONTESTED = Path(__file__).with_name("contested.yaml")

STEPS_PER_DEGREE = 250
"""The grid of the packaged file: 0.004 degrees, under 450 m, one pixel of a map 300 km wide."""
TOLERANCE_DEG = 0.006
"""How far a simplified line may lie from the source: 670 m, less than two such pixels."""
SMALLEST_RING_DEG = 0.02
"""Islands smaller than this in both directions would be a dot of five pixels, and are left out."""
HALF_TURN_DEG = 180
LEFT_OUT = frozenset({"010"})
"""Antarctica: a ring around the pole is no area on this projection, and no truce is kept there."""

Point: TypeAlias = tuple[float, float]
Ring: TypeAlias = list[int]


class Transform(TypedDict):
    """How the integers of a TopoJSON file become degrees."""

    scale: tuple[float, float]
    translate: tuple[float, float]


class Geometry(TypedDict):
    """A country: rings of arc numbers, `~n` being arc n backwards."""

    type: str
    arcs: list[object]
    id: NotRequired[str]
    properties: dict[str, str]


class Contested(TypedDict):
    """A line that is not, or not yet, a border: between which two, and where."""

    name: str
    between: list[str]
    says: str
    box: NotRequired[tuple[float, float, float, float]]


def degrees(arc: Iterable[tuple[int, int]], transform: Transform) -> Iterator[Point]:
    """The points of a delta-coded arc, continuous where the source jumps at the antimeridian."""
    (scale_x, scale_y), (origin_x, origin_y) = transform["scale"], transform["translate"]
    x = y = 0
    turns = 0
    before: float | None = None
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        lon = x * scale_x + origin_x
        if before is not None and abs(lon - before) > HALF_TURN_DEG:
            turns += 1 if lon < before else -1
        before = lon
        yield lon + 360 * turns, y * scale_y + origin_y


def compact(points: list[Point]) -> list[int]:
    """A simplified arc as steps on the grid: first point, then differences, flat."""
    line = LineString(points).simplify(TOLERANCE_DEG, preserve_topology=False)
    steps: list[int] = []
    x = y = 0
    for lon, lat in line.coords:
        to_x, to_y = round(lon * STEPS_PER_DEGREE), round(lat * STEPS_PER_DEGREE)
        if not steps or (to_x, to_y) != (x, y):
            steps += [to_x - x, to_y - y]
        x, y = to_x, to_y
    return steps


def polygons(geometry: Geometry) -> list[list[Ring]]:
    """A country's polygons, whether the source has one or several."""
    if geometry["type"] == "MultiPolygon":
        return cast("list[list[Ring]]", geometry["arcs"])
    return [cast("list[Ring]", geometry["arcs"])]


def is_visible(ring: Ring, arcs: list[list[Point]]) -> bool:
    """Whether a ring is more than a dot on a map of the usual size."""
    points = [point for arc in ring for point in arcs[arc if arc >= 0 else ~arc]]
    lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
    return bool(max(max(lons) - min(lons), max(lats) - min(lats)) >= SMALLEST_RING_DEG)


def build(source: str, contested: str) -> bytes:
    """The packaged file: arcs that are used, renumbered, and the countries made of them."""
    topology = json.loads(source)
    countries = [
        one
        for one in topology["objects"]["countries"]["geometries"]
        if one.get("id") not in LEFT_OUT
    ]
    whole = [list(degrees(arc, topology["transform"])) for arc in topology["arcs"]]
    arcs, pieces, open_arcs = cut(whole, countries, yaml.safe_load(contested))
    numbers: dict[int, int] = {}
    packed_countries = []
    for country in countries:
        kept = [
            [
                [renumbered(piece, numbers) for arc in ring for piece in walked(arc, pieces)]
                for ring in rings
                if ring is rings[0] or is_visible(ring, whole)
            ]
            for rings in polygons(country)
            if is_visible(rings[0], whole)
        ]
        name = country["properties"]["name"]
        if kept:
            packed_countries.append({"iso": country.get("id", ""), "name": name, "polygons": kept})
    packed = {
        "steps_per_degree": STEPS_PER_DEGREE,
        "arcs": [compact(arcs[number]) for number in numbers],
        "open": sorted(numbers[arc] for arc in open_arcs if arc in numbers),
        "countries": packed_countries,
    }
    text = json.dumps(packed, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def cut(
    whole: Sequence[list[Point]], countries: Sequence[Geometry], contested: Sequence[Contested]
) -> tuple[list[list[Point]], list[list[int]], list[int]]:
    """Cut arcs where a contested stretch begins or ends; return all pieces, those of each arc, and the contested."""
    sides: dict[int, set[str]] = {}
    for country in countries:
        for arc in (arc for rings in polygons(country) for ring in rings for arc in ring):
            sides.setdefault(max(arc, ~arc), set()).add(country.get("id", ""))
    arcs: list[list[Point]] = []
    pieces: list[list[int]] = []
    open_arcs: list[int] = []
    for number, points in enumerate(whole):
        lines = [one for one in contested if set(one["between"]) == sides.get(number)]
        mine = []
        for is_open, stretch in stretches(points, lines):
            mine.append(len(arcs))
            if is_open:
                open_arcs.append(len(arcs))
            arcs.append(stretch)
        pieces.append(mine)
    return arcs, pieces, open_arcs


def stretches(
    points: list[Point], lines: Sequence[Contested]
) -> Iterator[tuple[bool, list[Point]]]:
    """An arc in runs of segments that are contested, or are not; neighbours share a point."""
    begin = 0
    states = [any(covers(line, end) for line in lines) for end in points[1:]]
    for place in range(1, len(states) + 1):
        if place == len(states) or states[place] != states[begin]:
            yield states[begin], points[begin : place + 1]
            begin = place
    if not states:
        yield False, points


def covers(line: Contested, point: Point) -> bool:
    """Whether a point of the border of its two sides is contested."""
    if "box" not in line:
        return True
    west, south, east, north = line["box"]
    return west <= point[0] <= east and south <= point[1] <= north


def walked(arc: int, pieces: Sequence[list[int]]) -> list[int]:
    """The pieces of an arc in the direction in which a ring walks it."""
    return pieces[arc] if arc >= 0 else [~piece for piece in reversed(pieces[~arc])]


def renumbered(arc: int, numbers: dict[int, int]) -> int:
    """The arc's number among those used, counted in the order of first use; backwards stays so."""
    number = numbers.setdefault(arc if arc >= 0 else ~arc, len(numbers))
    return number if arc >= 0 else ~number
