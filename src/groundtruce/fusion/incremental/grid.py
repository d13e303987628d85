"""Cells: reports in rows that insertion reads at one place, and listed by where and when they are.

The grids are as coarse as those of the sweep, but begin at the meridian of Greenwich and in 1970.
"""

import math

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.features.encode import (
    LENGTH_BOUNDS_S,
    LONGEST_S,
    RADIUS_BOUNDS_M,
    WIDEST_M,
    Encoded,
)
from groundtruce.fusion.incremental.insert import (
    IN_USE,
    OF_CLASS,
    ROW,
    SLOT,
    Cells,
    Grids,
    enter_cells,
    list_rows,
)
from groundtruce.fusion.matching.candidates import REACH_FACTOR, REACH_SLACK_M, SLACK_S
from groundtruce.model.place import EARTH_RADIUS_M

__all__ = ["index_rows", "make_room", "pack_rows", "place_in_groups"]

_Ints = NDArray[np.int64]
_Rows = NDArray[np.void]
_WIDTHS_M = np.array([*RADIUS_BOUNDS_M[2:4], WIDEST_M])
_LENGTHS_S = np.array([*LENGTH_BOUNDS_S[2:4], LONGEST_S])
_SIZES_M = (REACH_FACTOR * math.sqrt(2) * _WIDTHS_M + REACH_SLACK_M) * 1.001


def index_rows(rows: _Rows, room: int) -> Cells:
    """Return the cells of the rows, with room for so many rows more."""
    heights = np.degrees(_SIZES_M / EARTH_RADIUS_M)
    columns = [_columns(*size) for size in zip(heights, _SIZES_M, strict=True)]
    grids = Grids(
        heights=heights,
        begins=np.cumsum([0, *(len(bands) for bands in columns)]),
        around=np.concatenate(columns),
        steps=_LENGTHS_S + 2 * SLACK_S[2:],
    )
    counts = np.zeros(OF_CLASS + 9, np.int64)
    keys, members = list_rows.for_work(len(rows) * 20)(rows, counts, grids)
    order = np.argsort(keys, kind="stable")
    names, first = np.unique(keys[order], return_index=True)
    cells = np.zeros(len(names), SLOT)
    cells["key"], cells["begin"], cells["head"] = names, first, -1
    cells["end"] = np.append(first, len(keys))[1:]
    counts[IN_USE] = len(cells)
    return Cells(
        slots=_slots(cells, room),
        members=members[order],
        chain=np.zeros((9 * room, 2), np.int32),
        counts=counts,
        grids=grids,
    )


def make_room(cells: Cells, room: int) -> Cells:
    """Return the same cells with room for so many rows more."""
    return cells._replace(
        slots=_slots(cells.slots[cells.slots["key"] >= 0], room),
        chain=np.concatenate([cells.chain, np.zeros((9 * room, 2), np.int32)]),
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
    enter_cells.for_work(len(cells) * 8)(slots, cells)
    return slots


def pack_rows(reports: Encoded) -> _Rows:
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


def place_in_groups(rows: _Rows, group: _Ints, original: _Ints) -> None:
    """Give the rows their groups; one that repeats another, `original`, counts for nothing there."""
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
