"""The daily report as one HTML page, self-contained: no script, no outside address, readable without styles."""

from functools import partial

from markupsafe import Markup

from groundtruce.language.words import Words
from groundtruce.maps.static_map import (
    MapPicture,
    Marker,
    PlaceLabel,
    render_map,
    too_coarse,
)
from groundtruce.maps.symbol import Symbol, symbol_svg
from groundtruce.model.code import Language, Verdict
from groundtruce.model.place import Place
from groundtruce.publish.daily import DailyReport, Entry
from groundtruce.publish.template import bdi, bdis, environment, style

__all__ = ["render_report_page"]

_NAMED_RADIUS_M = 30_000
"""A coarser point is not where its name lies."""

_MAP_PLACES = 12
"""Most place names on the map; more would cover the symbols."""


def render_report_page(report: DailyReport, language: Language) -> str:
    """Return the HTML of a report in a language."""
    words = Words(language, report.agreement)
    picture, coarse = _map(report, words)
    return (
        environment()
        .get_template("daily.html")
        .render(
            report=report,
            words=words,
            say=words.say,
            say_many=words.say_many,
            Verdict=Verdict,
            map=picture,
            svg=Markup(picture.svg) if picture else None,  # render_map escapes
            legend=_legend(words),
            coarse=coarse,
            style=style(),
            other_languages=[other for other in Language if other is not language],
            bdi=bdi,
            bdis=partial(bdis, words),
        )
    )


def _map(report: DailyReport, words: Words) -> tuple[MapPicture | None, int]:
    """Return the map of all placed incidents of the day and how many were too coarse to be drawn."""
    markers = [
        _marker(entry, entry.place, words)
        for entry in report.entries
        if entry.place is not None and entry.verdict is not Verdict.NO_BREACH
    ]
    coarse = too_coarse(markers)
    drawn = [marker for marker in markers if marker not in coarse]
    if not drawn:
        return None, len(coarse)
    picture = render_map(
        drawn,
        language=words.language.value,
        title=words.say("Incidents of {day}").format(day=words.day(report.day.today.day)),
        description=words.say(
            "Each symbol is an incident with its number in the tables; the circle holds its place."
        ),
        places=_places(report),
    )
    return picture, len(coarse)


def _legend(words: Words) -> list[tuple[Markup, str]]:
    return [
        (Markup(symbol_svg(Symbol(verdict.value))), words.verdict(verdict))
        for verdict in Verdict
        if verdict is not Verdict.NO_BREACH
    ]


def _marker(entry: Entry, place: Place, words: Words) -> Marker:
    return Marker(
        key=str(entry.number),
        lat=place.lat,
        lon=place.lon,
        radius_m=place.radius_m or 0.0,
        symbol=Symbol(entry.verdict.value),
        title=f"{entry.number}. {words.label('kind', entry.kind)}, {entry.place_name or '–'}",
    )


def _places(report: DailyReport) -> list[PlaceLabel]:
    """Name the places of the most serious incidents, each once."""
    labels: dict[str, PlaceLabel] = {}
    for entry in report.entries:
        name, place = entry.place_name, entry.place
        if name is None or place is None or (place.radius_m or 0.0) > _NAMED_RADIUS_M:
            continue
        if len(labels) < _MAP_PLACES:
            labels.setdefault(name, PlaceLabel(name=name, lat=place.lat, lon=place.lon))
    return list(labels.values())
