"""Views of former states that cannot be made: who asks is told, it is logged without values, and tried again."""

import json
from collections.abc import Iterator
from contextlib import closing
from errno import ENOSPC
from pathlib import Path

import pytest
from tests.peers import AGREEMENT, answer, make_nodes, report, table
from tests.web.conftest import place_of

from groundtruce.cli.node import make_authoring
from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database
from groundtruce.database.load.fill import fill
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.authoring.setting import record_settings
from groundtruce.node.history import keep_state
from groundtruce.node.node import Node
from groundtruce.node.replay import current_state, replay_view
from groundtruce.record.log.state import RecordState
from groundtruce.view.view import View
from groundtruce.web.state.history import Former
from groundtruce.web.state.metrics import Watch
from groundtruce.web.state.view_info import read_view_info

FAULTS = "groundtruce_faults_total"


class Filling:
    """What fills a database, or fails as it is told."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked = 0

    def __call__(self, database: Database, view: View) -> None:
        self.asked += 1
        if self.error is not None:
            raise self.error
        fill(database, view)


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def filling(monkeypatch: pytest.MonkeyPatch) -> Filling:
    """Stand in for what fills the databases of former views."""
    one = Filling()
    monkeypatch.setattr("groundtruce.web.state.history.fill", one)
    return one


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """A delegation that recorded a few reports."""
    here, _ = make_nodes(tmp_path, "Secretariat", "Reader", at_least=2)
    record_settings(here, ("Syria", AGREEMENT.read_bytes()), make_authoring())
    file(here, tmp_path, *range(4))
    return here


@pytest.fixture
def was(node: Node, tmp_path: Path) -> RecordState:
    """The state of that record, which is kept, before one more report."""
    state = current_state(node)
    keep_state(node, state)
    file(node, tmp_path, 50)
    return state


@pytest.fixture
def present(node: Node, was: RecordState) -> Iterator[Database]:
    """The database of the state after it."""
    with closing(open_database(f"sqlite:///{node.view}")) as database:
        fill(database, replay_view(node, current_state(node)))
        yield database


def file(node: Node, folder: Path, *numbers: int) -> None:
    """Record reports."""
    rows = table(folder / f"reports-{numbers[0]}.csv", *map(report, numbers))
    answer("intake", rows, "--node", node.path)


def problem(former: Former, state: RecordState) -> GroundtruceError:
    """Return why a state cannot be shown."""
    with pytest.raises(GroundtruceError) as caught:
        former.database(state.digest)
    return caught.value


def frames(error: BaseException) -> int:
    """Return how many frames an error holds."""
    count, at = 0, error.__traceback__
    while at is not None:
        count, at = count + 1, at.tb_next
    return count


def test_a_fault_is_told_logged_and_counted(
    node: Node,
    was: RecordState,
    present: Database,
    filling: Filling,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By one reference, with no value; it is not computed anew for everyone who asks."""
    watch = Watch()
    former = Former(place_of(present, node), watch, clock=Clock())
    filling.error = OSError(ENOSPC, "a secret value")
    told = [problem(former, was) for _ in range(3)]
    assert {one.problem for one in told} == {Problem.WEB_FAULT}
    assert filling.asked == 1
    (line,) = capsys.readouterr().err.splitlines()
    logged = json.loads(line)
    assert (logged["event"], logged["error"]) == ("former_view_not_computed", "OSError")
    assert {one.details["reference"] for one in told} == {logged["reference"]}
    assert "secret" not in line
    assert watch.registry.get_sample_value(FAULTS) == 1


def test_a_known_problem_is_told_and_logged(
    node: Node,
    was: RecordState,
    present: Database,
    filling: Filling,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By its code; it is no fault of the server."""
    watch = Watch()
    former = Former(place_of(present, node), watch, clock=Clock())
    filling.error = GroundtruceError(Problem.DATABASE_MISSING, database="a secret value")
    assert problem(former, was).problem is Problem.DATABASE_MISSING
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["problem"] == "database.missing"
    assert "secret" not in line
    assert watch.registry.get_sample_value(FAULTS) == 0


@pytest.mark.parametrize(
    "error",
    [OSError(ENOSPC, "no room"), GroundtruceError(Problem.DATABASE_MISSING, database="here")],
)
def test_what_failed_is_tried_again(
    node: Node, was: RecordState, present: Database, filling: Filling, error: Exception
) -> None:
    """A minute later, not before; when its cause is gone the view is there."""
    clock = Clock()
    former = Former(place_of(present, node), quiet=True, clock=clock)
    filling.error = error
    problem(former, was)
    clock.now += 59
    problem(former, was)
    assert filling.asked == 1
    clock.now += 2
    problem(former, was)
    assert filling.asked == 2
    filling.error = None
    clock.now += 61
    with closing(former.database(was.digest)) as database:
        standing = read_view_info(database)
    assert standing is not None
    assert (standing.state, standing.reports) == (was, 4)


def test_a_problem_that_is_told_often_holds_no_frames(
    node: Node, was: RecordState, present: Database, filling: Filling
) -> None:
    """Each who asks is told by an exception of its own."""
    former = Former(place_of(present, node), quiet=True, clock=Clock())
    filling.error = GroundtruceError(Problem.DATABASE_MISSING, database="here")
    assert len({frames(problem(former, was)) for _ in range(5)}) <= 2
    former.problem = GroundtruceError(Problem.WEB_FAULT, reference="here")
    for _ in range(5):
        with pytest.raises(GroundtruceError, match="inside this server"):
            raise former.why_empty()
    assert frames(former.problem) == 0


def test_nothing_is_shown_as_a_state_where_none_can_be_made(present: Database) -> None:
    """A database without its node that holds something provisional: its state is not what it shows."""
    standing = read_view_info(present)
    assert standing is not None
    assert standing.state is not None
    former = Former(place_of(present), quiet=True)
    assert former.database(standing.state.digest) is present
    with present.write() as writer:
        writer.run("UPDATE meta SET value = value || '+1' WHERE key = 'view'")
        writer.run("INSERT INTO meta (key, value) VALUES ('provisional', '1')")
    assert problem(former, standing.state).problem is Problem.WEB_STATE
