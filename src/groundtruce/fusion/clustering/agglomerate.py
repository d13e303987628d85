"""Clustering: reports become incidents by joining, again and again, the two that suit each other best.

* Groups join when each is the other's best partner, in rounds: what happens in one place does not depend
  on what happens elsewhere, nor on the order of anything.
* The evidence for joining is the mean over all pairs of their reports, counted up with the number of pairs;
  a pair without an edge counts as evidence against.
* Two reports of a source that reports an incident once never stand together, save where people say so.
* Afterwards single reports move where they suit better.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.features.kernel import inline, kernel

__all__ = [
    "Clustering",
    "Rows",
    "add_up_odds",
    "agglomerate",
    "edges_by_report",
    "find_components",
    "move_reports",
    "unite",
]

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float32]
_POWERS = 1_024
"""Numbers of pairs of which the power is kept, not computed each time."""
_PARTS = 1e4
"""Odds are compared in whole parts of this: sums in another order are equal."""
_TIE = 1e-9
"""Odds that differ by no more are equal: sums in another order differ by less."""


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

    def scoring(self, growth: float) -> "Scoring":
        """Return what kernels score groups by, with one of the two growths."""
        power = np.asarray(np.arange(_POWERS) ** growth, np.float64)
        return Scoring(self.missing, self.stop, growth, power)


class Scoring(NamedTuple):
    """How the evidence for a group is scored; see `Clustering`. `power` holds `growth` of small numbers."""

    missing: float
    stop: float
    growth: float
    power: NDArray[np.float64]


class Rows(NamedTuple):
    """Edges by report, in both directions: where the rows begin, neighbours, ratio, prior."""

    begin: _Ints
    other: NDArray[np.int32]
    ratio: _Floats
    prior: _Floats


def edges_by_report(count: int, ends: NDArray[np.int32], ratio: _Floats, prior: _Floats) -> Rows:
    """Return edges by report."""
    return Rows(*spread_edges.for_work(len(ratio) * 4)(count, ends[0], ends[1], ratio, prior))


def find_components(count: int, pairs: NDArray[np.int32]) -> _Ints:
    """Return for each of `count` things the smallest number of those that hang together by `pairs` (2, m)."""
    return unite_pairs.for_work(pairs.shape[1] + count)(count, pairs)


@inline
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
def unite_pairs(count: int, pairs: NDArray[np.int32]) -> _Ints:
    """Return the head of each thing."""
    head = np.arange(count)
    for index in range(pairs.shape[1]):
        unite(head, pairs[0, index], pairs[1, index])
    for index in range(count):
        head[index] = head[head[index]]
    return head


@kernel
def spread_edges(
    count: int,
    one: NDArray[np.int32],
    two: NDArray[np.int32],
    ratio: _Floats,
    prior: _Floats,
) -> tuple[_Ints, NDArray[np.int32], _Floats, _Floats]:
    """Return where the edges of each report begin, and of each edge the other report, ratio and prior."""
    begin = np.zeros(count + 1, np.int64)
    for index in range(len(one)):
        begin[one[index] + 1] += 1
        begin[two[index] + 1] += 1
    for index in range(count):
        begin[index + 1] += begin[index]
    cursor = begin[:-1].copy()
    other = np.empty(2 * len(one), np.int32)
    ratios = np.empty(2 * len(one), np.float32)
    priors = np.empty(2 * len(one), np.float32)
    for index in range(len(one)):
        a, b = one[index], two[index]
        other[cursor[a]], ratios[cursor[a]], priors[cursor[a]] = b, ratio[index], prior[index]
        other[cursor[b]], ratios[cursor[b]], priors[cursor[b]] = a, ratio[index], prior[index]
        cursor[a] += 1
        cursor[b] += 1
    return begin, other, ratios, priors


def agglomerate(unit: _Ints, once: NDArray[np.int32], rows: Rows, how: Clustering) -> _Ints:
    """Return the group of each of n units, named by one of them.

    `unit` (n,) the smallest number of the reports that are held together with each one; `once` the source of
    each report that reports an incident once, else -1.
    """
    return agglomerate_units.for_work(len(rows.other) * 20)(
        unit, once, rows, how.scoring(how.growth)
    )


def move_reports(
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
    run = move_between_groups.for_work(len(rows.other) * 8)
    return run(group, once, pinned, rows, how.scoring(how.growth_moving), passes)


@inline
def add_up_odds(ratio: float, prior: float, pairs: int, many: int, scoring: Scoring) -> float:
    """Return the log odds that two sides are one, of `many` pairs across of which `pairs` have an edge.

    `ratio` and `prior` are the sums over these.
    """
    mean = (ratio + scoring.missing * (many - pairs)) / many
    power = scoring.power
    grown = power[many] if many < len(power) else many**scoring.growth
    return float(mean * grown + prior / pairs)


class Sums(NamedTuple):
    """Room for the evidence for groups: by group number of pairs, ratio and prior; in a list group and odds."""

    pairs: _Ints
    ratio: NDArray[np.float64]
    prior: NDArray[np.float64]
    group: _Ints
    odds: NDArray[np.float64]


@inline
def make_sums(count: int) -> Sums:
    """Return room for the groups of so many reports, of which each may be put out into one of its own."""
    return Sums(
        np.zeros(2 * count, np.int64),
        np.zeros(2 * count, np.float64),
        np.zeros(2 * count, np.float64),
        np.empty(count, np.int64),
        np.empty(count, np.float64),
    )


@inline
def odds_by_group(
    index: int, head: _Ints, size: _Ints, rows: Rows, scoring: Scoring, sums: Sums
) -> int:
    """List the groups to which a report has edges, its own among them, and the odds that it belongs there.

    Returns how many there are; of its own group it is left out itself.
    """
    groups = 0
    for edge in range(rows.begin[index], rows.begin[index + 1]):
        group = head[rows.other[edge]]
        if sums.pairs[group] == 0:
            sums.group[groups] = group
            groups += 1
        sums.pairs[group] += 1
        sums.ratio[group] += rows.ratio[edge]
        sums.prior[group] += rows.prior[edge]
    for place in range(groups):
        group = sums.group[place]
        many = size[group] - (1 if group == head[index] else 0)
        sums.odds[place] = add_up_odds(
            sums.ratio[group], sums.prior[group], sums.pairs[group], many, scoring
        )
        sums.pairs[group], sums.ratio[group], sums.prior[group] = 0, 0.0, 0.0
    return groups


@kernel
def agglomerate_units(unit: _Ints, once: NDArray[np.int32], rows: Rows, scoring: Scoring) -> _Ints:
    """Join, in rounds, the groups that are each other's best partner; return the group of each unit."""
    begin, stop = rows.begin, scoring.stop * _PARTS
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
    room = max(2 * used, 1_024)
    others, pairs = np.zeros(room, np.int32), np.ones(room, np.int32)
    ratios, priors = np.zeros(room, np.float32), np.zeros(room, np.float32)
    others[:used], ratios[:used], priors[:used] = rows.other, rows.ratio, rows.prior
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
            for edge in range(start, start + length[group]):
                root = int(others[edge])
                while head[root] != root:
                    head[root] = head[head[root]]
                    root = head[root]
                if root == group:
                    continue
                spot = slot[root]
                if spot < 0:
                    slot[root] = end
                    others[end], pairs[end] = root, pairs[edge]
                    ratios[end], priors[end] = ratios[edge], priors[edge]
                    end += 1
                else:
                    pairs[spot] += pairs[edge]
                    ratios[spot] += ratios[edge]
                    priors[spot] += priors[edge]
            length[group] = end - start
            member = chain[group]
            while member >= 0:
                stamp[once[member]] = group
                member = after[member]
            choice, value = -1, -np.inf
            for edge in range(start, end):
                root = int(others[edge])
                slot[root] = -1
                many = size[group] * size[root]
                odds = add_up_odds(ratios[edge], priors[edge], pairs[edge], many, scoring)
                joint = np.floor(odds * _PARTS + 0.5)
                member = chain[root] if joint > stop else -1
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
        # whoever is each other's best is joined; only what was looked edge can have become so
        for place in range(waiting):
            group = seeking[place]
            listed[group] = False
            joined[group] = False
        for place in range(waiting):
            group = seeking[place]
            partner = best[group]
            if partner < 0 or worth[group] <= stop or head[group] != group:
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
                for edge in range(first[source], first[source] + length[source]):
                    others[used], ratios[used] = others[edge], ratios[edge]
                    priors[used], pairs[used] = priors[edge], pairs[edge]
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
def move_between_groups(
    head: _Ints,
    once: NDArray[np.int32],
    pinned: NDArray[np.bool_],
    rows: Rows,
    scoring: Scoring,
    passes: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Move single reports, in their order, to the group that suits better; then return how each one stands."""
    count = len(head)
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
    sums = make_sums(count)
    stays, leaves = np.full(count, -np.inf), np.full(count, -np.inf)
    for step in range(passes + 1):
        for index in range(count):
            groups = odds_by_group(index, head, size, rows, scoring, sums)
            own, stay = head[index], -np.inf
            choice, value = -1, -np.inf
            for place in range(groups):
                group, joint = sums.group[place], sums.odds[place]
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
            if choice < 0 or value <= max(stay, scoring.stop) + _TIE:
                choice = count + index
                if stay >= scoring.stop or size[own] == 1 or size[choice] > 0:
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
