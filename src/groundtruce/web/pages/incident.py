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
    found = find_incident(context, incident_id)
    return render_page(
        context,
        "incident.html",
        incident=found.incident,
        told=found.reports,
        judgements=found.judgements,
        reasons={one.clause_id: one for one in _explanations(context, found)},
        claim=claim(context.words, found.incident),
        fields_told=report_fields(
            context.words, found.incident, [each.report for each in found.reports]
        ),
        picture=draw_incidents([found.incident], context.words, _when(context, found.incident), {}),
        was=context.value("was"),
        **list_trusted_keys(context.place.node),
    )


def _explanations(context: Context, found: IncidentDetail) -> list[Explanation]:
    if not found.judgements:
        return []
    incident_id = found.incident.incident_id
    rows = read_with_earlier(context.database, context.agreement, parse_id(incident_id))
    judged = [{"incident_id": incident_id, **asdict(one)} for one in found.judgements]
    return explain(rows, context.agreement, incident_id, pl.DataFrame(judged, ASSESSMENTS.schema))


def _when(context: Context, told: Incident) -> str:
    return context.words.span(told.occurred_from, told.occurred_to)
