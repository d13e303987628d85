"""The lock of a log: one holder at a time, and none after its end."""

from pathlib import Path
from threading import Thread

import pytest
from tests.effort import LONGEST_WAIT_S

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.log.lock import WriterLock


def test_a_second_writer_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    """The refusal names the log; afterwards the lock is free."""
    path = tmp_path / "writer.lock"
    first = WriterLock(path, "example/log")
    with pytest.raises(GroundtruceError) as raised:
        WriterLock(path, "example/log")
    assert raised.value.problem is Problem.RECORD_LOCKED
    assert "example/log" in raised.value.sentence
    first.release()
    WriterLock(path, "example/log").release()


def test_who_waits_gets_the_lock_when_it_is_let_go(tmp_path: Path) -> None:
    """And not before: the order of what both do shows it."""
    path, order = tmp_path / "writer.lock", list[str]()
    first = WriterLock(path, "log")

    def second() -> None:
        lock = WriterLock(path, "log", wait=True)
        order.append("second")
        lock.release()

    waiting = Thread(target=second)
    waiting.start()
    order.append("first")
    first.release()
    waiting.join(LONGEST_WAIT_S)
    assert order == ["first", "second"]


def test_a_folder_that_is_not_there_is_a_problem_of_the_disk(tmp_path: Path) -> None:
    """Not a lock that another holds."""
    with pytest.raises(GroundtruceError) as raised:
        WriterLock(tmp_path / "nowhere" / "writer.lock", "log")
    assert raised.value.problem is Problem.RECORD_DISK
