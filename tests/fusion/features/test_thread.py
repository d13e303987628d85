"""Work in threads: in order, only a little ahead, and failures are not lost."""

from collections.abc import Iterator
from threading import Event

import pytest
from tests.effort import LONGEST_WAIT_S

from groundtruce.fusion.features.thread import THREADS, in_order


def test_outcomes_come_in_the_order_of_their_shares() -> None:
    """Also where a later share is done before an earlier one."""
    second_is_done = Event()

    def work(share: int) -> int:
        if share == 0:
            assert second_is_done.wait(LONGEST_WAIT_S), "no other share was worked on meanwhile"
        if share == 1:
            second_is_done.set()
        return share * 10

    assert list(in_order(work, range(5))) == [0, 10, 20, 30, 40]


def test_shares_are_taken_only_a_little_ahead() -> None:
    """What makes the shares is not read to its end before the first outcome is there."""
    taken: list[int] = []

    def shares() -> Iterator[int]:
        for number in range(1_000):
            taken.append(number)
            yield number

    assert next(in_order(str, shares())) == "0"
    assert len(taken) <= 2 * THREADS + 1


def test_what_fails_is_told_where_its_outcome_would_come() -> None:
    """After the outcomes of the shares before it."""
    found = in_order(lambda share: 6 // share, [3, 2, 0, 1])
    assert [next(found), next(found)] == [2, 3]
    with pytest.raises(ZeroDivisionError):
        next(found)
