"""Results: the figures of all runs, asked by method and kind of world; several seeds give a mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.fusion.answer import Outcome
from benchmarks.fusion.case import Case, Method, World
from benchmarks.fusion.command import Fused
from benchmarks.fusion.generator import Regime

__all__ = ["Results"]

_ANY = 0
"""Stands for the seeds of a world, whichever were used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """`outcomes` by run, `fused` by the world that the command was given."""

    outcomes: Mapping[Case, Outcome]
    fused: Mapping[World, Fused]

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
