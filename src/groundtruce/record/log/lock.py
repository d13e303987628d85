"""The lock of a log: one process at a time writes to it.

* The operating system lets go of the lock when the process ends, however it ends (`flock(2)`).
"""

import fcntl
from pathlib import Path

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.log.durable import disk_problem

__all__ = ["WriterLock"]


class WriterLock:
    """Held by the one process that writes to a log; the system lets go of it when the process ends."""

    def __init__(self, path: Path, log: str, *, wait: bool = False) -> None:
        """Take the lock, or wait for it; raises GroundtruceError `record.disk`, or `record.locked` at once."""
        with disk_problem():
            self._stream = path.open("ab")
        try:
            fcntl.flock(self._stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            self._stream.close()
            raise GroundtruceError(Problem.RECORD_LOCKED, log=log) from None

    def release(self) -> None:
        """Let go."""
        self._stream.close()
