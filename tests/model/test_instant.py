"""Instants: the notation never matters, and nothing without an offset is one."""

from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundtruce.model.instant import format_instant, has_no_offset, parse_column, parse_instant

ONE = "2016-02-26T22:00:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "2016-02-27T00:00:00+02:00",
        "2016-02-26T22:00:00Z",
        "2016-02-26T22:00:00z",
        "2016-02-26 22:00Z",
        "2016-02-26T22:00:00.000+0000",
        "2016-02-26T17:00:00-05",
        "2016-02-27T03:30:00+05:30",
    ],
)
def test_notations_of_one_instant_are_equal(text: str) -> None:
    """Every usual notation of one instant reads the same."""
    assert format_instant(parse_instant(text)) == ONE


@pytest.mark.parametrize(
    "text",
    ["2016-02-27", "2016-02-27T00:00:00", "27/02/2016", "2016-13-01T00:00:00Z", "soon", "24:00"],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    """A time without an offset, or no time at all, is never guessed."""
    with pytest.raises(ValueError, match=text[:4]):
        parse_instant(text)


def test_a_missing_offset_is_told_apart_from_nonsense() -> None:
    """The two have different remedies."""
    texts = pl.Series(["2016-02-27T00:00:00", "2016-02-27", "soon", None])
    assert has_no_offset(texts).to_list() == [True, True, False, False]


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001 - the test adds the offset
    st.integers(-14 * 60, 14 * 60),
)
def test_any_offset_gives_the_instant_back(local: datetime, minutes: int) -> None:
    """Writing an instant in any offset and reading it is the identity."""
    aware = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    found = parse_column(pl.Series([aware.isoformat()]))[0]
    assert found == aware.astimezone(UTC)
