"""Expectation-maximisation: expected counts of one step, against a sum pair by pair in plain Python."""

import numpy as np
import pytest

from groundtruce.fusion.matching.em import count_expected


def test_expected_counts_are_the_shares_of_the_classes_in_each_pair() -> None:
    """Each pair counts for its classes by how likely each is: by code, by density, and for repeats of its source."""
    chance = np.random.default_rng(5)
    pairs, fields, codes, densities, sources = 40, 3, 6, 4, 2
    code = chance.integers(0, codes, (pairs, fields)).astype(np.int16)
    density = chance.integers(0, densities, pairs)
    source = chance.integers(-1, sources, pairs)
    count = chance.random(pairs)
    share = chance.random((2, codes, 3))
    prior = chance.dirichlet(np.ones(3), (2, densities))
    repeats = np.array([0.02, 0.4])
    found, across, inside, again = count_expected.plain(
        code, density, source, count, np.log(share), np.log(prior), prior[0], repeats
    )
    by_code, by_density = np.zeros((2, codes, 3)), np.zeros((2, densities, 3))
    second, matches = np.zeros(sources), np.zeros(sources)
    for row in range(pairs):
        side = int(source[row] >= 0)
        likely = prior[side, density[row]].copy()
        if side:
            likely[0] = prior[0, density[row], 0] * repeats[source[row]]
        likely = likely * share[side, code[row]].prod(axis=0)
        likely *= count[row] / likely.sum()
        np.add.at(by_code[side], code[row], likely)
        by_density[side, density[row]] += likely
        if side:
            second[source[row]] += likely[0]
            matches[source[row]] += prior[0, density[row], 0] * count[row]
    assert found == pytest.approx(by_code)
    assert np.stack([across, inside]) == pytest.approx(by_density)
    assert again == pytest.approx(np.stack([second, matches]))
