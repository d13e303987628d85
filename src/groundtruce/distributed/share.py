"""Packed rows: a share of a table as one cell, so that Spark moves it as it is, a column at a time.

A row of Spark with thirty columns is taken apart and put together twice on its way between two workers,
which costs more than fusing it; a share of a thousand reports in one cell costs next to nothing.
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = [
    "SHARE",
    "Work",
    "exchange",
    "make_batch",
    "pack",
    "read_packed",
    "read_rows",
    "split",
    "unpack",
]

Batches = Iterator[pa.RecordBatch]
Work = Callable[[Batches], Batches]
"""What a worker does with the rows of one partition."""
SHARE = "table string, share int, rows long, packed binary"
"""A share of a table: which, with how many rows, and these."""
_NAMES = ("table", "share", "rows", "packed")


def pack(rows: pl.DataFrame) -> bytes:
    """Return rows as bytes."""
    buffer = io.BytesIO()
    rows.write_ipc(buffer, compression="lz4")
    return buffer.getvalue()


def unpack(packed: bytes, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Return the rows, or some of their columns."""
    return pl.read_ipc(io.BytesIO(packed), columns=None if columns is None else list(columns))


def split(rows: pl.DataFrame, share: NDArray[np.int64]) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield the rows by the number of their share, in the order of the numbers; their own order stays."""
    order = np.argsort(share, kind="stable")
    numbers, first = np.unique(share[order], return_index=True)
    ordered = rows[order]
    for number, (begin, end) in zip(numbers, pairwise([*first, len(order)]), strict=True):
        yield int(number), ordered[int(begin) : int(end)]


def read_rows(batches: Batches) -> Iterator[dict[str, object]]:
    """Yield the rows of Spark one by one."""
    for batch in batches:
        yield from batch.to_pylist()


def read_packed(row: Mapping[str, object], name: str = "packed") -> bytes:
    """Return the packed rows of a row of Spark."""
    value = row[name]
    assert isinstance(value, bytes)
    return value


def make_batch(table: str, share: int, rows: pl.DataFrame) -> pa.RecordBatch:
    """Return a share of a table as a row of `SHARE`."""
    values = ([table], [share], [rows.height], [pack(rows)])
    types = (pa.string(), pa.int32(), pa.int64(), pa.binary())
    arrays = [pa.array(value, kind) for value, kind in zip(values, types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=list(_NAMES))


def exchange(frame: "DataFrame", shares: int, work: Work, schema: str = SHARE) -> "DataFrame":
    """Bring the rows of each share together in a partition of their own, and work on it."""

    # Spark reads from these types that a share comes and goes in batches
    def of_share(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield from work(batches)

    by_share = frame.repartitionById(max(shares, 1), "share").groupBy("share")
    return by_share.applyInArrow(of_share, schema)
