"""The tables of docs/explanation/linked.md on what was linked: counts, sources, pairs of sources, probabilities."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise

import numpy as np
import polars as pl
from tools.linked_sets import Pair, Told

from groundtruce.fusion.matching.em import ONCE
from groundtruce.fusion.method import FusionMethod
from groundtruce.fusion.review.estimate import chances, count_intervals

__all__ = ["across", "counts", "histogram", "sources"]

_HISTOGRAM = (0.0, 0.3, 0.5, 0.7, 0.9, 0.97, 1.0001)
_MOST_PAIRS = 12
"""Pairs of sources that a table lists; the rest are summed up."""
_FEWEST = 5
"""Sources with fewer reports are summed up."""


def counts(all_seen: Sequence[Told]) -> Iterator[str]:
    """How many reports, incidents with their interval, and incidents that several tell of."""
    yield "| Set | Reports | Incidents | 90 % interval | Of several reports | Of several sources |"
    yield "|---|--:|--:|--:|--:|--:|"
    for seen in all_seen:
        whole = pl.DataFrame({"all": [1] * len(seen.at)})
        row = count_intervals(chances(seen.fused.linked, FusionMethod().clustering), whole).row(
            0, named=True
        )
        size, sources = _sizes(seen)
        yield (
            f"| {seen.case.title} | {len(seen.at):,} | {row['incidents']:,} | "
            f"{row['low']:,} to {row['high']:,} | {(size > 1).sum():,} | {(sources > 1).sum():,} |"
        )


def _sizes(seen: Told) -> tuple[pl.Series, pl.Series]:
    """Return for each incident its reports and its sources."""
    told_of = seen.fused.links.join(seen.reports.select("report_id", "source"), on="report_id")
    sizes = told_of.group_by("incident_id").agg(pl.len(), pl.col("source").n_unique())
    return sizes["len"], sizes["source"]


def sources(seen: Told) -> Iterator[str]:
    """Reports by source, whether each was found to report an incident once, and how far it is off."""
    model = seen.fused.linked.model
    yield "| Source | Reports | Linked to another | Repeats itself | Off by |\n|---|--:|--:|---|---|"
    size = seen.fused.links.select("report_id", others=pl.len().over("incident_id") > 1)
    by = seen.reports.join(size, on="report_id").group_by("source")
    found = by.agg(pl.len(), pl.col("others").sum()).sort(
        ["len", "source"], descending=[True, False]
    )
    few = found.filter(pl.col("len") < _FEWEST)
    for name, reports, others in found.filter(pl.col("len") >= _FEWEST).iter_rows():
        habit = model.habits.get(name)
        rate = model.repeats.get(name, model.other_repeats)
        said = "once an incident" if rate <= ONCE else f"yes, at a rate of {rate:.2f}"
        off = "nothing found" if habit is None else _off(habit.as_json())
        yield f"| {name} | {reports:,} | {others:,} | {said} | {off} |"
    if few.height:
        yield (
            f"| {few.height} others, under {_FEWEST} reports each | {few['len'].sum()} "
            f"| {few['others'].sum()} | | |"
        )
    pairs = ", ".join(f"{one} and {two}" for one, two in model.copying) or "none"
    yield f"\nSources that were found to copy each other: {pairs}."


def _off(habit: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in habit.items())


def across(seen: Told) -> Iterator[str]:
    """Pairs of reports in one incident, by the two sources."""
    name = dict(seen.reports.select("report_id", "source").iter_rows())
    own: dict[str, list[str]] = {}
    for report, incident in seen.incident.items():
        own.setdefault(incident, []).append(name[report])
    number: dict[Pair, int] = {}
    for some in own.values():
        for one, two in combinations(sorted(some), 2):
            number[one, two] = number.get((one, two), 0) + 1
    yield "| Between | and | Linked pairs |\n|---|---|--:|"
    order = sorted(number, key=lambda pair: (-number[pair], pair))
    for one, two in order[:_MOST_PAIRS]:
        yield f"| {one} | {two} | {number[one, two]} |"
    if rest := order[_MOST_PAIRS:]:
        yield f"| {len(rest)} other pairs of sources | | {sum(number[pair] for pair in rest)} |"


def histogram(all_seen: Sequence[Told]) -> Iterator[str]:
    """Links by probability, of reports that stand with others and of those alone."""
    bounds = [f"{low:g} to {min(high, 1):g}" for low, high in pairwise(_HISTOGRAM)]
    yield "| Set | Reports | " + " | ".join(bounds) + " |\n|---|---|" + "--:|" * len(bounds)
    for seen in all_seen:
        links = seen.fused.links.with_columns(others=pl.len().over("incident_id") > 1)
        for others, words in ((True, "with others"), (False, "alone")):
            of_these = links.filter(pl.col("others") == others)["probability"].to_numpy()
            number, _ = np.histogram(of_these, _HISTOGRAM)
            yield f"| {seen.case.title} | {words} | " + " | ".join(f"{n:,}" for n in number) + " |"
