"""Reading on Spark: Parquet files become validated shares of the report table, the bad rows set aside.

* A worker reads some row groups of a file itself and checks them as `intake` does: types, rows and
  quarantine come out as on one machine.
* The driver reads the footers alone.
* Every row is accounted for: rows read = good rows + quarantined rows.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pa_parquet

from groundtruce.distributed.share import Batches, pack, read_rows
from groundtruce.fusion.features.text import TEXT_VECTOR
from groundtruce.fusion.partition.time_slab import first_linkable, measure_known_s
from groundtruce.model.message import quote
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import REPORTS
from groundtruce.model.validation import ROW, Reject, validate

if TYPE_CHECKING:
    from pyspark import Accumulator
    from pyspark.sql import DataFrame, SparkSession

__all__ = [
    "NO_QUARANTINE",
    "READ",
    "ReadShare",
    "Stretch",
    "good_rows",
    "raw_rows",
    "read_shares",
    "set_aside",
    "split_files",
]

READ = (
    "share int, rows_read long, rows long, bad long, first_s long, grid string, ids array<string>, "
    "packed binary, known binary, quarantine binary, fault string"
)
"""A share of what was read: the rows, the seconds by which their days are counted, the quarantine."""
_ROWS = 100_000
"""Rows that a worker reads at a time, about."""
_IDS = 32
"""Identifiers of a share that tell how those of all are spread."""
NO_QUARANTINE = pl.DataFrame(
    schema=dict.fromkeys(
        ("file", "row", "field", "value", "code", "reason", "remedy", "also_wrong", "record"),
        pl.String,
    )
)
"""A quarantine of no rows, as `intake` has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostText(Reject):
    """A row with a cell that lost text: its record shows all of its fields."""


class Stretch(NamedTuple):
    """Some row groups of a file: `first` the number of their first row, from 0."""

    file: str
    first: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadShare:
    """What one share came to; see `READ`."""

    share: int
    rows_read: int
    rows: pl.DataFrame
    quarantine: pl.DataFrame
    fault: str | None = None

    def batch(self) -> pa.RecordBatch:
        """Return it as a row of Spark."""
        known = measure_known_s(self.rows)
        ids = self.rows["report_id"].sort()
        values: dict[str, tuple[object, pa.DataType]] = {
            "share": (self.share, pa.int32()),
            "rows_read": (self.rows_read, pa.int64()),
            "rows": (self.rows.height, pa.int64()),
            "bad": (self.quarantine.height, pa.int64()),
            "first_s": (int(known.min()) if len(known) else None, pa.int64()),
            "grid": (first_linkable(self.rows), pa.string()),
            "ids": (ids.gather_every(max(len(ids) // _IDS, 1)).to_list(), pa.list_(pa.string())),
            "packed": (pack(self.rows), pa.binary()),
            "known": (pack(pl.DataFrame({"known": known})), pa.binary()),
            "quarantine": (
                pack(self.quarantine) if self.quarantine.height else None,
                pa.binary(),
            ),
            "fault": (self.fault, pa.string()),
        }
        arrays = [pa.array([value], kind) for value, kind in values.values()]
        return pa.RecordBatch.from_arrays(arrays, names=list(values))


def split_files(paths: Sequence[Path]) -> list[Stretch]:
    """Return the files in pieces of whole row groups; raises GroundtruceError with a `file.*` problem."""
    stretches: list[Stretch] = []
    for path in paths:
        try:
            about = pa_parquet.read_metadata(path)
        except (OSError, pa.ArrowException) as error:
            raise _describe_damage(str(path), error) from error
        names = list(about.schema.to_arrow_schema().names)
        if ROW in names:
            raise GroundtruceError(Problem.FILE_COLUMN_RESERVED, file=str(path), column=ROW)
        missing = [name for name in REPORTS.required if name not in names]
        if missing:
            raise GroundtruceError(
                Problem.FILE_COLUMNS_MISSING,
                file=str(path),
                columns=", ".join(missing),
                table=REPORTS.name,
            )
        if not about.num_rows:
            raise GroundtruceError(Problem.FILE_NO_ROWS, file=str(path))
        sizes = [about.row_group(number).num_rows for number in range(about.num_row_groups)]
        ends = np.cumsum(sizes)
        piece = (ends - 1) // _ROWS
        cuts = [0, *ends[np.append(piece[1:] != piece[:-1], True)].tolist()]
        stretches += [Stretch(str(path), begin, end - begin) for begin, end in pairwise(cuts)]
    return stretches


def read_shares(
    spark: "SparkSession", pieces: Sequence[Stretch], done: "Accumulator[int]"
) -> "DataFrame":
    """Return the shares of the report table, one for each piece."""
    named = [(number, *piece) for number, piece in enumerate(pieces)]
    tasks = spark.createDataFrame(named, "share int, file string, first long, rows long")
    return tasks.repartitionById(len(pieces), "share").mapInArrow(partial(_read, done), READ)


def _read(done: "Accumulator[int]", batches: Batches) -> Iterator[pa.RecordBatch]:
    for task in read_rows(batches):
        piece = Stretch(str(task["file"]), int(str(task["first"])), int(str(task["rows"])))
        yield _check(int(str(task["share"])), piece).batch()
        done.add(1)


def _check(share: int, piece: Stretch) -> ReadShare:
    nothing = pl.DataFrame(schema=REPORTS.schema).with_columns(**{ROW: pl.lit(0, pl.Int64)})
    try:
        raw = raw_rows(piece)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        return ReadShare(
            share=share,
            rows_read=0,
            rows=nothing,
            quarantine=NO_QUARANTINE,
            fault=_first_line(error),
        )
    rows, rejects = good_rows(raw)
    return ReadShare(
        share=share,
        rows_read=raw.height,
        rows=rows,
        quarantine=set_aside(piece.file, rejects, raw) if rejects else NO_QUARANTINE,
    )


def good_rows(raw: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
    """Return the good rows typed, those with a repeated identifier among them, and why the others are not."""
    known = [name for name in raw.columns if name in {ROW, TEXT_VECTOR, *REPORTS.names}]
    rows = raw.select(known)
    lost = _find_lost(rows)
    rows = rows.filter(~pl.col(ROW).is_in([reject.row for reject in lost]))
    checked = validate(REPORTS, rows)
    bad = [reject for reject in checked.rejects if reject.problem is not Problem.ROW_DUPLICATE_ID]
    good = checked.rows
    if len(bad) < len(checked.rejects):
        good = _type_columns(rows.filter(~pl.col(ROW).is_in([reject.row for reject in bad])))
    if TEXT_VECTOR in known:
        good = good.with_columns(pl.col(TEXT_VECTOR).cast(pl.List(pl.Float32)))
    return good, [*lost, *bad]


def _find_lost(rows: pl.DataFrame) -> list[LostText]:
    """Return the rows of which a cell holds NUL, the mark of text that was lost."""
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String]
    nul = pl.col(texts).str.contains("\0", literal=True).fill_null(value=False)
    return [
        LostText(
            row=row[ROW],
            field=next(name for name in texts if "\0" in (row[name] or "")),
            value=next(row[name] for name in texts if "\0" in (row[name] or ""))[:200].replace(
                "\0", "␀"
            ),
            problem=Problem.ROW_ENCODING,
        )
        for row in rows.filter(pl.any_horizontal(nul)).iter_rows(named=True)
    ]


def _type_columns(good: pl.DataFrame) -> pl.DataFrame:
    """Return good rows typed, those with a repeated identifier as well."""
    unique = good.with_columns(report_id=pl.int_range(pl.len()).cast(pl.String))
    names = good["report_id"].cast(pl.String).str.strip_chars()
    return validate(REPORTS, unique).rows.with_columns(report_id=names)


def raw_rows(piece: Stretch) -> pl.DataFrame:
    """Return the rows of a piece as they stand in the file, with their numbers as `intake` counts them."""
    rows = pl.scan_parquet(piece.file, glob=False).slice(piece.first, piece.rows).collect()
    numbers = pl.int_range(
        piece.first + 1, piece.first + 1 + rows.height, dtype=pl.Int64, eager=True
    )
    return rows.insert_column(0, numbers.alias(ROW))


def set_aside(file: str, rejects: Iterable[Reject], raw: pl.DataFrame) -> pl.DataFrame:
    """Return the quarantine of some rows of a file, in their order."""
    ordered = sorted(rejects, key=lambda reject: reject.row)
    kept = raw.filter(pl.col(ROW).is_in([reject.row for reject in ordered]))
    lost = {reject.row for reject in ordered if isinstance(reject, LostText)}
    records = {}
    for row in kept.iter_rows(named=True):
        number = row.pop(ROW)
        filled = {name: value for name, value in row.items() if value is not None or number in lost}
        records[number] = json.dumps(filled, ensure_ascii=False, default=str)
    return pl.DataFrame(
        [
            (
                file,
                str(reject.row),
                reject.field,
                reject.value,
                reject.problem.code,
                reject.problem.sentence(reject.details),
                reject.problem.advice(reject.details),
                "|".join(reject.also) or None,
                records[reject.row],
            )
            for reject in ordered
        ],
        schema=NO_QUARANTINE.schema,
        orient="row",
    )


def _describe_damage(file: str, error: BaseException) -> GroundtruceError:
    return GroundtruceError(Problem.FILE_DAMAGED, file=file, cause=quote(_first_line(error)))


def _first_line(error: BaseException) -> str:
    """Return the words of an error that are shown."""
    lines = str(error).splitlines()
    return lines[0][:120].rstrip(".") if lines else "it cannot be read"
