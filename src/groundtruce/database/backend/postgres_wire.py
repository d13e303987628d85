"""What goes to PostgreSQL and comes back: parameters by name, numbers as SQLite gives them, frames as text for COPY.

>>> bound("SELECT 1 % :n WHERE CAST(:text AS TEXT) IS NULL")
b'SELECT 1 %% %(n)s WHERE CAST(%(text)s AS TEXT) IS NULL'
"""

import re
from functools import lru_cache
from typing import Any

import polars as pl
import psycopg
from psycopg import conninfo
from psycopg.abc import Buffer
from psycopg.adapt import Loader

from groundtruce.database.backend.protocol import Values

__all__ = [
    "Connection",
    "Cursor",
    "adapt_connection",
    "bind_names",
    "copy_rows",
    "execute",
    "hide_password",
]

Connection = psycopg.Connection[Any]
Cursor = psycopg.Cursor[Any]

_NAMED = re.compile(r"(?<!:):([A-Za-z_]\w*)")
_ROWS = 100_000
"""Rows that are written as text at a time."""
_KEPT = 512


class _Number(Loader):
    """Reads what SQL sums exactly: a whole number as int, any other as float."""

    def load(self, data: Buffer) -> int | float:
        """Return the number."""
        text = bytes(data)
        return int(text) if text.lstrip(b"-").isdigit() else float(text)


def adapt_connection(connection: Connection) -> Connection:
    """Let a connection give numbers as SQLite gives them."""
    connection.adapters.register_loader("numeric", _Number)
    return connection


@lru_cache(_KEPT)
def bind_names(sql: str) -> bytes:
    """Return a query with its parameters as the driver names them."""
    return _NAMED.sub(r"%(\1)s", sql.replace("%", "%%")).encode()


def execute(cursor: Cursor, sql: str, values: Values) -> None:
    """Run a query with named parameters."""
    cursor.execute(bind_names(sql), dict(values))


def copy_rows(connection: Connection, table: str, frame: pl.DataFrame) -> None:
    """Insert the rows of a frame as text, which is quickest; an empty text is quoted, null is not."""
    binary = [name for name, dtype in frame.schema.items() if dtype == pl.Binary]
    command = f"COPY {table} ({', '.join(frame.columns)}) FROM STDIN (FORMAT csv)"
    with connection.cursor() as cursor, cursor.copy(command.encode()) as copy:
        for part in frame.iter_slices(_ROWS):
            texts = part.with_columns(
                pl.concat_str(pl.lit("\\x"), pl.col(name).bin.encode("hex")).alias(name)
                for name in binary
            )
            copy.write(texts.write_csv(include_header=False, quote_style="non_numeric"))


def hide_password(url: str) -> str:
    """Return an address for people, without the password; a malformed one is not shown."""
    try:
        parts = conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "postgresql://…"
    host, name = parts.get("host") or "", parts.get("dbname") or ""
    return (
        f"postgresql://{host}/{name}" if not str(host).startswith("/") else f"postgresql:///{name}"
    )
