"""The agreement document: YAML in, `Agreement` out, or a catalogued problem that names the place.

The reference is `docs/reference/agreement.md`. Local times are read in the agreement's own zone.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from groundtruce.agreement.terms import (
    Act,
    Agreement,
    Area,
    Bound,
    Clause,
    ClauseKind,
    Deadline,
    Party,
    Protected,
    Standing,
)
from groundtruce.model.code import Language
from groundtruce.model.document import Shape, parse_document
from groundtruce.model.vocabulary import VocabularyName, vocabulary

__all__ = ["parse_agreement"]


class _Texts(Shape):
    en: str
    fr: str
    ar: str

    def texts(self) -> dict[Language, str]:
        return {language: getattr(self, language.value) for language in Language}


class _Head(Shape):
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    version: Annotated[int, Field(ge=1)]
    title: _Texts
    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    guarantors: tuple[str, ...] = ()


class _InForce(Shape):
    at: datetime
    cite: str


class _Time(Shape):
    zone: str
    in_force: Annotated[tuple[_InForce, ...], Field(min_length=1, max_length=1)]
    ends: datetime | None = None

    @model_validator(mode="after")
    def _known_zone(self) -> "_Time":
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{self.zone} is no IANA time zone") from None
        return self


class _Area(Shape):
    name: _Texts
    west: Annotated[float, Field(ge=-180, le=180)]
    south: Annotated[float, Field(ge=-90, le=90)]
    east: Annotated[float, Field(ge=-180, le=180)]
    north: Annotated[float, Field(ge=-90, le=90)]
    cite: str


class _Party(Shape):
    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    name: _Texts
    names: tuple[str, ...] = ()
    side: str | None = None
    standing: Standing
    accepted_at: datetime | None = None
    via: str | None = None
    cite: str

    @model_validator(mode="after")
    def _bound_from(self) -> "_Party":
        if (self.standing is Standing.BOUND) != (self.accepted_at is not None):
            raise ValueError(
                f"{self.id}: accepted_at stands with `standing: bound`, and only there"
            )
        return self


class _Act(Shape):
    kinds: Annotated[tuple[str, ...], Field(min_length=1)]
    against: Protected
    targets: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known_codes(self) -> "_Act":
        for name, codes in (
            (VocabularyName.KIND, self.kinds),
            (VocabularyName.TARGET, self.targets),
        ):
            for code in codes:
                if code not in vocabulary(name):
                    raise ValueError(f"{code} is not in the vocabulary {name}")
        return self


class _Deadline(Shape):
    due_at: datetime
    every_days: Annotated[int, Field(ge=1)] | None = None


class _Clause(Shape):
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    kind: ClauseKind
    cite: Annotated[str, Field(min_length=1)]
    title: _Texts
    text: _Texts
    bearer: str = "parties"
    act: _Act | None = None
    deadline: _Deadline | None = None

    @model_validator(mode="after")
    def _has_act(self) -> "_Clause":
        needs_act = self.kind in (ClauseKind.PROHIBITION, ClauseKind.ACCESS)
        if needs_act != (self.act is not None):
            raise ValueError(
                f"{self.id}: act stands with a prohibition or access clause, and only there"
            )
        return self


class _Document(Shape):
    schema_version: Literal[1] = Field(alias="groundtruce_agreement")
    agreement: _Head
    time: _Time
    area: _Area
    parties: Annotated[tuple[_Party, ...], Field(min_length=1)]
    clauses: Annotated[tuple[_Clause, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _unique(self) -> "_Document":
        for what, ids in (
            ("party", [party.id for party in self.parties]),
            ("clause", [clause.id for clause in self.clauses]),
            ("name", [name.casefold() for party in self.parties for name in party.names]),
        ):
            repeated = next((one for one in ids if ids.count(one) > 1), None)
            if repeated is not None:
                raise ValueError(f"the {what} {repeated} stands twice")
        return self


def parse_agreement(name: str, content: bytes) -> Agreement:
    """Return the agreement of a document; raises GroundtruceError `document.*`."""
    return _agreement(parse_document(name, content, _Document))


def _agreement(document: _Document) -> Agreement:
    zone = ZoneInfo(document.time.zone)
    start = document.time.in_force[0]
    ends = document.time.ends
    return Agreement(
        id=document.agreement.id,
        version=document.agreement.version,
        title=document.agreement.title.texts(),
        zone=zone,
        in_force_at=_instant(start.at, zone),
        in_force_cite=start.cite,
        ends_at=None if ends is None else _instant(ends, zone),
        area=Area(
            name=document.area.name.texts(),
            west=document.area.west,
            south=document.area.south,
            east=document.area.east,
            north=document.area.north,
            cite=document.area.cite,
        ),
        parties=tuple(_party(party, zone) for party in document.parties),
        clauses=tuple(_clause(clause, zone) for clause in document.clauses),
        sources=document.agreement.sources,
        guarantors=document.agreement.guarantors,
    )


def _party(party: _Party, zone: ZoneInfo) -> Party:
    bound = None
    if party.accepted_at is not None:
        bound = Bound(accepted_at=_instant(party.accepted_at, zone), via=party.via, cite=party.cite)
    return Party(
        id=party.id,
        name=party.name.texts(),
        names=party.names,
        side=party.side,
        standing=party.standing,
        bound=bound,
        cite=party.cite,
    )


def _clause(clause: _Clause, zone: ZoneInfo) -> Clause:
    act = deadline = None
    if clause.act is not None:
        act = Act(kinds=clause.act.kinds, against=clause.act.against, targets=clause.act.targets)
    if clause.deadline is not None:
        deadline = Deadline(
            due_at=_instant(clause.deadline.due_at, zone), every_days=clause.deadline.every_days
        )
    return Clause(
        id=clause.id,
        kind=clause.kind,
        cite=clause.cite,
        title=clause.title.texts(),
        text=clause.text.texts(),
        bearer=clause.bearer,
        act=act,
        deadline=deadline,
    )


def _instant(value: datetime, zone: ZoneInfo) -> datetime:
    """Read a time without an offset as local time of the agreement."""
    local = value if value.tzinfo is not None else value.replace(tzinfo=zone)
    return local.astimezone(UTC)
