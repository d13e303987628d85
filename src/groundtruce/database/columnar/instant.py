"""Instants and days as the database holds them, and as the program does.

>>> moment_of(0).isoformat()
'1970-01-01T00:00:00+00:00'
"""

from datetime import date, datetime, timedelta

from groundtruce.model.instant import EPOCH

__all__ = ["day_number", "day_of", "microseconds", "moment_of", "moment_or_none", "parsed_day"]

_MICROSECOND = timedelta(microseconds=1)


def moment_of(microseconds: int) -> datetime:
    """Return the instant that lies so many microseconds after the beginning of 1970."""
    return EPOCH + timedelta(microseconds=microseconds)


def moment_or_none(value: int | None) -> datetime | None:
    """Return the instant, or None where it is unknown."""
    return None if value is None else moment_of(value)


def microseconds(moment: datetime) -> int:
    """Return the microseconds since the beginning of 1970."""
    return (moment - EPOCH) // _MICROSECOND


def parsed_day(text: str | None) -> date | None:
    """Return the day of an ISO 8601 text, or None where it is unknown."""
    return None if text is None else date.fromisoformat(text)


def day_number(day: date) -> int:
    """Return a day as days since 1970."""
    return (day - EPOCH.date()).days


def day_of(number: int) -> date:
    """Return the day that a number stands for."""
    return EPOCH.date() + timedelta(days=number)
