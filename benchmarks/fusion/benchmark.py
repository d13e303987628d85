"""The benchmark of fusion: every case and the command measured, with progress, going on where it was stopped."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.fusion.answer import Outcome
from benchmarks.fusion.case import Case, World, cases
from benchmarks.fusion.command import Fused, commanded, worlds
from benchmarks.fusion.kept import Kept, digest
from benchmarks.fusion.result import Results
from benchmarks.fusion.run import measured

__all__ = ["KEPT", "benchmark"]

KEPT = Path("out/bench/fusion.jsonl")


def benchmark(*, quick: bool, fresh: bool, kept_in: Path = KEPT) -> Results:
    """Measure what is not kept from before, and return all; `fresh` forgets what is kept."""
    kept = Kept(kept_in, digest(), fresh=fresh)
    runs: Sequence[Case] = tuple(cases(quick=quick))
    given: Sequence[World] = worlds(quick=quick)
    outcomes: dict[Case, Outcome] = {}
    fused: dict[World, Fused] = {}
    with TemporaryDirectory() as name, _progress() as bar:
        folder = Path(name) / "world"
        task = bar.add_task("", total=len(runs) + len(given))
        for case in runs:
            bar.update(task, description=_told(case.method.value, case.world))
            found: Any = kept.get(case.as_json())
            if found is None:
                found = asdict(measured(case, folder))
                kept.put(case.as_json(), found)
            outcomes[case] = Outcome(**found)
            bar.advance(task)
        for world in given:
            bar.update(task, description=_told("command", world))
            key = {"command": "fuse", **asdict(world)}
            found = kept.get(key)
            if found is None:
                found = asdict(commanded(world, folder))
                kept.put(key, found)
            fused[world] = Fused(**found)
            bar.advance(task)
    return Results(outcomes=outcomes, fused=fused)


def _told(what: str, world: World) -> str:
    return f"{what}, {world.count:,}, {world.regime}{', text' if world.text else ''}"


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
