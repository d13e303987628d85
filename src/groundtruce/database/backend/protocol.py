"""What a database is to the rest: reads that see one view, and writes that replace it or change it whole.

* One set of queries for every database program; what differs between them is in `dialect`.
* Parameters are named, `:name`, and always bound.
* A reader sees the view before or after a change, never half of one.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from threading import Lock
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

import polars as pl

from groundtruce.database.backend.dialect import Dialect

__all__ = ["NONE", "Database", "Memory", "Reader", "Row", "Values", "Writer"]

Row = dict[str, Any]
"""A row by the names of its columns."""

Values = Mapping[str, object]
"""Parameters by their names."""

NONE: Values = MappingProxyType({})
"""No parameters."""


Kept = TypeVar("Kept")


class Memory:
    """What was read of a database and is kept with its handle, gone with it: one value of each class."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lock = Lock()
        self._kept: dict[type, object] = {}

    def keep(self, kind: type[Kept]) -> Kept:
        """Return the value of a class; the first call makes it."""
        with self._lock:
            value = self._kept.get(kind)
            if not isinstance(value, kind):
                value = self._kept[kind] = kind()
            return value


class Reader(Protocol):
    """What asks: one snapshot for as long as it is open."""

    def rows(self, sql: str, values: Values = NONE) -> list[Row]:
        """Return all rows."""
        ...

    def frame(
        self, sql: str, schema: Mapping[str, pl.DataType], values: Values = NONE
    ) -> pl.DataFrame:
        """Return all rows as columns of these names and types, in the order of the query."""
        ...


class Writer(Reader, Protocol):
    """What changes, in one transaction."""

    def run(self, sql: str, values: Values = NONE) -> None:
        """Run a statement."""
        ...

    def load(self, table: str, frame: pl.DataFrame) -> None:
        """Insert the rows of a frame, whose columns are named as the table's."""
        ...


class Database(Protocol):
    """A database that holds a view, or is to; threads may share it."""

    @property
    def dialect(self) -> Dialect:
        """Which program it is."""
        ...

    @property
    def memory(self) -> Memory:
        """What is kept with this handle."""
        ...

    def rows(self, sql: str, values: Values = NONE) -> list[Row]:
        """Return all rows of a query; raises GroundtruceError `database.missing` where no view is held."""
        ...

    def stream(self, sql: str, values: Values = NONE) -> Iterator[Row]:
        """Yield the rows of one snapshot as they come, on a connection of its own; any thread may go on with it."""
        ...

    def read(self) -> AbstractContextManager[Reader]:
        """Open a snapshot for several queries, for one thread."""
        ...

    def write(self) -> AbstractContextManager[Writer]:
        """Change what is held: all of it when the block ends, nothing if it raises or the process ends."""
        ...

    def replace(self) -> AbstractContextManager[Writer]:
        """Begin empty; what was written takes the place of what is held when the block ends."""
        ...

    def close(self) -> None:
        """Let go of every connection."""
        ...
