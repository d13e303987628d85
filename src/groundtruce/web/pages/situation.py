"""The situation: the last day against the day before and what is usual, what changed, and what cannot be determined."""

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
from groundtruce.web.maps.still import Chart, draw_chart
from groundtruce.web.wording.page import render_page

__all__ = ["chart_days", "router"]

router = APIRouter()

_URGENT = (ObligationState.OVERDUE, ObligationState.BREACHED)
_MOST_DAYS = 120
"""Bars of a day on a screen; a longer time is drawn by weeks."""


@page(router, "/")
def situation_page(context: Context) -> str:
    """Show the situation of the last day on record."""
    situation = describe_situation(context.database, context.agreement)
    return render_page(
        context,
        "situation.html",
        found=situation,
        changes=[(change, _describe_changes(context, change)) for change in situation.changes]
        if situation
        else [],
        silent=situation.silent(context.agreement.guarantors) if situation else (),
        chart=chart_days(context),
        urgent=[
            obligation
            for obligation in read_obligations(context.database)
            if obligation.state in _URGENT
        ],
    )


def chart_days(context: Context) -> Chart | None:
    """Return the incidents of each day as bars, or of each week where there are too many days."""
    drawn = draw_chart(count_by_step(context.database, Filters(), TimelineStep.DAY), ())
    if drawn is not None and (drawn.last - drawn.first).days >= _MOST_DAYS:
        return draw_chart(count_by_step(context.database, Filters(), TimelineStep.WEEK), ())
    return drawn


def _describe_changes(context: Context, change: Change) -> str:
    """Return what changed, in words."""
    asked = BY_KEY[change.key]
    label = context.words.say(asked.label)
    return f"{label}{context.words.say(': ')}{asked.phrase(context.words, change.code)}"
