"""How much of the time in which an incident lies is within given periods.

* An incident lies somewhere in `[from, to)`: if all of that is within the periods the answer is yes, if nothing of it
  no, and else unknown; the share that is within is then the probability, each instant being as likely as another.
* A missing bound leaves it unknown, unless the bound that is there decides.
* Cost grows with incidents times the logarithm of periods.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from groundtruce.agreement.period import Period, merge_periods
from groundtruce.model.instant import INSTANT

__all__ = ["measure_overlap"]


def measure_overlap(
    occurred_from: pl.Series, occurred_to: pl.Series, periods: Sequence[Period]
) -> pl.DataFrame:
    """Return `value` (Boolean, null for unknown) and `share` (from 0 to 1, null for unknown) for each incident.

    The series are instants of one length; where both bounds are one instant, that instant is meant.
    """
    kept = merge_periods(periods)
    starts, _ = _microseconds(pl.Series([period.start for period in kept], dtype=INSTANT))
    ends, _ = _microseconds(pl.Series([period.end for period in kept], dtype=INSTANT))
    begin, none_from = _microseconds(occurred_from)
    finish, none_to = _microseconds(occurred_to)
    instant = (begin == finish) & ~none_from & ~none_to
    # an instant is as long as one microsecond
    finish = np.where(instant, finish + 1, finish)
    length = np.where(none_from | none_to, 1, np.maximum(finish - begin, 1))
    within = _covered(finish, starts, ends) - _covered(begin, starts, ends)
    share = np.where(none_from | none_to, np.nan, within / length)
    before = (finish <= starts[0]) if len(starts) else np.ones(len(begin), bool)
    after = (begin >= ends[-1]) if len(ends) else np.ones(len(begin), bool)
    share = np.where((none_from & ~none_to & before) | (none_to & ~none_from & after), 0.0, share)
    made = pl.Series("share", share).fill_nan(None)
    value = pl.select(pl.when(made == 1.0).then(True).when(made == 0.0).then(False)).to_series()
    return pl.DataFrame({"value": value, "share": made})


def _microseconds(instants: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return microseconds since 1970, 0 where there is none, and where that is."""
    physical = instants.dt.cast_time_unit("us").to_physical()
    return physical.fill_null(0).to_numpy(), instants.is_null().to_numpy()


def _covered(instants: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return how many microseconds before each instant are within the periods."""
    before = np.concatenate([[0], np.cumsum(ends - starts)])
    number = np.searchsorted(starts, instants, side="right")
    last = np.maximum(number - 1, 0)
    if not len(starts):
        return np.zeros_like(instants)
    inside = np.clip(instants, starts[last], ends[last]) - starts[last]
    return np.where(number > 0, before[last] + inside, 0)
