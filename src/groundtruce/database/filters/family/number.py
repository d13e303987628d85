"""The filter by a number of killed."""

from collections.abc import Mapping
from dataclasses import dataclass

from groundtruce.database.filters.filter import Filter, Parameters, Scope, squeeze
from groundtruce.database.filters.mask import Mask
from groundtruce.language.words import Words
from groundtruce.model.message import translatable as _

__all__ = ["KilledFilter"]

_MOST_KILLED = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KilledFilter(Filter):
    """At least so many killed by the lowest figure of its sources; an unknown figure is not chosen."""

    form: str = _("a whole number from 0 to 10,000,000")
    example: str = "10"

    @property
    def schema(self) -> Mapping[str, object]:
        """A whole number."""
        return {"type": "integer", "minimum": 0, "maximum": _MOST_KILLED}

    def parse(self, text: str) -> str:
        """Return a whole number in European digits."""
        digits = squeeze(text)
        if not (digits.isascii() and digits.isdigit() and int(digits) <= _MOST_KILLED):
            raise ValueError(text)
        return str(int(digits))

    def mask(self, scope: Scope, values: tuple[str, ...]) -> Mask:
        """Return which incidents have at least so many; an unknown figure is below every number."""
        return scope.columns.killed_low >= int(values[0])

    def sql(self, parameters: Parameters, values: tuple[str, ...]) -> str:
        """Return the same."""
        return f"killed_low >= {parameters.bind(int(values[0]))}"

    def phrase(self, words: Words, value: str) -> str:
        """Return the number with the separators of the language."""
        return words.number(int(value))
