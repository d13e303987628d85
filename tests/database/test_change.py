"""Change: whatever views follow one another, a database comes to hold what a whole fill of the last one gives."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.database.views import COUNTED, held, view_of
from tests.fusion.worlds import ROW, report_id, table

from groundtruce.database import change
from groundtruce.database.change import Touched, apply
from groundtruce.database.engine import Database, open_database
from groundtruce.database.fill import fill
from groundtruce.database.fold import folded
from groundtruce.fusion.decision import Decision
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


@pytest.mark.parametrize("worth_it", [0.0, 2.0], ids=["filled", "changed"])
@settings(
    deadline=None,
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds())
def test_changes_come_to_what_a_fill_gives(
    world: World,
    worth_it: float,
    database: Database,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Any sequence of views, each applied to what stands, equals a whole fill of the last one."""
    following = world.views()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(change, "_WORTH_IT", worth_it)
        fill(database, following[0])
        for view in following[1:]:
            apply(database, view)
    path = tmp_path_factory.mktemp("whole") / "view.sqlite"
    with closing(open_database(f"sqlite:///{path}")) as whole:
        fill(whole, following[-1])
        expected = held(whole)
    found = held(database)
    for name in found:
        assert found[name] == expected[name], name
