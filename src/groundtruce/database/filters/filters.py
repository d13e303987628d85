"""Filters: what an address gives to narrow by, read and written back in one canonical way.

* Several values of one key widen (any of them), several keys narrow (all of them).
* Two that mean the same are equal, so that an answer can be kept by them.

>>> Filters.parse([("weapon", "mortar"), ("kind", "fire"), ("kind", "civilians")]).pairs()
(('kind', 'civilians'), ('kind', 'fire'), ('weapon', 'mortar'))
"""

from collections.abc import Iterable
from dataclasses import dataclass

from groundtruce.database.filters.bbox import Box
from groundtruce.database.filters.filter import Filter
from groundtruce.database.filters.registry import BY_KEY
from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem

__all__ = ["Filters"]

_MOST_VALUES = 100
"""Values of one key; more make an address longer than servers on the way accept."""

_LONGEST_SHOWN = 200
"""Characters of a bad value that are shown."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows, in canonical order; two that mean the same are equal."""

    given: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def parse(cls, pairs: Iterable[tuple[str, str]]) -> "Filters":
        """Return the filters of an address; raises GroundtruceError `query.unknown_key`, `query.bad_value`."""
        chosen: dict[str, set[str]] = {}
        for key, text in pairs:
            if key not in BY_KEY:
                raise GroundtruceError(
                    Problem.QUERY_UNKNOWN_KEY, key=quote(key), known=", ".join(BY_KEY)
                )
            if text.strip():
                chosen.setdefault(key, set()).add(_canonical(BY_KEY[key], text))
        for key, values in chosen.items():
            most = _MOST_VALUES if BY_KEY[key].many else 1
            if len(values) > most:
                raise GroundtruceError(
                    Problem.QUERY_BAD_VALUE,
                    key=quote(key),
                    value=quote(", ".join(sorted(values)[: most + 1])),
                    expected=Phrase("{most} of these at most", most=most),
                )
        return cls(tuple((key, tuple(sorted(chosen[key]))) for key in BY_KEY if key in chosen))

    def __bool__(self) -> bool:
        """Return whether anything narrows."""
        return bool(self.given)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return keys and values as `parse` takes them, in canonical order."""
        return tuple((key, value) for key, values in self.given for value in values)

    def values(self, key: str) -> tuple[str, ...]:
        """Return the values of a key; none where it does not narrow."""
        return next((values for name, values in self.given if name == key), ())

    def value(self, key: str) -> str | None:
        """Return the value of a key that has at most one."""
        return next(iter(self.values(key)), None)

    @property
    def box(self) -> Box | None:
        """The part of the map."""
        text = self.value("bbox")
        return None if text is None else Box.parse(text)

    def plus(self, key: str, value: str) -> "Filters":
        """Return these with one more value, or with another where a key takes one only; raises GroundtruceError."""
        kept = self if BY_KEY[key].many else self.minus(key)
        return Filters.parse((*kept.pairs(), (key, value)))

    def minus(self, key: str, value: str | None = None) -> "Filters":
        """Return these without a value, or without all values of the key."""
        return Filters.parse(
            (name, text)
            for name, text in self.pairs()
            if name != key or (value is not None and text != value)
        )


def _canonical(choice: Filter, text: str) -> str:
    """Return a value as it is written; raises GroundtruceError `query.bad_value`."""
    try:
        return choice.parse(text)
    except ValueError:
        raise GroundtruceError(
            Problem.QUERY_BAD_VALUE,
            key=quote(choice.key),
            value=quote(text[:_LONGEST_SHOWN]),
            expected=Phrase(choice.form),
        ) from None
