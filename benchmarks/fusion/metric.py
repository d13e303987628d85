"""How well incidents were found: pairwise and B³ scores, calibration, and the error of the count."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Quality", "calibration_error", "quality"]

_Ints = NDArray[np.int64]


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


def calibration_error(probability: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return the expected calibration error over ten equal bins of probability."""
    bins = np.minimum((probability * 10).astype(np.int64), 9)
    weight = np.bincount(bins, minlength=10)
    said = np.bincount(bins, weights=probability, minlength=10)
    held = np.bincount(bins, weights=right, minlength=10)
    return float(np.abs(said - held).sum() / max(weight.sum(), 1))


def _pairs(sizes: _Ints) -> float:
    return float((sizes * (sizes - 1) // 2).sum())


def _harmonic(one: float, two: float) -> float:
    return 2 * one * two / (one + two) if one + two else 0.0
