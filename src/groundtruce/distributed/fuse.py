"""Fusion on Spark: the same kernel in slabs of time, for what one machine cannot hold.

* The model is learned once, on the driver, from the reports that one machine would learn from; then it is frozen.
* Slabs are fused by themselves; what more than one of them says of a report is settled report by report.
* The driver holds the learning sample, counts and names; results pass through it to disk, a part at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from groundtruce.distributed import work
from groundtruce.distributed.duplicates import find_repeats, remove_rows
from groundtruce.distributed.output import join_parts, write_parts, write_quarantine
from groundtruce.distributed.progress import Running, Track
from groundtruce.distributed.reading import Stretch, read_shares, split_files
from groundtruce.distributed.session import describe_failure
from groundtruce.distributed.share import SHARE, exchange, unpack
from groundtruce.fusion.clustering.decision import Decision
from groundtruce.fusion.fuse import learn_from
from groundtruce.fusion.matching.model import FusionModel
from groundtruce.fusion.matching.training_days import days_to_learn_from
from groundtruce.fusion.method import FusionMethod
from groundtruce.fusion.partition.claim import reach
from groundtruce.fusion.partition.time_slab import Cutting, Slabs
from groundtruce.model.message import quote
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import INCIDENTS, LINKS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["InSlabs", "Job", "fuse_in_slabs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InSlabs:
    """What came of it: counts, the model, and the files that were written, by name."""

    rows_read: int
    reports: int
    incidents: int
    quarantined: int
    slabs: int
    model: FusionModel
    files: dict[str, Path]
    first_bad: dict[str, str] | None
    """The first row of the quarantine."""


class _Totals(NamedTuple):
    rows_read: int
    reports: int
    bad: int
    first_s: int
    grid: str | None
    ids: list[str]

    @classmethod
    def of(cls, shares: "DataFrame", pieces: Sequence[Stretch]) -> "_Totals":
        """Add up what the shares say of themselves; raises GroundtruceError where one could not be read."""
        names = ("share", "fault", "rows_read", "rows", "bad", "first_s", "grid", "ids")
        rows = sorted(shares.select(*names).collect(), key=itemgetter("share"))
        for row in rows:
            if row["fault"] is not None:
                file = pieces[row["share"]].file
                raise GroundtruceError(Problem.FILE_DAMAGED, file=file, cause=quote(row["fault"]))
        return cls(
            rows_read=sum(row["rows_read"] for row in rows),
            reports=sum(row["rows"] for row in rows),
            bad=sum(row["bad"] for row in rows),
            first_s=min((row["first_s"] for row in rows if row["rows"]), default=0),
            grid=min((row["grid"] for row in rows if row["grid"] is not None), default=None),
            ids=[name for row in rows for name in row["ids"]],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be done: the Parquet files, an empty folder for the outputs, and how."""

    paths: Sequence[Path]
    folder: Path
    method: FusionMethod
    decisions: tuple[Decision, ...] = ()
    cutting: Cutting = field(default_factory=Cutting)


def fuse_in_slabs(spark: "SparkSession", job: Job, track: Track) -> InSlabs:
    """Fuse reports and leave the outputs in the folder; raises GroundtruceError.

    Cost grows as on one machine, with the reports in halos on top.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    pieces = split_files(job.paths)
    try:
        with Running(spark, track) as running:
            shares, totals = _read(running, pieces)
            slabs, model = _learn(shares, totals, job)
            frozen = replace(job, method=replace(job.method, model=model))
            counts = write_parts(_fuse(running, shares, slabs, frozen, totals), job.folder)
            files = {
                f"{table.name}s.parquet": join_parts(job.folder, table.name)
                for table in (LINKS, INCIDENTS)
            }
            first_bad = None
            if totals.bad:
                files["quarantine.csv"], first_bad = write_quarantine(shares, job.folder)
    except (PySparkException, Py4JError) as error:
        raise describe_failure(error) from error
    return InSlabs(
        rows_read=totals.rows_read,
        reports=totals.reports,
        incidents=counts[INCIDENTS.name],
        quarantined=totals.bad,
        slabs=len(slabs),
        model=model,
        files=files,
        first_bad=first_bad,
    )


def _read(running: Running, pieces: Sequence[Stretch]) -> "tuple[DataFrame, _Totals]":
    """Return the shares of good rows, without those that repeat an identifier, and what they come to."""
    shares = running.keep(
        read_shares(running.spark, pieces, running.counter), "Reading and checking", len(pieces)
    )
    totals = _Totals.of(shares, pieces)
    again = running.keep(find_repeats(shares, pieces), "Comparing identifiers", 1)
    if again.limit(1).count():
        shares = running.keep(remove_rows(shares, again, len(pieces)), "Setting repeats aside", 1)
        totals = _Totals.of(shares, pieces)
    if not totals.reports:
        first = _describe_first_bad(shares)
        raise GroundtruceError(
            Problem.FILE_NO_GOOD_ROWS, count=totals.rows_read, sentence=quote(first)
        )
    return shares, totals


def _describe_first_bad(shares: "DataFrame") -> str:
    row = shares.filter("bad > 0").orderBy("share").select("quarantine").first()
    assert row is not None
    first = unpack(bytes(row["quarantine"])).row(0, named=True)
    return f"{first['file']}, row {first['row']}, {first['field']}: {first['reason']}"


def _learn(shares: "DataFrame", totals: _Totals, job: Job) -> tuple[Slabs, FusionModel]:
    """Return where time is cut and the model, both by how many reports each day has."""
    days = (
        shares.select("known")
        .mapInArrow(partial(work.count_days, totals.first_s), "day long, count long")
        .groupBy("day")
        .sum("count")
        .collect()
    )
    count = np.zeros(max(day for day, _ in days) + 1, np.int64)
    for day, number in days:
        count[day] = number
    slabs = Slabs.cut(totals.first_s, count, job.cutting, totals.grid)
    if job.method.model is not None:
        return slabs, job.method.model
    chosen = days_to_learn_from(count)
    sample = shares.select("packed").mapInArrow(
        partial(work.choose_sample, totals.first_s, chosen), SHARE
    )
    rows = [unpack(bytes(row["packed"])) for row in sample.select("packed").collect()]
    return slabs, learn_from(pl.concat(rows, how="diagonal"), job.method, job.decisions)


def _fuse(
    running: Running, shares: "DataFrame", slabs: Slabs, job: Job, totals: _Totals
) -> "DataFrame":
    """Return the parts of links and incidents, each sorted."""
    order = work.WorkOrder.of(totals.ids, totals.reports)
    far: dict[str, tuple[int, int]] = {}
    if job.decisions:
        names = frozenset(
            name for decision in job.decisions for name in (*decision.reports, *decision.against)
        )
        named_shares = (
            shares.select("packed").mapInArrow(partial(work.choose_named, names), SHARE).collect()
        )
        if named_shares:
            rows = pl.concat([unpack(bytes(row["packed"])) for row in named_shares], how="diagonal")
            far = reach(rows, slabs, job.decisions)
    by_slab = shares.select("packed").mapInArrow(partial(work.spread_to_slabs, slabs, far), SHARE)
    fuse = partial(work.fuse_share, slabs, job.method, job.decisions, order, running.counter)
    fused = running.keep(exchange(by_slab, len(slabs), fuse), "Fusing slabs", len(slabs))
    claims = fused.filter(f"table = '{work.CLAIMS}'")
    weighed = exchange(claims, len(slabs), work.weigh_claims)
    contested = exchange(weighed, len(slabs), partial(work.settle_claims, order))
    results = fused.filter(f"table <> '{work.CLAIMS}'").unionByName(contested)
    sort = partial(work.sort_parts, running.counter)
    return running.keep(exchange(results, order.parts, sort), "Sorting", order.parts)
