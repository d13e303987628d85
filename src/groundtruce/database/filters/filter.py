"""Filters: what was chosen of the declared keys, read from an address and written back in one canonical way.

* Several values of one key widen (any of them), several keys narrow (all of them).
* Two that mean the same are equal, so that an answer can be kept by them.

>>> Filters.parse([("weapon", "mortar"), ("kind", "fire"), ("kind", "civilians")]).pairs()
(('kind', 'civilians'), ('kind', 'fire'), ('weapon', 'mortar'))
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from unicodedata import category

from groundtruce.compliance.reason_code import ONE_REASON
from groundtruce.database.filters.bbox import Box
from groundtruce.database.filters.field import (
    ANY,
    CONTRADICTIONS,
    FILTERS,
    UNKNOWN,
    VERDICTS,
    Filter,
    FilterContent,
)
from groundtruce.model.instant import EARLIEST, LATEST
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.vocabulary import vocabulary

__all__ = ["Filters"]

_LONGEST_NAME = 400
"""Characters; joint actors of UCDP GED have 200 and more."""

_LONGEST_SEARCH = 200

_MOST_VALUES = 100
"""Values of one key; more make an address longer than servers on the way accept."""

_MOST_KILLED = 10_000_000
_CONTROL = ("Cc", "Cs")
_AS_GIVEN = (FilterContent.NAME, FilterContent.REASON)
"""What is compared with names as sources spell them, every space included."""
_INCIDENT = re.compile(r"I-[a-z2-7]{12}")
_REASON = re.compile(ONE_REASON)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Filters:
    """What was chosen, in canonical order; two that mean the same are equal."""

    given: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def parse(cls, pairs: Iterable[tuple[str, str]]) -> "Filters":
        """Return the filters of an address; raises GroundtruceError `query.unknown_key`, `query.bad_value`."""
        found: dict[str, set[str]] = {}
        for key, text in pairs:
            if key not in FILTERS:
                raise GroundtruceError(Problem.QUERY_UNKNOWN_KEY, key=key, known=", ".join(FILTERS))
            if text.strip():
                found.setdefault(key, set()).add(_canonical(FILTERS[key], text))
        for key, values in found.items():
            most = _MOST_VALUES if FILTERS[key].many else 1
            if len(values) > most:
                raise GroundtruceError(
                    Problem.QUERY_BAD_VALUE,
                    key=key,
                    value=", ".join(sorted(values)[: most + 1]),
                    expected=f"{most} of these at most",
                )
        return cls(tuple((key, tuple(sorted(found[key]))) for key in FILTERS if key in found))

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
        """Return these with one more value; one that stands alone is replaced. Raises GroundtruceError."""
        kept = self if FILTERS[key].many else self.minus(key)
        return Filters.parse((*kept.pairs(), (key, value)))

    def minus(self, key: str, value: str | None = None) -> "Filters":
        """Return these without a value, or without all values of the key."""
        return Filters.parse(
            (name, one)
            for name, one in self.pairs()
            if name != key or (value is not None and one != value)
        )


def _canonical(asked: Filter, text: str) -> str:
    """Return a value as it is written; raises GroundtruceError `query.bad_value`."""
    plain = text if asked.content in _AS_GIVEN else " ".join(text.split())
    try:
        return _read(asked, plain)
    except ValueError:
        raise GroundtruceError(
            Problem.QUERY_BAD_VALUE,
            key=asked.key,
            value=text[:_LONGEST_SEARCH],
            expected=asked.content.value,
        ) from None


def _read(asked: Filter, text: str) -> str:
    """Return the canonical text of a value; raises ValueError."""
    if asked.vocabulary is not None:
        return _one_of((UNKNOWN, *vocabulary(asked.vocabulary)), text)
    return _READ[asked.content](text)


def _one_of(known: Iterable[str], text: str) -> str:
    if text not in known:
        raise ValueError(text)
    return text


def _readable(text: str, longest: int) -> str:
    """Refuse signs that control a machine; those that control how letters join are part of a text."""
    if len(text) > longest or any(category(sign) in _CONTROL for sign in text):
        raise ValueError(text)
    return text


def _whole_number(text: str) -> str:
    if not (text.isascii() and text.isdigit() and int(text) <= _MOST_KILLED):
        raise ValueError(text)
    return str(int(text))


def _incident(text: str) -> str:
    if not _INCIDENT.fullmatch(text):
        raise ValueError(text)
    return text


def _reason(text: str) -> str:
    if not _REASON.fullmatch(text):
        raise ValueError(text)
    return _readable(text, _LONGEST_NAME)


def _day(text: str) -> str:
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    found = date.fromisoformat(text)
    if not EARLIEST.date() <= found < LATEST.date():
        raise ValueError(text)
    return found.isoformat()


_READ: dict[FilterContent, Callable[[str], str]] = {
    FilterContent.NAME: lambda text: _readable(text, _LONGEST_NAME),
    FilterContent.TEXT: lambda text: _readable(text, _LONGEST_SEARCH),
    FilterContent.BOX: lambda text: str(Box.parse(text)),
    FilterContent.DAY: _day,
    FilterContent.WHOLE_NUMBER: _whole_number,
    FilterContent.VERDICT: lambda text: _one_of(VERDICTS, text),
    FilterContent.YES_NO: lambda text: _one_of(("yes", "no"), text),
    FilterContent.REASON: _reason,
    FilterContent.FIELD: lambda text: _one_of((*CONTRADICTIONS, ANY), text),
    FilterContent.INCIDENT: _incident,
}
