"""Slabs: time cut into stretches that are fused one by one, each with a halo of what lies around it.

* How many reports each day has is all that decides, so that every engine cuts in the same places.
* A slab sees its core and the halo on both sides, which holds the neighbours of the core and of these.
* A cut falls before a quiet day where there is one, since an incident that no cut meets needs no care.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.features.encode import LONGEST_S, WIDEST_M
from groundtruce.fusion.matching.training_days import DAY_S

__all__ = ["Cutting", "Slabs", "first_linkable", "measure_known_s", "slabs_of"]

_Ints = NDArray[np.int64]

_OPEN_BOUND_S = 3 * DAY_S
"""How far an unknown bound reaches, as `encode` has it."""
_LONG_AGO = 100_000_000_000
"""Seconds that keep a time before 1970 positive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutting:
    """How time is cut: `reports` that a core holds, about; `halo_days` on each of its sides.

    Two reports of a day each are compared up to two days apart: four days hold the neighbours of neighbours,
    and with them the density around each report that can join one of the core. A week is for coarser ones.
    """

    reports: int = 100_000
    halo_days: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Slabs:
    """`first_s` is when day 0 begins; `starts` the first day of each core, in order, the first of them 0."""

    first_s: int
    starts: tuple[int, ...]
    halo_days: int
    grid: str
    """The report that every slab sees, so that all sweep on one grid; empty where none can be linked."""

    @classmethod
    def cut(cls, first_s: int, count: _Ints, how: Cutting, grid: str | None = None) -> "Slabs":
        """Cut time by the number of reports of each day from `first_s` on; `grid` as `first_linkable` has it."""
        before = np.concatenate([[0], np.cumsum(count)])
        around = count + np.concatenate([[0], count[:-1]])
        starts = [0]
        while before[-1] - before[starts[-1]] > how.reports:
            begin = starts[-1]
            low, high = np.searchsorted(
                before, before[begin] + np.array([how.reports * 2 // 3, how.reports])
            )
            low = max(int(low), begin + 1)
            high = min(max(int(high), low), len(count) - 1)
            if low > high:
                break
            starts.append(low + int(np.argmin(around[low : high + 1])))
        return cls(
            first_s=first_s,
            starts=tuple(starts),
            halo_days=how.halo_days,
            grid=(grid or "").rpartition("|")[2],
        )

    def __len__(self) -> int:
        """Return the number of slabs."""
        return len(self.starts)

    def at(self, seconds: _Ints) -> _Ints:
        """Return the slab in whose core each moment lies; before the first and after the last, these."""
        day = (seconds - self.first_s) // DAY_S
        return np.maximum(np.searchsorted(np.array(self.starts), day, side="right") - 1, 0)


def measure_known_s(reports: pl.DataFrame) -> _Ints:
    """Return for each report the seconds since 1970 by which it is counted to a day; see `stretch.day_numbers`."""
    return (
        reports.select(pl.coalesce("occurred_from", "occurred_to").dt.epoch("s"))
        .to_series()
        .to_numpy()
    )


def slabs_of(reports: pl.DataFrame, slabs: Slabs) -> tuple[_Ints, _Ints, _Ints]:
    """Return for each row its home, and the first and the last of the slabs that see it.

    A report without a place, or too coarse to be linked, is seen by its home alone; the first of the others
    by all, since the grids of the sweep begin there.
    """
    spans = _spans(reports)
    low, high = spans["low"].to_numpy(), spans["high"].to_numpy()
    alone = ~spans["linkable"].to_numpy()
    halo = slabs.halo_days * DAY_S
    home = slabs.at(measure_known_s(reports))
    first = np.where(alone, home, slabs.at(low - halo))
    last = np.where(alone, home, slabs.at(high + halo))
    everywhere = (reports["report_id"] == slabs.grid).to_numpy()
    return home, np.where(everywhere, 0, first), np.where(everywhere, len(slabs) - 1, last)


def first_linkable(reports: pl.DataFrame) -> str | None:
    """Return what orders the first report that can be linked among those of other tables: its id stands last."""
    earliest = (
        _spans(reports)
        .with_columns(reports["report_id"])
        .filter("linkable")
        .bottom_k(1, by=["low", "high", "report_id"])
    )
    rows = earliest.select("low", "high", "report_id").rows()
    return next(
        (f"{low + _LONG_AGO:015}|{high + _LONG_AGO:015}|{name}" for low, high, name in rows), None
    )


def _spans(reports: pl.DataFrame) -> pl.DataFrame:
    """Return the interval of each report in seconds since 1970, as `encode` has it, and whether it can be linked."""
    start, end = (pl.col(name).dt.epoch("s") for name in ("occurred_from", "occurred_to"))
    low = start.fill_null(end - _OPEN_BOUND_S)
    high = pl.max_horizontal(end.fill_null(start + _OPEN_BOUND_S), low + 60)
    placed = pl.col("lat").is_not_null() & pl.col("lon").is_not_null()
    fine = (pl.col("location_radius_m") <= WIDEST_M).fill_null(value=True)
    return reports.select(low=low, high=high, linkable=placed & fine & (high - low <= LONGEST_S))
