"""Filters as a condition of SQL over `incident`, parameters bound: the same choice as `choice` makes in memory.

* It serves what streams rows; what counts and orders them does it in memory.
* A list in one text is searched for a member between its separators; both dialects know `replace`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from groundtruce.database.backend.dialect import Dialect
from groundtruce.database.columnar.codec import number_of
from groundtruce.database.columnar.party import JOINT, SEPARATOR
from groundtruce.database.filters.bbox import Box
from groundtruce.database.filters.field import ANY, UNKNOWN
from groundtruce.database.filters.filter import Filters
from groundtruce.database.filters.mask import CORROBORATED, verdicts_sought
from groundtruce.database.load.search_text import folded

__all__ = ["Condition", "condition"]


@dataclass(frozen=True, slots=True)
class Condition:
    """What stands after WHERE, and the values of its parameters."""

    sql: str
    values: dict[str, object]


@dataclass(slots=True)
class _Bound:
    """Parameters as they are named."""

    values: dict[str, object] = field(default_factory=dict)

    def __call__(self, value: object) -> str:
        name = f"f{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def listed(self, values: Iterator[object]) -> str:
        return ", ".join(self(value) for value in values)


def condition(filters: Filters, dialect: Dialect) -> Condition:
    """Return the condition that filters are; without any it always holds."""
    bound = _Bound()
    parts = []
    for key, values in filters.given:
        if key == "q":
            parts.append(_words(values[0], dialect, bound))
        elif key == "bbox":
            parts.append(_box(Box.parse(values[0]), bound))
        elif key == "clause":
            parts.append(_clauses(values, verdicts_sought(filters), bound))
        elif key != "verdict" or not filters.values("clause"):
            parts.append(_CONDITIONS[key](values, bound))
    return Condition(" AND ".join(f"({part})" for part in parts) or "1 = 1", bound.values)


def _words(text: str, dialect: Dialect, bound: _Bound) -> str:
    words = folded(text)
    bound.values["words"] = dialect.words(words)
    return dialect.has_words() if words else "1 = 0 AND :words = ''"


def _box(box: Box, bound: _Bound) -> str:
    west, east = f"lon >= {bound(box.west)}", f"lon <= {bound(box.east)}"
    across = f"{west} AND {east}" if box.west <= box.east else f"({west} OR {east})"
    return f"{across} AND lat >= {bound(box.south)} AND lat <= {bound(box.north)}"


def _clauses(clauses: tuple[str, ...], sought: frozenset[str], bound: _Bound) -> str:
    return (
        "incident.number IN (SELECT number FROM assessment "
        f"WHERE clause_id IN ({bound.listed(iter(clauses))}) "
        f"AND verdict IN ({bound.listed(iter(sorted(sought)))}))"
    )


def _known(values: tuple[str, ...], column: str, known: Callable[[str], str]) -> str:
    """Return the condition for any of the values; one asks for what is not known, whether silent or said."""
    parts = [known(value) for value in values]
    if UNKNOWN in values:
        parts.append(f"{column} IS NULL")
    return " OR ".join(parts)


def _code(column: str) -> Callable[[tuple[str, ...], _Bound], str]:
    def part(values: tuple[str, ...], bound: _Bound) -> str:
        def covered(code: str) -> str:
            # what lies below a code: from its dot to the next sign after a dot
            return (
                f"{column} = {bound(code)} OR "
                f"({column} >= {bound(code + '.')} AND {column} < {bound(code + '/')})"
            )

        return _known(values, column, covered)

    return part


def _member(column: str, separator: str) -> Callable[[tuple[str, ...], _Bound], str]:
    def part(values: tuple[str, ...], bound: _Bound) -> str:
        def contains(name: str) -> str:
            whole = f"'{separator}' || {column} || '{separator}'"
            return f"replace({whole}, {bound(separator + name + separator)}, '') <> {whole}"

        return _known(values, column, contains)

    return part


def _among(table: str, column: str) -> Callable[[tuple[str, ...], _Bound], str]:
    def part(values: tuple[str, ...], bound: _Bound) -> str:
        def told(name: str) -> str:
            return f"incident.number IN (SELECT number FROM {table} WHERE {column} = {bound(name)})"

        return _known(values, "parties" if column == "party" else "sources", told)

    return part


def _disagreeing(values: tuple[str, ...], bound: _Bound) -> str:
    if ANY in values:
        return "contradictions IS NOT NULL"
    return _member("contradictions", SEPARATOR)(values, bound)


def _touching(values: tuple[str, ...], bound: _Bound) -> str:
    day = bound(values[0])
    return f"(first_day IS NULL OR first_day <= {day}) AND (last_day IS NULL OR last_day >= {day})"


def _yes(values: tuple[str, ...], yes: str, no: str) -> str:
    return yes if values[0] == "yes" else no


_CONDITIONS: dict[str, Callable[[tuple[str, ...], _Bound], str]] = {
    "kind": _code("kind"),
    "weapon": _code("weapon"),
    "target": _code("target"),
    "actor": _member("actor_party", JOINT),
    "party": _among("incident_party", "party"),
    "source": _among("incident_source", "source"),
    "verdict": lambda values, bound: f"verdict IN ({bound.listed(iter(values))})",
    "reason": _member("reasons", SEPARATOR),
    "contradiction": _disagreeing,
    "day__gte": lambda values, bound: f"first_day >= {bound(values[0])}",
    "day__lte": lambda values, bound: f"last_day <= {bound(values[0])}",
    "touches": _touching,
    "corroborated": lambda values, bound: _yes(
        values, f"n_independent >= {CORROBORATED}", f"n_independent < {CORROBORATED}"
    ),
    "placed": lambda values, bound: _yes(values, "lat IS NOT NULL", "lat IS NULL"),
    "killed__gte": lambda values, bound: f"killed_low >= {bound(int(values[0]))}",
    "incident": lambda values, bound: (
        f"incident.number IN ({bound.listed(number_of(one) for one in values)})"
    ),
}
