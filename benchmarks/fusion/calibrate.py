"""Calibration: fits constants of `groundtruce.fusion.clustering.probability` on synthetic reports.

Every regime, with and without text, of 3 and of 12 sources; the seeds are none of those that are reported on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.fusion.generator import Regime, generate
from groundtruce.fusion.clustering import probability as certainty
from groundtruce.fusion.clustering.agglomerate import Clustering
from groundtruce.fusion.fuse import Linked, link
from groundtruce.fusion.method import FusionMethod
from groundtruce.fusion.review.estimate import best_odds, chances, draw_samples, room

__all__ = ["TUNING_SEED", "calibrate", "main_truth"]

TUNING_SEED = 1
_SEEDS = (TUNING_SEED, 2)
_COUNT = 12_000

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Case:
    linked: Linked
    how: Clustering
    truth: _Ints


class _Rows(NamedTuple):
    """`terms` (m, k), what is `right` of each row, and an `offset` of its log odds that is not fitted."""

    terms: _Floats
    right: NDArray[np.bool_]
    offset: _Floats


def calibrate() -> Iterator[str]:
    """Yield a line for each constant, to be written into the module."""
    method = FusionMethod()
    cases = []
    for regime, text, sources, seed in product(Regime, (False, True), (12, 3), _SEEDS):
        made = generate(_COUNT, regime, seed=seed, sources=sources, text=text)
        linked = link(made.reports, method)
        cases.append(_Case(linked, method.clustering, made.truth[linked.reports.row]))
    parts: dict[str, list[_Rows]] = {}
    for case in cases:
        for name, rows in _terms(case):
            parts.setdefault(name, []).append(rows)
    fitted = {
        name: _fit(_Rows(*map(np.concatenate, zip(*found, strict=True))))
        for name, found in parts.items()
    }
    for name, values in fitted.items():
        yield f"{name} = ({', '.join(f'{value:.3f}' for value in values)})"
        setattr(certainty, name, tuple(values))
    yield f"SHARED_DOUBT = {_shared(cases):.2f}"


def main_truth(group: _Ints, truth: _Ints) -> _Ints:
    """Return for each group number the incident that most of its reports are about, -1 for no group."""
    many = int(truth.max()) + 1
    cell, count = np.unique(group * many + truth, return_counts=True)
    order = np.lexsort([cell, -count])
    owner = cell[order] // many
    found, first = np.unique(owner, return_index=True)
    main = np.full(len(group), -1)
    main[found] = cell[order][first] % many
    return main


def _terms(case: _Case) -> Iterator[tuple[str, _Rows]]:
    """Yield the rows for each constant."""
    edges, groups, truth = case.linked.edges, case.linked.groups, case.truth
    flat = np.ones(len(edges))
    pairs = np.stack([flat, edges.ratio, edges.prior], axis=1)
    yield "PAIR", _rows(pairs, truth[edges.ends[0]] == truth[edges.ends[1]])
    group = groups.group
    size = np.bincount(group, minlength=len(group))[group]
    mean = float(np.log(case.linked.model.mean_size))
    cell = group * (truth.max() + 1) + truth
    _, at, count = np.unique(cell, return_inverse=True, return_counts=True)
    together = size > 1
    terms = certainty.together_terms(groups.stay, groups.leave, size, mean)[together]
    yield "TOGETHER", _rows(terms, ((count[at] - 1) * 2 >= size - 1)[together])
    alone = certainty.alone_terms(groups.leave, mean)[~together]
    yield "ALONE", _rows(alone, (np.bincount(truth)[truth] == 1)[~together])
    redundant, separate = certainty.count_terms(
        groups,
        best_odds(case.linked, case.how),
        case.linked.around.degree,
        case.linked.model.mean_size,
    )
    main = main_truth(group, truth)
    founder = group == np.arange(len(group))
    first = np.zeros(len(group), np.bool_)
    heads = np.nonzero(founder)[0]
    first[heads[np.unique(main[heads], return_index=True)[1]]] = True
    yield "REDUNDANT", _Rows(redundant[founder], ~first[founder], room(case.linked)[founder])
    # taken out, it would be one more incident that is not there yet; of several reports of it one counts, and
    # for the first report of a group its last stands in
    lost = np.nonzero(~np.isin(truth, main[heads]))[0]
    order = lost[np.lexsort([lost, founder[lost]])]
    chosen = order[np.unique(truth[order], return_index=True)[1]]
    last = np.zeros(len(group), np.int64)
    last[group] = np.arange(len(group))
    new = np.zeros(len(group), np.bool_)
    new[np.where(founder[chosen], last[group[chosen]], chosen)] = True
    yield "SEPARATE", _rows(separate[~founder], new[~founder])


def _rows(terms: _Floats, right: NDArray[np.bool_]) -> _Rows:
    return _Rows(terms, right, np.zeros(len(right)))


def _fit(rows: _Rows) -> _Floats:
    """Return the coefficients of a logistic regression, by Newton's method."""
    terms, right, offset = rows
    weight = np.zeros(terms.shape[1])
    for _ in range(40):
        chance = 1 / (1 + np.exp(-np.clip(terms @ weight + offset, -30, 30)))
        curve = (terms * (chance * (1 - chance))[:, None]).T @ terms + 1e-6 * np.eye(len(weight))
        weight += np.linalg.solve(curve, terms.T @ (right - chance))
    return weight


def _shared(cases: list[_Case]) -> float:
    """Return the least shared doubt with which nine in ten intervals hold the true number."""
    for doubt in np.arange(0.05, 1.5, 0.05):
        certainty.SHARED_DOUBT = float(doubt)
        held = 0
        for case in cases:
            with_doubt = _counts(case)
            low, high = np.quantile(with_doubt, [0.05, 0.95])
            held += low <= len(np.unique(case.truth)) <= high
        if held >= 0.9 * len(cases):
            return float(doubt)
    return 1.5


def _counts(case: _Case) -> list[int]:
    return [int(founds.sum()) for founds in draw_samples(chances(case.linked, case.how))]
