"""Statements to rows: what the logs say by now, once corrections, retractions and erasures are applied.

* A correction or retraction counts in the log of the statement that it is about, and in no other.
* People's decisions on links count from every log, in the order of their time.
* The latest version of agreement and method counts.
* What one log takes within a second counts in the log's order; what several take, in the order of their names.
* Two statements that say the same of one report are one row; two that differ stay two, told apart by their id.
* Withheld fields are filled where the reader holds the disclosure, and stay empty otherwise.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO

import polars as pl

from groundtruce.fusion.clustering.decision import Decision
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import COUNTS, REPORTS, Table
from groundtruce.model.validation import ROW, validate
from groundtruce.record.evidence.disclosure import Disclosure, disclose
from groundtruce.record.statement.canonical import Value
from groundtruce.record.statement.schema import Kind
from groundtruce.record.statement.statement import Statement

__all__ = ["ENTRIES", "Decided", "Gathered", "Rows", "gather", "report_fields"]

Load = Callable[[str], bytes]
"""SHA-256 of an object to its bytes; raises GroundtruceError where it is missing."""

Disclosures = Callable[[Statement], Iterable[Disclosure]]
"""A statement to the disclosures of its withheld fields that the reader holds."""

ENTRIES = {
    "report_id": pl.String,
    "origin": pl.String,
    "sequence": pl.Int64,
    "statement": pl.String,
}
"""Which entry of which log says what a row says now: the report, its correction, or the file that holds it."""

_STATEMENT = "_statement"


@dataclass(frozen=True, slots=True)
class Rows:
    """Validated rows in the order of their key, how many could not be used, and whence each came."""

    rows: pl.DataFrame
    rejected: int
    statements: pl.Series
    """Id of the statement that each row began with, in hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision on links as a delegation recorded it."""

    identifier: bytes
    origin: str
    author: str
    sequence: int
    filed_at: datetime
    reason: str
    decision: Decision


@dataclass(slots=True)
class Gathered:
    """What the statements of all logs add up to."""

    fields: dict[bytes, tuple[str, dict[str, str]]] = field(default_factory=dict)
    """Id of the report's statement to its log and its columns."""
    bulk: dict[bytes, tuple[str, Table, str]] = field(default_factory=dict)
    """Id of the statement to its log, its table and its object."""
    latest: dict[Kind, tuple[tuple[datetime, str, int], str]] = field(default_factory=dict)
    """Kind of a version to (when and which) and the object that holds it."""
    links: dict[bytes, Decided] = field(default_factory=dict)
    """Id of the statement to the decision on links that was not taken back."""
    places: dict[bytes, tuple[str, int, bytes]] = field(default_factory=dict)
    """Id of a statement with rows to the log, place and id of the one that says now what they say."""
    statements: int = 0
    withheld: int = 0
    """Digests of withheld fields, decoys among them, that stay closed to this reader."""

    @property
    def decided(self) -> list[Decided]:
        """The decisions on links in the order of their weight: the same on every node."""
        return sorted(self.links.values(), key=lambda one: (one.filed_at, one.origin, one.sequence))

    @property
    def decisions(self) -> list[Decision]:
        """What was decided, in that order."""
        return [one.decision for one in self.decided]

    def rows(self, table: Table, load: Load) -> Rows:
        """Return the rows of a table; raises GroundtruceError where a bulk file is missing."""
        frames = []
        if table is REPORTS and self.fields:
            found = [
                {**columns, _STATEMENT: identifier.hex()}
                for identifier, (_, columns) in self.fields.items()
            ]
            names = sorted({name for one in found for name in one} | set(REPORTS.required))
            frames.append(pl.DataFrame(found, schema=dict.fromkeys(names, pl.String)))
        for identifier, (_, kept, name) in self.bulk.items():
            if kept is table:
                frame = _parquet(load(name), name)
                frames.append(frame.with_columns(pl.lit(identifier.hex()).alias(_STATEMENT)))
        return _validated(table, frames)

    def entries(self, reports: Rows) -> pl.DataFrame:
        """Return which entry of the record each report is; see `ENTRIES`."""
        stated = [
            (first.hex(), origin, sequence, latest.hex())
            for first, (origin, sequence, latest) in self.places.items()
        ]
        schema = {_STATEMENT: pl.String} | {
            name: dtype for name, dtype in ENTRIES.items() if name != REPORTS.key
        }
        places = pl.DataFrame(stated, schema=schema, orient="row")
        return (
            reports.rows.select(REPORTS.key)
            .with_columns(reports.statements.alias(_STATEMENT))
            .join(places, on=_STATEMENT, how="left", maintain_order="left")
            .select(*ENTRIES)
        )


def gather(
    statements: Iterable[Statement],
    disclosures: Disclosures = lambda statement: (),
) -> Gathered:
    """Take statements in, log by log, each log in its order."""
    found = Gathered()
    for statement in statements:
        found.statements += 1
        _take(found, statement, disclosures)
    return found


def report_fields(statement: Statement, held: Iterable[Disclosure]) -> tuple[dict[str, str], int]:
    """Return the columns of a report or correction, and how many digests stay closed; raises GroundtruceError."""
    content = statement.content
    fields, digests = content.get("fields"), content.get("withheld")
    kept = dict(fields) if isinstance(fields, Mapping) else {}
    closed = 0
    if isinstance(digests, list) and digests:
        texts = [one.text.reveal() for one in held]
        opened = disclose(
            {name: value for name, value in kept.items() if isinstance(value, str | int)},
            [str(one) for one in digests],
            texts,
        )
        kept, closed = dict(opened.fields), len(opened.closed)
    return {name: str(value) for name, value in kept.items()}, closed


def _take(found: Gathered, statement: Statement, disclosures: Disclosures) -> None:
    origin, content = statement.link.origin, statement.content
    place = origin, statement.link.sequence, statement.identifier
    match statement.kind:
        case Kind.REPORT:
            fields, closed = report_fields(statement, disclosures(statement))
            found.fields[statement.identifier] = origin, fields
            found.places[statement.identifier] = place
            found.withheld += closed
        case Kind.CORRECTION:
            target = bytes.fromhex(str(content["supersedes"]))
            if found.fields.get(target, ("", {}))[0] == origin:
                fields, closed = report_fields(statement, disclosures(statement))
                found.fields[target] = origin, fields
                found.places[target] = place
                found.withheld += closed
        case Kind.RETRACTION:
            target = bytes.fromhex(str(content["retracts"]))
            if found.fields.get(target, ("", {}))[0] == origin:
                del found.fields[target]
            if target in found.bulk and found.bulk[target][0] == origin:
                del found.bulk[target]
            if target in found.links and found.links[target].origin == origin:
                del found.links[target]
        case Kind.BULK_REPORTS:
            table = COUNTS if content["table"] == "counts" else REPORTS
            found.bulk[statement.identifier] = origin, table, str(content["object"])
            found.places[statement.identifier] = place
        case Kind.LINK_DECISION:
            found.links[statement.identifier] = _decided(statement)
        case Kind.AGREEMENT_VERSION | Kind.METHOD_VERSION | Kind.MECHANISM_VERSION:
            order = statement.filed_at, origin, statement.link.sequence
            if statement.kind not in found.latest or order > found.latest[statement.kind][0]:
                found.latest[statement.kind] = order, str(content["object"])
        case _:
            # other kinds say something about reports and findings, and add no row
            return


def _decided(statement: Statement) -> Decided:
    content = statement.content
    return Decided(
        identifier=statement.identifier,
        origin=statement.link.origin,
        author=statement.link.author,
        sequence=statement.link.sequence,
        filed_at=statement.filed_at,
        reason=str(content["reason"]),
        decision=Decision(
            together=content["decision"] == "merge",
            reports=_names(content["reports"]),
            against=_names(content.get("against")),
        ),
    )


def _names(value: Value | None) -> tuple[str, ...]:
    """Return the reports that a list names, each once, in its order."""
    return tuple(dict.fromkeys(map(str, value))) if isinstance(value, list) else ()


def _parquet(content: bytes, name: str) -> pl.DataFrame:
    try:
        return pl.read_parquet(BytesIO(content))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise GroundtruceError(
            Problem.FILE_DAMAGED, file=f"object {name}", cause="it is no Parquet"
        ) from error


def _validated(table: Table, frames: list[pl.DataFrame]) -> Rows:
    if not frames:
        return Rows(pl.DataFrame(schema=table.schema), 0, pl.Series(dtype=pl.String))
    # as text, so that a row is the same whether it came as a statement or in a file
    texts = [frame.select(pl.all().cast(pl.String)) for frame in map(_as_iso, frames)]
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
    return Rows(rows.drop(_STATEMENT), len(checked.rejects), rows[_STATEMENT])


def _as_iso(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
        for name, dtype in frame.schema.items()
        if isinstance(dtype, pl.Datetime)
    )
