"""Cases: which method is measured on which generated reports.

A reported seed is never the one that constants were fitted on (`calibrate.TUNING_SEED`).
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum

from benchmarks.fusion.generator import Regime

__all__ = ["FEW", "Case", "Method", "World", "cases"]

FEW = 10_000
"""Reports of a small world, which is generated with several seeds."""
_SEEDS = (11, 12, 13)


class Method(StrEnum):
    """Who groups the reports."""

    OURS = "ours"
    LABELS_500 = "ours, 500 labels"
    LABELS_1000 = "ours, 1,000 labels"
    ALL_LABELS = "ours, all labels"
    SPLINK = "Splink 5"
    MELTT = "MELTT's rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What reports are generated."""

    regime: Regime
    text: bool
    count: int
    sources: int = 12
    seed: int = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One run."""

    method: Method
    world: World

    def as_json(self) -> dict[str, object]:
        """Return the case as a JSON object."""
        return {"method": self.method.value, **asdict(self.world)}

    @classmethod
    def from_json(cls, document: dict[str, object]) -> "Case":
        """Return the case of a JSON object."""
        return cls(
            method=Method(str(document["method"])),
            world=World(
                regime=Regime(str(document["regime"])),
                text=bool(document["text"]),
                count=int(str(document["count"])),
                sources=int(str(document["sources"])),
                seed=int(str(document["seed"])),
            ),
        )


def cases(*, quick: bool) -> Iterator[Case]:
    """Yield all runs, those of one world together; `quick` only one small world of each kind.

    All of them take less than half an hour on 2 cores: what is slow is measured where it tells something.
    """
    sizes = (FEW,) if quick else (FEW, 100_000, 1_000_000)
    for count in sizes:
        seeds = _SEEDS[:1] if quick or count > FEW else _SEEDS
        for regime in Regime:
            for text in (False, True):
                for seed in seeds:
                    world = World(regime=regime, text=text, count=count, seed=seed)
                    for method in _methods(world):
                        yield Case(method=method, world=world)
    for regime in Regime:
        for seed in _SEEDS[:1] if quick else _SEEDS:
            three = World(regime=regime, text=False, count=FEW, sources=3, seed=seed)
            for method in (Method.OURS, Method.SPLINK, Method.MELTT):
                yield Case(method=method, world=three)


def _methods(world: World) -> Iterator[Method]:
    yield Method.OURS
    if world.count == FEW:
        if world.regime is Regime.FRONT:
            yield from (Method.LABELS_500, Method.LABELS_1000)
        yield Method.ALL_LABELS
    if world.count <= 100_000 or not world.text:
        yield Method.SPLINK
    if world.count == FEW and not world.text:
        yield Method.MELTT
