"""Slabs: whatever the cuts, every report comes out once, and what no cut meets comes out as from one machine."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from benchmarks.fusion.generator import Regime, generate
from benchmarks.fusion.metric import quality
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import examples

from groundtruce.fusion.clustering.decision import Decision
from groundtruce.fusion.fuse import Fused, fuse
from groundtruce.fusion.matching.training_days import day_numbers
from groundtruce.fusion.method import FusionMethod
from groundtruce.fusion.partition.claim import (
    FIRST,
    LAST,
    choose_claims,
    consolidate_claims,
    fuse_slab,
    reach,
)
from groundtruce.fusion.partition.time_slab import (
    Cutting,
    Slabs,
    first_linkable,
    measure_known_s,
    slabs_of,
)
from groundtruce.model.table import INCIDENTS, LINKS, REPORTS

START = datetime(2016, 3, 1, tzinfo=UTC)
GENERATED = generate(20_000, Regime.FRONT, seed=5)
MODEL = fuse(GENERATED.reports, FusionMethod()).linked.model
METHOD = FusionMethod(model=MODEL)
LENGTHS_H = {"hour": 1, "day": 24, "week": 168, "month": 720, "season": 2_200}

ROW = st.fixed_dictionaries(
    {
        "source": st.sampled_from("ABCD"),
        "hour": st.integers(0, 24 * 30),
        "precision": st.sampled_from(["hour", "day", "week", "month", "season", "open", "before"]),
        "lat": st.sampled_from([None, 36.2, 36.2, 36.21]),
        "location_radius_m": st.sampled_from([None, 500.0, 5_000.0, 80_000.0, 2e5]),
        "kind": st.sampled_from(["fire.shelling", "fire.mortar"]),
        "actor": st.sampled_from([None, "X"]),
    }
)
"""One report of a month so crowded that every cut goes through incidents."""
CUTTING = st.builds(Cutting, reports=st.integers(1, 12), halo_days=st.integers(0, 9))


def table(rows: Sequence[dict[str, object]]) -> pl.DataFrame:
    """Return the rows as a report table."""
    made: list[dict[str, object]] = []
    for number, row in enumerate(rows):
        said = {name: value for name, value in row.items() if name in REPORTS.names}
        begin = START + timedelta(hours=int(str(row["hour"])))
        hours = LENGTHS_H.get(str(row["precision"]), 24)
        made.append(
            {
                **said,
                "report_id": f"R{number * 7_919 % 1_000:03}",
                "occurred_from": None if row["precision"] == "before" else begin,
                "occurred_to": None
                if row["precision"] == "open"
                else begin + timedelta(hours=hours),
                "lon": None if row["lat"] is None else 37.1,
            }
        )
    return pl.DataFrame(made, schema=REPORTS.schema)


def cut(reports: pl.DataFrame, how: Cutting) -> Slabs:
    """Cut a table as every engine does."""
    count = np.bincount(day_numbers(reports).to_numpy())
    return Slabs.cut(int(measure_known_s(reports).min()), count, how, first_linkable(reports))


def in_slabs(
    reports: pl.DataFrame,
    how: Cutting,
    decisions: Sequence[Decision] = (),
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return links and incidents as Spark would make them, here and one slab after the other."""
    slabs = cut(reports, how)
    _, first, last = slabs_of(reports, slabs)
    far = reach(reports, slabs, decisions)
    for at, name in enumerate(reports["report_id"]):
        low, high = far.get(name, (first[at], last[at]))
        first[at], last[at] = min(first[at], low), max(last[at], high)
    seen = reports.with_columns(pl.Series(FIRST, first), pl.Series(LAST, last))
    own, claims = [], []
    for number in range(len(slabs)):
        rows = seen.filter(pl.col(FIRST) <= number, pl.col(LAST) >= number)
        if rows.height:
            settled, contested = fuse_slab(rows, number, slabs, METHOD, decisions)
            own.append(settled)
            claims.append(contested)
    told = [
        out for some in (*own, choose_claims(pl.concat(claims))) for out in consolidate_claims(some)
    ]
    return (
        pl.concat([links for links, _ in told]).sort(LINKS.key),
        pl.concat([incidents for _, incidents in told]).sort(INCIDENTS.key),
    )


def groups(links: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the number of the incident of each link."""
    return links["incident_id"].rank("dense").to_numpy().astype(np.int64)


@examples(20)
@given(
    rows=st.lists(ROW, min_size=1, max_size=40),
    how=CUTTING,
    pairs=st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=3),
)
def test_every_report_comes_out_once(
    rows: list[dict[str, object]], how: Cutting, pairs: list[tuple[int, int]]
) -> None:
    """However many slabs see a report, and whatever people decided, it has one link and one incident lists it."""
    reports = table(rows)
    ids = reports["report_id"]
    decisions = [
        Decision(together=True, reports=(ids[one], ids[two]))
        for one, two in pairs
        if one < len(ids) and two < len(ids) and one != two
    ]
    links, incidents = in_slabs(reports, how, decisions)
    assert links["report_id"].to_list() == sorted(ids)
    assert incidents["incident_id"].is_unique().all()
    listed = incidents.select("incident_id", report_id=pl.col("report_ids").str.split("|"))
    assert (
        listed.explode("report_id")
        .sort("report_id")
        .equals(links.select("incident_id", "report_id"))
    )


@examples(10)
@given(rows=st.lists(ROW, min_size=1, max_size=30), how=CUTTING, seed=st.integers(0, 9))
def test_the_order_of_rows_does_not_matter(
    rows: list[dict[str, object]], how: Cutting, seed: int
) -> None:
    """Claims are weighed by what they say, not by who comes first."""
    reports = table(rows)
    shuffled = reports.sample(fraction=1, shuffle=True, seed=seed)
    for one, two in zip(in_slabs(reports, how), in_slabs(shuffled, how), strict=True):
        assert one.equals(two)


@examples(20)
@given(rows=st.lists(ROW, min_size=1, max_size=40), how=CUTTING)
def test_a_report_is_seen_by_its_home(rows: list[dict[str, object]], how: Cutting) -> None:
    """The slabs that see a report are neighbours, and its home is one of them."""
    reports = table(rows)
    slabs = cut(reports, how)
    home, first, last = slabs_of(reports, slabs)
    assert (first <= home).all()
    assert (home <= last).all()
    assert (first >= 0).all()
    assert (last < len(slabs)).all()


def with_gaps() -> pl.DataFrame:
    """Return four weeks of fighting with a month of quiet between each two."""
    reports = GENERATED.reports.filter(pl.col("time_precision").is_in(["hour", "day"]))
    week = (pl.col("occurred_from") - pl.col("occurred_from").min()).dt.total_days() // 7
    apart = pl.duration(days=30) * week
    return (
        reports.with_columns(week=week, apart=apart)
        .filter(pl.col("week") < 4)
        .with_columns(
            (pl.col(name) + pl.col("apart")).dt.cast_time_unit("us")
            for name in ("occurred_from", "occurred_to")
        )
        .select(REPORTS.names)
    )


def test_what_no_cut_meets_is_as_from_one_machine() -> None:
    """Where all cuts fall into quiet weeks, links and incidents are equal in every field."""
    reports = with_gaps()
    whole = fuse(reports, METHOD)
    how = Cutting(reports=3_000)
    assert len(cut(reports, how)) == 4
    links, incidents = in_slabs(reports, how)
    assert links.equals(whole.links)
    assert incidents.equals(whole.incidents)


@pytest.fixture(scope="module")
def whole() -> Fused:
    """What one machine makes of the generated reports."""
    return fuse(GENERATED.reports, METHOD)


def test_small_slabs_of_a_dense_front_lose_next_to_nothing(whole: Fused) -> None:
    """Where every cut goes through fighting, the score stays within two in a thousand of the whole."""
    links, _ = in_slabs(GENERATED.reports, Cutting(reports=5_000))
    order = pl.DataFrame({"report_id": GENERATED.reports["report_id"], "at": GENERATED.truth})
    truth = links.join(order, on="report_id", how="left", maintain_order="left")["at"].to_numpy()
    ours = quality(groups(links), truth).f1
    assert ours >= 0.998 * quality(groups(whole.links), truth).f1
    assert quality(groups(links), groups(whole.links)).f1 > 0.99


def test_a_merge_reaches_across_slabs(whole: Fused) -> None:
    """Two reports weeks apart that people hold to be one come out as one."""
    ordered = GENERATED.reports.sort("occurred_from")["report_id"]
    pair = (ordered[0], ordered[-1])
    links, _ = in_slabs(
        GENERATED.reports, Cutting(reports=5_000), [Decision(together=True, reports=pair)]
    )
    assert links.filter(pl.col("report_id").is_in(pair))["incident_id"].n_unique() == 1


def test_cuts_fall_into_quiet_days() -> None:
    """A cut looks for the quietest midnight of the last third of a slab."""
    count = np.array([9, 9, 9, 9, 0, 0, 9, 9, 9, 9])
    slabs = Slabs.cut(0, count, Cutting(reports=45))
    assert slabs.starts == (0, 5)


def test_a_crowded_day_is_a_slab_of_its_own() -> None:
    """No slab is shorter than a day."""
    slabs = Slabs.cut(0, np.array([90, 90, 1, 1]), Cutting(reports=45))
    assert slabs.starts == (0, 1, 2)
    assert replace(slabs, starts=(0,)).at(np.array([0, 10**6])).tolist() == [0, 0]
