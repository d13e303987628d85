"""Dating: to which day an incident belongs, by the clock of the agreement's zone.

* An incident is dated to a day in which all of its interval lies; one of an empty interval to the day of its start.
* It touches every day from its first to its last; an unknown first day is before every day, an unknown last day after.

>>> to_day_number(date(1970, 1, 3)), from_day_number(-1).isoformat()
(2, '1969-12-31')
"""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import polars as pl

from groundtruce.model.instant import EPOCH

__all__ = ["FIRST_DAY", "LAST_DAY", "from_day_number", "local_days", "to_day_number"]

FIRST_DAY, LAST_DAY = (int(bound) for bound in (np.iinfo(np.int32).min, np.iinfo(np.int32).max))
"""Numbers for an unknown first and an unknown last day."""


def to_day_number(day: date) -> int:
    """Return a day as days since 1970."""
    return (day - EPOCH.date()).days


def from_day_number(number: int) -> date:
    """Return the day with a number."""
    return EPOCH.date() + timedelta(days=number)


def local_days(zone: str) -> Mapping[str, pl.Expr]:
    """Return the local dates of the first and the last moment of incidents, as `first_day` and `last_day`."""
    start = pl.col("occurred_from")
    last = pl.col("occurred_to") - pl.duration(microseconds=1)
    end = pl.when(last < start).then(start).otherwise(last)
    return {
        name: moment.dt.convert_time_zone(zone).dt.date().alias(name)
        for name, moment in (("first_day", start), ("last_day", end))
    }
