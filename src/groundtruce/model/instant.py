"""Instants: aware UTC times at microsecond resolution, read from ISO 8601 text with an offset.

* A time without an offset is not an instant; it is refused, never guessed.
* The notation never matters: `2016-02-27T00:00+02:00` and `2016-02-26T22:00:00Z` are one instant.
* Intervals are half-open, [from, to); an unknown bound is null.

>>> instant("2016-02-27T00:00:00+02:00").isoformat()
'2016-02-26T22:00:00+00:00'
>>> iso(instant("2016-02-27T00:00:00+02:00"))
'2016-02-26T22:00:00Z'
"""

import re
from datetime import UTC, datetime

import polars as pl

__all__ = [
    "EARLIEST",
    "EPOCH",
    "INSTANT",
    "LATEST",
    "format_column",
    "format_instant",
    "has_no_offset",
    "parse_column",
    "parse_instant",
]

INSTANT = pl.Datetime("us", "UTC")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""From which tables, databases and files of columns count."""

EARLIEST = datetime(1989, 1, 1, tzinfo=UTC)
"""Before the first year of UCDP GED; an earlier date in a present-day data set is a placeholder."""

LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""Later dates are slips of the keyboard; the clock is not consulted, so that reruns agree."""

_LOCAL_LENGTH = len("2016-02-27T00:00:00")
_OFFSET = re.compile(r"([+-])([01]\d|2[0-3]):([0-5]\d)")
_SHAPE = r"^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(:\d{2})?(?:[.,](\d{1,9}))?(?: ?([Zz]|[+-]\d{2}(?::?\d{2})?))$"
_NAIVE = r"^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2})?([.,]\d+)?)?$"


def parse_instant(text: str) -> datetime:
    """Return the instant that `text` names; raises ValueError without a readable time and offset."""
    value = parse_column(pl.Series([text]))[0]
    if not isinstance(value, datetime):
        raise ValueError(text)
    return value


def format_instant(value: datetime) -> str:
    """Return UTC in ISO 8601 with a `Z`, to the second, or to the microsecond where there are any."""
    text = value.astimezone(UTC).isoformat(timespec="microseconds")
    return text.removesuffix("+00:00").removesuffix(".000000") + "Z"


def format_column(column: str) -> pl.Expr:
    """Return the text form of an instant column, as `format_instant` writes it."""
    text = pl.col(column).dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
    return (text.str.strip_suffix(".000000") + "Z").alias(column)


def parse_column(texts: pl.Series) -> pl.Series:
    """Return instants (Datetime us, UTC) for ISO 8601 texts; null where a text is no instant.

    The common shape is parsed at once; only what it leaves over is looked at again.
    """
    quick = _common(texts)
    left = quick.is_null() & texts.is_not_null()
    if not left.any():
        return quick
    parts = texts.str.strip_chars().str.extract_groups(_SHAPE).struct.unnest()
    day, clock, second, fraction, offset = (parts.to_series(index) for index in range(5))
    whole = (
        day
        + "T"
        + clock
        + second.fill_null(":00")
        + "."
        + fraction.fill_null("0").str.pad_end(6, "0").str.slice(0, 6)
        + _pad_offset(offset)
    )
    slow = whole.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", strict=False, time_unit="us")
    return quick.zip_with(~left, slow.cast(INSTANT))


def _common(texts: pl.Series) -> pl.Series:
    """Parse `YYYY-MM-DDTHH:MM:SS` with an offset as local time less the offset, of which few differ."""
    suffixes = texts.str.slice(_LOCAL_LENGTH)
    minutes = {suffix: _minutes(suffix) for suffix in suffixes.unique().drop_nulls()}
    known = {suffix: value for suffix, value in minutes.items() if value is not None}
    offsets = suffixes.replace_strict(known, default=None, return_dtype=pl.Int64)
    local = texts.str.slice(0, _LOCAL_LENGTH)
    parsed = local.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
    return (parsed - (offsets * 60_000_000).cast(pl.Duration("us"))).dt.replace_time_zone("UTC")


def _minutes(suffix: str) -> int | None:
    """Return the minutes east of UTC of `Z` or `+HH:MM`; None for any other text."""
    if suffix == "Z":
        return 0
    match = _OFFSET.fullmatch(suffix)
    if match is None:
        return None
    sign, hours, rest = match.groups()
    value = int(hours) * 60 + int(rest)
    return -value if sign == "-" else value


def _pad_offset(offset: pl.Series) -> pl.Series:
    digits = offset.str.replace_all(":", "", literal=True).str.replace(r"^[Zz]$", "+0000")
    digits = digits.str.pad_end(5, "0")
    return digits.str.slice(0, 3) + ":" + digits.str.slice(3)


def has_no_offset(texts: pl.Series) -> pl.Series:
    """Return true where a text is a date or time of ISO 8601 that only lacks its offset."""
    return texts.str.contains(_NAIVE).fill_null(value=False)
