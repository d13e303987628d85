"""Reports as received: the list of those of the chosen incidents, and each with the entry of the record it is."""

from fastapi import APIRouter

from groundtruce.database.query.report import count_sources, list_reports, read_report
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import page
from groundtruce.web.http.url import FILTER_KEYS
from groundtruce.web.wording.cosigners import list_trusted_keys
from groundtruce.web.wording.page import render_page
from groundtruce.web.wording.phrase import chips, filter_sentence

__all__ = ["router"]

router = APIRouter()


@page(router, "/reports", FILTER_KEYS | {"after", "limit"})
def reports(context: Context) -> str:
    """Show the reports of the chosen incidents, the newest first."""
    return render_page(
        context,
        "reports.html",
        found=list_reports(context.database, context.filters, context.after, context.limit),
        sources=count_sources(context.database),
        chips=chips(context.words, context.address),
        sentence=filter_sentence(context.words, context.filters),
    )


@page(router, "/reports/{report_id:path}")
def report(context: Context, report_id: str) -> str:
    """Show what one source said, as received."""
    match = read_report(context.database, report_id)
    if match is None:
        raise GroundtruceError(Problem.WEB_UNKNOWN, what=Phrase("report"), id=report_id[:60])
    return render_page(
        context, "report.html", report=match, **list_trusted_keys(context.place.node)
    )
