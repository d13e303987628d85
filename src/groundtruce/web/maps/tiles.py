"""The ground of the map as vector tiles: land, coasts, borders, and the names of countries in three languages.

* From the packaged data that the static map draws, so that both show the same lines, and nothing is fetched.
* Layers: `land`, `coast`, `border`, `open` (contested borders, dashed) and `name` (a point; `en`, `fr`, `ar`, `size`).
* A tile depends on its address alone; lines are simplified to a third of a pixel of their zoom.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import mapbox_vector_tile
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry, Point, Polygon
from shapely.affinity import affine_transform, translate

from groundtruce.database.columnar.grid import HIGHEST_LAT
from groundtruce.maps.basemap import atlas, country_name, label_point
from groundtruce.model.code import Language

__all__ = ["DEEPEST_GROUND", "EXTENT", "draw_ground_tile"]

DEEPEST_GROUND = 6
"""The grid of the packaged data is as wide as a pixel there; deeper zooms enlarge these tiles."""

EXTENT = 4096
"""Steps across a tile, as is usual."""

_PIXELS = 512
_SHARE_OF_PIXEL = 0.35
_BUFFER = 64 / EXTENT
"""Drawn beyond the edge, so that the outline of a clipped area does not show."""
_KEPT = 2048
"""Tiles kept, at some 10 kB each."""


@dataclass(frozen=True, slots=True)
class _Layer:
    """Shapes as shares of the world, y from the north, with a tree to look them up by box."""

    shapes: NDArray[np.object_]
    tree: shapely.STRtree
    properties: Sequence[Mapping[str, str | int]]


@lru_cache(maxsize=_KEPT)
def draw_ground_tile(zoom: int, column: int, line: int) -> bytes:
    """Return a tile; raises ValueError for one that is not on the grid, or deeper than the data."""
    side = 1 << zoom if 0 <= zoom <= DEEPEST_GROUND else 0
    if not (0 <= column < side and 0 <= line < side):
        raise ValueError(f"no tile {zoom}/{column}/{line}")
    layers = []
    for name, layer in _layers().items():
        margin = 0.0 if name == "name" else _BUFFER
        box = (
            (column - margin) / side,
            (line - margin) / side,
            (column + 1 + margin) / side,
            (line + 1 + margin) / side,
        )
        scale = EXTENT * side
        place = (scale, 0, 0, scale, -column * EXTENT, -line * EXTENT)
        features = [
            {"geometry": affine_transform(part, place), "properties": layer.properties[index]}
            for index in sorted(layer.tree.query(shapely.box(*box)).tolist())
            for part in _parts(layer.shapes[index], box, _SHARE_OF_PIXEL / _PIXELS / side)
        ]
        layers.append({"name": name, "features": features})
    return bytes(mapbox_vector_tile.encode(layers, default_options={"y_coord_down": True}))


def _parts(
    shape: Geometry, box: tuple[float, float, float, float], tolerance: float
) -> Iterator[Geometry]:
    """Yield what a tile shows of a shape: nothing of an island below a pixel."""
    if isinstance(shape, Point):
        yield shape
        return
    west, north, east, south = shapely.bounds(shape).tolist()
    if max(east - west, south - north) < 2 * tolerance:
        return
    clipped = shapely.simplify(
        shapely.clip_by_rect(shape, *box), tolerance, preserve_topology=False
    )
    for part in shapely.get_parts(shapely.make_valid(clipped)).tolist():
        if not part.is_empty and part.geom_type != "Point":
            yield part


@cache
def _layers() -> Mapping[str, _Layer]:
    """Return all shapes on the map of the whole world, on each turn of the globe on which they are seen."""
    whole = atlas()
    drawn: Mapping[str, Sequence[Geometry]] = {
        "land": whole.polygons,
        "coast": whole.coasts,
        "border": whole.borders,
        "open": whole.open_borders,
    }
    layers = {}
    for name, shapes in drawn.items():
        flat = shapely.transform(np.array(shapes, object), _mercator)
        broken = ~shapely.is_valid(flat)
        flat[broken] = shapely.make_valid(flat[broken])
        west, _, east, _ = shapely.bounds(flat).T
        geometries: list[Geometry] = flat.tolist()
        for turn in (-1, 1):
            again = flat[(west + turn < 1) & (east + turn > 0)].tolist()
            geometries += [translate(shape, xoff=turn) for shape in again]
        layers[name] = _layer(geometries, [{}] * len(geometries))
    points, names = _names()
    return layers | {"name": _layer(points, names)}


def _layer(shapes: Sequence[Geometry], properties: Sequence[Mapping[str, str | int]]) -> _Layer:
    """Return a layer with an index of its shapes."""
    kept = np.empty(len(shapes), object)
    kept[:] = list(shapes)
    return _Layer(kept, shapely.STRtree(kept), properties)


def _mercator(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return degrees as shares of the Web Mercator square, from west to east and from north to south."""
    lat = np.radians(np.clip(degrees[:, 1], -HIGHEST_LAT, HIGHEST_LAT))
    north = np.log(np.tan(np.pi / 4 + lat / 2))
    return np.column_stack((degrees[:, 0] / 360 + 0.5, 0.5 - north / (2 * np.pi)))


@cache
def _names() -> tuple[list[Geometry], list[Mapping[str, str | int]]]:
    """Return where the countries with an ISO code are named, and how; `size` is the zoom at which there is room."""
    whole = atlas()
    largest: dict[int, Polygon] = {}
    for owner, polygon in zip(whole.owners, whole.polygons, strict=True):
        if owner not in largest or polygon.area > largest[owner].area:
            largest[owner] = polygon
    points: list[Geometry] = []
    names: list[Mapping[str, str | int]] = []
    for owner, polygon in sorted(largest.items()):
        translations = {
            language.value: country_name(whole.codes[owner][0], language.value)
            for language in Language
        }
        known = {language: name for language, name in translations.items() if name is not None}
        if len(known) == len(translations):
            points.append(shapely.transform(label_point(polygon), _mercator))
            names.append({**known, "size": _size(polygon)})
    return points, names


def _size(polygon: Polygon) -> int:
    """Return the first zoom at which a country is some 80 pixels wide."""
    west, _, east, _ = polygon.bounds
    wanted = 80 / _PIXELS
    return next((zoom for zoom in range(9) if (east - west) / 360 * (1 << zoom) >= wanted), 9)
