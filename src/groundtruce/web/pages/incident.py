"""An incident: the claim, what each source said, what is made of it, the verdicts with their reasons, and the proof."""

from dataclasses import asdict

import polars as pl
from fastapi import APIRouter

from groundtruce.compliance.explanation import Explanation, explain
from groundtruce.database.columnar.codec import parse_id
from groundtruce.database.query.incident import Incident, IncidentDetail
from groundtruce.database.query.preceding import read_with_earlier
from groundtruce.model.table import ASSESSMENTS
from groundtruce.web.api.incidents import incident_or_moved
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import page
from groundtruce.web.maps.picture import incidents_svg
from groundtruce.web.wording.cosigners import trusted
from groundtruce.web.wording.field_reports import fields_told
from groundtruce.web.wording.page import render
from groundtruce.web.wording.phrase import claim

__all__ = ["router"]

router = APIRouter()


@page(router, "/incidents/{incident_id}", {"was"})
def incident(at: Context, incident_id: str) -> str:
    """Show an incident, or lead to the one that it became part of."""
    found = incident_or_moved(at, incident_id)
    return render(
        at,
        "incident.html",
        incident=found.incident,
        told=found.reports,
        judgements=found.judgements,
        reasons={one.clause_id: one for one in _explanations(at, found)},
        claim=claim(at.words, found.incident),
        fields_told=fields_told(at.words, found.incident, [each.report for each in found.reports]),
        picture=incidents_svg([found.incident], at.words, _when(at, found.incident), {}),
        was=at.value("was"),
        **trusted(at.place.node),
    )


def _explanations(at: Context, found: IncidentDetail) -> list[Explanation]:
    if not found.judgements:
        return []
    incident_id = found.incident.incident_id
    rows = read_with_earlier(at.database, at.agreement, parse_id(incident_id))
    judged = [{"incident_id": incident_id, **asdict(one)} for one in found.judgements]
    return explain(rows, at.agreement, incident_id, pl.DataFrame(judged, ASSESSMENTS.schema))


def _when(at: Context, told: Incident) -> str:
    return at.words.span(told.occurred_from, told.occurred_to)
