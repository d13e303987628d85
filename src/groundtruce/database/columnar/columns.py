"""The incidents of a database as columns in memory: what is counted and put in order without a look at rows.

* One reading is kept with the handle of each open database; a call asks which view is held, and where it is another one
  reads the parts that changed.
* A reading is never changed: who holds one counts on, while the next call may give another.
* Rows are in the order of their numbers; what stands for unknown is said in `codec`.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from groundtruce.compliance.summary import ClauseVerdicts, Names
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
    find_first_number,
    unpack_part,
)
from groundtruce.model.coded import Coded

__all__ = ["Columns", "Recent", "Whole", "read_columns"]

Whole = NDArray[np.int64]
"""Whole numbers, among them those of rows."""

_NEVER = -(1 << 62)
"""Of whose time nothing is known; its negative is a number as well."""

_FEW = 1 << 16
"""Codes that two bytes tell apart."""

_PLAIN = ("number", *INSTANTS, *DAYS, *PLACES, *WHOLE)

_RECENT = 32
"""At a million incidents a megabyte each."""

Kept = TypeVar("Kept")
_Piece = dict[str, NDArray[Any]]


class Recent(OrderedDict[str, NDArray[np.bool_]]):
    """What was asked for lately; what was put in first goes first."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self._lock = Lock()

    def __setitem__(self, key: str, value: NDArray[np.bool_]) -> None:
        """Keep a value, and let go of an old one."""
        with self._lock:
            super().__setitem__(key, value)
            while len(self) > _RECENT:
                self.popitem(last=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
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
    kind: Coded[str]
    weapon: Coded[str]
    target: Coded[str]
    actor_party: Coded[str]
    parties: Coded[Names]
    sources: Coded[Names]
    verdict: Coded[str]
    clauses: Coded[ClauseVerdicts]
    reasons: Coded[Names]
    contradictions: Coded[Names]
    place_name: Coded[str]
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
        return self.keep("at", self._find_beginnings)

    def _find_beginnings(self) -> Whole:
        """Work out `at`."""
        ended = np.where(self.occurred_to == LAST, _NEVER, self.occurred_to)
        return np.where(self.occurred_from == FIRST, ended, self.occurred_from)

    @property
    def dated(self) -> NDArray[np.bool_]:
        """Return which are dated to one day."""
        return np.asarray(self.first_day == self.last_day)

    def text_column(self, name: str) -> Coded[str]:
        """Return a column of texts by its name."""
        return {
            "kind": self.kind,
            "weapon": self.weapon,
            "target": self.target,
            "actor_party": self.actor_party,
            "verdict": self.verdict,
            "place_name": self.place_name,
        }[name]

    def keep(self, name: str, made: Callable[[], Kept]) -> Kept:
        """Return what was made before under a name, or make it; it must follow from the columns."""
        present: Kept | None = self.kept.get(name)
        return self.kept.setdefault(name, made()) if present is None else present

    def mark_numbers(self, numbers: Whole) -> NDArray[np.bool_]:
        """Return by row whether its number is one of these; others need not be there."""
        places = np.searchsorted(self.number, numbers)
        places[places == self.rows] = 0
        mask = np.zeros(self.rows, np.bool_)
        if self.rows:
            mask[places[self.number[places] == numbers]] = True
        return mask


def read_columns(database: Database) -> Columns:
    """Return the columns of the view that is held."""
    return database.memory.keep(_Reading).refresh(database)


class _Reading:
    """What was read of one database; codes of values stay what they were, so that parts can be kept."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._codes: dict[str, dict[Hashable, int]] = {name: {} for name in CODED}
        self._columns = self._join("", {}, [self._read_piece(NOTHING)])

    def refresh(self, database: Database) -> Columns:
        """Return the columns of the view that is held, read again as far as they changed."""
        if self._columns.view != _read_view(database):
            with self._lock, database.read() as reader:
                self._read_changes(reader)
        return self._columns

    def _read_changes(self, reader: Reader) -> None:
        """Read the parts whose digests are not known."""
        view = _read_view(reader)
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
        fresh = {int(row["part"]): self._read_piece(bytes(row["content"])) for row in rows}
        pieces = [fresh.get(part) or self._take_part(part) for part in digests]
        self._columns = self._join(view, digests, pieces)

    def _read_piece(self, content: bytes) -> _Piece:
        """Return the columns of one part, values by the codes of all parts."""
        values_by_name, piece = unpack_part(content)
        for name, values in values_by_name.items():
            codes = self._codes[name]
            now = [0, *(codes.setdefault(value, len(codes) + 1) for value in values)]
            piece[name] = np.array(now, np.uint32)[piece[name]]
        return piece

    def _take_part(self, part: int) -> _Piece:
        """Return the columns of a part as they are held: views, not copies."""
        columns = self._columns
        begin, end = np.searchsorted(
            columns.number, [find_first_number(part), find_first_number(part + 1)]
        )
        plain = {name: getattr(columns, name)[begin:end] for name in _PLAIN}
        return plain | {name: getattr(columns, name).codes[begin:end] for name in CODED}

    def _join(self, view: str, digests: Mapping[int, str], pieces: list[_Piece]) -> Columns:
        """Return the columns of all parts, one after the other."""
        joined: dict[str, Any] = {
            name: np.concatenate([piece[name] for piece in pieces]) for name in (*_PLAIN, *CODED)
        }
        for name, codes in self._codes.items():
            small = np.uint16 if len(codes) < _FEW else np.uint32
            joined[name] = Coded(joined[name].astype(small, copy=False), (None, *codes))
        return Columns(view=view, digests=digests, **joined)


def _read_view(reader: Reader | Database) -> str:
    """Return the name of the view that is held."""
    rows = reader.rows("SELECT value FROM meta WHERE key = 'view'")
    return str(rows[0]["value"])
