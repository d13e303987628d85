"""What workers do with their share: count days, give rows to learn from, spread, fuse, settle, sort.

Each is a function of the packed rows of one partition and gives packed rows; the decisions are those of
`fusion.slab` and `fusion.claim`.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from groundtruce.distributed.share import Batches, make_batch, read_packed, read_rows, split, unpack
from groundtruce.fusion.clustering.decision import SHARED_ID, Decision
from groundtruce.fusion.matching.training_days import DAY_S
from groundtruce.fusion.method import FusionMethod
from groundtruce.fusion.partition.claim import (
    FIRST,
    LAST,
    choose_claims,
    consolidate_claims,
    fuse_slab,
)
from groundtruce.fusion.partition.time_slab import Slabs, measure_known_s, slabs_of
from groundtruce.model.table import INCIDENTS, LINKS

if TYPE_CHECKING:
    from pyspark import Accumulator

__all__ = [
    "CLAIMS",
    "WorkOrder",
    "choose_named",
    "choose_sample",
    "count_days",
    "fuse_share",
    "settle_claims",
    "sort_parts",
    "spread_to_slabs",
    "weigh_claims",
]

CLAIMS = "claims"
"""The table of claims that more than one slab makes."""
_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
"""Those of incident identifiers, in order; see `fusion.incident`."""
_PART = 200_000
"""Reports to a part of an output."""
_TABLES = {LINKS.name: LINKS, INCIDENTS.name: INCIDENTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrder:
    """Where the parts of the sorted outputs begin: by report identifier, by incident identifier."""

    links: tuple[str, ...]
    incidents: tuple[str, ...]

    @classmethod
    def of(cls, ids: Iterable[str], reports: int) -> "WorkOrder":
        """Return the order for so many reports, by some of their identifiers."""
        parts = max(reports // _PART, 1)
        known = sorted(ids)
        return cls(
            links=tuple(known[len(known) * part // parts] for part in range(1, parts)),
            incidents=tuple(
                f"I-{_LETTERS[code // 32]}{_LETTERS[code % 32]}"
                for code in (1_024 * part // parts for part in range(1, parts))
            ),
        )

    @property
    def parts(self) -> int:
        """The number of all parts."""
        return len(self.links) + len(self.incidents) + 2

    def spread(self, links: pl.DataFrame, incidents: pl.DataFrame) -> Iterator[pa.RecordBatch]:
        """Yield the rows of both tables by the part that each falls into."""
        after = len(self.links) + 1
        for table, rows, begins, base in (
            (LINKS, links, self.links, 0),
            (INCIDENTS, incidents, self.incidents, after),
        ):
            for number, some in split(rows, _part(rows[table.key], begins)):
                yield make_batch(table.name, base + number, some)


def _part(keys: pl.Series, begins: Sequence[str]) -> NDArray[np.int64]:
    return np.array([bisect_right(begins, key) for key in keys.to_list()], np.int64)


def count_days(first_s: int, batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield how many reports each day has."""
    for row in read_rows(batches):
        day = (unpack(read_packed(row, "known"))["known"].to_numpy() - first_s) // DAY_S
        days, count = np.unique(day, return_counts=True)
        yield pa.RecordBatch.from_arrays([pa.array(days), pa.array(count)], names=["day", "count"])


def choose_sample(
    first_s: int, chosen: NDArray[np.bool_], batches: Batches
) -> Iterator[pa.RecordBatch]:
    """Yield the reports of the chosen days."""
    for row in read_rows(batches):
        rows = unpack(read_packed(row))
        some = rows.filter(pl.Series(chosen[(measure_known_s(rows) - first_s) // DAY_S]))
        if some.height:
            yield make_batch("sample", 0, some)


def choose_named(names: frozenset[str], batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield the reports with these identifiers, or with these before the mark of a shared one."""
    for row in read_rows(batches):
        rows = unpack(read_packed(row))
        base = rows["report_id"].str.replace(SHARED_ID, "")
        some = rows.filter(rows["report_id"].is_in(names) | base.is_in(names))
        if some.height:
            yield make_batch("named", 0, some)


def spread_to_slabs(
    slabs: Slabs, reach: dict[str, tuple[int, int]], batches: Batches
) -> Iterator[pa.RecordBatch]:
    """Yield the reports by slab; `reach` names those that people's decisions take to further slabs."""
    for row in read_rows(batches):
        rows = unpack(read_packed(row))
        _, first, last = slabs_of(rows, slabs)
        if reach:
            named = rows["report_id"].to_list()
            for index, name in enumerate(named):
                if name in reach:
                    first[index] = min(first[index], reach[name][0])
                    last[index] = max(last[index], reach[name][1])
        rows = rows.with_columns(pl.Series(FIRST, first), pl.Series(LAST, last))
        times = last - first + 1
        which = np.repeat(np.arange(rows.height), times)
        before = np.cumsum(times) - times
        slab = np.arange(len(which)) - np.repeat(before - first, times)
        for number, some in split(rows[which], slab):
            yield make_batch("reports", number, some)


def fuse_share(
    slabs: Slabs,
    method: FusionMethod,
    decisions: Sequence[Decision],
    order: WorkOrder,
    done: "Accumulator[int]",
    batches: Batches,
) -> Iterator[pa.RecordBatch]:
    """Fuse a slab: yield links and incidents that are its own, and the claims that others may contest."""
    shares = [(int(str(row["share"])), unpack(read_packed(row))) for row in read_rows(batches)]
    if not shares:
        return
    number = shares[0][0]
    rows = pl.concat([rows for _, rows in shares], how="diagonal")
    del shares
    own, open_ = fuse_slab(rows, number, slabs, method, decisions)
    for links, incidents in consolidate_claims(own):
        yield from order.spread(links, incidents)
    if open_.height:
        bucket = (open_["report_id"].hash(0) % len(slabs)).to_numpy().astype(np.int64)
        for share, some in split(open_, bucket):
            yield make_batch(CLAIMS, share, some)
    done.add(1)


def weigh_claims(batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield the claims that hold, by slab."""
    claims = [unpack(read_packed(row)) for row in read_rows(batches)]
    if claims:
        rows = choose_claims(pl.concat(claims))
        for slab, some in split(rows, rows["slab"].to_numpy()):
            yield make_batch(CLAIMS, slab, some)


def settle_claims(order: WorkOrder, batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield links and incidents of the claims of a slab that hold."""
    claims = [unpack(read_packed(row)) for row in read_rows(batches)]
    if claims:
        for links, incidents in consolidate_claims(pl.concat(claims)):
            yield from order.spread(links, incidents)


def sort_parts(done: "Accumulator[int]", batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield a part of an output in its order."""
    shares = [
        (str(row["table"]), int(str(row["share"])), unpack(read_packed(row)))
        for row in read_rows(batches)
    ]
    if not shares:
        return
    name, share, _ = shares[0]
    rows = pl.concat([rows for _, _, rows in shares])
    yield make_batch(name, share, rows.select(_TABLES[name].names).sort(_TABLES[name].key))
    done.add(1)
