"""The sweep: every pair of reports whose discs and intervals touch, within tolerance, each once.

* A pair is looked for on a grid as coarse as the coarser of the two, so that precise reports stay in
  small cells; the grid only speeds up the search, what it finds does not depend on where its lines lie.
* The grid starts at the data's own first report: moving the whole world moves the grid along.
* Crowded cells are searched for the nearest in time only, which bounds the cost; see `CROWD`.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.features.encode import (
    LENGTH_BOUNDS_S,
    LONGEST_S,
    RADIUS_BOUNDS_M,
    WIDEST_M,
    Encoded,
)
from groundtruce.fusion.features.kernel import inline, kernel
from groundtruce.fusion.features.thread import in_order
from groundtruce.model.place import EARTH_RADIUS_M

__all__ = [
    "CROWD",
    "MARKS",
    "REACH_FACTOR",
    "REACH_SLACK_M",
    "SLACK_S",
    "Cover",
    "Part",
    "Spots",
    "find_anchor",
    "find_candidates",
    "find_touching",
    "mark_pair",
    "touches",
]

REACH_FACTOR = 1.3
"""Two discs touch where their centres lie within this many joint radii, and the slack, of each other."""
REACH_SLACK_M = 4_000.0
SLACK_S = np.array([3, 6, 12, 24, 24], dtype=np.int64) * 3_600
"""By class of time precision: how far beyond a stated interval an event is still looked for."""
CROWD = 512
"""Members of a grid cell above which a report is compared with this many at most, the nearest in time.

Where there are many more, with an eighth of it: so many reports of one place and day no longer tell which is which.
All of the crowd still counts for how dense reports lie.
"""

_Ints = NDArray[np.int64]
_WIDTHS_M = (float(RADIUS_BOUNDS_M[2]), float(RADIUS_BOUNDS_M[3]), WIDEST_M)
_LENGTHS_S = (int(LENGTH_BOUNDS_S[2]), int(LENGTH_BOUNDS_S[3]), LONGEST_S)
_CHUNK = 1 << 19
_RANGES = 27
"""Ranges of cells that a query looks into, at most: three steps of time, bands and columns each."""
_QUERIES = 50_000


@dataclass(frozen=True, slots=True)
class _Grid:
    """Cells of `size_m` metres and `step_s` seconds, numbered from the anchor."""

    size_m: float
    step_s: int
    anchor_lon: float
    anchor_s: int

    @property
    def height(self) -> float:
        return math.degrees(self.size_m / EARTH_RADIUS_M)

    def columns(self) -> _Ints:
        """Return the number of columns of each band of latitude."""
        bands = math.ceil(180 / self.height)
        edge = np.arange(bands + 1) * self.height - 90
        widest = np.minimum(np.maximum(np.abs(edge[:-1]), np.abs(edge[1:])), 90)
        around = 2 * math.pi * EARTH_RADIUS_M * np.cos(np.radians(widest))
        return np.asarray(np.maximum((around / self.size_m).astype(np.int64), 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A share of the sweep: some queries against the sorted members of one grid."""

    reports: Encoded
    grid: _Grid
    starts: _Ints
    """Where the cells of each band of latitude begin."""
    queries: _Ints
    members: _Ints
    keys: _Ints
    is_query: NDArray[np.bool_]

    def pairs(self, *, least: int = CROWD // 8) -> Iterator[NDArray[np.int32]]:
        """Yield arrays (2, m) of touching pairs, the later report first; from a large crowd `least` a report."""
        buffer = np.empty((2, _CHUNK + _RANGES * CROWD), np.int32)
        query, limits = 0, Limits(_CHUNK, CROWD, least, 0)
        while query < len(self.queries):
            query, number = self._run(query, limits, _NOTHING, buffer)
            yield buffer[:, :number]

    def count(self, degree: _Ints, bar: int) -> NDArray[np.int32]:
        """Add the candidates of other sources of each report to `degree`; return pairs marked below `bar`."""
        buffer = np.empty((2, _CHUNK + _RANGES * CROWD), np.int32)
        marked = [np.zeros((2, 0), np.int32)]
        query, limits = 0, Limits(_CHUNK, CROWD, CROWD, bar)
        while query < len(self.queries):
            query, number = self._run(query, limits, degree, buffer)
            marked.append(buffer[:, :number].copy())
        return np.concatenate(marked, axis=1)

    def _run(
        self, query: int, limits: "Limits", degree: _Ints, buffer: NDArray[np.int32]
    ) -> tuple[int, int]:
        """Fill the buffer from `query` on; return the next query and the number of pairs."""
        grid, reports = self.grid, self.reports
        listed = Listed(
            self.queries,
            self.members,
            self.keys,
            self.is_query,
            self.starts,
            grid.height,
            grid.step_s,
            grid.anchor_lon,
            grid.anchor_s,
        )
        cover = Cover(
            reports.lat,
            reports.lon,
            reports.point,
            reports.radius,
            reports.start,
            reports.end,
            reports.length_class,
            reports.source,
        )
        run = find_touching.for_work(len(self.queries) * min(len(self.members), _RANGES * CROWD))
        return run(query, listed, cover, limits, degree, buffer)


_NOTHING = np.zeros(0, np.int64)


class Spots(NamedTuple):
    """Where and when some reports stand: degrees, and seconds since 1970."""

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    start: _Ints

    @classmethod
    def of(cls, reports: Encoded, rows: _Ints) -> "Spots":
        """Return those of some reports."""
        return cls(reports.lat[rows], reports.lon[rows], reports.start[rows])


def find_candidates(reports: Encoded, near: Spots | None = None) -> list[Part]:
    """Return the parts of the sweep: together they find each pair once.

    With `near`: only all queries that meet a report there, or would if one stood there, and maybe more.
    Cost grows with the reports and their neighbours within reach.
    """
    linkable = np.nonzero(reports.linkable)[0]
    if len(linkable) < 2:
        return []
    origin = find_anchor(reports)
    widths = np.searchsorted(_WIDTHS_M, reports.radius).astype(np.int8)
    lengths = np.searchsorted(_LENGTHS_S, reports.end - reports.start).astype(np.int8)

    def on_grid(classes: tuple[int, int]) -> list[Part]:
        width, length = classes
        reach = REACH_FACTOR * math.sqrt(2) * _WIDTHS_M[width] + REACH_SLACK_M
        slack = 2 * int(SLACK_S[length + 2])
        grid = _Grid(reach * 1.001, _LENGTHS_S[length] + slack, *origin)
        usable = linkable if near is None else _keep_near(reports, grid, linkable, near)
        wide, long = widths[usable], lengths[usable]
        coarsest = usable[(wide == width) & (long == length)]
        every = usable[(wide <= width) & (long <= length)]
        wider = usable[(wide == width) & (long < length)]
        longer = usable[(wide < width) & (long == length)]
        return [
            *_parts(reports, grid, coarsest, every, near, among=True),
            *_parts(reports, grid, wider, longer, near, among=False),
        ]

    return [part for parts in in_order(on_grid, product(range(3), range(3))) for part in parts]


def find_anchor(reports: Encoded) -> tuple[float, int]:
    """Return longitude and start of the first report that can be linked: where the grids begin."""
    first = int(np.argmax(reports.linkable))
    return float(reports.lon[first]), int(reports.start[first])


def _keep_near(reports: Encoded, grid: _Grid, usable: _Ints, near: Spots) -> _Ints:
    """Return those of the usable that stand within three steps of time of any that is near."""
    step = (reports.start[usable] - grid.anchor_s) // grid.step_s
    wanted = np.unique((near.start - grid.anchor_s) // grid.step_s)
    reach = np.unique(wanted[:, None] + np.arange(-3, 4))
    return usable[np.isin(step, reach)]


def _meets(
    reports: Encoded, grid: _Grid, queries: _Ints, starts: _Ints, near: Spots
) -> NDArray[np.bool_]:
    """Return which queries look into the cell of a report that is near; no fewer, at times more."""
    bands = len(starts) - 1
    around = np.diff(starts)

    def placed(spots: Spots) -> tuple[_Ints, _Ints, NDArray[np.float64]]:
        step = (spots.start - grid.anchor_s) // grid.step_s
        band = np.clip(((spots.lat + 90) / grid.height).astype(np.int64), 0, bands - 1)
        return step, band, (spots.lon - grid.anchor_lon) % 360 / 360

    step, band, east = placed(Spots.of(reports, queries))
    column = np.minimum((east * around[band]).astype(np.int64), around[band] - 1)
    keys = step * starts[-1] + starts[band] + column
    cells, rings = [], []
    steps, rows, easts = placed(near)
    for later in (-1, 0, 1):
        for up in (-1, 0, 1):
            other = np.clip(rows + up, 0, bands - 1)
            middle = (easts * around[other]).astype(np.int64)
            # a query looks one column to each side of its own place, counted in the other band
            for aside in range(-3, 4):
                place = (middle + aside) % around[other]
                cells.append((steps + later) * starts[-1] + starts[other] + place)
            # near a pole the columns of two bands differ too much: the whole ring
            rings.append(((steps + later) * bands + other)[around[other] < 64])
    meets = np.isin(keys, np.unique(np.concatenate(cells)))
    ring = np.unique(np.concatenate(rings))
    return meets | np.isin(step * bands + band, ring) if len(ring) else meets


def _parts(
    reports: Encoded,
    grid: _Grid,
    queries: _Ints,
    members: _Ints,
    near: Spots | None,
    *,
    among: bool,
) -> Iterator[Part]:
    """Match queries with members; `among`: the queries are members too, and a pair of two comes once."""
    if not len(queries) or not len(members):
        return
    starts = np.concatenate([[0], np.cumsum(grid.columns())])
    is_query = np.zeros(len(reports), np.bool_)
    is_query[queries] = True
    if near is not None:
        queries = queries[_meets(reports, grid, queries, starts, near)]
    members, keys = _sort_by_cell(reports, grid, members, starts)
    if among:
        asks = np.zeros(len(reports), np.bool_)
        asks[queries] = True
        queries = members[asks[members]]
    else:
        queries, _ = _sort_by_cell(reports, grid, queries, starts)
    for begin in range(0, len(queries), _QUERIES):
        yield Part(
            reports=reports,
            grid=grid,
            starts=starts,
            queries=queries[begin : begin + _QUERIES],
            members=members,
            keys=keys,
            is_query=is_query,
        )


MARKS = 4_294_967_291
"""Pairs are marked by a number below this one, which spreads them evenly and depends on nothing else."""


def _sort_by_cell(reports: Encoded, grid: _Grid, rows: _Ints, starts: _Ints) -> tuple[_Ints, _Ints]:
    """Return the rows in the order of their cells, and the number of each one's cell."""
    count = len(starts) - 1
    band = np.clip(((reports.lat[rows] + 90) / grid.height).astype(np.int64), 0, count - 1)
    around = starts[band + 1] - starts[band]
    east = (reports.lon[rows] - grid.anchor_lon) % 360 / 360
    column = np.minimum((east * around).astype(np.int64), around - 1)
    key = (reports.start[rows] - grid.anchor_s) // grid.step_s * starts[-1] + starts[band] + column
    order = np.argsort(key, kind="stable")
    return rows[order], key[order]


class Cover(NamedTuple):
    """Where and when n reports may have been, an array of each; see `Encoded`."""

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    point: NDArray[np.float64]
    radius: NDArray[np.float64]
    start: _Ints
    end: _Ints
    length_class: NDArray[np.uint8]
    source: NDArray[np.int32]


class Listed(NamedTuple):
    """Queries against the sorted members of one grid: `keys` the cell of each member, `starts` of the bands.

    `height` degrees of a band, `step_s` seconds of a cell, `anchor_lon` and `anchor_s` where the grid begins.
    """

    queries: _Ints
    members: _Ints
    keys: _Ints
    is_query: NDArray[np.bool_]
    starts: _Ints
    height: float
    step_s: int
    anchor_lon: float
    anchor_s: int


class Limits(NamedTuple):
    """`pairs` after which the search stops; members of a cell that are a `crowd`, of a large one the `least`.

    With a degree to count in, only pairs whose mark lies below `bar` are kept.
    """

    pairs: int
    crowd: int
    least: int
    bar: int


@inline
def mark_pair(late: int, early: int) -> int:
    """Return a number that spreads pairs evenly and depends on nothing else (Knuth's multiplicative hashing)."""
    return late * 2_654_435_761 ^ early * 2_246_822_519


@inline
def _first_not_below(key: int, keys: _Ints, begin: int) -> int:
    """Return the first place from `begin` on where a key is no lower."""
    left, right = begin, len(keys)
    while left < right:
        half = (left + right) // 2
        if keys[half] < key:
            left = half + 1
        else:
            right = half
    return left


@inline
def _nearest_in_time(
    report: int, own: int, left: int, last: int, listed: Listed, limits: Limits
) -> tuple[int, int]:
    """Return the range, of the members from `left` to cell `last`, that are nearest to `report` of cell `own`.

    What is nearest in number is nearest in time. Four crowds in one place are compared in full, more of them ever
    less.
    """
    keys, members = listed.keys, listed.members
    right = _first_not_below(last + 1, keys, left)
    near, top = left, right
    while near < top:
        half = (near + top) // 2
        if keys[half] < own or (keys[half] == own and members[half] < report):
            near = half + 1
        else:
            top = half
    crowd = limits.crowd
    most = max(limits.least, min(crowd, 4 * crowd * crowd // (right - left)))
    begin = max(left, min(near - most // 2, right - most))
    return begin, min(right, begin + most)


@kernel
def find_touching(
    query: int,
    listed: Listed,
    cover: Cover,
    limits: Limits,
    degree: _Ints,
    buffer: NDArray[np.int32],
) -> tuple[int, int]:
    """Fill the buffer with pairs from one query on; return the next query and the number of pairs.

    With a `degree` to count in, the buffer takes only the pairs whose mark lies below the bar.
    """
    starts, keys, crowd = listed.starts, listed.keys, limits.crowd
    bands = len(starts) - 1
    cells = starts[bands]
    count = 0
    low, high = np.zeros(_RANGES, np.int64), np.zeros(_RANGES, np.int64)
    while query < len(listed.queries) and count < limits.pairs:
        report = listed.queries[query]
        query += 1
        bucket = (cover.start[report] - listed.anchor_s) // listed.step_s
        band = min(max(int((cover.lat[report] + 90) / listed.height), 0), bands - 1)
        east = ((cover.lon[report] - listed.anchor_lon) % 360) / 360
        ranges = 0
        for step in range(-1, 2):
            for up in range(max(band - 1, 0), min(band + 2, bands)):
                around = starts[up + 1] - starts[up]
                base = (bucket + step) * cells + starts[up]
                middle = min(int(east * around), around - 1)
                first, last = middle - 1, middle + 1
                parts = 1
                if around <= 3:
                    first, last = 0, around - 1
                elif first < 0 or last >= around:
                    parts = 2
                for part in range(parts):
                    begin, stop = first, last
                    if parts == 2 and first < 0:
                        begin, stop = (0, last) if part == 0 else (around - 1, around - 1)
                    elif parts == 2:
                        begin, stop = (first, around - 1) if part == 0 else (0, 0)
                    left = _first_not_below(base + begin, keys, 0)
                    right = left
                    while right < len(keys) and keys[right] <= base + stop:
                        right += 1
                        if right - left > crowd:
                            break
                    if right - left > crowd:
                        left, right = _nearest_in_time(
                            report, base + middle, left, base + stop, listed, limits
                        )
                    if right > left:
                        low[ranges] = left
                        high[ranges] = right
                        ranges += 1
        for index in range(ranges):
            for place in range(low[index], high[index]):
                other = listed.members[place]
                if listed.is_query[other] and other >= report:
                    continue
                if not touches(report, other, cover):
                    continue
                late, early = max(report, other), min(report, other)
                if len(degree) > 0:
                    if cover.source[report] != cover.source[other]:
                        degree[report] += 1
                        degree[other] += 1
                    if mark_pair(late, early) % MARKS >= limits.bar:
                        continue
                buffer[0, count], buffer[1, count] = late, early
                count += 1
    return query, count


@inline
def touches(one: int, two: int, cover: Cover) -> bool:
    """Return whether discs and intervals of two reports touch, within tolerance."""
    gap = max(cover.start[one], cover.start[two]) - min(cover.end[one], cover.end[two])
    if gap >= SLACK_S[cover.length_class[one]] + SLACK_S[cover.length_class[two]]:
        return False
    point = cover.point
    dx = point[one, 0] - point[two, 0]
    dy = point[one, 1] - point[two, 1]
    dz = point[one, 2] - point[two, 2]
    joint = np.sqrt(cover.radius[one] ** 2 + cover.radius[two] ** 2)
    reach = REACH_FACTOR * joint + REACH_SLACK_M
    square = (dx * dx + dy * dy + dz * dz) * EARTH_RADIUS_M * EARTH_RADIUS_M
    return bool(square <= reach * reach)
