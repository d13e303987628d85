"""Facets: how many incidents each value of a key would choose, beside what is chosen already.

* The values of a key are counted as if none of its own were chosen, so that another one can be compared and added.
* A parent code counts what lies below it; `unknown` counts what no source says; what chooses nothing is left out.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.columns import Coded
from groundtruce.database.columnar.party import BETWEEN, JOINT, SEPARATOR
from groundtruce.database.filters.field import ANY, UNKNOWN, VERDICTS
from groundtruce.database.filters.filter import Filters
from groundtruce.database.filters.mask import (
    CORROBORATED,
    Chosen,
    Masks,
    clause_verdicts,
    masks,
    members,
    verdicts_sought,
)

__all__ = ["Facet", "FacetValue", "counted", "facets"]


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a key and how many incidents it would choose."""

    code: str
    incidents: int


@dataclass(frozen=True, slots=True)
class Facet:
    """The values of a key, those that choose most first; verdicts in their order."""

    key: str
    values: tuple[FacetValue, ...]
    at_least: bool = False


def facets(database: Database, filters: Filters) -> tuple[Facet, ...]:
    """Return the values of each key that has few, counted within what is chosen."""
    narrowed = masks(database, filters)
    found = [_verdicts(narrowed, filters)]
    for key, (column, values) in _COUNTED.items():
        choice = narrowed.all_but(key)
        totals = _totals(counted(choice, choice.columns.coded(column)), values)
        found.append(_facet(key, totals, choice))
    found += [_clauses(narrowed, filters), *_asked(narrowed)]
    order = {key: place for place, key in enumerate(_ORDER)}
    return tuple(sorted(found, key=lambda one: order[one.key]))


def counted(choice: Chosen, column: Coded) -> Iterable[tuple[str | None, int]]:
    """Yield each text of a column that a chosen incident has, and how many have it."""
    codes = column.codes if choice.mask is None else column.codes[choice.mask]
    counts = np.bincount(codes, minlength=len(column.values))
    for code in np.flatnonzero(counts).tolist():
        yield column.values[code], int(counts[code])


def _totals(
    counts: Iterable[tuple[str | None, int]], values: Callable[[str | None], Iterable[str]]
) -> dict[str, int]:
    """Add up what each value would choose, `values` being those by which a text is chosen."""
    totals: dict[str, int] = {}
    for text, count in counts:
        for value in values(text):
            totals[value] = totals.get(value, 0) + count
    return totals


def _facet(key: str, totals: Mapping[str, int], choice: Chosen) -> Facet:
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    return Facet(key, tuple(FacetValue(*item) for item in ranked if item[1]), choice.at_least)


def _verdicts(narrowed: Masks, filters: Filters) -> Facet:
    """Count verdicts: of the incident, or of any of the clauses that are chosen."""
    clauses = filters.values("clause")
    choice = narrowed.all_but("verdict", "clause") if clauses else narrowed.all_but("verdict")

    def under(text: str | None) -> Iterable[str]:
        verdicts = clause_verdicts(text)
        return {verdicts[clause] for clause in clauses if clause in verdicts}

    held = choice.columns
    totals = (
        _totals(counted(choice, held.clauses), under)
        if clauses
        else _totals(counted(choice, held.verdict), lambda text: [str(text)])
    )
    values = [FacetValue(one, totals[one]) for one in VERDICTS if totals.get(one)]
    return Facet("verdict", tuple(values), choice.at_least)


def _clauses(narrowed: Masks, filters: Filters) -> Facet:
    """Count clauses by which an act is covered, or that have the verdicts that are chosen."""
    sought = verdicts_sought(filters)
    choice = narrowed.all_but("clause", "verdict")

    def covering(text: str | None) -> Iterable[str]:
        return [clause for clause, verdict in clause_verdicts(text).items() if verdict in sought]

    return _facet("clause", _totals(counted(choice, choice.columns.clauses), covering), choice)


def _asked(narrowed: Masks) -> Iterable[Facet]:
    """Count what is asked with yes or no."""
    for key in ("corroborated", "placed"):
        choice = narrowed.all_but(key)
        held = choice.columns
        asked = held.n_independent >= CORROBORATED if key == "corroborated" else ~np.isnan(held.lon)
        yes = int(np.count_nonzero(asked if choice.mask is None else asked & choice.mask))
        yield _facet(key, {"yes": yes, "no": choice.count - yes}, choice)


def _code(text: str | None) -> Iterable[str]:
    """Return a code with all above it."""
    if text is None:
        return [UNKNOWN]
    parts = text.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _members(separator: str) -> Callable[[str | None], Iterable[str]]:
    return lambda text: set(members(text, separator)) or [UNKNOWN]


def _disagreeing(text: str | None) -> Iterable[str]:
    return [ANY, *members(text, SEPARATOR)] if text else []


_COUNTED: Mapping[str, tuple[str, Callable[[str | None], Iterable[str]]]] = {
    "reason": ("reasons", lambda text: members(text, SEPARATOR)),
    "kind": ("kind", _code),
    "weapon": ("weapon", _code),
    "target": ("target", _code),
    "actor": ("actor_party", _members(JOINT)),
    "party": ("parties", _members(BETWEEN)),
    "source": ("sources", _members(BETWEEN)),
    "contradiction": ("contradictions", _disagreeing),
}
_ORDER = ("verdict", "clause", *_COUNTED, "corroborated", "placed")
