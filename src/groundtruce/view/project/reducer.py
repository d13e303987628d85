"""What a reducer is: it takes the statements of its kinds, log by log, and keeps what they say by now.

* Each kind of statement is taken by one reducer. To compute something from a kind, write a reducer in this folder
  and add it to `gather.Gathered`.
* A retraction counts in the log of the statement that it takes back, and in no other; every reducer hears of it.
* A kind in `NOT_YET_COMPUTED` is recorded, shown and passed on, but no table follows from it so far.
* A kind in `WITHOUT_ROWS` is about the record itself; `record` and `node` act on it.
"""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from typing import ClassVar, Protocol

from groundtruce.record.evidence.disclosure import Disclosure
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Statement

__all__ = [
    "NOT_YET_COMPUTED",
    "WITHOUT_ROWS",
    "Disclosures",
    "Load",
    "LogPosition",
    "Reducer",
]

Load = Callable[[str], bytes]
"""SHA-256 of an object to its bytes; raises GroundtruceError where it is missing."""

Disclosures = Callable[[Statement], Iterable[Disclosure]]
"""A statement to the disclosures of its withheld fields that the reader holds."""

NOT_YET_COMPUTED = frozenset(
    {
        StatementKind.FINDING,
        StatementKind.POSITION,
        StatementKind.REQUEST,
        StatementKind.OUTCOME,
        StatementKind.REPLY,
    }
)
"""Kinds that are recorded and from which nothing is computed yet."""

WITHOUT_ROWS = frozenset(
    {
        StatementKind.EVIDENCE_ITEM,
        StatementKind.CUSTODY_STEP,
        StatementKind.NOTIFICATION,
        StatementKind.KEY_ROTATION,
        StatementKind.TOMBSTONE,
    }
)
"""Kinds that tell of the record and its evidence, never of what happened."""


@dataclass(frozen=True, slots=True)
class LogPosition:
    """Where a statement is: its log, its number there and its id."""

    origin: str
    sequence: int
    statement: bytes


class Reducer(Protocol):
    """Keeps what the statements of some kinds add up to."""

    kinds: ClassVar[Set[StatementKind]]

    def take(self, statement: Statement, disclosures: Disclosures) -> None:
        """Take in a statement of one of the kinds; raises GroundtruceError where a disclosure is not genuine."""

    def retract(self, target: bytes, origin: str) -> None:
        """Forget the statement with an id, if it is here and its log is `origin`."""
