"""Filters as a condition of SQL over `incident`, parameters bound: the same choice as `choose` makes in memory.

It serves what streams rows; what counts and orders them does it in memory.
"""

from dataclasses import dataclass

from groundtruce.database.backend.dialect import Dialect
from groundtruce.database.filters.filter import Parameters
from groundtruce.database.filters.filters import Filters
from groundtruce.database.filters.registry import BY_KEY

__all__ = ["Condition", "write_condition"]


@dataclass(frozen=True, slots=True)
class Condition:
    """What comes after WHERE, and the values of its parameters."""

    sql: str
    values: dict[str, object]


def write_condition(filters: Filters, dialect: Dialect) -> Condition:
    """Return the condition that filters are; without any it always holds."""
    parameters = Parameters(dialect=dialect, given=dict(filters.given))
    parts = [
        BY_KEY[key].sql(parameters, values)
        for key, values in filters.given
        if BY_KEY[key].applies(parameters.given)
    ]
    sql = " AND ".join(f"({part})" for part in parts) or "1 = 1"
    return Condition(sql, parameters.values)
