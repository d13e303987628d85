"""Counts: facets, bars of time and the matrix, against incidents counted one at a time."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.database.plain import Plain, chosen_of, filters_of
from tests.effort import examples

from groundtruce.database.backend.protocol import Database
from groundtruce.database.filters.choose import choose
from groundtruce.database.filters.filters import Filters
from groundtruce.database.query import matrix as matrices
from groundtruce.database.query.facet import count_facets
from groundtruce.database.query.matrix import count_matrix
from groundtruce.database.query.timeline import TimelineStep, count_by_step, find_start

_SOME = examples(15)


@_SOME
@given(data=st.data())
def test_a_facet_says_what_its_values_would_choose(
    data: st.DataObject, asked: Database, rows: tuple[Plain, ...]
) -> None:
    """Each count is that of the list which its value leads to, and no value that leads to one is left out."""
    filters = data.draw(filters_of(rows))
    found = {facet.key: facet for facet in count_facets(asked, filters)}
    for key, facet in found.items():
        for value in facet.values:
            narrowed = filters.minus(key).plus(key, value.code)
            assert value.incidents == len(chosen_of(rows, narrowed)) > 0, (key, value)
    for row in chosen_of(rows, filters):
        listed = {key: {value.code for value in facet.values} for key, facet in found.items()}
        assert row.parties <= listed["party"]
        assert row.sources <= listed["source"]
        assert str(row.row["kind"]) in listed["kind"]
        assert filters.values("clause") or row.verdict in listed["verdict"]


def _step(row: Plain, step: TimelineStep) -> date | None:
    days = [row.first_day, row.last_day]
    if step is TimelineStep.DAY:
        starts = days
    elif step is TimelineStep.WEEK:
        starts = [None if one is None else one - timedelta(days=one.weekday()) for one in days]
    else:
        starts = [None if one is None else one.replace(day=1) for one in days]
    return starts[0] if starts[0] == starts[1] else None


@_SOME
@given(data=st.data(), step=st.sampled_from(TimelineStep))
def test_bars_hold_what_lies_in_one_step(
    data: st.DataObject, step: TimelineStep, asked: Database, rows: tuple[Plain, ...]
) -> None:
    """A bar has the incidents whose whole time lies in it, by verdict; the others are undated; none is lost."""
    filters = data.draw(filters_of(rows))
    expected = Counter((_step(row, step), row.verdict) for row in chosen_of(rows, filters))
    found = count_by_step(asked, filters, step)
    counted = {
        (bar.start, verdict): count
        for bar in found.bars
        for verdict, count in bar.verdicts.items()
        if count
    }
    assert counted == {key: count for key, count in expected.items() if key[0] is not None}
    assert found.undated == sum(count for (start, _), count in expected.items() if start is None)
    assert [bar.start for bar in found.bars] == sorted(bar.start for bar in found.bars)


@given(st.integers(-100_000, 100_000))
def test_weeks_begin_on_monday(number: int) -> None:
    """Every week begins on a Monday, and the next one seven days later."""
    start = find_start(number, TimelineStep.WEEK)
    assert start.weekday() == 0
    assert find_start(number + 1, TimelineStep.WEEK) - start == timedelta(days=7)


@pytest.mark.parametrize("most", [1 << 23, 1], ids=["table", "sorted"])
@_SOME
@given(data=st.data())
def test_the_matrix_counts_each_clause_author_and_week(
    data: st.DataObject, most: int, asked: Database, rows: tuple[Plain, ...]
) -> None:
    """A cell has the incidents of its author and week by verdict under its clause; each joint author counts."""
    filters = data.draw(filters_of(rows))
    expected: Counter[tuple[str, str, date | None, str]] = Counter()
    for row in chosen_of(rows, filters):
        for clause, verdict in row.clauses.items():
            if filters.values("clause") and clause not in filters.values("clause"):
                continue
            for author in set(row.actor.split(", ")) if row.actor else {"unknown"}:
                expected[clause, author, _step(row, TimelineStep.WEEK), verdict] += 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matrices, "_MOST_COMBINATIONS", most)
        found = count_matrix(asked, filters)
    counted = {
        (cell.clause_id, cell.party, cell.week, verdict): count
        for cell in found.cells
        for verdict, count in cell.verdicts.items()
        if count
    }
    assert expected == counted
    for cell in found.cells:
        assert found.cell(cell.clause_id, cell.party, cell.week) is cell
    assert {cell.week for cell in found.cells} - {None} == set(found.weeks)


def test_what_chooses_nothing_counts_nothing(asked: Database) -> None:
    """Where no incident is chosen there are no bars and no cells, and no error."""
    filters = Filters.parse([("incident", "I-aaaaaaaaaaaa")])
    assert choose(asked, filters).count == 0
    assert count_by_step(asked, filters).bars == ()
    assert count_matrix(asked, filters).cells == ()
