"""Obligations: what the terms demand by a time or in a quantity, and where it stands."""

from dataclasses import dataclass
from datetime import datetime

from groundtruce.database.backend.protocol import Database
from groundtruce.database.filters.filters import Filters
from groundtruce.database.query.export import stream_derived
from groundtruce.model.table import OBLIGATIONS

__all__ = ["Obligation", "read_obligations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """A duty of one who owes it, in one period; `state` is one of `ObligationState`."""

    clause_id: str
    obligor: str | None
    due_at: datetime | None
    state: str
    quantity_due: float | None
    quantity_done: float | None
    reasons: str | None


def read_obligations(database: Database) -> tuple[Obligation, ...]:
    """Return all obligations as they stand at the end of the last incident, in the order of the terms."""
    return tuple(Obligation(**row) for row in stream_derived(database, OBLIGATIONS, Filters()))
