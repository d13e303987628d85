"""Reading: files of our own tables or of foreign ones become typed rows, the bad ones set aside.

* A foreign table is recognised by its columns or read through the mapping that is named.
* Several files are one table: identifiers are unique across them, and their order does not matter.
* Every row is accounted for: rows read = good rows + quarantined rows (for mappings with one record a row).
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from groundtruce.intake.mapping import Mapping, load_packaged_mappings
from groundtruce.intake.quarantine import Quarantined, quarantine
from groundtruce.intake.raw import RawTable
from groundtruce.intake.source import Source, require_columns
from groundtruce.intake.translate import translate
from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import REPORTS, Table
from groundtruce.model.validation import ROW, Reject, validate

__all__ = ["ReadTable", "Tick", "read_frame", "read_reports", "read_table"]

Tick = Callable[[str], None]
"""Called with the name of each file that is about to be read."""

_FILE_SHIFT = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTable:
    """What was read: typed `rows` in the order of the files, and what was set aside."""

    table: Table
    rows: pl.DataFrame
    quarantined: tuple[Quarantined, ...]
    rows_read: int
    mappings: dict[str, str]
    """File name to the mapping that it was read through."""

    def in_order(self) -> pl.DataFrame:
        """Return the rows in the order of the key, which does not depend on the files."""
        key = self.table.key
        return self.rows if self.rows[key].is_sorted() else self.rows.sort(key)


@dataclass(frozen=True, slots=True)
class _Part:
    """One file on its way: `rows` are raw rows of our table, `source` the raw rows of the file."""

    name: str
    rows: pl.DataFrame
    source: pl.DataFrame
    rejects: tuple[Reject, ...]
    records: dict[int, str]
    rows_read: int
    mapping: str | None


def read_reports(
    paths: Sequence[Path], mapping: Mapping | None = None, tick: Tick = lambda name: None
) -> ReadTable:
    """Read reports (or counts, where the mapping says so) from files; raises GroundtruceError."""
    parts = []
    for path in paths:
        tick(str(path))
        parts.append(_report_part(Source.open(path), mapping))
    return _join_parts(mapping.table if mapping else REPORTS, parts)


def read_table(table: Table, paths: Sequence[Path]) -> ReadTable:
    """Read one of our own tables from files; raises GroundtruceError."""
    return _join_parts(table, [_own_part(table, Source.open(path)) for path in paths])


def read_frame(table: Table, frame: pl.DataFrame, name: str) -> ReadTable:
    """Check a table that is in memory as if it were a file; rows count from 1; raises GroundtruceError."""
    require_columns(name, frame.columns, table.required, table.name)
    rows = frame.with_row_index(ROW, offset=1)
    part = _Part(
        name=name,
        rows=rows,
        source=rows,
        rejects=(),
        records={},
        rows_read=rows.height,
        mapping=None,
    )
    return _join_parts(table, [part])


def _own_part(table: Table, source: Source) -> _Part:
    """Read one of our own tables."""
    raw = source.rows(table.name, table.required, table.names)
    return _part(source, raw, raw.rows, (), None)


def _report_part(source: Source, mapping: Mapping | None) -> _Part:
    """Read reports of ours, or a foreign table through a mapping: the one given, or one that knows its columns."""
    if mapping is None:
        columns = source.columns(_list_encodings())
        mapping = _recognise_mapping(columns)
        if mapping is None:
            if source.names_its_columns:
                source.require(columns, REPORTS.required, REPORTS.name)
            return _own_part(REPORTS, source)
    rule = mapping.read
    raw = source.rows(
        mapping.mapping.id,
        sorted(mapping.columns - set(rule.optional)),
        mapping.columns,
        encodings=rule.encodings,
        delimiter=rule.delimiter,
    )
    translated = translate(mapping, _as_text(raw.rows, mapping.columns))
    return _part(source, raw, translated.rows, translated.rejects, mapping.mapping.id)


def _recognise_mapping(columns: Sequence[str]) -> Mapping | None:
    """Return the packaged mapping that knows these columns; ours are of no foreign table."""
    if set(REPORTS.required) <= set(columns):
        return None
    for mapping in load_packaged_mappings().values():
        names = mapping.mapping.recognise
        if names and set(names) <= set(columns) and mapping.table is REPORTS:
            return mapping
    return None


def _list_encodings() -> tuple[str, ...]:
    """Return the encodings that packaged mappings name, each once."""
    mappings = load_packaged_mappings().values()
    return tuple(dict.fromkeys(code for mapping in mappings for code in mapping.read.encodings))


def _part(
    source: Source,
    raw: RawTable,
    rows: pl.DataFrame,
    rejects: tuple[Reject, ...],
    mapping: str | None,
) -> _Part:
    return _Part(
        name=source.name,
        rows=rows,
        source=raw.rows,
        rejects=(*raw.rejects, *rejects),
        records=raw.records,
        rows_read=raw.rows.height + len(raw.rejects),
        mapping=mapping,
    )


def _join_parts(table: Table, parts: Sequence[_Part]) -> ReadTable:
    """Validate all files as one table, so that a repeated identifier is seen across files.

    `_row` carries the file's number in its upper half on the way.
    """
    numbered = [
        part.rows.with_columns(pl.col(ROW).cast(pl.Int64) + (index << _FILE_SHIFT))
        for index, part in enumerate(parts)
    ]
    raw = numbered[0] if len(numbered) == 1 else pl.concat(_one_type(numbered), how="diagonal")
    checked = validate(table, raw)
    rejects: list[list[Reject]] = [list(part.rejects) for part in parts]
    for reject in checked.rejects:
        file, row = divmod(reject.row, 1 << _FILE_SHIFT)
        rejects[file].append(
            Reject(
                row=row,
                field=reject.field,
                value=reject.value,
                problem=reject.problem,
                details=reject.details,
                also=reject.also,
            )
        )
    quarantined = tuple(
        entry
        for part, rejected in zip(parts, rejects, strict=True)
        for entry in quarantine(part.name, rejected, part.source, part.records)
    )
    rows_read = sum(part.rows_read for part in parts)
    if checked.rows.is_empty():
        first = quote(quarantined[0].told) if quarantined else Phrase("no record applies.")
        raise GroundtruceError(Problem.FILE_NO_GOOD_ROWS, count=rows_read, sentence=first)
    return ReadTable(
        table=table,
        rows=_without_row(checked.rows),
        quarantined=quarantined,
        rows_read=rows_read,
        mappings={part.name: part.mapping for part in parts if part.mapping},
    )


def _without_row(rows: pl.DataFrame) -> pl.DataFrame:
    """Take the record numbers off without copying the other columns."""
    return pl.DataFrame([column for column in rows.get_columns() if column.name != ROW])


def _one_type(frames: Sequence[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Cast the columns that differ in type between files to text, so that files of two formats join."""
    types: dict[str, set[pl.DataType]] = {}
    for frame in frames:
        for name, dtype in frame.schema.items():
            types.setdefault(name, set()).add(dtype)
    mixed = [name for name, dtypes in types.items() if len(dtypes) > 1]
    for frame in frames:
        names = [name for name in mixed if name in frame.columns]
        yield frame.with_columns(_text(name, frame.schema[name]) for name in names)


def _as_text(rows: pl.DataFrame, used: Collection[str]) -> pl.DataFrame:
    """Return the used columns as text, which is what mappings are written for; Parquet has types."""
    names = [name for name in rows.columns if name in used]
    return rows.select(ROW, *(_text(name, rows.schema[name]) for name in names if name != ROW))


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        return pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%S%.6f%:z")
    return pl.col(name).cast(pl.String)
