"""Answers: what a method says of generated reports, and how right that is."""

from dataclasses import asdict, dataclass
from resource import RUSAGE_SELF, getrusage

import numpy as np
from numpy.typing import NDArray

from benchmarks.fusion.generator import Generated
from benchmarks.fusion.metric import calibration_error, corroborated, links_right, quality

__all__ = ["Answer", "Certainty", "Outcome", "outcome", "peak_gb"]

CALLED = 0.9
"""An incident is called corroborated from this probability that two independent sources tell of it."""
_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainty:
    """How sure a method is, where it says so: of each report's link, of the count, of corroboration.

    `count` is the interval of 90 %; `independent` how many voices the incident of each report has, and
    `corroboration` the probability that there are two.
    """

    link: _Floats
    count: tuple[int, int]
    independent: _Ints
    corroboration: _Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`group` of each report, in the order of the generated table; `pairs` (2, m) with their `probability`.

    `setting` is what was chosen with the truth in hand, if anything.
    """

    group: _Ints
    seconds: float
    memory_gb: float
    pairs: _Ints | None = None
    probability: _Floats | None = None
    certainty: Certainty | None = None
    setting: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The figures of one run; what a method does not say is None. Errors and bounds of the count are relative."""

    precision: float
    recall: float
    f1: float
    b3: float
    count_error: float
    seconds: float
    memory_gb: float
    setting: str = ""
    pairs_error: float | None = None
    count_low: float | None = None
    count_high: float | None = None
    links_error: float | None = None
    corroborated: float | None = None
    corroborated_error: float | None = None

    @property
    def covers(self) -> bool | None:
        """Whether the interval of the count holds the true number."""
        if self.count_low is None or self.count_high is None:
            return None
        return self.count_low <= 0 <= self.count_high


def peak_gb() -> float:
    """Return the most memory that this process has had so far."""
    return getrusage(RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def outcome(answer: Answer, made: Generated) -> Outcome:
    """Score an answer with the truth."""
    figures: dict[str, float] = asdict(quality(answer.group, made.truth))
    if answer.pairs is not None and answer.probability is not None:
        one, two = made.truth[answer.pairs]
        figures["pairs_error"] = calibration_error(answer.probability, one == two)
    if answer.certainty is not None:
        figures |= _certain(answer.certainty, answer.group, made)
    return Outcome(
        **figures, seconds=answer.seconds, memory_gb=answer.memory_gb, setting=answer.setting
    )


def _certain(said: Certainty, group: _Ints, made: Generated) -> dict[str, float]:
    true = len(np.unique(made.truth))
    low, high = said.count
    _, first = np.unique(group, return_index=True)
    called = first[said.independent[first] > 1]
    held = corroborated(group, made.truth, made.voice)[called]
    probability = said.corroboration[called]
    sure = probability >= CALLED
    return {
        "links_error": calibration_error(said.link, links_right(group, made.truth)),
        "count_low": low / true - 1,
        "count_high": high / true - 1,
        "corroborated": float(held[sure].mean()) if sure.any() else 1.0,
        "corroborated_error": calibration_error(probability, held),
    }
