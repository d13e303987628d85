"""Orders of a list, and the place in it from which a page goes on: a value and an incident, not a count of rows.

* Equals are in the order of their numbers; unknown figures and times come last, but for the oldest first.
* A place stays right when incidents come and go, that of the place among them.

>>> Cursor.parse("-3~I-aaaaaaaaaaab")
Cursor(key=-3, number=1)
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from groundtruce.database.columnar.codec import format_id, parse_id
from groundtruce.database.columnar.columns import Columns, Whole
from groundtruce.database.filters.mask import Mask, Selection
from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem

__all__ = ["Cursor", "Order", "OrderedRows", "order_rows"]

_CURSOR = re.compile(r"(-?\d{1,19})~(I-[a-z2-7]{12})")
_SPARSE = 16
"""Where fewer than one row in so many is chosen, the chosen are sorted; else all rows in order are gone through."""

_FIRST_RUN, _GROWTH, _WIDEST = 64, 4, 1 << 18
"""A page needs few rows where most are chosen; where few are, runs soon get wide."""


class Order(StrEnum):
    """What comes first in a list."""

    NEWEST = "newest"
    OLDEST = "oldest"
    DEADLIEST = "deadliest"
    MOST_REPORTED = "most_reported"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: its key in the order, and its number."""

    key: int
    number: int

    def __str__(self) -> str:
        """Return the text for an address."""
        return f"{self.key}~{format_id(self.number)}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Return the place that an address names; raises GroundtruceError `query.bad_value`."""
        match = _CURSOR.fullmatch(text)
        if match is None or abs(int(match[1])) >= 1 << 63:
            raise GroundtruceError(
                Problem.QUERY_BAD_VALUE,
                key=quote("after"),
                value=quote(text[:80]),
                expected=Phrase("what the page before gives as the next one"),
            )
        return cls(int(match[1]), parse_id(match[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedRows:
    """Selection rows in an order; `rows` are all rows in it where `mask` says which are chosen."""

    columns: Columns
    keys: Whole
    rows: Whole
    mask: Mask | None

    def make_cursor(self, row: int) -> Cursor:
        """Return the place of a row."""
        return Cursor(int(self.keys[row]), int(self.columns.number[row]))

    def iterate_from(self, cursor: Cursor | None, *, inclusive: bool = False) -> Iterator[Whole]:
        """Yield what is chosen beyond a place, in order, in runs that grow; with the row of the place, or without."""
        stride = _FIRST_RUN
        place = 0 if cursor is None else self._place(cursor, inclusive=inclusive)
        while place < len(self.rows):
            run = self.rows[place : place + stride]
            place += stride
            stride = min(stride * _GROWTH, _WIDEST)
            yield run if self.mask is None else run[self.mask[run]]

    def _place(self, cursor: Cursor, *, inclusive: bool) -> int:
        """Return how many rows come before a place; equals are in the order of their numbers."""
        sought = (cursor.key, cursor.number)
        numbers = self.columns.number

        def key(row: int) -> tuple[int, int]:
            return int(self.keys[row]), int(numbers[row])

        find = bisect_left if inclusive else bisect_right
        return find(self.rows, sought, key=key)


def order_rows(chosen: Selection, order: Order) -> OrderedRows:
    """Return the chosen rows in an order; the order of all rows is worked out once for each reading."""
    columns = chosen.columns
    keys = columns.keep(f"keys {order}", lambda: _keys(columns, order))
    mask = chosen.mask
    if mask is None or chosen.count * _SPARSE > columns.rows:
        rows = columns.keep(f"rows {order}", lambda: np.argsort(keys, kind="stable"))
    else:
        rows, mask = chosen.rows, None
        rows = rows[np.argsort(keys[rows], kind="stable")]
    return OrderedRows(columns=columns, keys=keys, rows=rows, mask=mask)


def _keys(columns: Columns, order: Order) -> Whole:
    """Return by row a number of which the lowest comes first."""
    match order:
        case Order.NEWEST:
            return -columns.at
        case Order.OLDEST:
            return columns.at
        case Order.DEADLIEST:
            return -columns.killed_best.astype(np.int64)
        case Order.MOST_REPORTED:
            return -columns.n_reports.astype(np.int64)
