"""Daily reports: the days on record, and each as the report of that day, on screen."""

from datetime import date, timedelta

from fastapi import APIRouter

from groundtruce.database.filters.filters import Filters
from groundtruce.database.query.incident import Incident, Order, list_incidents
from groundtruce.database.query.timeline import TimelineStep, count_by_step
from groundtruce.model.code import Verdict
from groundtruce.web.api.situation import parse_day, read_situation
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import page
from groundtruce.web.maps.picture import draw_incidents
from groundtruce.web.pages.situation import chart_days
from groundtruce.web.wording.page import render_page

__all__ = ["router"]

router = APIRouter()

_MOST = 100
"""Incidents of one verdict that a day shows; the others are one step away, on the list."""


@page(router, "/daily", {"after"})
def days(context: Context) -> str:
    """Show every day on record with its counts."""
    bars = count_by_step(context.database, Filters(), TimelineStep.DAY).bars
    return render_page(
        context,
        "days.html",
        bars=sorted(bars, key=lambda bar: bar.start),
        chart=chart_days(context),
    )


@page(router, "/daily/{day}")
def daily(context: Context, day: str) -> str:
    """Show the report of one day."""
    when = parse_day(day)
    situation = read_situation(context, when)
    entries = {verdict.value: _entries(context, day, verdict) for verdict in Verdict}
    incidents = [incident for rows in entries.values() for incident in rows]
    numbers = {incident.incident_id: number for number, incident in enumerate(incidents, start=1)}
    return render_page(
        context,
        "daily.html",
        found=situation,
        day=day,
        entries=entries,
        most=_MOST,
        numbers=numbers,
        picture=draw_incidents(incidents, context.words, context.words.day(when), numbers),
        silent=situation.silent(context.agreement.guarantors),
        before=_link(situation.first_day <= when - timedelta(days=1), when - timedelta(days=1)),
        after=_link(when + timedelta(days=1) <= situation.last_day, when + timedelta(days=1)),
    )


def _entries(context: Context, day: str, verdict: Verdict) -> tuple[Incident, ...]:
    filters = Filters.parse([("day__gte", day), ("day__lte", day), ("verdict", verdict.value)])
    return list_incidents(context.database, filters, Order.OLDEST, None, _MOST).rows


def _link(there: bool, day: date) -> date | None:
    return day if there else None
