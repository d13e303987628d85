"""SQLite as the database: one file, read by many threads and changed by one writer.

* A change is a transaction in write-ahead mode; a reader keeps the snapshot that it began with.
* A whole view is written to a second file, without a journal, which then replaces the file: by a new name where there
  was none, else page by page in one transaction, so that open readers see the one or the other.
* Readers have connections of their own that cannot write; one is used by one thread at a time.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import polars as pl

from groundtruce.database.backend.dialect import SQLITE, Dialect
from groundtruce.database.backend.protocol import NONE, Memory, Row, Values
from groundtruce.database.backend.schema import SCHEMA
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.log.lock import WriterLock

__all__ = ["SqliteDatabase"]

_READING = ("PRAGMA query_only = 1", "PRAGMA mmap_size = 2147418112", "PRAGMA cache_size = -8192")
"""Pages come from the system's memory, which all readers share, so that their own caches stay small."""
_CHANGING = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA cache_size = -65536",
    "PRAGMA journal_size_limit = 67108864",
)
"""A change that a power failure takes back follows from the record again: no need to wait for the disk."""
_FILLING = (
    "PRAGMA page_size = 8192",
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "PRAGMA locking_mode = EXCLUSIVE",
    "PRAGMA cache_size = -262144",
    "PRAGMA threads = 2",
)
"""What is lost in a crash was never a database: it has no name yet."""
_FILLED = ("PRAGMA analysis_limit = 4000", "ANALYZE")
_VERSION = int(SCHEMA[:7], 16)
"""The schema, as the number in the head of the file."""
_WAIT_S = 30.0
"""How long a change waits for another one; readers wait for nobody."""
_NO_DATABASE = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
_ROWS = 50_000
"""Rows that are turned from columns at a time."""
_STREAMED = 1_000


class SqliteDatabase:
    """A database in a file; threads may share it."""

    def __init__(self, path: Path) -> None:
        """Name the file; it need not be there yet."""
        self._path = path.absolute()
        self._memory = Memory()
        self._idle: list[tuple[tuple[int, int], sqlite3.Connection]] = []

    @property
    def dialect(self) -> Dialect:
        """Which program it is."""
        return SQLITE

    @property
    def memory(self) -> Memory:
        """What is kept with this handle."""
        return self._memory

    def rows(self, sql: str, values: Values = NONE) -> list[Row]:
        """Return all rows of a query; raises GroundtruceError `database.missing`."""
        with self._reader() as connection:
            return _rows(connection, sql, values)

    def stream(self, sql: str, values: Values = NONE) -> Iterator[Row]:
        """Yield the rows of one snapshot as they come; any thread may go on with it."""
        with closing(self._open()) as connection, self._translate_errors():
            cursor = connection.execute(sql, dict(values))
            names = [column[0] for column in cursor.description]
            while rows := cursor.fetchmany(_STREAMED):
                for row in rows:
                    yield dict(zip(names, row, strict=True))

    @contextmanager
    def read(self) -> Iterator["SqliteReader"]:
        """Open a snapshot for several queries."""
        with self._reader() as connection:
            connection.execute("BEGIN")
            try:
                yield SqliteReader(connection)
            finally:
                connection.rollback()

    @contextmanager
    def write(self) -> Iterator["SqliteWriter"]:
        """Change what is held: all of it or nothing; raises GroundtruceError `database.missing`."""
        if not self._path.exists():
            raise self._missing_error()
        with self._lock_writers(), closing(_connect(self._path, _CHANGING)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield SqliteWriter(connection)
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @contextmanager
    def replace(self) -> Iterator["SqliteWriter"]:
        """Begin empty; what was written takes the place of the file when the block ends."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock_writers():
            filling = self._path.with_name(f".{self._path.name}.filling")
            _remove(filling)  # of a process that was killed
            try:
                with closing(_connect(filling, _FILLING)) as connection:
                    connection.execute("BEGIN")
                    yield SqliteWriter(connection)
                    connection.commit()
                    _run(connection, (*_FILLED, f"PRAGMA user_version = {_VERSION}"))
                self._put_in_place(filling)
            finally:
                _remove(filling)

    def close(self) -> None:
        """Let go of every connection."""
        while self._idle:
            self._idle.pop()[1].close()

    def _put_in_place(self, filling: Path) -> None:
        """Make the new file the database."""
        with closing(_connect(filling, _CHANGING[:1])):
            pass
        if self._path.exists():
            try:
                with (
                    closing(_connect(filling, ())) as source,
                    closing(_connect(self._path, _CHANGING)) as target,
                ):
                    source.backup(target)
                    target.execute("PRAGMA wal_checkpoint(PASSIVE)")  # waits for no reader
                    return
            except sqlite3.DatabaseError as error:
                if error.sqlite_errorcode not in (*_NO_DATABASE, sqlite3.SQLITE_READONLY):
                    raise
            _remove(self._path)  # no database, damaged, or of another page size: nothing to keep
        with filling.open("rb") as stream:
            os.fsync(stream.fileno())
        filling.rename(self._path)

    @contextmanager
    def _lock_writers(self) -> Iterator[None]:
        """Let one process write at a time."""
        lock = WriterLock(
            self._path.with_name(f".{self._path.name}.lock"), str(self._path), wait=True
        )
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection to the file that has the name now."""
        with self._translate_errors():
            identity = self._file_identity()
            connection = None
            while self._idle and connection is None:
                try:
                    opened, idle = self._idle.pop()
                except IndexError:  # another thread was quicker
                    break
                if opened == identity:
                    connection = idle
                else:
                    idle.close()
            if connection is None:
                connection = self._open()
            try:
                yield connection
            finally:
                self._idle.append((identity, connection))

    def _file_identity(self) -> tuple[int, int]:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            raise self._missing_error() from None
        return status.st_dev, status.st_ino

    def _open(self) -> sqlite3.Connection:
        if not self._path.exists():
            raise self._missing_error()
        connection = _connect(self._path, _READING, "?mode=ro")
        if connection.execute("PRAGMA user_version").fetchone() != (_VERSION,):
            connection.close()
            raise self._missing_error()
        return connection

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Say that nothing can be read where the file is no database, or damaged."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", None) in _NO_DATABASE:
                raise self._missing_error() from error
            raise

    def _missing_error(self) -> GroundtruceError:
        return GroundtruceError(Problem.DATABASE_MISSING, database=str(self._path))


class SqliteReader:
    """Asks within one snapshot."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take the connection, on which a transaction is open."""
        self._connection = connection

    def rows(self, sql: str, values: Values = NONE) -> list[Row]:
        """Return all rows."""
        return _rows(self._connection, sql, values)

    def frame(
        self, sql: str, schema: Mapping[str, pl.DataType], values: Values = NONE
    ) -> pl.DataFrame:
        """Return all rows as columns of these names and types."""
        cursor = self._connection.execute(sql, dict(values))
        parts = [pl.DataFrame(schema=schema)]
        while rows := cursor.fetchmany(_ROWS):
            parts.append(pl.DataFrame(rows, schema=schema, orient="row"))
        return pl.concat(parts)


class SqliteWriter(SqliteReader):
    """Changes within one transaction."""

    def run(self, sql: str, values: Values = NONE) -> None:
        """Run a statement."""
        self._connection.execute(sql, dict(values))

    def load(self, table: str, frame: pl.DataFrame) -> None:
        """Insert the rows of a frame, whose columns are named as the table's."""
        key = SQLITE.number_column(table)
        frame = frame.rename({"number": key}, strict=False)
        places = ", ".join("?" * frame.width)
        sql = f"INSERT INTO {table} ({', '.join(frame.columns)}) VALUES ({places})"
        for part in frame.iter_slices(_ROWS):
            columns = [series.to_list() for series in part]
            self._connection.executemany(sql, zip(*columns, strict=True))


def _connect(path: Path, pragmas: tuple[str, ...], how: str = "") -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}{how}",
        uri=True,
        timeout=_WAIT_S,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    _run(connection, pragmas)
    return connection


def _run(connection: sqlite3.Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        connection.execute(statement).fetchall()


def _rows(connection: sqlite3.Connection, sql: str, values: Values) -> list[Row]:
    cursor = connection.execute(sql, dict(values))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
