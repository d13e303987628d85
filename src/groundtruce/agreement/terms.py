"""An agreement as values: who is bound, since when, where, and what each clause forbids or demands.

* Every clause cites the paragraph that it restates.
* A party is bound only from its acceptance; a group may be expressly outside; another is neither.
* Nothing here decides: `compliance` does, with these values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from groundtruce.model.code import Language

__all__ = [
    "Act",
    "Agreement",
    "Area",
    "Bound",
    "Clause",
    "ClauseKind",
    "Deadline",
    "Party",
    "Protected",
    "Standing",
    "Texts",
]

Texts = Mapping[Language, str]


class Standing(StrEnum):
    """How a name stands to the agreement."""

    BOUND = "bound"
    EXEMPT = "exempt"
    OUTSIDE = "outside"
    UNCLEAR = "unclear"


class ClauseKind(StrEnum):
    """What a clause does; only prohibitions and access duties are assessed incident by incident."""

    PROHIBITION = "prohibition"
    ACCESS = "access"
    OBLIGATION = "obligation"
    RECURRING = "recurring"
    PERMISSION = "permission"
    MECHANISM = "mechanism"
    DEFINITION = "definition"


class Protected(StrEnum):
    """Whom an act must hit for the clause to cover it."""

    PARTIES = "parties"
    CIVILIANS = "civilians"
    ANYONE = "anyone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Acceptance of the terms by a party: from when, through whom, by which source."""

    accepted_at: datetime
    via: str | None
    cite: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An armed actor, under every name by which sources call it; `side` groups allies."""

    id: str
    name: Texts
    names: tuple[str, ...]
    side: str | None
    standing: Standing
    bound: Bound | None
    cite: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Where the terms hold: a box of degrees of WGS 84, a first approximation of the territory."""

    name: Texts
    west: float
    south: float
    east: float
    north: float
    cite: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a clause covers: kinds (each with all below it) that hit the protected."""

    kinds: tuple[str, ...]
    against: Protected
    targets: tuple[str, ...]
    """Target codes that stand for civilians, where the clause protects them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When an obligation is due: an instant, and for recurring duties the days between two."""

    due_at: datetime
    every_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One clause; `act` stands with prohibitions and access duties, `deadline` with obligations."""

    id: str
    kind: ClauseKind
    cite: str
    title: Texts
    text: Texts
    bearer: str
    act: Act | None
    deadline: Deadline | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A whole agreement; `zone` is the time zone of its clocks and of the mission's day."""

    id: str
    version: int
    title: Texts
    zone: ZoneInfo
    in_force_at: datetime
    in_force_cite: str
    ends_at: datetime | None
    area: Area
    parties: tuple[Party, ...]
    clauses: tuple[Clause, ...]
    sources: tuple[str, ...]
    guarantors: tuple[str, ...]
    """Party or state names whose bulletins stand beside the mechanism's own counts."""

    @property
    def label(self) -> str:
        """Identifier and version, as assessments name them."""
        return f"{self.id}/{self.version}"

    def clause(self, clause_id: str) -> Clause:
        """Return a clause by its identifier; raises KeyError."""
        for clause in self.clauses:
            if clause.id == clause_id:
                return clause
        raise KeyError(clause_id)
