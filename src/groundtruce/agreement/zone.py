"""Places of an agreement: boxes, polygons, circles, lines, belts along lines and rings around places.

* Positions are `[longitude, latitude]` in degrees of WGS 84, as GeoJSON writes them (RFC 7946); distances in metres.
* A line or an outline has an edition, days on which it is valid, an uncertainty, and is marked on the ground or not.
* A belt says whether its width is that of each side or of the whole zone; a width may be a range.
* `undetermined` stands for a place that the text leaves to a later agreement.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from groundtruce.agreement.shape import Cite, Id, Instant, Texts
from groundtruce.model.document import Shape, WrongValueError
from groundtruce.model.message import Phrase

__all__ = ["Belt", "Circle", "Position", "Ring", "Width", "Zone", "ZoneBox"]

Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Position = tuple[Longitude, Latitude]
Metres = Annotated[float, Field(gt=0, le=1_000_000)]


class ZoneBox(Shape):
    """Degrees from west to east and from south to north; it does not cross the 180th meridian."""

    west: Longitude
    south: Latitude
    east: Longitude
    north: Latitude

    @model_validator(mode="after")
    def _in_order(self) -> "ZoneBox":
        if self.west >= self.east or self.south >= self.north:
            raise WrongValueError(Phrase("a box runs from west to east and from south to north"))
        return self


class Circle(Shape):
    """All that is within a distance of a point."""

    centre: Position
    radius_m: Metres


class Width(Shape):
    """A width that the text gives as a range."""

    low: Metres
    high: Metres

    @model_validator(mode="after")
    def _in_order(self) -> "Width":
        if self.low > self.high:
            raise WrongValueError(Phrase("low is above high"))
        return self


class Belt(Shape):
    """All that is near a line: `width_m` from the line on each side, or in total."""

    line: Id
    width_m: Metres | Width
    measured: Literal["each_side", "in_total"]

    def each_side_m(self) -> tuple[float, float]:
        """Return the least and the greatest distance from the line, in metres."""
        share = 1.0 if self.measured == "each_side" else 0.5
        if isinstance(self.width_m, Width):
            return self.width_m.low * share, self.width_m.high * share
        return self.width_m * share, self.width_m * share


class Ring(Shape):
    """All that is within a distance of a place, the place itself left out or not."""

    around: Id
    within_m: Metres
    with_place: bool = True


class Zone(Shape):
    """A named place in exactly one of the forms."""

    name: Texts
    cite: Cite
    box: ZoneBox | None = None
    polygon: Annotated[tuple[Position, ...], Field(min_length=3)] | None = None
    circle: Circle | None = None
    line: Annotated[tuple[Position, ...], Field(min_length=2)] | None = None
    belt: Belt | None = None
    ring: Ring | None = None
    undetermined: Texts | None = None
    """What the text leaves open, where it does."""
    uncertainty_m: Annotated[float, Field(ge=0, le=100_000)] = 0.0
    """How far the true outline may lie from the one given."""
    edition: str | None = None
    marked: bool | None = None
    valid_from: Instant | None = None
    valid_to: Instant | None = None

    @model_validator(mode="after")
    def _one_form(self) -> "Zone":
        forms = ("box", "polygon", "circle", "line", "belt", "ring", "undetermined")
        given = [form for form in forms if getattr(self, form) is not None]
        if len(given) != 1:
            raise WrongValueError(
                Phrase(
                    "a place has exactly one of {forms}; here: {given}",
                    forms=", ".join(forms),
                    given=", ".join(given) or Phrase("none"),
                )
            )
        return self

    @property
    def rests_on(self) -> str | None:
        """The place on which this one is built."""
        if self.belt is not None:
            return self.belt.line
        return self.ring.around if self.ring is not None else None
