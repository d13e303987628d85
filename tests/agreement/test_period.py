"""Local hours become instants day by day, and periods are the time that they hold, whatever their order."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundtruce.agreement.period import ALWAYS, Daily, Period, intersect_periods, merge_periods

START = datetime(2018, 2, 24, tzinfo=UTC)
PERIODS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 8)).map(
        lambda one: Period(
            START + timedelta(hours=one[0]), START + timedelta(hours=one[0] + one[1])
        )
    ),
    max_size=6,
)
HOURS = [START + timedelta(hours=number) for number in range(50)]


def holds(periods: list[Period] | tuple[Period, ...], at: datetime) -> bool:
    """Return whether an instant is in one of the periods."""
    return any(one.start <= at < one.end for one in periods)


@pytest.mark.parametrize(
    ("zone", "day", "hours", "expected"),
    [
        # Eastern Ghouta: Damascus was at UTC+2 in February 2018
        ("Asia/Damascus", date(2018, 2, 27), (time(9), time(14)), (7, 12)),
        # Mariupol: 09:00 in Kyiv and 10:00 in Moscow are one instant
        ("Europe/Kyiv", date(2022, 3, 5), (time(9), time(16)), (7, 14)),
        ("Europe/Moscow", date(2022, 3, 5), (time(10), time(17)), (7, 14)),
        # the same hours in summer
        ("Europe/Kyiv", date(2022, 7, 5), (time(9), time(16)), (6, 13)),
        # over midnight
        ("UTC", date(2022, 3, 5), (time(22), time(4)), (22, 28)),
    ],
)
def test_local_hours_are_instants(
    zone: str, day: date, hours: tuple[time, time], expected: tuple[int, int]
) -> None:
    """Of the zone and of the day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    first, last = (midnight + timedelta(hours=hour) for hour in expected)
    made = Daily(start=hours[0], end=hours[1]).periods(day, day, ZoneInfo(zone))
    assert made == (Period(first, last),)


def test_the_clock_changes_between_two_days() -> None:
    """Nine o'clock in Kyiv is an hour earlier in UTC from the last Sunday of March on."""
    daily = Daily(start=time(9), end=time(10))
    made = daily.periods(date(2022, 3, 26), date(2022, 3, 27), ZoneInfo("Europe/Kyiv"))
    assert [one.start.hour for one in made] == [7, 6]


def test_a_day_may_be_23_hours_long() -> None:
    """From midnight to midnight, on the day on which an hour is skipped."""
    daily = Daily(start=time(0), end=time(0))
    made = daily.periods(date(2022, 3, 27), date(2022, 3, 27), ZoneInfo("Europe/Kyiv"))
    assert [one.end - one.start for one in made] == [timedelta(hours=23)]


def test_only_some_days_of_the_week() -> None:
    """Fridays of two weeks."""
    daily = Daily(start=time(9), end=time(10), weekdays=frozenset({4}))
    made = daily.periods(date(2018, 2, 26), date(2018, 3, 11), ZoneInfo("UTC"))
    assert [one.start.date() for one in made] == [date(2018, 3, 2), date(2018, 3, 9)]


@given(PERIODS)
def test_merged_periods_hold_the_same_time(periods: list[Period]) -> None:
    """In order, with a gap between each two."""
    made = merge_periods(periods)
    assert [holds(made, hour) for hour in HOURS] == [holds(periods, hour) for hour in HOURS]
    assert all(one.end < two.start for one, two in pairwise(made))
    assert merge_periods(reversed(made)) == made


@given(PERIODS, PERIODS)
def test_what_is_in_both_is_intersected(one: list[Period], other: list[Period]) -> None:
    """An instant is in the result when it is in both."""
    made = intersect_periods(one, other)
    assert [holds(made, hour) for hour in HOURS] == [
        holds(one, hour) and holds(other, hour) for hour in HOURS
    ]
    assert intersect_periods(one, [ALWAYS]) == merge_periods(one)


def test_a_period_does_not_end_before_it_starts() -> None:
    """Such a value is not made."""
    with pytest.raises(ValueError, match="ends before it starts"):
        Period(START, START - timedelta(seconds=1))
