"""Filters by verdict and by clause; with a clause given, a verdict is that of the clause: the two keys are one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from groundtruce.compliance.summary import ClauseVerdicts
from groundtruce.database.filters.facet_value import (
    Facet,
    FacetValue,
    add_up,
    count_values,
    rank_values,
)
from groundtruce.database.filters.family.name import NameFilter
from groundtruce.database.filters.filter import FacetFilter, Given, Parameters, Scope, squeeze
from groundtruce.database.filters.mask import Mask, Masks
from groundtruce.language.words import Words
from groundtruce.model.code import NOT_ASSESSED, UNKNOWN, VERDICTS, Verdict
from groundtruce.model.message import translatable as _

__all__ = ["ClauseFilter", "VerdictFilter"]

_VERDICT, _CLAUSE = "verdict", "clause"
_COVERED = frozenset({Verdict.BREACH, Verdict.NOT_DETERMINABLE, Verdict.EXEMPT})
"""Verdicts under a clause that say that it covers the act, or may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictFilter(FacetFilter):
    """The verdict of an incident over all clauses."""

    key: str = _VERDICT
    form: str = _("breach, not_determinable, exempt, no_breach or none")
    example: str = "breach"
    many: bool = True

    @property
    def schema(self) -> Mapping[str, object]:
        """A text."""
        return {"type": "string"}

    def applies(self, given: Given) -> bool:
        """Return False where clauses are given: they ask for the verdict then."""
        return not given.get(_CLAUSE)

    def parse(self, text: str) -> str:
        """Return a verdict."""
        verdict = squeeze(text)
        if verdict not in VERDICTS:
            raise ValueError(text)
        return verdict

    def mask(self, scope: Scope, values: tuple[str, ...]) -> Mask:
        """Return which incidents have one of the verdicts."""
        return scope.columns.verdict.choose(lambda verdict: verdict in values)

    def sql(self, parameters: Parameters, values: tuple[str, ...]) -> str:
        """Return the same."""
        return f"verdict IN ({parameters.bind_all(values)})"

    def phrase(self, words: Words, value: str) -> str:
        """Return the name of a verdict."""
        return words.say("Not assessed") if value == NOT_ASSESSED else words.verdict(Verdict(value))

    def facet(self, masks: Masks, given: Given) -> Facet:
        """Count verdicts in their order: of the incident, or of any of the clauses that are given."""
        clauses = given.get(_CLAUSE, ())
        selection = masks.all_but(_VERDICT, _CLAUSE) if clauses else masks.all_but(_VERDICT)

        def under(judged: ClauseVerdicts | None) -> set[str]:
            return {verdict for clause, verdict in judged or () if clause in clauses}

        columns = selection.columns
        totals = (
            add_up(count_values(selection, columns.clauses), under)
            if clauses
            else add_up(count_values(selection, columns.verdict), lambda verdict: [str(verdict)])
        )
        values = [
            FacetValue(verdict, totals[verdict]) for verdict in VERDICTS if totals.get(verdict)
        ]
        return Facet(self.key, tuple(values), selection.at_least)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseFilter(NameFilter, FacetFilter):
    """A clause by which an act is covered, or that has one of the verdicts that are given with it."""

    key: str = _CLAUSE
    example: str = "A7a"

    def mask(self, scope: Scope, values: tuple[str, ...]) -> Mask:
        """Return which incidents have one of the verdicts sought under one of the clauses."""
        sought = _sought(scope.given)

        def holds(judged: ClauseVerdicts | None) -> bool:
            return any(clause in values and verdict in sought for clause, verdict in judged or ())

        return scope.columns.clauses.choose(holds)

    def sql(self, parameters: Parameters, values: tuple[str, ...]) -> str:
        """Return the same, from the table of assessments."""
        return (
            "incident.number IN (SELECT number FROM assessment "
            f"WHERE clause_id IN ({parameters.bind_all(values)}) "
            f"AND verdict IN ({parameters.bind_all(sorted(_sought(parameters.given)))}))"
        )

    def phrase(self, words: Words, value: str) -> str:
        """Return the identifier of a clause with its title, where the agreement has it."""
        if value == UNKNOWN:
            return words.say("not known")
        known = any(clause.id == value for clause in words.agreement.clauses)
        return f"{value} {words.clause(value)}" if known else value

    def facet(self, masks: Masks, given: Given) -> Facet:
        """Count clauses by which an act is covered, or that have the verdicts that are given."""
        sought = _sought(given)
        selection = masks.all_but(_CLAUSE, _VERDICT)

        def covering(judged: ClauseVerdicts | None) -> Iterable[str]:
            return [clause for clause, verdict in judged or () if verdict in sought]

        totals = add_up(count_values(selection, selection.columns.clauses), covering)
        return rank_values(self.key, totals, selection)


def _sought(given: Given) -> frozenset[str]:
    """Return the verdicts under a clause that are asked for: those given, else all by which it covers the act."""
    return frozenset(given.get(_VERDICT, ())) or _COVERED
