"""The headline figures of days: incidents, verdicts, killed and injured.

* Persons are a range of sums; where no incident states a figure there is none, which is not zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from groundtruce.day.dating import to_day_number
from groundtruce.day.rows import IncidentRows
from groundtruce.model.code import VERDICTS
from groundtruce.model.coded import Coded

__all__ = ["Figures", "Range", "count_figures", "rank_verdicts"]


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


def count_figures(incidents: IncidentRows, first: date, last: date) -> tuple[Figures, ...]:
    """Return the figures of each day from the first to the last, also of days without an incident."""
    begin, days = to_day_number(first), (last - first).days + 1
    rows = np.flatnonzero(
        incidents.dated & (incidents.first_day >= begin) & (incidents.first_day < begin + days)
    )
    day = incidents.first_day[rows].astype(np.int64) - begin
    width = len(VERDICTS)
    verdicts = np.bincount(
        day * width + rank_verdicts(incidents.verdict.take(rows)), minlength=days * width
    )
    counts = verdicts.reshape(days, width)
    killed = _ranges(day, days, incidents.killed_low[rows], incidents.killed_high[rows])
    injured = _ranges(day, days, incidents.injured_low[rows], incidents.injured_high[rows])
    return tuple(
        Figures(
            day=first + timedelta(days=number),
            incidents=int(counts[number].sum()),
            verdicts=dict(zip(VERDICTS, counts[number].tolist(), strict=True)),
            killed=killed[number],
            injured=injured[number],
        )
        for number in range(days)
    )


def rank_verdicts(verdict: Coded[str]) -> NDArray[np.int64]:
    """Return by row the rank of its verdict in `VERDICTS`."""
    ranks = {name: rank for rank, name in enumerate(VERDICTS)}
    by_code = [ranks.get(str(value), len(VERDICTS) - 1) for value in verdict.values]
    return np.asarray(np.array(by_code, np.int64)[verdict.codes])


def _ranges(
    day: NDArray[np.int64], days: int, low: NDArray[np.int32], high: NDArray[np.int32]
) -> tuple[Range, ...]:
    """Return for each day the sums of low and high figures; an unknown one is negative."""
    low_sums, high_sums = (
        np.bincount(day[figure >= 0], figure[figure >= 0], days).astype(np.int64)
        for figure in (low, high)
    )
    stated = np.bincount(day[low >= 0], minlength=days)
    unstated = np.bincount(day[low < 0], minlength=days)
    return tuple(
        Range(
            figures=(int(low_sums[number]), int(high_sums[number])) if stated[number] else None,
            unstated=int(unstated[number]),
        )
        for number in range(days)
    )
