"""How well incidents were found: pairwise and B³ scores, calibration, the error of the count, corroboration.

Groups and incidents are arrays of numbers, one for each report; `docs/explanation/fusion-benchmark.md` defines
what is measured.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Quality", "calibration_error", "corroborated", "links_right", "quality"]

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]
_Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Pairwise precision, recall and F1, the B³ F1, and the relative error of the incident count."""

    precision: float
    recall: float
    f1: float
    b3: float
    count_error: float


def quality(found: _Ints, truth: _Ints) -> Quality:
    """Compare two partitions of the same reports, each an array of group numbers."""
    _, found = np.unique(found, return_inverse=True)
    _, truth = np.unique(truth, return_inverse=True)
    cell, sizes = np.unique(found * (truth.max() + 1) + truth, return_counts=True)
    by_found, by_truth = np.bincount(found), np.bincount(truth)
    both, ours, true = _pairs(sizes), _pairs(by_found), _pairs(by_truth)
    precision, recall = both / max(ours, 1), both / max(true, 1)
    owner, subject = cell // (truth.max() + 1), cell % (truth.max() + 1)
    b3_precision = float((sizes**2 / by_found[owner]).sum()) / len(found)
    b3_recall = float((sizes**2 / by_truth[subject]).sum()) / len(found)
    return Quality(
        precision=precision,
        recall=recall,
        f1=_harmonic(precision, recall),
        b3=_harmonic(b3_precision, b3_recall),
        count_error=len(by_found) / len(by_truth) - 1,
    )


def calibration_error(probability: _Floats, right: _Flags) -> float:
    """Return the expected calibration error over ten equal bins of probability."""
    bins = np.minimum((probability * 10).astype(np.int64), 9)
    weight = np.bincount(bins, minlength=10)
    said = np.bincount(bins, weights=probability, minlength=10)
    held = np.bincount(bins, weights=right, minlength=10)
    return float(np.abs(said - held).sum() / max(weight.sum(), 1))


def links_right(group: _Ints, truth: _Ints) -> _Flags:
    """Return for each report whether it stands where it belongs.

    With others: at least half of them are about its incident. Alone: no other report is.
    """
    _, group = np.unique(group, return_inverse=True)
    _, truth = np.unique(truth, return_inverse=True)
    _, at, together = np.unique(
        group * (truth.max() + 1) + truth, return_inverse=True, return_counts=True
    )
    others = np.bincount(group)[group] - 1
    agreeing = together[at] - 1
    only = np.bincount(truth)[truth] == 1
    return np.where(others > 0, agreeing * 2 >= others, only)


def corroborated(group: _Ints, truth: _Ints, voice: _Ints) -> _Flags:
    """Return for each report whether its group truly has two sources' own words on one incident.

    `voice` is the source whose words a report has: of a copy, the source that it copies. True of a group if for
    some one incident its reports have at least two voices.
    """
    _, group = np.unique(group, return_inverse=True)
    _, truth = np.unique(truth, return_inverse=True)
    cell = group * (truth.max() + 1) + truth
    said = np.unique(np.stack([cell, voice]), axis=1)[0]
    cells, voices = np.unique(said, return_counts=True)
    true = np.zeros(int(group.max()) + 1, np.bool_)
    true[cells[voices > 1] // (truth.max() + 1)] = True
    return true[group]


def _pairs(sizes: _Ints) -> float:
    return float((sizes * (sizes - 1) // 2).sum())


def _harmonic(one: float, two: float) -> float:
    return 2 * one * two / (one + two) if one + two else 0.0
