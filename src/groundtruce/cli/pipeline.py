"""The jobs that commands share: read, fuse, assess; each is one call on values.

A job knows no terminal: it is told what to read and tells each step through `begin`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from groundtruce.agreement.terms import Agreement
from groundtruce.intake.library import agreement_path, load_agreement, read_document
from groundtruce.intake.mapping import Mapping
from groundtruce.intake.quarantine import Quarantined
from groundtruce.intake.read import read_reports, read_table
from groundtruce.model.code import Verdict
from groundtruce.model.table import ASSESSMENTS, COUNTS, INCIDENTS
from groundtruce.view.step import STEPS, Conditions, Tables, find_as_of, run_steps, select_possible
from groundtruce.view.view import Inputs, Terms, View, compute, count_verdicts

__all__ = [
    "ASSESSING",
    "Assessed",
    "assess_incidents",
    "compute_view",
]

Begin = Callable[[str], None]

ASSESSING = select_possible(STEPS, (INCIDENTS,))
"""The steps that need incidents alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """The outcome of an assessment."""

    tables: Tables
    """What an assessment computes: assessments and what follows from them alone."""
    verdicts: dict[Verdict, int]


def assess_incidents(
    incidents: pl.DataFrame, agreement: Agreement, moment: datetime | None = None
) -> Assessed:
    """Assess incidents; obligations stand as of a moment, or the end of the last incident."""
    conditions = Conditions(agreement, moment or find_as_of(incidents, agreement))
    tables = run_steps(ASSESSING, conditions, {INCIDENTS: incidents})
    return Assessed(tables=tables, verdicts=count_verdicts(tables[ASSESSMENTS]))


def compute_view(
    reports: Sequence[Path],
    agreement: Path,
    counts: Sequence[Path],
    mapping: Mapping | None,
    begin: Begin,
) -> tuple[View, tuple[Quarantined, ...]]:
    """Read files and compute everything that a daily report needs, without a record."""
    terms = Terms(load_agreement(agreement), read_document(agreement_path(agreement)))
    begin("Reading reports")
    read = read_reports(reports, mapping)
    counted = read_table(COUNTS, counts) if counts else None
    quarantined = (*read.quarantined, *(counted.quarantined if counted else ()))
    begin("Fusing and assessing")
    inputs = Inputs(
        reports=read.in_order(),
        counts=counted.in_order() if counted else pl.DataFrame(schema=COUNTS.schema),
        terms=terms,
        quarantined=len(quarantined),
    )
    return compute(inputs).view, quarantined
