"""A part of the map, in degrees of WGS 84, as an address names it.

>>> str(Box.parse("36.80,36,37.4,36.5"))
'36.8,36,37.4,36.5'
"""

from dataclasses import dataclass

__all__ = ["Box"]

_DECIMALS = 6
"""Of a degree in an address: a tenth of a metre."""

_EAST, _NORTH = 180.0, 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Degrees; `west` lies east of `east` where the box crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def __str__(self) -> str:
        """Return the box as an address has it."""
        return ",".join(_degrees(one) for one in (self.west, self.south, self.east, self.north))

    @classmethod
    def parse(cls, text: str) -> "Box":
        """Return the box that an address names; raises ValueError."""
        west, south, east, north = (round(float(part), _DECIMALS) for part in text.split(","))
        if not (max(abs(west), abs(east)) <= _EAST and -_NORTH <= south <= north <= _NORTH):
            raise ValueError(text)
        return cls(west=west, south=south, east=east, north=north)


def _degrees(value: float) -> str:
    """Return degrees without needless digits.

    >>> _degrees(36.0), _degrees(-0.25)
    ('36', '-0.25')
    """
    return f"{round(value, _DECIMALS) + 0.0:.{_DECIMALS}f}".rstrip("0").rstrip(".")
