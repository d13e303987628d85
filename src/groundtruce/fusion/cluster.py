"""Clustering: scored pairs become groups of reports in which every two can stand together.

* The best pair joins first; two groups join only if no pair across them is refused or missing.
* Ties are broken by the row index of sorted reports: the order of arrival does not matter.
"""

from collections.abc import Iterable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.method import FusionMethod

__all__ = ["cluster", "link_probability"]


def cluster(pairs: pl.DataFrame, count: int, method: FusionMethod) -> NDArray[np.int64]:
    """Return for each of `count` reports the smallest index of its group."""
    allowed = pairs.filter(pl.col("score") >= method.refuse_below)
    ordered = allowed.sort(["score", "left", "right"], descending=[True, False, False])
    scores = {
        (left, right): score
        for left, right, score in ordered.select("left", "right", "score").iter_rows()
    }
    home: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    for (left, right), score in scores.items():
        if score < method.link_at:
            break
        one, two = home.get(left, left), home.get(right, right)
        if one == two:
            continue
        ours, theirs = members.get(one, [one]), members.get(two, [two])
        if all((min(a, b), max(a, b)) in scores for a in ours for b in theirs):
            head = min(one, two)
            members[head] = sorted(ours + theirs)
            members.pop(max(one, two), None)
            home.update(dict.fromkeys(members[head], head))
    group = np.arange(count, dtype=np.int64)
    _assign(group, home.items())
    return group


def _assign(group: NDArray[np.int64], homes: Iterable[tuple[int, int]]) -> None:
    for index, head in homes:
        group[index] = head


def link_probability(pairs: pl.DataFrame, group: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return for each report the probability that it stands in the right group.

    With others: from the mean score of its pairs in the group. Alone: one minus the best pair refused.
    """
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    score = pairs["score"].to_numpy()
    inside = group[left] == group[right]
    count = len(group)
    ends = np.concatenate([left[inside], right[inside]])
    total = np.bincount(ends, weights=np.tile(score[inside], 2), minlength=count)
    partners = np.bincount(ends, minlength=count)
    best = np.full(count, -np.inf)
    np.maximum.at(best, left[~inside], score[~inside])
    np.maximum.at(best, right[~inside], score[~inside])
    together = _logistic(total / np.maximum(partners, 1))
    alone = 1 - _logistic(best)
    return np.asarray(np.round(np.where(partners > 0, together, alone), 4))


def _logistic(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -700.0, 700.0))))
