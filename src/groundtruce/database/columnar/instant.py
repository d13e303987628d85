"""Instants and days as the database holds them, and as the program does.

>>> from_microseconds(0).isoformat()
'1970-01-01T00:00:00+00:00'
"""

from datetime import date, datetime, timedelta

from groundtruce.model.instant import EPOCH

__all__ = [
    "from_microseconds",
    "read_day",
    "read_instant",
    "to_microseconds",
]

_MICROSECOND = timedelta(microseconds=1)


def from_microseconds(microseconds: int) -> datetime:
    """Return the instant so many microseconds after the beginning of 1970."""
    return EPOCH + timedelta(microseconds=microseconds)


def read_instant(value: int | None) -> datetime | None:
    """Return the instant, or None where it is unknown."""
    return None if value is None else from_microseconds(value)


def to_microseconds(moment: datetime) -> int:
    """Return the microseconds since the beginning of 1970."""
    return (moment - EPOCH) // _MICROSECOND


def read_day(text: str | None) -> date | None:
    """Return the day of an ISO 8601 text, or None where it is unknown."""
    return None if text is None else date.fromisoformat(text)
