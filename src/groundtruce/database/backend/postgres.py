"""PostgreSQL as the database: read through a pool of connections, changed by one writer.

* Each whole view is a generation: a schema of its own. One row says which of them is current; a reader sees that row
  and the view in one snapshot. The generation before stays until the next one, for those who still read it.
* A change is a transaction within the current generation.
* A query, the row and the transaction around them travel together: one exchange with the server.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock

import polars as pl
import psycopg
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from groundtruce.database.backend.dialect import POSTGRES, Dialect
from groundtruce.database.backend.postgres_wire import (
    Connection,
    adapt_connection,
    copy_rows,
    execute,
    hide_password,
)
from groundtruce.database.backend.protocol import NONE, Memory, Row, Values
from groundtruce.database.backend.schema import SCHEMA, STORED
from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem

__all__ = ["PostgresDatabase"]

_HOME = "groundtruce"
"""The schema with the row that says which generation is current; generations are named after it, with a number."""
_MAKE_HOME = (
    f"CREATE SCHEMA IF NOT EXISTS {_HOME}",
    f"CREATE TABLE IF NOT EXISTS {_HOME}.standing (generation BIGINT NOT NULL, schema TEXT NOT NULL)",
)
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_LOOK_THERE = (
    f"SELECT set_config('search_path', '{_HOME}_' || generation, true) "
    f"FROM {_HOME}.standing WHERE schema = '{SCHEMA}'"
)
_LOOK_NOWHERE = "SET search_path = ''"
_GENERATIONS = (
    f"SELECT CAST(substr(nspname, {len(_HOME) + 2}) AS BIGINT) FROM pg_namespace "
    f"WHERE nspname ~ '^{_HOME}_[0-9]+$' ORDER BY 1"
)
_ONE_WRITER = "SELECT pg_advisory_xact_lock(7310579284)"
"""The advisory lock of the writers of this program."""
_CHANGING = ("SET LOCAL synchronous_commit = off",)
"""A change that a power failure takes back follows from the record again: no need to wait for the disk."""
_FILLING = (*_CHANGING, "SET LOCAL maintenance_work_mem = '256MB'")
_PATIENCE = "SET LOCAL lock_timeout = '2s'"
_MOST_CONNECTIONS = 16
_WAIT_S = 10
"""How long a query waits for a connection, and a server may take to answer."""
_STREAMED = 1_000


class PostgresDatabase:
    """A database on a server; threads may share it."""

    def __init__(self, url: str) -> None:
        """Name the database; the server is asked when something is."""
        self._url = url
        self._memory = Memory()
        self._lock = Lock()
        self._pool: ConnectionPool[Connection] | None = None

    @property
    def dialect(self) -> Dialect:
        """Which program it is."""
        return POSTGRES

    @property
    def memory(self) -> Memory:
        """What is kept with this handle."""
        return self._memory

    def rows(self, sql: str, values: Values = NONE) -> list[Row]:
        """Return all rows of a query; raises GroundtruceError `database.missing`."""
        with self._lend_connection() as connection:
            with connection.pipeline():
                connection.execute(_SNAPSHOT)
                connection.execute(_LOOK_THERE)
                cursor = connection.cursor(row_factory=dict_row)
                execute(cursor, sql, values)
                connection.execute("COMMIT")
            rows: list[Row] = cursor.fetchall()
        return rows

    def stream(self, sql: str, values: Values = NONE) -> Iterator[Row]:
        """Yield the rows of one snapshot as they come; any thread may go on with it."""
        connection = self._connect()
        try:
            with self._translate_errors():
                self._begin(connection, (_SNAPSHOT,))
                with connection.cursor("stream", row_factory=dict_row) as cursor:
                    cursor.itersize = _STREAMED
                    execute(cursor, sql, values)
                    yield from cursor
        finally:
            connection.close()

    @contextmanager
    def read(self) -> Iterator["PostgresReader"]:
        """Open a snapshot for several queries."""
        with self._lend_connection() as connection:
            self._begin(connection, (_SNAPSHOT,))
            yield PostgresReader(connection)

    @contextmanager
    def write(self) -> Iterator["PostgresWriter"]:
        """Change what is held: all of it or nothing; raises GroundtruceError `database.missing`."""
        with self._writer() as connection:
            self._begin(connection, ("BEGIN", _ONE_WRITER, *_CHANGING))
            yield PostgresWriter(connection)
            connection.execute("COMMIT")

    @contextmanager
    def replace(self) -> Iterator["PostgresWriter"]:
        """Begin empty; what was written becomes the current generation when the block ends."""
        with self._writer() as connection:
            for statement in ("BEGIN", _ONE_WRITER, *_FILLING, *_MAKE_HOME):
                connection.execute(statement.encode())
            generations = [row[0] for row in connection.execute(_GENERATIONS.encode()).fetchall()]
            generation = generations[-1] + 1 if generations else 1
            name = f"{_HOME}_{generation}"
            connection.execute(f"CREATE SCHEMA {name}".encode())
            connection.execute(f"SET LOCAL search_path = {name}".encode())
            yield PostgresWriter(connection)
            for table in (*STORED, "incident_text"):
                connection.execute(f"ANALYZE {table}".encode())
            for statement in (
                f"DELETE FROM {_HOME}.standing",
                f"INSERT INTO {_HOME}.standing VALUES ({generation}, '{SCHEMA}')",
                "COMMIT",
            ):
                connection.execute(statement.encode())
            _forget(connection, generations[:-1])

    def close(self) -> None:
        """Let go of every connection."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def _connect(self) -> Connection:
        """Return a connection of its own; raises GroundtruceError `database.unreachable`."""
        with self._translate_errors():
            connection = psycopg.connect(self._url, autocommit=True, connect_timeout=_WAIT_S)
            _configure(connection)
        return connection

    @contextmanager
    def _lend_connection(self) -> Iterator[Connection]:
        """Lend a connection of the pool; what it leaves undone is undone."""
        with self._translate_errors():
            with self._lock:
                if self._pool is None:
                    if not self._holds_view():  # also says at once what is wrong with the server
                        raise self._missing_error()
                    self._pool = ConnectionPool(
                        self._url,
                        min_size=1,
                        max_size=_MOST_CONNECTIONS,
                        open=True,
                        timeout=_WAIT_S,
                        kwargs={"autocommit": True},
                        configure=_configure,
                        check=ConnectionPool.check_connection,
                    )
                pool = self._pool
            with pool.connection() as connection:
                yield connection

    @contextmanager
    def _writer(self) -> Iterator[Connection]:
        connection = self._connect()
        try:
            with self._translate_errors():
                yield connection
        finally:
            connection.close()

    def _begin(self, connection: Connection, statements: Sequence[str]) -> None:
        """Open a transaction that looks at the current generation."""
        for statement in statements:
            connection.execute(statement.encode())
        if connection.execute(_LOOK_THERE.encode()).rowcount < 1:
            raise self._missing_error()

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Raise what is wrong with the server, or that no view is held, as a problem of the catalogue."""
        try:
            yield
        except psycopg.errors.UndefinedTable as error:
            if not self._holds_view():
                raise self._missing_error() from error
            raise
        except (
            PoolTimeout,
            psycopg.OperationalError,
            psycopg.errors.InsufficientPrivilege,
        ) as error:
            lines = str(error).strip().splitlines()
            cause = quote(lines[0].rstrip(".")) if lines else Phrase("it does not answer")
            raise GroundtruceError(
                Problem.DATABASE_UNREACHABLE, database=hide_password(self._url), cause=cause
            ) from error

    def _holds_view(self) -> bool:
        """Return whether a view of this schema is held."""
        connection = self._connect()
        try:
            return connection.execute(_LOOK_THERE.encode()).rowcount > 0
        except psycopg.errors.UndefinedTable:
            return False
        finally:
            connection.close()

    def _missing_error(self) -> GroundtruceError:
        return GroundtruceError(Problem.DATABASE_MISSING, database=hide_password(self._url))


class PostgresReader:
    """Asks within one snapshot."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection, on which a transaction is open."""
        self._connection = connection

    def rows(self, sql: str, values: Values = NONE) -> list[Row]:
        """Return all rows."""
        with self._connection.cursor(row_factory=dict_row) as cursor:
            execute(cursor, sql, values)
            return cursor.fetchall()

    def frame(
        self, sql: str, schema: Mapping[str, pl.DataType], values: Values = NONE
    ) -> pl.DataFrame:
        """Return all rows as columns of these names and types."""
        with self._connection.cursor() as cursor:
            execute(cursor, sql, values)
            return pl.DataFrame(cursor.fetchall(), schema=schema, orient="row")


class PostgresWriter(PostgresReader):
    """Changes within one transaction."""

    def run(self, sql: str, values: Values = NONE) -> None:
        """Run a statement."""
        with self._connection.cursor() as cursor:
            execute(cursor, sql, values)

    def load(self, table: str, frame: pl.DataFrame) -> None:
        """Insert the rows of a frame, whose columns are named as the table's."""
        copy_rows(self._connection, table, frame)


def _configure(connection: Connection) -> None:
    """Make a connection see nothing until it looks at a generation."""
    adapt_connection(connection)
    connection.execute(_LOOK_NOWHERE)


def _forget(connection: Connection, generations: Sequence[int]) -> None:
    """Remove generations that nobody can still be reading; one that is read stays until the next time."""
    for generation in generations:
        try:
            with connection.transaction():
                connection.execute(_PATIENCE)
                connection.execute(f"DROP SCHEMA {_HOME}_{generation} CASCADE".encode())
        except psycopg.errors.LockNotAvailable:
            continue
