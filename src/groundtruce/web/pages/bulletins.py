"""Bulletins: what the parties and others counted, day by day, beside what this record comes to."""

from fastapi import APIRouter

from groundtruce.database.query.bulletin import list_bulletin_days
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import page
from groundtruce.web.wording.page import render_page

__all__ = ["router"]

router = APIRouter()


@page(router, "/bulletins")
def bulletins(context: Context) -> str:
    """Show each bulletin beside the counts of the same time."""
    return render_page(context, "bulletins.html", days=list_bulletin_days(context.database))
