"""The vocabularies of the event lexicon: codes with labels and definitions in three languages.

* Codes are lower-case and dotted; `fire` is the parent of `fire.mortar` and a valid, less precise answer.
* The lists are data, `model/lexicon/*.yaml`; a code is never re-used with another meaning.

>>> kinds = vocabulary(VocabularyName.KIND)
>>> kinds["fire.mortar"].parent
'fire'
>>> covers("fire", "fire.mortar"), covers("fire.mortar", "fire")
(True, False)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

import yaml

from groundtruce.model.code import Language

__all__ = ["LexiconEntry", "VocabularyName", "agrees", "covers", "load_vocabulary"]


class VocabularyName(StrEnum):
    """The name of a vocabulary, which is the name of its file."""

    ACCESS = "access"
    CASUALTY = "casualty"
    KIND = "kind"
    MEANS = "means"
    PHASE = "phase"
    PHENOMENON = "phenomenon"
    SOURCE_KIND = "source_kind"
    TARGET = "target"
    TIME_PRECISION = "time_precision"
    UNIT = "unit"
    WEAPON = "weapon"


@dataclass(frozen=True, slots=True, kw_only=True)
class LexiconEntry:
    """One code. `unit` (what a count of it counts) and `basis` stand with kinds only.

    `includes` are codes of its own level that it sums up: shelling may be mortar fire.
    """

    code: str
    label: Mapping[Language, str]
    definition: Mapping[Language, str]
    unit: str | None
    basis: str | None
    includes: tuple[str, ...]

    @property
    def parent(self) -> str | None:
        """The code one level up, or None for a family."""
        head, dot, _ = self.code.rpartition(".")
        return head if dot else None


@cache
def load_vocabulary(name: VocabularyName) -> Mapping[str, LexiconEntry]:
    """Return a vocabulary, code to entry, in the order of its file."""
    path = files("groundtruce.model") / "lexicon" / f"{name}.yaml"
    rows = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    return {row["code"]: _entry(row) for row in rows}


def _entry(row: Mapping[str, object]) -> LexiconEntry:
    return LexiconEntry(
        code=str(row["code"]),
        label=_texts(row["label"]),
        definition=_texts(row["definition"]),
        unit=str(row["unit"]) if "unit" in row else None,
        basis=str(row["basis"]) if "basis" in row else None,
        includes=_codes(row.get("includes", [])),
    )


def _codes(value: object) -> tuple[str, ...]:
    assert isinstance(value, list)
    return tuple(str(code) for code in value)


def _texts(value: object) -> Mapping[Language, str]:
    assert isinstance(value, dict)
    return {language: str(value[language.value]) for language in Language}


def covers(general: str, code: str) -> bool:
    """Return whether `code` is `general` or lies below it."""
    return code == general or code.startswith(general + ".")


def agrees(name: VocabularyName, first: str, second: str) -> bool:
    """Return whether two codes can describe one thing: one covers or includes the other.

    >>> agrees(VocabularyName.KIND, "fire.shelling", "fire.mortar")
    True
    >>> agrees(VocabularyName.KIND, "fire.tank", "fire.mortar")
    False
    """
    return _sums_up(name, first, second) or _sums_up(name, second, first)


def _sums_up(name: VocabularyName, general: str, code: str) -> bool:
    included = load_vocabulary(name)[general].includes
    return covers(general, code) or any(covers(member, code) for member in included)
