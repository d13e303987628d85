"""The agreement: its clauses in words beside the form in which the machine tests them, and what came of each."""

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
from groundtruce.web.wording.page import render

__all__ = ["router"]

router = APIRouter()


@page(router, "/agreement")
def agreement(at: Context) -> str:
    """Show the whole text, clause by clause."""
    return render(
        at,
        "agreement.html",
        agreement=at.agreement,
        digest=hash_terms(at.agreement),
        clauses=clause_prose(at.agreement, at.words),
    )


@page(router, "/agreement/{clause_id}")
def clause(at: Context, clause_id: str) -> str:
    """Show one clause, and how many incidents are what under it."""
    names = [one.id for one in at.agreement.clauses]
    if clause_id not in names:
        raise GroundtruceError(Problem.WEB_UNKNOWN, what=Phrase("clause"), id=clause_id[:60])
    place = names.index(clause_id)
    found = clause_prose(at.agreement, at.words)[place]
    return render(
        at,
        "clause.html",
        one=found,
        counts=_verdicts(at, clause_id) if found.clause.act else {},
        duties=[one for one in read_obligations(at.database) if one.clause_id == clause_id],
        before=names[place - 1] if place else None,
        next=names[place + 1] if place + 1 < len(names) else None,
    )


def _verdicts(at: Context, clause_id: str) -> dict[str, int]:
    """Return how many incidents have each verdict under a clause."""
    for facet in count_facets(at.database, Filters.parse([("clause", clause_id)])):
        if facet.key == "verdict":
            return {one.code: one.incidents for one in facet.values}
    return {}
