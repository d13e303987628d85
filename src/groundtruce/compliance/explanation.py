"""Explanation: the tree of conditions that decided one verdict, with the answer to each question.

* A branch is one of the four conditions of a rule; its leaves are the atoms, each with its value, the clause, and the
  paragraph that the clause cites. At most twelve leaves are kept: those that decided come first.
* The words are made by `publish.words`, in each language.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from groundtruce.agreement.condition import Atom, Condition, evaluate, list_atoms
from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.assess import assess_facts
from groundtruce.compliance.questions.answers import Facts
from groundtruce.compliance.rule import Rule, derive_rules
from groundtruce.model.code import Verdict
from groundtruce.model.table import INCIDENTS

__all__ = ["MOST_LEAVES", "Branch", "BranchKind", "Explanation", "ExplanationLeaf", "explain"]

MOST_LEAVES = 12


class BranchKind(StrEnum):
    """What a branch asks."""

    ACT = "act"
    TIME = "time"
    PLACE = "place"
    CONDITION = "condition"
    BOUND = "bound"
    EXEMPT = "exempt"
    EXCEPTION = "exception"


@dataclass(frozen=True, slots=True)
class ExplanationLeaf:
    """A question and its answer: yes, no, or None for unknown."""

    atom: Atom
    value: bool | None


@dataclass(frozen=True, slots=True)
class Branch:
    """A condition, whether it holds, and the questions in it; `name` is that of an exception."""

    kind: BranchKind
    name: str
    condition: Condition
    value: bool | None
    leaves: tuple[ExplanationLeaf, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a clause came to a verdict on an incident; one list of branches for each reading."""

    incident_id: str
    clause_id: str
    cite: str
    verdict: Verdict
    reasons: str
    breach_probability: float | None
    agreement_version: str
    readings: tuple[tuple[str, tuple[Branch, ...]], ...]


def explain(
    incidents: pl.DataFrame,
    agreement: Agreement,
    incident_id: str,
    assessments: pl.DataFrame | None = None,
) -> list[Explanation]:
    """Return the explanations of one incident, one for each assessed clause; raises KeyError if it is not there.

    All incidents are given because earlier ones may make an act a reply; `assessments`, where they were made, need
    not be made again.
    """
    position = incidents["incident_id"].index_of(incident_id)
    if position is None:
        raise KeyError(incident_id)
    facts = Facts(incidents.select(INCIDENTS.names), agreement)
    rules = derive_rules(agreement)
    if assessments is None:
        assessments = assess_facts(facts, agreement)
    rows = assessments.filter(pl.col("incident_id") == incident_id)
    return [
        Explanation(
            incident_id=incident_id,
            clause_id=row["clause_id"],
            cite=agreement.clause(row["clause_id"]).cite,
            verdict=Verdict(row["verdict"]),
            reasons=row["reasons"] or "",
            breach_probability=row["breach_probability"],
            agreement_version=row["agreement_version"],
            readings=tuple(
                (
                    " ".join(filter(None, (rule.start, rule.reading))),
                    _branches(rule, facts, position),
                )
                for rule in rules
                if rule.clause.id == row["clause_id"]
            ),
        )
        for row in rows.iter_rows(named=True)
    ]


def _branches(rule: Rule, facts: Facts, position: int) -> tuple[Branch, ...]:
    """Return the branches in the order in which they decide, with the leaves that fit."""
    known = {atom: facts.answer(atom).value[position] for atom in rule.atoms}
    answered = {atom: value for atom, value in known.items() if value is not None}
    branches = []
    left = MOST_LEAVES
    for kind, name, condition in _conditions(rule):
        value = evaluate(condition, answered)
        # what agrees with the outcome of the condition decided it
        asked = sorted(list_atoms(condition), key=lambda atom: known[atom] is not value)
        leaves = tuple(ExplanationLeaf(atom, known[atom]) for atom in asked[:left])
        left -= len(leaves)
        branches.append(Branch(kind, name, condition, value, leaves))
    return tuple(branches)


def _conditions(rule: Rule) -> Iterator[tuple[BranchKind, str, Condition]]:
    """Yield the conditions of a rule in the order in which they decide."""
    for part in (*rule.scope, *rule.bound):
        yield BranchKind(part.kind.value), "", part.condition
    if rule.exempt:
        yield BranchKind.EXEMPT, "", rule.is_exempt
    for exception in rule.exceptions:
        yield BranchKind.EXCEPTION, exception.id, exception.condition
