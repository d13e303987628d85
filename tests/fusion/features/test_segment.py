"""Runs of groups, against the plain reading of each group by itself."""

from itertools import groupby
from statistics import median_low

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from groundtruce.fusion.features.segment import Runs

ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.none() | st.integers(-9, 9), st.booleans()), min_size=1
).map(lambda rows: sorted(rows, key=lambda row: row[0]))


@given(ROWS)
def test_each_group_comes_to_what_its_rows_say(rows: list[tuple[int, int | None, bool]]) -> None:
    """The lowest, the highest and the lower median of what is known, and whether a row is marked."""
    column = pl.Series("value", [value for _, value, _ in rows], dtype=pl.Int64)
    runs = Runs.find(np.array([group for group, _, _ in rows]))
    groups = [list(members) for _, members in groupby(rows, key=lambda row: row[0])]
    known = [[value for _, value, _ in members if value is not None] for members in groups]
    assert runs.lowest(column).to_list() == [min(values, default=None) for values in known]
    assert runs.highest(column).to_list() == [max(values, default=None) for values in known]
    middle = [median_low(values) if values else None for values in known]
    assert runs.middle(column).to_list() == middle
    marked = runs.any(np.array([mark for _, _, mark in rows]))
    assert marked.tolist() == [any(mark for _, _, mark in members) for members in groups]


def test_the_best_row_is_the_first_by_the_last_key() -> None:
    """The key that is given last counts most; equal rows keep their order."""
    runs = Runs.find(np.array([7, 7, 7, 9, 9]))
    least = np.array([0, 2, 1, 5, 4])
    most = np.array([1, 0, 0, 3, 3])
    assert runs.best(least, most).tolist() == [2, 4]
    assert runs.of.tolist() == [0, 0, 0, 1, 1]
