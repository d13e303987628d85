"""Parquet: checked before memory is spent, then read whole.

* The footer is looked at first: it says how much there is to read and where it lies in the file.
* What a text format cannot carry (lists, structures, bytes) becomes text where no column of ours holds it.
"""

import io
import json
from collections.abc import Collection

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pa_parquet

from groundtruce.intake.columns import check_columns
from groundtruce.intake.file import InputFile
from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem

__all__ = ["CELL_COUNT_LIMIT", "read_parquet", "read_parquet_columns"]

CELL_COUNT_LIMIT = 1 << 30
"""Rows times columns: 30 million reports; a few bytes of Parquet can stand for more rows than memory holds."""


def read_parquet_columns(file: InputFile) -> list[str]:
    """Return the names of the columns; raises GroundtruceError `file.damaged`."""
    try:
        return [str(name) for name in pa_parquet.read_schema(pa.BufferReader(file.content)).names]
    except Exception as error:
        raise _unread(file, error) from error


def read_parquet(file: InputFile, used: Collection[str] | None) -> pl.DataFrame:
    """Return the table; `used` names the columns that are left as they are (None: all).

    Raises GroundtruceError with a `file.*` problem.
    """
    check_columns(file, read_parquet_columns(file))
    _check_extent(file)
    try:
        frame = pl.read_parquet(io.BytesIO(file.content), use_pyarrow=False)
    # on some damage the reader panics, which is no Exception
    except (Exception, pl.exceptions.PanicException) as error:
        raise _unread(file, error) from error
    others = [name for name in frame.columns if used is not None and name not in used]
    return frame.with_columns(_plain(frame[name]) for name in others)


def _check_extent(file: InputFile) -> None:
    """Refuse more rows than memory holds, and columns that do not lie in the file."""
    try:
        about = pa_parquet.read_metadata(pa.BufferReader(file.content))
    except Exception as error:
        raise _unread(file, error) from error
    if about.num_rows * about.num_columns > CELL_COUNT_LIMIT:
        limit = f"{CELL_COUNT_LIMIT:,} cells"
        raise GroundtruceError(Problem.FILE_TOO_LARGE, file=file.name, limit=limit)
    for number in range(about.num_row_groups):
        group = about.row_group(number)
        for index in range(about.num_columns):
            chunk = group.column(index)
            start = chunk.dictionary_page_offset or chunk.data_page_offset
            if not 0 < start <= start + chunk.total_compressed_size <= len(file.content):
                raise GroundtruceError(
                    Problem.FILE_DAMAGED,
                    file=file.name,
                    cause=Phrase("column {index} does not lie in the file", index=index + 1),
                )


def _unread(file: InputFile, error: Exception) -> GroundtruceError:
    """Return the problem of a file that the library could not read, in the first line of its words."""
    lines = str(error).splitlines()
    cause = quote(lines[0][:120].rstrip(".")) if lines else Phrase("it cannot be read")
    return GroundtruceError(Problem.FILE_DAMAGED, file=file.name, cause=cause)


def _plain(series: pl.Series) -> pl.Series:
    """Return the column in a type that every output format can carry."""
    if series.dtype == pl.Binary:
        return series.bin.encode("hex")
    if isinstance(series.dtype, pl.List | pl.Array) and series.dtype.inner.is_numeric():
        lists = series.cast(pl.List(series.dtype.inner))
        if not lists.explode(empty_as_null=False, keep_nulls=False).has_nulls():
            joined = lists.cast(pl.List(pl.String)).list.join(", ")
            return pl.select(pl.format("[{}]", joined).alias(series.name)).to_series()
    if series.dtype.is_nested() or series.dtype in (pl.Duration, pl.Object):
        texts = [
            None if value is None else json.dumps(value, ensure_ascii=False, default=str)
            for value in series.to_list()
        ]
        return pl.Series(series.name, texts, pl.String)
    if series.dtype in (pl.Time, pl.Categorical, pl.Enum, pl.Decimal):
        return series.cast(pl.String)
    return series
