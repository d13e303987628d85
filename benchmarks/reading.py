"""Reading and validating a report table, against a bare Polars scan of the same file."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import perf_counter

import polars as pl

from benchmarks.synthetic import synthetic_reports
from groundtruce.intake.read import read_reports

__all__ = ["reading"]

ROUNDS = 5
GOAL = 3.0


def reading(folder: Path, sizes: tuple[int, ...]) -> Iterator[tuple[str, ...]]:
    """Yield one row a size and format: rows, megabytes, both times, ratio, rows a second."""
    for size in sizes:
        frame = synthetic_reports(size, seed=1)
        for ending in ("csv", "parquet"):
            path = folder / f"reports-{size}.{ending}"
            if ending == "csv":
                frame.write_csv(path)
            else:
                frame.write_parquet(path)
            scan = pl.scan_csv if ending == "csv" else pl.scan_parquet
            ours, peer = _side_by_side(partial(_read, path), partial(_scan, scan, path))
            yield (
                f"read and validate {ending}",
                f"{size:,}",
                f"{path.stat().st_size / 1e6:.0f}",
                f"{ours:.2f}",
                f"{peer:.2f}",
                f"{ours / peer:.2f}",
                f"{size / ours:,.0f}",
            )


def _read(path: Path) -> None:
    read = read_reports([path])
    assert not read.quarantined


def _scan(scan: Callable[[Path], pl.LazyFrame], path: Path) -> None:
    scan(path).collect()


def _side_by_side(ours: Callable[[], object], peer: Callable[[], object]) -> tuple[float, float]:
    """Return the best of some rounds of each, taken in turn in one process."""
    best = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for index, job in enumerate((ours, peer)):
            started = perf_counter()
            job()
            best[index] = min(best[index], perf_counter() - started)
    return best[0], best[1]
