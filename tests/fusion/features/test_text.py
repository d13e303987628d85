"""Text kernels: n-grams counted and projected, against slices of bytes in plain Python."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundtruce.fusion.features.text import count_texts, project_texts

_BUCKETS, _NGRAM = 50, 3


def bucket(gram: bytes) -> int:
    """Return the bucket of an n-gram."""
    value = 7
    for byte in gram:
        value = (value * 31 + byte) % 1_000_003
    return value % _BUCKETS


@given(st.lists(st.binary(max_size=12), max_size=5))
def test_texts_are_their_n_grams(texts: list[bytes]) -> None:
    """In how many texts a bucket occurs, and for each text the sum of the rows of its n-grams."""
    ends = np.cumsum([len(text) for text in texts]).astype(np.int64)
    joined = np.frombuffer(b"".join(texts), np.uint8)
    grams = [
        Counter(bucket(text[begin : begin + _NGRAM]) for begin in range(len(text) - _NGRAM + 1))
        for text in texts
    ]
    count = count_texts.plain(joined, ends, _BUCKETS, _NGRAM)
    assert count.tolist() == [sum(number in some for some in grams) for number in range(_BUCKETS)]
    rows = np.random.default_rng(1).standard_normal((_BUCKETS, 2)).astype(np.float32)
    projected = project_texts.plain(joined, ends, rows, _NGRAM)
    for text, some in zip(projected, grams, strict=True):
        expected = sum(times * rows[number] for number, times in some.items())
        assert text == pytest.approx(expected + np.zeros(2), abs=1e-4)
