"""Settling: a report in doubt is compared with incidents, no longer with single reports.

* An incident is taken to be where its reports place it, weighted by their precision, when their intervals
  overlap, and what most of them say; the report in question is left out of its own.
* Half the evidence is that of pairs, half that of the incident. Only reports that would almost as well
  stand elsewhere are asked, against the two best other incidents.
* In each round an incident takes or gives one report, so that no decision rests on what changed meanwhile.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.clustering.agglomerate import (
    Clustering,
    Rows,
    Scoring,
    make_sums,
    odds_by_group,
)
from groundtruce.fusion.features.encode import LENGTH_BOUNDS_S, RADIUS_BOUNDS_M, Encoded
from groundtruce.fusion.features.kernel import inline, kernel
from groundtruce.fusion.matching.score import Scale

__all__ = ["reassign"]

_Ints = NDArray[np.int64]
_Numbers = NDArray[np.int32]
_Floats = NDArray[np.float32]
_CHUNK = 200_000
_DOUBT = 4.0
"""Log odds by which a report must suit its group better than any other, to be in no doubt."""
_MOST = 16
"""Reports of an incident that are asked what it was."""


class Members(NamedTuple):
    """What n reports say of the incident that they are about, an array of each; see `Encoded`."""

    point: NDArray[np.float64]
    radius: NDArray[np.float64]
    start: _Ints
    end: _Ints
    kind: _Numbers
    weapon: _Numbers
    target: _Numbers
    actor: _Numbers
    low: _Ints
    high: _Ints
    parties: _Ints
    text: _Floats


KIND, WEAPON, TARGET, ACTOR = range(4)
"""The rows of the codes of incidents."""
LOW, HIGH = range(2)
"""The rows of the figures of incidents, of the killed."""


def reassign(
    scale: Scale, rows: Rows, group: _Ints, pinned: NDArray[np.bool_], how: Clustering
) -> _Ints:
    """Return the groups (n,), named by any of their labels, after reports in doubt have settled.

    `rows` the edges by report, within parts; cost grows with the edges and the reports in doubt.
    """
    group = group.copy()
    changed = np.ones(2 * len(group), np.bool_)
    for _ in range(how.settlings):
        run = find_doubtful.for_work(len(rows.other) * 8)
        report, label, value = run(group, scale.once, pinned, rows, how.scoring(how.growth_moving))
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
        changed = move_reassigned.for_work(len(report) * 8)(
            group, report, label, own, joint, how.alone
        )
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
    rows, place = np.unique(report, return_inverse=True)
    known = scale.reports.take(rows.astype(np.int64))
    both = _with_incidents(scale.reports, known, order, begin, report, label)
    pairs = np.stack([np.arange(len(rows), len(rows) + len(report)), place]).astype(np.int32)
    density = scale.density[rows]
    scored = replace(scale, reports=both, density=np.concatenate([density, density[place]])).score(
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
    members = Members(
        point=reports.point,
        radius=reports.radius,
        start=reports.start,
        end=reports.end,
        kind=reports.kind,
        weapon=reports.weapon,
        target=reports.target,
        actor=reports.actor,
        low=reports.killed_low,
        high=reports.killed_high,
        parties=reports.involved,
        text=reports.text,
    )
    run = describe_incidents.for_work(len(report) * 60)
    point, radius, start, end, codes, figures, parties, text = run(
        order, begin, report, label, members, _MOST
    )
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
        kind=np.concatenate([known.kind, codes[KIND]]),
        weapon=np.concatenate([known.weapon, codes[WEAPON]]),
        target=np.concatenate([known.target, codes[TARGET]]),
        actor=np.concatenate([known.actor, codes[ACTOR]]),
        killed_low=np.concatenate([known.killed_low, figures[LOW]]),
        killed_high=np.concatenate([known.killed_high, figures[HIGH]]),
        involved=np.concatenate([known.involved, parties]),
        source=np.concatenate([known.source, np.full(len(report), -1, np.int32)]),
        text=np.concatenate([known.text, text]),
        has_text=np.concatenate([known.has_text, (text != 0).any(axis=1)]),
    )


@kernel
def find_doubtful(
    head: _Ints, once: NDArray[np.int32], pinned: NDArray[np.bool_], rows: Rows, scoring: Scoring
) -> tuple[_Numbers, _Numbers, _Floats]:
    """Return reports in doubt, each with its own group, if it has company, and the two best others."""
    count = len(head)
    size = np.zeros(2 * count, np.int64)
    chain, after = np.full(2 * count, -1), np.full(count, -1)
    for index in range(count):
        size[head[index]] += 1
        if once[index] >= 0:
            after[index] = chain[head[index]]
            chain[head[index]] = index
    sums = make_sums(count)
    report = np.empty(3 * count, np.int32)
    label = np.empty(3 * count, np.int32)
    value = np.empty(3 * count, np.float32)
    total = 0
    for index in range(count):
        if pinned[index]:
            continue
        groups = odds_by_group(index, head, size, rows, scoring, sums)
        own, stay = head[index], scoring.stop
        first, best, second, next_best = -1, -np.inf, -1, -np.inf
        for place in range(groups):
            group, joint = sums.group[place], sums.odds[place]
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
        if first < 0 or best <= scoring.missing or stay - best >= _DOUBT:
            continue
        report[total], label[total], value[total] = index, first, best
        total += 1
        if second >= 0 and next_best > scoring.missing and stay - next_best < _DOUBT:
            report[total], label[total], value[total] = index, second, next_best
            total += 1
        if size[own] > 1:
            report[total], label[total], value[total] = index, own, stay
            total += 1
    return report[:total].copy(), label[:total].copy(), value[:total].copy()


@kernel
def move_reassigned(
    head: _Ints,
    report: _Numbers,
    label: _Numbers,
    own: NDArray[np.bool_],
    joint: NDArray[np.float64],
    alone: float,
) -> NDArray[np.bool_]:
    """Move, in their order, the reports that stand better elsewhere; return which groups changed."""
    changed = np.zeros(2 * len(head), np.bool_)
    place = 0
    while place < len(report):
        index = report[place]
        stay, choice, value = alone, -1, -np.inf
        while place < len(report) and report[place] == index:
            if own[place]:
                stay = joint[place]
            elif joint[place] > value or (joint[place] == value and label[place] < choice):
                choice, value = label[place], joint[place]
            place += 1
        source = head[index]
        if choice < 0 or value <= stay or changed[source] or changed[choice]:
            continue
        head[index] = choice
        changed[source], changed[choice] = True, True
    return changed


@kernel
def describe_incidents(
    order: _Ints,
    begin: _Ints,
    report: _Numbers,
    label: _Numbers,
    reports: Members,
    most: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], _Ints, _Ints, _Numbers, _Ints, _Ints, _Floats]:
    """Return what each incident is taken to be without its report, by `most` of its other reports.

    That is place (m, 3), radius, start, end, codes (4, m), figures (2, m), parties and text (m, size).
    """
    count = len(report)
    point, radius = np.zeros((count, 3)), np.zeros(count)
    start, end = np.zeros(count, np.int64), np.zeros(count, np.int64)
    codes = np.full((4, count), -1, np.int32)
    figures = np.full((2, count), -1, np.int64)
    parties = np.zeros(count, np.int64)
    text = np.zeros((count, reports.text.shape[1]), np.float32)
    members, values = np.empty(most, np.int64), np.empty(most, np.int64)
    for index in range(count):
        group = label[index]
        size, place = 0, begin[group]
        while place < begin[group + 1] and size < most:
            if order[place] != report[index]:
                members[size] = order[place]
                size += 1
            place += 1
        some = members[:size]
        radius[index] = _add_places(some, reports, point[index])
        start[index], end[index] = _overlap(some, reports)
        _add_texts(some, reports.text, text[index])
        for member in some:
            parties[index] |= reports.parties[member]
        for field in range(4):
            for place in range(size):
                values[place] = _code(field, members[place], reports)
            codes[field, index] = find_most_frequent(values[:size])
        for field in range(2):
            known = 0
            for member in some:
                figure = reports.low[member] if field == LOW else reports.high[member]
                if figure >= 0:
                    values[known] = figure
                    known += 1
            if known > 0:
                figures[field, index] = np.sort(values[:known])[known // 2]
    return point, radius, start, end, codes, figures, parties, text


@inline
def _add_places(some: _Ints, reports: Members, point: NDArray[np.float64]) -> float:
    """Fill in the place of some reports, weighted by their precision; return their least radius."""
    least = np.inf
    for member in some:
        weight = 1.0 / (reports.radius[member] * reports.radius[member])
        for axis in range(3):
            point[axis] += weight * reports.point[member, axis]
        least = min(least, reports.radius[member])
    length = np.float64(0.0)
    for axis in range(3):
        length += point[axis] * point[axis]
    if length > 0:
        point /= np.sqrt(length)
    return float(least)


@inline
def _overlap(some: _Ints, reports: Members) -> tuple[int, int]:
    """Return where the intervals of some reports overlap, or else the shortest of them."""
    shortest = some[0]
    latest, earliest = reports.start[shortest], reports.end[shortest]
    for member in some:
        latest, earliest = max(latest, reports.start[member]), min(earliest, reports.end[member])
        length = reports.end[member] - reports.start[member]
        if length < reports.end[shortest] - reports.start[shortest]:
            shortest = member
    if latest >= earliest:
        latest, earliest = reports.start[shortest], reports.end[shortest]
    return latest, earliest


@inline
def _add_texts(some: _Ints, text: _Floats, joint: _Floats) -> None:
    """Fill in the direction of the sum of the texts of some reports."""
    for member in some:
        for column in range(len(joint)):
            joint[column] += text[member, column]
    length = np.float64(0.0)
    for column in range(len(joint)):
        length += joint[column] * joint[column]
    if length > 0:
        joint /= np.float32(np.sqrt(length))


@inline
def _code(field: int, member: int, reports: Members) -> int:
    """Return one of the codes of a report."""
    if field == KIND:
        return int(reports.kind[member])
    if field == WEAPON:
        return int(reports.weapon[member])
    if field == TARGET:
        return int(reports.target[member])
    return int(reports.actor[member])


@inline
def find_most_frequent(values: _Ints) -> int:
    """Return the value that occurs most often, the lowest of equals, -1 where all are unknown."""
    best, votes = -1, 0
    for value in values:
        if value < 0:
            continue
        same = 0
        for other in values:
            if other == value:
                same += 1
        if same > votes or (same == votes and value < best):
            best, votes = value, same
    return int(best)
