"""An incident: the claim, what each source said, what is made of it, the verdicts with their reasons, and the proof."""

from dataclasses import asdict

import polars as pl
from fastapi import APIRouter

from groundtruce.compliance.explanation import Explanation, explain
from groundtruce.database.columnar.codec import parse_id
from groundtruce.database.query.incident import Incident, IncidentDetail
from groundtruce.database.query.preceding import read_with_earlier
from groundtruce.model.table import ASSESSMENTS
from groundtruce.web.api.incidents import find_incident
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import page
from groundtruce.web.maps.picture import draw_incidents
from groundtruce.web.wording.cosigners import list_trusted_keys
from groundtruce.web.wording.field_reports import report_fields
from groundtruce.web.wording.page import render_page
from groundtruce.web.wording.phrase import claim

__all__ = ["router"]

router = APIRouter()


@page(router, "/incidents/{incident_id}", {"was"})
def incident(context: Context, incident_id: str) -> str:
    """Show an incident, or lead to the one that it became part of."""
    detail = find_incident(context, incident_id)
    return render_page(
        context,
        "incident.html",
        incident=detail.incident,
        told=detail.reports,
        judgements=detail.judgements,
        reasons={
            explanation.clause_id: explanation for explanation in _explanations(context, detail)
        },
        claim=claim(context.words, detail.incident),
        fields_told=report_fields(
            context.words, detail.incident, [each.report for each in detail.reports]
        ),
        picture=draw_incidents(
            [detail.incident], context.words, _when(context, detail.incident), {}
        ),
        was=context.value("was"),
        **list_trusted_keys(context.place.node),
    )


def _explanations(context: Context, detail: IncidentDetail) -> list[Explanation]:
    """Return how each verdict of an incident came about; none where nothing was judged."""
    if not detail.judgements:
        return []
    incident_id = detail.incident.incident_id
    rows = read_with_earlier(context.database, context.agreement, parse_id(incident_id))
    judged = [{"incident_id": incident_id, **asdict(judgement)} for judgement in detail.judgements]
    return explain(rows, context.agreement, incident_id, pl.DataFrame(judged, ASSESSMENTS.schema))


def _when(context: Context, row: Incident) -> str:
    return context.words.span(row.occurred_from, row.occurred_to)
