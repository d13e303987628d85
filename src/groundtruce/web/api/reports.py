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

__all__ = ["report_or_unknown", "report_page", "router"]

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


def report_page(at: Context) -> report.ReportPage:
    """Return the page of a list that an address asks for."""
    return report.list_reports(at.database, at.filters, at.after, at.limit)


def report_or_unknown(at: Context, report_id: str) -> Report:
    """Return a report; raises GroundtruceError."""
    found = report.read_report(at.database, report_id)
    if found is None:
        raise GroundtruceError(Problem.WEB_UNKNOWN, what=Phrase("report"), id=report_id[:60])
    return found


@data(router, "/reports.json", ReportPage, FILTER_KEYS | {"after", "limit"}, tags=_TAGS)
def reports(at: Context) -> ReportPage:
    """A page of the reports of the incidents that the filters choose, the newest first.

    With `source`, those of that source alone.
    """
    page = report_page(at)
    return ReportPage(
        basis=Basis.of(at),
        total=page.total,
        total_is_least=page.total_is_least,
        next=page.next,
        rows=page.rows,
    )


@data(router, "/reports/{report_id:path}.json", ReportDocument, tags=_TAGS)
def report_document(at: Context, report_id: str) -> ReportDocument:
    """One report as its source gave it, with its incident and its entry in the record."""
    return ReportDocument(basis=Basis.of(at), report=report_or_unknown(at, report_id))


@data(router, "/sources.json", SourceDocument, tags=_TAGS)
def sources(at: Context) -> SourceDocument:
    """Every source with the number of its reports."""
    return SourceDocument(basis=Basis.of(at), sources=report.count_sources(at.database))


offer(
    router,
    "/reports",
    Whole(
        name="reports",
        what="Reports of incidents",
        columns=export.REPORT_COLUMNS,
        key="report_id",
        count=lambda at: export.count_reports(at.database, at.filters),
        rows=lambda at: export.stream_reports(at.database, at.filters),
        placed=True,
    ),
    FILTER_KEYS,
    _TAGS,
)
