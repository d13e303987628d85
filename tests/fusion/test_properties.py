"""Fusion does not depend on what it must not depend on: order, threads, where the world begins, copies."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from benchmarks.fusion.generator import Regime, generate
from hypothesis import example, given
from hypothesis import strategies as st
from tests.effort import examples

from groundtruce.fusion import fuse
from groundtruce.fusion.clustering.decision import Decision
from groundtruce.fusion.features import thread
from groundtruce.fusion.matching.model import FusionModel
from groundtruce.fusion.matching.source_bias import Habit
from groundtruce.fusion.method import FusionMethod

METHOD = FusionMethod()
INSTANTS = ("occurred_from", "occurred_to")


def world(count: int = 2_000, regime: Regime = Regime.FRONT, **how: bool) -> pl.DataFrame:
    """Return synthetic reports."""
    return generate(count, regime, seed=5, **how).reports


def together(links: pl.DataFrame) -> set[frozenset[str]]:
    """Return which reports stand together."""
    return {frozenset(ids) for ids in links.group_by("incident_id").agg("report_id")["report_id"]}


@pytest.mark.parametrize("text", [False, True], ids=["without text", "with text"])
@pytest.mark.parametrize("regime", list(Regime))
def test_the_order_of_rows_does_not_matter(regime: Regime, text: bool) -> None:
    """Reports in any order give the same tables, byte for byte."""
    reports = world(regime=regime, text=text)
    first = fuse.fuse(reports, METHOD)
    for seed in (1, 2):
        again = fuse.fuse(reports.sample(fraction=1, shuffle=True, seed=seed), METHOD)
        assert again.links.equals(first.links)
        assert again.incidents.equals(first.incidents)
        assert again.linked.model.digest == first.linked.model.digest


def test_the_number_of_threads_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread or five: the same tables."""
    reports = world(20_000)
    first = fuse.fuse(reports, METHOD)
    for threads in (1, 5):
        monkeypatch.setattr(thread, "THREADS", threads)
        again = fuse.fuse(reports, METHOD)
        assert again.links.equals(first.links)
        assert again.incidents.equals(first.incidents)


@pytest.mark.parametrize(
    "by", [timedelta(seconds=61), timedelta(days=12_345, hours=7), -timedelta(days=9_000)]
)
def test_a_shift_in_time_shifts_the_answer(by: timedelta) -> None:
    """Moved by any time, the same reports stand together, and incidents move along."""
    reports = world()
    first = fuse.fuse(reports, METHOD)
    moved = fuse.fuse(reports.with_columns(pl.col(*INSTANTS) + by), METHOD)
    assert moved.links.equals(first.links)
    assert moved.incidents.with_columns(pl.col(*INSTANTS) - by).equals(first.incidents)


@pytest.mark.parametrize("by", [10.5, 141.7, 320.25])
def test_a_shift_in_longitude_shifts_the_answer(by: float) -> None:
    """Moved around the globe, across the antimeridian too, the same reports stand together."""
    reports = world()
    first = fuse.fuse(reports, METHOD)
    east = (pl.col("lon") + by + 180) % 360 - 180
    moved = fuse.fuse(reports.with_columns(lon=east), METHOD)
    assert together(moved.links) == together(first.links)
    assert moved.links["probability"].to_numpy() == pytest.approx(
        first.links["probability"].to_numpy(), abs=1e-3
    )
    expected = (first.incidents["lon"] + by + 180) % 360 - 180
    assert moved.incidents["lon"].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-9)


def frozen(reports: pl.DataFrame, copying: tuple[tuple[str, str], ...] = ()) -> FusionMethod:
    """Return the method with the model that these reports teach, and who copies whom."""
    model: FusionModel = fuse.learn_from(reports, METHOD)
    return FusionMethod(model=replace(model, copying=copying))


def test_what_a_copying_source_repeats_is_no_corroboration() -> None:
    """Each report repeated by a source that copies leaves every incident with the voices that it had."""
    reports = world(3_000)
    method = frozen(reports, (("media-one", "media-two"),))
    before = fuse.fuse(reports.filter(pl.col("source") != "media-two"), method)
    own = reports.filter(pl.col("source") == "media-one")
    repeated = own.with_columns(
        report_id=pl.format("{}-again", "report_id"), source=pl.lit("media-two")
    )
    voices = dict(
        before.links.join(before.incidents, on="incident_id")
        .select("report_id", "n_independent")
        .iter_rows()
    )
    for at in range(0, repeated.height, max(repeated.height // 20, 1)):
        rows = pl.concat([reports.filter(pl.col("source") != "media-two"), repeated.slice(at, 1)])
        after = fuse.fuse(rows, method)
        name = repeated["report_id"][at].removesuffix("-again")
        (found,) = (
            after.links.filter(pl.col("report_id") == name)
            .join(after.incidents, on="incident_id")
            .iter_rows(named=True)
        )
        assert found["n_independent"] <= voices[name]


def test_an_entry_repeated_by_its_own_source_is_no_corroboration(
    reports: Callable[..., pl.DataFrame],
) -> None:
    """A source that says it twice is one voice, and makes nothing more probable."""
    same = {"actor": "X", "location_radius_m": "500", "killed_best": "4"}
    method = FusionMethod(declared={"A": Habit(once=False)})
    once = fuse.fuse(reports({"source": "A", **same}, {"source": "B", **same}), method)
    twice = fuse.fuse(
        reports({"source": "A", **same}, {"source": "A", **same}, {"source": "B", **same}), method
    )
    assert once.incidents["n_independent"].to_list() == [2]
    assert twice.incidents["n_independent"].max() == 2


@examples(10)
@given(
    names=st.lists(st.sampled_from("ABCDEF"), min_size=2, max_size=14),
    spots=st.lists(st.sampled_from(["36.20", "36.21", "36.22"]), min_size=14, max_size=14),
)
@example(names=list("AABBBA"), spots=["36.20"] * 14)
def test_a_source_that_reports_once_never_stands_twice_in_an_incident(
    reports: Callable[..., pl.DataFrame], names: list[str], spots: list[str]
) -> None:
    """Where it is declared so, no incident holds two reports of one source."""
    rows = [{"source": name, "lat": spots[at], "actor": "X"} for at, name in enumerate(names)]
    table = reports(*rows)
    method = FusionMethod(declared=dict.fromkeys("ABCDEF", Habit(once=True)))
    found = fuse.fuse(table, method).links.join(table, on="report_id")
    assert not found.select(pl.struct("incident_id", "source").is_duplicated().any()).item()


@examples(6)
@given(chance=st.integers(0, 2**32 - 1))
def test_no_decision_brings_together_what_a_person_held_apart(chance: int) -> None:
    """Whatever else people decide, two reports held apart stand apart, and what is merged stands together."""
    reports = world(300)
    ids = reports["report_id"].to_list()
    draw = np.random.default_rng(chance)
    decisions = []
    for _ in range(12):
        chosen = [ids[at] for at in draw.choice(len(ids), 3, replace=False)]
        decisions.append(Decision(together=bool(draw.random() < 0.5), reports=tuple(chosen)))
    fused = fuse.fuse(reports, METHOD, decisions)
    of = dict(fused.links.select("report_id", "incident_id").iter_rows())
    for one in decisions:
        if not one.together:
            assert len({of[name] for name in one.reports}) == len(one.reports)
    if all(one.together for one in decisions):
        assert all(len({of[name] for name in one.reports}) == 1 for one in decisions)


def test_a_recorded_model_decides_as_the_learned_one() -> None:
    """The model as JSON and back gives the same tables."""
    reports = world(3_000, text=True)
    first = fuse.fuse(reports, METHOD)
    said = FusionModel.from_json(first.linked.model.as_json())
    again = fuse.fuse(reports, FusionMethod(model=said))
    assert again.links.equals(first.links)
    assert again.incidents.equals(first.incidents)
