"""What may have gone before an incident: the few others that its explanation needs, so that it need not read all.

* A clause may ask whether those who acted had been attacked before, within a time and a distance. What is beyond
  them by the loosest reading cannot matter; the rest is chosen in memory and read by its numbers.
"""

import json

import numpy as np
import polars as pl

from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.questions.prior_attack import ASKED, ATTACK, Reach, reach_of
from groundtruce.compliance.rule import derive_rules
from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.codec import FIRST, LAST
from groundtruce.database.columnar.columns import Columns, Whole, read_columns
from groundtruce.database.filters.mask import Mask
from groundtruce.model.instant import INSTANT
from groundtruce.model.place import distance_m
from groundtruce.model.table import INCIDENTS, Content

__all__ = ["read_with_earlier"]

_INSTANTS = [column.name for column in INCIDENTS.columns if column.content is Content.INSTANT]
_SCHEMA = {
    name: pl.Int64() if name in _INSTANTS else kind for name, kind in INCIDENTS.schema.items()
}
_MARGIN = 1.001
"""Distances that two formulas round otherwise are no reason to leave a row out."""


def read_with_earlier(database: Database, agreement: Agreement, number: int) -> pl.DataFrame:
    """Return the incident of a number and those that its clauses may ask for, as the table of incidents."""
    columns = read_columns(database)
    meant = columns.mark_numbers(np.array([number]))
    if (reach := _find_reach(agreement)) is not None and meant.any():
        meant |= _choose_earlier(columns, int(np.argmax(meant)), reach)
    rows = database.rows(
        f"SELECT {', '.join(INCIDENTS.names)} FROM incident "
        f"WHERE {database.dialect.match_keys('number')} ORDER BY number",
        {"keys": json.dumps(columns.number[meant].tolist())},
    )
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    return frame.with_columns(pl.col(_INSTANTS).cast(INSTANT))


def _find_reach(agreement: Agreement) -> Reach | None:
    """Return the longest time and the farthest distance that clauses ask about; None where none asks."""
    asked = [
        reach_of(atom.arguments)
        for rule in derive_rules(agreement)
        for atom in rule.atoms
        if atom.name == ASKED
    ]
    if not asked:
        return None
    return Reach(max(reach.within_s for reach in asked), max(reach.within_m for reach in asked))


def _choose_earlier(columns: Columns, row: int, reach: Reach) -> Mask:
    """Return which incidents may be an attack that the one in a row answers."""
    begin, end = columns.occurred_from[row], columns.occurred_to[row]
    if begin == FIRST or end == LAST:
        return np.zeros(columns.rows, np.bool_)
    fits = (columns.occurred_from < end) & (columns.occurred_from != FIRST)
    fits &= (columns.occurred_to >= begin - int(reach.within_s * 1_000_000)) & (
        columns.occurred_to != LAST
    )
    attacks = columns.kind.where(lambda kind: kind is not None and kind.startswith(ATTACK))
    rows = np.flatnonzero(fits)
    rows = rows[attacks[columns.kind.codes[rows]]]
    earlier = np.zeros(columns.rows, np.bool_)
    earlier[rows[~_choose_farther(columns, row, rows, reach.within_m)]] = True
    return earlier


def _choose_farther(columns: Columns, row: int, rows: Whole, within_m: float) -> Mask:
    """Return which rows are farther away for sure: not those whose place, or the act's, is unknown."""
    apart_m = distance_m(columns.lon[row], columns.lat[row], columns.lon[rows], columns.lat[rows])
    radius_m = np.nan_to_num(columns.radius_m[row]) + np.nan_to_num(columns.radius_m[rows])
    return np.asarray(apart_m - radius_m > within_m * _MARGIN)
