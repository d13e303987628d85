"""The headline figures of days: incidents, verdicts, killed and injured, as the daily report counts them.

* An incident belongs to the day in which its whole interval lies.
* Persons are a range of sums; where no incident states a figure there is none, which is not zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from groundtruce.database.columnar.columns import Columns, Whole
from groundtruce.database.columnar.instant import to_day_number
from groundtruce.database.filters.family.verdict import VERDICTS
from groundtruce.database.query.timeline import ranks

__all__ = ["Figures", "Range", "figures"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Persons: the lowest and the highest sum, None where no incident has a figure."""

    figures: tuple[int, int] | None
    unstated: int
    """Incidents without any figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of one day."""

    day: date
    incidents: int
    verdicts: Mapping[str, int]
    killed: Range
    injured: Range


def figures(columns: Columns, first: date, last: date) -> tuple[Figures, ...]:
    """Return the figures of each day from the first to the last, those without an incident among them."""
    begin, days = to_day_number(first), (last - first).days + 1
    rows = np.flatnonzero(
        columns.dated & (columns.first_day >= begin) & (columns.first_day < begin + days)
    )
    day = columns.first_day[rows].astype(np.int64) - begin
    wide = len(VERDICTS)
    verdicts = np.bincount(day * wide + ranks(columns)[rows], minlength=days * wide)
    counts = verdicts.reshape(days, wide)
    killed = _ranges(day, days, columns.killed_low[rows], columns.killed_high[rows])
    injured = _ranges(day, days, columns.injured_low[rows], columns.injured_high[rows])
    return tuple(
        Figures(
            day=first + timedelta(days=place),
            incidents=int(counts[place].sum()),
            verdicts=dict(zip(VERDICTS, counts[place].tolist(), strict=True)),
            killed=killed[place],
            injured=injured[place],
        )
        for place in range(days)
    )


def _ranges(
    day: Whole, days: int, low: NDArray[np.int32], high: NDArray[np.int32]
) -> tuple[Range, ...]:
    """Return for each day the sums of low and high figures; an unknown one is negative."""
    sums = [
        np.bincount(day[known], figure[known], days).astype(np.int64)
        for figure in (low, high)
        for known in (figure >= 0,)
    ]
    stated = np.bincount(day[low >= 0], minlength=days)
    unstated = np.bincount(day[low < 0], minlength=days)
    return tuple(
        Range(
            figures=(int(sums[0][place]), int(sums[1][place])) if stated[place] else None,
            unstated=int(unstated[place]),
        )
        for place in range(days)
    )
