"""The benchmark of fusion: every case and the command measured, with progress, going on where it was stopped."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.fusion.answer import Outcome
from benchmarks.fusion.case import World, cases
from benchmarks.fusion.command import commanded, worlds
from benchmarks.fusion.kept import Kept, digest
from benchmarks.fusion.result import Fused, Results, Rows
from benchmarks.fusion.run import measured, measured_apart

__all__ = ["KEPT", "PARTS", "benchmark"]

KEPT = Path("out/bench/fusion.jsonl")
PARTS = ("inserting", "distributed", "hostile")
"""Modules beside this one that measure in their own way and yield rows as printed."""
_SIZES = (10_000, 100_000, 1_000_000)
_console = Console(stderr=True)


def benchmark(*, quick: bool, fresh: bool, kept_in: Path = KEPT) -> Results:
    """Measure what is not kept from before, and return all; `fresh` forgets what is kept."""
    kept = Kept(kept_in, digest(), fresh=fresh)
    runs, given = list(cases(quick=quick)), worlds(quick=quick)
    with TemporaryDirectory() as name, _progress() as bar:
        folder = Path(name) / "world"
        task = bar.add_task("", total=len(runs) + len(given) + len(PARTS))

        def figures(key: dict[str, object], told: str, measure: Callable[[], Any]) -> Any:
            bar.update(task, description=told)
            if kept.get(key) is None:
                kept.put(key, asdict(measure()))
            bar.advance(task)
            return kept.get(key)

        outcomes = {
            case: Outcome(
                **figures(
                    case.as_json(),
                    _told(case.method.value, case.world),
                    partial(measured, case, folder),
                )
            )
            for case in runs
        }
        fused = {
            world: Fused(
                **figures(
                    {"command": "fuse", **asdict(world)},
                    _told("command", world),
                    partial(commanded, world, folder),
                )
            )
            for world in given
        }
        sizes = _SIZES[:1] if quick else _SIZES
        apart = {
            part: Rows.from_json(
                figures(
                    {"part": part, "sizes": list(sizes)},
                    part,
                    partial(measured_apart, part, sizes, folder),
                )
            )
            for part in PARTS
        }
    if kept.of != digest():
        _console.print("The sources changed during the run: its rows may differ in version.")
    return Results(outcomes=outcomes, fused=fused, apart=apart)


def _told(what: str, world: World) -> str:
    return f"{what}, {world.count:,}, {world.regime}{', text' if world.text else ''}"


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=_console,
        transient=True,
    )
