"""Comparison patterns: how two reports agree, field by field, packed in one whole number.

Place and time are compared by levels that are conditional on the classes of precision of both reports:
2 km apart means much between two exact places and nothing between two districts. Code 0 of a field is
"not known of one of them" and says nothing.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.features.encode import PARTY_BITS, Encoded
from groundtruce.fusion.features.kernel import inline, kernel
from groundtruce.model.place import EARTH_RADIUS_M

__all__ = [
    "DENSITIES",
    "DISTANCES_M",
    "FIELDS",
    "ComparisonColumns",
    "Field",
    "Levels",
    "Stated",
    "codes_of",
    "compare",
    "compare_columns",
    "compare_pairs",
]

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
_TIME, _KIND, _ACTOR, _WEAPON, _TARGET, _KILLED, _TEXT = (field.shift for field in FIELDS[1:])
_HOUR_S = 3_600
DENSITIES = 32
"""Classes of how many candidates the two reports have, on a logarithmic scale."""
DISTANCES_M = np.array([25.0, 60, 150, 400, 1_000, 2_500, 6_000, 15_000, 40_000, 100_000]) * 1.0037
"""Bounds of the levels of distance: 2.5 times as far each, off the round figures of gridded data."""


def codes_of(pattern: _Ints, field: Field) -> _Ints:
    """Return the codes of a field in packed patterns."""
    return (pattern >> field.shift) & ((1 << field.bits) - 1)


class Stated(NamedTuple):
    """What one report states, as far as it is compared field by field; -1 or 0 where it is not known.

    `place` and `length` are classes of precision, `start` and `end` seconds, `parties` bits, `low` and `high` of the
    killed.
    """

    place: int
    length: int
    start: int
    end: int
    kind: int
    actor: int
    parties: int
    weapon: int
    target: int
    low: int
    high: int


class ComparisonColumns(NamedTuple):
    """What n reports state, an array of each: the fields of `Stated`, `point` (n, 3) and `text` (n, size)."""

    point: NDArray[np.float64]
    place: NDArray[np.uint8]
    length: NDArray[np.uint8]
    start: _Ints
    end: _Ints
    kind: NDArray[np.int32]
    actor: NDArray[np.int32]
    parties: _Ints
    weapon: NDArray[np.int32]
    target: NDArray[np.int32]
    low: _Ints
    high: _Ints
    text: NDArray[np.float32]
    has_text: NDArray[np.bool_]

    @classmethod
    def of(cls, reports: Encoded) -> "ComparisonColumns":
        """Return those of encoded reports."""
        return cls(
            point=reports.point,
            place=reports.radius_class,
            length=reports.length_class,
            start=reports.start,
            end=reports.end,
            kind=reports.kind,
            actor=reports.actor,
            parties=reports.involved,
            weapon=reports.weapon,
            target=reports.target,
            low=reports.killed_low,
            high=reports.killed_high,
            text=reports.text,
            has_text=reports.has_text,
        )


class Levels(NamedTuple):
    """What agreement is read from: how well each two codes agree, which actors are rare, and bounds of levels."""

    kind_same: NDArray[np.uint8]
    weapon_same: NDArray[np.uint8]
    target_same: NDArray[np.uint8]
    rare_actor: NDArray[np.bool_]
    text_bounds: NDArray[np.float64]
    distances_m: NDArray[np.float64]

    @classmethod
    def of(cls, reports: Encoded, text_bounds: NDArray[np.float64]) -> "Levels":
        """Return those of encoded reports; `text_bounds` are ascending cosines."""
        return cls(
            kind_same=reports.kind_same,
            weapon_same=reports.weapon_same,
            target_same=reports.target_same,
            rare_actor=reports.rare_actor,
            text_bounds=text_bounds,
            distances_m=DISTANCES_M,
        )


def compare_pairs(
    reports: Encoded, pairs: NDArray[np.int32], text_bounds: NDArray[np.float64]
) -> _Ints:
    """Return the packed pattern of each pair (2, m); `text_bounds` are ascending cosines."""
    run = compare_columns.for_work(pairs.shape[1] * len(Stated._fields))
    return run(pairs, ComparisonColumns.of(reports), Levels.of(reports, text_bounds))


@inline
def compare(
    one: Stated, two: Stated, distance_m: float, worded: bool, cosine: float, levels: Levels
) -> int:
    """Return the packed pattern of two reports; `cosine` is that of their texts where both are `worded`."""
    level = 0
    while level < len(levels.distances_m) and distance_m > levels.distances_m[level]:
        level += 1
    coarse, fine = int(max(one.place, two.place)), int(min(one.place, two.place))
    pattern = (coarse * (coarse + 1) // 2 + fine) * _PLACE_LEVELS + level

    coarse, fine = int(max(one.length, two.length)), int(min(one.length, two.length))
    shorter = min(int(one.end - one.start), int(two.end - two.start))
    overlap = int(min(one.end, two.end) - max(one.start, two.start))
    if coarse <= 1:
        apart = abs(int(one.start + one.end) - int(two.start + two.end)) // 2
        if apart <= _HOUR_S // 4:
            level = 0
        elif apart <= _HOUR_S * 3 // 4:
            level = 1
        elif apart <= 2 * _HOUR_S:
            level = 2
        elif apart <= 5 * _HOUR_S:
            level = 3
        elif apart <= 10 * _HOUR_S:
            level = 4
        else:
            level = 5
    elif coarse == fine and abs(int(one.start - two.start)) * 16 <= shorter:
        level = 0
    elif overlap * 50 >= 49 * shorter:
        level = 1
    elif overlap * 2 >= shorter:
        level = 2
    elif overlap > 0:
        level = 3
    elif overlap > -3 * _HOUR_S:
        level = 4
    elif overlap > -12 * _HOUR_S:
        level = 5
    elif overlap > -24 * _HOUR_S:
        level = 6
    else:
        level = 7
    pattern |= ((coarse * (coarse + 1) // 2 + fine) * _TIME_LEVELS + level) << _TIME

    pattern |= int(levels.kind_same[one.kind, two.kind]) << _KIND

    level = 0
    if one.actor >= 0 and two.actor >= 0:
        level = 3
        if one.actor == two.actor:
            level = 2 if levels.rare_actor[one.actor] else 1
    elif one.actor >= 0 and two.parties != 0:
        level = 4 if (two.parties >> (one.actor % PARTY_BITS)) & 1 else 5
    elif two.actor >= 0 and one.parties != 0:
        level = 4 if (one.parties >> (two.actor % PARTY_BITS)) & 1 else 5
    elif one.parties != 0 and two.parties != 0:
        level = 6 if one.parties == two.parties else 7 if one.parties & two.parties else 8
    pattern |= level << _ACTOR

    if one.weapon >= 0 and two.weapon >= 0:
        pattern |= int(levels.weapon_same[one.weapon, two.weapon]) << _WEAPON
    if one.target >= 0 and two.target >= 0:
        pattern |= int(levels.target_same[one.target, two.target]) << _TARGET

    level = 0
    if one.low >= 0 and two.low >= 0:
        more = max(one.low, two.low)
        less = min(one.high, two.high)
        if one.low == two.low and one.high == two.high:
            level = 1 if more == 0 else 2 if more <= 2 else 3 if more <= 9 else 4
        elif more <= less:
            level = 5
        elif less == 0:
            level = 7 if more <= 2 else 8
        elif more - less <= 1 or more * 2 <= less * 3:
            level = 6
        else:
            level = 9 if more <= less * 3 else 10
    pattern |= level << _KILLED

    if worded:
        level = 0
        while level < len(levels.text_bounds) and cosine > levels.text_bounds[level]:
            level += 1
        pattern |= (level + 1) << _TEXT
    return pattern


@inline
def state(reports: ComparisonColumns, row: int) -> Stated:
    """Return what one report states."""
    return Stated(
        reports.place[row],
        reports.length[row],
        reports.start[row],
        reports.end[row],
        reports.kind[row],
        reports.actor[row],
        reports.parties[row],
        reports.weapon[row],
        reports.target[row],
        reports.low[row],
        reports.high[row],
    )


@kernel
def compare_columns(pairs: NDArray[np.int32], reports: ComparisonColumns, levels: Levels) -> _Ints:
    """Return the packed pattern of each pair (2, m)."""
    out = np.zeros(pairs.shape[1], np.int64)
    point, text = reports.point, reports.text
    for index in range(pairs.shape[1]):
        first, second = int(pairs[0, index]), int(pairs[1, index])
        dx = point[first, 0] - point[second, 0]
        dy = point[first, 1] - point[second, 1]
        dz = point[first, 2] - point[second, 2]
        distance_m = np.sqrt(dx * dx + dy * dy + dz * dz) * EARTH_RADIUS_M
        worded = reports.has_text[first] and reports.has_text[second]
        cosine = np.float64(0.0)
        if worded:
            for column in range(text.shape[1]):
                cosine += text[first, column] * text[second, column]
        out[index] = compare(
            state(reports, first), state(reports, second), distance_m, worded, cosine, levels
        )
    return out
