"""Before: commands of this commit and of an earlier one, in turn, on the same inputs.

* Each commit's own sources answer, from a folder of its own; libraries and inputs are the same.
* Times are of processor, as the system counts them for the whole process: the two take turns, and the ratio is the
  median of the ratios of each turn, so that a machine that slows down meanwhile slows both.
* Of a server, times are those of whole answers, each address asked once.
"""

import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from shutil import copytree
from socket import create_server
from statistics import median

from benchmarks.assessing import synthetic_agreement
from benchmarks.fusion.generator import Regime, generate
from benchmarks.serving import KINDS, Addresses, time_answers, wait_for_answers
from benchmarks.synthetic import synthetic_incidents
from groundtruce.agreement.document import write_agreement
from groundtruce.database.backend.open import open_database

__all__ = ["COLUMNS", "comparing"]

COLUMNS = (
    "job",
    "rows",
    "before, s",
    "now, s",
    "ratio",
    "lowest",
    "highest",
    "GB before",
    "GB now",
)
_ROOT = Path(__file__).resolve().parents[1]
_AGREEMENT = Path("agreements") / "syria-2016-02"
_SEED = 20_160_304
_TURNS = 5
_ADDRESSES = 40
"""Of each kind; the first is not counted."""
_CLAUSES = 100
_ASSESSED = 10_000
"""Incidents of the assessment: its table has a row for each incident and clause, and is written as text."""


@dataclass(frozen=True, slots=True)
class _Commit:
    """Where the sources of a commit lie."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which its program runs."""
        return {**os.environ, "PYTHONPATH": str(self.folder / "src")}

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of its program."""
        return [sys.executable, "-m", "groundtruce", *arguments]

    def run(self, *arguments: str) -> tuple[float, float]:
        """Run a command that must succeed; return its seconds of processor and its peak of memory in GB."""
        quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
        command = self.command(*arguments)
        child = os.posix_spawn(sys.executable, command, self.environment, file_actions=quiet)
        _, status, used = os.wait4(child, 0)
        if os.waitstatus_to_exitcode(status):
            raise RuntimeError(f"{' '.join(command)} failed in {self.folder}")
        return used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e9


def comparing(folder: Path, size: int, revision: str) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table: fusion, assessment, replay and serving of `size` synthetic reports."""
    before, now = _check_out(folder / "before", revision), _Commit(_ROOT)
    reports = folder / "reports.parquet"
    generate(size, Regime.FRONT, seed=_SEED).reports.write_parquet(reports)
    yield _compare("fuse", size, folder, (before, now), ("fuse", str(reports)))
    incidents, terms = folder / "incidents.csv", folder / "terms.yaml"
    synthetic_incidents(_ASSESSED, seed=3).write_csv(
        incidents, datetime_format="%Y-%m-%dT%H:%M:%SZ"
    )
    terms.write_text(write_agreement(synthetic_agreement(_CLAUSES)), "utf-8")
    assess = ("assess", str(incidents), str(terms))
    yield _compare(f"assess, {_CLAUSES} clauses", _ASSESSED, folder, (before, now), assess)
    node = folder / "node"
    before.run(
        "init", str(node), "--delegation", "Secretariat", "--agreement", str(_ROOT / _AGREEMENT)
    )
    before.run("intake", str(reports), "--node", str(node), "--bulk")
    yield _compare("replay", size, folder, (before, now), ("replay", str(node)))
    yield from _compare_servers(node, size, (before, now))


def _check_out(folder: Path, revision: str) -> _Commit:
    """Put the files of a commit into a folder."""
    archive = subprocess.run(
        ["git", "-C", _ROOT, "archive", revision], stdout=subprocess.PIPE, check=True
    ).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return _Commit(folder)


def _compare(
    job: str, size: int, folder: Path, commits: tuple[_Commit, _Commit], arguments: Sequence[str]
) -> tuple[str, ...]:
    """Run a command of both commits in turn, once to warm up and then counted; return its row."""
    runs: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    for turn in range(_TURNS + 1):
        for commit, measured in zip(commits, runs, strict=True):
            out = () if arguments[0] == "replay" else ("--out", str(folder / f"out-{turn}"))
            used = commit.run(*arguments, *out)
            if turn:
                measured.append(used)
    before, now = runs
    ratios = [new[0] / old[0] for old, new in zip(before, now, strict=True)]
    memory = [f"{max(gigabytes for _, gigabytes in measured):.2f}" for measured in runs]
    seconds = [[spent for spent, _ in measured] for measured in runs]
    return (*_row(job, size, seconds[0], seconds[1], ratios), *memory)


def _compare_servers(
    node: Path, size: int, commits: tuple[_Commit, _Commit]
) -> Iterator[tuple[str, ...]]:
    """Ask both servers, each address of each once, in turn; the first of a kind warms up and is not counted."""
    with ExitStack() as servers:
        ports, own = [], node
        for name, commit in zip(("node-before", "node-now"), commits, strict=True):
            # a copy for each, since a view is filled anew by who has another schema
            own = node.with_name(name)
            copytree(node, own)
            commit.run("replay", str(own))
            ports.append(servers.enter_context(_serve(commit, own)))
        with closing(open_database(f"sqlite:///{own / 'view.sqlite'}")) as database:
            drawn = Addresses(database)
        for kind in KINDS:
            seconds: tuple[list[float], list[float]] = ([], [])
            for _ in range(_ADDRESSES):
                path = drawn.fresh(kind)
                for port, measured in zip(ports, seconds, strict=True):
                    measured.extend(time_answers(port, ["/health", path]))
            before, now = (measured[1:] for measured in seconds)
            ratios = [new / old for old, new in zip(before, now, strict=True)]
            yield (*_row(f"serve {kind}", size, before, now, ratios), "", "")


@contextmanager
def _serve(commit: _Commit, node: Path) -> Iterator[int]:
    """Serve a node by a commit's program; yields the port."""
    with create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    process = subprocess.Popen(
        commit.command("serve", str(node), "--listen", f"127.0.0.1:{port}"),
        env=commit.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_answers(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(60)


def _row(
    job: str, size: int, before: list[float], now: list[float], ratios: list[float]
) -> tuple[str, ...]:
    spent = (f"{median(measured):.3f}" for measured in (before, now))
    low, high = min(ratios), max(ratios)
    return (job, f"{size:,}", *spent, f"{median(ratios):.2f}", f"{low:.2f}", f"{high:.2f}")
