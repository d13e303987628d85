"""Search as data: words, places, coordinates and identifiers."""

from fastapi import APIRouter

from groundtruce.database.query.search import Found
from groundtruce.database.query.search import search as found_by
from groundtruce.web.export.document import Basis, Document
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import data

__all__ = ["router", "search_words"]

router = APIRouter()


class SearchDocument(Document):
    """What was found."""

    found: Found


def search_words(context: Context) -> Found:
    """Return what the words of an address find; without words, nothing."""
    return found_by(context.database, context.filters.value("q") or "", context.limit)


@data(router, "/search.json", SearchDocument, {"q", "limit"}, tags=("search",))
def search(context: Context) -> SearchDocument:
    """Incidents, reports and places for words, coordinates (degrees or MGRS) or an identifier."""
    return SearchDocument(basis=Basis.of(context), found=search_words(context))
