"""The filter by the identifiers of incidents."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from groundtruce.database.columnar.codec import parse_id
from groundtruce.database.filters.filter import Filter, Parameters, Scope, squeeze
from groundtruce.database.filters.mask import Mask
from groundtruce.language.words import Words
from groundtruce.model.message import translatable as _

__all__ = ["IncidentFilter"]

_ID = "I-[a-z2-7]{12}"
_INCIDENT = re.compile(_ID)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilter(Filter):
    """These incidents only."""

    form: str = _("identifiers of incidents, as I-abcdefghijkl")
    example: str = "I-abcdefghijkl"
    many: bool = True

    @property
    def schema(self) -> Mapping[str, object]:
        """The pattern of an identifier."""
        return {"type": "string", "pattern": f"^{_ID}$"}

    def parse(self, text: str) -> str:
        """Return an identifier."""
        identifier = squeeze(text)
        if not _INCIDENT.fullmatch(identifier):
            raise ValueError(text)
        return identifier

    def mask(self, scope: Scope, values: tuple[str, ...]) -> Mask:
        """Return which incidents are named."""
        return scope.columns.mark_numbers(np.array([parse_id(value) for value in values], np.int64))

    def sql(self, parameters: Parameters, values: tuple[str, ...]) -> str:
        """Return the same."""
        return f"incident.number IN ({parameters.bind_all(parse_id(value) for value in values)})"

    def phrase(self, words: Words, value: str) -> str:
        """Return the identifier."""
        return value
