"""Filters choose the same incidents in memory, by SQL, and one at a time in plain Python."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.database.plain import Plain, chosen_of, filters_of

from groundtruce.database import choice
from groundtruce.database.choice import chosen
from groundtruce.database.condition import condition
from groundtruce.database.engine import Database
from groundtruce.database.filter import Filters
from groundtruce.database.incident import page
from groundtruce.database.packed import incident_id

_MANY = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@_MANY
@given(data=st.data())
def test_filters_mean_the_same_everywhere(
    data: st.DataObject, asked: Database, rows: tuple[Plain, ...]
) -> None:
    """Whatever filters are given, masks and SQL choose exactly those for which every filter holds."""
    filters = data.draw(filters_of(rows))
    expected = sorted(row.id for row in chosen_of(rows, filters))
    found = chosen(asked, filters)
    assert not found.at_least
    assert sorted(map(incident_id, found.columns.number[found.rows].tolist())) == expected
    narrowed = condition(filters, asked.dialect)
    told = asked.rows(f"SELECT incident_id FROM incident WHERE {narrowed.sql}", narrowed.values)
    assert sorted(row["incident_id"] for row in told) == expected


def test_what_many_contain_is_counted_as_the_least(
    asked: Database, rows: tuple[Plain, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where more incidents contain words than are read, the count is a least one and the list is still in order."""
    filters = Filters.parse([("q", "market"), ("corroborated", "no")])
    whole = page(asked, filters, limit=10_000)
    assert len(chosen_of(rows, filters)) == whole.total > 12
    monkeypatch.setattr(choice, "MOST_FOUND", 10)
    least = page(asked, filters, limit=10_000)
    assert least.total_is_least
    assert least.total <= 11
    assert whole.rows == least.rows
    first = page(asked, filters, limit=5)
    assert whole.rows[:5] == first.rows
    assert page(asked, filters, after=first.next, limit=10_000).rows == whole.rows[5:]
