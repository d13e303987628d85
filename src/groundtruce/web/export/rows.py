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
        one.name: None
        if (value := row[one.name]) is None
        else format_instant(value)
        if one.content is Content.INSTANT
        else value
        for one in columns
    }


def write_csv(
    columns: Sequence[Column], rows: Iterable[Row], provenance: Provenance
) -> Iterator[bytes]:
    """Yield a table as CSV, with its provenance as comments above the names of the columns."""
    header = ",".join(one.name for one in columns)
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
    fields = [pa.field(one.name, _ARROW[one.content], not one.required) for one in columns]
    told = {f"groundtruce.{name}": str(value) for name, value in provenance.values.items()}
    schema = pa.schema(fields, told)
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
    left = iter(rows)
    while chunk := list(islice(left, size)):
        yield chunk


def _frame(columns: Sequence[Column], rows: Sequence[Row]) -> pl.DataFrame:
    """Return rows as a frame of the model's types."""
    return pl.DataFrame(
        [pl.Series(one.name, [row[one.name] for row in rows], one.content.dtype) for one in columns]
    )


def _feature(columns: Sequence[Column], row: Row, key: str) -> str:
    values = row_as_json(columns, row)
    lat, lon = values.pop("lat"), values.pop("lon")
    geometry = None if lat is None else {"type": "Point", "coordinates": [lon, lat]}
    feature = {"type": "Feature", "id": values[key], "geometry": geometry, "properties": values}
    return json.dumps(feature, ensure_ascii=False)
