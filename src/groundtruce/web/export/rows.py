"""Rows as the database has them, in the forms in which they go out: JSON, CSV, GeoJSON and Parquet.

* One declaration of columns, from the tables of the model, is the schema of all four; names and values are the same.
* CSV is what people open in a spreadsheet, so texts that it would run are disarmed; JSON and Parquet are exact.
"""

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from groundtruce.model.instant import INSTANT, format_column, format_instant
from groundtruce.model.spreadsheet import disarm
from groundtruce.model.table import Column, Content
from groundtruce.web.export.provenance import Provenance

__all__ = ["Row", "row_as_json", "write_csv", "write_geojson", "write_parquet"]

Row = Mapping[str, Any]

_CHUNK = 2_000
_ROW_GROUP = 20_000


def row_as_json(columns: Sequence[Column], row: Row) -> dict[str, Any]:
    """Return a row as JSON has it."""
    return {
        column.name: None
        if (value := row[column.name]) is None
        else format_instant(value)
        if column.content is Content.INSTANT
        else value
        for column in columns
    }


def write_csv(
    columns: Sequence[Column], rows: Iterable[Row], provenance: Provenance
) -> Iterator[bytes]:
    """Yield a table as CSV, with its provenance as comments above the names of the columns."""
    header = ",".join(column.name for column in columns)
    yield f"{provenance.lines()}{header}\n".encode()
    for chunk in _chunks(rows, _CHUNK):
        frame = _frame(columns, chunk)
        texts = frame.with_columns(
            format_column(name) for name, dtype in frame.schema.items() if dtype == INSTANT
        )
        yield disarm(texts).write_csv(include_header=False).encode()


def write_geojson(
    columns: Sequence[Column], rows: Iterable[Row], provenance: Provenance, key: str
) -> Iterator[bytes]:
    """Yield a FeatureCollection (RFC 7946); a row whose place is unknown is a feature without geometry."""
    head = {"type": "FeatureCollection", "provenance": dict(provenance.values)}
    yield json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "features": ['
    separator = "\n"
    for chunk in _chunks(rows, _CHUNK):
        features = [_feature(columns, row, key) for row in chunk]
        yield (separator + ",\n".join(features)).encode()
        separator = ",\n"
    yield b"\n]}\n"


def write_parquet(
    columns: Sequence[Column], rows: Iterable[Row], provenance: Provenance
) -> Iterator[bytes]:
    """Yield a Parquet file, a row group at a time; its provenance is in the metadata of the schema."""
    fields = [
        pa.field(column.name, _ARROW[column.content], not column.required) for column in columns
    ]
    metadata = {f"groundtruce.{name}": str(value) for name, value in provenance.values.items()}
    schema = pa.schema(fields, metadata)
    sink = _Sink()
    with pq.ParquetWriter(sink, schema, compression="zstd", write_statistics=False) as writer:
        for chunk in _chunks(rows, _ROW_GROUP):
            writer.write_table(_frame(columns, chunk).to_arrow().cast(schema))
            yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """A file that is taken away while it is written."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def write(self, content: Any) -> int:
        part = bytes(content)
        self._parts.append(part)
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        """Stay open: what is left is still to be taken."""

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


_ARROW = {
    Content.INSTANT: pa.timestamp("us", "UTC"),
    Content.NUMBER: pa.float64(),
    Content.WHOLE_NUMBER: pa.int64(),
    Content.TEXT: pa.large_string(),
    Content.CODE: pa.large_string(),
    Content.IDENTIFIER: pa.large_string(),
    Content.LANGUAGE: pa.large_string(),
}


def _chunks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Yield the rows in lists of a size; the last may be shorter."""
    left = iter(rows)
    while chunk := list(islice(left, size)):
        yield chunk


def _frame(columns: Sequence[Column], rows: Sequence[Row]) -> pl.DataFrame:
    """Return rows as a frame of the model's types."""
    return pl.DataFrame(
        [
            pl.Series(column.name, [row[column.name] for row in rows], column.content.dtype)
            for column in columns
        ]
    )


def _feature(columns: Sequence[Column], row: Row, key: str) -> str:
    """Return a row as a GeoJSON feature (RFC 7946), without a geometry where its place is unknown."""
    values = row_as_json(columns, row)
    lat, lon = values.pop("lat"), values.pop("lon")
    geometry = None if lat is None else {"type": "Point", "coordinates": [lon, lat]}
    feature = {"type": "Feature", "id": values[key], "geometry": geometry, "properties": values}
    return json.dumps(feature, ensure_ascii=False)
