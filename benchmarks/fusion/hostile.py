"""Hostile tables: reports that no war sends and fusion must survive, in bounded time and memory."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from multiprocessing import get_context
from time import perf_counter

import numpy as np
import polars as pl

from benchmarks.fusion.answer import CALLED, peak_gb
from benchmarks.fusion.generator import Regime, generate
from groundtruce.fusion.fuse import fuse
from groundtruce.fusion.method import FusionMethod

__all__ = ["COLUMNS", "hostile"]

COLUMNS = ("table", "reports", "s", "GB", "incidents", "reports of the largest", "corroborated")


def hostile(sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)) -> Iterator[tuple[str, ...]]:
    """Yield one row a table, each fused in a process of its own; the largest size is that of identical rows."""
    for name in _TABLES:
        count = max(sizes) if name.startswith("identical") else sorted(sizes)[len(sizes) // 2]
        with get_context("spawn").Pool(1) as one:
            yield one.apply(_fused, (name, count))


def _fused(name: str, count: int) -> tuple[str, ...]:
    method = FusionMethod()
    fuse(generate(3_000, Regime.FRONT, seed=5).reports, method)
    table = _TABLES[name](count)
    started = perf_counter()
    incidents = fuse(table, method).incidents
    seconds = perf_counter() - started
    corroborated = (incidents["corroboration_probability"] >= CALLED).sum()
    largest = incidents.select(pl.col("n_reports").max()).item()
    return (
        name,
        f"{count:,}",
        f"{seconds:.1f}",
        f"{peak_gb():.2f}",
        f"{incidents.height:,}",
        f"{largest:,}",
        f"{corroborated:,}",
    )


def _alike(count: int, sources: int) -> pl.DataFrame:
    """Return reports of one point, minute, kind and side."""
    one = generate(100, Regime.FRONT, seed=5).reports.head(1)
    number = pl.int_range(pl.len())
    return one[np.zeros(count, np.int64)].with_columns(
        report_id=pl.format("SYN-{}", number), source=pl.format("source {}", number % sources)
    )


def _with_a_year(count: int) -> pl.DataFrame:
    reports = generate(count, Regime.FRONT, seed=5).reports
    whole = pl.col("occurred_from") + timedelta(days=365)
    first = pl.int_range(pl.len()) == 0
    return reports.with_columns(occurred_to=pl.when(first).then(whole).otherwise("occurred_to"))


_TABLES: Mapping[str, Callable[[int], pl.DataFrame]] = {
    "one point and minute, fifty sources": lambda count: _alike(count, 50),
    "identical rows of twelve sources": lambda count: _alike(count, 12),
    "identical rows of one source": lambda count: _alike(count, 1),
    "a front, and one report of a year": _with_a_year,
    "a front by a single source": lambda count: generate(
        count, Regime.FRONT, seed=5
    ).reports.with_columns(source=pl.lit("source")),
}
