"""Score: what a pair weighs, against the formula in plain Python."""

import math

import numpy as np
import pytest

from groundtruce.fusion.features.comparison import DENSITIES, FIELDS
from groundtruce.fusion.matching.model import offsets
from groundtruce.fusion.matching.score import Weights, weigh_patterns


def weights() -> Weights:
    """Return weights of a model made of chance, of two sources."""
    chance = np.random.default_rng(7)
    return Weights(
        table=np.log(chance.random((2, offsets()[-1], 3))),
        prior=np.log(chance.dirichlet(np.ones(3), DENSITIES)),
        repeats=np.log(np.array([0.02, 0.5])),
        begins=offsets()[:-1],
        shifts=np.array([field.shift for field in FIELDS]),
        masks=np.array([(1 << field.bits) - 1 for field in FIELDS]),
    )


def expected(codes: list[int], density: float, sources: tuple[int, int]) -> tuple[float, float]:
    """Return the log likelihood ratio and the prior log odds: match against sibling or other."""
    known, own = weights(), sources[0] == sources[1]
    prior = np.exp(known.prior[min(int(density), DENSITIES - 1)])
    odds = math.log(prior[0] / (prior[1] + prior[2]))
    likely = prior * [math.exp(known.repeats[sources[0]]) if own else 1.0, 1.0, 1.0]
    for code, begin in zip(codes, known.begins, strict=True):
        likely *= np.exp(known.table[1 if own else 0, begin + code])
    return math.log(likely[0] / (likely[1] + likely[2])) - odds, odds


@pytest.mark.parametrize("sources", [(0, 1), (0, 0), (1, 1)])
@pytest.mark.parametrize("density", [0.0, 5.7, 99.0])
def test_a_pair_weighs_what_the_classes_make_it_likely(
    sources: tuple[int, int], density: float
) -> None:
    """The odds of a match against both other classes, parted into evidence and what was expected before."""
    chance = np.random.default_rng(3)
    for _ in range(20):
        codes = [int(chance.integers(field.size)) for field in FIELDS]
        pattern = sum(code << field.shift for code, field in zip(codes, FIELDS, strict=True))
        ratio, prior = weigh_patterns.plain(
            np.array([pattern]),
            np.array([[0], [1]], np.int32),
            np.array([density, 0.0], np.float32),
            np.array(sources, np.int32),
            weights(),
        )
        assert (ratio[0], prior[0]) == pytest.approx(expected(codes, density, sources), abs=1e-3)
