"""Fusion on Spark: how many reports a core fuses in a second, beside the same command on one machine.

Spark runs in this process's machine with two workers, is warm, and reads and writes Parquet as the command does.
A core that something else uses meanwhile fuses less: the processors' own clocks are given beside.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from time import perf_counter

import polars as pl

from benchmarks.fusion.generator import Generated, Regime, generate
from benchmarks.fusion.metric import quality
from groundtruce.distributed.fuse import InSlabs, Job, fuse_in_slabs
from groundtruce.distributed.session import start_session
from groundtruce.fusion.fuse import fuse
from groundtruce.fusion.method import FusionMethod

__all__ = ["COLUMNS", "distributed"]

COLUMNS = (
    "regime",
    "reports",
    "slabs",
    "s",
    "reports/s/core",
    "reports/s of a core's own time",
    "F1",
    "F1 of one machine",
)
_CORES = 2


def distributed(
    sizes: tuple[int, ...] = (100_000, 1_000_000), regimes: tuple[Regime, ...] = (Regime.FRONT,)
) -> Iterator[tuple[str, ...]]:
    """Yield one row a regime and size; each is run twice, and the second run counts."""
    with start_session(f"local[{_CORES}]") as spark, TemporaryDirectory() as name:
        for regime in regimes:
            for size in sizes:
                made = generate(size, regime, seed=31)
                path, folder = Path(name) / "reports.parquet", Path(name) / "parts"
                made.reports.write_parquet(path)
                job = Job(paths=[path], folder=folder, method=FusionMethod())
                found: InSlabs | None = None
                seconds = spent = 0.0
                for _ in range(2):
                    rmtree(folder, ignore_errors=True)
                    folder.mkdir()
                    before, started = _processor_s(), perf_counter()
                    found = fuse_in_slabs(spark, job, _silent)
                    seconds, spent = perf_counter() - started, _processor_s() - before
                assert found is not None
                links = pl.read_parquet(found.files["links.parquet"])
                yield (
                    regime.value,
                    f"{size:,}",
                    f"{found.slabs}",
                    f"{seconds:.1f}",
                    f"{size / seconds / _CORES:,.0f}",
                    f"{size / spent:,.0f}",
                    f"{_f1(links, made):.4f}",
                    f"{_f1(fuse(made.reports, FusionMethod()).links, made):.4f}",
                )


@contextmanager
def _silent(title: str, steps: int) -> Iterator[Callable[[str], None]]:
    yield lambda step: None


def _f1(links: pl.DataFrame, made: Generated) -> float:
    truth = made.reports.select("report_id", truth=pl.Series(made.truth))
    both = links.join(truth, on="report_id")
    group = both["incident_id"].rank("dense").cast(pl.Int64)
    return quality(group.to_numpy(), both["truth"].to_numpy()).f1


def _processor_s() -> float:
    """Return the processor time of this process and of all below it so far, in seconds."""
    parent: dict[int, int] = {}
    spent: dict[int, float] = {}
    tick = os.sysconf("SC_CLK_TCK")
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        number = int(path.parent.name)
        parent[number], spent[number] = int(fields[1]), (int(fields[11]) + int(fields[12])) / tick
    own = {os.getpid()}
    while more := {child for child, above in parent.items() if above in own} - own:
        own |= more
    return sum(spent[number] for number in own)
