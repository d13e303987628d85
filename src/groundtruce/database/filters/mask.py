"""Which incidents filters choose: masks over the columns in memory, exact for every filter and any number of them.

* Words are looked up in the database, once for each view; where more incidents contain them than are taken, those
  that are taken are the least.
* Each key has a mask of its own, so that the values of a key can be counted as if none of them were chosen.
* With a clause, a verdict is that of the clause: the two keys are one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.codec import number_of
from groundtruce.database.columnar.columns import Coded, Columns, Whole, columns
from groundtruce.database.columnar.party import BETWEEN, JOINT, SEPARATOR
from groundtruce.database.filters.bbox import Box
from groundtruce.database.filters.field import ANY, UNKNOWN
from groundtruce.database.filters.filter import Filters
from groundtruce.database.load.search_text import folded
from groundtruce.model.code import Verdict
from groundtruce.model.vocabulary import covers

__all__ = [
    "CORROBORATED",
    "MOST_FOUND",
    "Chosen",
    "Mask",
    "Masks",
    "chosen",
    "clause_verdicts",
    "day_number",
    "day_of",
    "masks",
    "members",
    "verdicts_sought",
]

Mask = NDArray[np.bool_]

MOST_FOUND = 2_000_000
"""Incidents with the words of a search that are taken: reading a million numbers lasts some 0.2 s."""

CORROBORATED = 2
"""Independent groups of sources from which on an incident counts as corroborated."""

_EPOCH = date(1970, 1, 1)
_COVERED = frozenset({Verdict.BREACH, Verdict.NOT_DETERMINABLE, Verdict.EXEMPT})
"""Verdicts under a clause that say that it covers the act, or may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What was chosen; `mask` is None where that is everything."""

    columns: Columns
    mask: Mask | None
    at_least: bool = False
    """Whether more incidents than these may be meant."""

    @property
    def count(self) -> int:
        """How many incidents are chosen."""
        return self.columns.rows if self.mask is None else int(np.count_nonzero(self.mask))

    @property
    def rows(self) -> Whole:
        """The rows of those chosen, in the order of their numbers."""
        return np.arange(self.columns.rows) if self.mask is None else np.flatnonzero(self.mask)


@dataclass(frozen=True, slots=True, kw_only=True)
class Masks:
    """A mask for each key that narrows; `clause` stands for the verdict as well where a clause is given."""

    columns: Columns
    by_key: Mapping[str, Mask] = field(default_factory=dict)
    at_least: bool = False

    def all_but(self, *keys: str) -> Chosen:
        """Return what the filters choose without those of some keys."""
        mask: Mask | None = None
        for key, one in self.by_key.items():
            if key not in keys:
                mask = one if mask is None else mask & one
        at_least = self.at_least and "q" not in keys
        return Chosen(columns=self.columns, mask=mask, at_least=at_least)


def chosen(database: Database, filters: Filters) -> Chosen:
    """Return the incidents that filters choose."""
    return masks(database, filters).all_but()


def masks(database: Database, filters: Filters) -> Masks:
    """Return the mask of each key; cost grows with the incidents, by some tenths of a nanosecond for each."""
    held = columns(database)
    found: dict[str, Mask] = {}
    at_least = False
    for key, values in filters.given:
        if key == "q":
            found[key], at_least = _with_words(database, held, values[0])
        elif key == "clause":
            found[key] = _under_clauses(held, values, verdicts_sought(filters))
        elif key != "verdict" or not filters.values("clause"):
            found[key] = _MASKS[key](held, values)
    return Masks(columns=held, by_key=found, at_least=at_least)


def verdicts_sought(filters: Filters) -> frozenset[str]:
    """Return the verdicts under a clause that filters ask for: those named, else all by which it covers the act."""
    return frozenset(filters.values("verdict")) or _COVERED


def clause_verdicts(text: str | None) -> dict[str, str]:
    """Return the verdict under each clause.

    >>> clause_verdicts("A3=breach|A5=exempt")
    {'A3': 'breach', 'A5': 'exempt'}
    """
    pairs = (one.rpartition("=") for one in members(text, SEPARATOR))
    return {clause: verdict for clause, _, verdict in pairs}


def members(text: str | None, separator: str) -> list[str]:
    """Return the members of a list that is one text."""
    return text.split(separator) if text else []


def day_number(day: date) -> int:
    """Return a day as days since 1970."""
    return (day - _EPOCH).days


def day_of(number: int) -> date:
    """Return the day that a number stands for."""
    return _EPOCH + timedelta(days=number)


def _with_words(database: Database, held: Columns, text: str) -> tuple[Mask, bool]:
    words = folded(text)
    mask = held.sought.get(words)
    if mask is None:
        mask = held.sought[words] = held.has(_numbers(database, words))
    return mask, int(np.count_nonzero(mask)) > MOST_FOUND


def _numbers(database: Database, words: str) -> Whole:
    if not words:
        return np.empty(0, np.int64)
    dialect = database.dialect
    found = database.rows(
        f"SELECT {dialect.concatenate('number')} AS numbers FROM "
        f"({dialect.numbers_with_words} LIMIT :most) AS found",
        {"words": dialect.words(words), "most": MOST_FOUND + 1},
    )
    return np.fromstring(found[0]["numbers"] or "", np.int64, sep=",")


def _under_clauses(held: Columns, clauses: Iterable[str], sought: frozenset[str]) -> Mask:
    def holds(text: str | None) -> bool:
        verdicts = clause_verdicts(text)
        return any(verdicts.get(clause) in sought for clause in clauses)

    return _where(held.clauses, holds)


def _where(column: Coded, holds: Callable[[str | None], bool]) -> Mask:
    return np.asarray(column.where(holds)[column.codes])


def _code(name: str) -> Callable[[Columns, tuple[str, ...]], Mask]:
    def mask(held: Columns, values: tuple[str, ...]) -> Mask:
        def holds(code: str | None) -> bool:
            return any(
                code is None if value == UNKNOWN else code is not None and covers(value, code)
                for value in values
            )

        return _where(held.coded(name), holds)

    return mask


def _member(name: str, separator: str) -> Callable[[Columns, tuple[str, ...]], Mask]:
    def mask(held: Columns, values: tuple[str, ...]) -> Mask:
        wanted = tuple(f"{separator}{value}{separator}" for value in values)

        def holds(text: str | None) -> bool:
            if text is None:
                return UNKNOWN in values
            whole = f"{separator}{text}{separator}"
            return any(one in whole for one in wanted)

        return _where(held.coded(name), holds)

    return mask


def _disagreeing(held: Columns, values: tuple[str, ...]) -> Mask:
    def holds(text: str | None) -> bool:
        return text is not None and (ANY in values or not wanted.isdisjoint(text.split(SEPARATOR)))

    wanted = set(values)
    return _where(held.contradictions, holds)


def _open_for(held: Columns, values: tuple[str, ...]) -> Mask:
    wanted = set(values)
    return _where(held.reasons, lambda text: not wanted.isdisjoint(members(text, SEPARATOR)))


def _touching(held: Columns, values: tuple[str, ...]) -> Mask:
    day = _day(values)
    return (held.first_day <= day) & (held.last_day >= day)


def _in_box(held: Columns, values: tuple[str, ...]) -> Mask:
    box = Box.parse(values[0])
    east_of, west_of = held.lon >= box.west, held.lon <= box.east
    across = east_of & west_of if box.west <= box.east else east_of | west_of
    return across & (held.lat >= box.south) & (held.lat <= box.north)


def _day(values: tuple[str, ...]) -> int:
    return day_number(date.fromisoformat(values[0]))


def _yes(mask: Mask, values: tuple[str, ...]) -> Mask:
    return mask if values[0] == "yes" else ~mask


_MASKS: Mapping[str, Callable[[Columns, tuple[str, ...]], Mask]] = {
    "kind": _code("kind"),
    "weapon": _code("weapon"),
    "target": _code("target"),
    "actor": _member("actor_party", JOINT),
    "party": _member("parties", BETWEEN),
    "source": _member("sources", BETWEEN),
    "verdict": _member("verdict", SEPARATOR),
    "reason": _open_for,
    "contradiction": _disagreeing,
    "day__gte": lambda held, values: held.first_day >= _day(values),
    "day__lte": lambda held, values: held.last_day <= _day(values),
    "touches": _touching,
    "bbox": _in_box,
    "corroborated": lambda held, values: _yes(held.n_independent >= CORROBORATED, values),
    "placed": lambda held, values: _yes(~np.isnan(held.lon), values),
    "killed__gte": lambda held, values: held.killed_low >= int(values[0]),
    "incident": lambda held, values: held.has(
        np.array([number_of(one) for one in values], np.int64)
    ),
}
