"""The ledger of heads: what this node has signed or cosigned, so that it never contradicts itself.

* One row for each log and role, moved only forward and only by compare-and-set, durable before a signature leaves.
* It is kept apart from the tiles and is never restored from a backup or edited:
  who can set it back can make an honest key sign two views.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path

from groundtruce.model.message import quote
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.tlog.checkpoint import Head

__all__ = ["Ledger", "LedgerRole"]

_SCHEMA = """
create table if not exists head (
    role text not null, origin text not null, size integer not null, root blob not null,
    time_s integer not null,
    primary key (role, origin)
) strict
"""


class LedgerRole(StrEnum):
    """In which role this node signed a head."""

    LOG = "log"
    WITNESS = "witness"


class Ledger:
    """The heads that this node signed or cosigned; several threads may use it."""

    def __init__(self, path: Path) -> None:
        """Open or make the ledger; raises GroundtruceError `record.disk`."""
        self._path = path
        with self._connect() as connection:
            connection.execute(_SCHEMA)

    def head(self, role: LedgerRole, origin: str) -> Head | None:
        """Return the last head that the node signed in a role, or None."""
        query = "select size, root from head where role = ? and origin = ?"
        with self._connect() as connection:
            row = connection.execute(query, (role, origin)).fetchone()
        return None if row is None else Head(origin=origin, size=row[0], root=row[1])

    def heads(self, role: LedgerRole) -> list[Head]:
        """Return all heads that the node signed in a role, sorted by origin."""
        query = "select origin, size, root from head where role = ? order by origin"
        with self._connect() as connection:
            rows = connection.execute(query, (role,)).fetchall()
        return [Head(origin=origin, size=size, root=root) for origin, size, root in rows]

    def latest_s(self, role: LedgerRole) -> int:
        """Return the POSIX second of the latest signature in a role, or 0."""
        query = "select coalesce(max(time_s), 0) from head where role = ?"
        with self._connect() as connection:
            latest: int = connection.execute(query, (role,)).fetchone()[0]
        return latest

    def advance(self, role: LedgerRole, old: Head | None, new: Head, time_s: int = 0) -> bool:
        """Replace `old` by `new` durably; return False when the ledger holds another head by now."""
        values = (new.size, new.root, time_s, role, new.origin)
        with self._connect() as connection:
            if old is None:
                command = "insert or ignore into head (size, root, time_s, role, origin) values (?, ?, ?, ?, ?)"
                cursor = connection.execute(command, values)
            else:
                command = (
                    "update head set size = ?, root = ?, time_s = ? "
                    "where role = ? and origin = ? and size = ? and root = ?"
                )
                cursor = connection.execute(command, (*values, old.size, old.root))
            return cursor.rowcount == 1

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        """Open the database for one transaction; raises `record.disk`."""
        try:
            with closing(sqlite3.connect(self._path, timeout=10)) as connection:
                connection.execute("pragma synchronous = full")
                with connection:
                    yield connection
        except sqlite3.Error as error:
            raise GroundtruceError(
                Problem.RECORD_DISK, what=quote(self._path), cause=quote(str(error))
            ) from error
