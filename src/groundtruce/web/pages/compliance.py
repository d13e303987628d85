"""Compliance: clause by party by week, with what cannot be determined as a count of its own."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter

from groundtruce.database.query.matrix import Matrix, count_matrix
from groundtruce.database.query.obligation import read_obligations
from groundtruce.model.code import Verdict
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import page
from groundtruce.web.http.url import FILTER_KEYS
from groundtruce.web.wording.page import render_page
from groundtruce.web.wording.phrase import chips, filter_sentence

__all__ = ["router"]

router = APIRouter()

_MOST_WEEKS = 26
"""Half a year on a screen; earlier weeks are one step away, and the data have them all."""

SHOWN = (Verdict.BREACH.value, Verdict.NOT_DETERMINABLE.value, Verdict.EXEMPT.value)
"""Verdicts that a cell counts; that no clause is breached is the sum of everything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A party under a clause: counts by verdict for each week, for what has none, and in all."""

    party: str
    weeks: Mapping[date | None, Mapping[str, int]]
    total: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A clause with its parties, those with most breaches first."""

    clause_id: str
    lines: tuple[Line, ...]


@page(router, "/compliance", FILTER_KEYS)
def compliance(context: Context) -> str:
    """Show which clauses were breached by whom, week by week, and where that cannot be determined."""
    matrix = count_matrix(context.database, context.filters)
    cells = [cell for cell in matrix.cells if any(cell.verdicts.get(verdict) for verdict in SHOWN)]
    every = sorted({cell.week for cell in cells if cell.week is not None})
    weeks = list(_from_to(every))[-_MOST_WEEKS:]
    hidden = bool(weeks) and every[0] < weeks[0]
    undated = any(cell.week is None for cell in cells)
    return render_page(
        context,
        "compliance.html",
        blocks=tuple(_blocks(matrix)),
        weeks=[*weeks, *([None] if undated else [])],
        earlier=(weeks[0] - timedelta(days=1)).isoformat() if hidden else None,
        last={week: week + timedelta(days=6) for week in weeks},
        shown=SHOWN,
        chips=chips(context.words, context.address),
        sentence=filter_sentence(context.words, context.filters),
        obligations=read_obligations(context.database),
    )


def _from_to(weeks: Sequence[date]) -> Iterator[date]:
    """Yield every week from the first to the last: one without an incident has its column, too."""
    if weeks:
        week = weeks[0]
        while week <= weeks[-1]:
            yield week
            week += timedelta(days=7)


def _blocks(matrix: Matrix) -> Iterator[Block]:
    """Yield a block for each clause that has a party to show, the party with the most breaches first."""
    for clause_id in matrix.clauses:
        lines = [
            line
            for party in matrix.parties
            if (line := _line(matrix, clause_id, party)) is not None
        ]
        lines.sort(key=lambda line: [-line.total[verdict] for verdict in SHOWN])
        if lines:
            yield Block(clause_id=clause_id, lines=tuple(lines))


def _line(matrix: Matrix, clause_id: str, party: str) -> Line | None:
    """Return the counts of a party under a clause; None where no verdict that the page shows was given."""
    total: Counter[str] = Counter()
    weeks: dict[date | None, Mapping[str, int]] = {}
    for week in (*matrix.weeks, None):
        cell = matrix.cell(clause_id, party, week)
        if cell is not None:
            weeks[week] = cell.verdicts
            total.update(cell.verdicts)
    return (
        Line(party=party, weeks=weeks, total=total)
        if any(total[verdict] for verdict in SHOWN)
        else None
    )
