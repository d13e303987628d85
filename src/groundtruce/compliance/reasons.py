"""Because: the reasons of a verdict, from the atoms that decided it, and the probability of breach where it is open.

* No breach: the first part that does not hold, in the order act, time, place, condition, standing.
* Exempt: who is left out, or which exception holds. Breach: who did it to whom.
* Not determinable: everything unknown that keeps the verdict open, each reason once.
"""

from collections.abc import Callable

import polars as pl

from groundtruce.agreement.condition import (
    All,
    AnyOf,
    Atom,
    Condition,
    Not,
    list_atoms,
    list_occurrences,
)
from groundtruce.agreement.terms import Protected
from groundtruce.compliance.expression import polars_of, probability_of
from groundtruce.compliance.reason_code import (
    ReasonCode,
    concat_reasons,
    join_reason_columns,
    reason_column,
    reason_literal,
)
from groundtruce.compliance.rule import PartKind, Rule, RulePart
from groundtruce.model.code import Verdict

__all__ = ["breach_probability", "explain_verdict"]

Column = Callable[[Atom], pl.Expr]
Text = Callable[[Atom], pl.Expr]
_ACTS = {"kind", "weapon", "target", "by", "against"}


def explain_verdict(
    rule: Rule, verdict: Verdict, value: Column, no: Text, unknown: Text
) -> pl.Expr:
    """Return the reasons as text, for rows that all have the verdict; `value` is the answer to an atom."""
    match verdict:
        case Verdict.BREACH:
            return _breach(rule)
        case Verdict.NO_BREACH:
            return _no_breach(rule, value, no)
        case Verdict.EXEMPT:
            return _exempt(rule, value)
        case Verdict.NOT_DETERMINABLE:
            return _open(rule, value, unknown)


def breach_probability(rule: Rule, value: Column, share: Column) -> pl.Expr:
    """Return the probability that it is a breach, taking atoms to be independent; null where it cannot be known."""
    whole = All(
        (
            rule.in_scope,
            rule.is_bound,
            Not(rule.is_exempt),
            Not(rule.is_excepted),
        )
    )
    occurrences = list_occurrences(whole)
    if len(set(occurrences)) != len(occurrences):
        return pl.lit(None, pl.Float64)

    def chance(atom: Atom) -> pl.Expr:
        known = value(atom)
        return pl.when(known).then(1.0).when(~known).then(0.0).otherwise(share(atom))

    return probability_of(whole, chance)


def _no_breach(rule: Rule, value: Column, no: Text) -> pl.Expr:
    """Return the reason of the first part that does not hold."""
    text = pl.lit(None, pl.String)
    for part in reversed((*rule.scope, *rule.bound)):
        failed = ~polars_of(part.condition, value).fill_null(value=True)
        text = pl.when(failed).then(_why_not(part, no)).otherwise(text)
    return text


def _why_not(part: RulePart, no: Text) -> pl.Expr:
    """Return the reason for which one part does not hold."""
    if isinstance(part.condition, Atom):
        return no(part.condition)
    asked = list_atoms(part.condition)
    if part.kind is PartKind.PLACE and not _has_not(part.condition):
        return reason_literal(ReasonCode.OUTSIDE_AREA)
    if any(atom.name in _ACTS or atom.comparison for atom in asked) and not _has_not(
        part.condition
    ):
        return reason_column(ReasonCode.ACT_NOT_COVERED, pl.coalesce("weapon", "kind"))
    return reason_literal(ReasonCode.CONDITION_NOT_MET, str(part.condition))


def _has_not(condition: Condition) -> bool:
    match condition:
        case Not():
            return True
        case All(parts) | AnyOf(parts):
            return any(map(_has_not, parts))
    return False


def _exempt(rule: Rule, value: Column) -> pl.Expr:
    """Return which side is exempt, else which exception holds."""
    text = pl.lit(None, pl.String)
    for exception in reversed(rule.exceptions):
        holds = polars_of(exception.condition, value).fill_null(value=False)
        permitted = reason_literal(ReasonCode.PERMISSION, exception.id)
        text = pl.when(holds).then(permitted).otherwise(text)
    for atom in reversed(rule.exempt):
        target = atom.arguments[0] == "target"
        code = ReasonCode.EXEMPT_TARGET if target else ReasonCode.EXEMPT_ACTOR
        # of the two sides of a fight without an author, the exempt one is said to be the target
        side = "on" if target else "by"
        label = pl.col(f"{side}_label")
        fight = pl.col("undirected")
        named = pl.when(fight).then(reason_column(ReasonCode.EXEMPT_TARGET, label))
        # who is recorded as associated with the exempt may have no name
        shown = pl.coalesce(named.otherwise(reason_column(code, label)), reason_literal(code))
        text = pl.when(value(atom).fill_null(value=False)).then(shown).otherwise(text)
    return text


def _breach(rule: Rule) -> pl.Expr:
    """Return who did it and to whom."""
    act = rule.clause.act
    assert act is not None
    undirected = pl.when(pl.col("undirected")).then(
        concat_reasons(
            reason_literal(ReasonCode.AUTHOR_UNDETERMINED),
            reason_column(ReasonCode.BY, pl.col("by_label") + ", " + pl.col("on_label")),
        )
    )
    named = reason_column(ReasonCode.BY, pl.col("by_label"))
    if act.against is Protected.PARTIES:
        against = reason_column(ReasonCode.AGAINST, pl.col("on_label"))
    elif act.against is Protected.CIVILIANS:
        against = reason_column(ReasonCode.AGAINST, pl.coalesce("target", pl.lit("civilian")))
    else:
        against = pl.lit(None, pl.String)
    return undirected.otherwise(concat_reasons(named, against))


def _open(rule: Rule, value: Column, unknown: Text) -> pl.Expr:
    """Return all unknowns that keep the verdict open."""
    texts: list[pl.Expr] = []
    for part in rule.scope:
        texts += _unknowns(part.condition, value, unknown)
    # the exemption of an unknown side is as open as its standing, and has the same reason
    for part in rule.bound:
        texts += _unknowns(part.condition, value, unknown)
    possibly_bound = ~polars_of(rule.is_bound, value).eq_missing(other=False)
    for atom in rule.exempt:
        texts.append(pl.when(value(atom).is_null() & possibly_bound).then(unknown(atom)))
    for exception in rule.exceptions:
        may_hold = polars_of(exception.condition, value).is_null()
        texts.append(pl.when(may_hold).then(reason_literal(ReasonCode.POSSIBLE, exception.id)))
        texts += _unknowns(exception.condition, value, unknown)
    return join_reason_columns(
        [*texts, reason_column(ReasonCode.ACCESS_DENIED, pl.col("fact_access_denied"))]
    )


def _unknowns(condition: Condition, value: Column, unknown: Text) -> list[pl.Expr]:
    """Return the reasons of the unknown atoms, where they keep the condition open."""
    still_open = polars_of(condition, value).is_null()
    return [
        pl.when(still_open & value(atom).is_null()).then(unknown(atom))
        for atom in list_atoms(condition)
    ]
