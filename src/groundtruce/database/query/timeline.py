"""The timeline: how many incidents with which verdict each day, week or month has.

* An incident stands in a step if its whole interval lies in it, as the daily report dates it; others are counted
  apart, so that no step is made to look busier than it was.
* Weeks begin on Monday. Steps without an incident are left out: silence of the sources is not calm.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.columns import Columns, Whole
from groundtruce.database.filters.choose import choose
from groundtruce.database.filters.filters import Filters
from groundtruce.day.dating import from_day_number
from groundtruce.day.figures import rank_verdicts
from groundtruce.model.code import VERDICTS

__all__ = [
    "UNDATED",
    "Histogram",
    "TimelineBar",
    "TimelineStep",
    "count_by_step",
    "find_start",
    "number_steps",
]

_MONDAY = 3
"""Days from the Monday before 1970 began to its first day, a Thursday."""

_WEEK = 7

UNDATED = np.iinfo(np.int64).min
"""Stands for no step."""


class TimelineStep(StrEnum):
    """How wide a bar is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class TimelineBar:
    """The incidents of a step that begins on a day."""

    start: date
    verdicts: Mapping[str, int]

    @property
    def incidents(self) -> int:
        """How many there are in all."""
        return sum(self.verdicts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Bars in the order of time, and how many incidents stand in none."""

    step: TimelineStep
    bars: tuple[TimelineBar, ...]
    undated: int
    at_least: bool = False


def count_by_step(
    database: Database, filters: Filters, step: TimelineStep = TimelineStep.DAY
) -> Histogram:
    """Count the chosen incidents by step and verdict."""
    selection = choose(database, filters)
    columns = selection.columns
    number = number_steps(columns, step)
    kept = number != UNDATED
    if selection.mask is not None:
        kept &= selection.mask
    number, rank = number[kept], rank_verdicts(columns.verdict)[kept]
    return Histogram(
        step=step,
        bars=tuple(_make_bars(number, rank, step)),
        undated=selection.count - len(number),
        at_least=selection.at_least,
    )


def number_steps(columns: Columns, step: TimelineStep) -> Whole:
    """Return by row the number of the step in which its whole interval lies, or `UNDATED`."""
    first, last = (_number_step(days, step) for days in (columns.first_day, columns.last_day))
    return np.where(first == last, first, UNDATED)


def find_start(number: int, step: TimelineStep) -> date:
    """Return the day with which a step begins.

    >>> start_of(0, Step.WEEK).isoformat(), start_of(-1, Step.MONTH).isoformat()
    ('1969-12-29', '1969-12-01')
    """
    if step is TimelineStep.DAY:
        return from_day_number(number)
    if step is TimelineStep.WEEK:
        return from_day_number(number * _WEEK - _MONDAY)
    years, month = divmod(number, 12)
    return date(1970 + years, month + 1, 1)


def _number_step(days: NDArray[np.int32], step: TimelineStep) -> Whole:
    if step is TimelineStep.DAY:
        return days.astype(np.int64)
    if step is TimelineStep.WEEK:
        return (days.astype(np.int64) + _MONDAY) // _WEEK
    months: Whole = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def _make_bars(number: Whole, rank: Whole, step: TimelineStep) -> Iterator[TimelineBar]:
    if not len(number):
        return
    first, width = int(number.min()), len(VERDICTS)
    counts = np.bincount((number - first) * width + rank)
    counts = np.pad(counts, (0, -len(counts) % width)).reshape(-1, width)
    for place in np.flatnonzero(counts.any(axis=1)).tolist():
        counted = dict(zip(VERDICTS, counts[place].tolist(), strict=True))
        yield TimelineBar(find_start(first + place, step), counted)
