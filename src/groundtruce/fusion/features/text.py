"""Text as vectors: a given column, or character n-grams, which work in any language.

Cosines of the vectors approximate those of n-gram counts weighted by rarity (random projection;
Charikar 2002). Texts with few common n-grams come out near 0, copies near 1.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.features.kernel import kernel

__all__ = [
    "BUCKETS",
    "TEXT_VECTOR",
    "count_texts",
    "make_vectors",
    "measure_rarity",
    "parse_vectors",
    "project_texts",
]

TEXT_VECTOR = "text_vector"
"""The optional column of vectors: numbers of one length in each row, as a list or as the text `[0.1, 0.2]`."""

_SIZE = 32
BUCKETS = 1 << 16
_LONGEST_BYTES = 2_000
_NGRAM = 5
"""Bytes: five letters of Latin script, two and a half of Arabic or Cyrillic."""


def measure_rarity(reports: pl.DataFrame) -> NDArray[np.uint8]:
    """Return how rare each bucket of n-grams is, log odds in parts of 16; size 0 where nothing is to be counted."""
    if TEXT_VECTOR in reports.columns:
        return np.zeros(0, np.uint8)
    joined, ends = _bytes(reports)
    if not len(joined):
        return np.zeros(0, np.uint8)
    count = count_texts.for_work(len(joined))(joined, ends, BUCKETS, _NGRAM)
    return np.asarray(np.round(16 * np.log((1 + len(ends)) / (1 + count))).clip(0, 255), np.uint8)


def make_vectors(reports: pl.DataFrame, rarity: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return (n, size) vectors of length 1, zeros where there is no text; size 0 where there is none at all."""
    if TEXT_VECTOR in reports.columns:
        return _read_given(reports[TEXT_VECTOR])
    if not len(rarity):
        return np.zeros((reports.height, 0), np.float32)
    joined, ends = _bytes(reports)
    signs = np.random.default_rng(1).choice(np.array([-1, 1], np.float32), (BUCKETS, _SIZE))
    weights: NDArray[np.float32] = signs * (rarity[:, None].astype(np.float32) / np.float32(16))
    return _normalise(project_texts.for_work(len(joined))(joined, ends, weights, _NGRAM))


def _bytes(reports: pl.DataFrame) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return all texts end to end, and where each one ends."""
    texts = reports["text"].str.to_lowercase().str.slice(0, _LONGEST_BYTES).fill_null("")
    ends = np.cumsum(texts.str.len_bytes().to_numpy().astype(np.int64))
    return np.frombuffer("".join(texts).encode(), np.uint8), ends


def parse_vectors(column: pl.Series) -> pl.Series:
    """Return a column of vectors as lists of numbers; what is no number is null."""
    if column.dtype == pl.String:
        column = (
            column.str.strip_chars("[] ").str.split(",").list.eval(pl.element().str.strip_chars())
        )
    return column.cast(pl.List(pl.Float32), strict=False)


def _read_given(column: pl.Series) -> NDArray[np.float32]:
    """Return the vectors of a column; one of another length than the longest counts as no text."""
    lists = parse_vectors(column)
    sizes = lists.list.len().fill_null(0).to_numpy()
    size = int(sizes.max(initial=0))
    out = np.zeros((len(column), size), np.float32)
    whole = sizes == size
    if size:
        out[whole] = lists.filter(pl.Series(whole)).explode().to_numpy().reshape(-1, size)
    return _normalise(np.nan_to_num(out, nan=0.0, posinf=0.0, neginf=0.0))


def _normalise(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1), np.float32)


@kernel
def count_texts(
    joined: NDArray[np.uint8], ends: NDArray[np.int64], buckets: int, size: int
) -> NDArray[np.int32]:
    """Return in how many texts each bucket of n-grams occurs."""
    count = np.zeros(buckets, np.int32)
    last = np.full(buckets, -1, np.int64)
    begin = 0
    for index in range(len(ends)):
        for position in range(begin, ends[index] - size + 1):
            value = 7
            for step in range(size):
                value = (value * 31 + int(joined[position + step])) % 1_000_003
            bucket = value % buckets
            if last[bucket] != index:
                last[bucket] = index
                count[bucket] += 1
        begin = ends[index]
    return count


@kernel
def project_texts(
    joined: NDArray[np.uint8], ends: NDArray[np.int64], weights: NDArray[np.float32], size: int
) -> NDArray[np.float32]:
    """Return the sum of the rows of `weights` of all n-grams of each text."""
    buckets, width = weights.shape
    out = np.zeros((len(ends), width), np.float32)
    begin = 0
    for index in range(len(ends)):
        for position in range(begin, ends[index] - size + 1):
            value = 7
            for step in range(size):
                value = (value * 31 + int(joined[position + step])) % 1_000_003
            bucket = value % buckets
            for column in range(width):
                out[index, column] += weights[bucket, column]
        begin = ends[index]
    return out
