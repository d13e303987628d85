"""Compliance as data: clause by party by week, every verdict with its reasons, and what is owed."""

from collections.abc import Iterator
from datetime import date

from fastapi import APIRouter

from groundtruce.database.query import export
from groundtruce.database.query import matrix as matrices
from groundtruce.database.query import obligation as obligations_
from groundtruce.database.query.matrix import Cell
from groundtruce.database.query.obligation import Obligation
from groundtruce.model.code import Verdict
from groundtruce.model.table import DERIVED, Column, Content, Table
from groundtruce.web.export.document import Basis, Document
from groundtruce.web.export.rows import Row
from groundtruce.web.export.tables import Whole, offer
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import data
from groundtruce.web.http.url import FILTER_KEYS

__all__ = ["router"]

router = APIRouter()
_TAGS = ("compliance",)

_CELL_COLUMNS = (
    Column(name="clause_id", meaning="the clause", required=True),
    Column(
        name="party",
        meaning="who is said to have done it; unknown where no source says",
        required=True,
    ),
    Column(name="week", meaning="the Monday of the week; empty: in no one week"),
    *(
        Column(
            name=verdict.value,
            content=Content.WHOLE_NUMBER,
            meaning=f"incidents whose verdict is {verdict.value}",
        )
        for verdict in Verdict
    ),
)


class MatrixDocument(Document):
    """Clause by party by week: the axes, and every cell that has incidents."""

    clauses: tuple[str, ...]
    parties: tuple[str, ...]
    weeks: tuple[date, ...]
    cells: tuple[Cell, ...]
    at_least: bool


class ObligationDocument(Document):
    """What is owed, by whom and when, and how it stands."""

    obligations: tuple[Obligation, ...]


@data(router, "/compliance.json", MatrixDocument, FILTER_KEYS, tags=_TAGS)
def compliance(context: Context) -> MatrixDocument:
    """How many incidents each clause gives each verdict, by who is said to have done it and week.

    Not determinable is a count of its own, and so is what no source attributes.
    """
    matrix = matrices.count_matrix(context.database, context.filters)
    return MatrixDocument(
        basis=Basis.of(context),
        clauses=matrix.clauses,
        parties=matrix.parties,
        weeks=matrix.weeks,
        cells=matrix.cells,
        at_least=matrix.at_least,
    )


@data(router, "/obligations.json", ObligationDocument, tags=_TAGS)
def obligations(context: Context) -> ObligationDocument:
    """What the agreement demands by a time or in a quantity, and how it stands at the end of the view."""
    return ObligationDocument(
        basis=Basis.of(context), obligations=obligations_.read_obligations(context.database)
    )


def _cells(context: Context) -> Iterator[Row]:
    """Yield a row for each clause, party and week, with a count for each verdict."""
    for cell in matrices.count_matrix(context.database, context.filters).cells:
        yield {
            "clause_id": cell.clause_id,
            "party": cell.party,
            "week": cell.week.isoformat() if cell.week else None,
            **{verdict.value: cell.verdicts.get(verdict.value, 0) for verdict in Verdict},
        }


offer(
    router,
    "/compliance",
    Whole(
        name="compliance",
        what="Verdicts by clause, party and week",
        columns=_CELL_COLUMNS,
        key="clause_id",
        count=lambda context: len(matrices.count_matrix(context.database, context.filters).cells),
        rows=_cells,
    ),
    FILTER_KEYS,
    _TAGS,
)


def _offer_derived(table: Table) -> None:
    """Offer a derived table whole; what is by incident, for the chosen incidents."""
    offer(
        router,
        f"/{table.file}",
        Whole(
            name=table.file,
            what=table.meaning,
            columns=table.columns,
            key=table.key,
            count=lambda context: export.count_derived(context.database, table, context.filters),
            rows=lambda context: export.stream_derived(context.database, table, context.filters),
        ),
        FILTER_KEYS if table.by_incident else (),
        _TAGS,
    )


for _table in DERIVED:
    _offer_derived(_table)
