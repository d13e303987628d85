"""An incident is within periods, outside, or partly; what is unknown stays so unless the known bound decides."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agreement.test_period import PERIODS, START, holds

from groundtruce.agreement.period import Period
from groundtruce.compliance.questions.overlap import measure_overlap
from groundtruce.model.instant import INSTANT

IN_FORCE = Period(datetime(2016, 2, 26, 22, tzinfo=UTC))
ENDED = Period(IN_FORCE.start, datetime(2016, 3, 26, 22, tzinfo=UTC))
Bound = datetime | None


def asked(begin: Bound, finish: Bound, *periods: Period) -> tuple[bool | None, float | None]:
    """Return the answer for one incident."""
    first, last = (pl.Series([one], dtype=INSTANT) for one in (begin, finish))
    value, share = measure_overlap(first, last, periods).row(0)
    return value, share


def at(hours: float) -> datetime:
    """Return an instant so many hours after the start of the truce."""
    return IN_FORCE.start + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("begin", "finish", "expected"),
    [
        (at(-0.5), at(0), (False, 0.0)),
        (at(-0.5), at(-0.5), (False, 0.0)),
        (at(0), at(0), (True, 1.0)),
        (at(0), at(1), (True, 1.0)),
        (at(-1), at(1), (None, 0.5)),
        (at(-1), at(3), (None, 0.75)),
        (ENDED.end, ENDED.end, (False, 0.0)),
        (ENDED.end - timedelta(hours=1), ENDED.end, (True, 1.0)),
        (None, at(0), (False, 0.0)),
        (None, at(1), (None, None)),
        (ENDED.end, None, (False, 0.0)),
        (at(5), None, (None, None)),
        (None, None, (None, None)),
    ],
)
def test_an_incident_and_a_truce(
    begin: Bound, finish: Bound, expected: tuple[bool | None, float | None]
) -> None:
    """On both sides of the start and of the end, with bounds that are known or not."""
    assert asked(begin, finish, ENDED) == expected


def test_without_periods_nothing_is_within() -> None:
    """No time holds nothing; time that never ends holds what comes after its start."""
    assert asked(at(0), at(1)) == (False, 0.0)
    assert asked(at(10_000), at(10_001), IN_FORCE) == (True, 1.0)
    assert asked(at(-2), at(-1), IN_FORCE) == (False, 0.0)


@given(PERIODS, st.lists(st.tuples(st.integers(0, 45), st.integers(1, 10)), max_size=8))
def test_shares_are_counted(periods: list[Period], incidents: list[tuple[int, int]]) -> None:
    """As many hours of an incident as are in the periods; the order of rows and periods never matters."""
    begin = [START + timedelta(hours=first) for first, _ in incidents]
    finish = [START + timedelta(hours=first + length) for first, length in incidents]
    series = pl.Series(begin, dtype=INSTANT), pl.Series(finish, dtype=INSTANT)
    made = measure_overlap(*series, periods)
    for (value, share), (first, length) in zip(made.iter_rows(), incidents, strict=True):
        hours = [START + timedelta(hours=first + number) for number in range(length)]
        inside = sum(holds(periods, hour) for hour in hours)
        assert share == pytest.approx(inside / length)
        assert value == {0: False, length: True}.get(inside)
    turned = measure_overlap(series[0].reverse(), series[1].reverse(), periods[::-1])
    assert turned.reverse().equals(made)
