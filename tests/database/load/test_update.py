"""Change: whatever views follow one another, a database comes to hold what a whole fill of the last one gives."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise

import polars as pl
import pytest
from benchmarks.fusion.generator import Regime, generate
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.database.views import COUNTED, held, view_of
from tests.effort import examples
from tests.fusion.worlds import ROW, report_id, table
from tools.postgres import Server

from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database
from groundtruce.database.load import update as change
from groundtruce.database.load.fill import fill
from groundtruce.database.load.redirect import GONE
from groundtruce.database.load.update import Touched, apply
from groundtruce.fusion.clustering.decision import Decision
from groundtruce.model.table import REPORTS
from groundtruce.view.view import View

Rows = list[dict[str, object]]


@dataclass(frozen=True)
class Step:
    """What is not known, decided or said otherwise at a time, by the places of rows."""

    without: frozenset[int]
    decided: tuple[tuple[bool, tuple[int, int]], ...]
    counts: int
    corrected: frozenset[int]


@dataclass(frozen=True)
class World:
    """Rows of reports, and what is known and decided of them at each of some times."""

    rows: Rows
    steps: Sequence[Step]

    def views(self) -> list[View]:
        """Return the view at each time."""
        reports = table(self.rows, text=True)
        return [
            view_of(
                reports.filter(
                    pl.Series([number not in step.without for number in range(len(self.rows))])
                ),
                [
                    Decision(together=together, reports=tuple(map(report_id, pair)), against=())
                    for together, pair in step.decided
                ],
                counts=COUNTED[: step.counts],
                corrected={report_id(number): "c" * 64 for number in step.corrected},
            )
            for step in self.steps
        ]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a world of few reports and up to four times."""
    rows: Rows = draw(st.lists(ROW, min_size=4, max_size=14))
    number = st.integers(0, len(rows) - 1)
    pair = st.tuples(number, number).filter(lambda both: both[0] != both[1])
    step = st.builds(
        Step,
        without=st.frozensets(number, max_size=3),
        decided=st.lists(st.tuples(st.booleans(), pair), max_size=1).map(tuple),
        counts=st.integers(0, 3),
        corrected=st.frozensets(number, max_size=1),
    )
    return World(rows, draw(st.lists(step, min_size=2, max_size=4)))


def difference(before: View, after: View) -> Touched:
    """Return what differs, row by row: what whoever makes a view of another may know."""

    def told(view: View, key: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        linked = view.links.join(view.reports, on="report_id").join(view.entries, on="report_id")
        for frame in (view.reports, view.incidents, view.assessments, linked):
            if key in frame.columns:
                for row in frame.iter_rows(named=True):
                    found.setdefault(row[key], set()).add(repr(sorted(row.items())))
        return found

    ids = []
    for key in ("report_id", "incident_id"):
        one, other = told(before, key), told(after, key)
        differ = sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
        ids.append(pl.Series(key, differ, dtype=pl.String))
    return Touched(*ids)


@pytest.mark.parametrize(
    ("worth_it", "known"),
    [(0.0, False), (9.0, False), (9.0, True)],
    ids=["filled", "found", "known"],
)
@settings(
    examples(2),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to make a world smaller takes minutes
)
@given(world=worlds())
def test_changes_come_to_what_a_fill_gives(
    world: World,
    worth_it: float,
    known: bool,
    database: Database,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Any sequence of views, each applied to what stands, equals a whole fill of the last one."""
    views = world.views()
    fill(database, views[0])
    database_before = former(database)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(change, "_WORTH_IT", worth_it)
        for before, after in pairwise(views):
            apply(database, after, difference(before, after) if known else None)
    path = tmp_path_factory.mktemp("whole") / "view.sqlite"
    with closing(open_database(f"sqlite:///{path}")) as whole:
        fill(whole, views[-1])
        expected = held(whole)
    found = held(database)
    for name in found:
        assert found[name] == expected[name], name
    here = set(views[-1].incidents["incident_id"])
    gone = {name for view in views for name in view.incidents["incident_id"]} - here
    redirects = former(database)
    assert set(redirects) == gone | (set(database_before) - here)
    for to, why in redirects.values():
        assert (to in here) if why != GONE else to is None


def former(database: Database) -> dict[str, tuple[str | None, str]]:
    """Return where each former incident leads, and why."""
    rows = database.rows("SELECT incident_id, redirect_to, why FROM redirect")
    return {row["incident_id"]: (row["redirect_to"], row["why"]) for row in rows}


def test_an_incident_whose_reports_are_gone_leads_nowhere_and_comes_back(
    database: Database,
) -> None:
    """A retraction leaves an identifier that is gone; with its report the incident is there again."""
    reports = table(
        [
            {"source": "A", "hour": hour, "precision": "hour", "place": place, "kind": "fire"}
            for hour, place in ((1, 0), (50, 3))
        ],
        text=False,
    )
    both, one = view_of(reports), view_of(reports[:1])
    lost = (set(both.incidents["incident_id"]) - set(one.incidents["incident_id"])).pop()
    fill(database, both)
    apply(database, one)
    assert former(database) == {lost: (None, GONE)}
    apply(database, both)
    assert former(database) == {}


def test_rows_that_nothing_touched_are_not_written(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database itself says by which transaction a row was written."""
    reports = generate(60, Regime.SPREAD, seed=3).reports.select(REPORTS.names)
    before, after = view_of(reports[:59]), view_of(reports)
    monkeypatch.setattr(change, "_WORTH_IT", 9.0)
    sql = "SELECT incident_id, print, CAST(CAST(xmin AS TEXT) AS BIGINT) AS at FROM incident"
    with closing(open_database(postgres.database())) as database:
        fill(database, before)
        stood = {row["incident_id"]: row for row in database.rows(sql)}
        apply(database, after)
        stands = {row["incident_id"]: row for row in database.rows(sql)}
    same = {name for name in stood if stands.get(name, {}).get("print") == stood[name]["print"]}
    assert same
    assert same == {name for name in stood if stands.get(name, {}).get("at") == stood[name]["at"]}
