"""A writer that is killed at any point of the write order loses nothing that it acknowledged.

Run as a program, with trials as JSON lines on its input, this module is the writer that the tests kill.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from tests.conftest import ROOT
from tests.effort import pause, some_of, times
from tests.record.logs import STEPS, Batches, CountingDisk, Told, check, write

from groundtruce.record.log import append as append_module
from groundtruce.record.log.append import Receipt


@dataclass(frozen=True, slots=True)
class Trial:
    """A log, what is written to it, and the event before which the writer dies, or the second."""

    root: str
    batches: Batches
    stop_at: int | None = None
    after_s: float | None = None


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _writer(trial: Trial, pipe: int) -> None:
    """Write, and tell through the pipe what a submitter would be told, until death."""

    class Telling(Told):
        def take(self, receipts: Iterable[Receipt]) -> None:
            told = [[one.index, one.identifier.hex()] for one in receipts]
            os.write(pipe, json.dumps({"receipts": told}).encode() + b"\n")

        def see(self, size: int, root: bytes) -> None:
            os.write(pipe, json.dumps({"head": [size, root.hex()]}).encode() + b"\n")

    disk = CountingDisk(trial.stop_at, _die)
    write(Path(trial.root), trial.batches, disk, Telling(), disk.step)


def _killed(trial: Trial) -> dict[str, object]:
    """Let a child write until it is killed; return the signal and what it told."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.close(reading)
            _writer(trial, writing)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    if trial.after_s is not None:
        pause(trial.after_s)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as stream:
        lines = stream.read().split(b"\n")
    status = os.waitpid(child, 0)[1]
    told = [json.loads(line) for line in lines[:-1]]
    return {
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        "receipts": [one for line in told for one in line.get("receipts", [])],
        "heads": [line["head"] for line in told if "head" in line],
    }


def _main() -> None:
    for line in sys.stdin:
        trial = Trial(**json.loads(line))
        sys.stdout.write(json.dumps(_killed(trial)) + "\n")


def kill(trials: Sequence[Trial]) -> list[tuple[int, Told]]:
    """Run trials in processes of their own; return by which signal each ended, and what it had told."""
    lines = "".join(
        json.dumps({name: getattr(trial, name) for name in Trial.__slots__}) + "\n"
        for trial in trials
    )
    command = [sys.executable, "-W", "error", "-m", __name__]
    done = subprocess.run(
        command, input=lines, capture_output=True, text=True, check=True, cwd=ROOT
    )
    ended = []
    for line in done.stdout.splitlines():
        found = json.loads(line)
        receipts = {index: bytes.fromhex(one) for index, one in found["receipts"]}
        heads = [(size, bytes.fromhex(one)) for size, one in found["heads"]]
        ended.append((found["signal"], Told(receipts, heads)))
    assert len(ended) == len(trials), done.stderr
    return ended


def events_of(root: Path, batches: Batches) -> list[str]:
    """Return what happens while batches are written."""
    disk = CountingDisk(None, _die)
    write(root, batches, disk, Told(), disk.step)
    return disk.events


SCENARIOS: Sequence[tuple[int, Batches, int]] = (
    (0, (1,), 4),
    (0, (1, 2), 8),
    (1, (255,), 8),
    (254, (1, 1, 1), 8),
    (255, (2,), 4),
    (256, (1,), 8),
    (257, (256,), 16),
    (0, (257,), 16),
    (511, (1, 255), 16),
    (250, (600,), 24),
)
"""Size at the start, batches, and of how many events one is a place to die in a quick run; every step is."""


@pytest.mark.parametrize(("size", "batches", "stride"), SCENARIOS)
def test_a_killed_writer_loses_nothing(
    base: Callable[[int, Path], Told], tmp_path: Path, size: int, batches: Batches, stride: int
) -> None:
    """Before any effect on the disk, and at any step: what was acknowledged is there, and writing goes on."""
    base(size, tmp_path / "dry")
    events = events_of(tmp_path / "dry", batches)
    some = set(some_of(len(events), stride))
    places = [place for place, name in enumerate(events) if name in STEPS or place in some]
    trials, known = [], []
    for place in places:
        root = tmp_path / str(place)
        known.append(base(size, root))
        trials.append(Trial(str(root), batches, place))
    ended = kill(trials)
    for trial, before, (by, told) in zip(trials, known, ended, strict=True):
        assert by == signal.SIGKILL
        told.receipts |= before.receipts
        told.heads += before.heads
        check(Path(trial.root), told)
    assert set(STEPS) <= {events[place] for place in places}


def test_a_writer_killed_at_any_time_loses_nothing(
    base: Callable[[int, Path], Told], tmp_path: Path
) -> None:
    """Also in the middle of an operation, of the ledger's commit or of a computation."""
    batches = (1, 2, 256, 1, 3) * 4
    random = Random(1)
    trials = []
    for number in range(times(8)):
        base(254, tmp_path / str(number))
        after_s = random.uniform(0.0, 0.2)
        trials.append(Trial(str(tmp_path / str(number)), batches, after_s=after_s))
    for trial, (_, told) in zip(trials, kill(trials), strict=True):
        check(Path(trial.root), told)


def test_the_log_tells_every_step() -> None:
    """The steps at which the tests stop a writer are those of the log, in their order."""
    source = Path(append_module.__file__).read_text(encoding="utf-8")
    assert tuple(re.findall(r'self\._step\("([^"]+)"\)', source)) == STEPS


if __name__ == "__main__":
    _main()
