"""Filters by a day of the agreement's zone: from it, to it, perhaps on it."""

import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from groundtruce.database.filters.filter import Filter, Parameters, Scope, squeeze
from groundtruce.database.filters.mask import Mask
from groundtruce.day.dating import to_day_number
from groundtruce.language.words import Words
from groundtruce.model.instant import EARLIEST, LATEST
from groundtruce.model.message import translatable as _

__all__ = ["FromDayFilter", "PerhapsOnDayFilter", "ToDayFilter"]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _DayFilter(Filter):
    """A day; an incident has a first and a last one, either of which may be unknown."""

    form: str = _("a day from 1989 to 2099, as 2016-03-04")
    example: str = "2016-03-04"

    @property
    def schema(self) -> Mapping[str, object]:
        """A date."""
        return {"type": "string", "format": "date"}

    def parse(self, text: str) -> str:
        """Return a day as ISO 8601 writes it."""
        day_text = squeeze(text)
        if not _DAY.fullmatch(day_text):
            raise ValueError(text)
        day = date.fromisoformat(day_text)
        if not EARLIEST.date() <= day < LATEST.date():
            raise ValueError(text)
        return day.isoformat()

    def mask(self, scope: Scope, values: tuple[str, ...]) -> Mask:
        """Return which incidents the day chooses."""
        return self._mask(scope, to_day_number(date.fromisoformat(values[0])))

    @abstractmethod
    def _mask(self, scope: Scope, day: int) -> Mask:
        """Return which incidents the day chooses, as a number."""

    def phrase(self, words: Words, value: str) -> str:
        """Return a day with the name of its month."""
        return words.day(date.fromisoformat(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class FromDayFilter(_DayFilter):
    """The whole stated time is on or after the day."""

    def _mask(self, scope: Scope, day: int) -> Mask:
        return scope.columns.first_day >= day

    def sql(self, parameters: Parameters, values: tuple[str, ...]) -> str:
        """Return the same."""
        return f"first_day >= {parameters.bind(values[0])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDayFilter(_DayFilter):
    """The whole stated time is on or before the day."""

    def _mask(self, scope: Scope, day: int) -> Mask:
        return scope.columns.last_day <= day

    def sql(self, parameters: Parameters, values: tuple[str, ...]) -> str:
        """Return the same."""
        return f"last_day <= {parameters.bind(values[0])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PerhapsOnDayFilter(_DayFilter):
    """The stated time touches the day; an unknown bound may be anywhere."""

    def _mask(self, scope: Scope, day: int) -> Mask:
        columns = scope.columns
        return (columns.first_day <= day) & (columns.last_day >= day)

    def sql(self, parameters: Parameters, values: tuple[str, ...]) -> str:
        """Return the same."""
        day = parameters.bind(values[0])
        return (
            f"(first_day IS NULL OR first_day <= {day}) AND (last_day IS NULL OR last_day >= {day})"
        )
