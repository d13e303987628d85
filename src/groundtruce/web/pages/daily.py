"""Daily reports: the days on record, and each as the report of that day, on screen."""

from datetime import date, timedelta

from fastapi import APIRouter

from groundtruce.database.filters.filters import Filters
from groundtruce.database.query.incident import Incident, Order, list_incidents
from groundtruce.database.query.timeline import TimelineStep, count_by_step
from groundtruce.model.code import Verdict
from groundtruce.web.api.situation import day_of, situation_of
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import page
from groundtruce.web.maps.picture import incidents_svg
from groundtruce.web.pages.situation import day_chart
from groundtruce.web.wording.page import render

__all__ = ["router"]

router = APIRouter()

_MOST = 100
"""Incidents of one verdict that a day shows; the others are one step away, on the list."""


@page(router, "/daily", {"after"})
def days(at: Context) -> str:
    """Show every day on record with its counts."""
    bars = count_by_step(at.database, Filters(), TimelineStep.DAY).bars
    return render(
        at, "days.html", bars=sorted(bars, key=lambda one: one.start), chart=day_chart(at)
    )


@page(router, "/daily/{day}")
def daily(at: Context, day: str) -> str:
    """Show the report of one day."""
    when = day_of(day)
    found = situation_of(at, when)
    entries = {verdict.value: _entries(at, day, verdict) for verdict in Verdict}
    told = [one for rows in entries.values() for one in rows]
    numbers = {one.incident_id: number for number, one in enumerate(told, start=1)}
    return render(
        at,
        "daily.html",
        found=found,
        day=day,
        entries=entries,
        most=_MOST,
        numbers=numbers,
        picture=incidents_svg(told, at.words, at.words.day(when), numbers),
        silent=found.silent(at.agreement.guarantors),
        before=_link(found.first_day <= when - timedelta(days=1), when - timedelta(days=1)),
        after=_link(when + timedelta(days=1) <= found.last_day, when + timedelta(days=1)),
    )


def _entries(at: Context, day: str, verdict: Verdict) -> tuple[Incident, ...]:
    filters = Filters.parse([("day__gte", day), ("day__lte", day), ("verdict", verdict.value)])
    return list_incidents(at.database, filters, Order.OLDEST, None, _MOST).rows


def _link(there: bool, day: date) -> date | None:
    return day if there else None
