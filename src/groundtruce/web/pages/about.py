"""About the site: how the figures are made, what the words mean, how to take data along, and how to get around."""

from collections.abc import Iterator

from fastapi import APIRouter

from groundtruce.database.filters.registry import BY_KEY
from groundtruce.model.message import translatable as _
from groundtruce.model.table import ASSESSMENTS, DERIVED, OBLIGATIONS
from groundtruce.model.vocabulary import VocabularyName, load_vocabulary
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import page
from groundtruce.web.http.url import KEYS
from groundtruce.web.wording.page import render_page

__all__ = ["router"]

router = APIRouter()

_VOCABULARIES = {
    VocabularyName.KIND: _("What happened"),
    VocabularyName.WEAPON: _("Weapons"),
    VocabularyName.TARGET: _("Who or what was hit"),
    VocabularyName.SOURCE_KIND: _("Kinds of source"),
    VocabularyName.MEANS: _("How a source knows"),
    VocabularyName.TIME_PRECISION: _("How precisely a time is told"),
    VocabularyName.CASUALTY: _("Casualties"),
    VocabularyName.ACCESS: _("Humanitarian access"),
    VocabularyName.PHASE: _("Phases"),
    VocabularyName.PHENOMENON: _("What was seen or heard"),
    VocabularyName.UNIT: _("Units of counting"),
}

_DATA = (
    ("/incidents", _("Incidents"), ("json", "csv", "geojson", "parquet", "atom"), "/incidents"),
    ("/incidents/{id}", _("One incident with its reports and verdicts"), ("json",), None),
    ("/facets", _("Counts of incidents for each value of a filter"), ("json",), "/incidents"),
    (
        "/timeline",
        _("Counts of incidents by day, week or month"),
        ("json", "csv", "parquet"),
        "/map",
    ),
    (
        "/reports",
        _("Reports of the chosen incidents"),
        ("json", "csv", "geojson", "parquet"),
        "/reports",
    ),
    ("/reports/{id}", _("One report, as received"), ("json",), None),
    ("/sources", _("Sources"), ("json",), "/reports"),
    ("/assessments", ASSESSMENTS.title, ("csv", "parquet"), None),
    ("/compliance", _("Compliance"), ("json", "csv", "parquet"), "/compliance"),
    ("/obligations", OBLIGATIONS.title, ("json", "csv", "parquet"), "/compliance"),
    ("/situation", _("Situation"), ("json",), "/"),
    ("/daily/{day}", _("Daily report"), ("json",), "/daily"),
    ("/daily", _("Daily reports"), ("atom",), "/daily"),
    ("/bulletins", _("Bulletins"), ("json", "csv", "parquet"), "/bulletins"),
    ("/search", _("Search"), ("json",), "/search"),
    ("/agreement", _("Agreement"), ("json", "yaml"), "/agreement"),
    ("/record", _("Record"), ("json",), "/record"),
    ("/record/states", _("Former states"), ("json",), "/record"),
)
"""What can be had as data: the path, what it is, its forms, and the page that shows it."""


def _others() -> Iterator[tuple[str, str, tuple[str, ...], None]]:
    """Yield the derived tables that no page shows, as `_DATA` has them."""
    listed = {path for path, *_rest in _DATA}
    for table in DERIVED:
        if f"/{table.file}" not in listed:
            yield f"/{table.file}", table.title, ("csv", "parquet"), None


@page(router, "/about/methods")
def methods(context: Context) -> str:
    """Say how reports become incidents and verdicts, and with which method this view was computed."""
    fusion = context.view_info.method.get("fusion")
    return render_page(context, "methods.html", method=fusion if isinstance(fusion, dict) else {})


@page(router, "/glossary")
def glossary(context: Context) -> str:
    """Show every code of the lexicon with its definition."""
    return render_page(
        context,
        "glossary.html",
        vocabularies=[
            (name.value, context.words.say(title), tuple(load_vocabulary(name).values()))
            for name, title in _VOCABULARIES.items()
        ],
    )


@page(router, "/api")
def api(context: Context) -> str:
    """Say how the same data are had by programs."""
    say = context.words.say
    return render_page(
        context,
        "api.html",
        data=[
            (path, say(title), forms, shown) for path, title, forms, shown in (*_DATA, *_others())
        ],
        filters=tuple(BY_KEY.values()),
        keys=tuple(KEYS.values()),
    )


@page(router, "/accessibility")
def accessibility(context: Context) -> str:
    """Say what the pages keep to, and by which keys they can be used."""
    return render_page(context, "accessibility.html")
