"""Arrivals: shown at once for what they touch, and a replay leaves nothing of the provisional behind."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.database.views import held, terms, view_of
from tests.effort import examples
from tests.fusion.worlds import ROW, table

from groundtruce.database.backend.metadata import read_metadata
from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database
from groundtruce.database.load.fill import fill
from groundtruce.database.load.provisional import admit_arrivals
from groundtruce.database.load.update import apply
from groundtruce.view.live import LiveView
from groundtruce.view.view import Inputs, View, compute

Rows = list[dict[str, object]]


def alive(view: View) -> LiveView:
    """Return the live view of a view that was computed by the program's own method."""
    again = compute(Inputs(reports=view.reports, terms=terms("syria-2016-02")))
    assert again.view.links.equals(view.links)
    return LiveView(replace(again, view=view))


@examples(3)
@given(rows=st.lists(ROW, min_size=5, max_size=14), come=st.integers(1, 4))
def test_arrivals_are_shown_and_then_settled(
    rows: Rows, come: int, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One at a time each stands in an incident that lists it; the replay then gives what a fill gives."""
    reports = table(rows, text=True)
    stood = view_of(reports[:-come])
    fill(database, stood)
    base = read_metadata(database)
    live = alive(stood)
    for number in range(come):
        one = reports[reports.height - come + number :][:1]
        arrived = live.arrive(one, view_of(one).entries)
        admit_arrivals(database, arrived, 1)
        said = read_metadata(database)
        assert said["provisional"] == str(number + 1)
        assert said["view"] == f"{base['view']}+{number + 1}"
        assert whole(database, reports[: reports.height - come + number + 1])
    after = view_of(reports)
    apply(database, after)
    path = tmp_path_factory.mktemp("whole") / "view.sqlite"
    with closing(open_database(f"sqlite:///{path}")) as other:
        fill(other, after)
        expected = held(other)
    found = held(database)
    for name in found:
        assert found[name] == expected[name], name


def whole(database: Database, reports: pl.DataFrame) -> bool:
    """Return whether each report stands in one incident, which lists it, and nothing else stands there."""
    incidents = {
        str(row["incident_id"]): sorted(str(row["report_ids"]).split("|"))
        for row in database.rows("SELECT incident_id, report_ids FROM incident")
    }
    stands: dict[str, list[str]] = {}
    for row in database.rows("SELECT report_id, incident_id FROM report"):
        stands.setdefault(str(row["incident_id"]), []).append(str(row["report_id"]))
    listed: Sequence[str] = sorted(one for ids in incidents.values() for one in ids)
    return (
        {name: sorted(ids) for name, ids in stands.items()} == incidents
        and list(listed) == sorted(reports["report_id"].to_list())
        and read_metadata(database)["incidents"] == str(len(incidents))
    )
