"""Versions of agreement, mechanism and method: the latest of each kind counts.

What one log takes within a second counts in the log's order; what several take, in the order of their names.
"""

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Statement
from groundtruce.view.project.reducer import Disclosures

__all__ = ["VersionReducer"]


@dataclass(frozen=True, slots=True, order=True)
class _Version:
    """A version by when and where it was filed, and the object that holds its document."""

    filed_at: datetime
    origin: str
    sequence: int
    document: str


@dataclass(slots=True)
class VersionReducer:
    """The latest version of each kind; a version is never taken back, only followed by another."""

    kinds: ClassVar[Set[StatementKind]] = frozenset(
        {
            StatementKind.AGREEMENT_VERSION,
            StatementKind.MECHANISM_VERSION,
            StatementKind.METHOD_VERSION,
        }
    )

    latest: dict[StatementKind, _Version] = field(default_factory=dict)

    def take(self, statement: Statement, disclosures: Disclosures) -> None:
        """Take in a version."""
        kind, link = statement.kind, statement.link
        if kind is None:
            return
        version = _Version(
            statement.filed_at, link.origin, link.sequence, str(statement.content["object"])
        )
        latest = self.latest.setdefault(kind, version)
        self.latest[kind] = max(latest, version)

    def retract(self, target: bytes, origin: str) -> None:
        """Do nothing: a version is not taken back."""

    def rows(self) -> dict[StatementKind, str]:
        """Return for each kind the SHA-256 of the document that counts."""
        return {kind: version.document for kind, version in self.latest.items()}
