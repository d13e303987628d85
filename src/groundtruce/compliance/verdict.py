"""Decisions: the verdict of a rule from its four conditions, as a Polars expression and as SQL.

The order is that of `compliance.rule`; every engine decides alike because all read the same conditions. Yes, no and
unknown follow Kleene's strong three-valued logic (Introduction to Metamathematics, 1952, § 64), as NULL does in SQL.
"""

from collections.abc import Callable

import polars as pl

from groundtruce.agreement.condition import Atom
from groundtruce.compliance.expression import polars_of, sql_of
from groundtruce.compliance.rule import Rule
from groundtruce.model.code import Verdict

__all__ = ["VERDICTS", "decide", "decide_sql"]

VERDICTS = tuple(Verdict)
"""A verdict is kept as its place in this order."""

_CODE = {verdict: number for number, verdict in enumerate(VERDICTS)}


def decide(rule: Rule, column: Callable[[Atom], pl.Expr]) -> pl.Expr:
    """Return the place of the verdict in `VERDICTS` (UInt8), from Boolean columns in which null is unknown."""
    scope, bound = polars_of(rule.in_scope, column), polars_of(rule.is_bound, column)
    exempt, excepted = polars_of(rule.is_exempt, column), polars_of(rule.is_excepted, column)
    in_scope, out = _yes(scope), _no(scope)
    is_exempt = _yes(exempt)
    binding = _yes(bound) & _no(exempt)
    outside = out | (_no(bound) & ~is_exempt)
    left_out = is_exempt | (in_scope & binding & _yes(excepted))
    breach = in_scope & binding & _no(excepted)
    return (
        pl.when(outside)
        .then(pl.lit(_CODE[Verdict.NO_BREACH], pl.UInt8))
        .when(left_out)
        .then(pl.lit(_CODE[Verdict.EXEMPT], pl.UInt8))
        .when(breach)
        .then(pl.lit(_CODE[Verdict.BREACH], pl.UInt8))
        .otherwise(pl.lit(_CODE[Verdict.NOT_DETERMINABLE], pl.UInt8))
    )


def _yes(condition: pl.Expr) -> pl.Expr:
    return condition.fill_null(value=False)


def _no(condition: pl.Expr) -> pl.Expr:
    return ~condition.fill_null(value=True)


def decide_sql(rule: Rule, column: Callable[[Atom], str]) -> str:
    """Return the same as a SQL expression over BOOLEAN columns, as text: `breach` and so on."""
    scope, bound = sql_of(rule.in_scope, column), sql_of(rule.is_bound, column)
    exempt, excepted = sql_of(rule.is_exempt, column), sql_of(rule.is_excepted, column)
    return (
        "CASE"
        f" WHEN {scope} IS FALSE OR ({bound} IS FALSE AND {exempt} IS NOT TRUE)"
        f" THEN '{Verdict.NO_BREACH}'"
        f" WHEN {exempt} IS TRUE THEN '{Verdict.EXEMPT}'"
        f" WHEN {scope} IS TRUE AND {bound} IS TRUE AND {exempt} IS FALSE AND {excepted} IS TRUE"
        f" THEN '{Verdict.EXEMPT}'"
        f" WHEN {scope} IS TRUE AND {bound} IS TRUE AND {exempt} IS FALSE AND {excepted} IS FALSE"
        f" THEN '{Verdict.BREACH}'"
        f" ELSE '{Verdict.NOT_DETERMINABLE}' END"
    )
