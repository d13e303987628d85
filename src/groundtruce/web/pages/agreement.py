"""The agreement: its clauses in words next to the form in which the machine tests them, and what came of each."""

from fastapi import APIRouter

from groundtruce.agreement.document import hash_terms
from groundtruce.database.filters.filters import Filters
from groundtruce.database.query.facet import count_facets
from groundtruce.database.query.obligation import read_obligations
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.publish.terms import clause_prose
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import page
from groundtruce.web.wording.page import render_page

__all__ = ["router"]

router = APIRouter()


@page(router, "/agreement")
def agreement(context: Context) -> str:
    """Show the whole text, clause by clause."""
    return render_page(
        context,
        "agreement.html",
        agreement=context.agreement,
        digest=hash_terms(context.agreement),
        clauses=clause_prose(context.agreement, context.words),
    )


@page(router, "/agreement/{clause_id}")
def clause(context: Context, clause_id: str) -> str:
    """Show one clause, and how many incidents are what under it."""
    names = [known_clause.id for known_clause in context.agreement.clauses]
    if clause_id not in names:
        raise GroundtruceError(Problem.WEB_UNKNOWN, what=Phrase("clause"), id=clause_id[:60])
    place = names.index(clause_id)
    prose = clause_prose(context.agreement, context.words)[place]
    return render_page(
        context,
        "clause.html",
        one=prose,
        counts=_verdicts(context, clause_id) if prose.clause.act else {},
        duties=[
            obligation
            for obligation in read_obligations(context.database)
            if obligation.clause_id == clause_id
        ],
        before=names[place - 1] if place else None,
        next=names[place + 1] if place + 1 < len(names) else None,
    )


def _verdicts(context: Context, clause_id: str) -> dict[str, int]:
    """Return how many incidents have each verdict under a clause."""
    for facet in count_facets(context.database, Filters.parse([("clause", clause_id)])):
        if facet.key == "verdict":
            return {value.code: value.incidents for value in facet.values}
    return {}
