"""The view: links, incidents, assessments and obligations, computed from reports, decisions, counts, terms and method.

* The same rows, decisions, terms and method give the same view, whatever the order of rows and wherever they come from.
* Every table has a digest, and the view one over them; two nodes compare one line to know that they agree.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256

import polars as pl

from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.assess import assess, overall
from groundtruce.compliance.obligation import obligations
from groundtruce.fusion.clustering.decision import Decision
from groundtruce.fusion.fuse import Fused, fuse
from groundtruce.fusion.method import FusionMethod
from groundtruce.model.code import Verdict
from groundtruce.model.instant import EARLIEST, iso
from groundtruce.model.serial import table_bytes
from groundtruce.model.table import (
    ASSESSMENTS,
    COUNTS,
    INCIDENTS,
    LINKS,
    OBLIGATIONS,
    REPORTS,
    Table,
)
from groundtruce.record.log.state import RecordState
from groundtruce.view.gather import ENTRIES

__all__ = ["Basis", "Terms", "View", "as_of", "compute", "verdict_counts"]


@dataclass(frozen=True, slots=True)
class Terms:
    """An agreement with the bytes of the document that it was read from."""

    agreement: Agreement
    document: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the document, in hexadecimal."""
        return sha256(self.document).hexdigest()


@dataclass(frozen=True, slots=True)
class Basis:
    """The record state that a view rests on, and the name of the delegation of each log."""

    state: RecordState
    names: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """Tables in the order of their keys; `basis` is None where the rows did not come from a record.

    Its digests are made once, when they are first asked for.
    """

    agreement: Agreement
    document: bytes
    """The agreement as it was recorded."""
    reports: pl.DataFrame
    counts: pl.DataFrame
    links: pl.DataFrame
    incidents: pl.DataFrame
    assessments: pl.DataFrame
    obligations: pl.DataFrame
    quarantined: int
    withheld: int
    """Digests of withheld fields, decoys among them, that the reader could not open."""
    inputs: Mapping[str, str]
    """SHA-256 of the rows of reports and counts in order, of the decisions in theirs, and of the agreement's bytes."""
    method: Mapping[str, object]
    basis: Basis | None
    entries: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ENTRIES))
    """Which entry of the record each report is; empty where the rows did not come from a record."""

    @property
    def tables(self) -> Mapping[str, tuple[Table, pl.DataFrame]]:
        """Every computed table by the name of its file."""
        return {
            "links": (LINKS, self.links),
            "incidents": (INCIDENTS, self.incidents),
            "assessments": (ASSESSMENTS, self.assessments),
            "obligations": (OBLIGATIONS, self.obligations),
        }

    @cached_property
    def digests(self) -> dict[str, str]:
        """SHA-256 of each input and of each computed table as CSV."""
        computed = {name: _digest(rows, table) for name, (table, rows) in self.tables.items()}
        return {**self.inputs, **computed}

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the lines `digest name`, sorted by name, as `sha256sum` would print them."""
        lines = [f"{digest}  {name}\n" for name, digest in sorted(self.digests.items())]
        return sha256("".join(lines).encode()).hexdigest()


def compute(  # noqa: PLR0913 - same inputs, same view: all of them are named
    reports: pl.DataFrame,
    counts: pl.DataFrame | None,
    terms: Terms,
    method: FusionMethod,
    decisions: Sequence[Decision] = (),
    *,
    fused: Fused | None = None,
    quarantined: int = 0,
    withheld: int = 0,
    basis: Basis | None = None,
    entries: pl.DataFrame | None = None,
) -> View:
    """Fuse and assess validated rows; `decisions` are heeded in their order, and `fused` is what they come to.

    Cost grows with the reports and the neighbours of each.
    """
    fused = fuse(reports, method, decisions) if fused is None else fused
    agreement = terms.agreement
    assessments = assess(fused.incidents, agreement)
    given = {"reports": (REPORTS, reports)} | (
        {} if counts is None else {"counts": (COUNTS, counts)}
    )
    return View(
        agreement=agreement,
        document=terms.document,
        reports=reports,
        counts=pl.DataFrame(schema=COUNTS.schema) if counts is None else counts,
        links=fused.links,
        incidents=fused.incidents,
        assessments=assessments,
        obligations=obligations(agreement, as_of(fused.incidents, agreement), assessments),
        quarantined=quarantined,
        withheld=withheld,
        inputs={name: _digest(rows, table) for name, (table, rows) in given.items()}
        | ({"decisions": _digest_of(decisions)} if decisions else {})
        | {"agreement": terms.digest},
        method={
            "fusion": method.told(),
            "agreement": agreement.label,
            "in_force_at": iso(agreement.in_force_at) if agreement.in_force_at else "undetermined",
        },
        basis=basis,
        entries=pl.DataFrame(schema=ENTRIES) if entries is None else entries,
    )


def as_of(incidents: pl.DataFrame, agreement: Agreement) -> datetime:
    """Return the instant at which obligations stand: the end of the last incident."""
    last = incidents["occurred_to"].max()
    return last if isinstance(last, datetime) else agreement.in_force_at or EARLIEST


def verdict_counts(assessments: pl.DataFrame) -> dict[Verdict, int]:
    """Count incidents by their overall verdict."""
    found = overall(assessments)["verdict"].to_list()
    return {verdict: found.count(verdict.value) for verdict in Verdict}


def _digest(rows: pl.DataFrame, table: Table) -> str:
    """Return the SHA-256 of the table's own columns: order, split and notation of files do not matter."""
    return sha256(table_bytes(rows.select(table.names), ".csv")).hexdigest()


def _digest_of(decisions: Sequence[Decision]) -> str:
    """Return the SHA-256 of the decisions as JSON, one a line: what was decided, and in which order."""
    lines = [
        json.dumps(asdict(one), ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
        for one in decisions
    ]
    return sha256("".join(lines).encode()).hexdigest()
