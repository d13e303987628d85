"""Runs: rows in the order of their groups, and what each group's rows come to."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["Runs"]

_Ints = NDArray[np.int64]
_MOST, _LEAST = np.iinfo(np.int64).max, np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Runs:
    """`begin` (g,) the first row of each group; `of` (n,) the number of each row's group, from 0 upwards."""

    begin: _Ints
    of: _Ints

    @classmethod
    def find(cls, group: NDArray[np.integer]) -> "Runs":
        """Return the runs of equal numbers."""
        fresh = np.ones(len(group), np.bool_)
        fresh[1:] = group[1:] != group[:-1]
        return cls(begin=np.nonzero(fresh)[0], of=np.cumsum(fresh) - 1)

    def lowest(self, column: pl.Series) -> pl.Series:
        """Return the lowest integer or time of each group; null where none is known."""
        known = column.to_physical().fill_null(_MOST).to_numpy()
        return _column(np.minimum.reduceat(known, self.begin), _MOST, column)

    def highest(self, column: pl.Series) -> pl.Series:
        """Return the highest integer or time of each group; null where none is known."""
        known = column.to_physical().fill_null(_LEAST).to_numpy()
        return _column(np.maximum.reduceat(known, self.begin), _LEAST, column)

    def middle(self, column: pl.Series) -> pl.Series:
        """Return the median of the integers of each group, the lower of two; null where none is known."""
        known = column.fill_null(_MOST).to_numpy()
        number = np.add.reduceat((known != _MOST).astype(np.int64), self.begin)
        inside = known[np.lexsort((known, self.of))]
        return _column(inside[self.begin + np.maximum(number - 1, 0) // 2], _MOST, column)

    def any(self, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which groups have a row that is marked."""
        return np.logical_or.reduceat(marked, self.begin)

    def best(self, *keys: NDArray[np.integer]) -> _Ints:
        """Return the row of each group that comes first by the keys, of which the last counts most."""
        return np.asarray(np.lexsort((*keys, self.of))[self.begin])


def _column(values: _Ints, unknown: int, like: pl.Series) -> pl.Series:
    """Return values as a column named and typed like another, null where they are `unknown`."""
    column = pl.Series(like.name, values)
    return column.set(column == unknown, None).cast(like.dtype)
