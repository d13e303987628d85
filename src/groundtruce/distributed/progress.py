"""A run on Spark: what is computed once and kept on the disks of the workers until the end, and its progress."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark import Accumulator
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["Running", "Track"]

Track = Callable[[str, int], AbstractContextManager[Callable[[str], None]]]
"""Opens a bar of progress with a title and a number of steps; gives what begins a step."""
_POLL_S = 0.2


class Running:
    """A context in which frames are kept; `counter` is what workers add each finished task to."""

    def __init__(self, spark: "SparkSession", track: Track) -> None:
        self.spark = spark
        self.counter: Accumulator[int] = spark.sparkContext.accumulator(0)
        self._track = track
        self._kept: list[DataFrame] = []

    def __enter__(self) -> "Running":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            for frame in self._kept:
                frame.unpersist()

    def keep(self, frame: "DataFrame", title: str, tasks: int) -> "DataFrame":
        """Compute a frame and keep it; the bar shows how many of its tasks are done."""
        from pyspark import StorageLevel

        kept = frame.persist(StorageLevel.DISK_ONLY)
        self._kept.append(kept)
        before = self.counter.value
        over = Event()

        with self._track(title, tasks) as begin:

            def watch() -> None:
                shown = 0
                begin(title)
                while not over.wait(_POLL_S):
                    done = min(self.counter.value - before, tasks - 1)
                    for _ in range(done - shown):
                        begin(title)
                    shown = max(done, shown)

            watcher = Thread(target=watch, daemon=True)
            watcher.start()
            try:
                kept.count()
            finally:
                over.set()
                watcher.join()
        return kept
