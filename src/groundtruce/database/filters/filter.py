"""A filter: one object that reads its values from an address, chooses by them in memory and in SQL, and says them.

* A family of filters is a class in a module of `family`; `registry` lists every filter.
* The mask and the SQL of a filter choose the same incidents; a test compares both with plain Python.
* What is certain is chosen: a day, a place or a number of killed counts only where the whole stated range lies within.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from unicodedata import category

from groundtruce.database.backend.dialect import Dialect
from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.columns import Columns
from groundtruce.database.filters.facet_value import Facet
from groundtruce.database.filters.mask import Mask, Masks
from groundtruce.language.words import Words

__all__ = [
    "FacetFilter",
    "Filter",
    "Given",
    "Parameters",
    "Scope",
    "demand_readable",
    "squeeze",
]

Given = Mapping[str, tuple[str, ...]]
"""The values that an address gives, by the key of their filter."""

_CONTROL = ("Cc", "Cs")
"""The categories of signs that control a machine; those that control how letters join (Cf) are part of a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a mask is made over: the incidents of a view in memory, the database they are of, and all that is given."""

    database: Database
    columns: Columns
    given: Given


@dataclass(slots=True, kw_only=True)
class Parameters:
    """The parameters of a query while it is written: each value gets a name."""

    dialect: Dialect
    given: Given
    values: dict[str, object] = field(default_factory=dict)

    def bind(self, value: object) -> str:
        """Name a value and return its place in the query."""
        name = f"f{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def bind_all(self, values: Iterable[object]) -> str:
        """Name values and return their places, as a list for IN."""
        return ", ".join(self.bind(value) for value in values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter(ABC):
    """One key of an address; `sentence` says what it asks for, with the phrase of its value filled in."""

    key: str
    label: str
    sentence: str
    meaning: str
    example: str
    form: str
    """What its values look like, for people."""
    many: bool = False
    """Whether several values may be given, of which any will do."""

    @property
    @abstractmethod
    def schema(self) -> Mapping[str, object]:
        """The JSON Schema of one value."""

    @property
    def vocabulary_name(self) -> str | None:
        """The vocabulary of its values, if they are of one."""
        return None

    @abstractmethod
    def parse(self, text: str) -> str:
        """Return a value in its one form; raises ValueError."""

    @abstractmethod
    def mask(self, scope: Scope, values: tuple[str, ...]) -> Mask:
        """Return which incidents any of the values chooses."""

    @abstractmethod
    def sql(self, parameters: Parameters, values: tuple[str, ...]) -> str:
        """Return the same choice as a condition over `incident`."""

    @abstractmethod
    def phrase(self, words: Words, value: str) -> str:
        """Return a value in words."""

    def applies(self, given: Given) -> bool:
        """Return whether it narrows by itself, given the other filters."""
        return True

    def is_cut(self, mask: Mask) -> bool:
        """Return whether its mask may lack some incidents."""
        return False


class FacetFilter(Filter):
    """A filter whose values are few enough to be counted next to a list."""

    __slots__ = ()

    @abstractmethod
    def facet(self, masks: Masks, given: Given) -> Facet:
        """Count its values as if none of its own were chosen."""


def squeeze(text: str) -> str:
    """Return a text without spaces around it and with single ones in it."""
    return " ".join(text.split())


def demand_readable(text: str, longest: int) -> str:
    """Return a text as it is; raises ValueError where it is too long or holds signs that control a machine."""
    if len(text) > longest or any(category(sign) in _CONTROL for sign in text):
        raise ValueError(text)
    return text
