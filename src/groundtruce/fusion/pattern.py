"""Comparison patterns: how two reports agree, field by field, packed in one whole number.

Place and time are compared by levels that are conditional on the classes of precision of both reports:
2 km apart means much between two exact places and nothing between two districts. Code 0 of a field is
"not known of one of them" and says nothing.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.compiled import kernel
from groundtruce.fusion.encode import Encoded

__all__ = ["DENSITIES", "DISTANCES_M", "FIELDS", "Field", "codes_of", "patterns"]

_Ints = NDArray[np.int64]


class Field(NamedTuple):
    """One field of a pattern: `shift` is its lowest bit, `size` the number of its codes.

    Codes come in blocks of `block`, one for each pair of precision classes; a block is one distribution.
    """

    name: str
    shift: int
    bits: int
    size: int
    block: int


_PLACE_LEVELS, _TIME_LEVELS = 11, 8
FIELDS = (
    Field("place", 0, 8, 21 * _PLACE_LEVELS, _PLACE_LEVELS),
    Field("time", 8, 8, 15 * _TIME_LEVELS, _TIME_LEVELS),
    Field("kind", 16, 4, 9, 9),
    Field("actor", 20, 4, 10, 10),
    Field("weapon", 24, 4, 9, 9),
    Field("target", 28, 4, 9, 9),
    Field("killed", 32, 4, 11, 11),
    Field("text", 36, 4, 12, 12),
)
DENSITIES = 32
"""Classes of how many candidates the two reports have, on a logarithmic scale."""
DISTANCES_M = np.array([25.0, 60, 150, 400, 1_000, 2_500, 6_000, 15_000, 40_000, 100_000]) * 1.0037
"""Bounds of the levels of distance: 2.5 times as far each, off the round figures of gridded data."""


def codes_of(pattern: _Ints, field: Field) -> _Ints:
    """Return the codes of a field in packed patterns."""
    return (pattern >> field.shift) & ((1 << field.bits) - 1)


def patterns(reports: Encoded, pairs: NDArray[np.int32], text_bounds: NDArray[np.float64]) -> _Ints:
    """Return the packed pattern of each pair (2, m); `text_bounds` are ascending cosines."""
    run = _compare.for_work(pairs.shape[1] * 8)
    return run(
        pairs,
        reports.point,
        reports.radius_class,
        reports.start,
        reports.end,
        reports.length_class,
        reports.kind,
        reports.kind_same,
        reports.actor,
        reports.rare_actor,
        reports.involved,
        reports.weapon,
        reports.weapon_same,
        reports.target,
        reports.target_same,
        reports.killed_low,
        reports.killed_high,
        reports.text,
        reports.has_text,
        text_bounds,
        DISTANCES_M,
    )


@kernel
def _compare(
    pairs: NDArray[np.int32],
    point: NDArray[np.float64],
    radius_class: NDArray[np.uint8],
    start: _Ints,
    end: _Ints,
    length_class: NDArray[np.uint8],
    kind: NDArray[np.int32],
    kind_same: NDArray[np.uint8],
    actor: NDArray[np.int32],
    rare_actor: NDArray[np.bool_],
    involved: _Ints,
    weapon: NDArray[np.int32],
    weapon_same: NDArray[np.uint8],
    target: NDArray[np.int32],
    target_same: NDArray[np.uint8],
    killed_low: _Ints,
    killed_high: _Ints,
    text: NDArray[np.float32],
    has_text: NDArray[np.bool_],
    text_bounds: NDArray[np.float64],
    distances: NDArray[np.float64],
) -> _Ints:
    out = np.zeros(pairs.shape[1], np.int64)
    hour = 3_600
    for index in range(pairs.shape[1]):
        one, two = int(pairs[0, index]), int(pairs[1, index])
        dx = point[one, 0] - point[two, 0]
        dy = point[one, 1] - point[two, 1]
        dz = point[one, 2] - point[two, 2]
        distance = np.sqrt(dx * dx + dy * dy + dz * dz) * 6_371_008.8
        level = 0
        while level < 10 and distance > distances[level]:
            level += 1
        coarse = int(max(radius_class[one], radius_class[two]))
        fine = int(min(radius_class[one], radius_class[two]))
        pattern = (coarse * (coarse + 1) // 2 + fine) * 11 + level

        coarse = int(max(length_class[one], length_class[two]))
        fine = int(min(length_class[one], length_class[two]))
        length_one, length_two = int(end[one] - start[one]), int(end[two] - start[two])
        shorter = min(length_one, length_two)
        overlap = int(min(end[one], end[two]) - max(start[one], start[two]))
        if coarse <= 1:
            apart = abs(int(start[one] + end[one]) - int(start[two] + end[two])) // 2
            if apart <= hour // 4:
                level = 0
            elif apart <= hour * 3 // 4:
                level = 1
            elif apart <= 2 * hour:
                level = 2
            elif apart <= 5 * hour:
                level = 3
            elif apart <= 10 * hour:
                level = 4
            else:
                level = 5
        elif coarse == fine and abs(int(start[one] - start[two])) * 16 <= shorter:
            level = 0
        elif overlap * 50 >= 49 * shorter:
            level = 1
        elif overlap * 2 >= shorter:
            level = 2
        elif overlap > 0:
            level = 3
        elif overlap > -3 * hour:
            level = 4
        elif overlap > -12 * hour:
            level = 5
        elif overlap > -24 * hour:
            level = 6
        else:
            level = 7
        pattern |= ((coarse * (coarse + 1) // 2 + fine) * 8 + level) << 8

        pattern |= int(kind_same[kind[one], kind[two]]) << 16

        level = 0
        sides_one, sides_two = involved[one], involved[two]
        if actor[one] >= 0 and actor[two] >= 0:
            level = 3
            if actor[one] == actor[two]:
                level = 2 if rare_actor[actor[one]] else 1
        elif actor[one] >= 0 and sides_two != 0:
            level = 4 if (sides_two >> (actor[one] % 62)) & 1 else 5
        elif actor[two] >= 0 and sides_one != 0:
            level = 4 if (sides_one >> (actor[two] % 62)) & 1 else 5
        elif sides_one != 0 and sides_two != 0:
            level = 6 if sides_one == sides_two else 7 if sides_one & sides_two else 8
        pattern |= level << 20

        if weapon[one] >= 0 and weapon[two] >= 0:
            pattern |= int(weapon_same[weapon[one], weapon[two]]) << 24
        if target[one] >= 0 and target[two] >= 0:
            pattern |= int(target_same[target[one], target[two]]) << 28

        low_one, low_two = killed_low[one], killed_low[two]
        high_one, high_two = killed_high[one], killed_high[two]
        level = 0
        if low_one >= 0 and low_two >= 0:
            more = max(low_one, low_two)
            less = min(high_one, high_two)
            if low_one == low_two and high_one == high_two:
                level = 1 if more == 0 else 2 if more <= 2 else 3 if more <= 9 else 4
            elif more <= less:
                level = 5
            elif less == 0:
                level = 7 if more <= 2 else 8
            elif more - less <= 1 or more * 2 <= less * 3:
                level = 6
            else:
                level = 9 if more <= less * 3 else 10
        pattern |= level << 32

        if has_text[one] and has_text[two]:
            cosine = np.float64(0.0)
            for column in range(text.shape[1]):
                cosine += text[one, column] * text[two, column]
            level = 0
            while level < len(text_bounds) and cosine > text_bounds[level]:
                level += 1
            pattern |= (level + 1) << 36
        out[index] = pattern
    return out
