"""Builds the packaged basemap from the countries of the npm package world-atlas 2.0.2.

- `npm pack world-atlas@2.0.2`, unpack it, then `python tools/build_basemap.py PACKAGE_DIR`.
- The source is TopoJSON: a border that two countries share is one arc. We keep the arcs, so that
  simplifying never opens a gap between neighbours and a border is drawn once.
- Same package in, same bytes out: the compressed file carries no time.
"""

import gzip
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NotRequired, TypeAlias, TypedDict, cast

from shapely import LineString

SOURCE = "countries-10m.json"
TARGET = Path(__file__).parents[1] / "src/groundtruce/publish/basemap_data/countries.json.gz"

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


def build(source: Path) -> bytes:
    """The packaged file: arcs that are used, renumbered, and the countries made of them."""
    topology = json.loads(source.read_text(encoding="utf-8"))
    arcs = [list(degrees(arc, topology["transform"])) for arc in topology["arcs"]]
    numbers: dict[int, int] = {}
    countries = []
    for geometry in topology["objects"]["countries"]["geometries"]:
        if geometry.get("id") in LEFT_OUT:
            continue
        kept = [
            [
                [renumbered(arc, numbers) for arc in ring]
                for ring in rings
                if ring is rings[0] or is_visible(ring, arcs)
            ]
            for rings in polygons(geometry)
            if is_visible(rings[0], arcs)
        ]
        name = geometry["properties"]["name"]
        if kept:
            countries.append({"iso": geometry.get("id", ""), "name": name, "polygons": kept})
    packed = {
        "steps_per_degree": STEPS_PER_DEGREE,
        "arcs": [compact(arcs[number]) for number in numbers],
        "countries": countries,
    }
    text = json.dumps(packed, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def renumbered(arc: int, numbers: dict[int, int]) -> int:
    """The arc's number among those used, counted in the order of first use; backwards stays so."""
    number = numbers.setdefault(arc if arc >= 0 else ~arc, len(numbers))
    return number if arc >= 0 else ~number


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and its one argument
        sys.exit("Usage: build_basemap.py PACKAGE_DIR, the unpacked npm package world-atlas 2.0.2")
    content = build(Path(sys.argv[1]) / SOURCE)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(content)
    print(f"{TARGET.name}\t{len(content)} bytes")
