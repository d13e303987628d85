"""Reports as data: as their sources gave them, with the incident that each is about and its entry in the record."""

from fastapi import APIRouter

from groundtruce.database.query import export, report
from groundtruce.database.query.report import Report, SourceCount
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.web.export.document import Basis, Document
from groundtruce.web.export.tables import Whole, offer
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import data
from groundtruce.web.http.url import FILTER_KEYS

__all__ = ["find_report", "read_report_page", "router"]

router = APIRouter()
_TAGS = ("reports",)


class ReportPage(Document):
    """One page of a list of reports."""

    total: int
    total_is_least: bool
    next: str | None
    rows: tuple[Report, ...]


class ReportDocument(Document):
    """One report."""

    report: Report


class SourceDocument(Document):
    """Who reports, and how much."""

    sources: tuple[SourceCount, ...]


def read_report_page(context: Context) -> report.ReportPage:
    """Return the page of a list that an address asks for."""
    return report.list_reports(context.database, context.filters, context.after, context.limit)


def find_report(context: Context, report_id: str) -> Report:
    """Return a report; raises GroundtruceError."""
    match = report.read_report(context.database, report_id)
    if match is None:
        raise GroundtruceError(Problem.WEB_UNKNOWN, what=Phrase("report"), id=report_id[:60])
    return match


@data(router, "/reports.json", ReportPage, FILTER_KEYS | {"after", "limit"}, tags=_TAGS)
def reports(context: Context) -> ReportPage:
    """A page of the reports of the incidents that the filters choose, the newest first.

    With `source`, those of that source alone.
    """
    page = read_report_page(context)
    return ReportPage(
        basis=Basis.of(context),
        total=page.total,
        total_is_least=page.total_is_least,
        next=page.next,
        rows=page.rows,
    )


@data(router, "/reports/{report_id:path}.json", ReportDocument, tags=_TAGS)
def report_document(context: Context, report_id: str) -> ReportDocument:
    """One report as its source gave it, with its incident and its entry in the record."""
    return ReportDocument(basis=Basis.of(context), report=find_report(context, report_id))


@data(router, "/sources.json", SourceDocument, tags=_TAGS)
def sources(context: Context) -> SourceDocument:
    """Every source with the number of its reports."""
    return SourceDocument(basis=Basis.of(context), sources=report.count_sources(context.database))


offer(
    router,
    "/reports",
    Whole(
        name="reports",
        what="Reports of incidents",
        columns=export.REPORT_COLUMNS,
        key="report_id",
        count=lambda context: export.count_reports(context.database, context.filters),
        rows=lambda context: export.stream_reports(context.database, context.filters),
        placed=True,
    ),
    FILTER_KEYS,
    _TAGS,
)
