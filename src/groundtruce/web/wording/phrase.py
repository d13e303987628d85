"""Phrases: filters as chips and as one sentence, an incident as a claim, exactly as strong as its sources.

* A sentence is translated whole; what is put into it keeps its direction to itself.
* One source *reports*; two that are independent *report consistently*. Nothing here says that something *happened*.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markupsafe import Markup

from groundtruce.database.filters.filters import Filters
from groundtruce.database.filters.registry import BY_KEY
from groundtruce.database.query.incident import Incident
from groundtruce.language.words import Words
from groundtruce.web.http.url import Address, sort_pairs, write_url

__all__ = [
    "Chip",
    "chips",
    "claim",
    "filter_sentence",
    "mark_enumeration",
    "mark_identifier",
    "outside",
    "write_narrowed_url",
]

_CORROBORATED = 2

_KEPT = ("order", "limit", "as_of", "lang")
"""Keys that outlive a change of filters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One value that narrows, in words, and the address without it."""

    text: str
    without: str


def outside(text: object) -> Markup:
    """Keep the direction of a text from outside to itself, as a name or a place."""
    return Markup("<bdi>{}</bdi>").format(text)


def mark_enumeration(words: Words, texts: Iterable[str]) -> Markup:
    """Return texts from outside as one enumeration, each with the direction of its own."""
    return Markup(words.comma).join(map(outside, texts))


def mark_identifier(text: object) -> Markup:
    """Keep an identifier, a hash or a coordinate left to right."""
    return Markup('<bdi class="id" dir="ltr">{}</bdi>').format(text)


def chips(words: Words, address: Address) -> tuple[Chip, ...]:
    """Return a chip for each value that narrows."""
    filter_chips = []
    for key, value in address.filters.pairs():
        asked = BY_KEY[key]
        text = f"{words.say(asked.label)}{words.say(': ')}{asked.phrase(words, value)}"
        filter_chips.append(
            Chip(text=text, without=write_narrowed_url(address, address.filters.minus(key, value)))
        )
    return tuple(filter_chips)


def write_narrowed_url(address: Address, filters: Filters, path: str | None = None) -> str:
    """Return the address with other filters, from the first page on; `path` is that of another screen."""
    rest = [(key, value) for key, value in address.values.items() if key in _KEPT]
    return write_url(path or address.path, sort_pairs([*filters.pairs(), *rest]))


def filter_sentence(words: Words, filters: Filters) -> Markup:
    """Return what was chosen as one sentence."""
    if not filters:
        return Markup("{}").format(words.say("All incidents on record."))
    conditions = Markup(words.say(" and ")).join(_conditions(words, filters))
    return _filled(words.say("Incidents of which this holds: {conditions}."), conditions=conditions)


def _conditions(words: Words, filters: Filters) -> Iterator[Markup]:
    """Yield a sentence for each filter; one for both ends of a period of one day."""
    either = Markup(words.say(" or "))
    first, last = filters.value("day__gte"), filters.value("day__lte")
    for key, values in filters.given:
        asked = BY_KEY[key]
        if first == last and key in ("day__gte", "day__lte"):
            if key == "day__gte":
                text = outside(asked.phrase(words, values[0]))
                yield _filled(words.say("it was on {value}"), value=text)
            continue
        text = either.join(outside(asked.phrase(words, value)) for value in values)
        yield _filled(words.say(asked.sentence), value=text)


def claim(words: Words, incident: Incident) -> Markup:
    """Return an incident as the sentences that its sources bear, and no stronger."""
    return Markup(" ").join(part for part in _claimed(words, incident) if part)


def _claimed(words: Words, incident: Incident) -> Iterator[Markup]:
    """Yield the sentences on an incident: what, when and where, who is said to have done it, how many it killed."""
    say = words.say
    slots = {
        "kind": Markup("<strong>{}</strong>").format(words.label("kind", incident.kind)),
        "when": outside(words.span(incident.occurred_from, incident.occurred_to)),
        "place": outside(incident.place_name or say("a place that is not named")),
    }
    if incident.n_independent >= _CORROBORATED:
        yield _filled(
            say("Independent sources report consistently: {kind}; {when}; {place}."), **slots
        )
    else:
        yield _filled(
            say("One source, or sources that copy it, reports: {kind}; {when}; {place}."), **slots
        )
    if incident.actor is not None:
        yield _filled(
            say("It is said to be the work of {party}; that is an allegation."),
            party=outside(words.party(incident.actor)),
        )
    elif incident.involved:
        yield _filled(
            say("No source says who did it; involved were {parties}."),
            parties=mark_enumeration(words, words.parties(incident.involved)),
        )
    else:
        yield _filled(say("No source says who did it."))
    yield _casualties(words, incident)


def _casualties(words: Words, incident: Incident) -> Markup:
    low, high = incident.killed_low, incident.killed_high
    if low is None or high is None:
        return _filled(words.say("No source says how many were killed."))
    return _filled(
        words.say("Killed, by the figures of the sources: {figures}."),
        figures=Markup('<bdi dir="ltr">{}</bdi>').format(words.persons((low, high))),
    )


def _filled(sentence: str, **parts: Markup) -> Markup:
    return Markup(sentence).format(**parts)
