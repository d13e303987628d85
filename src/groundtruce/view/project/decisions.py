"""Decisions on links, by people: which ones count by now, and in which order.

* Decisions count from every log, in the order of their time.
* What one log takes within a second counts in the log's order; what several take, in the order of their names.
"""

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from groundtruce.fusion.clustering.decision import Decision
from groundtruce.record.statement.canonical import Value
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Statement
from groundtruce.view.project.reducer import Disclosures

__all__ = ["DecisionReducer", "RecordedDecision"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDecision:
    """A decision on links as a delegation recorded it."""

    identifier: bytes
    origin: str
    author: str
    sequence: int
    filed_at: datetime
    reason: str
    decision: Decision


@dataclass(slots=True)
class DecisionReducer:
    """The decisions that were not taken back."""

    kinds: ClassVar[Set[StatementKind]] = frozenset({StatementKind.LINK_DECISION})

    recorded: dict[bytes, RecordedDecision] = field(default_factory=dict)
    """Id of the statement to the decision."""

    def take(self, statement: Statement, disclosures: Disclosures) -> None:
        """Take in a decision."""
        content = statement.content
        self.recorded[statement.identifier] = RecordedDecision(
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

    def retract(self, target: bytes, origin: str) -> None:
        """Forget a decision of this log."""
        recorded = self.recorded.get(target)
        if recorded is not None and recorded.origin == origin:
            del self.recorded[target]

    def rows(self) -> list[RecordedDecision]:
        """Return the decisions in the order in which they count: the same on every node."""
        return sorted(
            self.recorded.values(),
            key=lambda recorded: (recorded.filed_at, recorded.origin, recorded.sequence),
        )

    def decisions(self) -> list[Decision]:
        """Return what was decided, in that order."""
        return [recorded.decision for recorded in self.rows()]


def _names(value: Value | None) -> tuple[str, ...]:
    """Return the reports that a list names, each once, in its order."""
    return tuple(dict.fromkeys(map(str, value))) if isinstance(value, list) else ()
