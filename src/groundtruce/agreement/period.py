"""Periods: when terms hold, from an instant to another, or every day between two times of a zone's clock.

* A period is `[start, end)` in UTC: until 14:00 excludes 14:00:00. An end that is missing never comes.
* Times of the day are local: the same hour is another instant in summer, so each day is converted by itself.
* A local time that the clock skips is read as the instant at which it would have been without the change; of one that
  comes twice, the first is meant (PEP 495).

>>> from zoneinfo import ZoneInfo
>>> pause = Daily(start=time(9), end=time(14))
>>> [str(period) for period in pause.periods(date(2018, 2, 27), date(2018, 2, 27), ZoneInfo("Asia/Damascus"))]
['2018-02-27T07:00:00Z to 2018-02-27T12:00:00Z']
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["ALWAYS", "Daily", "Period", "intersect_periods", "merge_periods"]

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From an instant up to another, which it does not hold; both are aware, in UTC."""

    start: datetime = _FIRST
    end: datetime = _LAST

    def __post_init__(self) -> None:
        """Raise ValueError for a period that ends before it starts."""
        if self.end < self.start:
            raise ValueError(f"{self} ends before it starts")

    def __str__(self) -> str:
        """Return it for people who check it."""
        return f"{_text(self.start)} to {_text(self.end)}"


ALWAYS = Period()


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """The same hours on each day, or on some days of the week; an end at or before the start is on the next day."""

    start: time
    end: time
    weekdays: frozenset[int] = frozenset(range(7))
    """Of the day on which it starts; Monday is 0."""

    def periods(self, first: date, last: date, zone: ZoneInfo) -> tuple[Period, ...]:
        """Return the periods that start on the days from `first` to `last`, in UTC."""
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return merge_periods(
            self._period(day, zone) for day in days if day.weekday() in self.weekdays
        )

    def _period(self, day: date, zone: ZoneInfo) -> Period:
        until = day if self.start < self.end else day + timedelta(days=1)
        return Period(_instant(day, self.start, zone), _instant(until, self.end, zone))


def merge_periods(periods: Iterable[Period]) -> tuple[Period, ...]:
    """Return the same time as periods in order, of which no two touch; empty ones are left out."""
    merged: list[Period] = []
    for period in sorted(period for period in periods if period.start < period.end):
        if merged and period.start <= merged[-1].end:
            merged[-1] = Period(merged[-1].start, max(merged[-1].end, period.end))
        else:
            merged.append(period)
    return tuple(merged)


def intersect_periods(one: Iterable[Period], other: Iterable[Period]) -> tuple[Period, ...]:
    """Return the time that is in both, as `merge_periods` does."""
    others = merge_periods(other)
    return merge_periods(
        Period(max(left.start, right.start), min(left.end, right.end))
        for left in merge_periods(one)
        for right in others
        if max(left.start, right.start) < min(left.end, right.end)
    )


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def _text(instant: datetime) -> str:
    if instant in (_FIRST, _LAST):
        return "any time"
    return instant.replace(tzinfo=None).isoformat() + "Z"
