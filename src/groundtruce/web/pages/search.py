"""Search: words, a place, a grid reference, or an identifier, over incidents and reports."""

from fastapi import APIRouter

from groundtruce.database.query.search import search
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import page
from groundtruce.web.wording.page import render_page

__all__ = ["router"]

router = APIRouter()


@page(router, "/search", {"q"})
def search_page(context: Context) -> str:
    """Show what is found for a text."""
    text = context.filters.value("q") or ""
    return render_page(
        context, "search.html", text=text, found=search(context.database, text) if text else None
    )
