"""Conditions as the engines compute them: one tree becomes a Polars expression, SQL of DuckDB, or a probability.

* The caller says which column answers an atom: yes, no, or null for unknown.
* Polars and SQL have the logic of `agreement.condition` built in: null takes part as unknown, so that nothing is
  translated twice.
* A probability takes the atoms to be independent of each other. That holds for place, time and author of one incident,
  and not where one atom stands twice; such a condition is refused.
"""

from collections.abc import Callable
from functools import reduce
from operator import and_, mul, or_

import polars as pl

from groundtruce.agreement.condition import (
    All,
    AnyOf,
    Atom,
    Condition,
    Constant,
    Not,
    list_occurrences,
)

__all__ = ["polars_of", "probability_of", "sql_of"]


def polars_of(condition: Condition, column: Callable[[Atom], pl.Expr]) -> pl.Expr:
    """Return the condition as an expression of Boolean columns; null is unknown."""
    match condition:
        case Atom():
            return column(condition)
        case Constant(value):
            return pl.lit(value)
        case Not(part):
            return ~polars_of(part, column)
        case All(parts):
            return reduce(and_, [polars_of(part, column) for part in parts])
        case AnyOf(parts):
            return reduce(or_, [polars_of(part, column) for part in parts])


def sql_of(condition: Condition, column: Callable[[Atom], str]) -> str:
    """Return the condition as a SQL expression of BOOLEAN columns; NULL is unknown."""
    match condition:
        case Atom():
            return column(condition)
        case Constant(value):
            return str(value).upper()
        case Not(part):
            return f"(NOT {sql_of(part, column)})"
        case All(parts):
            return f"({' AND '.join(sql_of(part, column) for part in parts)})"
        case AnyOf(parts):
            return f"({' OR '.join(sql_of(part, column) for part in parts)})"


def probability_of(condition: Condition, column: Callable[[Atom], pl.Expr]) -> pl.Expr:
    """Return the probability that the condition holds, from columns with that of each atom; null stays null.

    Raises ValueError for a condition in which an atom stands twice.
    """
    occurrences = list_occurrences(condition)
    twice = next((atom for atom in occurrences if occurrences.count(atom) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice} stands twice")
    return _probability(condition, column)


def _probability(condition: Condition, column: Callable[[Atom], pl.Expr]) -> pl.Expr:
    """Return the probability of a condition in which no atom occurs twice."""
    match condition:
        case Atom():
            return column(condition)
        case Constant(value):
            return pl.lit(float(value))
        case Not(part):
            return 1.0 - _probability(part, column)
        case All(parts):
            return reduce(mul, [_probability(part, column) for part in parts])
        case AnyOf(parts):
            return 1.0 - reduce(mul, [1.0 - _probability(part, column) for part in parts])
