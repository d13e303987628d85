"""The static map inside a page: incidents of a day or one, with names as SVG text.

* The policy of the pages forbids styles in elements, so a name is placed by attributes; browsers join Arabic in SVG.
"""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from groundtruce.database.query.incident import Incident
from groundtruce.language.words import Words
from groundtruce.maps.static_map import MapPicture, Marker, PlaceLabel, render_map, too_coarse
from groundtruce.maps.symbol import Symbol
from groundtruce.model.code import NOT_ASSESSED

__all__ = ["draw_incidents", "draw_picture"]

_SIZES = {"country": 14, "place": 11.5}
_INKS = {"country": "#6b6555", "place": "#3b362b"}
_END = "</g></svg>"
_PLACES = 12
"""Most place names on the map; more would cover the symbols."""
_NAMED_RADIUS_M = 30_000
"""A coarser point is not where the named place is."""


def draw_incidents(
    incidents: Sequence[Incident], words: Words, when: str, numbers: Mapping[str, int]
) -> Markup | None:
    """Return the map of incidents, each with its number if it has one; None where none can be drawn."""
    placed = [
        incident for incident in incidents if incident.lat is not None and incident.lon is not None
    ]
    markers = [_marker(incident, words, numbers.get(incident.incident_id)) for incident in placed]
    if len(too_coarse(markers)) == len(markers):
        return None
    picture = render_map(
        markers,
        language=words.language.value,
        title=words.say("Incidents of {day}").format(day=when),
        description=words.say("Each symbol is an incident; the circle holds its place."),
        places=_places(placed),
    )
    return draw_picture(picture)


def draw_picture(picture: MapPicture) -> Markup:
    """Return the map with its names, to be set into a page."""
    names = Markup().join(
        Markup(
            '<text x="{}%" y="{}%" font-size="{}" fill="{}" text-anchor="middle" '
            'dominant-baseline="central">{}</text>'
        ).format(
            f"{label.left_percent:.2f}",
            f"{label.top_percent:.2f}",
            _SIZES[label.role],
            _INKS[label.role],
            label.text,
        )
        for label in picture.labels
    )
    # render_map escapes what it is given
    return Markup(picture.svg.removesuffix(_END)) + names + Markup(_END)


def _marker(incident: Incident, words: Words, number: int | None) -> Marker:
    """Return the marker of an incident whose place is known."""
    assert incident.lat is not None
    assert incident.lon is not None
    assessed = incident.verdict != NOT_ASSESSED
    kind = words.label("kind", incident.kind)
    return Marker(
        key="" if number is None else str(number),
        lat=incident.lat,
        lon=incident.lon,
        radius_m=incident.location_radius_m or 0.0,
        symbol=Symbol(incident.verdict) if assessed else Symbol.NO_BREACH,
        title=words.enumerate_texts([kind, incident.place_name or "–"]),
    )


def _places(incidents: Sequence[Incident]) -> list[PlaceLabel]:
    """Return the names of the places that are precise enough to be named, up to a limit."""
    labels: dict[str, PlaceLabel] = {}
    for incident in incidents:
        if incident.place_name is None or incident.lat is None or incident.lon is None:
            continue
        if (incident.location_radius_m or 0.0) <= _NAMED_RADIUS_M and len(labels) < _PLACES:
            label = PlaceLabel(name=incident.place_name, lat=incident.lat, lon=incident.lon)
            labels.setdefault(incident.place_name, label)
    return list(labels.values())
