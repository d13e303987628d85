"""Tables as bytes: CSV, compressed CSV, Parquet and JSON Lines, the same bytes for the same rows.

* Times are written in UTC with a `Z`, numbers in their shortest exact form, unknown as empty.
* CSV is exact, for programs; what people open in a spreadsheet goes through `model.spreadsheet` first.
"""

import gzip
import io
from collections.abc import Sequence

import polars as pl

from groundtruce.model.instant import INSTANT, format_column
from groundtruce.model.table import Table

__all__ = ["ROW_GROUP", "write_table"]

ROW_GROUP = 1 << 17
"""Rows of a row group of Parquet; without it their number would follow from how the rows lie in memory."""


def write_table(rows: pl.DataFrame, ending: str, table: Table | None = None) -> bytes:
    """Return a table in the format of a file ending; `table` puts its columns first, in their order."""
    if table is not None:
        extra = [name for name in rows.columns if name not in table.schema]
        rows = rows.select(*table.names, *extra)
    if ending == ".parquet":
        buffer = io.BytesIO()
        rows.write_parquet(
            buffer,
            compression="zstd",
            compression_level=3,
            statistics=False,
            row_group_size=ROW_GROUP,
        )
        return buffer.getvalue()
    texts = rows.with_columns(_instants(rows))
    if ending == ".jsonl":
        return texts.write_ndjson().encode()
    content = texts.write_csv().encode()
    return gzip.compress(content, compresslevel=6, mtime=0) if ending == ".csv.gz" else content


def _instants(rows: pl.DataFrame) -> Sequence[pl.Expr]:
    return [format_column(name) for name, dtype in rows.schema.items() if dtype == INSTANT]
