"""What the rows of groups come to, against a plain reading of each group."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from groundtruce.fusion.features.segment import Runs
from groundtruce.fusion.merging.vote import vote_actors, vote_codes
from groundtruce.model.vocabulary import VocabularyName, agrees, load_vocabulary

_FIGURES = st.lists(st.lists(st.none() | st.integers(0, 9), min_size=1, max_size=5), max_size=6)
_KINDS = st.sampled_from(sorted(load_vocabulary(VocabularyName.KIND)))
_SAID = st.lists(st.lists(st.none() | _KINDS, min_size=1, max_size=6), max_size=5)
_NAMED = st.lists(
    st.lists(
        st.tuples(st.integers(0, 3), st.none() | st.sampled_from(["A", "B", "C"])),
        min_size=1,
        max_size=6,
    ),
    max_size=5,
)


def runs_of(groups: Sequence[Sequence[object]]) -> Runs:
    return Runs.find(np.repeat(np.arange(len(groups)), [len(rows) for rows in groups]) * 7)


@given(_FIGURES)
def test_figures_of_a_group_leave_out_what_is_unknown(groups: list[list[int | None]]) -> None:
    """Lowest, lower median and highest of what is known; null where nothing is."""
    column = pl.Series("killed_best", [row for rows in groups for row in rows], pl.Int64)
    runs = runs_of(groups)
    known = [sorted(row for row in rows if row is not None) for rows in groups]
    assert runs.lowest(column).to_list() == [rows[0] if rows else None for rows in known]
    assert runs.highest(column).to_list() == [rows[-1] if rows else None for rows in known]
    assert runs.middle(column).to_list() == [
        rows[(len(rows) - 1) // 2] if rows else None for rows in known
    ]


@given(_SAID)
def test_the_code_that_most_agree_with(groups: list[list[str | None]]) -> None:
    """By agreeing reports, then depth, then reports that say it, then name."""
    name = VocabularyName.KIND
    said = pl.Series("kind", [row for rows in groups for row in rows], pl.String)
    expected, differs = [], []
    for rows in groups:
        known = [row for row in rows if row is not None]
        ranked = sorted(
            set(known),
            key=lambda one: (
                -sum(agrees(name, one, two) for two in known),
                -one.count("."),
                -known.count(one),
                one,
            ),
        )
        expected.append(ranked[0] if ranked else None)
        differs.append(any(not agrees(name, one, two) for one in known for two in known))
    found = vote_codes(name, said, runs_of(groups))
    assert found["kind"].to_list() == expected
    assert found["kind_differs"].to_list() == differs


@given(_NAMED)
def test_a_voice_names_an_actor_once(groups: list[list[tuple[int, str | None]]]) -> None:
    """However often it says so."""
    rows = [(4 * number + voice, who) for number, rows in enumerate(groups) for voice, who in rows]
    voice = pl.Series([one for one, _ in rows], dtype=pl.Int64)
    found = vote_actors(
        pl.Series([who for _, who in rows], dtype=pl.String), voice, runs_of(groups)
    )
    expected: list[tuple[str | None, float | None, bool]] = []
    for told in groups:
        votes = Counter(who for _, who in set(told) if who is not None)
        best = min(votes, key=lambda who: (-votes[who], who), default=None)
        share = None if best is None else round(votes[best] / votes.total(), 4)
        expected.append((best, share, len(votes) > 1))
    assert found.rows() == expected
