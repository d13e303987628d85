"""Live fusion: reports that arrive one at a time join a fused set, and a repair makes it equal to the batch.

* `Live.insert` finds the neighbours of one report, scores them as the batch would, and places the report
  provisionally: it changes nothing of what stands.
* `repaired` takes in any number of reports. Only pairs near them are compared again, only parts of the graph
  that they touch are grouped again; the outcome is that of `link` on all reports with the same model.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.decision import Decision, constraints
from groundtruce.fusion.edge import (
    FLOOR,
    THREADS,
    Edges,
    Neighbourhood,
    Scale,
    in_order,
    united_edges,
)
from groundtruce.fusion.encode import Encoded, encode
from groundtruce.fusion.fuse import Linked, link
from groundtruce.fusion.group import Constraints, Groups, grouped, parts
from groundtruce.fusion.habit import corrected
from groundtruce.fusion.method import FusionMethod
from groundtruce.fusion.sweep import Part, Spots, anchor, sweep

__all__ = ["Repaired", "repaired"]

_Ints = NDArray[np.int64]
_WORTH_IT = 0.2
"""Where more than this share of the reports lies near the arrivals, the batch is quicker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """`linked` is what the batch gives on `reports`; `changed` (n,) marks the reports that were grouped again."""

    reports: pl.DataFrame
    linked: Linked
    changed: NDArray[np.bool_]


def repaired(
    reports: pl.DataFrame,
    linked: Linked,
    arrived: pl.DataFrame,
    method: FusionMethod,
    decisions: Sequence[Decision] = (),
) -> Repaired:
    """Take in reports that arrived; `linked` is what stands of `reports`, by the same method.

    Cost grows with what lies near the arrivals, and, in copying, with all reports.
    """
    every = pl.concat([reports, arrived.select(reports.columns)])
    frozen = replace(method, model=linked.model)
    encoded = corrected(encode(every, linked.model.common), linked.model.habits)
    before = linked.reports
    if not before.linkable.any() or anchor(before) != anchor(encoded):
        return _whole(every, frozen, decisions)
    place = np.empty(every.height, np.int64)
    place[encoded.row] = np.arange(every.height)
    moved = place[before.row]
    new = place[reports.height :]
    near = list(sweep(encoded, Spots.of(encoded, new)))
    if sum(len(part.queries) for part in near) > _WORTH_IT * len(encoded):
        return _whole(every, frozen, decisions)
    touched, degree = _touched(linked, encoded, moved, new)
    around = Neighbourhood(degree=degree, sample=linked.around.sample[:, :0])
    found, ends = _edges(linked, encoded, around, moved, touched)
    decided = constraints(encoded.report_id, decisions)
    part = parts(found, method.clustering, decided)
    again = np.concatenate([touched, ends, _redecided(linked.decided, decided, moved)])
    changed = np.isin(part, part[again])
    return Repaired(
        reports=every,
        linked=Linked(
            reports=encoded,
            around=around,
            model=linked.model,
            edges=found,
            decided=decided,
            part=part,
            groups=_groups(
                Scale.of(encoded, around, linked.model),
                linked.groups,
                found,
                frozen,
                decided,
                part,
                changed,
                moved,
            ),
        ),
        changed=changed,
    )


def _whole(reports: pl.DataFrame, method: FusionMethod, decisions: Sequence[Decision]) -> Repaired:
    linked = link(reports, method, decisions)
    return Repaired(reports=reports, linked=linked, changed=np.ones(reports.height, np.bool_))


def _touched(linked: Linked, encoded: Encoded, moved: _Ints, new: _Ints) -> tuple[_Ints, _Ints]:
    """Return the reports whose candidates are others than before, and how many each report now has."""
    near = Spots.of(encoded, new)
    before, after = moved[_pairs(linked.reports, near)], _pairs(encoded, near)
    count = len(encoded)
    old, now = (pairs.max(axis=0) * count + pairs.min(axis=0) for pairs in (before, after))
    gone, come = before[:, ~np.isin(old, now)], after[:, ~np.isin(now, old)]
    degree = np.zeros(count, np.int64)
    degree[moved] = linked.around.degree
    for pairs, by in ((gone, -1), (come, 1)):
        across = pairs[:, encoded.source[pairs[0]] != encoded.source[pairs[1]]]
        degree += by * np.bincount(across.ravel(), minlength=count)
    return np.unique(np.concatenate([new, gone.ravel(), come.ravel()])), degree


def _pairs(reports: Encoded, near: Spots) -> _Ints:
    """Return all pairs of which one end can meet what is near."""
    with ThreadPoolExecutor(THREADS) as threads:
        found = list(in_order(threads, _found, sweep(reports, near)))
    return np.concatenate([np.zeros((2, 0), np.int64), *found], axis=1)


def _found(part: Part) -> _Ints:
    nothing = np.zeros((2, 0), np.int64)
    return np.concatenate([nothing, *(pairs.copy() for pairs in part.pairs())], axis=1)


def _edges(
    linked: Linked, encoded: Encoded, around: Neighbourhood, moved: _Ints, touched: _Ints
) -> tuple[Edges, _Ints]:
    """Return all edges, those of the touched scored again, and the ends of the edges that may have changed."""
    marked = np.zeros(len(encoded), np.bool_)
    marked[touched] = True
    old = linked.edges
    ends = moved.astype(np.int32)[old.ends]
    stale = marked[ends].any(axis=0)
    kept = Edges(ends=ends[:, ~stale], ratio=old.ratio[~stale], prior=old.prior[~stale])
    pairs = _pairs(encoded, Spots.of(encoded, touched))
    pairs = pairs[:, marked[pairs].any(axis=0)]
    scale = Scale.of(encoded, around, linked.model)
    fresh = scale.score(pairs.astype(np.int32)).above(FLOOR)
    changed = np.concatenate([ends[:, stale].ravel(), fresh.ends.ravel()])
    return united_edges([kept, fresh]), changed.astype(np.int64)


def _redecided(before: Constraints, now: Constraints, moved: _Ints) -> _Ints:
    """Return the reports of which something else is decided than before."""
    unit = np.arange(len(now.unit))
    unit[moved] = moved[before.unit]
    other = np.nonzero(unit != now.unit)[0]
    old = {tuple(pair) for pair in np.sort(moved[before.apart], axis=0).T.tolist()}
    new = {tuple(pair) for pair in np.sort(now.apart, axis=0).T.tolist()}
    apart = [at for pair in old ^ new for at in pair]
    return np.concatenate([other, unit[other], np.array(apart, np.int64)])


def _groups(
    scale: Scale,
    before: Groups,
    found: Edges,
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
    inside = found.of(changed[found.ends[0]] & changed[found.ends[1]])
    anew = grouped(
        scale.taken(rows),
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
