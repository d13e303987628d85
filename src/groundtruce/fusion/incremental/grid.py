"""Cells: reports in rows that insertion reads at one place, and listed by where and when they are.

The grids are as coarse as those of the sweep, but begin at the meridian of Greenwich and in 1970.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.features.encode import (
    LENGTH_BOUNDS_S,
    LONGEST_S,
    RADIUS_BOUNDS_M,
    WIDEST_M,
    Encoded,
)
from groundtruce.fusion.incremental.insert import ROW, SLOT, fill, listed
from groundtruce.fusion.matching.candidates import REACH_FACTOR, REACH_SLACK_M, SLACK_S
from groundtruce.model.place import EARTH_RADIUS_M

__all__ = ["STEPS_S", "Cells", "packed", "stand"]

_Ints = NDArray[np.int64]
_Rows = NDArray[np.void]
_WIDTHS_M = np.array([*RADIUS_BOUNDS_M[2:4], WIDEST_M])
_LENGTHS_S = np.array([*LENGTH_BOUNDS_S[2:4], LONGEST_S])
_SIZES_M = (REACH_FACTOR * math.sqrt(2) * _WIDTHS_M + REACH_SLACK_M) * 1.001
STEPS_S = _LENGTHS_S + 2 * SLACK_S[2:]
"""Seconds that a cell of each length lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Which reports lie in which cell. `slots` the cells by hash, `members` of them in the beginning, `chain` since.

    `counts` entries of the chain, cells in use, members by class; `heights` degrees of each width's bands of
    latitude, `begins` where they begin in `around`, the number of columns of each band.
    """

    slots: _Rows
    members: NDArray[np.int32]
    chain: NDArray[np.int32]
    counts: _Ints
    heights: NDArray[np.float64]
    begins: _Ints
    around: _Ints

    @classmethod
    def of(cls, rows: _Rows, room: int) -> "Cells":
        """List the rows, with room for more."""
        heights = np.degrees(_SIZES_M / EARTH_RADIUS_M)
        columns = [_columns(*one) for one in zip(heights, _SIZES_M, strict=True)]
        begins = np.cumsum([0, *(len(one) for one in columns)])
        around = np.concatenate(columns)
        counts = np.zeros(11, np.int64)
        run = listed.for_work(len(rows) * 20)
        keys, members = run(rows, counts, heights, begins, around, STEPS_S)
        order = np.argsort(keys, kind="stable")
        names, first = np.unique(keys[order], return_index=True)
        cells = np.zeros(len(names), SLOT)
        cells["key"], cells["begin"], cells["head"] = names, first, -1
        cells["end"] = np.append(first, len(keys))[1:]
        counts[1] = len(cells)
        return cls(
            slots=_slots(cells, room),
            members=members[order],
            chain=np.zeros((9 * room, 2), np.int32),
            counts=counts,
            heights=heights,
            begins=begins,
            around=around,
        )

    def grown(self, room: int) -> "Cells":
        """Return the same with room for more."""
        return replace(
            self,
            slots=_slots(self.slots[self.slots["key"] >= 0], room),
            chain=np.concatenate([self.chain, np.zeros((9 * room, 2), np.int32)]),
        )


def _columns(height: float, size_m: float) -> _Ints:
    """Return the number of columns of each band of latitude."""
    edge = np.arange(math.ceil(180 / height) + 1) * height - 90
    widest = np.minimum(np.maximum(np.abs(edge[:-1]), np.abs(edge[1:])), 90)
    ring = 2 * math.pi * EARTH_RADIUS_M * np.cos(np.radians(widest))
    return np.asarray(np.maximum((ring / size_m).astype(np.int64), 1))


def _slots(cells: _Rows, room: int) -> _Rows:
    """Return the cells by hash, no more than half full with room for so many reports more."""
    slots = np.zeros(1 << (2 * (len(cells) + 9 * room)).bit_length(), SLOT)
    slots["key"] = -1
    fill.for_work(len(cells) * 8)(slots, cells)
    return slots


def packed(reports: Encoded) -> _Rows:
    """Return the reports as rows of nobody's group."""
    rows = np.zeros(len(reports), ROW)
    for name in ROW.names or ():
        if hasattr(reports, name):
            rows[name] = getattr(reports, name)
    rows["x"], rows["y"], rows["z"] = reports.point.T
    rows["wide"] = np.searchsorted(_WIDTHS_M, reports.radius)
    rows["long"] = np.searchsorted(_LENGTHS_S, reports.end - reports.start)
    rows["linkable"] &= (rows["wide"] < 3) & (rows["long"] < 3)
    rows["spot"] = -1
    return rows


def stand(rows: _Rows, group: _Ints, original: _Ints) -> None:
    """Let the rows stand in their groups; one that repeats another, `original`, counts for nothing there."""
    order = np.argsort(group, kind="stable")
    order = order[original[order] == order]
    first, last = np.ones(len(order), np.bool_), np.ones(len(order), np.bool_)
    first[1:] = group[order[1:]] != group[order[:-1]]
    last[:-1] = first[1:]
    rows["group"] = group
    rows["size"] = np.bincount(group[order], minlength=len(group))
    rows["after"][order] = np.where(last, -1, np.roll(order, -1))
    rows["first"] = -1
    rows["first"][group[order[first]]] = order[first]
