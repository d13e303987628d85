"""Certainty: scored odds become probabilities of which nine in ten of those at 0.9 are right.

The scores order links well and are too sure of themselves where reports lie dense. The coefficients
below are a logistic regression on synthetic reports of every regime, with and without text, of 3 and of
12 sources (`python -m benchmarks.fusion calibrate`); other seeds confirm them (`make bench`).
"""

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.clustering.group import Groups
from groundtruce.fusion.matching.score import Edges

__all__ = [
    "ALONE",
    "PAIR",
    "PAIR_SURE",
    "REDUNDANT",
    "SEPARATE",
    "SHARED_DOUBT",
    "TOGETHER",
    "alone_terms",
    "count_terms",
    "link_probability",
    "pair_probability",
    "together_terms",
]

_Floats = NDArray[np.float64]

PAIR = (0.355, 0.969, 1.378)
"""Of one pair: constant, log likelihood ratio, prior log odds."""
TOGETHER = (-2.304, 1.161, -0.207, 0.591, -0.411, 1.611)
"""Of a report with others: constant, stay, leave, size, stay x size, mean size of all groups."""
ALONE = (0.686, -0.287, -1.332, 0.156)
"""Of a report on its own: constant, leave, mean size, leave x mean size."""
PAIR_SURE = 0.9
"""A pair of at least this probability is evidence of the habits of sources."""
REDUNDANT = (-1.003, 0.392, -1.016, 1.804, -0.086, -2.383, -0.184)
"""Of a group that any other may take in, that it is part of another incident: constant, best odds with a
neighbour, size, mean size, best odds x mean size, no neighbour, density."""
SEPARATE = (0.794, -0.897, 0.096, -0.743, 0.289, -1.896, 0.481, -0.331)
"""Of a report with others, that it is an incident of its own: constant, stay, leave, size, stay x size, mean
size, density, density x mean size."""
SHARED_DOUBT = 0.15
"""Standard deviation, in log odds, of the error that all chances of one set of reports share."""
_LOWEST, _HIGHEST = -8.0, 15.0


def pair_probability(edges: Edges) -> _Floats:
    """Return for each edge the probability that its two reports are about one incident."""
    constant, ratio, prior = PAIR
    return _logistic(constant + ratio * edges.ratio.astype(float) + prior * edges.prior)


def link_probability(groups: Groups, mean_size: float) -> _Floats:
    """Return for each report the probability that it stands where it belongs.

    With others: that at least half of them are about its incident. Alone: that no other report is.
    `mean_size` is the number of reports of an incident, on average.
    """
    size = np.bincount(groups.group, minlength=len(groups.group))[groups.group]
    mean = float(np.log(mean_size))
    together = together_terms(groups.stay, groups.leave, size, mean) @ np.array(TOGETHER)
    alone = alone_terms(groups.leave, mean) @ np.array(ALONE)
    return _logistic(np.where(size > 1, together, alone))


def count_terms(
    groups: Groups, best: _Floats, degree: NDArray[np.int64], mean_size: float
) -> tuple[_Floats, _Floats]:
    """Return the terms (n, 7) of `REDUNDANT` and (n, 8) of `SEPARATE`.

    `best` is the log odds of each group with its best neighbour, at the group's number; `degree` the candidates
    of each report.
    """
    size = np.bincount(groups.group, minlength=len(groups.group))[groups.group]
    mean = float(np.log(mean_size))
    dense = np.log1p(degree)
    flat, many = np.ones(len(size)), np.log(np.maximum(size, 1))
    none = np.isneginf(best)
    odds = np.where(none, 0.0, np.clip(best, _LOWEST, _HIGHEST))
    redundant = np.stack([flat, odds, many, flat * mean, odds * mean, none, dense], axis=1)
    together = together_terms(groups.stay, groups.leave, size, mean)
    return redundant, np.concatenate([together, np.stack([dense, dense * mean], axis=1)], axis=1)


def together_terms(stay: _Floats, leave: _Floats, size: NDArray[np.int64], mean: float) -> _Floats:
    """Return the terms (n, 6) of `TOGETHER`."""
    stays, leaves = np.clip(stay, _LOWEST, _HIGHEST), np.clip(leave, _LOWEST, _HIGHEST)
    many = np.log(np.maximum(size, 1))
    flat = np.ones(len(stays))
    return np.stack([flat, stays, leaves, many, stays * many, flat * mean], axis=1)


def alone_terms(leave: _Floats, mean: float) -> _Floats:
    """Return the terms (n, 4) of `ALONE`."""
    leaves = np.clip(leave, _LOWEST, _HIGHEST)
    flat = np.ones(len(leaves))
    return np.stack([flat, leaves, flat * mean, leaves * mean], axis=1)


def _logistic(odds: _Floats) -> _Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -700.0, 700.0))))
