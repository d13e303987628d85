"""An incident: the claim, what each source said, what is made of it, the verdicts with their reasons, and the proof."""

from fastapi import APIRouter
from markupsafe import Markup

from groundtruce.compliance.explanation import Explanation, explain
from groundtruce.database.before import with_earlier
from groundtruce.database.incident import IncidentDetail, one, redirect
from groundtruce.model.code import Verdict
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.publish.map import Marker, PlaceLabel, render_map, too_coarse
from groundtruce.publish.symbol import Symbol
from groundtruce.web.context import Context
from groundtruce.web.moved import Moved
from groundtruce.web.page import render
from groundtruce.web.phrase import claim
from groundtruce.web.picture import picture_svg
from groundtruce.web.route import page
from groundtruce.web.told import fields_told
from groundtruce.web.voucher import trusted

__all__ = ["router"]

router = APIRouter()


@page(router, "/incidents/{incident_id}", {"was"})
def incident(at: Context, incident_id: str) -> str:
    """Show an incident, or lead to the one that it became part of."""
    found = one(at.database, incident_id)
    if found is None:
        raise _elsewhere(at, incident_id)
    return render(
        at,
        "incident.html",
        incident=found.incident,
        told=found.reports,
        judgements=found.judgements,
        reasons={one.clause_id: one for one in _explanations(at, found)},
        claim=claim(at.words, found.incident),
        fields_told=fields_told(at.words, found.incident, [each.report for each in found.reports]),
        picture=_picture(at, found),
        was=at.value("was"),
        **trusted(at.place.node),
    )


def _elsewhere(at: Context, incident_id: str) -> Exception:
    """Return where an incident went, or that it is not known, or gone."""
    led = redirect(at.database, incident_id)
    if led is None:
        return GroundtruceError(Problem.WEB_UNKNOWN, what="incident", id=incident_id[:60])
    if led.redirect_to is None:
        return GroundtruceError(Problem.WEB_GONE, what="incident", id=incident_id)
    return Moved(at.link(f"/incidents/{led.redirect_to}", was=incident_id))


def _explanations(at: Context, found: IncidentDetail) -> list[Explanation]:
    if not found.judgements:
        return []
    rows = with_earlier(at.database, at.agreement, found.incident.incident_id)
    return explain(rows, at.agreement, found.incident.incident_id)


def _picture(at: Context, found: IncidentDetail) -> Markup | None:
    """Return the place of the incident as a small map, unless it is too coarse to be drawn."""
    told = found.incident
    if told.lat is None or told.lon is None:
        return None
    verdict = told.verdict if told.verdict in list(Verdict) else Verdict.NO_BREACH.value
    marker = Marker(
        key="1",
        lat=told.lat,
        lon=told.lon,
        radius_m=told.location_radius_m or 0.0,
        symbol=Symbol(verdict),
        title=at.words.label("kind", told.kind),
    )
    if too_coarse([marker]):
        return None
    label = PlaceLabel(name=told.place_name or "–", lat=told.lat, lon=told.lon)
    picture = render_map(
        [marker],
        language=at.language.value,
        title=at.words.say("Where it was"),
        description=at.words.say("The circle holds the place with about 95 percent."),
        places=[label],
    )
    return picture_svg(picture)
