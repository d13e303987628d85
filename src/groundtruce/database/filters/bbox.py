"""A part of the map, in degrees of WGS 84, as an address names it.

>>> str(Box.parse("36.80,36,37.4,36.5"))
'36.8,36,37.4,36.5'
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Box", "find_arc"]

_DECIMALS = 6
"""Of a degree in an address: a tenth of a metre."""

_EAST, _NORTH = 180.0, 90.0
_TURN = 360.0
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Degrees; `west` is east of `east` where the box crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def __str__(self) -> str:
        """Return the box as an address has it."""
        west, east = _sides(self.west, self.east)
        return ",".join(_degrees(side) for side in (west, self.south, east, self.north))

    @classmethod
    def parse(cls, text: str) -> "Box":
        """Return the box that an address names; raises ValueError.

        180 and -180 are one line: a box that ends there holds what is on it, by either name.

        >>> str(Box.parse("-180,0,-179,20")), str(Box.parse("179,0,180,20"))
        ('180,0,-179,20', '179,0,-180,20')
        """
        west, south, east, north = (_read(part.strip()) for part in text.split(","))
        if not (max(abs(west), abs(east)) <= _EAST and -_NORTH <= south <= north <= _NORTH):
            raise ValueError(text)
        west, east = _sides(west, east)
        return cls(west=west, south=south, east=east, north=north)


def find_arc(places: NDArray[np.float64], turn: float = _TURN) -> tuple[float, float]:
    """Return west and east of the smallest arc that holds places on a circle, by default degrees of longitude.

    >>> arc(np.array([179.5, -179.5])), arc(np.array([-90.0, 90.0]))
    ((179.5, -179.5), (-90.0, 90.0))
    """
    line = np.sort(places)
    begin = int(np.argmax(np.diff(line, prepend=line[-1] - turn)))  # after the widest gap
    return float(line[begin]), float(line[begin - 1])


def _read(text: str) -> float:
    """Return the degrees of a plain decimal number; raises ValueError."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return round(float(text), _DECIMALS)


def _sides(west: float, east: float) -> tuple[float, float]:
    """Return west and east as an address has them, so that an end on the antimeridian reaches over all of it."""
    west, east = round(west, _DECIMALS), round(east, _DECIMALS)
    if (west, east) == (-_EAST, _EAST):
        return west, east
    return (_EAST if west == -_EAST else west), (-_EAST if east == _EAST else east)


def _degrees(value: float) -> str:
    """Return degrees without needless digits.

    >>> _degrees(36.0), _degrees(-0.25)
    ('36', '-0.25')
    """
    return f"{round(value, _DECIMALS) + 0.0:.{_DECIMALS}f}".rstrip("0").rstrip(".")
