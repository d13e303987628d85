"""Search: one line of text, looked up as an identifier, a place on the map, the name of a place, and as words.

* Every reading that fits is answered, so that nobody has to say what was meant.
* A place on the map is two degrees, latitude first as people write them, or a square of the military grid (MGRS).
* Names of places are compared folded, by their beginning.

>>> str(read_area("36.2 37.1")[1])
'37.05,36.15,37.15,36.25'
>>> read_area("37SCA 12 34")[0]
'37SCA 12 34'
"""

import re
from dataclasses import dataclass
from threading import Lock
from warnings import catch_warnings, filterwarnings

import numpy as np
import polars as pl
from mgrs import MGRS
from mgrs.core import MGRSError

from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.codec import find_numbers
from groundtruce.database.columnar.columns import Columns, Whole, read_columns
from groundtruce.database.filters.bbox import Box, find_arc
from groundtruce.database.filters.choose import choose
from groundtruce.database.filters.filters import Filters
from groundtruce.database.load.search_text import fold_column, fold_text
from groundtruce.database.query.incident import (
    Incident,
    Redirect,
    find_redirect,
    list_incidents,
    read_incidents,
)
from groundtruce.database.query.report import Report, find_by_prefix

__all__ = ["Area", "Found", "PlaceFound", "read_area", "search"]

_AROUND_DEG = 0.05
"""Degrees around a point that is given by its coordinates: some five kilometres."""

_EAST, _NORTH, _TURN = 180.0, 90.0, 360.0
_IDENTIFIER = re.compile(r"i-[a-z2-7]{1,12}")
_DEGREE = r"([+-]?\d{1,3}(?:\.\d+)?)\s*°?\s*"
_COORDINATES = re.compile(
    _DEGREE + r"([NS]?)(?:\s*[,;]\s*|\s+)" + _DEGREE + r"([EW]?)", re.IGNORECASE
)
_GRID = re.compile(r"(\d{1,2}[C-HJ-NP-X][A-HJ-NP-Z]{2})((?:\d\d){0,5})")
_WARNINGS = Lock()
"""What is ignored is so for the whole process: one square at a time."""

_GRID_DIGITS = 5
"""Digits of easting and of northing that name a metre."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A part of the map that the text names, and how many incidents lie in it."""

    label: str
    box: Box
    incidents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFound:
    """A name of a place as sources give it, with its incidents and where these lie; None where no place is known."""

    name: str
    incidents: int
    box: Box | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Everything that a text can mean; `moved` says where an incident of that identifier went."""

    text: str
    incidents: tuple[Incident, ...]
    total: int
    total_is_least: bool
    reports: tuple[Report, ...]
    places: tuple[PlaceFound, ...]
    area: Area | None
    moved: Redirect | None


def search(database: Database, text: str, limit: int = 20) -> Found:
    """Return what a text names; raises GroundtruceError `query.bad_value` where it is too long."""
    filters = Filters.parse([("q", text)])
    sought = filters.value("q") or ""
    columns = read_columns(database)
    rows = _find_by_identifier(columns, sought)
    if len(rows) or not sought:
        incidents = read_incidents(database, columns.number[rows[:limit]].tolist())
        total, least = len(rows), False
    else:
        page = list_incidents(database, filters, limit=limit)
        incidents, total, least = page.rows, page.total, page.total_is_least
    area = read_area(sought)
    return Found(
        text=sought,
        incidents=incidents,
        total=total,
        total_is_least=least,
        reports=find_by_prefix(database, sought, limit) if sought else (),
        places=_find_places(columns, fold_text(sought), limit),
        area=None
        if area is None
        else Area(label=area[0], box=area[1], incidents=_count_in(database, area[1])),
        moved=find_redirect(database, sought[:1].upper() + sought[1:].lower()),
    )


def read_area(text: str) -> tuple[str, Box] | None:
    """Return how a part of the map is written, and its box; None where the text names none."""
    degrees = _COORDINATES.fullmatch(text)
    if degrees is not None:
        lat = float(degrees[1]) * (-1 if degrees[2].upper() == "S" else 1)
        lon = float(degrees[3]) * (-1 if degrees[4].upper() == "W" else 1)
        return _read_point(lat, lon)
    square = _GRID.fullmatch(text.upper().replace(" ", ""))
    return None if square is None else _read_square(square[1], square[2])


def _read_point(lat: float, lon: float) -> tuple[str, Box] | None:
    if abs(lat) > _NORTH or abs(lon) > _EAST:
        return None
    west, east = lon - _AROUND_DEG, lon + _AROUND_DEG
    box = Box(
        west=west + _TURN if west < -_EAST else west,
        south=max(lat - _AROUND_DEG, -_NORTH),
        east=east - _TURN if east > _EAST else east,
        north=min(lat + _AROUND_DEG, _NORTH),
    )
    return f"{lat:g} {lon:g}", box


def _read_square(zone: str, digits: str) -> tuple[str, Box] | None:
    """Return the box around a square of the grid, which is not square in degrees: that of its four corners."""
    half = len(digits) // 2
    easting, northing = digits[:half], digits[half:]
    squares = [
        f"{zone}{easting.ljust(_GRID_DIGITS, x)}{northing.ljust(_GRID_DIGITS, y)}"
        for x in "09"
        for y in "09"
    ]
    try:
        with _WARNINGS, catch_warnings():
            # a corner may be beyond the band of latitude that its square belongs to
            filterwarnings("ignore", 'Warning in "Convert_MGRS', RuntimeWarning)
            corners = [MGRS().toLatLon(square) for square in squares]
    except MGRSError:
        return None
    lats, lons = zip(*corners, strict=True)
    west, east = find_arc(np.array(lons))
    label = " ".join(filter(None, (zone, easting, northing)))
    return label, Box(west=west, south=min(lats), east=east, north=max(lats))


def _count_in(database: Database, box: Box) -> int:
    return choose(database, Filters.parse([("bbox", str(box))])).count


def _find_by_identifier(columns: Columns, text: str) -> Whole:
    """Return the rows of the incidents whose identifier the text is, or the beginning of which it is."""
    if not _IDENTIFIER.fullmatch(text.lower()):
        return np.empty(0, np.int64)
    first, last = find_numbers(text.lower())
    begin, end = np.searchsorted(columns.number, [first, last])
    return np.arange(begin, end)


def _find_places(columns: Columns, sought: str, limit: int) -> tuple[PlaceFound, ...]:
    """Return the places one of whose words the text begins, with most incidents first."""
    names = columns.keep("folded place names", lambda: _fold_names(columns.place_name.values))
    codes = [code for code, name in enumerate(names) if sought and f" {sought}" in name]
    if not codes:
        return ()
    counts = np.bincount(columns.place_name.codes, minlength=len(names))[codes]
    ranked = sorted(zip((-counts).tolist(), codes, strict=True))[:limit]
    return tuple(
        PlaceFound(
            name=str(columns.place_name.values[code]),
            incidents=-count,
            box=_surround(columns, code),
        )
        for count, code in ranked
        if count
    )


def _fold_names(values: tuple[str | None, ...]) -> list[str]:
    """Return names folded, each word after a space."""
    names = pl.Series("name", values, pl.String).to_frame()
    return names.select(" " + fold_column(pl.col("name")).fill_null("")).to_series().to_list()


def _surround(columns: Columns, code: int) -> Box | None:
    rows = np.flatnonzero(columns.place_name.codes == code)
    rows = rows[~np.isnan(columns.lon[rows])]
    if not len(rows):
        return None
    west, east = find_arc(columns.lon[rows])
    lat = columns.lat[rows]
    return Box(west=west, south=float(lat.min()), east=east, north=float(lat.max()))
