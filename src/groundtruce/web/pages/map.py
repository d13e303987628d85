"""The map with its period and its list; the tiles, outlines and ground that it draws.

* Without scripts: a still map, the period as a form, and the list; a script brings them to life and asks the same
  addresses for parts of them.
* A tile takes the filters of every list, so that a map shows what a list shows.
"""

import gzip
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from groundtruce.database.filters.filters import Filters
from groundtruce.database.query.incident import Incident, Order, Page, list_incidents, read_incident
from groundtruce.database.query.tile import DEEPEST_TILE, MEDIA_TYPE, draw_tile, locate_incidents
from groundtruce.database.query.timeline import TimelineStep, count_by_step
from groundtruce.language.words import Words
from groundtruce.model.code import Language
from groundtruce.model.message import translatable as _
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.web.http.context import Context
from groundtruce.web.http.error import answer_problem
from groundtruce.web.http.routing import page, raw
from groundtruce.web.http.url import EVERYWHERE, FILTER_KEYS, sort_pairs, write_url
from groundtruce.web.maps.still import draw_chart, draw_map, find_bounds
from groundtruce.web.maps.tiles import DEEPEST_GROUND, draw_ground_tile
from groundtruce.web.maps.zone import draw_zones, zones_as_geojson
from groundtruce.web.state.cache import program_edition, takes_gzip
from groundtruce.web.wording.page import render_page
from groundtruce.web.wording.phrase import chips, claim, filter_sentence, write_narrowed_url

__all__ = ["router"]

router = APIRouter()

_TAKES = FILTER_KEYS | {"sel"}
_PERIOD = ("day__gte", "day__lte")
_ROWS = 40
_MOST_DAYS = 120
"""Bars of a day on a screen; a longer time is drawn by weeks."""
_FOREVER = "public, max-age=31536000, immutable"
_GEOJSON = "application/geo+json"

_LOCALES = {
    Language.ENGLISH: "en-GB",
    Language.FRENCH: "fr",
    Language.ARABIC: "ar-SY-u-nu-latn",
}
"""How a browser writes the dates of the period: as the pages do, with European numerals."""

_CONTROLS = {
    "Map.Title": _("Map of the chosen incidents"),
    "CooperativeGesturesHandler.WindowsHelpText": _("Press Ctrl and scroll to zoom the map"),
    "CooperativeGesturesHandler.MacHelpText": _("Press ⌘ and scroll to zoom the map"),
    "CooperativeGesturesHandler.MobileHelpText": _("Use two fingers to move the map"),
}
"""What the map library says, by its own names."""


@page(router, "/map", _TAKES)
def map_page(context: Context) -> str:
    """Show where and when the chosen incidents happened, and list them."""
    places = draw_zones(context.agreement)
    here = locate_incidents(context.database, context.filters)
    listing = _list_sights(context)
    timeless = _without_period(context.filters)
    asked = [context.filters.value(key) for key in _PERIOD]
    days = [date.fromisoformat(day) for day in asked if day is not None]
    shown = draw_chart(count_by_step(context.database, timeless, TimelineStep.DAY), days)
    if shown is not None and (shown.last - shown.first).days >= _MOST_DAYS:
        shown = draw_chart(count_by_step(context.database, timeless, TimelineStep.WEEK), days)
    outlines = [outline for zone in places for outline in zone.outlines]
    box = find_bounds(
        locate_incidents(context.database, context.filters.minus("bbox"))
    ) or find_bounds(locate_incidents(context.database, Filters()))
    return render_page(
        context,
        "map.html",
        still=draw_map(here, listing.rows, context.words, outlines),
        chart=shown,
        zones=places,
        period=asked,
        other_filters=timeless.pairs(),
        locale_tag=_LOCALES[context.language],
        live={
            "query": write_url(
                "", sort_pairs([*timeless.minus("bbox").pairs(), *_everywhere(context)])
            ).removeprefix("?"),
            "view": context.filters.value("bbox") or "",
            "sel": context.value("sel") or "",
            "bounds": ",".join(f"{degrees:.4f}" for degrees in box) if box else "",
            "ground": f"/ground/{program_edition()}/{{z}}/{{x}}/{{y}}.mvt",
            "ground-depth": DEEPEST_GROUND,
            "depth": DEEPEST_TILE,
            "zones": context.link("/map/places.geojson", lang=context.language.value),
            "locale": _controls(context.words),
            "saves": "yes" if context.saves_data else "",
        },
        **_list_values(context, listing),
    )


@page(router, "/map/list", _TAKES)
def map_list(context: Context) -> str:
    """Show the list alone, for a map that moved."""
    return render_page(context, "map_list.html", **_list_values(context, _list_sights(context)))


@raw(router, "/map/places.geojson", _GEOJSON, spoken=True)
def map_places(context: Context) -> bytes:
    """Return the zones and lines of the agreement."""
    return zones_as_geojson(draw_zones(context.agreement), context.language)


@raw(router, "/tiles/{zoom:few}/{column:few}/{line:few}.mvt", MEDIA_TYPE, FILTER_KEYS)
def incident_tile(context: Context, zoom: int, column: int, line: int) -> bytes:
    """Return the tile of the chosen incidents."""
    try:
        return draw_tile(context.database, context.filters, zoom, column, line)
    except ValueError:
        raise _no_tile(context.address.path) from None


def ground(request: Request) -> Response:
    """Return a tile of the ground, which follows from the program alone."""
    values = request.path_params
    try:
        content = draw_ground_tile(values["zoom"], values["column"], values["line"])
    except ValueError:
        return answer_problem(_no_tile(request.url.path), request.scope, page=False)
    headers = {
        "Cache-Control": _FOREVER if values["edition"] == program_edition() else "no-cache",
        "Vary": "Accept-Encoding",
    }
    if takes_gzip(request.headers.get("accept-encoding", "")):
        content = gzip.compress(content, compresslevel=5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(content, 200, headers, MEDIA_TYPE)


router.add_route(
    "/ground/{edition}/{zoom:few}/{column:few}/{line:few}.mvt",
    ground,
    methods=["GET"],
    include_in_schema=False,
)


def _no_tile(path: str) -> GroundtruceError:
    return GroundtruceError(Problem.WEB_MISSING, path=path[:200])


def _list_sights(context: Context) -> Page:
    """Return the newest of the incidents that the filters choose."""
    return list_incidents(context.database, context.filters, Order.NEWEST, None, _ROWS)


def _list_values(context: Context, listing: Page) -> Mapping[str, object]:
    """Return what the list shows: the incidents in sight, and the one looked at, wherever it is."""
    wanted = context.value("sel")
    detail = read_incident(context.database, wanted) if wanted else None
    picked: Incident | None = detail.incident if detail else None
    asked = replace(context.address, path="/map", filters=context.filters.minus("bbox"))
    return {
        "chips": chips(context.words, asked),
        "sentence": filter_sentence(context.words, asked.filters),
        "found": listing,
        "picked": picked,
        "claim": claim(context.words, picked) if picked else None,
        "whole_list": write_narrowed_url(context.address, context.filters, "/incidents"),
        "pick": lambda incident: _picked_address(context, incident),
    }


def _picked_address(context: Context, incident: str | None) -> str:
    """Return the address of the map that looks at an incident, or at none, with the same filters."""
    given = [] if incident is None else [("sel", incident)]
    return write_url(
        "/map", sort_pairs([*context.filters.minus("bbox").pairs(), *_everywhere(context), *given])
    )


def _everywhere(context: Context) -> list[tuple[str, str]]:
    """Return the keys of the address that each link keeps."""
    return [(key, value) for key, value in context.address.values.items() if key in EVERYWHERE]


def _without_period(filters: Filters) -> Filters:
    for key in _PERIOD:
        filters = filters.minus(key)
    return filters


def _controls(words: Words) -> str:
    return json.dumps({name: words.say(text) for name, text in _CONTROLS.items()})
