"""Reports and counts: what the logs say by now, once corrections, retractions and erasures are applied.

* A correction counts in the log of the report that it is about, and in no other.
* Two statements that say the same of one report are one row; two that differ stay two, told apart by their id.
* Withheld fields are filled where the reader holds the disclosure, and stay empty otherwise.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from io import BytesIO
from typing import ClassVar

import polars as pl

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import COUNTS, REPORTS, Table
from groundtruce.model.validation import ROW, validate
from groundtruce.record.evidence.disclosure import Disclosure, disclose
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Statement
from groundtruce.view.project.reducer import Disclosures, Load, LogPosition

__all__ = ["ENTRIES", "ReportReducer", "RowFile", "StatedReport", "StatedRows", "open_fields"]

ENTRIES = {
    "report_id": pl.String,
    "origin": pl.String,
    "sequence": pl.Int64,
    "statement": pl.String,
}
"""Which entry of which log says what a row says now: the report, its correction, or the file that holds it."""

_STATEMENT = "_statement"


@dataclass(frozen=True, slots=True)
class StatedReport:
    """The columns of a report as they should be by now, and the statement that says so."""

    columns: dict[str, str]
    said_at: LogPosition


@dataclass(frozen=True, slots=True)
class RowFile:
    """A file of rows of a table: the SHA-256 of the object, and the statement that names it."""

    table: Table
    object: str
    said_at: LogPosition


@dataclass(frozen=True, slots=True)
class StatedRows:
    """Validated rows in the order of their key, how many could not be used, and where each came from."""

    rows: pl.DataFrame
    rejected: int
    statements: pl.Series
    """Id of the statement that each row began with, in hexadecimal."""


@dataclass(slots=True)
class ReportReducer:
    """The reports and files that were not taken back."""

    kinds: ClassVar[Set[StatementKind]] = frozenset(
        {StatementKind.REPORT, StatementKind.CORRECTION, StatementKind.BULK_REPORTS}
    )

    reports: dict[bytes, StatedReport] = field(default_factory=dict)
    """Id of the statement that a report began with to what it says now."""
    files: dict[bytes, RowFile] = field(default_factory=dict)
    """Id of the statement to the file that it names."""
    withheld: int = 0
    """Digests of withheld fields, decoys among them, that stay closed to this reader."""

    def take(self, statement: Statement, disclosures: Disclosures) -> None:
        """Take in a report, a correction or a file; raises GroundtruceError where a disclosure is not genuine."""
        link, content = statement.link, statement.content
        position = LogPosition(link.origin, link.sequence, statement.identifier)
        if statement.kind is StatementKind.BULK_REPORTS:
            table = COUNTS if content["table"] == "counts" else REPORTS
            self.files[statement.identifier] = RowFile(table, str(content["object"]), position)
            return
        subject = statement.identifier
        if statement.kind is StatementKind.CORRECTION:
            subject = bytes.fromhex(str(content["supersedes"]))
            corrected = self.reports.get(subject)
            if corrected is None or corrected.said_at.origin != link.origin:
                return
        columns, closed = open_fields(statement, disclosures(statement))
        self.reports[subject] = StatedReport(columns, position)
        self.withheld += closed

    def retract(self, target: bytes, origin: str) -> None:
        """Forget a report or a file of this log."""
        report, file = self.reports.get(target), self.files.get(target)
        if report is not None and report.said_at.origin == origin:
            del self.reports[target]
        if file is not None and file.said_at.origin == origin:
            del self.files[target]

    def rows(self, table: Table, load: Load) -> StatedRows:
        """Return the rows of a table; raises GroundtruceError where the object of a file is missing."""
        frames = []
        if table is REPORTS and self.reports:
            stated = [
                {**report.columns, _STATEMENT: identifier.hex()}
                for identifier, report in self.reports.items()
            ]
            names = sorted({name for row in stated for name in row} | set(REPORTS.required))
            frames.append(pl.DataFrame(stated, schema=dict.fromkeys(names, pl.String)))
        for identifier, file in self.files.items():
            if file.table is table:
                frame = _read_parquet(load(file.object), file.object)
                frames.append(frame.with_columns(pl.lit(identifier.hex()).alias(_STATEMENT)))
        return _validate(table, frames)

    def entries(self, reports: StatedRows) -> pl.DataFrame:
        """Return which entry of the record each report is; see `ENTRIES`."""
        said_at = {
            identifier: stated.said_at
            for stating in (self.reports, self.files)
            for identifier, stated in stating.items()
        }
        positions = pl.DataFrame(
            [
                (first.hex(), now.origin, now.sequence, now.statement.hex())
                for first, now in said_at.items()
            ],
            schema={_STATEMENT: pl.String}
            | {name: dtype for name, dtype in ENTRIES.items() if name != REPORTS.key},
            orient="row",
        )
        return (
            reports.rows.select(REPORTS.key)
            .with_columns(reports.statements.alias(_STATEMENT))
            .join(positions, on=_STATEMENT, how="left", maintain_order="left")
            .select(*ENTRIES)
        )


def open_fields(statement: Statement, held: Iterable[Disclosure]) -> tuple[dict[str, str], int]:
    """Return the columns of a report or correction, and how many digests stay closed; raises GroundtruceError."""
    content = statement.content
    fields, digests = content.get("fields"), content.get("withheld")
    kept = dict(fields) if isinstance(fields, Mapping) else {}
    closed = 0
    if isinstance(digests, list) and digests:
        texts = [disclosure.text.reveal() for disclosure in held]
        opened = disclose(
            {name: value for name, value in kept.items() if isinstance(value, str | int)},
            [str(digest) for digest in digests],
            texts,
        )
        kept, closed = dict(opened.fields), len(opened.closed)
    return {name: str(value) for name, value in kept.items()}, closed


def _read_parquet(content: bytes, name: str) -> pl.DataFrame:
    """Read the rows of an object; raises GroundtruceError `file.damaged`."""
    try:
        return pl.read_parquet(BytesIO(content))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise GroundtruceError(
            Problem.FILE_DAMAGED, file=name, cause=Phrase("it is no Parquet")
        ) from error


def _validate(table: Table, frames: list[pl.DataFrame]) -> StatedRows:
    """Return the rows of all frames, each once, those that share a key told apart, in the order of their key."""
    if not frames:
        return StatedRows(pl.DataFrame(schema=table.schema), 0, pl.Series(dtype=pl.String))
    # as text, so that a row is the same whether it came as a statement or in a file
    texts = [frame.select(pl.all().cast(pl.String)) for frame in map(_write_instants, frames)]
    raw = pl.concat(texts, how="diagonal").sort(table.key, _STATEMENT, nulls_last=True)
    said = [name for name in raw.columns if name != _STATEMENT]
    raw = raw.unique(said, keep="first", maintain_order=True)
    short = pl.col(_STATEMENT).str.slice(0, 8)
    several = pl.col(table.key).is_duplicated() & pl.col(table.key).is_not_null()
    raw = raw.with_columns(
        pl.when(several)
        .then(pl.format("{}~{}", table.key, short))
        .otherwise(table.key)
        .alias(table.key)
    )
    missing = [name for name in table.names if name not in raw.columns]
    raw = raw.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)
    checked = validate(table, raw.with_row_index(ROW, offset=1))
    rows = checked.rows.drop(ROW).sort(table.key)
    return StatedRows(rows.drop(_STATEMENT), len(checked.rejects), rows[_STATEMENT])


def _write_instants(frame: pl.DataFrame) -> pl.DataFrame:
    """Write the instants of a frame as ISO 8601."""
    return frame.with_columns(
        pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
        for name, dtype in frame.schema.items()
        if isinstance(dtype, pl.Datetime)
    )
