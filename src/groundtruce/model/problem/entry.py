"""One entry of the catalogue of problems, and what a command tells the shell."""

from collections.abc import Set
from dataclasses import dataclass
from enum import IntEnum
from string import Formatter

__all__ = ["CatalogueEntry", "ExitStatus"]


class ExitStatus(IntEnum):
    """What a command tells the shell (`docs/reference/problems.md`)."""

    DONE = 0
    QUARANTINED = 1
    UNUSABLE = 2


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """The code of a problem, its sentence and advice with `{slots}` for its parts, and its statuses."""

    code: str
    sentence: str
    advice: str
    http_status: int = 422
    exit_status: ExitStatus = ExitStatus.UNUSABLE

    @property
    def slots(self) -> Set[str]:
        """Names of the parts that its sentence or its advice asks for."""
        return {
            name
            for text in (self.sentence, self.advice)
            for _, name, _, _ in Formatter().parse(text)
            if name
        }
