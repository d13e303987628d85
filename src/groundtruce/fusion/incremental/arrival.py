"""Arrivals: reports encoded as if all others had been encoded with them, without encoding those anew.

What is numbered (codes, sources, parties) is numbered by its order among all that occurs. A few rows in
which everything occurs, encoded with the arrivals, give the numbers that all rows together would give.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.features.encode import CODED, PARTY_BITS, Encoded, encode
from groundtruce.fusion.features.text import TEXT_VECTOR
from groundtruce.fusion.matching.source_bias import Habit, correct_bias

__all__ = ["NUMBERED", "Arrivals", "choose_telling", "encode_arrivals", "merge"]

_Ints = NDArray[np.int64]
_TOLD = ("actor", "involved", "source", *(name.value for name in CODED))
"""The columns of which the values are numbered."""
NUMBERED = ("actor", "source", *(name.value for name in CODED))
"""The fields of `Encoded` that hold such numbers."""
_TABLES = ("rare_actor", "source_names", *(f"{name}_same" for name in CODED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """`reports` that arrived, in their canonical order; `lookup` gives the new numbers of what was numbered.

    For each field an array by old number, of which the last entry is -1; for `involved` old and new bits (2, m).
    """

    reports: Encoded
    lookup: Mapping[str, _Ints]
    as_before: bool
    """Whether nothing occurs that did not occur before."""


def choose_telling(reports: pl.DataFrame) -> _Ints:
    """Return a few rows of a table in which every value that is numbered occurs."""
    chosen = [reports[name].arg_unique().to_numpy() for name in _TOLD]
    if TEXT_VECTOR in reports.columns and reports.height:
        sizes = reports[TEXT_VECTOR].cast(pl.List(pl.Float32)).list.len()
        chosen.append(np.array([sizes.fill_null(0).arg_max() or 0]))
    return np.unique(np.concatenate(chosen)).astype(np.int64)


def encode_arrivals(
    known: pl.DataFrame, encoded: Encoded, arrived: pl.DataFrame, habits: Mapping[str, Habit]
) -> Arrivals | None:
    """Encode what arrived; `known` are telling rows, `encoded` says what numbers they had.

    None where what arrived changes how others are encoded, by longer vectors or by too many parties.
    """
    both = encode(pl.concat([known, arrived], how="diagonal"), encoded.common)
    place = np.empty(len(both), np.int64)
    place[both.row] = np.arange(len(both))
    old, new = place[: known.height], np.sort(place[known.height :])
    lookup = {}
    for name in NUMBERED:
        before = getattr(encoded, name)
        table = np.full(int(before.max(initial=-1)) + 2, -1, np.int64)
        table[before] = getattr(both, name)[old]
        table[-1] = -1
        lookup[name] = table
    bits, first_row = np.unique(encoded.involved, return_index=True)
    lookup["involved"] = np.stack([bits, both.involved[old][first_row]])
    parties = len(both.rare_actor)
    crowded = parties > PARTY_BITS and parties != len(encoded.rare_actor)
    if both.text.shape[1] != encoded.text.shape[1] or crowded:
        return None
    reports = replace(
        both.take(new), row=both.row[new] - known.height, table_id=arrived["report_id"]
    )
    return Arrivals(
        reports=correct_bias(reports, habits),
        lookup=lookup,
        as_before=all(len(getattr(both, name)) == len(getattr(encoded, name)) for name in _TABLES),
    )


def merge(before: Encoded, found: Arrivals, habits: Mapping[str, Habit]) -> tuple[Encoded, _Ints]:
    """Return all reports in canonical order, and the numbers there of those before."""
    fresh = found.reports
    places = _find_places(before, fresh, habits)
    new = places + np.arange(len(places))
    stood = np.ones(len(before) + len(new), np.bool_)
    stood[new] = False
    moved = np.nonzero(stood)[0]
    each: dict[str, Any] = {}
    for name in (field.name for field in fields(Encoded)):
        own, come = getattr(before, name), getattr(fresh, name)
        if name == "row":
            come = come + len(before)
        elif name == "involved":
            old, now = found.lookup[name]
            own = own if np.array_equal(old, now) else now[np.searchsorted(old, own)]
        elif name in NUMBERED:
            own = found.lookup[name][own].astype(own.dtype)
        if isinstance(own, np.ndarray) and name not in _TABLES:
            every = np.empty((len(stood), *own.shape[1:]), own.dtype)
            every[moved], every[new] = own, come
            each[name] = every
    tables: dict[str, Any] = {name: getattr(fresh, name) for name in _TABLES}
    named = pl.concat([before.table_id, fresh.table_id])
    return replace(before, **each, **tables, table_id=named), moved


def _find_places(before: Encoded, fresh: Encoded, habits: Mapping[str, Habit]) -> _Ints:
    """Return before which report each that arrived comes in the canonical order."""
    start, end = _restore_stated(before, habits)
    starts, ends = _restore_stated(fresh, habits)
    low, high = np.searchsorted(start, starts), np.searchsorted(start, starts, side="right")
    places = low.copy()
    ids = fresh.report_id
    for index in np.nonzero(low < high)[0]:
        alike = end[low[index] : high[index]]
        first = low[index] + int(np.searchsorted(alike, ends[index]))
        last = low[index] + int(np.searchsorted(alike, ends[index], side="right"))
        names = before.table_id[before.row[first:last]]
        places[index] = first + (
            int(names.search_sorted(ids[int(index)], side="left")) if last > first else 0
        )
    return places


def _restore_stated(reports: Encoded, habits: Mapping[str, Habit]) -> tuple[_Ints, _Ints]:
    """Return start and end as stated, with the habits of the sources."""
    late = [habits[name].late_s if name in habits else 0.0 for name in reports.source_names]
    delay = np.round(np.array(late)).astype(np.int64)
    if not delay.any():
        return reports.start, reports.end
    return reports.start + delay[reports.source], reports.end + delay[reports.source]
