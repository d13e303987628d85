"""Habits of sources: where a source is off in place or time, and how much wider than it says it is wrong.

* Learned from pairs of reports that surely are one incident: the median difference to other sources.
* The source that stands out most is put right first, then all are measured again, so that one source that
  is off does not make those that it meets look off.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.features.encode import (
    LENGTH_BOUNDS_S,
    RADIUS_BOUNDS_M,
    Encoded,
    unit_vectors,
)
from groundtruce.model.place import EARTH_RADIUS_M

__all__ = ["HABIT_OF_MOST", "Habit", "correct_bias", "learn_habits"]

_Floats = NDArray[np.float64]
_FEWEST = 60
"""Pairs that a habit is learned from, at least."""
_CLEAR = 5.0
"""Standard errors by which a median must differ from none."""
_LEAST_M, _LEAST_S = 100.0, 900.0
"""Smaller offsets are not worth a correction."""
_EXACT_M, _EXACT_S = RADIUS_BOUNDS_M[1], LENGTH_BOUNDS_S[0]
"""Reports that are at least as precise tell of offsets."""
_TAIL, _TAIL_EXPECTED = 0.8, 1.794
"""Of distances that scatter as stated, four fifths lie below this many standard deviations (Rayleigh)."""
_WIDEST_FACTOR = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """Metres east and north and seconds late by which a source is off, and by what its radius is too small.

    `once`: whether it reports an incident once, None where that is to be learned; `copies`: whom it copies.
    """

    east_m: float = 0.0
    north_m: float = 0.0
    late_s: float = 0.0
    radius_factor: float = 1.0
    once: bool | None = None
    copies: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return as a JSON object what differs from the habit of most."""
        said = asdict(self)
        return {
            name: value for name, value in said.items() if value != getattr(HABIT_OF_MOST, name)
        }

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> "Habit":
        """Return the habit of a JSON object; raises ValueError or TypeError when it is none."""
        numbers = {
            name: float(str(document[name]))
            for name in ("east_m", "north_m", "late_s", "radius_factor")
            if name in document
        }
        once, copies = document.get("once"), document.get("copies", ())
        if not isinstance(once, bool | None) or not isinstance(copies, list | tuple):
            raise TypeError("once is true or false, copies a list of sources")
        if unknown := document.keys() - numbers.keys() - {"once", "copies"}:
            raise ValueError(f"{min(unknown)} is no habit")
        if not all(np.isfinite(value) for value in numbers.values()):
            raise ValueError("a habit is a finite number")
        if not 1 <= numbers.get("radius_factor", 1.0) <= _WIDEST_FACTOR:
            raise ValueError(f"radius_factor is 1 to {_WIDEST_FACTOR:.0f}")
        return cls(**numbers, once=once, copies=tuple(map(str, copies)))


HABIT_OF_MOST = Habit()


def correct_bias(reports: Encoded, habits: Mapping[str, Habit]) -> Encoded:
    """Return the reports as they would be without the habits of their sources."""
    if all(habits.get(name, HABIT_OF_MOST) == HABIT_OF_MOST for name in reports.source_names):
        return reports
    own = [habits.get(name, HABIT_OF_MOST) for name in reports.source_names]
    east, north, late, factor = np.array(
        [(habit.east_m, habit.north_m, habit.late_s, habit.radius_factor) for habit in own]
    )[reports.source].T
    lat = np.clip(reports.lat - np.degrees(north / EARTH_RADIUS_M), -90, 90)
    around = np.maximum(np.cos(np.radians(reports.lat)), 1e-6) * EARTH_RADIUS_M
    lon = (reports.lon - np.degrees(east / around) + 180) % 360 - 180
    radius = reports.radius * factor
    delay = np.round(late).astype(np.int64)
    return replace(
        reports,
        lat=lat,
        lon=np.where(east == 0, reports.lon, lon),
        point=unit_vectors(lat, lon),
        radius=radius,
        radius_class=np.searchsorted(RADIUS_BOUNDS_M, radius).astype(np.uint8),
        start=reports.start - delay,
        end=reports.end - delay,
    )


def learn_habits(reports: Encoded, pairs: NDArray[np.int32]) -> dict[str, Habit]:
    """Return the habits of sources that have any, from pairs (2, m) that are about one incident."""
    across = reports.source[pairs[0]] != reports.source[pairs[1]]
    first, second = pairs[:, across]
    both = reports.source[[first, second]]
    placed = np.maximum(reports.radius[first], reports.radius[second]) <= _EXACT_M
    length = reports.end - reports.start
    timed = np.maximum(length[first], length[second]) <= _EXACT_S
    step = (reports.lon[first] - reports.lon[second] + 180) % 360 - 180
    around = np.radians(1) * EARTH_RADIUS_M
    middle = (reports.start + reports.end) / 2
    count = len(reports.source_names)
    east = _learn_offsets(
        both[:, placed],
        (step * around * np.cos(np.radians(reports.lat[first])))[placed],
        count,
        _LEAST_M,
    )
    north = _learn_offsets(
        both[:, placed],
        ((reports.lat[first] - reports.lat[second]) * around)[placed],
        count,
        _LEAST_M,
    )
    late = _learn_offsets(both[:, timed], (middle[first] - middle[second])[timed], count, _LEAST_S)
    factor = _learn_factors(reports, first, second)
    habits = {}
    for number, name in enumerate(reports.source_names):
        habit = Habit(
            east_m=round(float(east[number]), 1),
            north_m=round(float(north[number]), 1),
            late_s=round(float(late[number])),
            radius_factor=round(float(factor[number]), 2),
        )
        if habit != HABIT_OF_MOST:
            habits[name] = habit
    return habits


def _learn_offsets(
    both: NDArray[np.int32], difference: _Floats, count: int, least: float
) -> _Floats:
    """Return by how much each source is off, in the unit of `difference` (first less second)."""
    source = np.concatenate([both[0], both[1]])
    other = np.concatenate([both[1], both[0]])
    apart = np.concatenate([difference, -difference])
    offsets = np.zeros(count)
    for _ in range(count):
        left = apart - offsets[source] + offsets[other]
        worst, most, offset = -1, _CLEAR, 0.0
        for number in np.unique(source):
            own = left[source == number]
            if len(own) < _FEWEST:
                continue
            middle = float(np.median(own))
            spread = 1.4826 * float(np.median(np.abs(own - middle))) + least / 10
            clear = abs(middle) / (1.2533 * spread / np.sqrt(len(own)))
            # against each of several others, not only against one that is off itself
            others = [left[(source == number) & (other == rival)] for rival in np.unique(other)]
            medians = [float(np.median(part)) for part in others if len(part) >= _FEWEST / 4]
            agreed = (
                sum(np.sign(median) == np.sign(middle) for median in medians) > len(medians) / 2
            )
            if abs(middle) >= least and clear > most and agreed and len(medians) > 1:
                worst, most, offset = int(number), clear, middle
        if worst < 0:
            break
        offsets[worst] += offset
    return offsets


def _learn_factors(
    reports: Encoded, first: NDArray[np.int32], second: NDArray[np.int32]
) -> _Floats:
    """Return by what factor the stated radius of each source is too small; 1 where it is honest."""
    chord = np.linalg.norm(reports.point[first] - reports.point[second], axis=1) * EARTH_RADIUS_M
    joint = np.hypot(reports.radius[first], reports.radius[second]) / 2.45
    scaled = chord / joint
    factor = np.ones(len(reports.source_names))
    for number in range(len(factor)):
        # where its own radius is the larger one, the distance tells of it
        leading = (reports.source[first] == number) & (
            reports.radius[first] >= reports.radius[second]
        )
        leading |= (reports.source[second] == number) & (
            reports.radius[second] >= reports.radius[first]
        )
        leading &= np.maximum(reports.radius[first], reports.radius[second]) <= _EXACT_M
        if leading.sum() >= _FEWEST:
            ratio = float(np.quantile(scaled[leading], _TAIL)) / _TAIL_EXPECTED
            if ratio > 1.5:
                factor[number] = min(ratio, _WIDEST_FACTOR)
    return factor
