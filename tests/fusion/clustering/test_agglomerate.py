"""Agglomeration: joining and moving by the edges, against a naive search over sets in plain Python."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.effort import examples

from groundtruce.fusion.clustering.agglomerate import (
    Clustering,
    Rows,
    agglomerate,
    edges_by_report,
    find_components,
    move_reports,
)

_Edges = dict[tuple[int, int], float]
_HOW = Clustering()
_COUNT = 9
_EDGES = st.dictionaries(
    st.tuples(st.integers(1, _COUNT - 1), st.integers(0, _COUNT - 2)).filter(lambda e: e[0] > e[1]),
    st.integers(-300, 600).map(lambda parts: parts / 64),
    max_size=20,
)
_NOBODY = np.full(_COUNT, -1, np.int32)


def by_report(edges: _Edges) -> Rows:
    """Return the edges as the kernels take them, a third of each the prior."""
    ends = np.array(list(edges), np.int32).reshape(-1, 2).T
    odds = np.array(list(edges.values()), np.float32)
    ratio = (odds * 2 / 3).astype(np.float32)
    return edges_by_report(_COUNT, ends, ratio, odds - ratio)


def evidence(one: set[int], two: set[int], edges: _Edges, growth: float) -> float:
    """Return the log odds that two groups are one, -inf where no edge leads from one to the other."""
    across = [edges[pair] for pair in edges if len({*pair} & one) == len({*pair} & two) == 1]
    if not across:
        return -math.inf
    pairs = len(one) * len(two)
    mean = (sum(across) * 2 / 3 + _HOW.missing * (pairs - len(across))) / pairs
    return float(mean * pairs**growth + sum(across) / 3 / len(across))


def joined_naively(edges: _Edges) -> list[set[int]]:
    """Return the groups: in rounds, those that are each other's best partner are joined."""
    groups = [{number} for number in range(_COUNT)]
    while True:
        best = {}
        for one in range(len(groups)):
            others = [two for two in range(len(groups)) if two != one]
            odds = {
                two: math.floor(evidence(groups[one], groups[two], edges, _HOW.growth) * 1e4 + 0.5)
                if math.isfinite(evidence(groups[one], groups[two], edges, _HOW.growth))
                else -math.inf
                for two in others
            }
            choice = max(others, key=lambda two: (odds[two], -min(groups[two])))
            best[one] = choice if odds[choice] > _HOW.stop * 1e4 else None
        mutual = [(a, b) for a, b in best.items() if b is not None and best[b] == a and a < b]
        if not mutual:
            return groups
        taken = {number for pair in mutual for number in pair}
        groups = [groups[a] | groups[b] for a, b in mutual] + [
            group for number, group in enumerate(groups) if number not in taken
        ]


def sets(group: NDArray[np.int64]) -> list[list[int]]:
    """Return the groups as sorted lists."""
    return sorted(np.nonzero(group == number)[0].tolist() for number in np.unique(group))


@examples(40)
@given(_EDGES)
def test_groups_join_where_each_is_the_other_s_best_partner(edges: _Edges) -> None:
    """As in a search that looks at every two groups in each round."""
    group = agglomerate(np.arange(_COUNT), _NOBODY, by_report(edges), _HOW)
    assert sets(group) == sorted(sorted(members) for members in joined_naively(edges))


@examples(40)
@given(_EDGES, st.lists(st.integers(0, 3), min_size=_COUNT, max_size=_COUNT))
def test_each_report_has_odds_to_stay_and_to_leave(edges: _Edges, numbers: list[int]) -> None:
    """Those of the others in its group, and those of the best other group."""
    group = np.array(numbers)
    pinned = np.zeros(_COUNT, np.bool_)
    stay, leave = move_reports(group.copy(), _NOBODY, pinned, by_report(edges), _HOW, 0)
    for one in range(_COUNT):
        odds = {
            number: evidence(
                {one}, set(np.nonzero(group == number)[0].tolist()) - {one}, edges, 0.3
            )
            for number in range(4)
        }
        own = odds.pop(numbers[one])
        assert stay[one] == pytest.approx(own, abs=1e-4)
        assert leave[one] == pytest.approx(max(odds.values()), abs=1e-4)


def test_sources_that_report_once_have_one_report_in_a_group() -> None:
    """However much speaks for two of them."""
    edges = {(1, 0): 8.0, (2, 0): 7.0, (2, 1): 7.5}
    once = _NOBODY.copy()
    once[[1, 2]] = 4
    group = agglomerate(np.arange(_COUNT), once, by_report(edges), _HOW)
    assert group[0] == group[1] != group[2]


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=9))
def test_what_hangs_together_has_the_smallest_number_of_it(pairs: list[tuple[int, int]]) -> None:
    """As by spreading the smallest number until nothing changes."""
    head = list(range(_COUNT))
    for _ in range(_COUNT):
        for one, two in pairs:
            head[one] = head[two] = min(head[one], head[two])
    ends = np.array(pairs, np.int32).reshape(-1, 2).T.copy()
    assert find_components(_COUNT, ends).tolist() == head
