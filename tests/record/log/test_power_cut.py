"""A machine whose power is cut at any point of the write order loses nothing that was acknowledged."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from zlib import crc32

import pytest
from tests.effort import some_of, times
from tests.record.logs import Batches, Told, check
from tests.record.power import PoweredDisk, run

CUTS: Sequence[tuple[int, Batches, int]] = (
    (0, (1,), 4),
    (0, (1, 2), 2),
    (1, (3, 1), 1),
    (254, (1, 1, 1), 1),
    (255, (2,), 2),
    (256, (1,), 2),
    (0, (257,), 1),
    (250, (600,), 1),
)
"""Size at the start, batches, and trials for each event."""


@pytest.mark.parametrize(("size", "batches", "trials"), CUTS)
def test_a_power_cut_loses_nothing(
    base: Callable[[int, Path], Told], tmp_path: Path, size: int, batches: Batches, trials: int
) -> None:
    """Whatever was not synced may be lost, cut short or zero; what was acknowledged is there.

    A quick run cuts at one event in four, at other ones each time.
    """
    told = base(size, tmp_path / "dry")
    dry = PoweredDisk(tmp_path / "dry")
    assert run(dry, batches, told, None)
    for place in some_of(len(dry.events), 4):
        for number in range(trials):
            trial = f"{place}-{number}"
            told = base(size, tmp_path / "live")
            disk = PoweredDisk(tmp_path / "live")
            run(disk, batches, told, place)
            random = Random(crc32(f"{size} {batches} {trial}".encode()))
            disk.lose_power(random, tmp_path / trial)
            check(tmp_path / trial, told)
            shutil.rmtree(tmp_path / trial)
            shutil.rmtree(tmp_path / "live")


@pytest.mark.parametrize("seed", range(8))
def test_one_misfortune_after_another_loses_nothing(
    base: Callable[[int, Path], Told], tmp_path: Path, seed: int
) -> None:
    """The process dies and starts again, and then the power is cut, also while the log recovers."""
    random = Random(seed)
    for number in range(times(5)):
        size = random.choice((0, 0, 1, 3, 255))
        root = tmp_path / str(number)
        told = base(size, root) if size else Told()
        root.mkdir(exist_ok=True)
        for life in range(random.randint(2, 4)):
            disk = PoweredDisk(root)
            for _ in range(random.randint(1, 3)):
                run(disk, random.choice(((), (1,), (2, 1))), told, random.randint(0, 60))
            root = tmp_path / f"{number}-{life}"
            disk.lose_power(random, root)
        check(root, told)
