"""Review: the questions that matter come first, what is decided is not asked, and effects are what they say."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from random import Random

import numpy as np
import polars as pl
from benchmarks.fusion.generator import Regime, generate
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import examples

from groundtruce.fusion.clustering.decision import Decision
from groundtruce.fusion.fuse import Fused, fuse
from groundtruce.fusion.method import FusionMethod
from groundtruce.fusion.review.effect import effect, figures
from groundtruce.fusion.review.questions import Question, choose_questions

METHOD = FusionMethod()
MANY = 100_000


@cache
def table() -> pl.DataFrame:
    """Return made-up reports of a front line, where neighbours are hard to tell apart."""
    return generate(150, Regime.FRONT, seed=5, text=True).reports


@cache
def plain() -> Fused:
    """Return them fused, the model learned from them."""
    return fuse(table(), METHOD)


@cache
def fused(*decisions: Decision) -> Fused:
    """Return them fused with that model, as people decided."""
    return fuse(table(), replace(METHOD, model=plain().linked.model), decisions)


def asked(found: Fused, limit: int = MANY) -> list[Question]:
    """Return the questions."""
    return choose_questions(found, METHOD.clustering, limit)


def incident(found: Fused) -> dict[str, str]:
    """Return the incident of each report."""
    return dict(found.links.select("report_id", "incident_id").iter_rows())


NAMES = tuple(table()["report_id"].sort()[:20])
_SOME = st.lists(st.sampled_from(NAMES), min_size=2, max_size=4, unique=True).map(tuple)
_DECISIONS = st.lists(
    st.builds(Decision, together=st.booleans(), reports=_SOME), min_size=1, max_size=6
)


@examples(10)
@given(_DECISIONS, st.randoms(use_true_random=False))
def test_no_decision_brings_together_what_anyone_holds_apart(
    decisions: list[Decision], random: Random
) -> None:
    """Whatever is decided besides, and in whatever order."""
    random.shuffle(decisions)
    stands = incident(fused(*decisions))
    for one in decisions:
        if not one.together:
            assert len({stands[name] for name in one.reports}) == len(one.reports)


def test_the_model_of_a_run_gives_that_run() -> None:
    """An effect that is foreseen with it is due to the decision alone."""
    assert effect(plain(), fused()).changes == ()
    assert plain().links.equals(fused().links)
    assert plain().incidents.equals(fused().incidents)


@examples(10)
@given(_DECISIONS)
def test_an_effect_names_what_moved_and_nothing_else(decisions: list[Decision]) -> None:
    """Incidents that became others, each once, with all their reports; the figures are those of the tables."""
    before, after = fused(), fused(*decisions)
    found = effect(before, after)
    assert (found.before, found.after) == (figures(before.incidents), figures(after.incidents))
    was, now = incident(before), incident(after)
    for side, stands in (("before", was), ("after", now)):
        named = [pair for one in found.changes for pair in getattr(one, side).items()]
        assert len({name for name, _ in named}) == len(named)
        for name, reports in named:
            assert set(reports) == {key for key, value in stands.items() if value == name}
    moved = {name for one in found.changes for names in one.before.values() for name in names}
    for name in was.keys() - moved:
        alike = {key for key in was if was[key] == was[name]}
        assert alike == {key for key in now if now[key] == now[name]}
    for one in found.changes:
        assert set(one.before.values()) != set(one.after.values())


def test_the_heaviest_question_comes_first() -> None:
    """The weight falls, each pair is asked once, and a smaller limit asks the first of the same."""
    found = asked(fused())
    weights = [one.weight for one in found]
    assert weights == sorted(weights, reverse=True)
    pairs = [frozenset((one.report_id, one.other_id)) for one in found]
    assert len(set(pairs)) == len(pairs)
    assert asked(fused(), 7) == found[:7]
    assert {one.together for one in found} == {True, False}


def test_a_question_says_how_the_two_stand() -> None:
    """`together` is whether they are of one incident now."""
    stands = incident(fused())
    for one in asked(fused()):
        assert (stands[one.report_id] == stands[one.other_id]) == one.together
        assert 0 <= one.probability <= 1


@examples(10)
@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=4))
def test_what_is_decided_is_not_asked_again(answers: Sequence[tuple[int, bool]]) -> None:
    """Whatever the answer was."""
    first = asked(fused())
    given_ = [
        Decision(together=same, reports=(first[at].report_id, first[at].other_id))
        for at, same in answers
    ]
    pairs = {frozenset((one.report_id, one.other_id)) for one in asked(fused(*given_))}
    assert not pairs & {frozenset(one.reports) for one in given_}


def test_the_probability_of_a_question_is_worth_its_name() -> None:
    """Of the neighbours that people are asked about, about as many are one event as is said."""
    generated = generate(4_000, Regime.SPREAD, seed=11, text=True)
    truth = dict(zip(generated.reports["report_id"], generated.truth, strict=True))
    found = asked(fuse(generated.reports, METHOD), 400)
    for together in (True, False):
        some = [one for one in found if one.together == together]
        right = [(truth[one.report_id] == truth[one.other_id]) for one in some]
        assert len(some) > 50
        assert abs(np.mean([one.probability for one in some]) - np.mean(right)) < 0.12
