"""Repair: a fused set takes in any number of reports, and is then what the batch gives on all.

* Only what arrived is encoded, and merged into the canonical order.
* The sweep runs again where it meets an arrival, before and after it: a report is touched where its pairs
  differ, which in a crowd may be far from the arrival.
* Pairs of touched reports are scored again, and parts of the graph that these reach are grouped again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.clustering.decision import Decision, constrain
from groundtruce.fusion.clustering.group import Constraints, Groups, find_parts, group_reports
from groundtruce.fusion.clustering.independence import exclude_copies, find_originals
from groundtruce.fusion.features.encode import Encoded
from groundtruce.fusion.features.kernel import kernel
from groundtruce.fusion.features.thread import in_order
from groundtruce.fusion.fuse import Linked, link
from groundtruce.fusion.incremental.arrival import choose_telling, encode_arrivals, merge
from groundtruce.fusion.matching.candidates import (
    Part,
    Spots,
    find_anchor,
    find_candidates,
    mark_pair,
)
from groundtruce.fusion.matching.score import (
    FLOOR,
    Edges,
    Neighbourhood,
    Scale,
    join_edges,
)
from groundtruce.fusion.method import FusionMethod

__all__ = ["Repaired", "repair"]

_Ints = NDArray[np.int64]
_WORTH_IT = 0.2
"""Where more than this share of the reports lies near the arrivals, the batch is quicker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """`linked` is what the batch gives on `reports`; `changed` (n,) marks the reports that were grouped again."""

    reports: pl.DataFrame
    linked: Linked
    changed: NDArray[np.bool_]


def repair(
    reports: pl.DataFrame,
    linked: Linked,
    arrived: pl.DataFrame,
    method: FusionMethod,
    decisions: Sequence[Decision] = (),
) -> Repaired:
    """Take in reports that arrived; `linked` is what stands of `reports`, by the same method.

    Cost grows with what lies near the arrivals, and, in copying, with all reports.
    """
    before, habits = linked.reports, linked.model.habits
    every = pl.concat([reports, arrived], how="diagonal")
    frozen = replace(method, model=linked.model)
    place = np.empty(len(before), np.int64)
    place[before.row] = np.arange(len(before))
    chosen = choose_telling(reports)
    come = encode_arrivals(reports[chosen], before.take(place[chosen]), arrived, habits)
    if come is None:
        return _fuse_whole(every, frozen, decisions)
    encoded, moved = merge(before, come, habits)
    decided = (
        constrain(encoded.report_id, decisions) if decisions else Constraints.none(len(encoded))
    )
    original = find_originals(encoded, linked.model.copying, decided)
    stood, stands = exclude_copies(before, linked.original), exclude_copies(encoded, original)
    if not stood.linkable.any() or find_anchor(stood) != find_anchor(stands):
        return _fuse_whole(every, frozen, decisions)
    fresh = np.ones(len(encoded), np.bool_)
    fresh[moved] = stood.linkable != stands.linkable[moved]
    near = Spots.of(encoded, np.nonzero(fresh & encoded.linkable)[0])
    parts_after = find_candidates(stands, near)
    if sum(len(part.queries) for part in parts_after) > _WORTH_IT * len(encoded):
        return _fuse_whole(every, frozen, decisions)
    touched, degree = _find_touched(
        linked, stands, moved, find_candidates(stood, near), parts_after
    )
    touched |= fresh
    around = Neighbourhood(degree=degree, sample=linked.around.sample[:, :0])
    edges, ends = _rescore(linked, stands, around, moved, touched)
    part = find_parts(edges, method.clustering, decided)
    again = [np.nonzero(touched)[0], ends, _find_redecided(linked.decided, decided, moved)]
    changed = np.isin(part, part[np.concatenate(again)])
    scale = Scale.of(encoded, around, linked.model)
    groups = _regroup(scale, linked.groups, edges, frozen, decided, part, changed, moved)
    return Repaired(
        reports=every,
        linked=Linked(
            reports=encoded,
            around=around,
            model=linked.model,
            edges=edges,
            decided=decided,
            part=part,
            original=original,
            groups=groups.with_copies(original, scale.once),
        ),
        changed=changed | changed[original],
    )


def _fuse_whole(
    reports: pl.DataFrame, method: FusionMethod, decisions: Sequence[Decision]
) -> Repaired:
    linked = link(reports, method, decisions)
    return Repaired(reports=reports, linked=linked, changed=np.ones(reports.height, np.bool_))


def _find_touched(
    linked: Linked, encoded: Encoded, moved: _Ints, before: list[Part], after: list[Part]
) -> tuple[NDArray[np.bool_], _Ints]:
    """Return which reports have others to be compared with than before, and how many candidates each now has.

    `before` and `after` are the sweeps where they meet what is fresh.
    """
    count = len(encoded)
    degree, marks = np.zeros(count, np.int64), np.zeros(count, np.int64)
    degree[moved] = linked.around.degree - _count_candidates(before, len(moved))
    degree += _count_candidates(after, count)
    for sign, number, some in ((-1, moved, before), (1, np.arange(count), after)):
        for pairs in _pairs(some, None):
            _tally.for_work(pairs.shape[1] * 8)(pairs, number, sign, marks)
    denser = np.ones(count, np.bool_)
    denser[moved] = degree[moved] != linked.around.degree
    return denser | (marks != 0), degree


def _count_candidates(parts: list[Part], count: int) -> _Ints:
    """Return how many candidates of other sources each of `count` reports has in these parts."""

    def counted(part: Part) -> _Ints:
        own = np.zeros(count, np.int64)
        part.count(own, 0)
        return own

    degree = np.zeros(count, np.int64)
    for own in in_order(counted, parts):
        degree += own
    return degree


@kernel
def _tally(pairs: NDArray[np.int32], number: _Ints, sign: int, marks: _Ints) -> None:
    """Add up marks of the pairs of each report: equal pairs before and after cancel out."""
    for index in range(pairs.shape[1]):
        late, early = number[pairs[0, index]], number[pairs[1, index]]
        # no two pairs of one report have the same mark, and sums of many meet once in 10^15
        mark = sign * mark_pair(late, early)
        marks[late] += mark
        marks[early] += mark


def _pairs(parts: Iterable[Part], marked: NDArray[np.bool_] | None) -> Iterator[NDArray[np.int32]]:
    """Yield the pairs of each part; with `marked` only those of which one end is."""

    def found(part: Part) -> NDArray[np.int32]:
        chosen = [np.zeros((2, 0), np.int32)]
        for pairs in part.pairs():
            kept = pairs if marked is None else pairs[:, marked[pairs].any(axis=0)]
            chosen.append(kept.copy())
        return np.concatenate(chosen, axis=1)

    yield from in_order(found, parts)


def _rescore(
    linked: Linked,
    encoded: Encoded,
    around: Neighbourhood,
    moved: _Ints,
    touched: NDArray[np.bool_],
) -> tuple[Edges, _Ints]:
    """Return all edges, those of the touched scored again, and the ends of the edges that may have changed."""
    old = linked.edges
    ends = moved.astype(np.int32)[old.ends]
    stale = touched[ends].any(axis=0)
    kept = Edges(ends=ends[:, ~stale], ratio=old.ratio[~stale], prior=old.prior[~stale])
    scale = Scale.of(encoded, around, linked.model)
    near = Spots.of(encoded, np.nonzero(touched & encoded.linkable)[0])
    nothing = np.zeros((2, 0), np.int32)
    pairs = np.concatenate([nothing, *_pairs(find_candidates(encoded, near), touched)], axis=1)
    fresh = scale.score(pairs).above(FLOOR)
    changed = np.concatenate([ends[:, stale], fresh.ends], axis=1)
    return join_edges([kept, fresh]), changed.ravel().astype(np.int64)


def _find_redecided(before: Constraints, now: Constraints, moved: _Ints) -> _Ints:
    """Return the reports of which something else is decided than before."""
    unit = np.arange(len(now.unit))
    unit[moved] = moved[before.unit]
    other = np.nonzero(unit != now.unit)[0]
    old = {tuple(pair) for pair in np.sort(moved[before.apart], axis=0).T.tolist()}
    new = {tuple(pair) for pair in np.sort(now.apart, axis=0).T.tolist()}
    apart = [row for pair in old ^ new for row in pair]
    return np.concatenate([other, unit[other], np.array(apart, np.int64)])


def _regroup(
    scale: Scale,
    before: Groups,
    edges: Edges,
    method: FusionMethod,
    decided: Constraints,
    part: _Ints,
    changed: NDArray[np.bool_],
    moved: _Ints,
) -> Groups:
    """Return the groups: those in changed parts formed again, the others as they stood."""
    count = len(part)
    group = np.arange(count)
    stay, leave = np.full(count, -np.inf), np.full(count, -np.inf)
    group[moved], stay[moved], leave[moved] = moved[before.group], before.stay, before.leave
    rows = np.nonzero(changed)[0]
    number = np.zeros(count, np.int64)
    number[rows] = np.arange(len(rows))
    inside = edges.of(changed[edges.ends[0]] & changed[edges.ends[1]])
    anew = group_reports(
        scale.take(rows),
        Edges(ends=number[inside.ends].astype(np.int32), ratio=inside.ratio, prior=inside.prior),
        method.clustering,
        Constraints(
            unit=number[decided.unit[rows]],
            apart=number[decided.apart[:, changed[decided.apart].all(axis=0)]].astype(np.int32),
        ),
        number[part[rows]],
    )
    group[rows], stay[rows], leave[rows] = rows[anew.group], anew.stay, anew.leave
    return Groups(group=group, stay=stay, leave=leave)
