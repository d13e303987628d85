"""The metrics of the fusion benchmark: cases counted by hand, and the definitions written out plainly."""

from itertools import combinations

import numpy as np
import pytest
from benchmarks.fusion.metric import calibration_error, corroborated, links_right, quality
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

Ints = NDArray[np.int64]
NUMBERS = st.integers(0, 5)
PARTITIONS = st.lists(st.tuples(NUMBERS, NUMBERS, st.integers(0, 2)), min_size=1, max_size=14)


def ints(*values: int) -> Ints:
    """Return an array."""
    return np.array(values, np.int64)


def test_quality_of_a_case_counted_by_hand() -> None:
    """Of groups abc, de and incidents ab, cde: pairs ab, ac, bc, de against ab, cd, ce, de."""
    scored = quality(ints(0, 0, 0, 1, 1), ints(7, 7, 9, 9, 9))
    assert (scored.precision, scored.recall, scored.f1) == (0.5, 0.5, 0.5)
    # precision of a, b: 2/3, of c: 1/3, of d, e: 1; recall: 1, 1, 1/3, 2/3, 2/3
    precision, recall = (2 / 3 * 2 + 1 / 3 + 2) / 5, (2 + 1 / 3 + 2 / 3 * 2) / 5
    assert scored.b3 == pytest.approx(2 * precision * recall / (precision + recall))
    assert scored.count_error == 0


def test_singletons_alone_have_no_pairs_to_be_right_about() -> None:
    """Nothing grouped where nothing belongs together: B³ and count are perfect, F1 has no ground."""
    scored = quality(ints(0, 1, 2), ints(0, 1, 2))
    assert (scored.f1, scored.b3, scored.count_error) == (0, 1, 0)


@given(PARTITIONS)
def test_quality_is_what_its_definition_says(rows: list[tuple[int, int, int]]) -> None:
    """Against every pair and every report, one at a time."""
    found, truth, _ = (ints(*column) for column in zip(*rows, strict=True))
    pairs = list(combinations(range(len(rows)), 2))
    ours = {pair for pair in pairs if found[pair[0]] == found[pair[1]]}
    true = {pair for pair in pairs if truth[pair[0]] == truth[pair[1]]}
    scored = quality(found, truth)
    assert scored.precision == pytest.approx(len(ours & true) / max(len(ours), 1))
    assert scored.recall == pytest.approx(len(ours & true) / max(len(true), 1))
    if ours or true:
        assert scored.f1 == pytest.approx(2 * len(ours & true) / (len(ours) + len(true)))
    both = [((found == found[at]) & (truth == truth[at])).sum() for at in range(len(rows))]
    precision = np.mean([n / (found == found[at]).sum() for at, n in enumerate(both)])
    recall = np.mean([n / (truth == truth[at]).sum() for at, n in enumerate(both)])
    assert scored.b3 == pytest.approx(2 * precision * recall / (precision + recall))
    assert scored.count_error == pytest.approx(len(set(found)) / len(set(truth)) - 1)


@given(PARTITIONS)
def test_links_and_corroboration_are_what_their_definitions_say(
    rows: list[tuple[int, int, int]],
) -> None:
    """Against every report of every group, one at a time."""
    found, truth, voice = (ints(*column) for column in zip(*rows, strict=True))
    right, held = links_right(found, truth), corroborated(found, truth, voice)
    for at in range(len(rows)):
        others = [n for n in range(len(rows)) if n != at and found[n] == found[at]]
        agreeing = sum(truth[n] == truth[at] for n in others)
        alone = (truth == truth[at]).sum() == 1
        assert right[at] == (2 * agreeing >= len(others) if others else alone)
        members = found == found[at]
        assert held[at] == any(
            len(set(voice[members & (truth == one)])) > 1 for one in truth[members]
        )


def test_a_copy_corroborates_nothing() -> None:
    """Two reports of one incident with one voice, or of two incidents with two voices, are no corroboration."""
    group, truth, voice = ints(0, 0, 1, 1, 2, 2), ints(5, 5, 6, 7, 8, 8), ints(1, 1, 1, 2, 1, 2)
    assert corroborated(group, truth, voice).tolist() == [False] * 4 + [True] * 2


def test_calibration_error_of_a_case_counted_by_hand() -> None:
    """Ten at .9 of which eight are right, ten at .15 of which one is: mean of .1 and .05."""
    said = np.repeat([0.9, 0.15], 10)
    right = np.array([True] * 8 + [False] * 2 + [True] + [False] * 9)
    assert calibration_error(said, right) == pytest.approx((0.1 + 0.05) / 2)


def test_certainty_that_is_right_has_no_error() -> None:
    """A probability of 1 falls into the last bin; of nothing there is no error."""
    assert calibration_error(np.ones(3), np.ones(3, np.bool_)) == 0
    assert calibration_error(np.zeros(0), np.zeros(0, np.bool_)) == 0
