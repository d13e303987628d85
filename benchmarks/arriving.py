"""Arriving: from a record of many reports to a view that pages read, and how soon one more report is on them.

* The replay is the command as it is called, with its memory; the peer is a scan of the recorded file and a sort, the
  least that any replay does.
* One more: recorded by a process of its own while the server runs; from the signing of the log to the first answer
  that shows the report. The limits are ours.
* Meanwhile: lists with filters drawn anew, one after the other, while a replay settles what arrived.
"""

import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from http.client import HTTPConnection
from pathlib import Path
from socket import create_server
from time import perf_counter, sleep, time

import polars as pl

from benchmarks.fusion.generator import Regime, generate

__all__ = ["COLUMNS", "SEEN_LIMIT_S", "arriving"]

COLUMNS = ("job", "reports", "s", "GB", "peer, s", "limit")
REPLAY_LIMIT = "180 s, 6 GB"
SEEN_LIMIT_S = 1.0
_AGREEMENT = Path("agreements") / "syria-2016-02"
_PROGRAM = Path(sys.executable).with_name("groundtruce")
_SEED = 20_160_304
_ARRIVALS = 5
_PATIENCE_S = 900.0
_SETTLED = b'"event": "view_changed"'
_MADE_READY = 100_000
"""A server makes a view of so many reports ready for arrivals before the first one comes."""


def arriving(folder: Path, sizes: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table for records of synthetic reports."""
    for size in sizes:
        own = folder / f"{size}"
        node, come = _recorded(own, size)
        seconds, memory_gb = _run("replay", str(node))
        limit = REPLAY_LIMIT if size >= 1_000_000 else ""
        least = f"{_least(own / 'reports.parquet'):.2f}"
        yield ("replay to a view", f"{size:,}", f"{seconds:.1f}", f"{memory_gb:.2f}", least, limit)
        seen, meanwhile = _served(node, own, come, size)
        for name, value in (("median", sorted(seen)[len(seen) // 2]), ("longest", max(seen))):
            row = (f"one more, {name} of {len(seen)}", f"{size:,}", f"{value:.2f}")
            yield (*row, "", "", f"{SEEN_LIMIT_S:.0f} s")
        if not meanwhile:
            continue
        for name, share in (("median", 0.5), ("p95", 0.95), ("longest", 1.0)):
            value = sorted(meanwhile)[int(share * (len(meanwhile) - 1))]
            row = (f"list meanwhile, {name} of {len(meanwhile)}", f"{size:,}", f"{value:.2f}")
            yield (*row, "", "", "")


def _recorded(folder: Path, size: int) -> tuple[Path, pl.DataFrame]:
    """Return a node that recorded reports in one file, and reports that are still to come."""
    folder.mkdir(parents=True)
    reports = generate(size + _ARRIVALS, Regime.FRONT, seed=_SEED).reports
    late = pl.int_range(pl.len()) % (reports.height // _ARRIVALS) == 1
    come = reports.filter(late).head(_ARRIVALS)
    stood = reports.join(come, on="report_id", how="anti")
    stood.write_parquet(folder / "reports.parquet")
    node = folder / "node"
    _run("init", str(node), "--delegation", "Secretariat", "--agreement", str(_AGREEMENT))
    _run("intake", str(folder / "reports.parquet"), "--node", str(node), "--bulk")
    return node, come


def _run(*arguments: str) -> tuple[float, float]:
    """Run a command that must succeed; return wall seconds and its peak of memory in GB."""
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
    began = perf_counter()
    child = os.posix_spawn(
        _PROGRAM, [str(_PROGRAM), *arguments], dict(os.environ), file_actions=quiet
    )
    _, status, used = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"groundtruce {' '.join(arguments)} failed")
    return perf_counter() - began, used.ru_maxrss * 1024 / 1e9


def _least(path: Path) -> float:
    began = perf_counter()
    pl.scan_parquet(path).sort("occurred_from", "report_id").collect()
    return perf_counter() - began


def _served(
    node: Path, folder: Path, come: pl.DataFrame, size: int
) -> tuple[list[float], list[float]]:
    """Return after how many seconds the server showed each report, and those of lists while a replay settled them."""
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(_PROGRAM), "serve", str(node), "--listen", f"127.0.0.1:{port}"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _ready(port, folder / "log", size)
        seen = [_one(node, folder, port, one) for one in come.iter_slices(1)]
        return seen, _meanwhile(port, folder / "log") if size >= _MADE_READY else []
    finally:
        server.terminate()
        server.wait(60)


def _ready(port: int, log: Path, size: int) -> None:
    """Wait until the server answers and takes arrivals: a small view is replayed, a large one made ready."""
    deadline = perf_counter() + _PATIENCE_S
    while perf_counter() < deadline:
        alive = size < _MADE_READY or b"view_ready_for_arrivals" in log.read_bytes()
        if alive and _status(port, "/health") == 200:
            return
        sleep(0.2)
    raise RuntimeError("the server was not ready in time")


def _one(node: Path, folder: Path, port: int, report: pl.DataFrame) -> float:
    """Record a report and return how long after the log was signed an answer shows it."""
    path = folder / "one.parquet"
    report.write_parquet(path)
    checkpoint = next(node.rglob("checkpoint"))
    before = checkpoint.stat().st_mtime_ns
    intake = subprocess.Popen(
        [str(_PROGRAM), "intake", str(path), "--node", str(node)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"/reports/{report['report_id'][0]}.json"
    deadline = perf_counter() + _PATIENCE_S
    while perf_counter() < deadline:
        if _status(port, address) == 200:
            seen = time()
            intake.wait()
            signed = checkpoint.stat().st_mtime_ns
            assert signed != before
            return seen - signed / 1e9
        sleep(0.02)
    raise RuntimeError("the report was not shown in time")


def _meanwhile(port: int, log: Path) -> list[float]:
    """Return the seconds of lists that were asked for until what arrived is settled."""
    chance, took = random.Random(_SEED), []
    before = log.read_bytes().count(_SETTLED)
    deadline = perf_counter() + _PATIENCE_S
    while perf_counter() < deadline:
        day = date(2016, 3, 1) + timedelta(days=chance.randrange(120))
        order = chance.choice(("newest", "oldest", "deadliest", "most_reported"))
        begun = perf_counter()
        if _status(port, f"/incidents?kind=fire&day__gte={day}&order={order}") == 200:
            took.append(perf_counter() - begun)
        if log.read_bytes().count(_SETTLED) > before:
            return took
        sleep(0.05)
    raise RuntimeError("what arrived was not settled in time")


def _status(port: int, address: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", address)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()
