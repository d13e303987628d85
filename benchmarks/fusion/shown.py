"""Tables of results as values, on a terminal and as Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path

from rich.table import Table

from benchmarks.fusion.case import Case
from benchmarks.fusion.generator import SOURCES
from benchmarks.fusion.result import Results
from benchmarks.fusion.target import TARGETS, Target

__all__ = ["BEGIN", "END", "Shown", "into", "markdown", "on_terminal", "sources", "tables"]

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
"""Between these two lines of a page the command writes what it found."""
_LEFT = frozenset({"regime", "text", "method", "target", "figure", "source", "also"})
_APART = {
    "inserting": (
        "Reports that arrive one at a time",
        "F1 among the reports of incidents that an inserted report is about. Batch: all reports, with the same model.",
    ),
    "distributed": (
        "Apache Spark on two cores of one machine",
        "Reading and writing included, warm. A core's own time leaves out what it waited for.",
    ),
    "hostile": (
        "Hostile tables",
        "Each in a process of its own, warm. Corroborated: with a probability of 0.9 or more.",
    ),
}
_QUALITY = (
    "reports",
    "regime",
    "text",
    "method",
    "F1",
    "precision",
    "recall",
    "B³",
    "count error [90 %]",
    "covers",
    "pairs",
    "links",
    "≥ 2 sources",
    "its error",
    "s",
    "GB",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A table with what must be said below it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def tables(results: Results) -> Iterator[Shown]:
    """Yield the tables of a run."""
    yield Shown(
        title="Twelve sources",
        columns=_QUALITY,
        rows=tuple(_quality(results, kind) for kind in results.kinds(sources=12)),
        note=(
            "Count error: relative, with the interval of 90 %, and how many intervals hold the true number. "
            "Pairs, links, its error: calibration errors. ≥ 2 sources: precision of what is called corroborated."
        ),
    )
    yield Shown(
        title="Three sources that each report an incident once",
        columns=_QUALITY,
        rows=tuple(_quality(results, kind) for kind in results.kinds(sources=3)),
    )
    yield Shown(
        title="The command `groundtruce fuse` on Parquet, reading and writing included",
        columns=("reports", "regime", "MB", "s", "GB", "growth", "limit, s", "ratio", "reports/s"),
        rows=tuple(_commands(results)),
        note=(
            "Growth: the exponent of time between two sizes. Limit: scan of the same file and sort by place and time."
        ),
    )
    for part, found in results.apart.items():
        title, note = _APART.get(part, (part, ""))
        yield Shown(title=title, columns=found.columns, rows=found.rows, note=note)
    yield Shown(
        title="Targets",
        columns=("target", "figure", "goal", "reached", "distance"),
        rows=tuple(_target(results, target) for target in TARGETS),
    )


def sources() -> Shown:
    """Return what each source of the generator is like."""
    return Shown(
        title="Sources",
        columns=(
            "source",
            "log odds",
            "exact / near / district / province, %",
            "hour / day / week / month, %",
            "another kind, %",
            "coarse kind, %",
            "follow-ups, %",
            "copies, %",
            "also",
        ),
        rows=tuple(
            (
                source.name,
                f"{source.coverage:.1f}",
                " / ".join(f"{share * 100:.0f}" for share in source.place),
                " / ".join(f"{share * 100:.0f}" for share in source.time),
                *(
                    f"{share * 100:.0f}"
                    for share in (source.confusion, source.coarse, source.follow_up, source.copy)
                ),
                "only the killed"
                if source.deadly_only
                else ""
                if source.against is None
                else f"for side {source.against + 1}",
            )
            for source in SOURCES
        ),
    )


def on_terminal(shown: Shown) -> Table:
    """Return the table as rich prints it, the note as its caption."""
    table = Table(title=shown.title, caption=shown.note or None, caption_justify="left")
    for column in shown.columns:
        table.add_column(column, justify="left" if column in _LEFT else "right")
    for row in shown.rows:
        table.add_row(*row)
    return table


def markdown(shown: Sequence[Shown]) -> str:
    """Return the tables as Markdown, a heading above each."""
    return "\n".join(line for one in shown for line in _markdown(one))


def into(page: Path, shown: Sequence[Shown]) -> None:
    """Write the tables into a page, in place of what stood between its two marks."""
    text = page.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{page} has no {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n\n{markdown(shown)}\n{END}{after}", "utf-8")


def _markdown(shown: Shown) -> Iterator[str]:
    yield f"### {shown.title}\n"
    yield f"| {' | '.join(shown.columns)} |"
    yield f"|{'|'.join('---' if column in _LEFT else '--:' for column in shown.columns)}|"
    for row in shown.rows:
        yield f"| {' | '.join(row)} |"
    yield ""
    if shown.note:
        yield f"{shown.note}\n"


def _quality(results: Results, kind: Case) -> tuple[str, ...]:
    def said(name: str, form: str = ".3f") -> str:
        value = results.mean(kind, name)
        return "" if value is None else f"{value:{form}}"

    count = said("count_error", "+.1%")
    if low := said("count_low", "+.1%"):
        count = f"{count} [{low}, {said('count_high', '+.1%')}]"
    covers = [run.covers for run in results.runs(kind) if run.covers is not None]
    world = kind.world
    return (
        f"{world.count:,}",
        world.regime.value,
        "yes" if world.text else "no",
        kind.method.value,
        *(said(name) for name in ("f1", "precision", "recall", "b3")),
        count,
        f"{sum(covers)} of {len(covers)}" if covers else "",
        *(said(name) for name in ("pairs_error", "links_error", "corroborated")),
        said("corroborated_error"),
        said("seconds", ".2f"),
        said("memory_gb", ".2f"),
    )


def _commands(results: Results) -> Iterator[tuple[str, ...]]:
    before = None
    for world, fused in results.fused.items():
        growth = ""
        if before is not None and before[0].regime is world.regime:
            times = fused.seconds / before[1].seconds
            growth = f"{log(times) / log(world.count / before[0].count):.2f}"
        before = (world, fused)
        yield (
            f"{world.count:,}",
            world.regime.value,
            f"{fused.megabytes:.0f}",
            f"{fused.seconds:.2f}",
            f"{fused.memory_gb:.2f}",
            growth,
            f"{fused.limit:.3f}",
            f"{fused.seconds / fused.limit:.0f}",
            f"{world.count / fused.seconds:,.0f}",
        )


def _target(results: Results, target: Target) -> tuple[str, ...]:
    bounds = (("≥", target.least), ("≤", target.most))
    goal = " and ".join(f"{sign} {_told(bound, target)}" for sign, bound in bounds if bound)
    reached = target.reached(results)
    if reached is None:
        return (target.name, target.where, goal, "not measured", "")
    missed = target.distance(reached)
    distance = f"missed by {_told(missed, target)}" if missed else "met"
    return (target.name, target.where, goal, _told(reached, target), distance)


def _told(value: float, target: Target) -> str:
    match target.unit:
        case "":
            return f"{value:.3f}"
        case "%":
            return f"{value * 100:.1f} %"
        case "x":
            return f"{value:.1f}x"
        case unit:
            return f"{value:.2f} {unit}"
