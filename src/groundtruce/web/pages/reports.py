"""Reports as received: the list of those of the chosen incidents, and each with the entry of the record it is."""

from fastapi import APIRouter

from groundtruce.database.query.report import count_sources, list_reports, read_report
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import page
from groundtruce.web.http.url import FILTER_KEYS
from groundtruce.web.wording.cosigners import trusted
from groundtruce.web.wording.page import render
from groundtruce.web.wording.phrase import chips, filter_sentence

__all__ = ["router"]

router = APIRouter()


@page(router, "/reports", FILTER_KEYS | {"after", "limit"})
def reports(at: Context) -> str:
    """Show the reports of the chosen incidents, the newest first."""
    return render(
        at,
        "reports.html",
        found=list_reports(at.database, at.filters, at.after, at.limit),
        sources=count_sources(at.database),
        chips=chips(at.words, at.address),
        sentence=filter_sentence(at.words, at.filters),
    )


@page(router, "/reports/{report_id:path}")
def report(at: Context, report_id: str) -> str:
    """Show what one source said, as received."""
    found = read_report(at.database, report_id)
    if found is None:
        raise GroundtruceError(Problem.WEB_UNKNOWN, what=Phrase("report"), id=report_id[:60])
    return render(at, "report.html", report=found, **trusted(at.place.node))
