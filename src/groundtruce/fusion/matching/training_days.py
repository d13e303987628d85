"""Stretches: the days whose reports the model is learned from, where there are more reports than it takes.

* Whole days in stretches spread evenly over the reports, so that neighbours in time stay together.
* Days are counted from the first report: moving all of time moves the stretches along.
* How many reports each day has is all that decides, so that every engine chooses the same days.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["DAY_S", "ENOUGH", "day_numbers", "days_to_learn_from"]

ENOUGH = 100_000
"""Of more reports than this a model learns from a part."""
_PART = 50_000
"""The size of that part; more reports change the model little."""
DAY_S = 86_400
_STRETCHES = 12


def day_numbers(reports: pl.DataFrame) -> pl.Series:
    """Return the day of each row of a report table, counted from the first."""
    known = pl.coalesce("occurred_from", "occurred_to").dt.epoch("s")
    return reports.select(((known - known.min()) // DAY_S).alias("day")).to_series()


def days_to_learn_from(count: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which days to learn from, by the number of reports of each day in the order of days."""
    total = int(count.sum())
    if total <= ENOUGH:
        return np.ones(len(count), np.bool_)
    before = np.cumsum(count) - count
    first = np.searchsorted(before, np.arange(_STRETCHES) * total // _STRETCHES)
    chosen = np.zeros(len(count), np.bool_)
    for day in np.minimum(first, len(count) - 1):
        last = np.searchsorted(before, before[day] + _PART // _STRETCHES)
        chosen[day : max(last, day + 1)] = True
    return chosen
