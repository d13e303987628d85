"""Search as data: words, places, coordinates and identifiers."""

from fastapi import APIRouter

from groundtruce.database.query.search import Found
from groundtruce.database.query.search import search as found_by
from groundtruce.web.export.document import Basis, Document
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import data

__all__ = ["router", "search_of"]

router = APIRouter()


class SearchDocument(Document):
    """What was found."""

    found: Found


def search_of(at: Context) -> Found:
    """Return what the words of an address find; without words, nothing."""
    return found_by(at.database, at.filters.value("q") or "", at.limit)


@data(router, "/search.json", SearchDocument, {"q", "limit"}, tags=("search",))
def search(at: Context) -> SearchDocument:
    """Incidents, reports and places for words, coordinates (degrees or MGRS) or an identifier."""
    return SearchDocument(basis=Basis.of(at), found=search_of(at))
