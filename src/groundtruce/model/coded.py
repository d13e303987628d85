"""Coded columns: few different values as a small number for each row, and the value of each number."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Coded"]

Value_co = TypeVar("Value_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Coded(Generic[Value_co]):
    """A column of few values: the code of each row, and the value of each code; the first code is for unknown."""

    codes: NDArray[np.unsignedinteger]
    values: tuple[Value_co | None, ...]

    def where(self, holds: Callable[[Value_co | None], bool]) -> NDArray[np.bool_]:
        """Return by code whether something holds of its value."""
        return np.fromiter((holds(value) for value in self.values), np.bool_, len(self.values))

    def choose(self, holds: Callable[[Value_co | None], bool]) -> NDArray[np.bool_]:
        """Return by row whether something holds of its value."""
        return np.asarray(self.where(holds)[self.codes])

    def take(self, rows: NDArray[np.int64]) -> "Coded[Value_co]":
        """Return the column of some rows; the values stay as they are."""
        return Coded(self.codes[rows], self.values)

    def tally(self, mask: NDArray[np.bool_] | None = None) -> Mapping[Value_co | None, int]:
        """Return each value that occurs among all rows or those of a mask, and in how many, in the order of codes."""
        codes = self.codes if mask is None else self.codes[mask]
        counts = np.bincount(codes, minlength=len(self.values))
        return {self.values[code]: int(counts[code]) for code in np.flatnonzero(counts).tolist()}
