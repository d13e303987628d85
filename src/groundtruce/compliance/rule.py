"""Rules: what a clause says, as conditions over atoms that every engine can compute.

A rule has four conditions, and these decide, in this order:

1. not in scope (another act, another time or place), or done by someone not bound and not exempt: no breach;
2. exempt, though it may be open whether the rest of the scope is met: exempt;
3. in scope, bound, not exempt, and an exception holds: exempt, by permission;
4. in scope, bound, not exempt, and no exception holds: breach;
5. else something that decides is unknown: not determinable.

A clause has one rule for each reading of the start and of its own words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from groundtruce.agreement.condition import All, AnyOf, Atom, Condition, Constant, Not, list_atoms
from groundtruce.agreement.shape import read_condition
from groundtruce.agreement.terms import Agreement, Clause, InForce, Protected, Scope, TextRole

__all__ = [
    "Exempting",
    "PartKind",
    "Rule",
    "RulePart",
    "derive_rules",
    "first_day",
    "select_assessed_clauses",
    "starts",
]


class PartKind(StrEnum):
    """What a part of the scope asks."""

    ACT = "act"
    TIME = "time"
    PLACE = "place"
    CONDITION = "condition"
    BOUND = "bound"


@dataclass(frozen=True, slots=True)
class RulePart:
    """One conjunct: it must hold."""

    kind: PartKind
    condition: Condition


@dataclass(frozen=True, slots=True)
class Exempting:
    """An exception of the terms, with the exceptions to it worked in."""

    id: str
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A clause in one reading of the start and of its words; a name is empty where there is one reading only."""

    clause: Clause
    start: str
    reading: str
    scope: tuple[RulePart, ...]
    bound: tuple[RulePart, ...]
    exempt: tuple[Atom, ...]
    exceptions: tuple[Exempting, ...]

    @property
    def in_scope(self) -> Condition:
        """All of the scope."""
        return _all(part.condition for part in self.scope)

    @property
    def is_bound(self) -> Condition:
        """Those who acted, and those who were hit where the clause protects parties, are bound."""
        return _all(part.condition for part in self.bound)

    @property
    def is_exempt(self) -> Condition:
        """One side is left out of the terms."""
        return _any(self.exempt)

    @property
    def is_excepted(self) -> Condition:
        """An exception holds."""
        return _any(exception.condition for exception in self.exceptions)

    @property
    def atoms(self) -> tuple[Atom, ...]:
        """Every atom that may decide, each once."""
        whole = (self.in_scope, self.is_exempt, self.is_bound, self.is_excepted)
        return tuple(dict.fromkeys(atom for condition in whole for atom in list_atoms(condition)))


def select_assessed_clauses(agreement: Agreement) -> tuple[Clause, ...]:
    """Return the clauses that are assessed incident by incident."""
    return tuple(clause for clause in agreement.clauses if clause.act is not None)


def starts(agreement: Agreement) -> tuple[InForce, ...]:
    """Return the readings of the start that may be operative: a leak never is, press only where nothing else is."""
    every = agreement.time.in_force
    official = [
        reading for reading in every if reading.role in (TextRole.AUTHENTIC, TextRole.TRANSLATION)
    ]
    press = [reading for reading in every if reading.role is TextRole.PRESS]
    return tuple(official or press or every)


def first_day(agreement: Agreement) -> date | None:
    """Return the day of the agreement's zone on which the terms began by the earliest reading; None if all are open."""
    known = [reading.at for reading in starts(agreement) if isinstance(reading.at, datetime)]
    return min(known).astimezone(agreement.zone).date() if known else None


def derive_rules(agreement: Agreement) -> tuple[Rule, ...]:
    """Return the rules of all assessed clauses, in the order of the document."""
    rules = []
    several = len(starts(agreement)) > 1
    for clause in select_assessed_clauses(agreement):
        for reading, scope in clause.versions():
            # a clause with its own beginning and end does not hang on the start of the terms
            own = scope.start is not None and scope.end is not None
            rules += [
                _rule(agreement, clause, scope, start.id if several else "", reading)
                for start in (starts(agreement)[:1] if own else starts(agreement))
            ]
    return tuple(rules)


def _rule(agreement: Agreement, clause: Clause, scope: Scope, start: str, reading: str) -> Rule:
    """Return the rule of a clause in one reading of the start and of its words."""
    assert clause.act is not None
    definitions = {
        name: read_condition(definition.holds) for name, definition in agreement.definitions.items()
    }
    act = clause.act
    how = "between" if act.against is Protected.PARTIES else "author"
    parts = [RulePart(PartKind.ACT, Atom("kind", act.kinds))]
    if act.against is Protected.CIVILIANS:
        parts.append(RulePart(PartKind.ACT, Atom("target", act.targets)))
    parts.append(RulePart(PartKind.TIME, Atom("time", (clause.id, start, reading))))
    where = (
        scope.where
        if scope.where is not None
        else (f"in({agreement.area})" if agreement.area else None)
    )
    if where is not None:
        parts.append(RulePart(PartKind.PLACE, _expanded(read_condition(where), definitions)))
    if scope.holds is not None:
        condition = _expanded(read_condition(scope.holds), definitions)
        conjuncts = condition.parts if isinstance(condition, All) else (condition,)
        parts += [RulePart(PartKind.CONDITION, conjunct) for conjunct in conjuncts]
    bound = [RulePart(PartKind.BOUND, Atom("bound", ("actor", how, *clause.bearer)))]
    if act.by:
        bound = [RulePart(PartKind.BOUND, Atom("by", act.by))]
    elif act.against is Protected.PARTIES:
        bound.append(RulePart(PartKind.BOUND, Atom("bound", ("target", how))))
    exempt = [
        Atom("exempt", (side, how, *ids))
        for side in (("target", "actor") if act.against is Protected.PARTIES else ("actor",))
        if (ids := _exemptions(agreement, clause, side))
    ]
    return Rule(
        clause=clause,
        start=start,
        reading=reading,
        scope=tuple(parts),
        bound=tuple(bound),
        exempt=tuple(exempt),
        exceptions=tuple(
            Exempting(exception_id, _exception(agreement, exception_id, definitions))
            for exception_id in clause.unless
        ),
    )


def _exemptions(agreement: Agreement, clause: Clause, side: str) -> tuple[str, ...]:
    """Return the exemptions that apply to a side under a clause."""
    return tuple(
        exemption.id
        for exemption in agreement.exemptions
        if exemption.rule in (side, "either")
        and (not exemption.clauses or clause.id in exemption.clauses)
    )


def _exception(
    agreement: Agreement, exception_id: str, definitions: Mapping[str, Condition]
) -> Condition:
    """Return an exception unless one of higher priority defeats it."""
    exception = next(
        candidate for candidate in agreement.exceptions if candidate.id == exception_id
    )
    holds = _expanded(read_condition(exception.holds), definitions)
    defeated = [Not(_exception(agreement, other, definitions)) for other in exception.unless]
    return _all([holds, *defeated])


def _expanded(condition: Condition, definitions: Mapping[str, Condition]) -> Condition:
    """Return the condition with each defined term replaced by what it means."""
    match condition:
        case Atom(name, (), None) if name in definitions:
            return _expanded(definitions[name], definitions)
        case Not(part):
            return Not(_expanded(part, definitions))
        case All(parts):
            return _all(_expanded(part, definitions) for part in parts)
        case AnyOf(parts):
            return _any(_expanded(part, definitions) for part in parts)
    return condition


def _all(conditions: Iterable[Condition]) -> Condition:
    """Return the conjunction as one flat condition; of nothing it is true."""
    parts: list[Condition] = []
    for condition in conditions:
        parts += condition.parts if isinstance(condition, All) else (condition,)
    if not parts:
        return Constant(value=True)
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _any(conditions: Iterable[Condition]) -> Condition:
    """Return the disjunction as one flat condition; of nothing it is false."""
    parts: list[Condition] = []
    for condition in conditions:
        parts += condition.parts if isinstance(condition, AnyOf) else (condition,)
    if not parts:
        return Constant(value=False)
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))
