"""Filters by what keeps an incident from being determined, and by what its reports disagree on: lists of codes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from groundtruce.compliance.reason_code import ONE_REASON
from groundtruce.compliance.summary import Names
from groundtruce.database.filters.facet_value import Facet, add_up, count_values, rank_values
from groundtruce.database.filters.family.name import LONGEST_NAME
from groundtruce.database.filters.filter import (
    FacetFilter,
    Given,
    Parameters,
    Scope,
    demand_readable,
    squeeze,
)
from groundtruce.database.filters.mask import Mask, Masks
from groundtruce.language.words import Words
from groundtruce.model.message import translatable as _
from groundtruce.model.text_form import BAR

__all__ = ["ANY", "CONTRADICTIONS", "ContradictionFilter", "ReasonFilter"]

ANY = "any"
"""Chooses a contradiction in whatever field."""

CONTRADICTIONS = ("kind", "weapon", "target", "occurred", "place", "actor", "killed", "injured")
"""The fields on which reports can disagree, as fusion names them."""

_REASON = re.compile(ONE_REASON)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonFilter(FacetFilter):
    """A reason of any clause that is open, of an incident that cannot be determined."""

    key: str = "reason"
    form: str = _("a reason as the tables write it, as missing(actor)")
    example: str = "missing(actor)"
    many: bool = True

    @property
    def schema(self) -> Mapping[str, object]:
        """The pattern of one reason."""
        return {"type": "string", "pattern": f"^{ONE_REASON}$"}

    def parse(self, text: str) -> str:
        """Return one reason, every space included."""
        if not _REASON.fullmatch(text):
            raise ValueError(text)
        return demand_readable(text, LONGEST_NAME)

    def mask(self, scope: Scope, values: tuple[str, ...]) -> Mask:
        """Return which incidents one of the reasons leaves open."""
        wanted = set(values)
        return scope.columns.reasons.choose(lambda reasons: not wanted.isdisjoint(reasons or ()))

    def sql(self, parameters: Parameters, values: tuple[str, ...]) -> str:
        """Return the same."""
        return _lists_one("reasons", parameters, values)

    def phrase(self, words: Words, value: str) -> str:
        """Return a reason as the end of a sentence."""
        return words.reasons(value)

    def facet(self, masks: Masks, given: Given) -> Facet:
        """Count each reason."""
        selection = masks.all_but(self.key)
        counts = count_values(selection, selection.columns.reasons)
        return rank_values(self.key, add_up(counts, lambda reasons: reasons or ()), selection)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContradictionFilter(FacetFilter):
    """A field on which the reports of an incident disagree, or any."""

    key: str = "contradiction"
    form: str = _("a field on which reports can disagree, as kind or occurred, or any")
    example: str = "kind"
    many: bool = True

    @property
    def schema(self) -> Mapping[str, object]:
        """A text."""
        return {"type": "string"}

    def parse(self, text: str) -> str:
        """Return the name of a field."""
        name = squeeze(text)
        if name not in (*CONTRADICTIONS, ANY):
            raise ValueError(text)
        return name

    def mask(self, scope: Scope, values: tuple[str, ...]) -> Mask:
        """Return which incidents have reports that disagree on one of the fields."""
        wanted = set(values)

        def holds(fields: Names | None) -> bool:
            return fields is not None and (ANY in wanted or not wanted.isdisjoint(fields))

        return scope.columns.contradictions.choose(holds)

    def sql(self, parameters: Parameters, values: tuple[str, ...]) -> str:
        """Return the same."""
        if ANY in values:
            return "contradictions IS NOT NULL"
        return _lists_one("contradictions", parameters, values)

    def phrase(self, words: Words, value: str) -> str:
        """Return the name of a field."""
        return words.say("anything") if value == ANY else words.field(value)

    def facet(self, masks: Masks, given: Given) -> Facet:
        """Count each field, and any of them."""
        selection = masks.all_but(self.key)
        counts = count_values(selection, selection.columns.contradictions)
        totals = add_up(counts, lambda fields: (ANY, *fields) if fields else ())
        return rank_values(self.key, totals, selection)


def _lists_one(column: str, parameters: Parameters, values: tuple[str, ...]) -> str:
    """Return the condition that a column of the database lists one of the values, between its separators."""
    whole = f"'{BAR}' || {column} || '{BAR}'"
    return " OR ".join(
        f"replace({whole}, {parameters.bind(BAR + value + BAR)}, '') <> {whole}" for value in values
    )
