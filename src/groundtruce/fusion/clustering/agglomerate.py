"""Clustering: reports become incidents by joining, again and again, the two that suit each other best.

* Groups join when each is the other's best partner, in rounds: what happens in one place does not depend
  on what happens elsewhere, nor on the order of anything.
* The evidence for joining is the mean over all pairs of their reports, counted up with the number of pairs;
  a pair without an edge counts as evidence against.
* Two reports of a source that reports an incident once never stand together, save where people say so.
* Afterwards single reports move where they suit better.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.features.kernel import inlined, kernel

__all__ = [
    "Clustering",
    "Rows",
    "edges_by_report",
    "joined",
    "moved",
    "supported",
    "unite",
    "united",
]

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustering:
    """How groups are scored. `missing`: log odds of a pair without an edge; `stop`: least evidence to join.

    `growth`: the mean counts times the number of pairs to this power; `growth_moving` where one report moves,
    at most `moves` times. Reports in doubt settle in at most `settlings` rounds, one that is alone where the
    odds exceed `alone`.
    """

    missing: float = -5.0
    stop: float = -0.75
    growth: float = 0.15
    growth_moving: float = 0.3
    moves: int = 2
    settlings: int = 3
    alone: float = -2.5


class Rows(NamedTuple):
    """Edges by report, in both directions: where the rows begin, neighbours, ratio, prior."""

    begin: _Ints
    other: NDArray[np.int32]
    ratio: _Floats
    prior: _Floats


def edges_by_report(count: int, ends: NDArray[np.int32], ratio: _Floats, prior: _Floats) -> Rows:
    """Return edges by report."""
    return Rows(*_spread.for_work(len(ratio) * 4)(count, ends[0], ends[1], ratio, prior))


def united(count: int, pairs: NDArray[np.int32]) -> _Ints:
    """Return for each of `count` things the smallest number of those that hang together by `pairs` (2, m)."""
    return _united.for_work(pairs.shape[1] + count)(count, pairs)


@inlined
def unite(head: _Ints, one: int, two: int) -> None:
    """Let what hangs together with one thing and what does with another have one head, the smaller (union-find)."""
    while head[one] != one:
        head[one] = head[head[one]]
        one = head[one]
    while head[two] != two:
        head[two] = head[head[two]]
        two = head[two]
    head[max(one, two)] = min(one, two)


@kernel
def _united(count: int, pairs: NDArray[np.int32]) -> _Ints:
    """Return the head of each thing."""
    head = np.arange(count)
    for index in range(pairs.shape[1]):
        unite(head, pairs[0, index], pairs[1, index])
    for index in range(count):
        head[index] = head[head[index]]
    return head


@kernel
def _spread(
    count: int,
    one: NDArray[np.int32],
    two: NDArray[np.int32],
    ratio: _Floats,
    prior: _Floats,
) -> tuple[_Ints, NDArray[np.int32], _Floats, _Floats]:
    begin = np.zeros(count + 1, np.int64)
    for index in range(len(one)):
        begin[one[index] + 1] += 1
        begin[two[index] + 1] += 1
    for index in range(count):
        begin[index + 1] += begin[index]
    at = begin[:-1].copy()
    other = np.empty(2 * len(one), np.int32)
    ratios = np.empty(2 * len(one), np.float32)
    priors = np.empty(2 * len(one), np.float32)
    for index in range(len(one)):
        a, b = one[index], two[index]
        other[at[a]], ratios[at[a]], priors[at[a]] = b, ratio[index], prior[index]
        other[at[b]], ratios[at[b]], priors[at[b]] = a, ratio[index], prior[index]
        at[a] += 1
        at[b] += 1
    return begin, other, ratios, priors


def joined(unit: _Ints, once: NDArray[np.int32], rows: Rows, how: Clustering) -> _Ints:
    """Return the group of each of n units, named by one of them.

    `unit` (n,) the smallest number of the reports that are held together with each one; `once` the source of
    each report that reports an incident once, else -1.
    """
    run = _join.for_work(len(rows.other) * 20)
    return run(unit, once, *rows, how.missing, how.stop, how.growth)


def moved(
    group: _Ints,
    once: NDArray[np.int32],
    pinned: NDArray[np.bool_],
    rows: Rows,
    how: Clustering,
    passes: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Move single reports in place, in so many passes at most; return how each one stands.

    That is the evidence of the others in its group and that of the best other group that may take it, -inf where
    there is none.
    """
    run = _move.for_work(len(rows.other) * 8)
    return run(group, once, pinned, *rows, how.missing, how.stop, how.growth_moving, passes)


@inlined
def supported(
    evidence: float,
    before: float,
    met: int,
    many: int,
    missing: float,
    power: NDArray[np.floating[Any]],
    growth: float,
) -> float:
    """Return the log odds that two sides are one, of `many` pairs across of which `met` have an edge.

    `evidence` and `before` are the sums of ratio and prior over these; `power` holds `growth` of small numbers.
    """
    mean = (evidence + missing * (many - met)) / many
    return float(mean * (power[many] if many < 1_024 else many**growth) + before / met)


@kernel
def _join(
    unit: _Ints,
    once: NDArray[np.int32],
    begin: _Ints,
    other: NDArray[np.int32],
    ratio: _Floats,
    prior: _Floats,
    missing: float,
    stop: float,
    growth: float,
) -> _Ints:
    power = np.arange(1_024) ** growth
    count = len(unit)
    head = np.arange(count)
    size = np.zeros(count, np.int64)
    # the reports of each group whose sources report once, as a chain
    chain, tail, after = np.full(count, -1), np.full(count, -1), np.full(count, -1)
    top = -1
    for index in range(count):
        group = unit[index]
        size[group] += 1
        if once[index] >= 0:
            top = max(top, once[index])
            if chain[group] < 0:
                chain[group] = index
            else:
                after[tail[group]] = index
            tail[group] = index
    stamp = np.full(top + 1, -1)
    first = begin[:-1].copy()
    length = begin[1:] - begin[:-1]
    used = int(begin[count])
    room = max(2 * used, 1024)
    others, pairs = np.zeros(room, np.int32), np.ones(room, np.int32)
    ratios, priors = np.zeros(room, np.float32), np.zeros(room, np.float32)
    others[:used], ratios[:used], priors[:used] = other, ratio, prior
    best = np.full(count, -1, np.int64)
    worth = np.full(count, -np.inf)
    slot = np.full(count, -1, np.int64)
    joined, listed = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    seeking, changed = np.arange(count), np.empty(count, np.int64)
    waiting = count
    while waiting > 0:
        # joined groups, and those whose partner was joined to another, look for the best partner
        changes = 0
        place = 0
        while place < waiting:
            group = seeking[place]
            place += 1
            start = first[group]
            end = start
            for at in range(start, start + length[group]):
                root = int(others[at])
                while head[root] != root:
                    head[root] = head[head[root]]
                    root = head[root]
                if root == group:
                    continue
                spot = slot[root]
                if spot < 0:
                    slot[root] = end
                    others[end], pairs[end] = root, pairs[at]
                    ratios[end], priors[end] = ratios[at], priors[at]
                    end += 1
                else:
                    pairs[spot] += pairs[at]
                    ratios[spot] += ratios[at]
                    priors[spot] += priors[at]
            length[group] = end - start
            member = chain[group]
            while member >= 0:
                stamp[once[member]] = group
                member = after[member]
            choice, value = -1, -np.inf
            for at in range(start, end):
                root = int(others[at])
                slot[root] = -1
                many = size[group] * size[root]
                odds = supported(ratios[at], priors[at], pairs[at], many, missing, power, growth)
                joint = np.floor(odds * 1e4 + 0.5)
                member = chain[root] if joint > stop * 1e4 else -1
                while member >= 0:
                    if stamp[once[member]] == group:
                        joint = -np.inf
                        break
                    member = after[member]
                if joint > value or (joint == value and root < choice):
                    choice, value = root, joint
                if not joined[group] or joined[root] or listed[root]:
                    continue
                partner = best[root]
                if partner == group or (partner >= 0 and head[partner] != partner):
                    listed[root] = True
                    seeking[waiting] = root
                    waiting += 1
                elif joint > worth[root] or (joint == worth[root] and group < partner):
                    best[root], worth[root] = group, joint
            best[group], worth[group] = choice, value
        # whoever is each other's best is joined; only what was looked at can have become so
        for place in range(waiting):
            group = seeking[place]
            listed[group] = False
            joined[group] = False
        for place in range(waiting):
            group = seeking[place]
            partner = best[group]
            if partner < 0 or worth[group] <= stop * 1e4 or head[group] != group:
                continue
            if head[partner] != partner or best[partner] != group:
                continue
            low, high = min(group, partner), max(group, partner)
            need = length[low] + length[high]
            if used + need > len(others):
                live = 0
                for root in range(count):
                    if head[root] == root:
                        live += length[root]
                room = max(live + live // 2 + need, len(others))
                old = others, ratios, priors, pairs
                others, pairs = np.zeros(room, np.int32), np.zeros(room, np.int32)
                ratios, priors = np.zeros(room, np.float32), np.zeros(room, np.float32)
                used = 0
                for root in range(count):
                    if head[root] == root:
                        start, end = first[root], first[root] + length[root]
                        others[used : used + length[root]] = old[0][start:end]
                        ratios[used : used + length[root]] = old[1][start:end]
                        priors[used : used + length[root]] = old[2][start:end]
                        pairs[used : used + length[root]] = old[3][start:end]
                        first[root] = used
                        used += length[root]
            start = used
            for part in range(2):
                source = low if part == 0 else high
                for at in range(first[source], first[source] + length[source]):
                    others[used], ratios[used] = others[at], ratios[at]
                    priors[used], pairs[used] = priors[at], pairs[at]
                    used += 1
            head[high] = low
            size[low] += size[high]
            if chain[low] < 0:
                chain[low], tail[low] = chain[high], tail[high]
            elif chain[high] >= 0:
                after[tail[low]], tail[low] = chain[high], tail[high]
            first[low], length[low], length[high] = start, used - start, 0
            changed[changes] = low
            changes += 1
            joined[low] = True
        waiting = changes
        seeking[:waiting] = np.sort(changed[:changes])
    for index in range(count):
        root = index
        while head[root] != root:
            root = head[root]
        head[index] = root
    return head


@kernel
def _move(
    head: _Ints,
    once: NDArray[np.int32],
    pinned: NDArray[np.bool_],
    begin: _Ints,
    other: NDArray[np.int32],
    ratio: _Floats,
    prior: _Floats,
    missing: float,
    stop: float,
    growth: float,
    passes: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Move single reports, in their order, to the group that suits better; then tell how each one stands."""
    count = len(head)
    power = np.arange(1_024) ** growth
    # a report that is put out founds the group `count + index`: labels keep their order within a part
    size = np.zeros(2 * count, np.int64)
    # the reports of each group whose sources report once, as a chain
    chain = np.full(2 * count, -1)
    after, ahead = np.full(count, -1), np.full(count, -1)
    for index in range(count - 1, -1, -1):
        group = head[index]
        size[group] += 1
        if once[index] >= 0:
            after[index] = chain[group]
            if chain[group] >= 0:
                ahead[chain[group]] = index
            chain[group] = index
    evidence = np.zeros(2 * count, np.float64)
    before = np.zeros(2 * count, np.float64)
    number = np.zeros(2 * count, np.int64)
    touched = np.empty(count, np.int64)
    stays, leaves = np.full(count, -np.inf), np.full(count, -np.inf)
    for step in range(passes + 1):
        for index in range(count):
            groups = 0
            for at in range(begin[index], begin[index + 1]):
                group = head[other[at]]
                if number[group] == 0:
                    touched[groups] = group
                    groups += 1
                number[group] += 1
                evidence[group] += ratio[at]
                before[group] += prior[at]
            own, stay = head[index], -np.inf
            choice, value = -1, -np.inf
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
                member = chain[group] if once[index] >= 0 and joint >= value else -1
                while member >= 0 and once[member] != once[index]:
                    member = after[member]
                if member < 0 and (joint > value or (joint == value and group < choice)):
                    choice, value = group, joint
            if step == passes:
                stays[index], leaves[index] = stay, value
                continue
            if choice < 0 or value <= max(stay, stop) + 1e-9:
                choice = count + index
                if stay >= stop or size[own] == 1 or size[choice] > 0:
                    continue
            if pinned[index]:
                continue
            size[own] -= 1
            size[choice] += 1
            head[index] = choice
            if once[index] >= 0:
                back, on = ahead[index], after[index]
                if back >= 0:
                    after[back] = on
                else:
                    chain[own] = on
                if on >= 0:
                    ahead[on] = back
                ahead[index], after[index] = -1, chain[choice]
                if chain[choice] >= 0:
                    ahead[chain[choice]] = index
                chain[choice] = index
    return stays, leaves
