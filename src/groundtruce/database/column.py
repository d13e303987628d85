"""The incidents of a database as columns in memory: what is counted and put in order without a look at rows.

* One reading is kept for each open database; a call asks for the digests of the parts and reads those that changed.
* A reading is never changed: who holds one counts on, while the next call may give another.
* Rows are in the order of their numbers. Unknown is -1 for a whole number, NaN for a place, the code 0 for a text;
  an unknown first day lies before every day, an unknown last day after every day, and so do instants.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.database.engine import Database, Reader
from groundtruce.database.packed import (
    CODED,
    DAYS,
    INSTANTS,
    NOTHING,
    PLACES,
    WHOLE,
    first_of,
    unpacked,
)

__all__ = ["Coded", "Columns", "Whole", "columns"]

Whole = NDArray[np.int64]
"""Whole numbers, among them those of rows."""

_FIRST = np.iinfo(np.int64).min
_LAST = np.iinfo(np.int64).max
_NEVER = -(1 << 62)
"""Of whose time nothing is known; its negative is a number as well."""

_FIRST_DAY = np.iinfo(np.int32).min
_LAST_DAY = np.iinfo(np.int32).max
_FEW = 1 << 16
"""Codes that two bytes tell apart."""

_PLAIN = ("number", *INSTANTS, *DAYS, *PLACES, *WHOLE)

Kept = TypeVar("Kept")
_Piece = dict[str, NDArray[Any]]
Digests = tuple[tuple[int, str], ...]
"""Number and digest of each part."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of texts: the code of each row, and what the codes stand for; the first stands for unknown."""

    codes: NDArray[np.unsignedinteger]
    values: tuple[str | None, ...]

    def where(self, holds: Callable[[str | None], bool]) -> NDArray[np.bool_]:
        """Return by code whether something holds of its text."""
        return np.fromiter((holds(value) for value in self.values), np.bool_, len(self.values))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class Columns:
    """What is kept of each incident; instants are microseconds and days are days since 1970."""

    number: Whole
    occurred_from: Whole
    occurred_to: Whole
    first_day: NDArray[np.int32]
    last_day: NDArray[np.int32]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    radius_m: NDArray[np.float64]
    killed_low: NDArray[np.int32]
    killed_best: NDArray[np.int32]
    killed_high: NDArray[np.int32]
    injured_low: NDArray[np.int32]
    injured_high: NDArray[np.int32]
    n_reports: NDArray[np.int32]
    n_independent: NDArray[np.int32]
    kind: Coded
    weapon: Coded
    target: Coded
    actor_party: Coded
    parties: Coded
    sources: Coded
    verdict: Coded
    clauses: Coded
    contradictions: Coded
    place_name: Coded
    digests: Digests
    """Two readings with the same are the same."""
    kept: dict[str, Any] = field(default_factory=dict, repr=False)
    """What follows from the columns, as an order of the rows, once somebody asked for it."""

    @property
    def rows(self) -> int:
        """How many incidents there are."""
        return len(self.number)

    @property
    def at(self) -> Whole:
        """Return when each began, or ended where its beginning is unknown."""
        return self.keep("at", self._at)

    def _at(self) -> Whole:
        ended = np.where(self.occurred_to == _LAST, _NEVER, self.occurred_to)
        return np.where(self.occurred_from == _FIRST, ended, self.occurred_from)

    @property
    def dated(self) -> NDArray[np.bool_]:
        """Return which are dated to one day."""
        return np.asarray(self.first_day == self.last_day)

    def coded(self, name: str) -> Coded:
        """Return a column of texts by its name."""
        found = getattr(self, name)
        assert isinstance(found, Coded)
        return found

    def keep(self, name: str, made: Callable[[], Kept]) -> Kept:
        """Return what was made before under a name, or make it; it must follow from the columns."""
        found: Kept | None = self.kept.get(name)
        return self.kept.setdefault(name, made()) if found is None else found

    def find(self, numbers: Whole) -> Whole:
        """Return the rows of the incidents with these numbers; those that are not there are left out."""
        places = np.searchsorted(self.number, numbers)
        inside = places < self.rows
        places, numbers = places[inside], numbers[inside]
        return np.unique(places[self.number[places] == numbers])


def columns(database: Database) -> Columns:
    """Return the columns of the view that stands."""
    with _KEEPING:
        reading = _READINGS.setdefault(database, _Reading())
    return reading.current(database)


class _Reading:
    """What was read of one database; codes of texts stay what they were, so that parts can be kept."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._codes: dict[str, dict[str, int]] = {name: {} for name in CODED}
        self._columns = self._joined((), [self._piece(NOTHING)])

    def current(self, database: Database) -> Columns:
        """Return the columns as they stand, read anew as far as they changed."""
        if _digests(database) != self._columns.digests:
            with self._lock, database.reading() as reader:
                self._refresh(reader)
        return self._columns

    def _refresh(self, reader: Reader) -> None:
        digests = _digests(reader)
        known = dict(self._columns.digests)
        stale = {f"part_{part}": part for part, digest in digests if known.get(part) != digest}
        names = ", ".join(f":{name}" for name in stale)
        if stale:
            rows = reader.rows(f"SELECT part, content FROM packed WHERE part IN ({names})", stale)
            fresh = {int(row["part"]): self._piece(bytes(row["content"])) for row in rows}
            pieces = [fresh.get(part) or self._held(part) for part, _ in digests]
            self._columns = self._joined(digests, pieces)

    def _piece(self, content: bytes) -> _Piece:
        """Return the columns of one part, texts by the codes of all parts."""
        texts, frame = unpacked(content)
        found = dict(_plain(frame))
        for name, values in texts.items():
            codes = self._codes[name]
            now = [0, *(codes.setdefault(value, len(codes) + 1) for value in values)]
            found[name] = np.array(now, np.uint32)[frame[name].to_numpy()]
        return found

    def _held(self, part: int) -> _Piece:
        """Return the columns of a part as they are held: views, not copies."""
        held = self._columns
        begin, end = np.searchsorted(held.number, [first_of(part), first_of(part + 1)])
        plain = {name: getattr(held, name)[begin:end] for name in _PLAIN}
        return plain | {name: held.coded(name).codes[begin:end] for name in CODED}

    def _joined(self, digests: Digests, pieces: list[_Piece]) -> Columns:
        joined: dict[str, Any] = {
            name: np.concatenate([piece[name] for piece in pieces]) for name in (*_PLAIN, *CODED)
        }
        for name, codes in self._codes.items():
            small = np.uint16 if len(codes) < _FEW else np.uint32
            joined[name] = Coded(joined[name].astype(small, copy=False), (None, *codes))
        return Columns(digests=digests, **joined)


_KEEPING = Lock()
_READINGS: WeakKeyDictionary[Database, _Reading] = WeakKeyDictionary()
"""One for each open database, gone with it: a memory of what was read, and of nothing else."""


def _digests(reader: Reader | Database) -> Digests:
    rows = reader.rows("SELECT part, digest FROM packed ORDER BY part")
    return tuple((int(row["part"]), str(row["digest"])) for row in rows)


def _plain(frame: pl.DataFrame) -> Iterator[tuple[str, NDArray[np.generic]]]:
    """Yield the columns that are not texts, with what stands for unknown."""
    yield "number", frame["number"].to_numpy()
    for names, first, last in ((INSTANTS, _FIRST, _LAST), (DAYS, _FIRST_DAY, _LAST_DAY)):
        for name, unknown in zip(names, (first, last), strict=True):
            yield name, frame[name].fill_null(unknown).to_numpy()
    for name in PLACES:
        yield name, frame[name].fill_null(float("nan")).to_numpy()
    for name in WHOLE:
        yield name, frame[name].to_numpy()
