"""Repair: whatever arrives when, the outcome is what the batch gives on all."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from benchmarks.fusion.generator import Regime, generate
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import examples
from tests.fusion.worlds import ROW, report_id, table

from groundtruce.fusion.clustering.decision import Decision
from groundtruce.fusion.fuse import Linked, link, make_tables
from groundtruce.fusion.incremental.repair import repair
from groundtruce.fusion.matching.candidates import CROWD
from groundtruce.fusion.matching.score import Edges
from groundtruce.fusion.matching.source_bias import Habit
from groundtruce.fusion.method import FusionMethod

METHOD = FusionMethod()


def edge_set(edges: Edges) -> set[tuple[int, int, float, float]]:
    """Return the edges whatever their order."""
    values = (*edges.ends.tolist(), edges.ratio.tolist(), edges.prior.tolist())
    return set(zip(*values, strict=True))


def same(found: Linked, batch: Linked) -> None:
    """Fail unless both say the same of the same reports."""
    assert found.reports.report_id.equals(batch.reports.report_id)
    assert found.around.degree.tolist() == batch.around.degree.tolist()
    assert edge_set(found.edges) == edge_set(batch.edges)
    assert found.decided.unit.tolist() == batch.decided.unit.tolist()
    assert found.original.tolist() == batch.original.tolist()
    assert found.part.tolist() == batch.part.tolist()
    assert found.groups.group.tolist() == batch.groups.group.tolist()
    assert found.groups.stay.tolist() == batch.groups.stay.tolist()
    assert found.groups.leave.tolist() == batch.groups.leave.tolist()


def arriving(
    reports: pl.DataFrame,
    shares: Sequence[int],
    steps: Sequence[Sequence[Decision]],
    method: FusionMethod = METHOD,
) -> None:
    """Let shares of the reports arrive in turn, and compare each repair with the batch."""
    known, rest = reports[: shares[0]], reports[shares[0] :]
    linked = link(known, method, steps[0])
    for share, decisions in zip(shares[1:], steps[1:], strict=True):
        done = repair(known, linked, rest[:share], method, decisions)
        known, linked, rest = done.reports, done.linked, rest[share:]
        batch = link(known, replace(method, model=linked.model), decisions)
        same(linked, batch)
        for ours, theirs in zip(make_tables(known, linked), make_tables(known, batch), strict=True):
            assert ours.equals(theirs)


IDS = st.lists(st.integers(0, 30).map(report_id), max_size=4)
DECISIONS = st.lists(
    st.builds(
        lambda together, one, two: Decision(
            together=together, reports=tuple(one), against=() if together else tuple(two)
        ),
        st.booleans(),
        IDS,
        IDS,
    ),
    max_size=3,
)


@examples(15)
@given(
    rows=st.lists(ROW, min_size=4, max_size=45),
    text=st.booleans(),
    cuts=st.lists(st.floats(0, 1), min_size=1, max_size=3),
    steps=st.lists(DECISIONS, min_size=4, max_size=4),
)
def test_repairs_in_any_order_equal_the_batch(
    rows: list[dict[str, object]],
    text: bool,
    cuts: list[float],
    steps: list[list[Decision]],
) -> None:
    """Small worlds, split anywhere, with decisions that change between the arrivals."""
    reports = table(rows, text=text)
    bounds = sorted({0, reports.height, *(round(cut * reports.height) for cut in cuts)})
    shares = [high - low for low, high in pairwise(bounds)]
    arriving(reports, shares, steps[: len(shares)])


@pytest.fixture(autouse=True, scope="module")
def always_repaired() -> Iterator[None]:
    """Repair even where the batch would be quicker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("groundtruce.fusion.incremental.repair._WORTH_IT", 100.0)
        yield


@pytest.mark.parametrize("regime", list(Regime))
@pytest.mark.parametrize("text", [False, True], ids=["plain", "text"])
def test_repairs_of_larger_worlds_equal_the_batch(regime: Regime, text: bool) -> None:
    """Thousands of reports, of which one, a few and many arrive, anywhere."""
    reports = generate(2_000, regime, seed=11, text=text).reports
    arriving(reports, [1_700, 1, 20, 279], [()] * 4)


def test_habits_and_copies_are_heeded_in_a_repair() -> None:
    """Sources that are late, off to the east or wider than they say; copies before and after what they repeat."""
    method = replace(
        METHOD,
        declared={
            "research-one": Habit(late_s=5_400.0, east_m=900.0),
            "monitor-two": Habit(north_m=-400.0, radius_factor=3.0),
            "media-two": Habit(copies=("monitor-one",)),
        },
    )
    made = generate(1_500, Regime.FRONT, seed=14).reports
    repeated = made.filter(source="monitor-one")[:120].with_columns(
        source=pl.lit("media-two"), report_id=pl.concat_str(pl.lit("A"), "report_id")
    )
    reports = pl.concat([made, repeated]).sample(fraction=1, shuffle=True, seed=3)
    assert (link(reports, method).original != np.arange(reports.height)).sum() > 100
    arriving(reports, [1_300, 1, 19, 300], [()] * 4, method)


def test_decisions_made_and_withdrawn_are_heeded_far_from_what_arrives() -> None:
    """Reports held together, held apart, and let go again, while one report arrives elsewhere."""
    reports = generate(1_000, Regime.SPREAD, seed=12).reports
    linked = link(reports[:-4], METHOD)
    ids, group = linked.reports.report_id, linked.groups.group
    pairs = np.nonzero(group != np.arange(len(group)))[0]
    apart = [(ids[int(group[at])], ids[int(at)]) for at in pairs[:40:4]]
    far = [(ids[at], ids[len(ids) - 1 - at]) for at in range(0, 40, 4)]
    held = [Decision(together=False, reports=(one,), against=(two,)) for one, two in apart]
    joined = [Decision(together=True, reports=pair) for pair in far]
    arriving(reports, [996, 1, 1, 1, 1], [[], [*held, *joined], held[1:], joined[2:], []])


def test_a_crowd_is_repaired_as_the_batch_would_see_it() -> None:
    """Where cells are cut off, an arrival moves what others see."""
    drawn = np.random.default_rng(3)
    count = 3 * CROWD
    base = table(
        [
            {
                "source": "ABCDE"[int(drawn.integers(5))],
                "hour": int(drawn.integers(0, 20)),
                "precision": ["hour", "day"][int(drawn.integers(2))],
                "place": 0,
                "location_radius_m": float(drawn.choice([500.0, 5_000.0])),
                "kind": "fire.shelling",
            }
            for _ in range(count)
        ],
        text=False,
    )
    arriving(base, [count - 30, 1, 29], [()] * 3)


@pytest.mark.parametrize("text", [False, True], ids=["plain", "text"])
def test_nothing_before_and_nothing_new_are_no_exceptions(text: bool) -> None:
    """From none to some, and from some to the same."""
    reports = generate(40, Regime.SPREAD, seed=1, text=text).reports
    frozen = replace(METHOD, model=link(reports, METHOD).model)
    done = repair(reports[:0], link(reports[:0], frozen), reports, frozen)
    same(done.linked, link(reports, frozen))
    again = repair(reports, done.linked, reports[:0], frozen)
    same(again.linked, done.linked)
    assert not again.changed.any()
