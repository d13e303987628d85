"""Filters that ask with yes or no: is it corroborated, is its place known."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from groundtruce.database.columnar.columns import Columns
from groundtruce.database.filters.facet_value import Facet, rank_values
from groundtruce.database.filters.filter import FacetFilter, Given, Parameters, Scope, squeeze
from groundtruce.database.filters.mask import Mask, Masks
from groundtruce.language.prose import answer
from groundtruce.language.words import Words
from groundtruce.model.message import translatable as _

__all__ = ["CorroboratedFilter", "PlacedFilter"]

_YES, _NO = "yes", "no"
_CORROBORATED = 2
"""Independent groups of sources from which on an incident counts as corroborated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _YesNoFilter(FacetFilter):
    """A question; every incident has an answer to it."""

    form: str = _("yes or no")
    example: str = _YES

    @property
    def schema(self) -> Mapping[str, object]:
        """The two answers."""
        return {"type": "string", "enum": [_YES, _NO]}

    def parse(self, text: str) -> str:
        """Return yes or no."""
        value = squeeze(text)
        if value not in (_YES, _NO):
            raise ValueError(text)
        return value

    @staticmethod
    @abstractmethod
    def holds(columns: Columns) -> Mask:
        """Return for which incidents the answer is yes."""

    def mask(self, scope: Scope, values: tuple[str, ...]) -> Mask:
        """Return which incidents have the answer."""
        mask = self.holds(scope.columns)
        return mask if values[0] == _YES else ~mask

    def phrase(self, words: Words, value: str) -> str:
        """Return the answer."""
        return answer(words, value == _YES)

    def facet(self, masks: Masks, given: Given) -> Facet:
        """Count both answers."""
        selection = masks.all_but(self.key)
        mask = self.holds(selection.columns)
        yes = int(np.count_nonzero(mask if selection.mask is None else mask & selection.mask))
        return rank_values(self.key, {_YES: yes, _NO: selection.count - yes}, selection)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorroboratedFilter(_YesNoFilter):
    """Whether two independent groups of sources or more report it."""

    @staticmethod
    def holds(columns: Columns) -> Mask:
        """Return which are corroborated."""
        return columns.n_independent >= _CORROBORATED

    def sql(self, parameters: Parameters, values: tuple[str, ...]) -> str:
        """Return the same."""
        return f"n_independent {'>=' if values[0] == _YES else '<'} {_CORROBORATED}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFilter(_YesNoFilter):
    """Whether it has coordinates."""

    @staticmethod
    def holds(columns: Columns) -> Mask:
        """Return which have coordinates."""
        return ~np.isnan(columns.lon)

    def sql(self, parameters: Parameters, values: tuple[str, ...]) -> str:
        """Return the same."""
        return f"lat IS {'NOT NULL' if values[0] == _YES else 'NULL'}"
