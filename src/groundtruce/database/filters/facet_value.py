"""How many incidents each value of a key would choose: the values of a facet, counted over the codes of a column."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from groundtruce.database.filters.mask import Selection
from groundtruce.model.coded import Coded

__all__ = ["Facet", "FacetValue", "add_up", "count_values", "rank_values"]

Value = TypeVar("Value")


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


def count_values(selection: Selection, column: Coded[Value]) -> Iterable[tuple[Value | None, int]]:
    """Return each value of a column that a chosen incident has, and how many have it."""
    return column.tally(selection.mask).items()


def add_up(
    counts: Iterable[tuple[Value | None, int]], keys: Callable[[Value | None], Iterable[str]]
) -> dict[str, int]:
    """Add up the counts of values by the keys that each of them has."""
    totals: dict[str, int] = {}
    for value, count in counts:
        for key in keys(value):
            totals[key] = totals.get(key, 0) + count
    return totals


def rank_values(key: str, totals: Mapping[str, int], selection: Selection) -> Facet:
    """Return a facet, the values with most incidents first; those without any are left out."""
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    values = tuple(FacetValue(*item) for item in ranked if item[1])
    return Facet(key, values, selection.at_least)
