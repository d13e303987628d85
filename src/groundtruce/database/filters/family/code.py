"""Filters by a code of the lexicon: a parent code covers all below it."""

from collections.abc import Mapping
from dataclasses import dataclass

from groundtruce.database.filters.facet_value import Facet, add_up, count_values, rank_values
from groundtruce.database.filters.filter import FacetFilter, Given, Parameters, Scope, squeeze
from groundtruce.database.filters.mask import Mask, Masks
from groundtruce.language.words import Words
from groundtruce.model.code import UNKNOWN
from groundtruce.model.message import translatable as _
from groundtruce.model.vocabulary import VocabularyName, covers, load_vocabulary

__all__ = ["CodeFilter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFilter(FacetFilter):
    """A column of codes of one vocabulary, which has the name of its key."""

    vocabulary: VocabularyName
    meaning: str = "a parent code covers all below it"
    form: str = _("a code of the lexicon, or unknown")
    many: bool = True

    @property
    def schema(self) -> Mapping[str, object]:
        """Every code, and unknown."""
        return {"type": "string", "enum": [*load_vocabulary(self.vocabulary), UNKNOWN]}

    @property
    def vocabulary_name(self) -> str | None:
        """The name of its vocabulary."""
        return self.vocabulary.value

    def parse(self, text: str) -> str:
        """Return a code that the vocabulary has."""
        code = squeeze(text)
        if code != UNKNOWN and code not in load_vocabulary(self.vocabulary):
            raise ValueError(text)
        return code

    def mask(self, scope: Scope, values: tuple[str, ...]) -> Mask:
        """Return which incidents have a code that one of the values covers."""

        def holds(code: str | None) -> bool:
            return any(
                code is None if value == UNKNOWN else code is not None and covers(value, code)
                for value in values
            )

        return scope.columns.text_column(self.key).choose(holds)

    def sql(self, parameters: Parameters, values: tuple[str, ...]) -> str:
        """Return the same: what is below a code sorts from its dot to the next sign after a dot."""
        column, bind = self.key, parameters.bind
        parts = [
            f"{column} = {bind(code)} OR "
            f"({column} >= {bind(code + '.')} AND {column} < {bind(code + '/')})"
            for code in values
        ]
        return " OR ".join((*parts, *([f"{column} IS NULL"] if UNKNOWN in values else [])))

    def phrase(self, words: Words, value: str) -> str:
        """Return the label of a code."""
        return words.say("not known") if value == UNKNOWN else words.label(self.key, value)

    def facet(self, masks: Masks, given: Given) -> Facet:
        """Count each code with all below it."""
        selection = masks.all_but(self.key)
        counts = count_values(selection, selection.columns.text_column(self.key))
        return rank_values(self.key, add_up(counts, _with_parents), selection)


def _with_parents(code: str | None) -> list[str]:
    """Return a code with all above it."""
    if code is None:
        return [UNKNOWN]
    parts = code.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
