"""What must hold across an agreement document: every name that is used is given, and nothing goes in circles.

Conditions may ask the questions listed in `ATOMS`, the document's own facts, and its definitions by name.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from groundtruce.agreement.condition import Atom, list_atoms
from groundtruce.agreement.duty import Declaration, DeclarationKind, Due, Duty
from groundtruce.agreement.shape import read_condition
from groundtruce.agreement.terms import Agreement, PartyStanding
from groundtruce.model.document import Misplaced, suggest
from groundtruce.model.message import Phrase
from groundtruce.model.vocabulary import VocabularyName, load_vocabulary

__all__ = ["ATOMS", "check_agreement", "find_misplaced_declarations"]

ATOMS = {
    "kind": "what happened is of one of these kinds",
    "weapon": "it was done with one of these weapons",
    "target": "one of these was hit",
    "in": "it happened in one of these places",
    "by": "one of these parties did it",
    "against": "one of these parties was hit",
    "attacked_before": "those who acted had been attacked by the other side, within a time and a distance",
}
"""The questions that every incident answers from its own fields."""

_VOCABULARIES = {
    "kind": VocabularyName.KIND,
    "weapon": VocabularyName.WEAPON,
    "target": VocabularyName.TARGET,
}
_TIMES = {"min": 60, "h": 3600, "d": 86400}
_LENGTHS = {"m": 1, "km": 1000}

Location = tuple[int | str, ...]


def check_agreement(agreement: Agreement) -> Iterator[Misplaced]:
    """Yield what does not hold, with the way to it."""
    yield from _unique(agreement)
    yield from _places(agreement)
    yield from _conditions(agreement)
    yield from _exemptions(agreement)
    yield from _exceptions(agreement)
    yield from _clauses(agreement)
    yield from find_misplaced_declarations(agreement.declarations, agreement)


def _unique(agreement: Agreement) -> Iterator[Misplaced]:
    lists: dict[str, list[str]] = {
        "parties": [one.id for one in agreement.parties],
        "bodies": [one.id for one in agreement.bodies],
        "clauses": [one.id for one in agreement.clauses],
        "exemptions": [one.id for one in agreement.exemptions],
        "exceptions": [one.id for one in agreement.exceptions],
        "events": [one.id for one in agreement.events],
    }
    for what, ids in lists.items():
        for number, one in enumerate(ids):
            if one in ids[:number]:
                yield Misplaced(
                    (what, number),
                    Phrase("{name} stands twice", name=one),
                    Phrase("Give each its own id."),
                )
    seen: dict[str, str] = {}
    for number, party in enumerate(agreement.parties):
        for name in party.names:
            other = seen.setdefault(name.casefold(), party.id)
            if other != party.id:
                yield Misplaced(
                    ("parties", number, "names"),
                    Phrase("{name} is also a name of {other}", name=name, other=other),
                    Phrase("Leave the name with one party."),
                )


def _places(agreement: Agreement) -> Iterator[Misplaced]:
    known = list(agreement.places)
    if agreement.area is not None and agreement.area not in agreement.places:
        yield Misplaced(
            ("area",),
            Phrase("no place is called {name}", name=agreement.area),
            suggest(agreement.area, known),
        )
    for name, place in agreement.places.items():
        rest = place.rests_on
        at: Location = ("places", name, "belt" if place.belt else "ring")
        if rest is None:
            continue
        if rest not in agreement.places:
            yield Misplaced(
                at, Phrase("no place is called {name}", name=rest), suggest(rest, known)
            )
        elif place.belt and agreement.places[rest].line is None:
            yield Misplaced(
                at,
                Phrase("{name} is no line", name=rest),
                Phrase("Name a place that is given as a line."),
            )
        elif _circular(name, {one: p.rests_on for one, p in agreement.places.items()}):
            yield Misplaced(
                at,
                Phrase("{name} rests on itself", name=name),
                Phrase("Give one of them by positions."),
            )


def _circular(start: str, rests: Mapping[str, str | None]) -> bool:
    at, steps = rests.get(start), 0
    while at is not None and at != start and steps <= len(rests):
        at, steps = rests.get(at), steps + 1
    return at is not None


def _conditions(agreement: Agreement) -> Iterator[Misplaced]:
    for name, definition in agreement.definitions.items():
        at: Location = ("definitions", name)
        if name in agreement.facts or name in ATOMS:
            yield Misplaced(
                at,
                Phrase("{name} already has a meaning", name=name),
                Phrase("Choose another name."),
            )
        known = list(agreement.definitions)[: list(agreement.definitions).index(name)]
        yield from _condition(agreement, definition.holds, (*at, "if"), known)
    every = list(agreement.definitions)
    for number, exception in enumerate(agreement.exceptions):
        yield from _condition(agreement, exception.holds, ("exceptions", number, "if"), every)
    for number, clause in enumerate(agreement.clauses):
        scopes = [((), clause)] + [
            (("readings", place), reading) for place, reading in enumerate(clause.readings)
        ]
        for inside, scope in scopes:
            for field, text in (("where", scope.where), ("if", scope.holds)):
                if text is not None:
                    way = ("clauses", number, *inside, field)
                    yield from _condition(agreement, text, way, every)


def _condition(
    agreement: Agreement, text: str, at: Location, definitions: list[str]
) -> Iterator[Misplaced]:
    for atom in list_atoms(read_condition(text)):
        wrong = _wrong_atom(agreement, atom, definitions)
        if wrong is not None:
            yield Misplaced(at, *wrong)


def _wrong_atom(
    agreement: Agreement, atom: Atom, definitions: list[str]
) -> tuple[Phrase, Phrase] | None:
    if atom.comparison is not None:
        return _wrong_comparison(agreement, atom)
    if atom.name == "attacked_before":
        return _wrong_quantities(atom)
    if atom.name in ATOMS:
        return _find_unlisted(atom.name, atom.arguments, _list_known(agreement, atom.name))
    return _wrong_name(agreement, atom, definitions)


def _list_known(agreement: Agreement, name: str) -> list[str]:
    """Return what may stand as an argument of a question."""
    if name in _VOCABULARIES:
        return list(load_vocabulary(_VOCABULARIES[name]))
    if name == "in":
        return list(agreement.places)
    sides = {one.side for one in agreement.parties if one.side}
    return [*(one.id for one in agreement.parties), *sorted(sides)]


def _wrong_name(
    agreement: Agreement, atom: Atom, definitions: list[str]
) -> tuple[Phrase, Phrase] | None:
    name = atom.name
    if atom.arguments:
        return (
            Phrase("{name} takes no arguments", name=name),
            Phrase("Write {name} alone, or one of {known}.", name=name, known=", ".join(ATOMS)),
        )
    fact = agreement.facts.get(name)
    if fact is not None and fact.unit is not None:
        return (
            Phrase("{name} is a number", name=name),
            Phrase("Compare it, as {name} >= 100 {unit}.", name=name, unit=fact.unit),
        )
    if fact is None and name not in definitions:
        close = get_close_matches(name, [*agreement.facts, *definitions, *ATOMS], n=1, cutoff=0.6)
        remedy = (
            Phrase("Was {name} meant?", name=close[0])
            if close
            else Phrase("Declare {name} under facts or definitions.", name=name)
        )
        return Phrase("{name} is neither a fact nor a definition", name=name), remedy
    return None


def _find_unlisted(
    name: str, arguments: tuple[str, ...], known: list[str]
) -> tuple[Phrase, Phrase] | None:
    if not arguments:
        return (
            Phrase("{name} asks for a name", name=name),
            Phrase("Write {name}(…) with one of {known}.", name=name, known=", ".join(known[:8])),
        )
    for one in arguments:
        if one not in known:
            return Phrase("{name} does not know {value}", name=name, value=one), suggest(
                one, known[:40]
            )
    return None


def _wrong_comparison(agreement: Agreement, atom: Atom) -> tuple[Phrase, Phrase] | None:
    numbers = [name for name, fact in agreement.facts.items() if fact.unit is not None]
    fact = agreement.facts.get(atom.name)
    if fact is None or fact.unit is None:
        return Phrase("{name} is no fact with a unit", name=atom.name), suggest(atom.name, numbers)
    if atom.arguments[1] != fact.unit:
        return (
            Phrase(
                "{name} is in {unit}, not {other}",
                name=atom.name,
                unit=fact.unit,
                other=atom.arguments[1],
            ),
            Phrase("Write {unit}.", unit=fact.unit),
        )
    return None


def _wrong_quantities(atom: Atom) -> tuple[Phrase, Phrase] | None:
    units = [one.partition(" ")[2] for one in atom.arguments]
    if (
        len(units) != len(("time", "distance"))
        or units[0] not in _TIMES
        or units[1] not in _LENGTHS
    ):
        return (
            Phrase("{atom} does not say within which time and distance", atom=atom),
            Phrase("Write attacked_before(30 min, 5 km); units are min, h, d and m, km."),
        )
    return None


def _exemptions(agreement: Agreement) -> Iterator[Misplaced]:
    exempt = [one.id for one in agreement.parties if one.standing is PartyStanding.EXEMPT]
    clause_ids = [one.id for one in agreement.clauses]
    for number, exemption in enumerate(agreement.exemptions):
        for member in exemption.members:
            if member not in exempt:
                yield Misplaced(
                    ("exemptions", number, "members"),
                    Phrase("{member} is no party with `standing: exempt`", member=member),
                    suggest(member, exempt),
                )
        for clause_id in exemption.clauses:
            if clause_id not in clause_ids:
                yield Misplaced(
                    ("exemptions", number, "clauses"),
                    Phrase("no clause is called {name}", name=clause_id),
                    suggest(clause_id, clause_ids),
                )
    members = {member for one in agreement.exemptions for member in one.members}
    for number, party in enumerate(agreement.parties):
        if party.standing is PartyStanding.EXEMPT and party.id not in members:
            yield Misplaced(
                ("parties", number, "standing"),
                Phrase("no exemption has {name} as a member", name=party.id),
                Phrase("Add it to an exemption, which says by what rule and text it is exempt."),
            )


def _exceptions(agreement: Agreement) -> Iterator[Misplaced]:
    priorities = {one.id: one.priority for one in agreement.exceptions}
    for number, exception in enumerate(agreement.exceptions):
        for other in exception.unless:
            at: Location = ("exceptions", number, "unless")
            if other not in priorities:
                yield Misplaced(
                    at,
                    Phrase("no exception is called {name}", name=other),
                    suggest(other, list(priorities)),
                )
            elif priorities[other] <= exception.priority:
                yield Misplaced(
                    at,
                    Phrase(
                        "{other} has no higher priority than {id}", other=other, id=exception.id
                    ),
                    Phrase(
                        "Give {other} a priority above {priority}.",
                        other=other,
                        priority=exception.priority,
                    ),
                )


def _clauses(agreement: Agreement) -> Iterator[Misplaced]:
    parties = [one.id for one in agreement.parties]
    sides = [one.side for one in agreement.parties if one.side]
    bodies = [one.id for one in agreement.bodies]
    clause_ids = [one.id for one in agreement.clauses]
    exceptions = [one.id for one in agreement.exceptions]
    for number, clause in enumerate(agreement.clauses):
        at: Location = ("clauses", number)
        for one in clause.bearer:
            if one not in (*parties, *sides, *bodies):
                yield Misplaced(
                    (*at, "bearer"),
                    Phrase("{name} is no party, side or body", name=one),
                    suggest(one, [*parties, *bodies]),
                )
            elif clause.act is not None and one in bodies:
                yield Misplaced(
                    (*at, "bearer"),
                    Phrase("{name} is a body, and an act binds parties", name=one),
                    Phrase("Name parties, or give the clause a duty instead of an act."),
                )
        for one in clause.unless:
            if one not in exceptions:
                yield Misplaced(
                    (*at, "unless"),
                    Phrase("no exception is called {name}", name=one),
                    suggest(one, exceptions),
                )
        for one in clause.act.by if clause.act else ():
            if one not in (*parties, *sides):
                yield Misplaced(
                    (*at, "act", "by"),
                    Phrase("{name} is no party", name=one),
                    suggest(one, parties),
                )
        if clause.remedy is not None and clause.remedy not in clause_ids:
            yield Misplaced(
                (*at, "remedy"),
                Phrase("no clause is called {name}", name=clause.remedy),
                suggest(clause.remedy, clause_ids),
            )
        for place, reading in enumerate(clause.readings):
            yield from _duty(agreement, reading.duty, (*at, "readings", place, "duty"))
        yield from _duty(agreement, clause.duty, (*at, "duty"))


def _duty(agreement: Agreement, duty: Duty | None, at: Location) -> Iterator[Misplaced]:
    if duty is None:
        return
    clause_ids = [one.id for one in agreement.clauses]
    for other in duty.provided:
        if other not in clause_ids:
            yield Misplaced(
                (*at, "provided"),
                Phrase("no clause is called {name}", name=other),
                suggest(other, clause_ids),
            )
    dues: list[tuple[Location, Due | None]] = [
        ((*at, "due"), duty.due),
        ((*at, "start"), duty.start),
    ]
    dues += [
        ((*at, "tranches", number, "due"), one.due) for number, one in enumerate(duty.tranches)
    ]
    anchors = ["in_force", *(one.id for one in agreement.events)]
    anchors += [f"{one}.{state}" for one in clause_ids for state in ("done", "due")]
    for way, due in dues:
        if due is not None and due.anchor is not None and due.anchor not in anchors:
            yield Misplaced(
                (*way, "anchor"),
                Phrase("nothing is called {name}", name=due.anchor),
                suggest(due.anchor, anchors),
            )


def find_misplaced_declarations(
    declarations: Sequence[Declaration], agreement: Agreement, at: Location = ()
) -> Iterator[Misplaced]:
    """Yield declarations about what the agreement does not have; `at` is the way to the list."""
    for number, one in enumerate(declarations):
        known = ["terms", *(clause.id for clause in agreement.clauses)]
        if one.kind is DeclarationKind.EVENT:
            known = [event.id for event in agreement.events]
        if one.subject not in known:
            yield Misplaced(
                (*at, "declarations", number, "subject"),
                Phrase("nothing is called {name}", name=one.subject),
                suggest(one.subject, known),
            )
