"""The places of an agreement for a map and for the list next to it: outlines, dates, and how far they may be off.

* An area whose edge is uncertain has two outlines: what surely lies within, and what may.
* A place that the text leaves open has no outline; the list says so.
* Days are local days of the agreement's zone; an edition that ends at midnight does not hold on the day that begins.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import shapely
from shapely import Geometry

from groundtruce.agreement.terms import Agreement
from groundtruce.agreement.zone import Zone
from groundtruce.compliance.questions.geometry import Ground, build_grounds
from groundtruce.model.code import Language
from groundtruce.model.script import shape_for_drawing

__all__ = ["DrawnZone", "draw_zones", "zones_as_geojson"]

_GRID_DEG = 1e-5
"""A metre: finer than any line that an agreement gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnZone:
    """A place of the terms; `ground` is None where they leave it open, `line` is what a belt or line is built on."""

    id: str
    declared: Zone
    ground: Ground | None
    line: Geometry | None
    first_day: date | None
    last_day: date | None

    @property
    def outlines(self) -> tuple[Geometry, ...]:
        """What a map draws of it: the line, or the outer and the inner outline where they differ."""
        if self.line is not None and self.declared.line is not None:
            return (self.line,)
        if self.ground is None:
            return ()
        inner, outer = self.ground.inner, self.ground.outer
        return (outer,) if inner is outer or shapely.is_empty(inner) else (outer, inner)


def draw_zones(agreement: Agreement) -> tuple[DrawnZone, ...]:
    """Return the places of an agreement in the order of the document."""
    shapes = build_grounds(agreement.places)
    return tuple(
        DrawnZone(
            id=name,
            declared=place,
            ground=shapes[name],
            line=shapely.LineString(place.line) if place.line is not None else None,
            first_day=_day(place.valid_from, agreement),
            last_day=_day(place.valid_to, agreement, timedelta(microseconds=1)),
        )
        for name, place in agreement.places.items()
    )


def zones_as_geojson(found: Sequence[DrawnZone], language: Language) -> bytes:
    """Return outlines as GeoJSON, with the name in a language and the days on which each holds."""
    features = [feature for zone in found for feature in _features(zone, language)]
    document = {"type": "FeatureCollection", "features": features}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _features(zone: DrawnZone, language: Language) -> Iterator[Mapping[str, object]]:
    """Yield each outline of a zone as a GeoJSON feature (RFC 7946)."""
    properties = {
        "id": zone.id,
        "name": shape_for_drawing(zone.declared.name[language]),
        "from": zone.first_day.isoformat() if zone.first_day else "0000-01-01",
        "to": zone.last_day.isoformat() if zone.last_day else "9999-12-31",
    }
    # a box is a bound that nobody sees on the ground: the list names it
    outer = "box" if zone.declared.box is not None else "outer"
    roles = ("line",) if zone.declared.line is not None else (outer, "inner")
    for role, outline in zip(roles, zone.outlines, strict=False):
        shape = shapely.set_precision(outline, _GRID_DEG)
        yield {
            "type": "Feature",
            "properties": {**properties, "role": role},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }


def _day(
    moment: datetime | None, agreement: Agreement, before: timedelta = timedelta()
) -> date | None:
    return None if moment is None else (moment - before).astimezone(agreement.zone).date()
