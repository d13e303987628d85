"""Opening a database by its address: the only module that knows every database program."""

from pathlib import Path

from groundtruce.database.backend.protocol import Database
from groundtruce.model.problem import GroundtruceError, Problem

__all__ = ["open_database"]

_SQLITE = "sqlite:///"
_POSTGRES = ("postgresql://", "postgres://")


def open_database(url: str) -> Database:
    """Open `sqlite:///PATH` or `postgresql://…`; nothing is made before it is filled; raises GroundtruceError."""
    if url.startswith(_SQLITE) and len(url) > len(_SQLITE):
        from groundtruce.database.backend.sqlite import SqliteDatabase

        return SqliteDatabase(Path(url.removeprefix(_SQLITE)))
    if url.startswith(_POSTGRES):
        try:
            from groundtruce.database.backend.postgres import PostgresDatabase
        except ImportError as error:
            raise GroundtruceError(Problem.DATABASE_EXTRA) from error
        return PostgresDatabase(url)
    raise GroundtruceError(Problem.DATABASE_ADDRESS, url=url.partition("@")[2] or url)
