"""Fusion of synthetic reports at growing sizes, against the sort by place and time that any method needs."""

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from benchmarks.synthetic import synthetic_reports
from groundtruce.fusion.fuse import fuse
from groundtruce.fusion.method import FusionMethod
from groundtruce.intake.read import read_reports

__all__ = ["fusing"]


def fusing(folder: Path, sizes: tuple[int, ...]) -> Iterator[tuple[str, ...]]:
    """Yield one row a size: how time grows with the reports; the density a day stays equal."""
    method = FusionMethod()
    for size in sizes:
        path = folder / f"fuse-{size}.parquet"
        synthetic_reports(size, seed=2).write_parquet(path)
        reports = read_reports([path]).rows
        started = perf_counter()
        reports.sort("lat", "lon", "occurred_from")
        peer = perf_counter() - started
        started = perf_counter()
        fused = fuse(reports, method)
        ours = perf_counter() - started
        yield (
            f"fuse, {len(fused.linked.edges):,} edges",
            f"{size:,}",
            f"{path.stat().st_size / 1e6:.0f}",
            f"{ours:.2f}",
            f"{peer:.2f}",
            f"{ours / peer:.0f}",
            f"{size / ours:,.0f}",
        )
