"""The map and the period as still pictures: what a reader sees first, and all that one without scripts needs.

* Few incidents are drawn each for itself, with the numbers of the list beside; many by cell, with their count.
* The drawing of the period has a bar for each step that has incidents, the most serious verdict at its foot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from markupsafe import Markup
from shapely import Geometry

from groundtruce.database.columnar.grid import DEEPEST, HIGHEST_LAT
from groundtruce.database.filters.bbox import find_arc
from groundtruce.database.query.incident import Incident
from groundtruce.database.query.tile import LocatedIncidents
from groundtruce.database.query.timeline import Histogram, TimelineStep
from groundtruce.language.words import Words
from groundtruce.maps.static_map import MapPicture, Marker, PlaceLabel, render_map, too_coarse
from groundtruce.maps.symbol import Symbol
from groundtruce.model.code import NOT_ASSESSED, VERDICTS, Verdict

__all__ = ["Chart", "ScaleBar", "Still", "draw_chart", "draw_map", "find_bounds"]

FEW = 40
"""Symbols with numbers that a map of 720 pixels has room for."""

_CELLS = 80
_NAMED_RADIUS_M = 30_000
_PLACES = 12
_OUTLIERS = 0.005
"""Share of the incidents on each side that a view over many may leave out: some are where somebody mistyped."""
_MANY = 200
_STRIPS = 4096
"""Of the world from west to east, to find where nothing is without sorting all incidents."""
_WEEK = 7
_BEYOND_DAYS = 70
"""How far a period may reach beyond the data and still be drawn whole: ten weeks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """The drawn map; `numbered` where its numbers are those of the list, else they are counts."""

    picture: MapPicture
    about: str
    """What its symbols stand for, in words."""
    numbered: bool
    coarse: int
    """Incidents whose place is too wide to be drawn."""

    @property
    def svg(self) -> Markup:
        """The drawing, in which everything from outside is escaped."""
        return Markup(self.picture.svg)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleBar:
    """A step with its counts: heights and tops in hundredths of the drawing, by verdict from the foot up."""

    start: date
    end: date
    left: float
    width: float
    pieces: tuple[tuple[str, float, float], ...]
    verdicts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All incidents of the step."""
        return sum(self.verdicts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The period that the incidents span, in whole steps, and its bars."""

    first: date
    last: date
    stride: int
    """Days in a step."""
    bars: tuple[ScaleBar, ...]
    highest: int
    undated: int


def draw_map(
    here: LocatedIncidents, rows: Sequence[Incident], words: Words, outlines: Sequence[Geometry]
) -> Still | None:
    """Return the map of the incidents chosen, of which `rows` are listed; None where none can be drawn."""
    count = len(_place_chosen(here))
    numbered = count <= FEW and sum(map(_on_map, rows)) >= count
    markers = _single(rows, words) if numbered else _group_markers(here, words)
    coarse = too_coarse(markers)
    if len(coarse) == len(markers):
        return None
    about = (
        words.say(
            "Each symbol is an incident with its number in the list; the circle holds its place."
        )
        if numbered
        else words.say(
            "Each symbol stands for the incidents around it, with their number; its shape is the most serious verdict."
        )
    )
    picture = render_map(
        markers,
        language=words.language.value,
        title=words.say("Where the chosen incidents lie"),
        description=about,
        places=_places(rows) if numbered else (),
        outlines=outlines,
    )
    return Still(picture=picture, about=about, numbered=numbered, coarse=len(coarse))


def find_bounds(here: LocatedIncidents) -> tuple[float, float, float, float] | None:
    """Return west, south, east and north of the chosen incidents; of many, without those furthest out.

    Across the antimeridian, where that is narrower, east is beyond 180: the map library takes degrees that go on.
    """
    places = _place_chosen(here)
    if not len(places):
        return None
    x, y = here.placed.x[places], here.placed.y[places]
    strips = np.flatnonzero(np.bincount((x * _STRIPS).astype(np.int64)))
    begin, _ = find_arc(strips / _STRIPS, turn=1.0)
    share = _OUTLIERS if len(places) > _MANY else 0.0
    (west, east), (north, south) = (
        np.quantile(coordinates, [share, 1 - share], method="nearest")
        for coordinates in ((x - begin) % 1, y)
    )
    margin = 0.0005  # of the world: 20 km at the equator, so that one incident is not a point
    lat = [_lat(min(max(edge, 0.0), 1.0)) for edge in (south + margin, north - margin)]
    first, wide = (begin + west - margin) % 1, east - west + 2 * margin
    lon = (first * 360 - 180, (first + wide) * 360 - 180) if wide < 1 else (-180.0, 180.0)
    return lon[0], lat[0], lon[1], lat[1]


def draw_chart(histogram: Histogram, period: Sequence[date]) -> Chart | None:
    """Return the drawing of a histogram as far as it or a period goes; None where nothing is dated."""
    if not histogram.bars:
        return None
    stride = _WEEK if histogram.step is TimelineStep.WEEK else 1
    first = min(bar.start for bar in histogram.bars)
    last = max(bar.start for bar in histogram.bars) + timedelta(days=stride - 1)
    steps_before = -((min((first, *period)) - first).days // stride)
    steps_after = -((last - max((last, *period))).days // stride)
    first -= timedelta(days=min(steps_before * stride, _BEYOND_DAYS))
    last += timedelta(days=min(steps_after * stride, _BEYOND_DAYS))
    days = (last - first).days + 1
    highest = max(sum(bar.verdicts.values()) for bar in histogram.bars)
    bars = []
    for bar in sorted(histogram.bars, key=lambda bar: bar.start):
        counts = [(verdict, bar.verdicts.get(verdict, 0)) for verdict in VERDICTS]
        ends = [0, *np.cumsum([count for _, count in counts]).tolist()]
        pieces = tuple(
            (verdict, 100 - 100 * end / highest, 100 * (end - begin) / highest)
            for (verdict, _), (begin, end) in zip(counts, pairwise(ends), strict=True)
            if end > begin
        )
        bars.append(
            ScaleBar(
                start=bar.start,
                end=bar.start + timedelta(days=stride - 1),
                left=100 * (bar.start - first).days / days,
                width=100 * stride / days,
                pieces=pieces,
                verdicts=bar.verdicts,
            )
        )
    return Chart(
        first=first,
        last=last,
        stride=stride,
        bars=tuple(bars),
        highest=highest,
        undated=histogram.undated,
    )


def _place_chosen(here: LocatedIncidents) -> np.ndarray:
    """Return the places in the sorted rows of those that are chosen."""
    if here.mask is None:
        return np.arange(len(here.placed.rows))
    return np.flatnonzero(here.mask[here.placed.rows])


def _on_map(incident: Incident) -> bool:
    """Return whether an incident has a place that Web Mercator can show."""
    return incident.place is not None and abs(incident.place.lat) < HIGHEST_LAT


def _single(rows: Sequence[Incident], words: Words) -> list[Marker]:
    """Return a numbered marker for each incident that has a place."""
    return [
        Marker(
            key=str(number),
            lat=incident.lat,
            lon=incident.lon,
            radius_m=incident.location_radius_m or 0.0,
            symbol=_symbol(incident.verdict),
            title=f"{number}. {words.label('kind', incident.kind)}, {incident.place_name or '–'}",
        )
        for number, incident in enumerate(rows, 1)
        if incident.lat is not None and incident.lon is not None
    ]


def _group_markers(here: LocatedIncidents, words: Words) -> list[Marker]:
    """Return a marker for each square that has incidents, of the smallest squares of which there are few enough."""
    places = _place_chosen(here)
    keys = here.placed.keys[places]  # in order, so that a square is a run
    shift = next(
        two
        for two in range(0, 2 * DEEPEST + 1, 2)
        if np.count_nonzero(_square_starts(keys, two)) <= _CELLS or two == 2 * DEEPEST
    )
    square = np.cumsum(_square_starts(keys, shift)) - 1
    ranks = here.ranks[here.placed.rows[places]]
    total = np.bincount(square)
    worst = np.full(len(total), len(VERDICTS))
    np.minimum.at(worst, square, ranks)
    side = 1 << (DEEPEST - shift // 2)
    x, y = (
        _keep_from_edges(np.bincount(square, axis[places]) / total, side)
        for axis in (here.placed.x, here.placed.y)
    )
    return [
        Marker(
            key=words.number(count) if count > 1 else "",
            lat=_lat(north),
            lon=east * 360 - 180,
            radius_m=0.0,
            symbol=_symbol(VERDICTS[rank]),
            title=words.say_many("{n} incident", "{n} incidents", count),
        )
        for count, rank, east, north in zip(
            total.tolist(), worst.tolist(), x.tolist(), y.tolist(), strict=True
        )
    ]


def _square_starts(keys: np.ndarray, shift: int) -> np.ndarray:
    """Return where a square begins: the first incident, and each that is in another than the one before."""
    squares = keys >> np.uint32(shift)
    return np.concatenate(([True], squares[1:] != squares[:-1]))


def _keep_from_edges(middle: np.ndarray, side: int) -> np.ndarray:
    """Return middles of squares' incidents, kept from the edges: two symbols never fall together."""
    square = np.floor(middle * side)
    return np.asarray((square + np.clip(middle * side - square, 0.3, 0.7)) / side)


def _places(rows: Sequence[Incident]) -> list[PlaceLabel]:
    """Return the names of the places that are precise enough to be named, up to a limit."""
    labels: dict[str, PlaceLabel] = {}
    for incident in rows:
        if incident.place_name is None or incident.lat is None or incident.lon is None:
            continue
        if (incident.location_radius_m or 0.0) <= _NAMED_RADIUS_M and len(labels) < _PLACES:
            labels.setdefault(
                incident.place_name,
                PlaceLabel(name=incident.place_name, lat=incident.lat, lon=incident.lon),
            )
    return list(labels.values())


def _symbol(verdict: str) -> Symbol:
    """Return the symbol of a verdict; what no clause is about is drawn as no breach, which it is."""
    return Symbol(Verdict.NO_BREACH if verdict == NOT_ASSESSED else verdict)


def _lat(y: float) -> float:
    """Return the latitude of a share of the world from the north."""
    if y in (0.0, 1.0):
        return HIGHEST_LAT if y == 0.0 else -HIGHEST_LAT
    return float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * y)))))
