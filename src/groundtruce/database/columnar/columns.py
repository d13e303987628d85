"""The incidents of a database as columns in memory: what is counted and put in order without a look at rows.

* One reading is kept for each open database; a call asks which view stands, and where it is another one reads the
  parts that changed.
* A reading is never changed: who holds one counts on, while the next call may give another.
* Rows are in the order of their numbers; what stands for unknown is said in `packed`.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from groundtruce.database.backend.protocol import Database, Reader
from groundtruce.database.columnar.codec import (
    CODED,
    DAYS,
    FIRST,
    INSTANTS,
    LAST,
    NOTHING,
    PLACES,
    WHOLE,
    first_of,
    unpacked,
)

__all__ = ["Coded", "Columns", "Recent", "Whole", "columns"]

Whole = NDArray[np.int64]
"""Whole numbers, among them those of rows."""

_NEVER = -(1 << 62)
"""Of whose time nothing is known; its negative is a number as well."""

_FEW = 1 << 16
"""Codes that two bytes tell apart."""

_PLAIN = ("number", *INSTANTS, *DAYS, *PLACES, *WHOLE)

_RECENT = 32
"""At a million incidents a megabyte each."""

_KEEPING = Lock()
Kept = TypeVar("Kept")
_Piece = dict[str, NDArray[Any]]


class Recent(OrderedDict[str, NDArray[np.bool_]]):
    """What was asked for lately; what was put in first goes first."""

    def __setitem__(self, key: str, value: NDArray[np.bool_]) -> None:
        """Keep a value, and let go of an old one."""
        with _KEEPING:
            super().__setitem__(key, value)
            while len(self) > _RECENT:
                self.popitem(last=False)


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
    reasons: Coded
    contradictions: Coded
    place_name: Coded
    view: str
    """Digest of the view that they belong to."""
    digests: Mapping[int, str]
    """By the number of a part what names its bytes."""
    kept: dict[str, Any] = field(default_factory=dict, repr=False)
    """What follows from the columns, as an order of the rows, once somebody asked for it."""
    sought: Recent = field(default_factory=Recent, repr=False)
    """Words, and which incidents have them in their texts."""

    @property
    def rows(self) -> int:
        """How many incidents there are."""
        return len(self.number)

    @property
    def at(self) -> Whole:
        """Return when each began, or ended where its beginning is unknown."""
        return self.keep("at", self._at)

    def _at(self) -> Whole:
        ended = np.where(self.occurred_to == LAST, _NEVER, self.occurred_to)
        return np.where(self.occurred_from == FIRST, ended, self.occurred_from)

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

    def has(self, numbers: Whole) -> NDArray[np.bool_]:
        """Return by row whether its number is one of these; others need not be there."""
        places = np.searchsorted(self.number, numbers)
        places[places == self.rows] = 0
        mask = np.zeros(self.rows, np.bool_)
        if self.rows:
            mask[places[self.number[places] == numbers]] = True
        return mask


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
        self._columns = self._joined("", {}, [self._piece(NOTHING)])

    def current(self, database: Database) -> Columns:
        """Return the columns as they stand, read anew as far as they changed."""
        if self._columns.view != _view(database):
            with self._lock, database.reading() as reader:
                self._refresh(reader)
        return self._columns

    def _refresh(self, reader: Reader) -> None:
        view = _view(reader)
        digests = {
            int(row["part"]): str(row["digest"])
            for row in reader.rows("SELECT part, digest FROM packed ORDER BY part")
        }
        known = self._columns.digests
        stale = {f"part_{part}": part for part in digests if known.get(part) != digests[part]}
        names = ", ".join(f":{name}" for name in stale)
        if not stale:
            self._columns = replace(self._columns, view=view, sought=Recent())
            return
        rows = reader.rows(f"SELECT part, content FROM packed WHERE part IN ({names})", stale)
        fresh = {int(row["part"]): self._piece(bytes(row["content"])) for row in rows}
        pieces = [fresh.get(part) or self._held(part) for part in digests]
        self._columns = self._joined(view, digests, pieces)

    def _piece(self, content: bytes) -> _Piece:
        """Return the columns of one part, texts by the codes of all parts."""
        texts, found = unpacked(content)
        for name, values in texts.items():
            codes = self._codes[name]
            now = [0, *(codes.setdefault(value, len(codes) + 1) for value in values)]
            found[name] = np.array(now, np.uint32)[found[name]]
        return found

    def _held(self, part: int) -> _Piece:
        """Return the columns of a part as they are held: views, not copies."""
        held = self._columns
        begin, end = np.searchsorted(held.number, [first_of(part), first_of(part + 1)])
        plain = {name: getattr(held, name)[begin:end] for name in _PLAIN}
        return plain | {name: held.coded(name).codes[begin:end] for name in CODED}

    def _joined(self, view: str, digests: Mapping[int, str], pieces: list[_Piece]) -> Columns:
        joined: dict[str, Any] = {
            name: np.concatenate([piece[name] for piece in pieces]) for name in (*_PLAIN, *CODED)
        }
        for name, codes in self._codes.items():
            small = np.uint16 if len(codes) < _FEW else np.uint32
            joined[name] = Coded(joined[name].astype(small, copy=False), (None, *codes))
        return Columns(view=view, digests=digests, **joined)


_READINGS: WeakKeyDictionary[Database, _Reading] = WeakKeyDictionary()
"""One for each open database, gone with it: a memory of what was read, and of nothing else."""


def _view(reader: Reader | Database) -> str:
    rows = reader.rows("SELECT value FROM meta WHERE key = 'view'")
    return str(rows[0]["value"])
