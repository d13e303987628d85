"""The command `groundtruce fuse` on a Parquet file, reading and writing included, beside the physical limit.

The limit is a scan of the same file and a sort by place and time, the least that any method does.
"""

import subprocess
import sys
from pathlib import Path
from shutil import rmtree

from benchmarks.fusion.case import World
from benchmarks.fusion.generator import Regime
from benchmarks.fusion.result import Fused
from benchmarks.fusion.run import made_in

__all__ = ["commanded", "worlds"]

_LIMIT = """
import sys
from time import perf_counter
import polars as pl
started = perf_counter()
pl.scan_parquet(sys.argv[1]).sort("lat", "lon", "occurred_from").collect()
print(perf_counter() - started)
"""


_TIMED = """
import os, sys
from time import perf_counter
quiet = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
started = perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[quiet])
_, status, used = os.wait4(child, 0)
print(perf_counter() - started, used.ru_maxrss * 1024 / 1e9, os.waitstatus_to_exitcode(status))
"""
"""A process starts with the peak of the one that starts it: this one has none. Nobody reads what the command prints."""


def worlds(*, quick: bool) -> list[World]:
    """Return what is fused, in rising sizes; three million reports of a spread would reach beyond the year 2100."""
    sizes = (10_000, 100_000) if quick else (10_000, 100_000, 1_000_000)
    largest = () if quick else (3_000_000,)
    return [
        World(regime=regime, text=False, count=count)
        for regime, counts in ((Regime.SPREAD, sizes), (Regime.FRONT, (*sizes, *largest)))
        for count in counts
    ]


def commanded(world: World, folder: Path) -> Fused:
    """Run the command and the limit on a world, once each."""
    path = made_in(folder, world)
    out = folder / "fused"
    limit = subprocess.run(
        [sys.executable, "-c", _LIMIT, path], capture_output=True, text=True, check=True
    )
    seconds, memory_gb = _timed(
        [str(Path(sys.executable).with_name("groundtruce")), "fuse", str(path), "--out", str(out)]
    )
    megabytes = path.stat().st_size / 1e6
    rmtree(folder)
    return Fused(
        seconds=seconds, memory_gb=memory_gb, limit=float(limit.stdout), megabytes=megabytes
    )


def _timed(command: list[str]) -> tuple[float, float]:
    """Return wall seconds and peak memory of a command that must succeed."""
    told = subprocess.run(
        [sys.executable, "-c", _TIMED, *command], stdout=subprocess.PIPE, text=True, check=True
    )
    seconds, memory_gb, status = map(float, told.stdout.split())
    if status:
        raise RuntimeError(f"{' '.join(command)}: exit status {status:.0f}")
    return seconds, memory_gb
