"""Voices: which reports of an incident speak for themselves, against a count of all pairs in plain Python."""

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.effort import examples

from groundtruce.fusion.clustering import independence
from groundtruce.fusion.clustering.independence import (
    ALIKE,
    Accounts,
    assign_voices,
    find_cliques,
    unite_texts,
)

_Row = tuple[int, int, int, int]
_NAMES = ("a", "b", "c", "d", "e")
_TEXTS = np.array(
    [
        [0.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
        [0.98, 0.199, 0.0],
        [0.921, 0.39, 0.0],
        [0.0, 0.0, 1.0],
    ],
    np.float32,
)
"""No text; three of which neighbours are nearly the same, but not the first and the last; another one."""


def accounts(source: NDArray[np.int64], fields: NDArray[np.int64], text: object) -> Accounts:
    """Return what reports say; one number stands for all fields."""
    return Accounts(
        source=source.astype(np.int32),
        fields=pl.DataFrame(dict.fromkeys(ALIKE, fields)),
        text=np.asarray(text, np.float32),
    )


def same(voice: NDArray[np.int64]) -> set[tuple[int, int]]:
    """Return the pairs that have one voice."""
    return {
        (one, two) for one, two in combinations(range(len(voice)), 2) if voice[one] == voice[two]
    }


def expected(rows: list[_Row], copying: list[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return the pairs that have one voice, by what each two reports say."""
    clique = closure(len(_NAMES), set(copying))

    def tied(one: _Row, two: _Row) -> bool:
        alike = one[2] == two[2] and clique[one[1]] == clique[two[1]]
        texts = float(_TEXTS[one[3]] @ _TEXTS[two[3]]) >= 0.97
        return one[0] == two[0] and (one[1] == two[1] or alike or texts)

    numbered = combinations(range(len(rows)), 2)
    voice = closure(len(rows), {(one, two) for one, two in numbered if tied(rows[one], rows[two])})
    return same(np.array(voice))


def closure(count: int, pairs: set[tuple[int, int]]) -> list[int]:
    """Return the smallest number of what hangs together with each."""
    head = list(range(count))
    for _ in range(count):
        for one, two in pairs:
            head[one] = head[two] = min(head[one], head[two])
    return head


@examples(30)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 4), st.integers(0, 2), st.integers(0, 4)),
        max_size=14,
    ),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=2),
)
def test_a_voice_is_what_hangs_together_in_one_incident(
    rows: list[_Row], copying: list[tuple[int, int]]
) -> None:
    """By source, by nearly the same text, or by the same fields of sources that copy; never across incidents."""
    group, source, fields, text = np.array(rows, np.int64).reshape(-1, 4).T
    pairs = [(_NAMES[one], _NAMES[two]) for one, two in copying]
    said = accounts(source, fields, _TEXTS[text])
    voice = assign_voices(said, group, source, find_cliques(_NAMES, pairs))
    assert same(voice) == expected(rows, copying)


def test_equal_texts_are_one_voice_however_many_others_there_are() -> None:
    """In an incident of more texts than are compared with each other, the first and the last are the same."""
    chance = np.random.default_rng(3)
    text = chance.standard_normal((2_000, 16))
    text /= np.linalg.norm(text, axis=1, keepdims=True)
    text[-1] = text[0]
    said = accounts(np.arange(2_000), np.arange(2_000), text)
    names = [str(number) for number in range(2_000)]
    voice = assign_voices(
        said, np.zeros(2_000, np.int64), np.arange(2_000), find_cliques(names, ())
    )
    assert same(voice[[0, -1]]) == {(0, 1)}
    assert len(np.unique(voice)) > 1_900


@pytest.mark.parametrize("count", [200, 400])
def test_the_texts_of_a_large_incident_are_not_all_compared(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with so many before it: twice the reports, twice the comparisons."""
    asked = []
    monkeypatch.setattr(
        independence, "is_same_text", lambda text, one, two: asked.append((one, two))
    )
    unite_texts.plain(np.zeros(count, np.int64), np.zeros((count, 2), np.float32), 16)
    assert len(asked) == sum(min(number, 16) for number in range(count))
