"""Following: what is recorded is on the pages soon after, earlier states stay there to be looked at, ids lead on."""

import json
from collections.abc import Iterator
from contextlib import closing
from errno import ENOSPC
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.effort import LONGEST_WAIT_S, wait_until
from tests.peers import AGREEMENT, answer, make_nodes, report, table
from tests.web.conftest import files_below, place_of, reader

from groundtruce.cli.node import make_authoring
from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database
from groundtruce.node.authoring.publishing import record_publication
from groundtruce.node.authoring.setting import record_settings
from groundtruce.node.history import keep_state, list_known_states
from groundtruce.node.node import Node
from groundtruce.node.replay import current_state, replay_view
from groundtruce.record.log.state import RecordState
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Draft
from groundtruce.web.state.app_state import AppState
from groundtruce.web.state.follower import Follower
from groundtruce.web.state.view_info import ViewInfo, read_view_info

WHY = ("--reason", "same crater, by the photographs", "--yes")


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """A delegation that recorded a dozen reports, each of an event of its own."""
    here, _ = make_nodes(tmp_path, "Secretariat", "Reader", at_least=2)
    record_settings(here, ("Syria", AGREEMENT.read_bytes()), make_authoring())
    file(here, tmp_path, *range(12))
    return here


@pytest.fixture
def served(node: Node) -> Iterator[TestClient]:
    """A reader of that delegation's pages, which follow its record."""
    with (
        closing(open_database(f"sqlite:///{node.view}")) as database,
        reader(place_of(database, node), follow=True) as one,
    ):
        wait_until(lambda: one.get("/health").status_code == 200, "the first view")
        yield one


def file(node: Node, folder: Path, *numbers: int) -> None:
    """Record reports."""
    rows = table(folder / f"reports-{numbers[0]}.csv", *map(report, numbers))
    answer("intake", rows, "--node", node.path)


def total(one: TestClient, query: str = "") -> int:
    """Return how many incidents a list has."""
    return int(one.get(f"/incidents.json{query}").json()["total"])


def shown(one: TestClient, state: str) -> Any:
    """Return the list of incidents as of a state, once it is computed."""
    address = f"/incidents.json?as_of={state}"
    wait_until(lambda: one.get(address).status_code == 200, "the view of a former state")
    return one.get(address).json()


def digest(one: TestClient) -> str:
    """Return the record state that is served."""
    return str(one.get("/health").json().get("record_state"))


class Waiting(Follower):
    """A follower whose replays take until they may end."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.may_replay = Event()
        self.may_replay.set()

    def _replay(self, state: RecordState, *, alive: bool) -> Any:
        assert self.may_replay.wait(LONGEST_WAIT_S), "nobody let the replay go on"
        return super()._replay(state, alive=alive)


def test_arrivals_are_shown_before_the_replay(node: Node, tmp_path: Path) -> None:
    """Where a replay takes its time: at once, marked as provisional, until the replay has settled them."""
    with closing(open_database(f"sqlite:///{node.view}")) as database:
        core = AppState.of(place_of(database, node))
        follower = Waiting(core, node, quiet=True, slow_s=0.0, quiet_s=0.3)
        follower.start()
        wait_until(lambda: read_view_info(database) is not None, "the first view")
        before = current_state(node)
        follower.may_replay.clear()
        file(node, tmp_path, 50)
        wait_until(lambda: standing(database).provisional == 1, "an arrival to be shown")
        assert standing(database).reports == 13
        assert standing(database).state == before
        assert standing(database).view.endswith("+1")
        follower.may_replay.set()
        wait_until(lambda: standing(database).provisional == 0, "a replay to settle what arrived")
        follower.stop()
        assert standing(database).state == current_state(node)
        assert standing(database).view == replay_view(node, current_state(node)).digest


class Stumbling(Follower):
    """A follower whose next replays fail, as many as are told, each for want of room."""

    failures = 0
    failed = 0

    def _replay(self, state: RecordState, *, alive: bool) -> Any:
        if self.failed < self.failures:
            self.failed += 1
            raise OSError(ENOSPC, "a secret value")
        return super()._replay(state, alive=alive)


def test_a_replay_that_fails_is_tried_again(
    node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a while, though nothing more arrives; it is said once each time, and why is kept without frames."""
    with closing(open_database(f"sqlite:///{node.view}")) as database:
        core = AppState.of(place_of(database, node))
        follower = Stumbling(core, node, slow_s=0.0, quiet_s=0.3, patience_s=1.5)
        follower.start()
        wait_until(lambda: read_view_info(database) is not None, "the first view")
        follower.failures = 2
        file(node, tmp_path, 50)
        wait_until(lambda: follower.failed == 1, "failure 1")
        wait_until(lambda: follower.failed == 2, "failure 2")
        wait_until(lambda: standing(database).provisional == 0, "a replay to settle what arrived")
        follower.stop()
        assert standing(database).state == current_state(node)
        assert core.former.problem is None
    told = [line for line in capsys.readouterr().err.splitlines() if "view_not_computed" in line]
    assert [json.loads(line)["error"] for line in told] == ["OSError", "OSError"]
    assert not any("secret" in line for line in told)


def test_a_state_is_shown_without_what_is_provisional(node: Node, tmp_path: Path) -> None:
    """A page as of a state is for good; a page of the present shows what arrived."""
    with closing(open_database(f"sqlite:///{node.view}")) as database:
        place = place_of(database, node)
        follower = Follower(
            AppState.of(place), node, quiet=True, slow_s=0.0, quiet_s=LONGEST_WAIT_S
        )
        follower.start()
        wait_until(lambda: read_view_info(database) is not None, "the first view")
        was = current_state(node).digest
        with reader(place) as one:
            assert total(one, f"?as_of={was}") == 12
            file(node, tmp_path, 50)
            wait_until(lambda: standing(database).provisional == 1, "an arrival to be shown")
            assert total(one) == 13
            for state, expected in ((was, 12), (current_state(node).digest, 13)):
                then = shown(one, state)
                assert (then["total"], then["basis"]["record_state"]) == (expected, state)
        follower.stop()


def standing(database: Database) -> ViewInfo:
    """Return what stands in a database that was filled."""
    found = read_view_info(database)
    assert found is not None
    return found


def test_what_is_recorded_is_served_soon(served: TestClient, node: Node, tmp_path: Path) -> None:
    """With the record state that holds it; who had the former answer is sent the new one."""
    former = served.get("/incidents.json")
    assert former.json()["total"] == 12
    file(node, tmp_path, 50)
    wait_until(lambda: total(served) == 13, "the list to have 13 incidents")
    again = served.get("/incidents.json", headers={"If-None-Match": former.headers["etag"]})
    assert again.status_code == 200
    assert again.json()["basis"]["record_state"] == current_state(node).digest


def test_what_is_served_is_what_a_replay_gives(
    served: TestClient, node: Node, tmp_path: Path
) -> None:
    """After a few changes as after none."""
    for number in (50, 51, 52):
        file(node, tmp_path, number)
        wait_until(
            lambda: digest(served) == current_state(node).digest, "the newest state to be served"
        )
    view = replay_view(node, current_state(node))
    assert served.get("/health").json()["view"] == view.digest


def test_a_page_is_shown_as_it_was(served: TestClient, node: Node, tmp_path: Path) -> None:
    """By the digest of a record state, or its beginning; the record itself stays as it is."""
    was = digest(served)
    file(node, tmp_path, 50)
    wait_until(
        lambda: digest(served) == current_state(node).digest, "the newest state to be served"
    )
    before = files_below(node.public)
    then = shown(served, was[:8])
    assert then["total"] == 12
    assert then["basis"]["record_state"] == was
    assert shown(served, digest(served)[:6])["total"] == 13
    assert files_below(node.public) == before
    listed = served.get("/record/states.json").json()["states"]
    assert [one["digest"] for one in listed] == [digest(served), was]


def test_a_state_that_nobody_knows_is_not_computed(served: TestClient) -> None:
    """Only what the node knows of can be asked for."""
    assert served.get("/incidents.json?as_of=ffffffffff").json()["code"] == "web.state"


def test_only_so_many_former_views_are_kept(node: Node, tmp_path: Path) -> None:
    """The one that was not asked for longest is the first to go, and comes again when it is asked for."""
    states = [current_state(node)]
    for number in range(50, 54):
        file(node, tmp_path, number)
        states.append(current_state(node))
    for state in states:
        keep_state(node, state)
    with closing(open_database(f"sqlite:///{node.view}")) as database:
        one = reader(place_of(database, node), former_views=2, follow=True)
        with one:
            wait_until(lambda: digest(one) == states[-1].digest, "the newest state to be served")
            for expected, state in enumerate(states, 12):
                assert shown(one, state.digest)["total"] == expected
            assert shown(one, states[0].digest)["total"] == 12
    assert len(list(node.view.with_name("former").glob("*.sqlite"))) <= 3


def test_the_state_of_a_published_report_is_known(node: Node) -> None:
    """What was stood by names a state; its heads follow from the log."""
    state = current_state(node)
    record_publication(node, "daily report of a day", {"a.html": b"a"}, state, make_authoring())
    found = {one.state.digest: one.subjects for one in list_known_states(node)}
    assert found[state.digest] == ("daily report of a day",)
    assert next(iter(found)) == current_state(node).digest


def test_a_merged_incident_leads_on(served: TestClient, node: Node) -> None:
    """For good, with where the reader came from; the data lead to the data."""
    ids = [row["incident_id"] for row in served.get("/incidents.json").json()["rows"]]
    answer("review", "same", node.path, "R3", "R4", *WHY)
    wait_until(lambda: total(served) == 11, "the list to have 11 incidents")
    here = {row["incident_id"] for row in served.get("/incidents.json").json()["rows"]}
    (gone,) = set(ids) - here
    moved = served.get(f"/incidents/{gone}.json?lang=ar")
    assert moved.status_code == 308
    target = moved.headers["location"]
    assert target.endswith(".json?lang=ar")
    assert {one["report"]["report_id"] for one in served.get(target).json()["reports"]} == {
        "R3",
        "R4",
    }


def test_what_was_withdrawn_is_gone(served: TestClient, node: Node) -> None:
    """An identifier is never used for anything else; it is said that nothing took its place."""
    row = served.get("/incidents.json?limit=1").json()["rows"][0]
    entry = served.get(f"/incidents/{row['incident_id']}.json").json()["reports"][0]["report"][
        "entry"
    ]
    with node.append() as log:
        from groundtruce.node.authoring.recording import record_drafts

        withdrawn = Draft(
            StatementKind.RETRACTION, {"retracts": entry["statement"], "reason": "another event"}
        )
        record_drafts(node, log, [withdrawn], make_authoring())
    wait_until(lambda: total(served) == 11, "the list to have 11 incidents")
    gone = served.get(f"/incidents/{row['incident_id']}.json")
    assert (gone.status_code, gone.json()["code"]) == (410, "web.gone")


def test_a_change_that_fails_leaves_the_view(
    served: TestClient, node: Node, tmp_path: Path
) -> None:
    """What stands goes on being served, and health says that it is behind."""
    was = digest(served)
    checkpoint = node.public / "checkpoint"
    content = checkpoint.read_bytes()
    checkpoint.write_bytes(content.replace(b"\n", b"x\n", 1))
    wait_until(
        lambda: served.get("/health").json()["status"] == "behind", "the record to be behind"
    )
    assert total(served) == 12
    checkpoint.write_bytes(content)
    wait_until(lambda: served.get("/health").json()["status"] == "ok", "the record to be ok")
    assert digest(served) == was
