"""Expectations: what agreement is worth before any report is seen, as a few dozen pairs would show it.

Place follows from the precision that reports state; the rest are judgements, in parts of a hundred.
"""

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.features.comparison import DISTANCES_M, Field
from groundtruce.fusion.features.encode import RADIUS_BOUNDS_M
from groundtruce.fusion.matching.candidates import REACH_FACTOR, REACH_SLACK_M

__all__ = ["TEXT_QUANTILES", "default_shares"]

_Floats = NDArray[np.float64]

_TIME_EXACT = (
    (45, 20, 15, 10, 6, 4, 0, 0),
    (15, 10, 16, 22, 22, 15, 0, 0),
    (2, 4, 10, 23, 37, 24, 0, 0),
)
_TIME_ALIKE = ((75, 3, 8, 4, 5, 2, 2, 1), (52, 3, 6, 6, 27, 2, 3, 1), (30, 3, 5, 6, 50, 2, 3, 1))
_TIME_MIXED = ((0, 85, 5, 3, 3, 2, 1, 1), (0, 62, 3, 3, 8, 16, 7, 1), (0, 44, 2, 2, 12, 30, 9, 1))
_EXPECTED = {
    "kind": (
        (0, 30, 22, 14, 20, 6, 3, 4, 0),
        (0, 30, 12, 3, 20, 12, 8, 10, 5),
        (0, 9, 3, 1, 14, 14, 16, 20, 23),
    ),
    "actor": (
        (0, 74, 12, 12, 55, 8, 55, 25, 8, 1),
        (0, 62, 6, 32, 40, 20, 40, 25, 20, 1),
        (0, 35, 2, 63, 30, 40, 20, 25, 50, 1),
    ),
    "weapon": (
        (0, 28, 22, 12, 22, 4, 3, 1, 8),
        (0, 20, 10, 3, 18, 6, 5, 1, 37),
        (0, 12, 6, 1, 12, 6, 8, 1, 54),
    ),
    "killed": (
        (0, 36, 14, 7, 3, 8, 15, 6, 1, 7, 3),
        (0, 24, 7, 2, 1, 5, 17, 20, 10, 8, 6),
        (0, 22, 6, 1, 1, 5, 18, 21, 12, 8, 6),
    ),
}  # fmt: skip
TEXT_QUANTILES = (0.25, 0.5, 0.7, 0.82, 0.9, 0.945, 0.97, 0.985, 0.993)


def default_shares(field: Field) -> _Floats:
    """Return the shares (3, codes) of the codes of a field in a match, a sibling and a random pair, by block."""
    if field.name == "place":
        return _expected_place(field)
    if field.name == "time":
        blocks = []
        for coarse in range(5):
            for fine in range(coarse + 1):
                shares = (
                    _TIME_EXACT if coarse <= 1 else _TIME_ALIKE if coarse == fine else _TIME_MIXED
                )
                blocks.append(np.array(shares, float) + 0.01)
        table = np.concatenate(
            [block / block.sum(axis=1, keepdims=True) for block in blocks], axis=1
        )
        return np.asarray(table)
    if field.name == "text":
        return _expected_text(field)
    name = "weapon" if field.name == "target" else field.name
    table = np.array(_EXPECTED[name], float)
    table[:, 1:] += 0.05
    return np.asarray(table / table.sum(axis=1, keepdims=True))


def _expected_place(field: Field) -> _Floats:
    """Return the distribution of distance levels: scattered about one point, one area, or anywhere.

    A point known within a radius with 95 % scatters with that radius / 2.45 (Rayleigh).
    """
    radii = np.concatenate([RADIUS_BOUNDS_M / 1.8, [130_000.0]])
    blocks = []
    for coarse in range(6):
        for fine in range(coarse + 1):
            joint = float(np.hypot(radii[coarse], radii[fine]))
            reach = REACH_FACTOR * joint + REACH_SLACK_M
            bounds = np.minimum(np.concatenate([[0.0], DISTANCES_M, [np.inf]]), reach)
            anywhere = np.diff((bounds / reach) ** 2)
            scatter, wider = joint / 2.45, float(np.hypot(joint / 2.45, 3_500.0))
            match = 0.93 * _rayleigh(bounds, scatter) + 0.07 * anywhere
            sibling = 0.8 * _rayleigh(bounds, wider) + 0.2 * anywhere
            block = np.stack([match, sibling, anywhere]) + 1e-3
            blocks.append(block / block.sum(axis=1, keepdims=True))
    return np.concatenate(blocks, axis=1)


def _rayleigh(bounds: _Floats, scatter: float) -> _Floats:
    below = 1 - np.exp(-((bounds / scatter) ** 2) / 2)
    return np.asarray(np.diff(below) / max(below[-1], 1e-9))


def _expected_text(field: Field) -> _Floats:
    """Return shares by level: among other incidents by quantile, in a match leaning to the top."""
    steps = np.diff([0.0, *TEXT_QUANTILES, 1.0])
    lean = np.exp(np.linspace(-1.5, 3.5, len(steps)))
    table = np.zeros((3, field.size))
    table[:, 1 : 1 + len(steps)] = np.stack([steps * lean, steps * lean**0.35, steps])
    table += 1e-6
    return np.asarray(table / table.sum(axis=1, keepdims=True))
