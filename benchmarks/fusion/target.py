"""Targets of fusion, and where in the results each is looked for.

Where a target is for all regimes, the least favourable one counts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import sub

from benchmarks.fusion.case import FEW, Method
from benchmarks.fusion.generator import Regime
from benchmarks.fusion.result import Results

__all__ = ["TARGETS", "Target"]

_SPARSE, _SPREAD, _FRONT = Regime
_MANY, _MOST = 100_000, 1_000_000
_MELTT_SECONDS = {_SPARSE: 17.0, _SPREAD: 23.0, _FRONT: 28.0}
"""Of the original, version 0.4.3, on 10,000 reports and 2 cores: measured elsewhere, not in this run."""

_Reached = Callable[[Results], float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A figure that is to be at least `least` and at most `most`; `where` says which figure counts."""

    name: str
    where: str
    reached: _Reached
    least: float | None = None
    most: float | None = None
    unit: str = ""

    def distance(self, reached: float) -> float:
        """Return by how much the target is missed; 0 if it is met."""
        below = 0.0 if self.least is None else max(self.least - reached, 0.0)
        above = 0.0 if self.most is None else max(reached - self.most, 0.0)
        return below + above


def _figure(
    name: str, regime: Regime, *, text: bool, count: int = 0, method: Method = Method.OURS
) -> _Reached:
    return lambda results: results.of(method, name, regime=regime, text=text, count=count)


def _each(results: Results, name: str, count: int = 0, method: Method = Method.OURS) -> list[float]:
    """Return a figure of a method for every kind of world of 12 sources."""
    said = [
        results.mean(kind, name)
        for kind in results.kinds(sources=12)
        if kind.method is method and count in {0, kind.world.count}
    ]
    return [value for value in said if value is not None]


def _most(name: str, count: int = 0, method: Method = Method.OURS) -> _Reached:
    return lambda results: max(map(abs, _each(results, name, count, method)), default=None)


def _least(name: str) -> _Reached:
    return lambda results: min(_each(results, name), default=None)


def _covered(results: Results) -> float | None:
    said = [
        outcome.covers
        for case, outcome in results.outcomes.items()
        if case.method is Method.OURS and case.world.sources == 12
    ]
    return sum(map(bool, said)) / len(said) if said else None


def _against(
    peer: Method, name: str, compare: Callable[[float, float], float], count: int
) -> _Reached:
    """Return the least of what `compare` gives of ours and of a peer, without text, over the regimes."""

    def reached(results: Results) -> float | None:
        both = [
            [
                results.of(method, name, regime=regime, text=False, count=count)
                for method in (Method.OURS, peer)
            ]
            for regime in Regime
        ]
        return min(
            (compare(ours, theirs) for ours, theirs in both if ours and theirs), default=None
        )

    return reached


def _against_original(results: Results) -> float | None:
    ours = {
        regime: results.of(Method.OURS, "seconds", regime=regime, text=False, count=FEW)
        for regime in Regime
    }
    return min(
        (_MELTT_SECONDS[regime] / spent for regime, spent in ours.items() if spent), default=None
    )


def _times(ours: float, theirs: float) -> float:
    return theirs / ours


def _apart(
    part: str, column: str, less: str = "", *, worst: Callable[..., float] = max
) -> _Reached:
    """Return the worst figure of the largest size, less that of another column."""

    def reached(results: Results) -> float | None:
        if (found := results.apart.get(part)) is None:
            return None
        figures = list(found.last(column))
        taken = list(found.last(less)) if less else [0.0] * len(figures)
        return worst(one - two for one, two in zip(figures, taken, strict=True))

    return reached


_LARGEST, _WORST = "largest size", "least favourable"

TARGETS = (
    *(
        Target(
            name=f"{regime}, {'text' if text else 'no text'}: {title}",
            where=_LARGEST,
            reached=_figure(name, regime, text=text),
            least=least,
        )
        for regime, title, name, bounds in (
            (_FRONT, "F1", "f1", (0.76, 0.90)),
            (_FRONT, "B³", "b3", (0.86, 0.935)),
            (_SPREAD, "F1", "f1", (0.85, 0.925)),
            (_SPREAD, "B³", "b3", (0.91, 0.955)),
            (_SPARSE, "F1", "f1", (0.92, 0.965)),
        )
        for text, least in zip((False, True), bounds, strict=True)
    ),
    Target(
        name="calibration error of pairs", where=_WORST, reached=_most("pairs_error"), most=0.02
    ),
    *(
        Target(
            name=f"“at least two independent sources”: {title}",
            where=_WORST,
            reached=reached,
            least=least,
            most=most,
        )
        for title, reached, least, most in (
            ("precision", _least("corroborated"), 0.985, None),
            ("calibration error", _most("corroborated_error"), None, 0.015),
        )
    ),
    Target(
        name="error of the number of incidents",
        where=_WORST,
        reached=_most("count_error"),
        most=0.03,
        unit="%",
    ),
    Target(
        name="intervals of 90 % that hold the number",
        where="share of all runs",
        reached=_covered,
        least=0.85,
        most=0.95,
        unit="%",
    ),
    *(
        Target(
            name=f"{count:,} reports{title}: seconds",
            where="slowest, warm",
            reached=reached,
            most=most,
            unit="s",
        )
        for count, title, reached, most in (
            (FEW, "", _most("seconds", FEW), 0.3),
            (_MANY, "", _most("seconds", _MANY), 1.0),
            (_MOST, ", front", _figure("seconds", _FRONT, text=False, count=_MOST), 10.0),
            (_MOST, ", spread", _figure("seconds", _SPREAD, text=False, count=_MOST), 5.0),
        )
    ),
    Target(
        name="1,000,000 reports: memory",
        where="most",
        reached=_most("memory_gb", _MOST),
        most=1.5,
        unit="GB",
    ),
    Target(
        name="MELTT: times as fast as the original, measured elsewhere",
        where=_WORST,
        reached=_against_original,
        least=100,
        unit="x",
    ),
    Target(
        name="MELTT: times as fast as its rule in numpy",
        where=_WORST,
        reached=_against(Method.MELTT, "seconds", _times, FEW),
        least=100,
        unit="x",
    ),
    Target(
        name="MELTT: gain of F1",
        where=_WORST,
        reached=_against(Method.MELTT, "f1", sub, FEW),
        least=0.20,
    ),
    Target(
        name="Splink, 1,000,000 reports: times as fast",
        where=_WORST,
        reached=_against(Method.SPLINK, "seconds", _times, _MOST),
        least=4,
        unit="x",
    ),
    Target(
        name="Splink, 1,000,000 reports: gain of F1",
        where=_WORST,
        reached=_against(Method.SPLINK, "f1", sub, _MOST),
        least=0.25,
    ),
    *(
        Target(
            name=f"insertion: {title}",
            where=_LARGEST,
            reached=_apart("inserting", *columns),
            most=most,
            unit=unit,
        )
        for title, columns, most, unit in (
            ("p50", ("insert p50, µs",), 50, "µs"),
            ("p99", ("p99, µs",), 1_000, "µs"),
            ("loss of F1 after repair", ("F1 batch", "F1 repaired"), 0.01, ""),
        )
    ),
    Target(
        name="Spark: reports a second and core",
        where=_LARGEST,
        reached=_apart("distributed", "reports/s/core", worst=min),
        least=40_000,
    ),
    Target(
        name="Spark: loss of F1 against one machine",
        where=_LARGEST,
        reached=_apart("distributed", "F1 of one machine", "F1"),
        most=0.002,
    ),
    *(
        Target(
            name=f"front, {'text' if text else 'no text'}, 1,000 labels: F1",
            where=f"{FEW:,} reports",
            reached=_figure("f1", _FRONT, text=text, method=Method.LABELS_1000),
            least=least,
        )
        for text, least in ((False, 0.78), (True, 0.91))
    ),
    Target(
        name="front, 500 labels: calibration error of pairs",
        where=_WORST,
        reached=_most("pairs_error", FEW, Method.LABELS_500),
        most=0.01,
    ),
)
