"""Decisions: apart is never overridden, whatever else is decided, and labels never contradict each other."""

from itertools import combinations
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundtruce.fusion.clustering.decision import (
    MOST_PAIRS,
    Decision,
    constrain,
    find_overruled,
    label_pairs,
)

NAMES = tuple(f"R{number}" for number in range(8))
ROWS = pl.Series("report_id", NAMES)

_SOME = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True).map(tuple)
_DECISIONS = st.lists(
    st.one_of(
        st.builds(Decision, together=st.just(value=True), reports=_SOME),
        st.builds(Decision, together=st.just(value=False), reports=_SOME),
        st.builds(Decision, together=st.just(value=False), reports=_SOME, against=_SOME),
    ),
    max_size=8,
)


def same(*names: str) -> Decision:
    """Return the decision that reports tell of one event."""
    return Decision(together=True, reports=names)


def different(*names: str, against: tuple[str, ...] = ()) -> Decision:
    """Return the decision that reports tell of several events."""
    return Decision(together=False, reports=names, against=against)


def units(*decisions: Decision) -> set[frozenset[str]]:
    """Return which reports are held together."""
    unit = constrain(ROWS, decisions).unit
    found = {frozenset(ROWS.gather(np.nonzero(unit == head)[0])) for head in set(unit)}
    return {names for names in found if len(names) > 1}


def labels(*decisions: Decision) -> dict[tuple[str, str], bool]:
    """Return the labelled pairs by name, the later first."""
    pairs, one = label_pairs(ROWS, decisions)
    return {
        (ROWS[late], ROWS[early]): value
        for (late, early), value in zip(pairs.T.tolist(), one, strict=True)
    }


@given(_DECISIONS, st.randoms(use_true_random=False))
def test_apart_is_never_overridden(decisions: list[Decision], random: Random) -> None:
    """Two reports that anyone held apart are in no unit, whatever is decided besides and in whatever order."""
    held = set(map(tuple, constrain(ROWS, decisions).apart.T.tolist()))
    random.shuffle(decisions)
    found = constrain(ROWS, decisions)
    assert set(map(tuple, found.apart.T.tolist())) == held
    assert all(found.unit[late] != found.unit[early] for late, early in held)


@given(_DECISIONS)
def test_a_merge_is_heeded_or_named_as_overruled(decisions: list[Decision]) -> None:
    """Each merge holds its reports in one unit, or is named with a split that holds two of them apart."""
    found = constrain(ROWS, decisions)
    refused = {one.merge: one for one in find_overruled(ROWS, decisions)}
    for at, one in enumerate(decisions):
        rows = [NAMES.index(name) for name in one.reports]
        if one.together and at not in refused:
            assert len(set(found.unit[rows])) == 1
        if at in refused:
            split = decisions[refused[at].split]
            assert not split.together
            named = {*split.reports, *split.against}
            assert named >= set(refused[at].reports)


@given(_DECISIONS)
def test_labels_contradict_neither_each_other_nor_what_is_heeded(decisions: list[Decision]) -> None:
    """Pairs are sorted, once each, the later first; one event only within a unit, apart wherever held apart."""
    pairs, one = label_pairs(ROWS, decisions)
    found = constrain(ROWS, decisions)
    listed = list(map(tuple, pairs.T.tolist()))
    assert listed == sorted(set(listed))
    assert pairs.dtype == np.int32
    assert (pairs[0] > pairs[1]).all()
    assert {pair for pair, value in zip(listed, one, strict=True) if not value} == set(
        map(tuple, found.apart.T.tolist())
    )
    assert (found.unit[pairs[0, one]] == found.unit[pairs[1, one]]).all()


def test_merges_add_up() -> None:
    """What two decisions bring together is one unit; a third that would join what is held apart is not heeded."""
    assert units(same("R0", "R1"), same("R1", "R2")) == {frozenset({"R0", "R1", "R2"})}
    apart = different("R0", "R3")
    assert units(same("R0", "R1"), same("R1", "R3", "R4"), apart) == {frozenset({"R0", "R1"})}
    (one,) = find_overruled(ROWS, [same("R0", "R1"), same("R1", "R3", "R4"), apart])
    assert (one.merge, one.split, one.reports) == (1, 2, ("R3", "R0"))


def test_a_split_without_others_holds_each_apart_from_each() -> None:
    """With others, only from these."""
    every = {(late, early): False for early, late in combinations(("R0", "R1", "R2"), 2)}
    assert labels(different("R0", "R1", "R2")) == every
    assert labels(different("R0", "R1", against=("R2",))) == {
        ("R2", "R0"): False,
        ("R2", "R1"): False,
    }


def test_a_merge_that_is_not_heeded_labels_nothing() -> None:
    """Of a merge that is heeded every pair is one event."""
    assert labels(same("R0", "R1", "R2")) == {
        ("R1", "R0"): True,
        ("R2", "R0"): True,
        ("R2", "R1"): True,
    }
    assert labels(same("R0", "R1", "R2"), different("R0", "R1")) == {("R1", "R0"): False}


def test_a_decision_is_about_each_row_of_an_id() -> None:
    """Rows that share an id are held together with the others, and not held apart from each other."""
    rows = pl.Series(["A~01234567", "A~89abcdef", "B"])
    assert constrain(rows, [same("A", "B")]).unit.tolist() == [0, 0, 0]
    assert constrain(rows, [same("A~89abcdef", "B")]).unit.tolist() == [0, 1, 1]
    assert constrain(rows, [different("A", "B")]).apart.T.tolist() == [[2, 0], [2, 1]]


@pytest.mark.parametrize("against", [(), ("other",)])
def test_one_statement_cannot_fill_the_memory(against: tuple[str, ...]) -> None:
    """A split beyond the limit is not heeded; a merge is, and labels nothing."""
    many = tuple(f"X{number}" for number in range(MOST_PAIRS + 1))
    rows = pl.Series([*many, "other"])
    split = Decision(together=False, reports=many, against=against)
    assert constrain(rows, [split]).apart.shape == (2, 0)
    merge = Decision(together=True, reports=many)
    assert (constrain(rows, [merge]).unit[:-1] == 0).all()
    assert label_pairs(rows, [merge])[0].shape == (2, 0)


def test_what_is_not_there_is_not_decided() -> None:
    """A decision that names no report of the table changes nothing."""
    assert units(same("gone", "R1")) == set()
    assert labels(different("gone", "R1")) == {}
