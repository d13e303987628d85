"""Decisions: what people found of reports, one event or several, as constraints that fusion obeys.

* A decision names reports by `report_id`; where several rows share an id, it is about each of them.
* "Apart" is never overridden: of decisions to merge, in their order, one that would bring together what
  anyone held apart is not heeded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import polars as pl

from groundtruce.fusion.cluster import united
from groundtruce.fusion.group import Constraints

__all__ = ["Decision", "constraints"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`together`: the reports tell of one event. Otherwise each of `reports` tells of another than each of `against`;

    where `against` is empty, each of `reports` tells of an event of its own.
    """

    together: bool
    reports: tuple[str, ...]
    against: tuple[str, ...] = ()


def constraints(report_id: pl.Series, decisions: Sequence[Decision]) -> Constraints:
    """Return the constraints on the reports with these identifiers, the decisions in the order of their weight."""
    if not decisions:
        return Constraints.none(len(report_id))
    places = _places(report_id, decisions)
    apart: set[tuple[int, int]] = set()
    for one in decisions:
        if not one.together:
            named = _found(places, one.reports)
            against = _found(places, one.against)
            pairs = product(named, against) if one.against else combinations(named, 2)
            apart |= {(max(pair), min(pair)) for pair in pairs if pair[0] != pair[1]}
    unit: dict[int, int] = {}

    def head(at: int) -> int:
        while unit.get(at, at) != at:
            at = unit[at]
        return at

    for one in decisions:
        if not one.together:
            continue
        found = sorted(set(_found(places, one.reports)))
        before = dict(unit)
        for at in found[1:]:
            low, high = sorted((head(found[0]), head(at)))
            unit[high] = low
        if any(head(late) == head(early) for late, early in apart):
            unit = before
    ties = np.array(sorted(unit.items()), np.int32).reshape(-1, 2).T
    return Constraints(
        unit=united(len(report_id), np.ascontiguousarray(ties)),
        apart=np.ascontiguousarray(np.array(sorted(apart), np.int32).reshape(-1, 2).T),
    )


def _places(report_id: pl.Series, decisions: Sequence[Decision]) -> dict[str, list[int]]:
    """Return the rows of each report that a decision names."""
    named = {name for one in decisions for name in (*one.reports, *one.against)}
    rows = pl.DataFrame({"id": report_id, "at": np.arange(len(report_id))}).with_columns(
        # rows that share an id are told apart by what follows the tilde
        base=pl.col("id").str.replace(r"~[0-9a-f]{8}$", "")
    )
    found: dict[str, list[int]] = {}
    for name, base, at in (
        rows.filter(pl.col("id").is_in(named) | pl.col("base").is_in(named))
        .select("id", "base", "at")
        .iter_rows()
    ):
        for known in {name, base} & named:
            found.setdefault(known, []).append(at)
    return found


def _found(places: dict[str, list[int]], names: Iterable[str]) -> list[int]:
    return [at for name in names for at in places.get(name, [])]
