"""Lists, pages and single incidents: everything once, in order, with all that is told of it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.database.plain import Plain, chosen_of, filters_of
from tests.effort import examples

from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.codec import parse_id
from groundtruce.database.filters.filters import Filters
from groundtruce.database.query.incident import (
    Incident,
    Order,
    find_redirect,
    list_incidents,
    read_incident,
)
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import INCIDENTS
from groundtruce.view.view import View

_NEVER = datetime.min.replace(tzinfo=UTC)
_MANY = examples(20)


def _at(row: Plain) -> datetime:
    found = row.row["occurred_from"] or row.row["occurred_to"]
    return found if isinstance(found, datetime) else _NEVER


def _whole(row: Plain, name: str) -> int:
    found = row.row[name]
    return found if isinstance(found, int) else -1


_KEYS: dict[Order, Callable[[Plain], tuple[float, int]]] = {
    Order.NEWEST: lambda row: (-_at(row).timestamp(), parse_id(row.id)),
    Order.OLDEST: lambda row: (_at(row).timestamp(), parse_id(row.id)),
    Order.DEADLIEST: lambda row: (-_whole(row, "killed_best"), parse_id(row.id)),
    Order.MOST_REPORTED: lambda row: (-_whole(row, "n_reports"), parse_id(row.id)),
}


@_MANY
@given(data=st.data(), order=st.sampled_from(Order), limit=st.integers(1, 300))
def test_pages_hold_everything_once_in_order(
    data: st.DataObject, order: Order, limit: int, asked: Database, rows: tuple[Plain, ...]
) -> None:
    """Whatever is chosen, the pages one after the other are the chosen incidents in the order asked for."""
    filters = data.draw(filters_of(rows))
    expected = [row.id for row in sorted(chosen_of(rows, filters), key=_KEYS[order])]
    found: list[str] = []
    after = None
    while True:
        part = list_incidents(asked, filters, order, after, limit)
        assert part.total == len(expected)
        found += [row.incident_id for row in part.rows]
        after = part.next
        if after is None:
            break
    assert expected == found


def test_a_page_goes_on_from_an_incident_that_is_gone(asked: Database) -> None:
    """The place of a page needs no row: what stands behind it comes next."""
    first, second = list_incidents(asked, Filters(), limit=2).rows
    key = list_incidents(asked, Filters(), limit=1).next
    assert key is not None
    gone = f"{key.partition('~')[0]}~I-aaaaaaaaaaaa"
    assert list_incidents(asked, Filters(), after=gone, limit=1).rows[0] in (first, second)


@pytest.mark.parametrize(
    "after", ["x", "1~I-ABC", "1", "~I-aaaaaaaaaaab", f"{1 << 70}~I-aaaaaaaaaaab"]
)
def test_a_place_that_no_page_gave_is_refused(asked: Database, after: str) -> None:
    """What cannot be a place is an error of whoever asks."""
    with pytest.raises(GroundtruceError) as raised:
        list_incidents(asked, Filters(), after=after)
    assert raised.value.problem is Problem.QUERY_BAD_VALUE


def test_a_row_says_what_the_view_says(
    asked: Database, view: View, rows: tuple[Plain, ...]
) -> None:
    """Every column of an incident comes back as it was computed, lists as lists and times as times."""
    found = {row.incident_id: row for row in list_incidents(asked, Filters(), limit=10_000).rows}
    lists = {"contradictions", "involved"}
    for row in rows:
        shown = found[row.id]
        for name in INCIDENTS.names:
            if name in lists:
                told = str(row.row[name] or "")
                assert getattr(shown, name) == (tuple(told.split("|")) if told else ())
            elif name != "report_ids":
                assert getattr(shown, name) == row.row[name], name
        assert shown.verdict == row.verdict
        assert set(shown.sources) == row.sources
        assert set(shown.parties) == row.parties
        assert (shown.first_day, shown.last_day) == (row.first_day, row.last_day)
        assert shown.day == row.day
    assert len(found) == view.incidents.height


def test_one_incident_comes_with_its_reports_and_judgements(
    asked: Database, view: View, rows: tuple[Plain, ...]
) -> None:
    """An incident has every report that is linked to it, each with its entry of the record, and every clause."""
    most = max(rows, key=lambda row: _whole(row, "n_reports"))
    found = read_incident(asked, most.id)
    assert found is not None
    links = view.links.filter(incident_id=most.id)
    told = dict(links.select("report_id", "probability").iter_rows())
    assert {one.report.report_id: one.probability for one in found.reports} == told
    assert all(one.report.entry is not None for one in found.reports)
    assert {one.clause_id: one.verdict for one in found.judgements} == most.clauses
    assert found.incident == list_incidents(asked, Filters.parse([("incident", most.id)])).rows[0]


def test_what_is_not_there_is_nothing(asked: Database) -> None:
    """An identifier that nobody gave leads nowhere."""
    assert read_incident(asked, "I-aaaaaaaaaaaa") is None
    assert find_redirect(asked, "I-aaaaaaaaaaaa") is None


def test_a_place_is_known_or_not(asked: Database) -> None:
    """A row has a place exactly where it has coordinates."""

    def known(row: Incident) -> bool:
        return row.place is not None

    placed = list_incidents(asked, Filters.parse([("placed", "yes")]), limit=10_000).rows
    assert placed
    assert all(map(known, placed))
    assert not any(
        map(known, list_incidents(asked, Filters.parse([("placed", "no")]), limit=10_000).rows)
    )
