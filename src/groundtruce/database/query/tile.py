"""Vector tiles of incidents: by cell, one alone as itself and several as their count; the same from both databases.

* Layer `incident`: `id`, `verdict`, `rank` (0 is the most serious), `place` (its name).
* Layer `cell`: `count`, the count of each verdict, `verdict` and `rank` of the most serious one, and `west`, `south`,
  `east`, `north` of its incidents. It stands near their middle.
* Layer `disc`, where a tile has few: the circles that hold the places. `radius` is in pixels at zoom 0; a map doubles
  it with each zoom.
* Cost grows with the incidents in the tile; choosing them by filters comes on top.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

import mapbox_vector_tile
import numpy as np
from numpy.typing import NDArray
from shapely import Point, points

from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.codec import format_id
from groundtruce.database.columnar.columns import Columns, Whole, read_columns
from groundtruce.database.columnar.grid import SquareIndex, sort_by_square
from groundtruce.database.filters.choose import choose
from groundtruce.database.filters.filters import Filters
from groundtruce.day.figures import rank_verdicts
from groundtruce.model.code import VERDICTS
from groundtruce.model.script import shape_for_drawing

__all__ = [
    "DEEPEST_TILE",
    "DISCS",
    "EXTENT",
    "MEDIA_TYPE",
    "LocatedIncidents",
    "draw_tile",
    "locate_incidents",
]

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
EXTENT = 4096
"""Steps across a tile, as is usual."""

DEEPEST_TILE = 14
"""Deeper zooms enlarge these tiles: a step is then some 60 cm."""

DISCS = 1_500
"""Incidents above which circles would cover each other and the ground; those of the tile two zooms further out count,
so that all tiles of a screen look the same."""

_CELLS_ACROSS = 12
"""A cell is 43 pixels wide: the room of a symbol with a number, and few enough to draw on a slow device."""

_INNER = (0.25, 0.75)
"""Where in its cell a count may stand, so that two do not cover each other."""

_DECIMALS = 5
"""Of a degree: a metre."""

_WORLD_M = 40_075_016.686
_PIXELS = 512
_CHOICES = 16
"""Choices kept: a map asks for some twenty tiles with the same filters, one after the other."""

Shares = NDArray[np.float64]
Feature = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedIncidents:
    """Where the incidents of a database lie, and which rows of them are chosen (None: all)."""

    columns: Columns
    placed: SquareIndex
    ranks: Whole
    """By row, the place of its verdict in `VERDICTS`."""
    mask: NDArray[np.bool_] | None

    def within(self, zoom: int, column: int, line: int) -> tuple[Whole, Shares, Shares]:
        """Return the chosen rows in a square with their places in it, 0 to 1; raises ValueError."""
        run = self.placed.find_run(zoom, column, line)
        rows, x, y = self.placed.rows[run], self.placed.x[run], self.placed.y[run]
        if self.mask is not None:
            kept = self.mask[rows]
            rows, x, y = rows[kept], x[kept], y[kept]
        side = 1 << zoom
        return rows, x * side - column, y * side - line

    def count(self, zoom: int, column: int, line: int) -> int:
        """Return how many chosen incidents lie in a square."""
        run = self.placed.find_run(zoom, column, line)
        if self.mask is None:
            return len(self.placed.rows[run])
        return int(np.count_nonzero(self.mask[self.placed.rows[run]]))


@dataclass(slots=True)
class _Sorted:
    """What is kept of a reading of the columns."""

    placed: SquareIndex
    ranks: Whole
    masks: OrderedDict[tuple[str, Filters], NDArray[np.bool_]] = field(default_factory=OrderedDict)
    """By view and filters: texts can change where no column does."""
    lock: Lock = field(default_factory=Lock)


def locate_incidents(database: Database, filters: Filters) -> LocatedIncidents:
    """Return where the incidents that filters choose lie."""
    read = read_columns(database)
    located = read.keep(
        "sorted for tiles",
        lambda: _Sorted(sort_by_square(read.lon, read.lat), rank_verdicts(read.verdict)),
    )
    if not filters:
        return LocatedIncidents(columns=read, placed=located.placed, ranks=located.ranks, mask=None)
    with located.lock:
        mask = located.masks.get((read.view, filters))
    if mask is None:
        selection = choose(database, filters)
        if selection.columns is not read:
            return locate_incidents(database, filters)  # the view changed meanwhile
        mask = selection.mask
        with located.lock:
            located.masks[read.view, filters] = (
                mask if mask is not None else np.ones(read.rows, np.bool_)
            )
            if len(located.masks) > _CHOICES:
                located.masks.popitem(last=False)
    return LocatedIncidents(columns=read, placed=located.placed, ranks=located.ranks, mask=mask)


def draw_tile(database: Database, filters: Filters, zoom: int, column: int, line: int) -> bytes:
    """Return the tile of the chosen incidents; raises ValueError for one that is not on the grid."""
    here = locate_incidents(database, filters)
    rows, x, y = here.within(zoom, column, line)
    cell = _cell(x, y)
    alone = np.bincount(cell, minlength=_CELLS_ACROSS**2)[cell] == 1
    x, y = x * EXTENT, y * EXTENT
    several = ~alone
    layers = [
        {"name": "incident", "features": _singles(here, rows[alone], x[alone], y[alone])},
        {
            "name": "cell",
            "features": _cells(here, rows[several], cell[several], x[several], y[several]),
        },
    ]
    if here.count(max(zoom - 2, 0), column >> min(zoom, 2), line >> min(zoom, 2)) <= DISCS:
        layers.append({"name": "disc", "features": _discs(here, rows, x, y)})
    options = {"y_coord_down": True, "extents": EXTENT}
    return bytes(mapbox_vector_tile.encode(layers, default_options=options))


def _cell(x: Shares, y: Shares) -> Whole:
    """Return the cell of each place in a tile, line by line."""
    column, line = (
        np.minimum((share * _CELLS_ACROSS).astype(np.int64), _CELLS_ACROSS - 1) for share in (x, y)
    )
    return np.asarray(line * _CELLS_ACROSS + column)


def _singles(here: LocatedIncidents, rows: Whole, x: Shares, y: Shares) -> list[Feature]:
    names = here.columns.place_name
    shown = zip(
        _points(x, y),
        here.columns.number[rows].tolist(),
        here.ranks[rows].tolist(),
        names.codes[rows].tolist(),
        strict=True,
    )
    return [
        {
            "geometry": point,
            "properties": {
                "id": format_id(number),
                "verdict": VERDICTS[rank],
                "rank": rank,
                "place": _named(names.values[name]),  # left out where it is not known
            },
        }
        for point, number, rank, name in shown
    ]


def _named(place: str | None) -> str | None:
    return None if place is None else shape_for_drawing(place)


def _cells(here: LocatedIncidents, rows: Whole, cell: Whole, x: Shares, y: Shares) -> list[Feature]:
    if not len(rows):
        return []
    order = np.argsort(cell, kind="stable")
    rows, cell, x, y = rows[order], cell[order], x[order], y[order]
    begins = np.flatnonzero(np.diff(cell, prepend=-1))
    group = np.repeat(np.arange(len(begins)), np.diff([*begins, len(rows)]))
    width, wide = len(VERDICTS), EXTENT / _CELLS_ACROSS
    counts = np.bincount(group * width + here.ranks[rows], minlength=len(begins) * width)
    verdicts = counts.reshape(-1, width)
    total = verdicts.sum(axis=1)
    corners = (cell[begins] % _CELLS_ACROSS, cell[begins] // _CELLS_ACROSS)
    middle = (
        (corner + np.clip(np.add.reduceat(shares, begins) / total / wide - corner, *_INNER)) * wide
        for shares, corner in zip((x, y), corners, strict=True)
    )
    lon, lat = here.columns.lon[rows], here.columns.lat[rows]
    sides = {
        "west": np.minimum.reduceat(lon, begins),
        "south": np.minimum.reduceat(lat, begins),
        "east": np.maximum.reduceat(lon, begins),
        "north": np.maximum.reduceat(lat, begins),
    }
    boxes = np.column_stack([values.round(_DECIMALS) for values in sides.values()]).tolist()
    return [
        {
            "geometry": point,
            "properties": {
                "count": count,
                "rank": rank,
                "verdict": VERDICTS[rank],
                **dict(zip(VERDICTS, each, strict=True)),
                **dict(zip(sides, box, strict=True)),
            },
        }
        for point, count, rank, each, box in zip(
            _points(*middle),
            total.tolist(),
            (verdicts > 0).argmax(axis=1).tolist(),
            verdicts.tolist(),
            boxes,
            strict=True,
        )
    ]


def _discs(here: LocatedIncidents, rows: Whole, x: Shares, y: Shares) -> list[Feature]:
    """Return each circle once, with the most serious verdict of its incidents."""
    radius_m = here.columns.radius_m[rows]
    with_radius = np.flatnonzero(radius_m > 0)  # an unknown radius is NaN, which is not
    squeezed = _WORLD_M * np.cos(np.radians(here.columns.lat[rows])) / _PIXELS
    circles = np.column_stack((np.rint(x), np.rint(y), (radius_m / squeezed).round(6)))[with_radius]
    ranks_here = here.ranks[rows][with_radius]
    order = np.argsort(ranks_here, kind="stable")
    once, first = np.unique(circles[order], axis=0, return_index=True)
    worst = ranks_here[order][first].tolist()
    return [
        {"geometry": Point(east, south), "properties": {"radius": wide, "verdict": VERDICTS[rank]}}
        for (east, south, wide), rank in zip(once.tolist(), worst, strict=True)
    ]


def _points(x: Shares, y: Shares) -> list[Point]:
    pairs: list[Point] = np.asarray(points(np.rint(x), np.rint(y))).tolist()
    return pairs
