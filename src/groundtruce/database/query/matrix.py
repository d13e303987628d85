"""The matrix of compliance: for each clause, party and week, how many incidents with which verdict.

* A party is who is said to have done it; each of joint authors counts, and where no source says who it was, the
  incident stands with `unknown`: nobody is charged with what nobody saw.
* A week begins on Monday and holds an incident whose whole interval lies in it; others stand without a week.
* What cannot be determined is a count of its own, never part of another.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import prod

import numpy as np
from numpy.typing import NDArray

from groundtruce.compliance.party import split_actors
from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.columns import Whole
from groundtruce.database.filters.choose import choose
from groundtruce.database.filters.filters import Filters
from groundtruce.database.filters.mask import Selection
from groundtruce.database.query.timeline import UNDATED, TimelineStep, find_start, number_steps
from groundtruce.model.code import UNKNOWN, Verdict
from groundtruce.model.coded import Coded

__all__ = ["Cell", "Matrix", "count_matrix"]

_VERDICTS = tuple(verdict.value for verdict in Verdict)
_MOST_COMBINATIONS = 1 << 23
"""That are counted in a table of all; where more are possible, those that occur are sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The incidents of a party in a week under a clause; `week` is None for what lies in no single week."""

    clause_id: str
    party: str
    week: date | None
    verdicts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Cells in the order of clause, party and week; those without an incident are left out."""

    clauses: tuple[str, ...]
    parties: tuple[str, ...]
    weeks: tuple[date, ...]
    cells: tuple[Cell, ...]
    at_least: bool = False
    places: Mapping[tuple[str, str, date | None], Cell] = field(repr=False, compare=False)

    def cell(self, clause_id: str, party: str, week: date | None) -> Cell | None:
        """Return a cell, or None where there is no incident."""
        return self.places.get((clause_id, party, week))


def count_matrix(database: Database, filters: Filters) -> Matrix:
    """Count the chosen incidents by clause, author, week and verdict; with clauses chosen, under these alone."""
    selection = choose(database, filters)
    sought = filters.values("clause")
    cells = tuple(cell for cell in _make_cells(selection) if not sought or cell.clause_id in sought)
    return Matrix(
        clauses=tuple(dict.fromkeys(cell.clause_id for cell in cells)),
        parties=tuple(sorted({cell.party for cell in cells})),
        weeks=tuple(sorted({cell.week for cell in cells if cell.week is not None})),
        cells=cells,
        at_least=selection.at_least,
        places={(cell.clause_id, cell.party, cell.week): cell for cell in cells},
    )


def _make_cells(selection: Selection) -> Iterator[Cell]:
    """Yield the cells of all clauses, in order; the few combinations of verdicts are looked at once each."""
    columns = selection.columns
    week = number_steps(columns, TimelineStep.WEEK)
    weeks = np.unique(week if selection.mask is None else week[selection.mask])
    together, author, place, count = _count_combinations(
        selection, (columns.clauses.codes, columns.actor_party.codes, np.searchsorted(weeks, week))
    )
    parties, author, source = _split_authors(columns.actor_party, author)
    together, place, count = together[source], place[source], count[source]
    verdicts = [dict(judged or ()) for judged in columns.clauses.values]
    ranks = {verdict: rank for rank, verdict in enumerate(_VERDICTS)}
    wide = len(_VERDICTS)
    for clause in sorted({clause_id for each in verdicts for clause_id in each}):
        of = np.array([ranks.get(each.get(clause, ""), -1) for each in verdicts])[together]
        judged = of >= 0
        key = (author * len(weeks) + place) * wide + of
        size = len(parties) * len(weeks) * wide
        table = np.bincount(key[judged], count[judged], size).astype(np.int64).reshape(-1, wide)
        for cell in np.flatnonzero(table.any(axis=1)).tolist():
            party, week_index = divmod(cell, len(weeks))
            yield Cell(
                clause_id=clause,
                party=parties[party],
                week=None
                if weeks[week_index] == UNDATED
                else find_start(int(weeks[week_index]), TimelineStep.WEEK),
                verdicts=dict(zip(_VERDICTS, table[cell].tolist(), strict=True)),
            )


def _count_combinations(
    selection: Selection, columns: Sequence[NDArray[np.integer]]
) -> tuple[Whole, ...]:
    """Return the combinations that occur among the chosen, column by column, and how often each does."""
    sizes = [int(column.max(initial=0)) + 1 for column in columns]
    key = np.zeros(selection.columns.rows, np.int64)
    for column, size in zip(columns, sizes, strict=True):
        key = key * size + column
    if selection.mask is not None:
        key = key[selection.mask]
    if prod(sizes) <= _MOST_COMBINATIONS:
        counts = np.bincount(key)
        occurring = np.flatnonzero(counts)
        counts = counts[occurring]
    else:
        occurring, counts = np.unique(key, return_counts=True)
    return (*np.unravel_index(occurring, sizes), counts)


def _split_authors(column: Coded[str], codes: Whole) -> tuple[list[str], Whole, Whole]:
    """Return the parties, and for each of the codes its parties' places with the place of the code."""
    of_code = [split_actors(actor) or [UNKNOWN] for actor in column.values]
    occurring = sorted({party for code in np.unique(codes).tolist() for party in of_code[code]})
    places = {party: place for place, party in enumerate(occurring)}
    many = np.array([len(parties) for parties in of_code])[codes]
    source = np.repeat(np.arange(len(codes)), many)
    named = [places[party] for code in codes.tolist() for party in of_code[code]]
    return occurring, np.array(named, np.int64), source
