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
    """Yield ids that are given twice, and names that two parties share."""
    lists: dict[str, list[str]] = {
        "parties": [party.id for party in agreement.parties],
        "bodies": [body.id for body in agreement.bodies],
        "clauses": [clause.id for clause in agreement.clauses],
        "exemptions": [exemption.id for exemption in agreement.exemptions],
        "exceptions": [exception.id for exception in agreement.exceptions],
        "events": [event.id for event in agreement.events],
    }
    for what, ids in lists.items():
        for number, identifier in enumerate(ids):
            if identifier in ids[:number]:
                yield Misplaced(
                    (what, number),
                    Phrase("{name} stands twice", name=identifier),
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
    """Yield places that rest on nothing usable, and an area that is no place."""
    known = list(agreement.places)
    if agreement.area is not None and agreement.area not in agreement.places:
        yield Misplaced(
            ("area",),
            Phrase("no place is called {name}", name=agreement.area),
            suggest(agreement.area, known),
        )
    for name, place in agreement.places.items():
        rest = place.rests_on
        location: Location = ("places", name, "belt" if place.belt else "ring")
        if rest is None:
            continue
        if rest not in agreement.places:
            yield Misplaced(
                location, Phrase("no place is called {name}", name=rest), suggest(rest, known)
            )
        elif place.belt and agreement.places[rest].line is None:
            yield Misplaced(
                location,
                Phrase("{name} is no line", name=rest),
                Phrase("Name a place that is given as a line."),
            )
        elif _circular(
            name, {place_name: p.rests_on for place_name, p in agreement.places.items()}
        ):
            yield Misplaced(
                location,
                Phrase("{name} rests on itself", name=name),
                Phrase("Give one of them by positions."),
            )


def _circular(start: str, rests: Mapping[str, str | None]) -> bool:
    """Return whether a place rests on itself through others."""
    place, steps = rests.get(start), 0
    while place is not None and place != start and steps <= len(rests):
        place, steps = rests.get(place), steps + 1
    return place is not None


def _conditions(agreement: Agreement) -> Iterator[Misplaced]:
    """Yield what conditions ask that is not declared; a definition may use only those before it."""
    for name, definition in agreement.definitions.items():
        location: Location = ("definitions", name)
        if name in agreement.facts or name in ATOMS:
            yield Misplaced(
                location,
                Phrase("{name} already has a meaning", name=name),
                Phrase("Choose another name."),
            )
        known = list(agreement.definitions)[: list(agreement.definitions).index(name)]
        yield from _condition(agreement, definition.holds, (*location, "if"), known)
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
    agreement: Agreement, text: str, location: Location, definitions: list[str]
) -> Iterator[Misplaced]:
    """Yield the wrong atoms of one condition."""
    for atom in list_atoms(read_condition(text)):
        wrong = _wrong_atom(agreement, atom, definitions)
        if wrong is not None:
            yield Misplaced(location, *wrong)


def _wrong_atom(
    agreement: Agreement, atom: Atom, definitions: list[str]
) -> tuple[Phrase, Phrase] | None:
    """Return cause and remedy of a wrong atom, None for a right one."""
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
    sides = {party.side for party in agreement.parties if party.side}
    return [*(party.id for party in agreement.parties), *sorted(sides)]


def _wrong_name(
    agreement: Agreement, atom: Atom, definitions: list[str]
) -> tuple[Phrase, Phrase] | None:
    """Return what is wrong with a fact or a definition that is asked by name."""
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
    """Return what is wrong with the arguments of a question: none is given, or one is not known."""
    if not arguments:
        return (
            Phrase("{name} asks for a name", name=name),
            Phrase("Write {name}(…) with one of {known}.", name=name, known=", ".join(known[:8])),
        )
    for argument in arguments:
        if argument not in known:
            return Phrase("{name} does not know {value}", name=name, value=argument), suggest(
                argument, known[:40]
            )
    return None


def _wrong_comparison(agreement: Agreement, atom: Atom) -> tuple[Phrase, Phrase] | None:
    """Return what is wrong with a comparison: no number, or another unit."""
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
    """Return what is wrong with the time and the distance of `attacked_before`."""
    units = [quantity.partition(" ")[2] for quantity in atom.arguments]
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
    """Yield members and clauses that do not exist, and exempt parties without an exemption."""
    exempt = [party.id for party in agreement.parties if party.standing is PartyStanding.EXEMPT]
    clause_ids = [clause.id for clause in agreement.clauses]
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
    members = {member for exemption in agreement.exemptions for member in exemption.members}
    for number, party in enumerate(agreement.parties):
        if party.standing is PartyStanding.EXEMPT and party.id not in members:
            yield Misplaced(
                ("parties", number, "standing"),
                Phrase("no exemption has {name} as a member", name=party.id),
                Phrase("Add it to an exemption, which says by what rule and text it is exempt."),
            )


def _exceptions(agreement: Agreement) -> Iterator[Misplaced]:
    """Yield exceptions to an exception that do not exist or have no higher priority."""
    priorities = {exception.id: exception.priority for exception in agreement.exceptions}
    for number, exception in enumerate(agreement.exceptions):
        for other in exception.unless:
            location: Location = ("exceptions", number, "unless")
            if other not in priorities:
                yield Misplaced(
                    location,
                    Phrase("no exception is called {name}", name=other),
                    suggest(other, list(priorities)),
                )
            elif priorities[other] <= exception.priority:
                yield Misplaced(
                    location,
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
    """Yield bearers, exceptions, actors and remedies that a clause names and the agreement lacks."""
    parties = [party.id for party in agreement.parties]
    sides = [party.side for party in agreement.parties if party.side]
    bodies = [body.id for body in agreement.bodies]
    clause_ids = [clause.id for clause in agreement.clauses]
    exceptions = [exception.id for exception in agreement.exceptions]
    for number, clause in enumerate(agreement.clauses):
        location: Location = ("clauses", number)
        for bearer in clause.bearer:
            if bearer not in (*parties, *sides, *bodies):
                yield Misplaced(
                    (*location, "bearer"),
                    Phrase("{name} is no party, side or body", name=bearer),
                    suggest(bearer, [*parties, *bodies]),
                )
            elif clause.act is not None and bearer in bodies:
                yield Misplaced(
                    (*location, "bearer"),
                    Phrase("{name} is a body, and an act binds parties", name=bearer),
                    Phrase("Name parties, or give the clause a duty instead of an act."),
                )
        for exception_id in clause.unless:
            if exception_id not in exceptions:
                yield Misplaced(
                    (*location, "unless"),
                    Phrase("no exception is called {name}", name=exception_id),
                    suggest(exception_id, exceptions),
                )
        for actor in clause.act.by if clause.act else ():
            if actor not in (*parties, *sides):
                yield Misplaced(
                    (*location, "act", "by"),
                    Phrase("{name} is no party", name=actor),
                    suggest(actor, parties),
                )
        if clause.remedy is not None and clause.remedy not in clause_ids:
            yield Misplaced(
                (*location, "remedy"),
                Phrase("no clause is called {name}", name=clause.remedy),
                suggest(clause.remedy, clause_ids),
            )
        for place, reading in enumerate(clause.readings):
            yield from _duty(agreement, reading.duty, (*location, "readings", place, "duty"))
        yield from _duty(agreement, clause.duty, (*location, "duty"))


def _duty(agreement: Agreement, duty: Duty | None, location: Location) -> Iterator[Misplaced]:
    """Yield clauses and anchors that a duty names and the agreement lacks."""
    if duty is None:
        return
    clause_ids = [clause.id for clause in agreement.clauses]
    for other in duty.provided:
        if other not in clause_ids:
            yield Misplaced(
                (*location, "provided"),
                Phrase("no clause is called {name}", name=other),
                suggest(other, clause_ids),
            )
    dues: list[tuple[Location, Due | None]] = [
        ((*location, "due"), duty.due),
        ((*location, "start"), duty.start),
    ]
    dues += [
        ((*location, "tranches", number, "due"), tranche.due)
        for number, tranche in enumerate(duty.tranches)
    ]
    anchors = ["in_force", *(event.id for event in agreement.events)]
    anchors += [f"{clause_id}.{state}" for clause_id in clause_ids for state in ("done", "due")]
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
    for number, declaration in enumerate(declarations):
        known = ["terms", *(clause.id for clause in agreement.clauses)]
        if declaration.kind is DeclarationKind.EVENT:
            known = [event.id for event in agreement.events]
        if declaration.subject not in known:
            yield Misplaced(
                (*at, "declarations", number, "subject"),
                Phrase("nothing is called {name}", name=declaration.subject),
                suggest(declaration.subject, known),
            )
