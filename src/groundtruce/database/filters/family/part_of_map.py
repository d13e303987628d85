"""The filter by a part of the map."""

from collections.abc import Mapping
from dataclasses import dataclass

from groundtruce.database.filters.bbox import Box
from groundtruce.database.filters.filter import Filter, Parameters, Scope
from groundtruce.database.filters.mask import Mask
from groundtruce.language.words import Words
from groundtruce.model.message import translatable as _

__all__ = ["BoxFilter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxFilter(Filter):
    """A box of degrees that holds the point of an incident."""

    form: str = _("four degrees: west,south,east,north, as 36.8,36,37.4,36.5")
    example: str = "36.8,36,37.4,36.5"

    @property
    def schema(self) -> Mapping[str, object]:
        """Four numbers."""
        return {"type": "string", "pattern": r"^-?\d+(\.\d+)?(,-?\d+(\.\d+)?){3}$"}

    def parse(self, text: str) -> str:
        """Return a box as addresses have it."""
        return str(Box.parse(text))

    def mask(self, scope: Scope, values: tuple[str, ...]) -> Mask:
        """Return which points are in the box; an unknown one is in none."""
        box, columns = Box.parse(values[0]), scope.columns
        east_of, west_of = columns.lon >= box.west, columns.lon <= box.east
        across = east_of & west_of if box.west <= box.east else east_of | west_of
        return across & (columns.lat >= box.south) & (columns.lat <= box.north)

    def sql(self, parameters: Parameters, values: tuple[str, ...]) -> str:
        """Return the same."""
        box, bind = Box.parse(values[0]), parameters.bind
        west, east = f"lon >= {bind(box.west)}", f"lon <= {bind(box.east)}"
        across = f"{west} AND {east}" if box.west <= box.east else f"({west} OR {east})"
        return f"{across} AND lat >= {bind(box.south)} AND lat <= {bind(box.north)}"

    def phrase(self, words: Words, value: str) -> str:
        """Return the degrees as they are written."""
        return value
