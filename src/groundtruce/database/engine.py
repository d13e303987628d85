"""What a database is to the rest: reads that see one view, and writes that replace it or change it whole.

* Two dialects, one set of queries: whatever differs is a named method of `Dialect`, nowhere else.
* Parameters are named, `:name`, and always bound.
* A reader sees the view before or after a change, never half of one.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import polars as pl

from groundtruce.model.problem import GroundtruceError, Problem

__all__ = ["NONE", "Database", "Dialect", "Reader", "Row", "Values", "Writer", "open_database"]

Row = dict[str, Any]
"""A row by the names of its columns."""

Values = Mapping[str, object]
"""Parameters by their names."""

NONE: Values = MappingProxyType({})
"""No parameters."""

_SQLITE = "sqlite:///"
_POSTGRES = ("postgresql://", "postgres://")


class Dialect(StrEnum):
    """A database program, with each difference of its SQL."""

    SQLITE = "sqlite"
    POSTGRES = "postgresql"

    @property
    def bytes_type(self) -> str:
        """The type of a column of bytes."""
        return "BLOB" if self is Dialect.SQLITE else "BYTEA"

    @property
    def text_type(self) -> str:
        """The type of a column of text: ordered by code point in both."""
        return "TEXT" if self is Dialect.SQLITE else 'TEXT COLLATE "C"'

    @property
    def whole_type(self) -> str:
        """The type of a column of whole numbers of 64 bits."""
        return "INTEGER" if self is Dialect.SQLITE else "BIGINT"

    @property
    def number_type(self) -> str:
        """The type of a column of numbers."""
        return "REAL" if self is Dialect.SQLITE else "DOUBLE PRECISION"

    def has_table(self, name: str) -> bool:
        """Return whether a table is its own; in PostgreSQL boxes are a column of `incident`."""
        return self is Dialect.SQLITE or name != "incident_box"

    def number_in(self, table: str) -> str:
        """Return the column of a table that holds the number of its row's report or incident."""
        return "rowid" if self is Dialect.SQLITE and table == "incident_text" else "number"

    def among(self, column: str) -> str:
        """Return the condition that a number is one of :keys, a list in JSON."""
        if self is Dialect.SQLITE:
            return f"{column} IN (SELECT value FROM json_each(:keys))"
        return (
            f"{column} IN (SELECT CAST(value AS BIGINT) "
            "FROM json_array_elements_text(CAST(:keys AS json)) AS listed(value))"
        )

    def in_box(self, incident: str = "incident") -> str:
        """Return the condition that an incident's box meets :west, :south, :east, :north, found by an index."""
        if self is Dialect.SQLITE:
            return (
                f"{incident}.number IN (SELECT number FROM incident_box WHERE max_lon >= :west "
                "AND min_lon <= :east AND max_lat >= :south AND min_lat <= :north)"
            )
        return (
            f"({incident}.place && ST_MakeEnvelope("
            "CAST(:west AS DOUBLE PRECISION), CAST(:south AS DOUBLE PRECISION), "
            "CAST(:east AS DOUBLE PRECISION), CAST(:north AS DOUBLE PRECISION), 4326))"
        )

    def crosses_box(self, incident: str = "incident") -> str:
        """Return the same condition without an index: for a box that holds most incidents."""
        return (
            f"({incident}.max_lon >= :west AND {incident}.min_lon <= :east "
            f"AND {incident}.max_lat >= :south AND {incident}.min_lat <= :north)"
        )

    @property
    def numbers_with_words(self) -> str:
        """The query for the numbers of the incidents whose text holds :words, as `words` writes them."""
        if self is Dialect.SQLITE:
            return "SELECT rowid AS number FROM incident_text WHERE incident_text MATCH :words"
        return "SELECT number FROM incident_text WHERE words @@ to_tsquery('simple', :words)"

    def joined(self, column: str) -> str:
        """Return the sum of all values of a column as one text, parted by commas: quicker than a row for each."""
        if self is Dialect.SQLITE:
            return f"group_concat({column})"
        return f"string_agg(CAST({column} AS TEXT), ',')"

    def has_words(self, incident: str = "incident") -> str:
        """Return the condition that an incident's text holds :words."""
        return f"{incident}.number IN ({self.numbers_with_words})"

    def words(self, folded: str) -> str:
        """Return folded words as the value of :words: all of them, the last one as a beginning."""
        parts = folded.split()
        if self is Dialect.SQLITE:
            return " ".join(f'"{part}"' for part in parts) + ("*" if parts else "")
        return " & ".join(f"'{part}'" for part in parts) + (":*" if parts else "")


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

    def rows(self, sql: str, values: Values = NONE) -> list[Row]:
        """Return all rows of a query; raises GroundtruceError `database.missing` where no view is held."""
        ...

    def stream(self, sql: str, values: Values = NONE) -> Iterator[Row]:
        """Yield the rows of one snapshot as they come, on a connection of its own; any thread may go on with it."""
        ...

    def reading(self) -> AbstractContextManager[Reader]:
        """Open a snapshot for several queries, for one thread."""
        ...

    def writing(self) -> AbstractContextManager[Writer]:
        """Change what is held: all of it when the block ends, nothing if it raises or the process ends."""
        ...

    def replacing(self) -> AbstractContextManager[Writer]:
        """Begin empty; what was written takes the place of what is held when the block ends."""
        ...

    def close(self) -> None:
        """Let go of every connection."""
        ...


def open_database(url: str) -> Database:
    """Open `sqlite:///PATH` or `postgresql://…`; nothing is made before it is filled; raises GroundtruceError."""
    if url.startswith(_SQLITE) and len(url) > len(_SQLITE):
        from groundtruce.database.sqlite import SqliteDatabase

        return SqliteDatabase(Path(url.removeprefix(_SQLITE)))
    if url.startswith(_POSTGRES):
        try:
            from groundtruce.database.postgres import PostgresDatabase
        except ImportError as error:
            raise GroundtruceError(Problem.DATABASE_EXTRA) from error
        return PostgresDatabase(url)
    raise GroundtruceError(Problem.DATABASE_ADDRESS, url=url.partition("@")[2] or url)
