"""Exports: what filters choose, whole, as the tables have it."""

from hypothesis import given
from hypothesis import strategies as st
from tests.database.plain import Plain, chosen_of, filters_of
from tests.effort import examples

from groundtruce.database.backend.protocol import Database
from groundtruce.database.filters.filters import Filters
from groundtruce.database.query import export
from groundtruce.model.table import ASSESSMENTS, INCIDENTS, REPORTS
from groundtruce.view.view import View

_FEW = examples(10)


@_FEW
@given(data=st.data())
def test_an_export_is_what_filters_choose(
    data: st.DataObject, asked: Database, view: View, rows: tuple[Plain, ...]
) -> None:
    """Incidents, reports and assessments come whole, and as many as were announced."""
    filters = data.draw(filters_of(rows))
    chosen = {row.id for row in chosen_of(rows, filters)}
    incidents = list(export.stream_incidents(asked, filters))
    assert {row["incident_id"] for row in incidents} == chosen
    assert len(incidents) == export.count_incidents(asked, filters) == len(chosen)
    links = dict(view.links.select("report_id", "incident_id").iter_rows())
    said = dict(view.reports.select("report_id", "source").iter_rows())
    reports = list(export.stream_reports(asked, filters))
    assert {row["report_id"] for row in reports} == {
        name
        for name, incident in links.items()
        if incident in chosen and said[name] in (filters.values("source") or (said[name],))
    }
    assert len(reports) == export.count_reports(asked, filters)
    assessments = list(export.stream_derived(asked, ASSESSMENTS, filters))
    assert len(assessments) == export.count_derived(asked, ASSESSMENTS, filters)
    assert {row["incident_id"] for row in assessments} <= chosen


def test_rows_are_those_of_the_tables(asked: Database, view: View) -> None:
    """Without filters every row of the view comes out as it is there, times as times."""

    for table, frame, found in (
        (INCIDENTS, view.incidents, export.stream_incidents(asked, Filters())),
        (REPORTS, view.reports, export.stream_reports(asked, Filters())),
    ):
        shown = {row[table.key]: tuple(row[name] for name in table.names) for row in found}
        expected = frame.select(table.names)
        assert shown == dict(zip(expected[table.key], expected.iter_rows(), strict=True))
    judged = list(export.stream_derived(asked, ASSESSMENTS, Filters()))
    names = ASSESSMENTS.names
    assert sorted(tuple(map(str, row.values())) for row in judged) == sorted(
        tuple(map(str, row)) for row in view.assessments.select(names).iter_rows()
    )


def test_columns_are_announced_as_they_come(asked: Database) -> None:
    """The declared columns are the keys of a row, in their order."""
    for columns, found in (
        (export.INCIDENT_COLUMNS, export.stream_incidents(asked, Filters())),
        (export.REPORT_COLUMNS, export.stream_reports(asked, Filters())),
        (ASSESSMENTS.columns, export.stream_derived(asked, ASSESSMENTS, Filters())),
    ):
        assert [column.name for column in columns] == list(next(iter(found)))
