"""Recording: what a delegation states, from validated tables and documents to statements in its log.

* One report, one statement; or a whole table as one file by its hash, for what comes by the thousand.
* What is recorded already is not recorded again, so an interrupted run is simply repeated.
* A report that is recorded with other content is set aside, or corrected where the caller gives a reason.
* Withheld columns leave a digest; their disclosures stay in the node's secret store.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import islice
from unicodedata import normalize

import polars as pl

from groundtruce.model.instant import format_column
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.serial import write_table
from groundtruce.model.table import COUNTS, Table
from groundtruce.node.node import Node, disclosure_id
from groundtruce.record.evidence.disclosure import withhold
from groundtruce.record.log.append import AppendLog, Receipt
from groundtruce.record.log.audit import SKEW, from_posix, time_bound
from groundtruce.record.statement.canonical import Value, canonical_json
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Draft, Statement, format_second, parse_statement
from groundtruce.record.tlog.checkpoint import Head
from groundtruce.record.tlog.cosignature import cosigners
from groundtruce.view.gather import gather

__all__ = [
    "CONTENT_LIMIT",
    "Authoring",
    "RecordingOptions",
    "RecordingResult",
    "own_statements",
    "record_document",
    "record_drafts",
    "record_reports",
    "record_table",
]

_BATCH = 1000
"""Statements made durable at a time; one sync for each batch."""

CONTENT_LIMIT = 44 * 1024
"""Bytes of a content that surely fits into a statement with its place, time and heads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authoring:
    """By which clock and which randomness statements are made."""

    now: Callable[[], datetime]
    random: Callable[[int], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingOptions:
    """How reports are result: columns to withhold, and the reason for which changed ones are corrected."""

    withhold: Collection[str] = ()
    correction: str | None = None


@dataclass(slots=True)
class RecordingResult:
    """What became of the rows of a table."""

    recorded: int = 0
    corrected: int = 0
    known: int = 0
    """Recorded before with the same content."""
    conflicting: list[str] = field(default_factory=list)
    """Ids of reports that are recorded with other content."""
    oversized: list[str] = field(default_factory=list)
    """Ids of reports that are too long for a statement."""


def record_reports(
    node: Node,
    log: AppendLog,
    rows: pl.DataFrame,
    options: RecordingOptions,
    authoring: Authoring,
    tick: Callable[[int], None] = lambda done: None,
) -> RecordingResult:
    """Record each row as a statement, and sign the log's head; raises GroundtruceError.

    `tick` gets how many rows are done.
    """
    log.publish()
    result, known = RecordingResult(), _reports_on_record(node)

    def drafts() -> Iterator[Draft]:
        for done, fields in enumerate(_texts(rows), start=1):
            draft = _draft_row(
                node, fields, options, known.get(fields["report_id"]), result, authoring
            )
            if draft is not None:
                yield draft
            tick(done)

    record_drafts(node, log, drafts(), authoring)
    return result


def record_table(
    node: Node, log: AppendLog, table: Table, rows: pl.DataFrame, authoring: Authoring
) -> bool:
    """Record a whole table as one statement and one Parquet file; return False when it is recorded already."""
    content = write_table(rows, ".parquet", table)
    name = sha256(content).hexdigest()
    draft = Draft(
        StatementKind.BULK_REPORTS,
        {
            "table": "counts" if table is COUNTS else "reports",
            "object": name,
            "size": len(content),
            "rows": rows.height,
        },
    )
    return _record_once(node, log, draft, content, authoring)


def record_document(
    node: Node,
    log: AppendLog,
    kind: StatementKind,
    label: tuple[str, str],
    content: bytes,
    authoring: Authoring,
) -> bool:
    """Record a document (agreement, mechanism, method) under its label; return False when it is the latest already."""
    name, value = label
    draft = Draft(kind, {name: value, "object": sha256(content).hexdigest(), "size": len(content)})
    return _record_once(node, log, draft, content, authoring)


def record_drafts(
    node: Node, log: AppendLog, drafts: Iterable[Draft], authoring: Authoring
) -> list[Receipt]:
    """Record drafts in durable batches, and sign the log's head; raises GroundtruceError.

    The first carries the heads of others that are new to the log. A clock behind that of the witnesses is
    `record.clock`: what it dates would be taken for backdated.
    """
    log.publish()
    _check_clock(node, log, authoring)
    receipts: list[Receipt] = []
    seen = _unseen_heads(node)
    coming = iter(drafts)
    while batch := list(islice(coming, _BATCH)):
        receipts += log.append(batch, authoring.now(), seen, authoring.random)
        seen = []
    log.publish()
    return receipts


def own_statements(node: Node) -> Iterator[Statement]:
    """Yield the statements of the own log that are in its tree."""
    for entry in node.read(node.own).entries():
        if isinstance(entry.body, bytes):
            yield parse_statement(entry.body)


def _unseen_heads(node: Node) -> list[Head]:
    """Return the heads of others' logs that are newer than what the own log says it saw."""
    seen: dict[str, Head] = {}
    for statement in own_statements(node):
        seen.update({head.origin: head for head in statement.seen})
    heads = (node.mirror(member).head for member in node.others)
    return [head for head in heads if head.size and seen.get(head.origin) != head]


def _check_clock(node: Node, log: AppendLog, authoring: Authoring) -> None:
    """Raise `record.clock` where the clock is behind that of the witnesses by more than honest clocks differ."""
    witnesses = node.register.witnesses(without=node.origin)
    cosignatures = cosigners(log.checkpoint(), witnesses)
    bound, now = (
        time_bound(from_posix(cosignature.time_s) for cosignature in cosignatures),
        authoring.now(),
    )
    if bound is not None and now < bound - SKEW:
        raise GroundtruceError(
            Problem.RECORD_CLOCK, now=format_second(now), last=format_second(bound)
        )


def _record_once(
    node: Node, log: AppendLog, draft: Draft, content: bytes, authoring: Authoring
) -> bool:
    """Record a draft with its object unless the log has it; return whether it was recorded."""
    log.publish()
    name, last = draft.content["object"], None
    for statement in own_statements(node):
        if statement.kind is draft.kind:
            last = statement.content["object"]
            if draft.kind is StatementKind.BULK_REPORTS and last == name:
                break
    if last == name:
        return False
    # the object first: a statement never names what is not there
    node.objects.put(content)
    record_drafts(node, log, [draft], authoring)
    return True


def _draft_row(
    node: Node,
    fields: dict[str, str],
    options: RecordingOptions,
    known: tuple[bytes, dict[str, str]] | None,
    result: RecordingResult,
    authoring: Authoring,
) -> Draft | None:
    """Return what to record of a row, or None, and count it."""
    if known is not None and known[1] == fields:
        result.known += 1
        return None
    if known is not None and options.correction is None:
        result.conflicting.append(fields["report_id"])
        return None
    withheld = withhold(fields, set(options.withhold) & fields.keys(), authoring.random)
    content: dict[str, Value] = {"fields": dict(withheld.kept)}
    if withheld.digests:
        content["withheld"] = list(withheld.digests)
    if known is not None:
        content |= {"supersedes": known[0].hex(), "reason": options.correction or ""}
    try:
        canonical_json(content, CONTENT_LIMIT)
    except GroundtruceError:
        result.oversized.append(fields["report_id"])
        return None
    if withheld.disclosures:
        # the disclosures first: what is withheld can always be disclosed later
        node.secrets.write(disclosure_id(withheld.digests), withheld.disclosures)
    result.recorded += known is None
    result.corrected += known is not None
    return Draft(StatementKind.REPORT if known is None else StatementKind.CORRECTION, content)


def _reports_on_record(node: Node) -> dict[str, tuple[bytes, dict[str, str]]]:
    """Return the reports of the own log: report id to the first statement's id and the columns as corrected."""
    reports: dict[str, tuple[bytes, dict[str, str]]] = {}
    gathered = gather(own_statements(node), node.disclosures)
    for identifier, report in gathered.reports.reports.items():
        reports[report.columns.get("report_id", "")] = identifier, report.columns
    return reports


def _texts(rows: pl.DataFrame) -> Iterator[dict[str, str]]:
    """Yield each row as texts without its empty fields, in the Unicode form that statements have."""
    instants = [
        format_column(name) for name, dtype in rows.schema.items() if isinstance(dtype, pl.Datetime)
    ]
    texts = rows.with_columns(instants).select(pl.all().cast(pl.String))
    for row in texts.iter_rows(named=True):
        yield {name: normalize("NFC", value) for name, value in row.items() if value is not None}
