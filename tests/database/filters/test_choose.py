"""Filters choose the same incidents in memory, by SQL, and one at a time in plain Python."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.database.plain import Plain, chosen_of, filters_of
from tests.effort import examples

from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.codec import format_id
from groundtruce.database.columnar.columns import read_columns
from groundtruce.database.filters.choose import choose
from groundtruce.database.filters.family import text
from groundtruce.database.filters.filters import Filters
from groundtruce.database.filters.sql import write_condition
from groundtruce.database.load.fill import fill
from groundtruce.database.load.update import apply
from groundtruce.database.query.incident import list_incidents
from groundtruce.view.view import View

_MANY = examples(40)


@_MANY
@given(data=st.data())
def test_filters_mean_the_same_everywhere(
    data: st.DataObject, asked: Database, rows: tuple[Plain, ...]
) -> None:
    """Whatever filters are given, masks and SQL choose exactly those for which every filter holds."""
    filters = data.draw(filters_of(rows))
    expected = sorted(row.id for row in chosen_of(rows, filters))
    found = choose(asked, filters)
    assert not found.at_least
    assert sorted(map(format_id, found.columns.number[found.rows].tolist())) == expected
    narrowed = write_condition(filters, asked.dialect)
    told = asked.rows(f"SELECT incident_id FROM incident WHERE {narrowed.sql}", narrowed.values)
    assert sorted(row["incident_id"] for row in told) == expected


def test_what_too_many_contain_is_counted_as_the_least(
    view: View, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where more incidents contain words than are read, the count is a least one, and what is listed has the words."""
    fill(database, view)
    filters = Filters.parse([("q", "market")])
    monkeypatch.setattr(text, "MOST_FOUND", 10)
    least = list_incidents(database, filters, limit=1_000)
    assert (least.total, least.total_is_least) == (11, True)
    monkeypatch.undo()
    read_columns(database).sought.clear()
    whole = list_incidents(database, filters, limit=1_000)
    assert not whole.total_is_least
    assert set(least.rows) < set(whole.rows)


def test_words_are_looked_up_anew_when_the_view_is_another(view: View, database: Database) -> None:
    """What a text was found in is forgotten with the view, even where nothing but texts changed."""
    fill(database, view)
    filters = Filters.parse([("q", "silence")])
    assert list_incidents(database, filters).total == 0
    told = view.reports.with_columns(text=pl.lit("silence"))
    apply(
        database,
        replace(view, reports=told, input_digests={**view.input_digests, "reports": "another"}),
    )
    assert list_incidents(database, filters).total == view.incidents.height
