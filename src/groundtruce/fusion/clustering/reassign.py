"""Settling: a report in doubt is compared with incidents, no longer with single reports.

* An incident is taken to be where its reports place it, weighted by their precision, when their intervals
  overlap, and what most of them say; the report in question is left out of its own.
* Half the evidence is that of pairs, half that of the incident. Only reports that would almost as well
  stand elsewhere are asked, against the two best other incidents.
* In each round an incident takes or gives one report, so that no decision rests on what changed meanwhile.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.clustering.agglomerate import Clustering, Rows, supported
from groundtruce.fusion.features.encode import LENGTH_BOUNDS_S, RADIUS_BOUNDS_M, Encoded
from groundtruce.fusion.features.kernel import kernel
from groundtruce.fusion.matching.score import Scale

__all__ = ["settled"]

_Ints = NDArray[np.int64]
_Numbers = NDArray[np.int32]
_Floats = NDArray[np.float32]
_CHUNK = 200_000
_MOST = 16
"""Reports of an incident that are asked what it was."""


def settled(
    scale: Scale, rows: Rows, group: _Ints, pinned: NDArray[np.bool_], how: Clustering
) -> _Ints:
    """Return the groups (n,), named by any of their labels, after reports in doubt have settled.

    `rows` the edges by report, within parts; cost grows with the edges and the reports in doubt.
    """
    group = group.copy()
    changed = np.ones(2 * len(group), np.bool_)
    for _ in range(how.settlings):
        report, label, value = _doubtful.for_work(len(rows.other) * 8)(
            group, scale.once, pinned, *rows, how.missing, how.stop, how.growth_moving
        )
        # whoever was asked and sees no change would answer the same
        asked = np.zeros(len(group), np.bool_)
        asked[report[changed[label]]] = True
        kept = asked[report]
        report, label, value = report[kept], label[kept], value[kept]
        if not len(report):
            break
        joint = np.empty(len(report))
        order, begin = _by_group(group)
        for first in range(0, len(report), _CHUNK):
            chosen = slice(first, first + _CHUNK)
            latent = _latent_odds(scale, order, begin, report[chosen], label[chosen])
            joint[chosen] = (value[chosen] + latent) / 2
        own = group[report] == label
        changed = _settle.for_work(len(report) * 8)(group, report, label, own, joint, how.alone)
    return group


def _by_group(group: _Ints) -> tuple[_Ints, _Ints]:
    """Return the reports by group, and where the groups begin."""
    order = np.argsort(group, kind="stable")
    size = np.bincount(group, minlength=int(group.max(initial=0)) + 1)
    return order, np.concatenate([[0], np.cumsum(size)])


def _latent_odds(
    scale: Scale, order: _Ints, begin: _Ints, report: _Numbers, label: _Numbers
) -> NDArray[np.float64]:
    """Return the log odds that each report is about the incident with each label, itself left out of it."""
    rows, at = np.unique(report, return_inverse=True)
    known = scale.reports.taken(rows.astype(np.int64))
    both = _with_incidents(scale.reports, known, order, begin, report, label)
    pairs = np.stack([np.arange(len(rows), len(rows) + len(report)), at]).astype(np.int32)
    density = scale.density[rows]
    scored = replace(scale, reports=both, density=np.concatenate([density, density[at]])).score(
        pairs
    )
    return np.asarray(scored.ratio.astype(float) + scored.prior)


def _with_incidents(
    reports: Encoded,
    known: Encoded,
    order: _Ints,
    begin: _Ints,
    report: _Numbers,
    label: _Numbers,
) -> Encoded:
    """Return the known reports, followed by the incidents as if each were one report of nobody."""
    point, radius, bounds, said, text = _incidents.for_work(len(report) * 60)(
        order,
        begin,
        report,
        label,
        reports.point,
        reports.radius,
        reports.start,
        reports.end,
        reports.kind,
        reports.weapon,
        reports.target,
        reports.actor,
        reports.killed_low,
        reports.killed_high,
        reports.involved,
        reports.text,
        _MOST,
    )
    start, end = bounds
    kind, weapon, target, actor, low, high, involved = said
    return replace(
        known,
        point=np.concatenate([known.point, point]),
        radius=np.concatenate([known.radius, radius]),
        radius_class=np.concatenate(
            [known.radius_class, np.searchsorted(RADIUS_BOUNDS_M, radius).astype(np.uint8)]
        ),
        start=np.concatenate([known.start, start]),
        end=np.concatenate([known.end, end]),
        length_class=np.concatenate(
            [known.length_class, np.searchsorted(LENGTH_BOUNDS_S, end - start).astype(np.uint8)]
        ),
        kind=np.concatenate([known.kind, kind.astype(np.int32)]),
        weapon=np.concatenate([known.weapon, weapon.astype(np.int32)]),
        target=np.concatenate([known.target, target.astype(np.int32)]),
        actor=np.concatenate([known.actor, actor.astype(np.int32)]),
        killed_low=np.concatenate([known.killed_low, low]),
        killed_high=np.concatenate([known.killed_high, high]),
        involved=np.concatenate([known.involved, involved]),
        source=np.concatenate([known.source, np.full(len(report), -1, np.int32)]),
        text=np.concatenate([known.text, text]),
        has_text=np.concatenate([known.has_text, (text != 0).any(axis=1)]),
    )


@kernel
def _doubtful(
    head: _Ints,
    once: NDArray[np.int32],
    pinned: NDArray[np.bool_],
    begin: _Ints,
    other: _Numbers,
    ratio: _Floats,
    prior: _Floats,
    missing: float,
    stop: float,
    growth: float,
) -> tuple[_Numbers, _Numbers, _Floats]:
    """Return reports in doubt, each with its own group, if it has company, and the two best others."""
    count = len(head)
    power = np.arange(1_024) ** growth
    size = np.zeros(2 * count, np.int64)
    chain, after = np.full(2 * count, -1), np.full(count, -1)
    for index in range(count):
        size[head[index]] += 1
        if once[index] >= 0:
            after[index] = chain[head[index]]
            chain[head[index]] = index
    evidence = np.zeros(2 * count, np.float64)
    before = np.zeros(2 * count, np.float64)
    number = np.zeros(2 * count, np.int64)
    touched = np.empty(count, np.int64)
    report = np.empty(3 * count, np.int32)
    label = np.empty(3 * count, np.int32)
    value = np.empty(3 * count, np.float32)
    found = 0
    for index in range(count):
        if pinned[index]:
            continue
        groups = 0
        for at in range(begin[index], begin[index + 1]):
            group = head[other[at]]
            if number[group] == 0:
                touched[groups] = group
                groups += 1
            number[group] += 1
            evidence[group] += ratio[at]
            before[group] += prior[at]
        own, stay = head[index], stop
        first, best, second, next_best = -1, -np.inf, -1, -np.inf
        for place in range(groups):
            group = touched[place]
            many = size[group] - (1 if group == own else 0)
            joint = supported(
                evidence[group], before[group], number[group], many, missing, power, growth
            )
            number[group], evidence[group], before[group] = 0, 0.0, 0.0
            if group == own:
                stay = joint
                continue
            member = chain[group] if once[index] >= 0 and joint >= next_best else -1
            while member >= 0 and once[member] != once[index]:
                member = after[member]
            if member >= 0:
                continue
            if joint > best or (joint == best and group < first):
                second, next_best = first, best
                first, best = group, joint
            elif joint > next_best or (joint == next_best and group < second):
                second, next_best = group, joint
        if first < 0 or best <= missing or stay - best >= 4.0:
            continue
        report[found], label[found], value[found] = index, first, best
        found += 1
        if second >= 0 and next_best > missing and stay - next_best < 4.0:
            report[found], label[found], value[found] = index, second, next_best
            found += 1
        if size[own] > 1:
            report[found], label[found], value[found] = index, own, stay
            found += 1
    return report[:found].copy(), label[:found].copy(), value[:found].copy()


@kernel
def _settle(
    head: _Ints,
    report: _Numbers,
    label: _Numbers,
    own: NDArray[np.bool_],
    joint: NDArray[np.float64],
    alone: float,
) -> NDArray[np.bool_]:
    """Move, in their order, the reports that stand better elsewhere; return which groups changed."""
    changed = np.zeros(2 * len(head), np.bool_)
    at = 0
    while at < len(report):
        index = report[at]
        stay, choice, value = alone, -1, -np.inf
        while at < len(report) and report[at] == index:
            if own[at]:
                stay = joint[at]
            elif joint[at] > value or (joint[at] == value and label[at] < choice):
                choice, value = label[at], joint[at]
            at += 1
        source = head[index]
        if choice < 0 or value <= stay or changed[source] or changed[choice]:
            continue
        head[index] = choice
        changed[source], changed[choice] = True, True
    return changed


@kernel
def _incidents(
    order: _Ints,
    begin: _Ints,
    report: _Numbers,
    label: _Numbers,
    point: NDArray[np.float64],
    radius: NDArray[np.float64],
    start: _Ints,
    end: _Ints,
    kind: _Numbers,
    weapon: _Numbers,
    target: _Numbers,
    actor: _Numbers,
    killed_low: _Ints,
    killed_high: _Ints,
    involved: _Ints,
    text: _Floats,
    most: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], _Ints, _Ints, _Floats]:
    """Return place, radius, bounds (2, m), codes and figures (7, m) and text of each incident without its report."""
    count = len(report)
    points, radii = np.zeros((count, 3)), np.zeros(count)
    bounds = np.zeros((2, count), np.int64)
    said = np.full((7, count), -1, np.int64)
    texts = np.zeros((count, text.shape[1]), np.float32)
    members = np.empty(most, np.int64)
    values = np.empty(most, np.int64)
    for index in range(count):
        group, without = label[index], report[index]
        size = 0
        at = begin[group]
        while at < begin[group + 1] and size < most:
            if order[at] != without:
                members[size] = order[at]
                size += 1
            at += 1
        # place: weighted by precision; time: where the intervals overlap, else the shortest
        radii[index] = np.inf
        latest, earliest = start[members[0]], end[members[0]]
        shortest = members[0]
        for place in range(size):
            one = members[place]
            weight = 1.0 / (radius[one] * radius[one])
            for axis in range(3):
                points[index, axis] += weight * point[one, axis]
            radii[index] = min(radii[index], radius[one])
            latest, earliest = max(latest, start[one]), min(earliest, end[one])
            if end[one] - start[one] < end[shortest] - start[shortest]:
                shortest = one
            said[6, index] = (0 if place == 0 else said[6, index]) | involved[one]
            for column in range(text.shape[1]):
                texts[index, column] += text[one, column]
        length = np.float64(0.0)
        for axis in range(3):
            length += points[index, axis] * points[index, axis]
        if length > 0:
            points[index] /= np.sqrt(length)
        if latest >= earliest:
            latest, earliest = start[shortest], end[shortest]
        bounds[0, index], bounds[1, index] = latest, earliest
        length = np.float64(0.0)
        for column in range(text.shape[1]):
            length += texts[index, column] * texts[index, column]
        if length > 0:
            texts[index] /= np.float32(np.sqrt(length))
        # codes: what most say, the lowest number of equals
        for field in range(4):
            best, votes = -1, 0
            for place in range(size):
                one = members[place]
                if field == 0:
                    code = kind[one]
                elif field == 1:
                    code = weapon[one]
                elif field == 2:
                    code = target[one]
                else:
                    code = actor[one]
                values[place] = code
            for place in range(size):
                if values[place] < 0:
                    continue
                same = 0
                for another in range(size):
                    if values[another] == values[place]:
                        same += 1
                if same > votes or (same == votes and values[place] < best):
                    best, votes = values[place], same
            said[field, index] = best
        # figures: the middle one of the low and of the high
        for field in range(2):
            known = 0
            for place in range(size):
                figure = killed_low[members[place]] if field == 0 else killed_high[members[place]]
                if figure >= 0:
                    values[known] = figure
                    known += 1
            if known > 0:
                said[4 + field, index] = np.sort(values[:known])[known // 2]
    return points, radii, bounds, said, texts
