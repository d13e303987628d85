"""Timing: whether each incident lies in the window of a clause, and why not.

An incident whose interval crosses an edge is neither in nor out; the share of the interval within is the probability.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from groundtruce.agreement.period import ALWAYS, Daily, Period, intersect_periods
from groundtruce.agreement.terms import Agreement, Hours
from groundtruce.compliance.questions.overlap import measure_overlap
from groundtruce.compliance.reason_code import Missing, ReasonCode, reason_literal
from groundtruce.compliance.schedule import Window

__all__ = ["TimeAnswer", "answer_time"]

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class TimeAnswer:
    """`value` and `share` for each incident; the texts say why it is out, or why that is unknown."""

    value: pl.Series
    share: pl.Series | None
    out: pl.Expr
    unknown: pl.Expr


def answer_time(incidents: pl.DataFrame, window: Window, agreement: Agreement) -> TimeAnswer:
    """Return the answer for a frame with `occurred_from` and `occurred_to`."""
    begin, finish = incidents["occurred_from"], incidents["occurred_to"]
    opens = window.opens
    if opens is None:
        return _undetermined(begin, finish, window)
    if window.end is not None and window.end <= opens:
        periods: tuple[Period, ...] = ()
    else:
        periods = (Period(opens, window.end or ALWAYS.end),)
    kept = _without(periods, window.suspended)
    if isinstance(window.hours, Hours):
        kept = intersect_periods(kept, _daily(window.hours, begin, finish, agreement))
    answer = measure_overlap(begin, finish, kept)
    value = answer["value"]
    share: pl.Series | None = answer["share"]
    unknown = _unknown()
    if isinstance(window.hours, str):
        value = pl.select(pl.when(value.eq(other=False)).then(value)).to_series()
        share = None
        unknown = (
            pl.when(pl.col("occurred_from").is_null() | pl.col("occurred_to").is_null())
            .then(reason_literal(ReasonCode.MISSING, Missing.TIME))
            .otherwise(reason_literal(ReasonCode.MISSING, Missing.HOURS))
        )
    return TimeAnswer(value, share, _out(window), unknown)


def _undetermined(begin: pl.Series, finish: pl.Series, window: Window) -> TimeAnswer:
    """Return what is known without a start: what is before a known start, or after the end, is out."""
    out = pl.Series([False]).new_from_index(0, len(begin))
    if window.start is not None:
        out = out | _up_to(begin, finish, window.start).fill_null(value=False)
    if window.end is not None:
        out = out | (begin >= window.end).fill_null(value=False)
    missing = Missing.START if window.start is None else Missing.DEADLINE
    value = pl.select(pl.when(out).then(False)).to_series()
    return TimeAnswer(value, None, _out(window), reason_literal(ReasonCode.MISSING, missing))


def _up_to(begin: pl.Series, finish: pl.Series, moment: datetime) -> pl.Series:
    """Return which intervals end by a moment; an instant at the moment itself is after it."""
    return (finish <= moment) & ((begin < moment) | begin.is_null())


def _out(window: Window) -> pl.Expr:
    """Return why an incident is outside the window; a start or deadline not yet reached comes before other causes."""
    begin, finish = pl.col("occurred_from"), pl.col("occurred_to")
    text = reason_literal(ReasonCode.OUTSIDE_HOURS)
    for period in window.suspended:
        suspended = (begin >= period.start) & (finish <= period.end)
        text = pl.when(suspended).then(reason_literal(ReasonCode.SUSPENDED)).otherwise(text)
    if window.end is not None:
        after = begin >= window.end
        text = pl.when(after).then(reason_literal(ReasonCode.AFTER_END)).otherwise(text)
    if window.has_due and window.due is not None:
        allowed = begin < window.due
        text = pl.when(allowed).then(reason_literal(ReasonCode.WITHIN_DEADLINE)).otherwise(text)
    if window.start is not None:
        before = finish <= window.start
        before = before & ((begin < window.start) | begin.is_null())
        text = pl.when(before).then(reason_literal(ReasonCode.BEFORE_START)).otherwise(text)
    return text


def _unknown() -> pl.Expr:
    return (
        pl.when(pl.col("occurred_from").is_null() | pl.col("occurred_to").is_null())
        .then(reason_literal(ReasonCode.MISSING, Missing.TIME))
        .otherwise(reason_literal(ReasonCode.UNCERTAIN_TIME))
    )


def _without(periods: tuple[Period, ...], gaps: tuple[Period, ...]) -> tuple[Period, ...]:
    """Return the time that is in one of the periods and in no gap."""
    left = list(periods)
    for gap in gaps:
        left = [
            part
            for period in left
            for part in (
                Period(period.start, min(period.end, max(period.start, gap.start))),
                Period(max(period.start, min(period.end, gap.end)), period.end),
            )
            if part.start < part.end
        ]
    return tuple(left)


def _daily(
    hours: Hours, begin: pl.Series, finish: pl.Series, agreement: Agreement
) -> tuple[Period, ...]:
    """Return the daily hours over all days on which the incidents may lie."""
    first, last = begin.min(), finish.max()
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return ()
    days = frozenset(_DAYS.index(day) for day in hours.weekdays) or frozenset(range(7))
    margin = timedelta(days=2)
    return Daily(start=hours.start, end=hours.end, weekdays=days).periods(
        (first - margin).date(), (last + margin).date(), agreement.zone
    )
