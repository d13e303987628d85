"""Groups: which reports are one incident, by the evidence of the edges and by what people decided.

* Groups form within parts of the graph that hang together by pairs which would join on their own:
  what is decided in one part cannot change another.
* What people decided comes first: reports held together are one from the start and stay where they are,
  reports held apart have evidence of minus infinity.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.clustering.agglomerate import (
    Clustering,
    agglomerate,
    edges_by_report,
    find_components,
    move_reports,
)
from groundtruce.fusion.clustering.reassign import reassign
from groundtruce.fusion.features.thread import in_order
from groundtruce.fusion.matching.score import Edges, Scale

__all__ = ["Constraints", "Groups", "find_parts", "group_reports"]

_Ints = NDArray[np.int64]
_SHARE = 400_000
"""Edges and reports that are grouped at a time, unless one part has more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """`group` is the smallest report number of each report's group.

    `stay` is the evidence of the others in the group for each report, `leave` that of the best other
    group: log odds as scored, not calibrated; -inf where there are none.
    """

    group: _Ints
    stay: NDArray[np.float64]
    leave: NDArray[np.float64]

    def with_copies(self, original: _Ints, once: NDArray[np.int32]) -> "Groups":
        """Return the groups where each report stands where the one stands that it repeats, (n,) `original`.

        A copy stands alone where its source, which reports once (`once`, else -1), has a report there already.
        """
        own = np.arange(len(original))
        copy = original != own
        if not copy.any():
            return self
        group = self.group[original]
        order = np.lexsort([own, copy, once, group])
        again = np.zeros(len(own), np.bool_)
        again[order[1:]] = (group[order[1:]] == group[order[:-1]]) & (
            once[order[1:]] == once[order[:-1]]
        )
        alone = again & copy & (once >= 0)
        return Groups(
            group=np.where(alone, own, group),
            stay=np.where(alone, -np.inf, self.stay[original]),
            leave=np.where(alone, -np.inf, self.leave[original]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """What people decided: `unit` the smallest number of the reports that are one with each report;

    `apart` (2, k) pairs that are not.
    """

    unit: _Ints
    apart: NDArray[np.int32]

    @property
    def held(self) -> NDArray[np.bool_]:
        """Which reports are held together with others."""
        return np.bincount(self.unit, minlength=len(self.unit))[self.unit] > 1

    @classmethod
    def none(cls, count: int) -> "Constraints":
        """Return those of `count` reports of which nothing is decided."""
        return cls(unit=np.arange(count), apart=np.zeros((2, 0), np.int32))


def find_parts(edges: Edges, how: Clustering, decided: Constraints) -> _Ints:
    """Return for each report the smallest number of the part that it can be grouped within."""
    strong = edges.ratio + edges.prior > how.stop
    members = np.nonzero(decided.unit != np.arange(len(decided.unit)))[0]
    ties = np.stack([members, decided.unit[members]]).astype(np.int32)
    return find_components(len(decided.unit), np.concatenate([edges.ends[:, strong], ties], axis=1))


def group_reports(
    scale: Scale, edges: Edges, how: Clustering, decided: Constraints, part: _Ints
) -> Groups:
    """Group the reports within their parts, some parts at a time on each thread; cost grows with the edges."""
    count = len(part)
    edges = edges.of(part[edges.ends[0]] == part[edges.ends[1]])
    share = _share_out(part, edges)
    of_edge = share[edges.ends[0]]
    group = np.arange(count)
    stay, leave = np.full(count, -np.inf), np.full(count, -np.inf)

    def one(number: int) -> tuple[_Ints, Groups]:
        rows = np.nonzero(share == number)[0]
        place = np.zeros(count, np.int32)
        place[rows] = np.arange(len(rows))
        own = edges.of(of_edge == number)
        pairs = decided.apart[:, (share[decided.apart] == number).all(axis=0)]
        return rows, _group_share(
            scale.take(rows),
            replace(own, ends=place[own.ends]),
            how,
            Constraints(unit=place[decided.unit[rows]].astype(np.int64), apart=place[pairs]),
        )

    for rows, groups in in_order(one, range(int(share.max(initial=-1)) + 1)):
        group[rows] = rows[groups.group]
        stay[rows], leave[rows] = groups.stay, groups.leave
    return Groups(group=group, stay=stay, leave=leave)


def _share_out(part: _Ints, edges: Edges) -> _Ints:
    """Return for each report the share of the work that its part belongs to, -1 where nothing is to be done.

    The shares have about as many edges each, and keep neighbours in number together.
    """
    size = np.bincount(part, minlength=len(part))
    weight = np.bincount(part[edges.ends[0]], minlength=len(part)) + np.where(size > 1, size, 0)
    total = int(weight.sum())
    number = max(-(-total // _SHARE), 1)
    share = (np.cumsum(weight) - weight) * number // max(total, 1)
    return np.where(weight > 0, share, -1)[part]


def _group_share(scale: Scale, edges: Edges, how: Clustering, decided: Constraints) -> Groups:
    unit = decided.unit
    ends = np.concatenate([edges.ends, decided.apart], axis=1)
    never = np.full(decided.apart.shape[1], -np.inf, np.float32)
    ratio = np.concatenate([edges.ratio, never])
    prior = np.concatenate([edges.prior, np.zeros_like(never)])
    rows = edges_by_report(len(unit), ends, ratio, prior)
    size = np.bincount(unit, minlength=len(unit))
    between = rows
    if (size != 1).any():
        units = unit[ends].astype(np.int32)
        other = units[0] != units[1]
        between = edges_by_report(len(unit), units[:, other], ratio[other], prior[other])
    once = scale.once
    group = agglomerate(unit, once, between, how)[unit]
    pinned = size[unit] > 1
    move_reports(group, once, pinned, rows, how, how.moves)
    group = reassign(scale, rows, _name_groups(group), pinned, how)
    stay, leave = move_reports(group, once, pinned, rows, how, 0)
    return Groups(group=_name_groups(group), stay=np.where(pinned, np.inf, stay), leave=leave)


def _name_groups(head: _Ints) -> _Ints:
    """Return the smallest number of each group for each member."""
    smallest = np.full(2 * len(head), len(head))
    np.minimum.at(smallest, head, np.arange(len(head)))
    return smallest[head]
