"""The steps from links and incidents to every other computed table, each with the tables it needs and gives.

* A step is a pure function of named tables under the terms; it sees the tables that it needs and no others.
* Steps run in their order: what one needs is an input or given by one before it, and no table is given twice.

To compute one more table, declare it in `model/table` and add a step that gives it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.assess import assess
from groundtruce.compliance.obligation import obligations
from groundtruce.model.instant import EARLIEST
from groundtruce.model.table import ASSESSMENTS, INCIDENTS, OBLIGATIONS, Table

__all__ = ["STEPS", "Conditions", "Step", "Tables", "find_as_of", "run_steps", "select_possible"]

Tables = Mapping[Table, pl.DataFrame]
"""Rows by the table that they are of."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The terms that tables are computed under, and the instant as of which."""

    agreement: Agreement
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A pure function from the tables that it needs to those that it gives."""

    name: str
    needs: tuple[Table, ...]
    gives: tuple[Table, ...]
    run: Callable[[Conditions, Tables], Tables]
    by_incident: bool = False
    """Its rows about an incident can be computed from what is about that incident: a live view does so at once."""


def find_as_of(incidents: pl.DataFrame, agreement: Agreement) -> datetime:
    """Return the instant as of which the record speaks: the end of the last incident."""
    last = incidents["occurred_to"].max()
    return last if isinstance(last, datetime) else agreement.in_force_at or EARLIEST


def run_steps(steps: Iterable[Step], conditions: Conditions, given: Tables) -> Tables:
    """Return what the steps give, in their order, from the tables given and those of the steps before.

    Raises KeyError where a step needs a table that is not there, or gives others than it declares.
    """
    known, computed = dict(given), dict[Table, pl.DataFrame]()
    for step in steps:
        made = step.run(conditions, {table: known[table] for table in step.needs})
        computed |= {table: made[table] for table in step.gives}
        known |= computed
    return computed


def select_possible(steps: Iterable[Step], given: Iterable[Table]) -> tuple[Step, ...]:
    """Return the steps whose needs are met by the tables given and by possible steps before them."""
    known, possible = set(given), list[Step]()
    for step in steps:
        if known.issuperset(step.needs):
            possible.append(step)
            known.update(step.gives)
    return tuple(possible)


def _assess(conditions: Conditions, tables: Tables) -> Tables:
    """Judge each incident by each clause."""
    return {ASSESSMENTS: assess(tables[INCIDENTS], conditions.agreement)}


def _follow_obligations(conditions: Conditions, tables: Tables) -> Tables:
    """Find where each obligation of the terms is by now."""
    agreement = conditions.agreement
    return {OBLIGATIONS: obligations(agreement, conditions.as_of, tables[ASSESSMENTS])}


STEPS: tuple[Step, ...] = (
    Step(
        name="assess incidents",
        needs=(INCIDENTS,),
        gives=(ASSESSMENTS,),
        run=_assess,
        by_incident=True,
    ),
    Step(
        name="follow obligations",
        needs=(ASSESSMENTS,),
        gives=(OBLIGATIONS,),
        run=_follow_obligations,
    ),
)
"""Every step after fusion, which gives links and incidents."""
