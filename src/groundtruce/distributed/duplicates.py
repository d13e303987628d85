"""Repeated identifiers: found across all shares, and all but the first by content set aside.

* Only marks of the identifiers travel to find them. The rows that share one are read again whole, since
  what is first by content depends on every column, as in `model.validation`.
* Where no identifier is repeated, nothing more is done.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

from groundtruce.distributed.reading import (
    NO_QUARANTINE,
    READ,
    ReadShare,
    Stretch,
    good_rows,
    raw_rows,
    set_aside,
)
from groundtruce.distributed.share import (
    SHARE,
    Batches,
    exchange,
    make_batch,
    read_packed,
    read_rows,
    split,
    unpack,
)
from groundtruce.model.problem import Problem
from groundtruce.model.table import REPORTS
from groundtruce.model.validation import ROW, validate

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["find_repeats", "remove_rows"]

_SHIFT = 32
"""Bits above a row's number that hold the number of its share."""


def find_repeats(shares: "DataFrame", pieces: Sequence[Stretch]) -> "DataFrame":
    """Return, by share, the quarantine of the rows that repeat an identifier."""
    by_id = shares.select("share", "packed").mapInArrow(partial(_spread_ids, len(pieces)), SHARE)
    return exchange(by_id, len(pieces), partial(_find_in_bucket, tuple(pieces)))


def remove_rows(shares: "DataFrame", quarantine: "DataFrame", count: int) -> "DataFrame":
    """Return the shares without the rows of a quarantine, which is added to their own."""
    from pyspark.sql import functions as f

    nothing = [f.lit(None).cast(kind).alias(name) for name, kind in _kinds(READ)]
    own = shares.withColumn("more", f.lit(None).cast("binary"))
    more = quarantine.select("share", *nothing[1:], f.col("packed").alias("more"))
    return exchange(own.unionByName(more), count, _take_out, READ)


def _kinds(schema: str) -> list[tuple[str, str]]:
    return [(part.split()[0], part.split()[1]) for part in schema.split(", ")]


def _spread_ids(buckets: int, batches: Batches) -> Iterator[pa.RecordBatch]:
    for row in read_rows(batches):
        rows = unpack(read_packed(row), ["report_id", ROW])
        mark = rows["report_id"].hash(0)
        share = pl.lit(row["share"], pl.Int64)
        marks = rows.select(ROW, mark=mark, share=share)
        bucket = (mark % buckets).to_numpy().astype(np.int64)
        for number, some in split(marks, bucket):
            yield make_batch("ids", number, some)


def _find_in_bucket(pieces: tuple[Stretch, ...], batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield, by share, the quarantine of rows whose identifier another row has too."""
    tables = [unpack(read_packed(row)) for row in read_rows(batches)]
    if not tables:
        return
    rows = pl.concat(tables)
    rows = rows.filter(rows["mark"].is_duplicated())
    if rows.is_empty():
        return
    raw = {
        share: raw_rows(pieces[share]).filter(pl.col(ROW).is_in(some[ROW].to_list()))
        for share, some in split(rows, rows["share"].to_numpy())
    }
    rejects = validate(REPORTS, pl.concat(map(_whole, raw, raw.values()), how="diagonal")).rejects
    for share, some in raw.items():
        own = [reject for reject in rejects if reject.row >> _SHIFT == share]
        if own:
            numbers = [reject.row - (share << _SHIFT) for reject in own]
            again = [
                type(reject)(
                    row=row, field=reject.field, value=reject.value, problem=reject.problem
                )
                for reject, row in zip(own, numbers, strict=True)
                if reject.problem is Problem.ROW_DUPLICATE_ID
            ]
            yield make_batch("repeated", share, set_aside(pieces[share].file, again, some))


def _whole(share: int, raw: pl.DataFrame) -> pl.DataFrame:
    """Return the rows typed and whole, unknown columns as text, so that those of two files compare."""
    good, _ = good_rows(raw)
    others = [name for name in raw.columns if name not in good.columns]
    texts = raw.select(
        pl.col(name).cast(pl.String, strict=False)
        if not raw.schema[name].is_nested()
        else pl.col(name).map_elements(str, return_dtype=pl.String)
        for name in others
    )
    return pl.concat([good, texts], how="horizontal").with_columns(pl.col(ROW) + (share << _SHIFT))


def _take_out(batches: Batches) -> Iterator[pa.RecordBatch]:
    own: dict[str, object] = {}
    more = []
    for row in read_rows(batches):
        if row["more"] is None:
            own = row
        else:
            more.append(unpack(read_packed(row, "more")))
    rows = unpack(read_packed(own))
    aside = [unpack(read_packed(own, "quarantine"))] if own["quarantine"] else []
    out = pl.concat(more)["row"].cast(pl.Int64).to_list() if more else []
    yield ReadShare(
        share=int(str(own["share"])),
        rows_read=int(str(own["rows_read"])),
        rows=rows.filter(~pl.col(ROW).is_in(out)),
        quarantine=pl.concat([NO_QUARANTINE, *aside, *more]).sort(pl.col("row").cast(pl.Int64)),
    ).batch()
