"""Sampled clusterings: how many incidents there may be, in all and in any slice.

* In each sample some groups are found to be part of another incident, and some reports to be an incident of
  their own, each with its calibrated chance; a sample is told by the reports that found an incident.
* A doubt that all share moves all chances of a sample together: where the evidence misleads, it seldom does
  so in one place only.
* Counting in each sample gives an interval for the number of incidents.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.clustering import probability as certainty
from groundtruce.fusion.clustering.agglomerate import Clustering
from groundtruce.fusion.fuse import Linked
from groundtruce.fusion.matching.score import Scale

__all__ = [
    "SAMPLES",
    "Chances",
    "best_odds",
    "chances",
    "count_intervals",
    "draw_samples",
    "neighbour_odds",
]

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]

SAMPLES = 64
_SEED = 20_160_227
"""The same reports give the same samples."""
_INTERVAL = (0.05, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """`founder` (n,) is true of the first report of each group; `other` the log odds against it.

    Of a founder: that its group is part of another incident. Of other reports: that they stand for one more.
    """

    founder: NDArray[np.bool_]
    other: _Floats


def chances(linked: Linked, how: Clustering) -> Chances:
    """Return the chances of all reports; cost grows with the edges."""
    group = linked.groups.group
    redundant, separate = certainty.count_terms(
        linked.groups, best_odds(linked, how), linked.around.degree, linked.model.mean_size
    )
    founder = group == np.arange(len(group))
    odds = np.where(
        founder,
        redundant @ np.array(certainty.REDUNDANT) + room(linked),
        separate @ np.array(certainty.SEPARATE),
    )
    return Chances(founder=founder, other=odds)


def room(linked: Linked) -> _Floats:
    """Return for each group, at its number, the log of the share of groups that may take it in.

    A source that reports an incident once is in no two groups of one incident: what it alone reports leaves room
    only as far as other sources report something else.
    """
    group, once = linked.groups.group, Scale.of(linked.reports, linked.around, linked.model).once
    count = len(group)
    rows = np.nonzero(once >= 0)[0]
    keys = np.unique(group[rows] * count + once[rows])
    owner, source = keys // count, keys % count
    number = max(len(np.unique(group)), 1)
    share = np.zeros(count)
    np.maximum.at(share, owner, np.bincount(source)[source] / number)
    return np.asarray(np.log(np.maximum(1 - share, 1 / number)))


def best_odds(linked: Linked, how: Clustering) -> _Floats:
    """Return for each group, at its number, the log odds as scored that it is one with a neighbour; -inf if none."""
    low, high, odds = neighbour_odds(linked, how)
    best = np.full(len(linked.reports), -np.inf)
    np.maximum.at(best, low, odds)
    np.maximum.at(best, high, odds)
    return best


def neighbour_odds(linked: Linked, how: Clustering) -> tuple[_Ints, _Ints, _Floats]:
    """Return the pairs of groups with an edge between them, in order, and the log odds as scored of each.

    They are -inf where people hold reports of the two apart.
    """
    group, edges = linked.groups.group, linked.edges
    count = len(group)
    first, second = group[edges.ends]
    across = first != second
    low, high = np.minimum(first, second)[across], np.maximum(first, second)[across]
    keys, place, pairs = np.unique(low * count + high, return_inverse=True, return_counts=True)
    ratio = np.bincount(place, edges.ratio[across], len(keys))
    prior = np.bincount(place, edges.prior[across], len(keys))
    low, high = keys // count, keys % count
    size = np.bincount(group, minlength=count)
    possible = size[low] * size[high]
    mean = (ratio + how.missing * (possible - pairs)) / possible
    odds = mean * possible.astype(float) ** how.growth_moving + prior / pairs
    apart = group[linked.decided.apart]
    separate = np.isin(keys, apart.min(axis=0) * count + apart.max(axis=0))
    return low, high, np.where(separate, -np.inf, odds)


def draw_samples(chance: Chances, samples: int = SAMPLES) -> Iterator[NDArray[np.bool_]]:
    """Yield for each sample which reports (n,) found an incident."""
    drawn = np.random.default_rng(_SEED)
    for _ in range(samples):
        shift = drawn.normal(0, certainty.SHARED_DOUBT)
        # a shift to more incidents: fewer groups are part of others, more reports stand alone
        odds = chance.other + np.where(chance.founder, -shift, shift)
        other = drawn.random(len(odds)) < 1 / (1 + np.exp(-odds))
        yield chance.founder ^ other


def count_intervals(chance: Chances, slices: pl.DataFrame, samples: int = SAMPLES) -> pl.DataFrame:
    """Return `by, slice, incidents, low, high` for each column of `slices` (n rows, as the reports are encoded).

    An incident belongs to the slice of the first of its reports, as the slice "unknown" where that says nothing.
    `incidents` as they stand; between `low` and `high` lies the number with 90 %. Cost grows with reports x samples.
    """
    parts = [_number_values(column) for column in slices]
    drawn: list[list[_Ints]] = [[] for _ in parts]
    for founds in draw_samples(chance, samples):
        for index, (names, number) in enumerate(parts):
            drawn[index].append(np.bincount(number[founds], minlength=len(names)))
    tables = [pl.DataFrame(schema=_COUNTED)]
    for (names, number), counts, by in zip(parts, drawn, slices.columns, strict=True):
        low, high = np.quantile(np.stack(counts), _INTERVAL, axis=0)
        tables.append(
            pl.DataFrame(
                {
                    "by": [by] * len(names),
                    "slice": names,
                    "incidents": np.bincount(number[chance.founder], minlength=len(names)),
                    "low": np.floor(low).astype(np.int64),
                    "high": np.ceil(high).astype(np.int64),
                },
                schema=_COUNTED,
            )
        )
    return pl.concat(tables)


_COUNTED = {
    "by": pl.String,
    "slice": pl.String,
    "incidents": pl.Int64,
    "low": pl.Int64,
    "high": pl.Int64,
}


def _number_values(column: pl.Series) -> tuple[pl.Series, _Ints]:
    """Return the texts of a column in their order, and which of them each row has."""
    texts = column.cast(pl.String).fill_null("unknown")
    names = texts.unique().sort()
    return names, texts.cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int64)


PERIODS = {"day": "1d", "week": "1w", "month": "1mo"}
"""Slices of time, in UTC, beside the columns of the report table."""


def slices_of(reports: pl.DataFrame, linked: Linked, by: Sequence[str]) -> pl.DataFrame:
    """Return the slices of linked reports, as they are encoded: all of them, then by columns or `PERIODS`."""
    moment = pl.coalesce("occurred_from", "occurred_to")
    columns = [
        moment.dt.truncate(PERIODS[name]).dt.strftime("%Y-%m-%d").alias(name)
        if name in PERIODS
        else pl.col(name)
        for name in by
    ]
    return reports[linked.reports.row].select(pl.repeat("all", pl.len()).alias("all"), *columns)
