"""Results: the figures of all runs, asked by method and kind of world; several seeds give a mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from benchmarks.fusion.answer import Outcome
from benchmarks.fusion.case import Case, Method, World
from benchmarks.fusion.generator import Regime

__all__ = ["Fused", "Results", "Rows"]

_ANY = 0
"""Stands for the seeds of a world, whichever were used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """Wall seconds and peak memory of `groundtruce fuse`, seconds of the physical limit, megabytes of the file."""

    seconds: float
    memory_gb: float
    limit: float
    megabytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What a part of the benchmark measures in its own way, as printed."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Rows":
        """Return the rows of a JSON object."""
        return cls(columns=tuple(document["columns"]), rows=tuple(map(tuple, document["rows"])))

    def last(self, column: str) -> Iterator[float]:
        """Yield the figures of a column in the rows of the largest size, which is in the column `reports`."""
        size, at = self.columns.index("reports"), self.columns.index(column)
        sizes = [int(row[size].replace(",", "")) for row in self.rows]
        for reports, row in zip(sizes, self.rows, strict=True):
            if reports == max(sizes):
                yield float(row[at].replace(",", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """`outcomes` by run, `fused` by the world that the command was given, `apart` by the name of the part."""

    outcomes: Mapping[Case, Outcome]
    fused: Mapping[World, Fused]
    apart: Mapping[str, Rows] = field(default_factory=dict)

    def kinds(self, *, sources: int) -> Iterator[Case]:
        """Yield each kind of run once, as a case without a seed: by regime, text and size, ours first."""
        found = {
            replace(case, world=replace(case.world, seed=_ANY))
            for case in self.outcomes
            if case.world.sources == sources
        }
        regimes, methods = list(Regime), list(Method)
        yield from sorted(
            found,
            key=lambda case: (
                regimes.index(case.world.regime),
                case.world.text,
                case.world.count,
                methods.index(case.method),
            ),
        )

    def runs(self, kind: Case) -> list[Outcome]:
        """Return the outcomes of all seeds."""
        return [
            outcome
            for case, outcome in self.outcomes.items()
            if replace(case, world=replace(case.world, seed=_ANY)) == kind
        ]

    def mean(self, kind: Case, name: str) -> float | None:
        """Return the mean of a figure over the seeds; None where it is not said."""
        said = [getattr(outcome, name) for outcome in self.runs(kind)]
        return float(np.mean(said)) if said and None not in said else None

    def of(
        self, method: Method, name: str, *, regime: Regime, text: bool, count: int = 0
    ) -> float | None:
        """Return a figure for 12 sources; without `count`, that of the largest world measured."""
        kinds = [
            kind
            for kind in self.kinds(sources=12)
            if (kind.method, kind.world.regime, kind.world.text) == (method, regime, text)
            and count in {0, kind.world.count}
        ]
        return self.mean(kinds[-1], name) if kinds else None
