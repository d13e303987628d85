"""Ground: the places of an agreement as geometry, and whether an incident lies within them.

* A place has an inner outline that is surely within and an outer one beyond which nothing is: they differ by the
  stated uncertainty, or by the range of a belt's width. A point on the edge is within (`covers`).
* An incident is a disc. It is within if the whole disc is inside the inner outline, outside if no part of it is inside
  the outer one, else unknown; the share of the disc that lies within is then the probability.
* Distances are kept on an azimuthal equidistant projection of WGS 84 around each place (pyproj); outlines that are
  given by positions are kept in degrees, as RFC 7946 has it.
* Cost grows with the incidents near each place: a bounding-box mask comes before prepared geometry.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyproj
import shapely
from shapely import Geometry

from groundtruce.agreement.zone import Position, Zone

__all__ = ["Ground", "answer_inside", "build_grounds", "locate", "measure_share"]

_QUARTER_SEGMENTS = 32
_SAMPLES = 256
_DEGREE_M = 111_000.0


@dataclass(frozen=True, slots=True)
class Ground:
    """A place: `inner` and `outer` outlines in degrees, `middle` for shares, or None where it is undetermined."""

    inner: Geometry
    outer: Geometry
    middle: Geometry | None
    projection: pyproj.Proj


def build_grounds(places: Mapping[str, Zone]) -> dict[str, Ground | None]:
    """Return the geometry of all places; None for one that the text leaves open."""
    return {name: _ground(name, places) for name in places}


def locate(
    ground: Ground, lat: np.ndarray, lon: np.ndarray, radius_m: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return two masks: surely within, surely outside.

    Positions are in degrees; NaN stands for an incident without a place, which is neither.
    """
    placed = ~np.isnan(lat)
    near = placed & _near(shapely.bounds(ground.outer), lat, lon, radius_m)
    inside = np.zeros(len(lat), bool)
    outside = placed & ~near
    near_rows = np.flatnonzero(near)
    sharp = ground.inner is ground.outer
    shapely.prepare(ground.inner)
    in_inner = shapely.intersects_xy(ground.inner, lon[near_rows], lat[near_rows])
    if sharp:
        in_outer = in_inner.copy()
    else:
        shapely.prepare(ground.outer)
        in_outer = shapely.intersects_xy(ground.outer, lon[near_rows], lat[near_rows])
    wide = np.flatnonzero(radius_m[near_rows] > 0)
    if len(wide):
        rows = near_rows[wide]
        points = shapely.points(*ground.projection(lon[rows], lat[rows]))
        in_inner[wide] &= ~_touches(ground.inner, ground.projection, points, radius_m[rows])
        in_outer[wide] |= _touches(ground.outer, ground.projection, points, radius_m[rows])
    inside[near_rows] = in_inner
    outside[near_rows] = ~in_outer
    return inside, outside


def measure_share(
    ground: Ground,
    lat: np.ndarray,
    lon: np.ndarray,
    radius_m: np.ndarray,
    masks: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """Return the share of each disc within, given the masks of `locate`; NaN where it cannot be known."""
    inside, outside = masks
    share = np.where(inside, 1.0, np.where(outside, 0.0, np.nan))
    left = np.flatnonzero(~inside & ~outside & ~np.isnan(lat))
    if ground.middle is not None and len(left):
        share[left] = _share(ground, lat[left], lon[left], radius_m[left])
    return share


def _near(
    bounds: np.ndarray,
    lat: np.ndarray,
    lon: np.ndarray,
    radius_m: np.ndarray,
) -> np.ndarray:
    """Return which discs may touch a box of degrees: a mask that errs to the near side."""
    west, south, east, north = bounds
    reach = radius_m / _DEGREE_M * 1.02
    sideways = reach / np.clip(np.cos(np.radians(np.clip(lat, -89, 89))), 0.01, 1.0)
    return np.asarray(
        (lon >= west - sideways)
        & (lon <= east + sideways)
        & (lat >= south - reach)
        & (lat <= north + reach)
    )


def _touches(
    outline: Geometry, projection: pyproj.Proj, points: np.ndarray, radius_m: np.ndarray
) -> np.ndarray:
    """Return which discs reach the edge of an outline."""
    edge = _projected(shapely.boundary(outline), projection)
    shapely.prepare(edge)
    return np.asarray(shapely.dwithin(points, edge, radius_m))  # type: ignore[call-overload]


def _share(ground: Ground, lat: np.ndarray, lon: np.ndarray, radius_m: np.ndarray) -> np.ndarray:
    """Return how much of each disc is within, from points spread evenly over it (a Fibonacci spiral)."""
    assert ground.middle is not None
    step = np.arange(_SAMPLES) + 0.5
    angle = step * np.pi * (3.0 - np.sqrt(5.0))
    reach = np.sqrt(step / _SAMPLES)
    spread = np.maximum(radius_m, _blur(ground))[:, None]
    x, y = (coordinate[:, None] for coordinate in ground.projection(lon, lat))
    east, north = x + spread * reach * np.cos(angle), y + spread * reach * np.sin(angle)
    plane = _projected(ground.middle, ground.projection)
    shapely.prepare(plane)
    return np.asarray(shapely.intersects_xy(plane, east, north).mean(axis=1))


def _blur(ground: Ground) -> float:
    """Return half the distance between the inner and the outer outline, in metres."""
    if ground.inner is ground.outer or shapely.is_empty(ground.inner):
        return 0.0
    inner = _projected(ground.inner, ground.projection)
    outer = _projected(ground.outer, ground.projection)
    return float(shapely.hausdorff_distance(inner, outer)) / 2


def _ground(name: str, places: Mapping[str, Zone]) -> Ground | None:
    """Return the geometry of a place, None where it or what it rests on is undetermined."""
    place = places[name]
    if place.undetermined is not None:
        return None
    if place.rests_on is not None:
        return _derived(place, places)
    if place.circle is not None:
        centre = shapely.Point(place.circle.centre)
        return _around(centre, place.circle.radius_m, place.circle.radius_m, place.uncertainty_m)
    return _blurred(_outline(place), place.uncertainty_m)


def _outline(place: Zone) -> Geometry:
    """Return what is given by positions alone, in degrees."""
    if place.box is not None:
        return shapely.box(place.box.west, place.box.south, place.box.east, place.box.north)
    if place.polygon is not None:
        return shapely.make_valid(shapely.Polygon(place.polygon))
    assert place.line is not None
    return shapely.LineString(place.line)


def _derived(place: Zone, places: Mapping[str, Zone]) -> Ground | None:
    """Return a belt or a ring, which rests on another place."""
    assert place.rests_on is not None
    core = _ground(place.rests_on, places)
    if core is None:
        return None
    uncertainty_m = max(place.uncertainty_m, places[place.rests_on].uncertainty_m)
    if place.belt is not None:
        line = _outline(places[place.rests_on])
        return _around(line, *place.belt.each_side_m(), uncertainty_m)
    assert place.ring is not None
    middle = core.middle if core.middle is not None else core.outer
    ground = _around(middle, place.ring.within_m, place.ring.within_m, uncertainty_m)
    if place.ring.with_place:
        return ground
    if ground.inner is ground.outer:
        rest = shapely.difference(ground.outer, middle)
        return Ground(rest, rest, rest, ground.projection)
    return Ground(
        shapely.difference(ground.inner, core.outer),
        shapely.difference(ground.outer, core.inner),
        shapely.difference(ground.middle, middle),
        ground.projection,
    )


def _projection(shape: Geometry) -> pyproj.Proj:
    """Return the azimuthal equidistant projection around the centroid of a shape in degrees."""
    middle: Position = (shapely.centroid(shape).x, shapely.centroid(shape).y)
    return pyproj.Proj(proj="aeqd", lon_0=middle[0], lat_0=middle[1], datum="WGS84")


def _projected(shape: Geometry, projection: pyproj.Proj) -> Geometry:
    return shapely.transform(
        shape, lambda points: np.column_stack(projection(points[:, 0], points[:, 1]))
    )


def _degrees(shape: Geometry, projection: pyproj.Proj) -> Geometry:
    return shapely.transform(
        shape, lambda points: np.column_stack(projection(points[:, 0], points[:, 1], inverse=True))
    )


def _buffered(plane: Geometry, distance_m: float, projection: pyproj.Proj) -> Geometry:
    buffered = shapely.buffer(plane, distance_m, quad_segs=_QUARTER_SEGMENTS)
    return _degrees(buffered, projection)


def _blurred(shape: Geometry, uncertainty_m: float) -> Ground:
    """Return a shape with its inner and outer outlines, apart by the uncertainty on each side."""
    projection = _projection(shape)
    if uncertainty_m == 0:
        return Ground(shape, shape, shape, projection)
    plane = _projected(shape, projection)
    return Ground(
        _buffered(plane, -uncertainty_m, projection),
        _buffered(plane, uncertainty_m, projection),
        shape,
        projection,
    )


def _around(core: Geometry, low_m: float, high_m: float, uncertainty_m: float) -> Ground:
    """Return what lies within a distance of a core; the distance may be a range."""
    projection = _projection(core)
    plane = _projected(core, projection)
    if low_m == high_m and uncertainty_m == 0:
        only = _buffered(plane, low_m, projection)
        return Ground(only, only, only, projection)
    return Ground(
        _buffered(plane, low_m - uncertainty_m, projection),
        _buffered(plane, high_m + uncertainty_m, projection),
        # how likely each width of a range is, nobody has said
        _buffered(plane, low_m, projection) if low_m == high_m else None,
        projection,
    )


def answer_inside(inside: np.ndarray, outside: np.ndarray) -> pl.Series:
    """Return yes, no, or null from the two arrays of `locate`."""
    return pl.select(
        pl.when(pl.Series(inside)).then(True).when(pl.Series(outside)).then(False)
    ).to_series()
