"""Insertion and repair: how quickly reports that arrive are placed, and how well, beside the batch.

The last reports of a synthetic table, which are anywhere in its time, are inserted one at a time; a hundred of
them, and a hundred of the last days, are repaired. Scores are pairwise F1 among the reports of incidents that
one of the inserted is about, the same ones in each column.

Insertions are so short that one which is interrupted says nothing: they are timed by the processor's clock,
which stands still while something else runs.
"""

from collections.abc import Iterator
from dataclasses import replace
from time import perf_counter, thread_time

import numpy as np
from numpy.typing import NDArray

from benchmarks.fusion.generator import Generated, Regime, generate
from benchmarks.fusion.metric import quality
from groundtruce.fusion.fuse import Linked, link
from groundtruce.fusion.incremental.live import Live
from groundtruce.fusion.incremental.repair import repair
from groundtruce.fusion.method import FusionMethod

__all__ = ["COLUMNS", "inserting"]

COLUMNS = (
    "regime",
    "reports",
    "insert p50, µs",
    "p99, µs",
    "encode one, ms",
    "repair 100, s",
    "100 of late, s",
    "batch, s",
    "F1 inserted",
    "F1 repaired",
    "F1 batch",
)
_INSERTED, _REPAIRED, _ENCODED = 2_000, 100, 20

_Ints = NDArray[np.int64]


def inserting(
    sizes: tuple[int, ...], regimes: tuple[Regime, ...] = (Regime.SPREAD, Regime.FRONT)
) -> Iterator[tuple[str, ...]]:
    """Yield one row a regime and size; the peer is the batch on all reports with the same model."""
    for regime in regimes:
        for size in sizes:
            yield (regime.value, f"{size:,}", *_measured(generate(size, regime, seed=31)))


def _measured(made: Generated) -> Iterator[str]:
    reports, method = made.reports, FusionMethod()
    count = reports.height - min(_INSERTED, reports.height // 10)
    known, arrived = reports[:count], reports[count:]
    linked = link(known, method)
    live = Live(known, linked, method)
    read = live.read(arrived)
    spent, groups = [], []
    for at in range(arrived.height):
        started = thread_time()
        placed = live.insert(read, at)
        spent.append(thread_time() - started)
        groups.append(placed.group)
    # the first insertions load the compiled code
    p50, p99 = np.percentile(spent[20:], (50, 99)) * 1e6
    yield f"{p50:.0f}"
    yield f"{p99:.0f}"
    started = perf_counter()
    for at in range(_ENCODED):
        live.read(arrived[at : at + 1])
    yield f"{(perf_counter() - started) / _ENCODED * 1e3:.1f}"

    frozen = replace(method, model=linked.model)
    by_time = reports.sort("occurred_from", "report_id")
    early, late = by_time[:-_REPAIRED], by_time[-_REPAIRED:]
    standing = link(early, frozen)
    for table, stands, come in ((known, linked, arrived[:_REPAIRED]), (early, standing, late)):
        started = perf_counter()
        repair(table, stands, come, method)
        yield f"{perf_counter() - started:.2f}"
    started = perf_counter()
    batch = link(reports, frozen)
    yield f"{perf_counter() - started:.2f}"

    among = np.isin(made.truth, made.truth[count:])
    inserted = np.concatenate([_by_row(linked), groups])
    for found in (
        inserted,
        _by_row(repair(known, linked, arrived, method).linked),
        _by_row(batch),
    ):
        yield f"{quality(found[among], made.truth[among]).f1:.3f}"


def _by_row(linked: Linked) -> _Ints:
    """Return the group of each row of the table."""
    group = np.empty(len(linked.reports), np.int64)
    group[linked.reports.row] = linked.groups.group
    return group
