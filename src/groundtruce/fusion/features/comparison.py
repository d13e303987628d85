"""Comparison patterns: how two reports agree, field by field, packed in one whole number.

Place and time are compared by levels that are conditional on the classes of precision of both reports:
2 km apart means much between two exact places and nothing between two districts. Code 0 of a field is
"not known of one of them" and says nothing.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.features.encode import Encoded
from groundtruce.fusion.features.kernel import inlined, kernel

__all__ = ["DENSITIES", "DISTANCES_M", "FIELDS", "Field", "codes_of", "compared", "patterns"]

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


@inlined
def compared(
    distance_m: float,
    place_one: int,
    place_two: int,
    start_one: int,
    start_two: int,
    end_one: int,
    end_two: int,
    length_one: int,
    length_two: int,
    kind_same: int,
    actor_one: int,
    actor_two: int,
    rare_actor: NDArray[np.bool_],
    sides_one: int,
    sides_two: int,
    weapon_same: int,
    target_same: int,
    low_one: int,
    low_two: int,
    high_one: int,
    high_two: int,
    worded: bool,
    cosine: float,
    text_bounds: NDArray[np.float64],
    distances: NDArray[np.float64],
) -> int:
    """Return the packed pattern of two reports: the classes of their place and length, and what they say.

    `weapon_same` and `target_same` are 0 where one of the two is not known.
    """
    hour = 3_600
    level = 0
    while level < 10 and distance_m > distances[level]:
        level += 1
    coarse, fine = int(max(place_one, place_two)), int(min(place_one, place_two))
    pattern = (coarse * (coarse + 1) // 2 + fine) * 11 + level

    coarse, fine = int(max(length_one, length_two)), int(min(length_one, length_two))
    shorter = min(int(end_one - start_one), int(end_two - start_two))
    overlap = int(min(end_one, end_two) - max(start_one, start_two))
    if coarse <= 1:
        apart = abs(int(start_one + end_one) - int(start_two + end_two)) // 2
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
    elif coarse == fine and abs(int(start_one - start_two)) * 16 <= shorter:
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

    pattern |= int(kind_same) << 16

    level = 0
    if actor_one >= 0 and actor_two >= 0:
        level = 3
        if actor_one == actor_two:
            level = 2 if rare_actor[actor_one] else 1
    elif actor_one >= 0 and sides_two != 0:
        level = 4 if (sides_two >> (actor_one % 62)) & 1 else 5
    elif actor_two >= 0 and sides_one != 0:
        level = 4 if (sides_one >> (actor_two % 62)) & 1 else 5
    elif sides_one != 0 and sides_two != 0:
        level = 6 if sides_one == sides_two else 7 if sides_one & sides_two else 8
    pattern |= level << 20

    pattern |= int(weapon_same) << 24
    pattern |= int(target_same) << 28

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

    if worded:
        level = 0
        while level < len(text_bounds) and cosine > text_bounds[level]:
            level += 1
        pattern |= (level + 1) << 36
    return pattern


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
    for index in range(pairs.shape[1]):
        one, two = int(pairs[0, index]), int(pairs[1, index])
        dx = point[one, 0] - point[two, 0]
        dy = point[one, 1] - point[two, 1]
        dz = point[one, 2] - point[two, 2]
        weapons = weapon[one] >= 0 and weapon[two] >= 0
        targets = target[one] >= 0 and target[two] >= 0
        worded = has_text[one] and has_text[two]
        cosine = np.float64(0.0)
        if worded:
            for column in range(text.shape[1]):
                cosine += text[one, column] * text[two, column]
        out[index] = compared(
            np.sqrt(dx * dx + dy * dy + dz * dz) * 6_371_008.8,
            radius_class[one],
            radius_class[two],
            start[one],
            start[two],
            end[one],
            end[two],
            length_class[one],
            length_class[two],
            kind_same[kind[one], kind[two]],
            actor[one],
            actor[two],
            rare_actor,
            involved[one],
            involved[two],
            weapon_same[weapon[one], weapon[two]] if weapons else 0,
            target_same[target[one], target[two]] if targets else 0,
            killed_low[one],
            killed_low[two],
            killed_high[one],
            killed_high[two],
            worded,
            cosine,
            text_bounds,
            distances,
        )
    return out
