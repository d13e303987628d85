"""Instants and days in a database: whole microseconds, and unknown stays unknown."""

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from groundtruce.database.columnar.instant import (
    from_microseconds,
    read_day,
    read_instant,
    to_microseconds,
)


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_comes_back_to_the_microsecond(instant: datetime) -> None:
    """Also before 1970, where a number is negative."""
    assert from_microseconds(to_microseconds(instant)) == instant


def test_an_instant_is_the_same_in_any_zone() -> None:
    """What is stored does not depend on how it was written."""
    noon = datetime(2016, 3, 4, 12, tzinfo=UTC)
    assert to_microseconds(noon.astimezone(timezone(timedelta(hours=5, minutes=45)))) == (
        to_microseconds(noon)
    )
    assert to_microseconds(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)) == -1_000_000


def test_what_is_unknown_stays_unknown() -> None:
    """Nothing is made of nothing, and nought is an instant."""
    assert read_instant(None) is None
    assert read_day(None) is None
    assert read_instant(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert read_day("2016-03-04") == date(2016, 3, 4)
