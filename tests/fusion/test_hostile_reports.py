"""Hostile tables: fusion stays bounded and gives a sensible answer."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from benchmarks.fusion.generator import Regime, generate

from groundtruce.fusion.features.text import TEXT_VECTOR
from groundtruce.fusion.fuse import Fused, fuse
from groundtruce.fusion.matching.candidates import CROWD
from groundtruce.fusion.method import FusionMethod

Reports = Callable[..., pl.DataFrame]
METHOD = FusionMethod()


def crowd(reports: Reports, count: int, sources: int) -> pl.DataFrame:
    """Return reports of one point, minute and kind."""
    one = reports({"source": "A", "actor": "X", "killed_best": "1"})
    return one[np.zeros(count, np.int64)].with_columns(
        report_id=pl.format("R{}", pl.int_range(pl.len())),
        source=pl.format("S{}", pl.int_range(pl.len()) % sources),
    )


def check(fused: Fused, reports: pl.DataFrame) -> None:
    """Check that every report is linked once and incidents add up."""
    assert fused.links["report_id"].sort().equals(reports["report_id"].sort())
    assert fused.incidents["n_reports"].sum() == reports.height
    assert fused.links["probability"].is_between(0, 1).all()
    assert (fused.incidents["n_independent"] <= fused.incidents["n_reports"]).all()


@pytest.mark.parametrize("count", [20_000, pytest.param(100_000, marks=pytest.mark.soak)])
@pytest.mark.parametrize("sources", [1, 50], ids=["one source", "fifty sources"])
def test_a_crowd_at_one_point_and_minute(reports: Reports, sources: int, count: int) -> None:
    """Pairs grow with the reports, and what cannot be told apart is not called corroborated."""
    table = crowd(reports, count, sources)
    fused = fuse(table, METHOD)
    check(fused, table)
    assert len(fused.linked.edges) <= table.height * CROWD // 8
    assert (fused.incidents["n_independent"] > 1).sum() <= table.height // 100


def test_identical_rows_are_as_many_incidents_as_a_source_lists(reports: Reports) -> None:
    """A source that lists a line twice may mean two events: nothing is merged, nothing is lost."""
    table = crowd(reports, 3_000, 1)
    fused = fuse(table, METHOD)
    check(fused, table)
    assert fused.incidents["n_independent"].max() == 1


def test_a_year_does_not_bind_what_lies_within_it() -> None:
    """One report with an interval of a year stays alone, and changes no other incident."""
    table = generate(2_000, Regime.FRONT, seed=4).reports
    year = table.head(1).with_columns(
        report_id=pl.lit("year"), occurred_to=pl.col("occurred_from") + timedelta(days=365)
    )
    method = FusionMethod(model=fuse(table, METHOD).linked.model)
    before, after = fuse(table, method), fuse(pl.concat([table, year]), method)
    alone = after.incidents.filter(pl.col("report_ids").str.contains("year"))
    assert alone["n_reports"].to_list() == [1]
    assert after.links.filter(pl.col("report_id") != "year").equals(before.links)


def test_numbers_that_are_none_count_as_no_text(reports: Reports) -> None:
    """Vectors of NaN, of infinities or of another length are no text, and break nothing."""
    vectors = [[np.nan, 1.0], [np.inf, 0.0], [1.0], None, [0.0, 0.0], [0.6, 0.8]]
    table = reports(*({"source": name} for name in "ABCDEF")).with_columns(
        pl.Series(TEXT_VECTOR, vectors, dtype=pl.List(pl.Float32))
    )
    fused = fuse(table, METHOD)
    check(fused, table)
    assert fused.links["probability"].is_not_nan().all()


def test_a_single_source_that_says_nothing_twice() -> None:
    """Ten thousand reports of one source: no corroboration, and no incident without bound."""
    table = generate(10_000, Regime.FRONT, seed=4).reports.with_columns(source=pl.lit("one"))
    fused = fuse(table, METHOD)
    check(fused, table)
    assert fused.incidents["n_independent"].max() == 1
    assert fused.incidents.filter(pl.col("n_reports") >= 50).is_empty()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_next_to_no_reports(reports: Reports, count: int) -> None:
    """An empty table, one report, two reports."""
    table = reports(*({"source": name} for name in "AB"))[:count]
    fused = fuse(table, METHOD)
    check(fused, table)


def test_every_precision_at_once(reports: Reports) -> None:
    """From a minute to longer than a month, from a metre to a country, in one place."""
    lengths = [
        "2016-03-04T00:01:00Z",
        "2016-03-05T00:00:00Z",
        "2016-03-11T00:00:00Z",
        "2016-06-04T00:00:00Z",
    ]
    rows = [
        {
            "source": f"{radius} {end}",
            "occurred_from": "2016-03-04T00:00:00Z",
            "occurred_to": end,
            "location_radius_m": radius,
        }
        for radius in ("1", "500", "25000", "140000", "900000")
        for end in lengths
    ]
    table = reports(*rows)
    fused = fuse(table, METHOD)
    check(fused, table)
    alone = fused.incidents.filter(pl.col("n_reports") == 1)
    assert alone.height >= 8
