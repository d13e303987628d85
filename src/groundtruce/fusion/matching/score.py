"""Edges: the pairs of reports that may be one incident, with the evidence for it in natural-log odds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.features.comparison import DENSITIES, FIELDS, compare_pairs
from groundtruce.fusion.features.encode import Encoded
from groundtruce.fusion.features.kernel import inline, kernel
from groundtruce.fusion.features.thread import in_order
from groundtruce.fusion.matching.candidates import MARKS, Part, find_candidates, mark_pair
from groundtruce.fusion.matching.em import (
    ONCE,
    Sample,
    learn,
    log_shares,
    shares_within,
    table_rows,
    text_bounds,
)
from groundtruce.fusion.matching.model import FusionModel, offsets
from groundtruce.fusion.matching.permuted_pairs import permute_in_time
from groundtruce.fusion.matching.source_bias import Habit

__all__ = [
    "FLOOR",
    "Edges",
    "Neighbourhood",
    "Scale",
    "Weights",
    "count_neighbours",
    "join_edges",
    "learn_model",
    "score_edges",
    "score_sample",
    "weigh",
    "weigh_patterns",
]

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float32]
_SAMPLE = 250_000
FLOOR = -3.5
"""Edges with lower odds are as good as none."""
_ROUNDING = 1e-6
"""More than what the logarithm of a rate that was written and read differs by."""
_PARTS = 1_024
"""Odds are whole parts of this: their sums are exact, whatever their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """How many candidates of other sources each report has, and a sample of candidate pairs (2, m)."""

    degree: _Ints
    sample: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """`ends` (2, m) the later report first; `ratio` log likelihood ratio and `prior` log odds of each."""

    ends: NDArray[np.int32]
    ratio: _Floats
    prior: _Floats

    def __len__(self) -> int:
        """Return the number of edges."""
        return len(self.ratio)

    def of(self, chosen: NDArray[np.bool_]) -> "Edges":
        """Return those that are chosen."""
        return Edges(ends=self.ends[:, chosen], ratio=self.ratio[chosen], prior=self.prior[chosen])

    def above(self, floor: float) -> "Edges":
        """Return those whose odds are no lower than `floor`."""
        return self.of(self.ratio + self.prior >= floor)


def count_neighbours(reports: Encoded, parts: Sequence[Part]) -> Neighbourhood:
    """Count candidates and sample pairs of the whole sweep; cost grows with the candidate pairs."""
    degree = np.zeros(len(reports), np.int64)
    bar = MARKS
    chosen: list[NDArray[np.int32]] = []
    kept = 0

    def counted(part: Part) -> tuple[_Ints, NDArray[np.int32]]:
        own = np.zeros(len(reports), np.int64)
        return own, part.count(own, bar)

    for own, pairs in in_order(counted, parts):
        degree += own
        chosen.append(pairs)
        kept += pairs.shape[1]
        if kept > 4 * _SAMPLE:
            sample = _keep_lowest(_join_pairs(chosen), 2 * _SAMPLE)
            bar = int(_mark_pairs(sample).max()) + 1
            chosen, kept = [sample], sample.shape[1]
    return Neighbourhood(degree=degree, sample=_keep_lowest(_join_pairs(chosen), _SAMPLE))


def _keep_lowest(pairs: NDArray[np.int32], number: int) -> NDArray[np.int32]:
    """Return the pairs with the lowest marks, in the order of the marks."""
    mark = _mark_pairs(pairs)
    if len(mark) > number:
        below = mark < np.partition(mark, number)[number]
        pairs, mark = pairs[:, below], mark[below]
    return pairs[:, np.argsort(mark, kind="stable")]


def _mark_pairs(pairs: NDArray[np.int32]) -> _Ints:
    late, early = pairs.astype(np.int64)
    return np.asarray(mark_pair(late, early) % MARKS)


def _join_pairs(parts: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    return np.concatenate([np.zeros((2, 0), np.int32), *parts], axis=1)


def _classify_density(degree: _Ints, pairs: NDArray[np.int32]) -> _Ints:
    """Return the class of density of each pair: twice the binary log of its mean candidates."""
    mean = np.log2(1.0 + degree[pairs[0]]) + np.log2(1.0 + degree[pairs[1]])
    return np.asarray(np.minimum(mean.astype(np.int64), DENSITIES - 1))


def learn_model(
    reports: Encoded, around: Neighbourhood, declared: Mapping[str, Habit]
) -> FusionModel:
    """Learn the model from the sample of pairs; what is declared of a source is not learned."""
    first, second = around.sample
    bounds = text_bounds(_cosines(reports, around.sample))
    same = reports.source[first] == reports.source[second]
    sample = Sample(
        pattern=compare_pairs(reports, around.sample, bounds),
        density=_classify_density(around.degree, around.sample),
        source=np.where(same, reports.source[first], -1).astype(np.int64),
    )
    return learn(
        sample,
        _count_by_chance(reports, bounds),
        reports.source_names,
        declared,
        bounds,
        reports.common,
    )


def _count_by_chance(reports: Encoded, bounds: NDArray[np.float64]) -> _Ints:
    """Return how often each code occurs by chance (2, codes), between two sources and within one."""
    counts = np.zeros((2, int(offsets()[-1])), np.int64)
    elsewhere = permute_in_time(reports)
    if elsewhere is not None:
        meeting = count_neighbours(elsewhere.reports, find_candidates(elsewhere.reports))
        pairs = elsewhere.apart(meeting.sample)
        rows = table_rows(compare_pairs(elsewhere.reports, pairs, bounds))
        same = reports.source[pairs[0]] == reports.source[pairs[1]]
        for side, chosen in enumerate((~same, same)):
            counts[side] = np.bincount(rows[chosen].ravel(), minlength=counts.shape[1])
    return counts


def score_sample(reports: Encoded, around: Neighbourhood, model: FusionModel) -> Edges:
    """Score the sample of pairs, all of it."""
    return Scale.of(reports, around, model).score(around.sample)


def _cosines(reports: Encoded, pairs: NDArray[np.int32]) -> NDArray[np.float64]:
    both = pairs[:, reports.has_text[pairs[0]] & reports.has_text[pairs[1]]]
    product = np.einsum("ij,ij->i", reports.text[both[0]], reports.text[both[1]])
    return np.asarray(product, np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What pairs are scored by: `density` of each report on a binary logarithmic scale, and tables of the model."""

    reports: Encoded
    model: FusionModel
    density: _Floats
    weights: "Weights"

    @property
    def once(self) -> NDArray[np.int32]:
        """The source of each report where it reports an incident once, else -1."""
        source = self.reports.source
        return np.where(self.reports_once[source], source, -1).astype(np.int32)

    @property
    def reports_once(self) -> NDArray[np.bool_]:
        """Which sources report an incident once."""
        return np.asarray(self.weights.repeats <= np.log(ONCE) + _ROUNDING)

    @classmethod
    def of(cls, reports: Encoded, around: "Neighbourhood", model: FusionModel) -> "Scale":
        """Prepare the tables."""
        return cls(
            reports=reports,
            model=model,
            density=np.log2(1.0 + around.degree).astype(np.float32),
            weights=Weights(
                table=np.stack(
                    [log_shares(model.share), log_shares(shares_within(model.share, model.own))]
                ),
                prior=np.log(model.prior),
                repeats=model.repeats_of(reports.source_names),
                begins=offsets()[:-1],
                shifts=np.array([field.shift for field in FIELDS]),
                masks=np.array([(1 << field.bits) - 1 for field in FIELDS]),
            ),
        )

    def take(self, rows: _Ints) -> "Scale":
        """Return the scale of some of the reports."""
        return replace(self, reports=self.reports.take(rows), density=self.density[rows])

    def score(self, pairs: NDArray[np.int32]) -> Edges:
        """Return the evidence for each pair (2, m)."""
        pattern = compare_pairs(self.reports, pairs, self.model.text_bounds)
        run = weigh_patterns.for_work(len(pattern) * 10)
        ratio, prior = run(pattern, pairs, self.density, self.reports.source, self.weights)
        return Edges(ends=pairs, ratio=ratio, prior=prior)


def score_edges(scale: Scale, parts: Sequence[Part]) -> Edges:
    """Score every pair of the sweep and keep those above the floor; two threads, the order of pairs stays."""

    def scored(part: Part) -> Edges:
        return join_edges([scale.score(pairs).above(FLOOR) for pairs in part.pairs()])

    return join_edges(list(in_order(scored, parts)))


def join_edges(parts: list[Edges]) -> Edges:
    """Return the edges of all parts, in their order."""
    nothing = np.zeros(0, np.float32)
    return Edges(
        ends=_join_pairs([part.ends for part in parts]),
        ratio=np.concatenate([nothing, *(part.ratio for part in parts)]),
        prior=np.concatenate([nothing, *(part.prior for part in parts)]),
    )


class Weights(NamedTuple):
    """What patterns are weighed by, of the model: log shares `table` (2, codes, 3) between two sources and within one.

    `prior` (densities, 3) log shares of the classes; `repeats` by source the log odds of a second report. Of each
    field `begins` is where its codes begin in the table, `shifts` and `masks` where they are in a pattern.
    """

    table: NDArray[np.float64]
    prior: NDArray[np.float64]
    repeats: NDArray[np.float64]
    begins: _Ints
    shifts: _Ints
    masks: _Ints


@inline
def weigh(
    pattern: int, density: float, source_one: int, source_two: int, weights: Weights
) -> tuple[float, float]:
    """Return the log likelihood ratio of a match against the other classes, and its prior log odds.

    `density` is the sum of both reports (Fellegi and Sunter 1969, with three classes instead of two).
    """
    side = 1 if source_one == source_two else 0
    dense = min(int(density), len(weights.prior) - 1)
    match = weights.prior[dense, 0]
    sibling, other = weights.prior[dense, 1], weights.prior[dense, 2]
    odds = match - np.log(np.exp(sibling) + np.exp(other))
    if side == 1:
        match += weights.repeats[source_one]
    for field in range(len(weights.shifts)):
        row = weights.begins[field] + ((pattern >> weights.shifts[field]) & weights.masks[field])
        match += weights.table[side, row, 0]
        sibling += weights.table[side, row, 1]
        other += weights.table[side, row, 2]
    most = max(sibling, other)
    rest = most + np.log(1.0 + np.exp(min(sibling, other) - most))
    ratio = np.floor((match - rest - odds) * _PARTS + 0.5) / _PARTS
    return ratio, np.floor(odds * _PARTS + 0.5) / _PARTS


@kernel
def weigh_patterns(
    pattern: _Ints,
    pairs: NDArray[np.int32],
    density: _Floats,
    source: NDArray[np.int32],
    weights: Weights,
) -> tuple[_Floats, _Floats]:
    """Return what `weigh` says of each pair."""
    ratio = np.zeros(len(pattern), np.float32)
    prior = np.zeros(len(pattern), np.float32)
    for index in range(len(pattern)):
        first, second = pairs[0, index], pairs[1, index]
        ratio[index], prior[index] = weigh(
            pattern[index], density[first] + density[second], source[first], source[second], weights
        )
    return ratio, prior
