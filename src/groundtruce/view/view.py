"""The view: links, incidents, assessments and obligations, computed from reports, decisions, counts, terms and method.

* The same rows, decisions, terms and method give the same view, whatever the order of rows and wherever they come from.
* Every table has a digest, and the view one over them; two nodes compare one line to know that they agree.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from hashlib import sha256

import polars as pl

from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.assess import pick_overall
from groundtruce.fusion.clustering.decision import Decision
from groundtruce.fusion.fuse import Linked, fuse
from groundtruce.fusion.method import FusionMethod
from groundtruce.model.code import Verdict
from groundtruce.model.instant import format_instant
from groundtruce.model.serial import write_table
from groundtruce.model.table import ASSESSMENTS, COUNTS, INCIDENTS, LINKS, REPORTS, Table
from groundtruce.record.log.state import RecordState
from groundtruce.view.project.reports import ENTRIES
from groundtruce.view.step import STEPS, Conditions, Tables, find_as_of, run_steps

__all__ = ["Inputs", "LinkedView", "RecordBasis", "Terms", "View", "compute", "count_verdicts"]


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
class RecordBasis:
    """The record state that a view rests on, and the name of the delegation of each log."""

    state: RecordState
    names: Mapping[str, str]


def _no_entries() -> pl.DataFrame:
    return pl.DataFrame(schema=ENTRIES)


def _no_counts() -> pl.DataFrame:
    return pl.DataFrame(schema=COUNTS.schema)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inputs:
    """All that a view follows from: validated rows, what people decided, the terms and the method."""

    reports: pl.DataFrame
    counts: pl.DataFrame = field(default_factory=_no_counts)
    terms: Terms
    method: FusionMethod = field(default_factory=FusionMethod)
    decisions: Sequence[Decision] = ()
    """Followed in their order."""
    entries: pl.DataFrame = field(default_factory=_no_entries)
    """Which entry of the record each report is; empty where the rows did not come from a record."""
    quarantined: int = 0
    withheld: int = 0
    """Digests of withheld fields, decoys among them, that the reader could not open."""
    basis: RecordBasis | None = None

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of the rows of reports and counts in order, of the decisions in theirs, and of the terms.

        What is not there has none.
        """
        tables = {REPORTS: self.reports} | ({} if self.counts.is_empty() else {COUNTS: self.counts})
        return {
            **{table.file: _digest(rows, table) for table, rows in tables.items()},
            **({"decisions": _digest_of(self.decisions)} if self.decisions else {}),
            "agreement": self.terms.digest,
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """Computed tables and what they follow from; `basis` is None where the rows did not come from a record.

    Rows are in the order of their keys. Its digests are made once, when they are first asked for.
    """

    agreement: Agreement
    document: bytes
    """The agreement as it was recorded."""
    reports: pl.DataFrame
    counts: pl.DataFrame
    tables: Tables
    """Every computed table."""
    quarantined: int
    withheld: int
    """Digests of withheld fields, decoys among them, that the reader could not open."""
    input_digests: Mapping[str, str]
    """As `Inputs.digests` gives them."""
    method: Mapping[str, object]
    basis: RecordBasis | None
    entries: pl.DataFrame = field(default_factory=_no_entries)
    """Which entry of the record each report is; empty where the rows did not come from a record."""

    @property
    def links(self) -> pl.DataFrame:
        """The incident of each report."""
        return self.tables[LINKS]

    @property
    def incidents(self) -> pl.DataFrame:
        """The incidents that the reports are about."""
        return self.tables[INCIDENTS]

    @property
    def assessments(self) -> pl.DataFrame:
        """What each incident is under each clause."""
        return self.tables[ASSESSMENTS]

    def with_tables(self, tables: Tables) -> "View":
        """Return the view with other rows in some tables."""
        return replace(self, tables={**self.tables, **tables})

    @cached_property
    def digests(self) -> dict[str, str]:
        """SHA-256 of each input and of each computed table as CSV."""
        computed = {table.file: _digest(rows, table) for table, rows in self.tables.items()}
        return {**self.input_digests, **computed}

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the lines `digest name`, sorted by name, as `sha256sum` would print them."""
        lines = [f"{digest}  {name}\n" for name, digest in sorted(self.digests.items())]
        return sha256("".join(lines).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedView:
    """A view with what its links were found by, from which it goes on living."""

    view: View
    linked: Linked
    method: FusionMethod


def compute(inputs: Inputs) -> LinkedView:
    """Fuse the reports, then run every step; cost grows with the reports and the neighbours of each."""
    fused = fuse(inputs.reports, inputs.method, inputs.decisions)
    agreement = inputs.terms.agreement
    fusion = {LINKS: fused.links, INCIDENTS: fused.incidents}
    conditions = Conditions(agreement, find_as_of(fused.incidents, agreement))
    view = View(
        agreement=agreement,
        document=inputs.terms.document,
        reports=inputs.reports,
        counts=inputs.counts,
        tables={
            **fusion,
            **run_steps(
                STEPS, conditions, {REPORTS: inputs.reports, COUNTS: inputs.counts, **fusion}
            ),
        },
        quarantined=inputs.quarantined,
        withheld=inputs.withheld,
        input_digests=inputs.digests(),
        method={
            "fusion": inputs.method.describe(),
            "agreement": agreement.label,
            "in_force_at": format_instant(agreement.in_force_at)
            if agreement.in_force_at
            else "undetermined",
        },
        basis=inputs.basis,
        entries=inputs.entries,
    )
    return LinkedView(view=view, linked=fused.linked, method=inputs.method)


def count_verdicts(assessments: pl.DataFrame) -> dict[Verdict, int]:
    """Count incidents by their overall verdict."""
    verdicts = pick_overall(assessments)["verdict"].to_list()
    return {verdict: verdicts.count(verdict.value) for verdict in Verdict}


def _digest(rows: pl.DataFrame, table: Table) -> str:
    """Return the SHA-256 of the table's own columns: order, split and notation of files do not matter."""
    return sha256(write_table(rows.select(table.names), ".csv")).hexdigest()


def _digest_of(decisions: Sequence[Decision]) -> str:
    """Return the SHA-256 of the decisions as JSON, one a line: what was decided, and in which order."""
    lines = [
        json.dumps(asdict(decision), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        + "\n"
        for decision in decisions
    ]
    return sha256("".join(lines).encode()).hexdigest()
