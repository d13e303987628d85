"""Obligations: what a clause demands by a time, and how far it can be told whether it was done.

First version: due dates are computed; no report kind yet says that an obligation was met, so that a
due one is `not_determinable` and one that is not yet due is `pending`.
"""

from datetime import datetime, timedelta

import polars as pl

from groundtruce.agreement.terms import Agreement, Clause, ClauseKind
from groundtruce.compliance.reason import Missing, ReasonCode, reason
from groundtruce.model.code import ObligationState
from groundtruce.model.table import OBLIGATIONS

__all__ = ["obligations"]

_OWED = (ClauseKind.OBLIGATION, ClauseKind.RECURRING, ClauseKind.ACCESS)


def obligations(agreement: Agreement, as_of: datetime) -> pl.DataFrame:
    """Return the obligation table as it stands at `as_of`, an aware time; recurring duties by period."""
    rows = [
        row
        for clause in agreement.clauses
        if clause.kind in _OWED
        for row in _periods(clause, as_of)
    ]
    return pl.DataFrame(rows, schema=OBLIGATIONS.schema, orient="row")


def _periods(clause: Clause, as_of: datetime) -> list[tuple[object, ...]]:
    missing = reason(ReasonCode.MISSING, Missing.REPORT)
    if clause.deadline is None:
        state = ObligationState.NOT_DETERMINABLE
        return [(clause.id, clause.bearer, None, state.value, None, None, missing)]
    due = [clause.deadline.due_at]
    while clause.deadline.every_days is not None and due[-1] <= as_of:
        due.append(due[-1] + timedelta(days=clause.deadline.every_days))
    return [
        (
            clause.id,
            clause.bearer,
            moment,
            (
                ObligationState.NOT_DETERMINABLE if moment <= as_of else ObligationState.PENDING
            ).value,
            None,
            None,
            missing if moment <= as_of else None,
        )
        for moment in due
    ]
