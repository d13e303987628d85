"""The static map of a day: offline ground as SVG, one symbol for each incident, its place as a circle.

* Shape and colour both tell the verdict (Okabe–Ito colours), so that it reads in grey print too.
* A circle holds the place with about 95 %; a symbol without one is known more precisely than it is wide.
* Geography is never mirrored. Names are not part of the SVG but labels that the page sets over it:
  typesetters join Arabic letters in pages, not all of them in SVG.
* Presentation attributes only, which Chromium and WeasyPrint both draw; same markers, same bytes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from shapely import (
    Geometry,
    LineString,
    MultiLineString,
    MultiPolygon,
    Point,
    Polygon,
    boundary,
    clip_by_rect,
    get_dimensions,
    get_parts,
)

from groundtruce.maps.basemap import MapBox, MapGround, country_name, ground
from groundtruce.maps.symbol import COLOUR, Symbol, shape

__all__ = [
    "MapLabel",
    "MapPicture",
    "Marker",
    "PlaceLabel",
    "render_map",
    "too_coarse",
]

COARSE_M = 150_000.0
"""A larger circle would cover the map and tell nothing."""

_KM_PER_DEGREE = 111.195
_PADDING = 0.12
_TALLEST = 0.95
"""Greatest height of the map, as a share of its width."""
_SYMBOL = 6
"""Half the width of a symbol in pixels; a smaller circle would hide behind it."""
_CLEAR = 8
"""Least distance between the middles of two symbols, so that neither hides the other."""
_FAN_STEP = 2 * _SYMBOL + 2
_FAN = (
    (0, 0),
    (1, 0),
    (-1, 0),
    (0, 1),
    (0, -1),
    (1, 1),
    (-1, 1),
    (1, -1),
    (-1, -1),
    (2, 0),
    (-2, 0),
)
"""Where a symbol may stand, in steps from its point, in the order of choice."""
_EDGE = 4
"""Pixels that names keep from the frame."""
_COUNTRY_LETTER, _PLACE_LETTER = 8.6, 5.6
"""Mean width of a letter in pixels, to keep names apart."""
_FONT = '"Noto Sans", "Noto Sans Arabic", sans-serif'
_SEA, _LAND, _OTHER, _LINE = "#e3edf4", "#fbf9f4", "#f0ede5", "#9aa5b1"
_OUTLINE = "#2f3b4a"

_Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """One incident, or several; `key` is what stands beside it, as its number in a table, or nothing."""

    key: str
    lat: float
    lon: float
    radius_m: float
    """Of the circle that holds its place."""
    symbol: Symbol
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLabel:
    """A name beside a point."""

    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLabel:
    """A name to set over the map, its middle at a share of the map's width and height, in percent."""

    text: str
    role: str
    """`country` or `place`."""
    left_percent: float
    top_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPicture:
    """The drawing and the names to set over it."""

    svg: str
    labels: tuple[MapLabel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Equirectangular projection onto the picture, true to scale at its middle latitude."""

    box: MapBox
    width: float
    height: float
    per_lon: float
    per_lat: float

    def xy(self, lon: float, lat: float) -> tuple[float, float]:
        if lon < self.box.west and lon + 360 <= self.box.east:
            lon += 360
        if lon > self.box.east and lon - 360 >= self.box.west:
            lon -= 360
        return (lon - self.box.west) * self.per_lon, (self.box.north - lat) * self.per_lat

    @property
    def per_km(self) -> float:
        return self.per_lat / _KM_PER_DEGREE


def too_coarse(markers: Sequence[Marker]) -> list[Marker]:
    """Return the markers whose circle is too large to be drawn; the caller says how many."""
    return [marker for marker in markers if marker.radius_m > COARSE_M]


def render_map(  # noqa: PLR0913 - a map has this many properties
    markers: Sequence[Marker],
    *,
    language: str,
    title: str,
    description: str,
    places: Sequence[PlaceLabel] = (),
    outlines: Sequence[Geometry] = (),
    minimum_extent_km: float = 300,
    width: int = 720,
) -> MapPicture:
    """Return the map; raises ValueError when no marker can be drawn (`language`: en, fr, ar).

    `outlines` are areas and lines in degrees, as the zones of an agreement: drawn dashed, as far as they are in sight.
    """
    drawn = sorted(
        (marker for marker in markers if marker.radius_m <= COARSE_M),
        key=lambda marker: (-marker.radius_m, len(marker.key), marker.key, marker.lat, marker.lon),
    )
    if not drawn:
        raise ValueError("no marker can be drawn: each is known only to a larger region")
    frame = _frame(drawn, minimum_extent_km, width)
    taken: list[_Rectangle] = []
    symbols = _symbols(drawn, frame, taken)
    shown = ground(frame.box)
    labels = [
        *_place_labels(places, frame, taken),
        *_country_labels(shown, frame, language, taken),
    ]
    size = f'width="{width}" height="{frame.height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {frame.height:.0f}" {size} '
        f'direction="ltr" role="img" aria-labelledby="map-title map-about" font-family={quoteattr(_FONT)}>',
        f'<title id="map-title">{escape(title)}</title>',
        f'<desc id="map-about">{escape(description)}</desc>',
        f'<clipPath id="frame"><rect {size}/></clipPath><g clip-path="url(#frame)">',
        f'<rect {size} fill="{_SEA}"/>',
        *_ground(shown, frame, drawn),
        *_outlines(outlines, frame),
        *(_circle(marker, frame) for marker in drawn),
        *symbols,
        _scale(frame),
        "</g></svg>",
    ]
    return MapPicture(svg="".join(parts), labels=tuple(labels))


def _frame(markers: Sequence[Marker], minimum_extent_km: float, width: int) -> _Frame:
    """Choose the box that holds all circles; across the antimeridian where that is narrower."""
    lons = _unwrapped([marker.lon for marker in markers])
    south = min(m.lat - m.radius_m / 1000 / _KM_PER_DEGREE for m in markers)
    north = max(m.lat + m.radius_m / 1000 / _KM_PER_DEGREE for m in markers)
    middle = min(max((south + north) / 2, -80.0), 80.0)
    shrink = math.cos(math.radians(middle))
    reach = [m.radius_m / 1000 / _KM_PER_DEGREE / shrink for m in markers]
    west = min(lon - r for lon, r in zip(lons, reach, strict=True))
    east = max(lon + r for lon, r in zip(lons, reach, strict=True))
    tall = max((north - south) * (1 + 2 * _PADDING), minimum_extent_km / _KM_PER_DEGREE * 0.7)
    wide = max(
        (east - west) * (1 + 2 * _PADDING),
        minimum_extent_km / _KM_PER_DEGREE / shrink,
        tall / shrink / _TALLEST,
    )
    wide = min(wide, 360.0)
    per_lon = width / wide
    per_lat = per_lon / shrink
    height = round(min(max(tall * per_lat, width * 0.55), width * _TALLEST))
    half = height / per_lat / 2
    centre = (west + east) / 2
    box = MapBox(
        west=centre - wide / 2,
        south=max(middle - half, -90.0),
        east=centre + wide / 2,
        north=min(middle + half, 90.0),
    )
    return _Frame(box=box, width=width, height=height, per_lon=per_lon, per_lat=per_lat)


def _unwrapped(lons: Sequence[float]) -> list[float]:
    moved = [lon + 360 if lon < 0 else lon for lon in lons]
    return moved if max(moved) - min(moved) < max(lons) - min(lons) else list(lons)


def _ground(shown: MapGround, frame: _Frame, markers: Sequence[Marker]) -> list[str]:
    """Draw land, borders and coasts; the country that holds most markers is the palest."""
    points = [Point(marker.lon, marker.lat) for marker in markers]
    middle = max(
        shown.countries,
        key=lambda country: (
            sum(country.area.intersects(point) for point in points),
            country.area.area,
        ),
        default=None,
    )
    parts = [
        f'<path d="{_area_path(country.area, frame)}" '
        f'fill="{_LAND if country is middle else _OTHER}"/>'
        for country in shown.countries
    ]
    for lines, look in (
        (shown.coasts, 'stroke-width="0.8"'),
        (shown.borders, 'stroke-width="1"'),
        (shown.open_borders, 'stroke-width="1" stroke-dasharray="4 3"'),
    ):
        if not lines.is_empty:
            path = _line_path(lines, frame)
            parts.append(f'<path d="{path}" fill="none" stroke="{_LINE}" {look}/>')
    return parts


def _outlines(outlines: Sequence[Geometry], frame: _Frame) -> list[str]:
    box = frame.box
    parts = []
    for outline in outlines:
        lines = outline if get_dimensions(outline) == 1 else boundary(outline)
        seen = clip_by_rect(lines, box.west, box.south, box.east, box.north)
        path = "".join(
            _path(line, frame) for line in get_parts(seen).tolist() if isinstance(line, LineString)
        )
        if path:
            parts.append(
                f'<path d="{path}" fill="none" stroke="{_OUTLINE}" stroke-width="1.4" '
                'stroke-dasharray="7 3 1.5 3"/>'
            )
    return parts


def _country_labels(
    shown: MapGround, frame: _Frame, language: str, taken: list[_Rectangle]
) -> list[MapLabel]:
    """Name the countries that ISO has a code for, where there is room for their name."""
    labels = []
    for country in shown.countries:
        name = country_name(country.iso_numeric, language)
        if name is None:
            continue
        x, y = frame.xy(country.label_lon, country.label_lat)
        half = len(name) * _COUNTRY_LETTER / 2
        box = (x - half, y - 9, x + half, y + 9)
        if _inside(box, frame) and not _hits(box, taken):
            taken.append(box)
            labels.append(_label(name, "country", x, y, frame))
    return labels


def _label(text: str, role: str, x: float, y: float, frame: _Frame) -> MapLabel:
    return MapLabel(
        text=text,
        role=role,
        left_percent=round(x / frame.width * 100, 2),
        top_percent=round(y / frame.height * 100, 2),
    )


def _inside(box: _Rectangle, frame: _Frame) -> bool:
    left, top, right, bottom = box
    return min(left, top) > _EDGE and right < frame.width - _EDGE and bottom < frame.height - _EDGE


def _area_path(area: MultiPolygon, frame: _Frame) -> str:
    rings = [
        ring
        for polygon in get_parts(area).tolist()
        if isinstance(polygon, Polygon)
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    return "".join(_path(ring, frame) + "Z" for ring in rings)


def _line_path(lines: MultiLineString, frame: _Frame) -> str:
    return "".join(_path(line, frame) for line in get_parts(lines).tolist())


def _path(line: Geometry, frame: _Frame) -> str:
    """Return a path of whole tenths of a pixel, without points that fall together."""
    assert isinstance(line, LineString)
    points: list[str] = []
    for lon, lat in line.simplify(0.4 / frame.per_lon).coords:
        x, y = (lon - frame.box.west) * frame.per_lon, (frame.box.north - lat) * frame.per_lat
        point = f"{x:.1f} {y:.1f}"
        if not points or points[-1] != point:
            points.append(point)
    return "M" + "L".join(points)


def _circle(marker: Marker, frame: _Frame) -> str:
    x, y = frame.xy(marker.lon, marker.lat)
    radius = marker.radius_m / 1000 * frame.per_km
    if radius < _SYMBOL:
        return ""
    colour = COLOUR[marker.symbol]
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}" fill-opacity="0.08" '
        f'stroke="{colour}" stroke-opacity="0.45" stroke-width="0.8"/>'
    )


def _symbols(markers: Sequence[Marker], frame: _Frame, taken: list[_Rectangle]) -> list[str]:
    """Draw symbols, the most serious on top; markers at one point share a symbol and list their keys."""
    points: list[tuple[float, float]] = []
    spots: dict[tuple[float, float, Symbol], list[Marker]] = {}
    for marker in markers:
        own = frame.xy(marker.lon, marker.lat)
        x, y = next((point for point in points if math.dist(point, own) < _SYMBOL), own)
        if (x, y) == own:
            points.append(own)
        spots.setdefault((x, y, marker.symbol), []).append(marker)
    rank = {symbol: number for number, symbol in enumerate(Symbol)}
    ordered = sorted(spots.items(), key=lambda item: (-rank[item[0][2]], item[0]))
    places = _fanned([key for key, _ in reversed(ordered)])
    for x, y in places.values():
        taken.append((x - 6, y - 6, x + 6, y + 6))
    parts = []
    for key, group in reversed(ordered):
        x, y = places[key]
        keys = sorted((marker.key for marker in group if marker.key), key=lambda k: (len(k), k))
        if keys:
            parts.append(_key_label(x, y, ", ".join(keys), frame, taken))
    for key, group in ordered:
        x, y = places[key]
        titles = "; ".join(sorted(marker.title for marker in group))
        parts.append(f"<g><title>{escape(titles)}</title>{shape(key[2], x, y)}</g>")
    return parts


def _fanned(
    spots: Sequence[tuple[float, float, Symbol]],
) -> dict[tuple[float, float, Symbol], tuple[float, float]]:
    """Set symbols that would hide each other side by side; the first keeps its point."""
    places: dict[tuple[float, float, Symbol], tuple[float, float]] = {}
    for key in spots:
        x, y, _ = key
        options = [(x + across * _FAN_STEP, y + down * _FAN_STEP) for across, down in _FAN]
        places[key] = next(
            (
                option
                for option in options
                if all(math.dist(option, other) >= _CLEAR for other in places.values())
            ),
            options[0],
        )
    return places


def _key_label(
    x: float,
    y: float,
    text: str,
    frame: _Frame,
    taken: list[_Rectangle],
) -> str:
    """Place the keys beside a symbol where there is room: right, left, above, below, and further out."""
    wide = len(text) * 5.6 + 3
    spots = [
        (x + distance, y + shift, "start") if side > 0 else (x - distance, y + shift, "end")
        for distance in (8, 12, 18)
        for shift in (4, -7, 14, -16, 22)
        for side in (1, -1)
    ]
    best = spots[0]
    for spot in spots:
        left = spot[0] if spot[2] == "start" else spot[0] - wide
        box = (left, spot[1] - 9, left + wide, spot[1] + 2)
        if left > 0 and left + wide < frame.width and not _hits(box, taken):
            best = spot
            break
    left = best[0] if best[2] == "start" else best[0] - wide
    taken.append((left, best[1] - 9, left + wide, best[1] + 2))
    return _halo(best[0], best[1], text, best[2], colour="#1c2530", weight="bold")


def _halo(x: float, y: float, text: str, anchor: str, *, colour: str, weight: str) -> str:
    """Return figures or Latin letters on a pale rim; never a name, which may be in any script."""
    common = f'x="{x:.1f}" y="{y:.1f}" font-size="10" font-weight="{weight}" text-anchor="{anchor}"'
    shown = escape(text)
    return (
        f'<text {common} fill="none" stroke="#ffffff" stroke-width="2.6" stroke-opacity="0.85" '
        f'stroke-linejoin="round" aria-hidden="true">{shown}</text>'
        f'<text {common} fill="{colour}">{shown}</text>'
    )


def _place_labels(
    places: Sequence[PlaceLabel], frame: _Frame, taken: list[_Rectangle]
) -> list[MapLabel]:
    """Name places where there is room, in the order given; a name without room is left out."""
    labels = []
    for place in places:
        x, y = frame.xy(place.lon, place.lat)
        half = len(place.name) * _PLACE_LETTER / 2 + 2
        for middle, shift in ((x, -14), (x, 14), (x + half + 8, 14), (x - half - 8, 14)):
            box = (middle - half, y + shift - 7, middle + half, y + shift + 7)
            if _inside(box, frame) and not _hits(box, taken):
                taken.append(box)
                labels.append(_label(place.name, "place", middle, y + shift, frame))
                break
    return labels


def _hits(box: _Rectangle, taken: Sequence[_Rectangle]) -> bool:
    return any(
        box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
        for other in taken
    )


def _scale(frame: _Frame) -> str:
    steps = [base * 10**power for power in range(4) for base in (1, 2, 5)]
    length = next((km for km in reversed(steps) if km * frame.per_km <= frame.width / 5), 1)
    long = length * frame.per_km
    x, y = 14.0, frame.height - 14
    return (
        f'<path d="M{x:.1f} {y - 5:.1f}V{y:.1f}H{x + long:.1f}V{y - 5:.1f}" fill="none" '
        f'stroke="#47566a" stroke-width="1.4"/>'
        + _halo(x + long + 6, y, f"{length} km", "start", colour="#47566a", weight="normal")
    )
