"""An agreement as a tree of values: who is bound, since when, where, and what each clause forbids or demands.

* The tree is the document (`agreement.document` reads it); its classes give the JSON Schema of the language.
* Every clause cites the paragraph that it restates and keeps it in three languages.
* A party is bound only from its acceptance; a group may be exempt or expressly outside; another is neither.
* Where several versions of a start or of a clause circulate, each is a reading, and none is dropped.
* Nothing here decides: `compliance` does, with these values.
"""

from collections.abc import Mapping
from datetime import datetime, time
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from groundtruce.agreement.duty import Declaration, Duty
from groundtruce.agreement.shape import (
    Cite,
    ClauseId,
    ConditionText,
    Id,
    Instant,
    KindCode,
    TargetCode,
    Texts,
    Undetermined,
)
from groundtruce.agreement.zone import Zone
from groundtruce.model.document import Shape, WrongValueError
from groundtruce.model.message import Phrase

__all__ = [
    "Act",
    "Agreement",
    "AgreementHead",
    "Body",
    "Clause",
    "ClauseKind",
    "Definition",
    "Event",
    "Exception_",
    "Exemption",
    "Fact",
    "Hours",
    "InForce",
    "Incorporated",
    "Party",
    "PartyStanding",
    "Protected",
    "PublishedText",
    "Reading",
    "Scorable",
    "Severity",
    "TextRole",
    "Time",
]


class PartyStanding(StrEnum):
    """How a name stands to the agreement."""

    BOUND = "bound"
    EXEMPT = "exempt"
    OUTSIDE = "outside"
    UNCLEAR = "unclear"


class ClauseKind(StrEnum):
    """What a clause does."""

    PROHIBITION = "prohibition"
    ACCESS = "access"
    WITHDRAWAL = "withdrawal"
    FREEZE = "freeze"
    NO_FLY = "no_fly"
    NOTIFICATION = "notification"
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


class TextRole(StrEnum):
    """What a published text is: only an authentic text or a translation of it is ever operative."""

    AUTHENTIC = "authentic"
    TRANSLATION = "translation"
    PRESS = "press"
    LEAK = "leak"


class Severity(StrEnum):
    """How grave a breach is by the agreement's own words."""

    MINOR = "minor"
    SERIOUS = "serious"
    GRAVE = "grave"


class Scorable(StrEnum):
    """Whether incidents can show a breach of the clause."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


def _yes_or_no(value: object) -> object:
    """Return the words that YAML reads as truth values."""
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


class PublishedText(Shape):
    """A published text of the agreement, and which of its parts it contains."""

    id: Id
    title: Cite
    role: TextRole
    symbol: str | None = None
    url: str | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    contains: str | None = None


class Incorporated(Shape):
    """Another agreement whose clauses hold as part of this one."""

    agreement: str
    title: Cite
    cite: Cite
    clauses: tuple[str, ...] = ()
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class AgreementHead(Shape):
    """Which agreement this is, from which texts, and what it stands on."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    version: Annotated[int, Field(ge=1)]
    title: Texts
    sources: Annotated[tuple[PublishedText, ...], Field(min_length=1)]
    guarantors: tuple[str, ...] = ()
    endorsed_by: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    incorporates: tuple[Incorporated, ...] = ()


class InForce(Shape):
    """One reading of when the terms start."""

    id: Id = "text"
    at: Instant | Undetermined
    cite: Cite
    role: TextRole = TextRole.AUTHENTIC


class Time(Shape):
    """The clock of the agreement, its start in each reading, and its end."""

    zone: str
    in_force: Annotated[tuple[InForce, ...], Field(min_length=1)]
    ends: Instant | None = None

    @model_validator(mode="after")
    def _ends_after_start(self) -> "Time":
        starts = [reading.at for reading in self.in_force if isinstance(reading.at, datetime)]
        if self.ends is not None and any(self.ends <= start for start in starts):
            raise WrongValueError(Phrase("the terms end before they start"))
        return self


class Fact(Shape):
    """A question that reports or people answer about an incident: yes or no, or a number with a unit."""

    question: Texts
    judged_by: Literal["report", "human"] = "report"
    unit: Annotated[str, Field(pattern=r"^[a-z]+$")] | None = None


class Definition(Shape):
    """A term of the text: a condition under a name."""

    name: Texts
    holds: Annotated[ConditionText, Field(alias="if")]
    cite: Cite


class Party(Shape):
    """An armed actor, under every name by which sources call it; `side` groups allies."""

    id: Id
    name: Texts
    names: tuple[str, ...] = ()
    side: str | None = None
    standing: PartyStanding
    accepted_at: Instant | None = None
    via: str | None = None
    cite: Cite

    @model_validator(mode="after")
    def _check_acceptance(self) -> "Party":
        if (self.standing is PartyStanding.BOUND) != (self.accepted_at is not None):
            raise WrongValueError(
                Phrase("accepted_at stands with `standing: bound`, and only there")
            )
        return self


class Body(Shape):
    """A body that bears duties of the mechanism; it is never counted as a party."""

    id: Id
    name: Texts


class Exemption(Shape):
    """Those whom the terms leave out: as target, as actor, or as either; with the associated or without."""

    id: Id
    members: Annotated[tuple[Id, ...], Field(min_length=1)]
    rule: Literal["target", "actor", "either"]
    associated: bool = False
    clauses: tuple[ClauseId, ...] = ()
    """The clauses from which they are exempt; none named means all."""
    since: Instant | None = None
    cite: Cite


class Exception_(Shape):  # noqa: N801 - `Exception` is taken by Python
    """What makes an act that a clause covers no breach; it defeats only what has a lower priority."""

    id: Id
    title: Texts
    cite: Cite
    priority: Annotated[int, Field(ge=1)] = 1
    holds: Annotated[ConditionText, Field(alias="if")]
    unless: tuple[Id, ...] = ()


class Event(Shape):
    """Something on which a deadline hangs; without a time it has not been recorded."""

    id: Id
    title: Texts
    at: Instant | None = None
    cite: Cite


class Act(Shape):
    """What a clause covers: kinds (each with all below it), by whom, that hit the protected."""

    kinds: Annotated[tuple[KindCode, ...], Field(min_length=1)]
    against: Protected
    targets: tuple[TargetCode, ...] = ()
    """Target codes that stand for civilians, where the clause protects them."""
    by: tuple[Id, ...] = ()
    """Who acts, where that is not the bearer: a duty to prevent."""

    @model_validator(mode="after")
    def _targets(self) -> "Act":
        if (self.against is Protected.CIVILIANS) != bool(self.targets):
            raise WrongValueError(Phrase("targets stand with `against: civilians`, and only there"))
        return self


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Hours(Shape):
    """Hours of each day, or of some days of the week, by the agreement's clock."""

    start: Annotated[time, Field(alias="from")]
    end: Annotated[time, Field(alias="to")]
    weekdays: tuple[Weekday, ...] = ()


class Scope(Shape):
    """Where, when and on which condition a clause holds; what is left out is as for the whole agreement."""

    where: ConditionText | None = None
    start: Annotated[Instant | None, Field(alias="from")] = None
    end: Annotated[Instant | None, Field(alias="until")] = None
    hours: Hours | Undetermined | None = None
    holds: Annotated[ConditionText | None, Field(alias="if")] = None
    duty: Duty | None = None


class Reading(Scope):
    """A version of a clause that circulates: what it says otherwise, and what kind of text says so."""

    id: Id
    cite: Cite
    role: TextRole = TextRole.AUTHENTIC


class Clause(Scope):
    """One clause; `act` makes it assessed incident by incident, `duty` by what is on record of the deed."""

    id: ClauseId
    kind: ClauseKind
    cite: Cite
    title: Texts
    text: Texts
    bearer: tuple[Id, ...] = ()
    """Parties, sides or bodies; none named means all parties."""
    act: Act | None = None
    unless: tuple[Id, ...] = ()
    severity: Severity = Severity.SERIOUS
    scorable: Annotated[Scorable, BeforeValidator(_yes_or_no)] = Scorable.YES
    ambiguity: Texts | None = None
    remedy: ClauseId | None = None
    incorporated: Incorporated | None = None
    readings: tuple[Reading, ...] = ()

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> "Clause":
        kind = ClauseKind
        acts = (kind.PROHIBITION, kind.ACCESS, kind.FREEZE, kind.NO_FLY, kind.NOTIFICATION)
        if self.kind in acts and self.act is None:
            raise WrongValueError(
                Phrase("a clause of kind {kind} needs an act", kind=self.kind.value)
            )
        if self.kind in (kind.DEFINITION, kind.MECHANISM) and self.act is not None:
            raise WrongValueError(
                Phrase("a clause of kind {kind} has no act", kind=self.kind.value)
            )
        if self.kind is kind.RECURRING and self.duty is None:
            raise WrongValueError(Phrase("a clause of kind recurring needs a duty"))
        return self

    def versions(self) -> tuple[tuple[str, "Scope"], ...]:
        """Return what the clause says in each reading that may be operative; the first is its own, unnamed."""
        operative = [
            reading
            for reading in self.readings
            if reading.role in (TextRole.AUTHENTIC, TextRole.TRANSLATION)
        ]
        if not operative:
            return (("", self),)
        return tuple((reading.id, self._read_as(reading)) for reading in operative)

    def _read_as(self, reading: Reading) -> Scope:
        fields = {
            name: getattr(reading, name)
            if getattr(reading, name) is not None
            else getattr(self, name)
            for name in Scope.model_fields
        }
        return Scope.model_construct(**fields)


class Agreement(Shape):
    """A whole agreement document."""

    schema_version: Literal[2] = Field(alias="groundtruce_agreement")
    agreement: AgreementHead
    time: Time
    places: Mapping[Id, Zone] = {}
    area: Id | None = None
    """The place in which clauses hold that name none."""
    facts: Mapping[Id, Fact] = {}
    definitions: Mapping[Id, Definition] = {}
    events: tuple[Event, ...] = ()
    parties: Annotated[tuple[Party, ...], Field(min_length=1)]
    bodies: tuple[Body, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    exceptions: tuple[Exception_, ...] = ()
    clauses: Annotated[tuple[Clause, ...], Field(min_length=1)]
    declarations: tuple[Declaration, ...] = ()

    @property
    def id(self) -> str:
        """Return the identifier of the agreement."""
        return self.agreement.id

    @property
    def title(self) -> Texts:
        """Return its title."""
        return self.agreement.title

    @property
    def guarantors(self) -> tuple[str, ...]:
        """Return the states whose bulletins stand beside the mechanism's own counts."""
        return self.agreement.guarantors

    @property
    def label(self) -> str:
        """Identifier and version, as assessments name them."""
        return f"{self.agreement.id}/{self.agreement.version}"

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone of its clocks and of the mission's day."""
        return ZoneInfo(self.time.zone)

    @property
    def in_force_at(self) -> datetime | None:
        """Return the earliest start in any reading, or None where none gives a time."""
        starts = (reading.at for reading in self.time.in_force)
        return min((start for start in starts if isinstance(start, datetime)), default=None)

    def clause(self, clause_id: str) -> Clause:
        """Return a clause by its identifier; raises KeyError."""
        for clause in self.clauses:
            if clause.id == clause_id:
                return clause
        raise KeyError(clause_id)

    def parties_of(self, name: str) -> tuple[Party, ...]:
        """Return the parties that an identifier stands for: one party, or all of a side."""
        return tuple(party for party in self.parties if name in (party.id, party.side))

    def with_declarations(self, declarations: tuple[Declaration, ...]) -> "Agreement":
        """Return the agreement with more on record about it."""
        return self.model_copy(update={"declarations": (*self.declarations, *declarations)})
