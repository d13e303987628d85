"""Bulletins: what the parties and others counted, day by day, beside what this record comes to."""

from fastapi import APIRouter

from groundtruce.database.bulletin import days
from groundtruce.web.context import Context
from groundtruce.web.page import render
from groundtruce.web.route import page

__all__ = ["router"]

router = APIRouter()


@page(router, "/bulletins")
def bulletins(at: Context) -> str:
    """Show each bulletin beside the counts of the same time."""
    return render(at, "bulletins.html", days=days(at.database))
