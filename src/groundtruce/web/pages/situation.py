"""The situation: the last day against the day before and what is usual, what changed, and what cannot be told."""

from fastapi import APIRouter

from groundtruce.database.filters.filters import Filters
from groundtruce.database.filters.registry import BY_KEY
from groundtruce.database.query.obligation import read_obligations
from groundtruce.database.query.situation import describe_situation
from groundtruce.database.query.timeline import TimelineStep, count_by_step
from groundtruce.day.day import Change
from groundtruce.model.code import ObligationState
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import page
from groundtruce.web.maps.still import Chart, chart
from groundtruce.web.wording.page import render

__all__ = ["day_chart", "router"]

router = APIRouter()

_URGENT = (ObligationState.OVERDUE, ObligationState.BREACHED)
_MOST_DAYS = 120
"""Bars of a day on a screen; a longer time is drawn by weeks."""


@page(router, "/")
def situation_page(at: Context) -> str:
    """Show how things stand on the last day on record."""
    found = describe_situation(at.database, at.agreement)
    return render(
        at,
        "situation.html",
        found=found,
        changes=[(change, _said(at, change)) for change in found.changes] if found else [],
        silent=found.silent(at.agreement.guarantors) if found else (),
        chart=day_chart(at),
        urgent=[one for one in read_obligations(at.database) if one.state in _URGENT],
    )


def day_chart(at: Context) -> Chart | None:
    """Return the incidents of each day as bars, or of each week where there are too many days."""
    drawn = chart(count_by_step(at.database, Filters(), TimelineStep.DAY), ())
    if drawn is not None and (drawn.last - drawn.first).days >= _MOST_DAYS:
        return chart(count_by_step(at.database, Filters(), TimelineStep.WEEK), ())
    return drawn


def _said(at: Context, change: Change) -> str:
    """Return what changed, in words."""
    asked = BY_KEY[change.key]
    label = at.words.say(asked.label)
    return f"{label}{at.words.say(': ')}{asked.phrase(at.words, change.code)}"
