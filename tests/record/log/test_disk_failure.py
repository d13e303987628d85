"""A disk that fails at any operation stops the log, and costs nothing that was acknowledged."""

import errno
import os
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from random import Random

import pytest
from tests.effort import some_of
from tests.record.logs import (
    KEYS,
    Batches,
    Told,
    add,
    check,
    files,
)
from tests.record.power import File, PoweredDisk, run

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.log.append import AppendLog


class FailingDisk(PoweredDisk):
    """A disk of which one operation fails, before, after or in the middle of its effect."""

    def __init__(self, root: Path, fail_at: int | None, when: str, number: int) -> None:
        super().__init__(root)
        self.fail_at, self.when, self.number = fail_at, when, number
        self.operations = 0
        self.failed = False

    def perform(
        self, name: str, action: Callable[..., None], arguments: tuple[object, ...]
    ) -> None:
        """Fail when it is time."""
        self.operations += 1
        self.failed = self.operations - 1 == self.fail_at
        if not self.failed:
            super().perform(name, action, arguments)
            return
        if self.when == "after":
            super().perform(name, action, arguments)
        elif self.when == "middle" and name in {"create", "extend"}:
            path, *parts = arguments
            content = b"".join(one for one in parts if isinstance(one, bytes))
            half = content[: len(content) // 2]
            super().perform(name, action, (path, half))
        elif name == "sync":
            found = self.at(arguments[0])  # type: ignore[arg-type]
            if isinstance(found, File):
                found.dropped = (len(found.durable), len(found.content))
        raise OSError(self.number, os.strerror(self.number), str(arguments[0]))


def fails(disk: FailingDisk, batches: Batches, told: Told) -> bool:
    """Write on a failing disk; assert that a failure is told, and that the log does not go on after it."""
    log = None
    try:
        if not files(disk.root).ledger.exists():
            AppendLog.create(files(disk.root), KEYS, disk).close()
        log = AppendLog(files(disk.root), KEYS, disk)
        for count in batches:
            told.take(add(log, count))
            head = log.publish().head
            told.see(head.size, head.root)
    except GroundtruceError as error:
        assert disk.failed or disk.operations > (disk.fail_at or 0)
        assert error.problem is Problem.RECORD_DISK  # noqa: PT017 - what is raised, and when
    else:
        return False
    finally:
        told.heads += disk.signed
        if log is not None:
            assert_stopped(log, disk)
            log.close()
    return True


def assert_stopped(log: AppendLog, disk: FailingDisk) -> None:
    """Assert that a log whose disk failed acknowledges nothing any more."""
    if disk.fail_at is not None and disk.operations > disk.fail_at:
        for call in (lambda: add(log, 1), log.publish):
            with pytest.raises(GroundtruceError) as caught:
                call()
            assert caught.value.problem is Problem.RECORD_DISK


@pytest.mark.parametrize("when", ["before", "middle", "after"])
@pytest.mark.parametrize(("size", "batches"), [(0, (1, 2)), (255, (1,))])
def test_a_failing_operation_is_told_and_loses_nothing(
    base: Callable[[int, Path], Told], tmp_path: Path, size: int, batches: Batches, when: str
) -> None:
    """Each operation fails once; the writer stops, another one goes on, and then the power is cut.

    A quick run lets one operation in three fail, other ones each time.
    """
    numbers = cycle((errno.EIO, errno.ENOSPC))
    for fail_at in some_of(1000, 3):
        root = tmp_path / f"{fail_at}"
        told = base(size, root) if size else Told()
        root.mkdir(exist_ok=True)
        disk = FailingDisk(root, fail_at, when, next(numbers))
        if not fails(disk, batches, told):
            break
        disk.signed.clear()
        if fail_at % 2:
            assert run(disk, (1,), told, None)
        disk.lose_power(Random(fail_at), tmp_path / f"{fail_at}-after")
        check(tmp_path / f"{fail_at}-after", told)
    assert fail_at > 20


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_failure_while_the_log_recovers_is_told(
    base: Callable[[int, Path], Told], tmp_path: Path, when: str
) -> None:
    """Opening after a crash writes as well; when that fails, it can be tried again."""
    for place, fail_at in ((place, fail_at) for place in some_of(30, 8) for fail_at in range(8)):
        root = tmp_path / f"{place}-{fail_at}"
        told = base(1, root)
        disk = PoweredDisk(root)
        run(disk, (2,), told, place)
        failing = FailingDisk(root, fail_at, when, errno.EIO)
        fails(failing, (), told)
        check(root, told)
