"""Squares: where incidents are on the square grid of web maps, so that a part of the map is one run of rows.

* Web Mercator cut into 2^zoom squares a side, y from the north (the scheme of every web map); what is beyond
  85.05 degrees is on no such map.
* Rows are sorted along a curve that fills each square before it leaves it, so that a square of any zoom is a slice.
* Everything here is a pure function of arrays.

>>> where = placed(np.array([37.16, np.nan]), np.array([36.2, 0.0]))
>>> where.find_rows(4, 9, 6).tolist(), where.find_rows(4, 0, 0).tolist()
([0], [])
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["DEEPEST", "HIGHEST_LAT", "SquareIndex", "sort_by_square"]

DEEPEST = 16
"""The last zoom whose squares are told apart: 600 m at the equator, less than what most places are known to."""

HIGHEST_LAT = 85.051128779806604
"""Where the square of the whole world ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SquareIndex:
    """Rows that have a place on the map, sorted by square; `x` and `y` are shares of the world, 0 to 1."""

    rows: NDArray[np.int64]
    keys: NDArray[np.uint32]
    x: NDArray[np.float64]
    y: NDArray[np.float64]

    def find_run(self, zoom: int, column: int, line: int) -> slice:
        """Return the slice of `rows` that is in a square; raises ValueError for one that is not on the grid."""
        side = 1 << zoom if 0 <= zoom <= DEEPEST else 0
        if not (0 <= column < side and 0 <= line < side):
            raise ValueError(f"no square {zoom}/{column}/{line}")
        shift = 2 * (DEEPEST - zoom)
        first = int(_interleave(np.array([column]), np.array([line]))[0]) << shift
        begin = np.searchsorted(self.keys, np.uint32(first), side="left")
        end = np.searchsorted(self.keys, np.uint32(first + (1 << shift) - 1), side="right")
        return slice(int(begin), int(end))

    def find_rows(self, zoom: int, column: int, line: int) -> NDArray[np.int64]:
        """Return the rows in a square, in the order of the curve."""
        return self.rows[self.find_run(zoom, column, line)]


def sort_by_square(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> SquareIndex:
    """Sort rows by square; degrees, NaN where a place is not known."""
    on_map = np.flatnonzero(np.isfinite(lon) & (np.abs(lat) < HIGHEST_LAT))
    x = (lon[on_map] / 360.0 + 0.5) % 1.0
    sine = np.sin(np.radians(lat[on_map]))
    y = 0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)
    side = 1 << DEEPEST
    keys = _interleave(
        np.clip((x * side).astype(np.int64), 0, side - 1),
        np.clip((y * side).astype(np.int64), 0, side - 1),
    )
    order = np.argsort(keys, kind="stable")
    return SquareIndex(rows=on_map[order], keys=keys[order], x=x[order], y=y[order])


def _interleave(column: NDArray[np.int64], line: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Return the bits of two numbers of 16 bits in turn: the place of a square on the curve."""
    return _spread(column) | (_spread(line) << np.uint32(1))


def _spread(number: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Return a zero after each bit, from the lowest on."""
    bits = number.astype(np.uint32)
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        bits = (bits | (bits << np.uint32(shift))) & np.uint32(mask)
    return bits
