"""Decoys: pairs that surely are not one incident, which show how reports agree by chance.

* The reports of each source move in time, as on a ring, each source by a step of its own: whoever meets now
  was far apart in time. Places, codes and words stay as the sources use them.
* The two halves of a source move by different steps: how a source agrees with itself by chance. Two sources
  that code differently agree less, without being of two minds about an incident.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.features.encode import LENGTH_BOUNDS_S, Encoded

__all__ = ["MovedReports", "permute_in_time"]

_STEP_S = 6 * 86_400
"""Reports that are moved by at least this do not meet where they met before."""
_LONGEST_S = int(LENGTH_BOUNDS_S[2]) * 2
"""Longer intervals would still overlap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedReports:
    """`reports` moved in time; `step` (n,) the number of the step by which each moved."""

    reports: Encoded
    step: NDArray[np.int64]

    def apart(self, pairs: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the pairs (2, m) of which the two reports moved by different steps."""
        return pairs[:, self.step[pairs[0]] != self.step[pairs[1]]]


def permute_in_time(reports: Encoded) -> MovedReports | None:
    """Move the reports; None where the time that they span leaves no room."""
    linkable = reports.linkable & (reports.end - reports.start <= _LONGEST_S)
    if linkable.sum() < 2:
        return None
    first, last = int(reports.start[linkable].min()), int(reports.start[linkable].max())
    span = last - first + 1
    steps = min(2 * len(reports.source_names), span // _STEP_S - 1)
    if steps < 2:
        return None
    half = np.arange(len(reports)) % 2
    step = (2 * reports.source.astype(np.int64) + half) % steps
    start = first + (reports.start - first + (step + 1) * span // (steps + 1)) % span
    later = start - reports.start
    return MovedReports(
        reports=replace(reports, linkable=linkable, start=start, end=reports.end + later), step=step
    )
