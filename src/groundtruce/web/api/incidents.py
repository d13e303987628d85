"""Incidents as data: lists and their facets, one incident with all that is said of it, and how many there were when."""

from collections.abc import Iterator

from fastapi import APIRouter

from groundtruce.database.filters.facet_value import Facet
from groundtruce.database.query import export, facet, incident, timeline
from groundtruce.database.query.incident import Incident, IncidentDetail, Judgement, Order, Told
from groundtruce.database.query.timeline import Histogram, TimelineStep
from groundtruce.model.code import Verdict
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import Column, Content
from groundtruce.web.export.document import Basis, Document
from groundtruce.web.export.rows import Row
from groundtruce.web.export.tables import Whole, offer
from groundtruce.web.http.context import Context
from groundtruce.web.http.redirect import Moved
from groundtruce.web.http.routing import data
from groundtruce.web.http.url import FILTER_KEYS, LIST

__all__ = ["find_incident", "read_histogram", "read_incident_page", "router"]

router = APIRouter()
_TAGS = ("incidents",)

_BAR_COLUMNS = (
    Column(name="start", meaning="the first day of the step", required=True),
    *(
        Column(
            name=name, content=Content.WHOLE_NUMBER, meaning=f"incidents whose verdict is {name}"
        )
        for name in (*(verdict.value for verdict in Verdict), "none")
    ),
)


class IncidentPage(Document):
    """One page of a list of incidents."""

    total: int
    total_is_least: bool
    next: str | None
    rows: tuple[Incident, ...]


class IncidentDocument(Document):
    """One incident, what each report says, and how it meets each clause."""

    incident: Incident
    reports: tuple[Told, ...]
    judgements: tuple[Judgement, ...]


class FacetDocument(Document):
    """How many incidents each further choice would leave."""

    facets: tuple[Facet, ...]


class TimelineDocument(Document):
    """How many incidents there were in each step of time."""

    histogram: Histogram


def read_incident_page(context: Context) -> incident.Page:
    """Return the page of a list that an address asks for: what the page shows and the data hold."""
    return incident.list_incidents(
        context.database, context.filters, Order(context.order), context.after, context.limit
    )


def read_histogram(context: Context) -> Histogram:
    """Return how many incidents there were in each step of time."""
    return timeline.count_by_step(context.database, context.filters, TimelineStep(context.step))


def find_incident(context: Context, incident_id: str, ending: str = "") -> IncidentDetail:
    """Return an incident; raises Moved to where its reports are now, or GroundtruceError."""
    detail = incident.read_incident(context.database, incident_id)
    if detail is not None:
        return detail
    led = incident.find_redirect(context.database, incident_id)
    if led is None:
        raise GroundtruceError(Problem.WEB_UNKNOWN, what=Phrase("incident"), id=incident_id[:60])
    if led.redirect_to is None:
        raise GroundtruceError(Problem.WEB_GONE, what=Phrase("incident"), id=led.incident_id)
    was = None if ending else led.incident_id
    raise Moved(context.link(f"/incidents/{led.redirect_to}{ending}", was=was))


@data(router, "/incidents.json", IncidentPage, LIST, tags=_TAGS)
def incidents(context: Context) -> IncidentPage:
    """A page of the incidents that the filters choose.

    `next` is the value of `after` for the page that follows, null on the last one.
    """
    page = read_incident_page(context)
    return IncidentPage(
        basis=Basis.of(context),
        total=page.total,
        total_is_least=page.total_is_least,
        next=page.next,
        rows=page.rows,
    )


@data(router, "/incidents/{incident_id}.json", IncidentDocument, tags=_TAGS)
def incident_document(context: Context, incident_id: str) -> IncidentDocument:
    """One incident with its reports and its verdict under each clause.

    An identifier that was merged away is answered with 308 and the address of the incident that holds its reports.
    """
    detail = find_incident(context, incident_id, ".json")
    return IncidentDocument(
        basis=Basis.of(context),
        incident=detail.incident,
        reports=detail.reports,
        judgements=detail.judgements,
    )


@data(router, "/facets.json", FacetDocument, FILTER_KEYS, tags=_TAGS)
def facets(context: Context) -> FacetDocument:
    """For each value of each facet, how many incidents choosing it would give.

    A facet ignores the values of its own key, and a parent code counts what is below it.
    """
    return FacetDocument(
        basis=Basis.of(context), facets=facet.count_facets(context.database, context.filters)
    )


@data(router, "/timeline.json", TimelineDocument, FILTER_KEYS | {"step"}, tags=_TAGS)
def timeline_document(context: Context) -> TimelineDocument:
    """How many incidents there were in each day, week or month, by verdict.

    Steps without incidents are left out: silence of the sources is not calm. `undated` lie in no one step.
    """
    return TimelineDocument(basis=Basis.of(context), histogram=read_histogram(context))


def _bars(context: Context) -> Iterator[Row]:
    """Yield a row for each step of the timeline, with a count for each verdict."""
    for bar in read_histogram(context).bars:
        counts = {column.name: bar.verdicts.get(column.name, 0) for column in _BAR_COLUMNS[1:]}
        yield {"start": bar.start.isoformat(), **counts}


offer(
    router,
    "/incidents",
    Whole(
        name="incidents",
        what="Incidents",
        columns=export.INCIDENT_COLUMNS,
        key="incident_id",
        count=lambda context: export.count_incidents(context.database, context.filters),
        rows=lambda context: export.stream_incidents(context.database, context.filters),
        placed=True,
    ),
    FILTER_KEYS,
    _TAGS,
)
offer(
    router,
    "/timeline",
    Whole(
        name="timeline",
        what="Incidents in each step of time",
        columns=_BAR_COLUMNS,
        key="start",
        count=lambda context: len(read_histogram(context).bars),
        rows=_bars,
    ),
    FILTER_KEYS | {"step"},
    _TAGS,
)
