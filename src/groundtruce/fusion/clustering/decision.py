"""Decisions: what people found of reports, one event or several, as constraints that fusion obeys.

* A decision names reports by `report_id`; where several rows share an id, it is about each of them.
* "Apart" is never overridden: of decisions to merge, in their order, one that would bring together what
  anyone held apart is not heeded.
* A decision to split that is about more than `MOST_PAIRS` pairs is not heeded: nobody compared so many.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import comb

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.clustering.group import Constraints

__all__ = [
    "MOST_PAIRS",
    "SHARED_ID",
    "Decision",
    "Overruled",
    "constrain",
    "count_pairs",
    "find_overruled",
    "label_pairs",
]

MOST_PAIRS = 20_000
"""What one statement can hold apart, so that none can fill the memory of all who read it."""
SHARED_ID = r"~[0-9a-f]{8}$"
"""What tells rows apart that share an id."""

_Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`together`: the reports tell of one event. Otherwise each of `reports` tells of another than each of `against`;

    where `against` is empty, each of `reports` tells of an event of its own.
    """

    together: bool
    reports: tuple[str, ...]
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overruled:
    """A decision to merge that is not heeded, and the one to split that stands against it, by their places."""

    merge: int
    split: int
    reports: tuple[str, str]
    """The two that are held apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighed:
    """Decisions against each other, reports by their rows; of pairs the later row comes first."""

    apart: dict[_Pair, int]
    """With the place of the first decision that holds the two apart."""
    units: list[set[int]]
    """Rows that are one, by the decisions to merge that are followed."""
    merges: list[list[int]]
    """The rows of each of these decisions."""
    overruled: list[tuple[int, _Pair]]


def constrain(report_id: pl.Series, decisions: Sequence[Decision]) -> Constraints:
    """Return the constraints on the reports with these identifiers, the decisions in the order of their weight."""
    if not decisions:
        return Constraints.none(len(report_id))
    weighed = _weigh_decisions(report_id, decisions)
    unit = np.arange(len(report_id))
    for rows in weighed.units:
        unit[sorted(rows)] = min(rows)
    return Constraints(unit=unit, apart=_ends(weighed.apart))


def find_overruled(report_id: pl.Series, decisions: Sequence[Decision]) -> list[Overruled]:
    """Return the decisions to merge that are overruled, in their order."""
    weighed = _weigh_decisions(report_id, decisions)
    return [
        Overruled(
            merge=index, split=weighed.apart[pair], reports=(report_id[pair[0]], report_id[pair[1]])
        )
        for index, pair in weighed.overruled
    ]


def label_pairs(
    report_id: pl.Series, decisions: Sequence[Decision]
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the pairs (2, m) that people judged, the later first and sorted, and whether each is one event.

    A pair that anyone held apart is none, whatever others say. A merge of more than `MOST_PAIRS` pairs labels
    none of them: it is about the whole.
    """
    weighed = _weigh_decisions(report_id, decisions)
    labels = dict.fromkeys(weighed.apart, False)
    for rows in weighed.merges:
        if comb(len(rows), 2) <= MOST_PAIRS:
            labels |= {(late, early): True for early, late in combinations(rows, 2)}
    return _ends(labels), np.array([labels[pair] for pair in sorted(labels)], np.bool_)


def count_pairs(decision: Decision) -> int:
    """Return how many pairs a decision is about."""
    if decision.against:
        return len(decision.reports) * len(decision.against)
    return comb(len(decision.reports), 2)


def _weigh_decisions(report_id: pl.Series, decisions: Sequence[Decision]) -> _Weighed:
    """Return what the decisions put together and keep apart, and which merges are overruled."""
    places = _places(report_id, decisions)
    apart: dict[_Pair, int] = {}
    for index, decision in enumerate(decisions):
        if not decision.together:
            for pair in _apart(places, decision):
                apart.setdefault(pair, index)
    others: dict[int, set[int]] = {}
    for late, early in apart:
        others.setdefault(late, set()).add(early)
    unit: dict[int, set[int]] = {}
    merges, refused = [], []
    for index, decision in enumerate(decisions):
        if not decision.together:
            continue
        rows = sorted({row for name in decision.reports for row in places.get(name, ())})
        whole = set().union(*(unit.get(row, {row}) for row in rows))
        against = [
            (late, min(others[late] & whole))
            for late in whole & others.keys()
            if others[late] & whole
        ]
        if against:
            refused.append((index, min(against)))
            continue
        merges.append(rows)
        unit |= dict.fromkeys(whole, whole)
    return _Weighed(
        apart=apart,
        units=list({id(rows): rows for rows in unit.values()}.values()),
        merges=merges,
        overruled=refused,
    )


def _apart(places: dict[str, list[int]], decision: Decision) -> Iterator[_Pair]:
    """Yield the pairs of rows that a decision holds apart."""
    if count_pairs(decision) > MOST_PAIRS:
        return
    named = (
        product(decision.reports, decision.against)
        if decision.against
        else combinations(decision.reports, 2)
    )
    for first, second in named:
        for pair in product(places.get(first, ()), places.get(second, ())):
            if pair[0] != pair[1]:
                yield max(pair), min(pair)


def _ends(pairs: dict[_Pair, int] | dict[_Pair, bool]) -> NDArray[np.int32]:
    return np.ascontiguousarray(np.array(sorted(pairs), np.int32).reshape(-1, 2).T)


def _places(report_id: pl.Series, decisions: Sequence[Decision]) -> dict[str, list[int]]:
    """Return the rows of each report that a decision names."""
    named = {name for decision in decisions for name in (*decision.reports, *decision.against)}
    rows = pl.DataFrame({"id": report_id, "at": np.arange(len(report_id))}).with_columns(
        base=pl.col("id").str.replace(SHARED_ID, "")
    )
    rows_by_name: dict[str, list[int]] = {}
    for name, base, row in (
        rows.filter(pl.col("id").is_in(named) | pl.col("base").is_in(named))
        .select("id", "base", "at")
        .iter_rows()
    ):
        for known in {name, base} & named:
            rows_by_name.setdefault(known, []).append(row)
    return rows_by_name
