"""The filter by words in what is written about an incident: looked up in the database, once for each view."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.columns import Whole
from groundtruce.database.filters.filter import (
    Filter,
    Parameters,
    Scope,
    demand_readable,
    squeeze,
)
from groundtruce.database.filters.mask import Mask
from groundtruce.database.load.search_text import fold_text
from groundtruce.language.words import Words
from groundtruce.model.message import translatable as _

__all__ = ["MOST_FOUND", "TextFilter"]

MOST_FOUND = 2_000_000
"""Incidents with the words of a search that are taken: reading a million numbers lasts some 0.2 s."""

_LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFilter(Filter):
    """Words that all have to be there; where too many incidents have them, those taken are the least."""

    form: str = _("words of at most 200 characters in all")
    example: str = "market"

    @property
    def schema(self) -> Mapping[str, object]:
        """A text of limited length."""
        return {"type": "string", "maxLength": _LONGEST_SEARCH}

    def parse(self, text: str) -> str:
        """Return the words with single spaces."""
        return demand_readable(squeeze(text), _LONGEST_SEARCH)

    def mask(self, scope: Scope, values: tuple[str, ...]) -> Mask:
        """Return which incidents have the words, as far as they are taken."""
        words, columns = fold_text(values[0]), scope.columns
        mask = columns.sought.get(words)
        if mask is None:
            mask = columns.sought[words] = columns.mark_numbers(_look_up(scope.database, words))
        return mask

    def is_cut(self, mask: Mask) -> bool:
        """Return whether there may be more of them."""
        return int(np.count_nonzero(mask)) > MOST_FOUND

    def sql(self, parameters: Parameters, values: tuple[str, ...]) -> str:
        """Return the same; a text without a word chooses nothing."""
        words = fold_text(values[0])
        parameters.values["words"] = parameters.dialect.write_words(words)
        return parameters.dialect.match_words() if words else "1 = 0 AND :words = ''"

    def phrase(self, words: Words, value: str) -> str:
        """Return the words as they were written."""
        return value


def _look_up(database: Database, words: str) -> Whole:
    """Return the numbers of the incidents with some words, a few more than are taken at most."""
    if not words:
        return np.empty(0, np.int64)
    dialect = database.dialect
    rows = database.rows(
        f"SELECT {dialect.concatenate('number')} AS numbers FROM "
        f"({dialect.numbers_with_words} LIMIT :most) AS found",
        {"words": dialect.write_words(words), "most": MOST_FOUND + 1},
    )
    return np.fromstring(rows[0]["numbers"] or "", np.int64, sep=",")
