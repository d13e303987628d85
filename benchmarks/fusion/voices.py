"""Voices: how the cost of counting the independent sources of one incident grows with its reports.

Every report has a text of its own, which is the dearest case; the figure is the processor's clock, and beside it how
many times as much as for half the reports: 2 is linear, 4 quadratic.
"""

from collections.abc import Iterator, Sequence
from time import process_time

import numpy as np
import polars as pl

from groundtruce.fusion.clustering.independence import ALIKE, Accounts, assign_voices, find_cliques

__all__ = ["COLUMNS", "SIZES", "counting_voices"]

COLUMNS = ("reports of one incident", "CPU, s", "times that of half")
SIZES = (500, 1_000, 2_000, 4_000, 8_000, 16_000)
_SOURCES = 300
_TEXT_SIZE = 32
_TAKES = 5


def counting_voices(sizes: Sequence[int] = SIZES) -> Iterator[tuple[str, ...]]:
    """Yield one row a size; the least of a few takes."""
    _spent(sizes[-1])
    before = None
    for size in sizes:
        spent = min(_spent(size) for _ in range(_TAKES))
        yield (f"{size:,}", f"{spent:.4f}", "" if before is None else f"{spent / before:.1f}")
        before = spent


def _spent(size: int) -> float:
    """Return the seconds of the processor that it takes to count the voices of an incident."""
    chance = np.random.default_rng(size)
    text = chance.standard_normal((size, _TEXT_SIZE)).astype(np.float32)
    text /= np.linalg.norm(text, axis=1, keepdims=True)
    source = chance.integers(0, _SOURCES, size).astype(np.int32)
    fields = pl.DataFrame(dict.fromkeys(ALIKE, chance.integers(0, size, size)))
    accounts = Accounts(source=source, fields=fields, text=text)
    clique = find_cliques([f"{number}" for number in range(_SOURCES)], [("1", "2"), ("2", "3")])
    began = process_time()
    assign_voices(accounts, np.zeros(size, np.int64), source.astype(np.int64), clique)
    return process_time() - began
