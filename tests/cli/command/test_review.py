"""`groundtruce review`: decisions are shown before they are recorded, heeded by every node, and taken back."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from secrets import token_bytes
from shutil import copytree
from typing import Any

import pytest
from tests.peers import (
    AGREEMENT,
    answer,
    make_authoring,
    make_nodes,
    report,
    run,
    statements,
    table,
)
from typer.testing import CliRunner

from groundtruce.cli.app import app
from groundtruce.cli.command import review as command
from groundtruce.node.authoring import decision
from groundtruce.node.authoring.setting import record_settings
from groundtruce.node.node import Node, open_node
from groundtruce.record.log.durable import Disk
from groundtruce.record.statement.schema import StatementKind

STEM = "daily-2016-03-04"
WHY = ("--reason", "same crater, by the photographs")
SOURCES = ("Monitor", "Media", "Observers")


def rows() -> Iterator[dict[str, object]]:
    """Yield reports: seven events that two or three sources report, single ones around, and one in doubt."""
    for number in range(7):
        for source in SOURCES[: 2 + number % 2]:
            yield report(
                number, report_id=f"{source}-{number}", source=source, actor="X", killed_best=2
            )
    for number in range(7, 12):
        yield report(number, killed_best=1)
    doubtful = {"source": "Media", "lat": "32.15", "location_radius_m": "3000.0"}
    hours = {"occurred_from": "2016-03-04T11:20:00Z", "occurred_to": "2016-03-04T14:00:00Z"}
    yield report(11, report_id="near", kind="civilians.attack", **doubtful, **hours)


@pytest.fixture(scope="session")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of two nodes that know each other, one of which recorded reports; nobody changes it."""
    folder = tmp_path_factory.mktemp("review")
    here, there = make_nodes(folder, "Secretariat", "Neighbour", at_least=2)
    record_settings(here, ("Syria", AGREEMENT.read_bytes()), make_authoring())
    assert there.path.is_dir()
    reports = table(folder / "reports.csv", *rows())
    told = answer("intake", reports, "--node", here.path, status=0)
    assert told["recorded"] == 23
    return folder


@pytest.fixture
def nodes(filed: Path, tmp_path: Path) -> Sequence[Path]:
    """Return two nodes of one record, to be changed."""
    folder = copytree(filed, tmp_path / "nodes")
    found = (folder / "Secretariat", folder / "Neighbour")
    exchange(found)
    return found


def exchange(nodes: Sequence[Path]) -> None:
    """Let each node copy the log of the other."""
    for node in nodes:
        answer("record", "mirror", node)


def decide(*arguments: object, status: int = 0) -> Any:
    """Record a decision without being asked."""
    return answer("review", *arguments, *WHY, "--yes", status=status)


def code(*arguments: object) -> str:
    """Return the problem with which a decision is refused."""
    return str(decide(*arguments, status=2)["problem"]["code"])


def size(node: Path) -> int:
    """Return how many statements the own log of a node has."""
    return len(statements(open_node(node, Disk())))


def links(node: Path, out: Path) -> dict[str, str]:
    """Return the incident of each report as a replay gives it."""
    answer("replay", node, "--out", out)
    lines = (out / "links.csv").read_text().splitlines()[1:]
    return {line.split(",")[0]: line.split(",")[1] for line in lines}


def one_less(shown: str) -> bool:
    """Return whether an effect that is shown is one incident less."""
    before, after = re.findall(r"Incidents (\d+) → (\d+)", shown)[0]
    return int(after) == int(before) - 1


def test_two_reports_are_held_together_and_apart_again(
    nodes: Sequence[Path], tmp_path: Path
) -> None:
    """What the effect foresees is what a replay then gives."""
    node = nodes[0]
    before = links(node, tmp_path / "before")
    assert before["R8"] != before["R9"]
    told = decide("same", node, "R8", "R9")
    (change,) = told["effect"]["changes"]
    assert set(change["before"]) == {before["R8"], before["R9"]}
    after = links(node, tmp_path / "after")
    assert change["after"] == {after["R8"]: ["R8", "R9"]}
    assert after["R8"] == after["R9"]
    assert told["effect"]["after"]["incidents"] == len(set(after.values()))
    assert told["effect"]["before"]["incidents"] == len(set(before.values()))
    told = decide("different", node, "R8", "R9")
    assert [one["reports"] for one in told["silenced"]] == [["R8", "R9"]]
    assert links(node, tmp_path / "apart") == before


def test_undo_restores_the_very_tables(nodes: Sequence[Path]) -> None:
    """After a decision is taken back the view is, digest by digest, the one before."""
    node = nodes[0]
    before = answer("replay", node)
    made = decide("same", node, "R8", "R9", "R10")
    between = answer("replay", node)
    assert between["tables"]["links"] != before["tables"]["links"]
    assert "decisions" in between["tables"]
    decide("undo", node, made["id"][:8])
    after = answer("replay", node)
    assert (after["view"], after["tables"]) == (before["view"], before["tables"])
    assert code("undo", node, made["id"]) == "decision.unknown"


def test_decisions_of_two_logs_give_both_nodes_one_view(nodes: Sequence[Path]) -> None:
    """Each delegation decides in its own log; both heed both."""
    here, there = nodes
    decide("same", here, "R8", "R9")
    decide("same", there, "R10", "R11")
    views = {answer("replay", node)["view"] for node in nodes}
    assert len(views) == 2
    exchange(nodes)
    views = {answer("replay", node)["view"] for node in nodes}
    assert len(views) == 1
    assert len(answer("review", "list", there)["decisions"]) == 2


def test_only_who_decided_takes_it_back(nodes: Sequence[Path]) -> None:
    """A retraction in another log is refused, and one that was filed there all the same does nothing."""
    here, there = nodes
    made = decide("same", here, "R8", "R9")
    exchange(nodes)
    assert code("undo", there, made["id"]) == "decision.unknown"
    forced(open_node(there, Disk()), made["id"])
    exchange(nodes)
    for node in nodes:
        assert [one["id"] for one in answer("review", "list", node)["decisions"]] == [made["id"]]


def forced(node: Node, identifier: str) -> None:
    """Record a retraction of anything."""
    from datetime import UTC, datetime

    from groundtruce.record.statement.statement import Draft

    with node.append() as log:
        draft = Draft(StatementKind.RETRACTION, {"retracts": identifier, "reason": "theirs"})
        log.append([draft], datetime.now(UTC).replace(microsecond=0), [], token_bytes)
        log.publish()


def test_apart_wins_and_a_person_is_told(nodes: Sequence[Path]) -> None:
    """A merge against another's split is refused and names it; one that is overruled later is listed as such."""
    here, there = nodes
    first = decide("different", there, "R8", "R9")
    exchange(nodes)
    before = size(here)
    told = decide("same", here, "R8", "R9", status=2)["problem"]
    assert told["code"] == "decision.overruled"
    assert "Neighbour" in told["sentence"]
    assert WHY[1] in told["sentence"]
    assert size(here) == before
    merge = decide("same", here, "R10", "R11")
    exchange(nodes)
    split = decide("different", there, "R10", "R11")
    assert [one["delegation"] for one in split["silenced"]] == ["Secretariat"]
    exchange(nodes)
    listed = answer("review", "list", here)["decisions"]
    told = answer("review", "next", here)["overruled"]
    assert [one["id"] for one in told] == [merge["id"]]
    assert "not heeded" in run("review", "next", here).stderr
    assert {one["id"]: one["overruled_by"] for one in listed} == {
        first["id"]: None,
        merge["id"]: split["id"],
        split["id"]: None,
    }


def test_incidents_are_merged_and_reports_taken_out(nodes: Sequence[Path], tmp_path: Path) -> None:
    """A merge names all reports of the incidents, a split the others of the incident."""
    node = nodes[0]
    found = links(node, tmp_path / "before")
    assert found["Monitor-1"] == found["Media-1"] == found["Observers-1"]
    told = decide("merge", node, found["Monitor-1"], found["R8"])
    assert told["statement"]["reports"] == ["Media-1", "Monitor-1", "Observers-1", "R8"]
    decide("undo", node, told["id"])
    told = decide("split", node, "Media-1")
    assert told["statement"]["against"] == ["Monitor-1", "Observers-1"]
    after = links(node, tmp_path / "after")
    assert after["Monitor-1"] == after["Observers-1"] != after["Media-1"]
    told = decide("split", node, "Monitor-3", "--from", "Media-3")
    assert told["statement"]["against"] == ["Media-3"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("same", "R8", "nobody"), "decision.report_unknown"),
        (("same", "R8", "R8"), "decision.too_few"),
        (("merge", "I-aaaaaaaaaaaa", "I-bbbbbbbbbbbb"), "document.incident_unknown"),
        (("merge", "I-aaaaaaaaaaaa"), "decision.too_few"),
        (("split", "R8"), "decision.whole"),
        (("split", "R8", "R9"), "decision.incidents"),
        (("undo", "0123abcd"), "decision.unknown"),
        (("same", "R8", "R9", "--reason", " "), "decision.reason"),
    ],
)
def test_what_cannot_be_decided_is_told(
    nodes: Sequence[Path], arguments: Sequence[str], expected: str
) -> None:
    """Exit 2, the catalogued problem, and nothing in the log."""
    node, before = nodes[0], size(nodes[0])
    name, *rest = arguments
    reason = () if "--reason" in rest else WHY
    told = answer("review", name, node, *rest, *reason, "--yes", status=2)
    assert told["problem"]["code"] == expected
    assert size(node) == before


def test_a_shared_id_must_be_told_apart(nodes: Sequence[Path], tmp_path: Path) -> None:
    """Two logs say other things under one id: the rows are named with their endings."""
    here, there = nodes
    other = table(tmp_path / "other.csv", report(8, killed_best=9))
    answer("intake", other, "--node", there)
    exchange(nodes)
    told = decide("same", here, "R8", "R9", status=2)["problem"]
    assert told["code"] == "decision.report_shared"
    known = told["sentence"].rstrip(".").split(": ")[1].split(", ")
    assert len(known) == 2
    decide("same", here, known[0], "R9")
    found = links(there, tmp_path / "links")
    exchange(nodes)
    found = links(there, tmp_path / "links")
    assert found[known[0]] == found["R9"]


def test_without_a_terminal_nothing_is_recorded(nodes: Sequence[Path]) -> None:
    """Neither --yes nor --dry-run: exit 2. A dry run shows the effect, in words and as JSON."""
    node, before = nodes[0], size(nodes[0])
    told = answer("review", "same", node, "R8", "R9", *WHY, status=2)
    assert told["problem"]["code"] == "decision.unconfirmed"
    shown = run("review", "same", node, "R8", "R9", *WHY, "--dry-run")
    assert "Nothing was recorded." in shown.stdout
    assert one_less(shown.stdout)
    assert answer("review", "same", node, "R8", "R9", *WHY, "--dry-run", "--yes")["id"] is None
    assert size(node) == before


@pytest.mark.parametrize(("said", "more"), [("y\n", 1), ("n\n", 0), ("\n", 0)])
def test_a_person_is_asked(
    nodes: Sequence[Path], monkeypatch: pytest.MonkeyPatch, said: str, more: int
) -> None:
    """The effect is shown first; only a yes records."""
    node, before = nodes[0], size(nodes[0])
    monkeypatch.setattr(command, "is_on_terminal", lambda: True)
    arguments = ["review", "same", str(node), "R8", "R9", *WHY, "--json"]
    result = CliRunner().invoke(app, arguments, input=said)
    assert result.exit_code == 0
    assert one_less(result.stderr)
    # the runner repeats what is typed
    told = json.loads(result.stdout.removeprefix(f" {said}"))
    assert (told["id"] is not None) == bool(more)
    assert size(node) == before + more


def test_other_decisions_meanwhile_stop_it(
    nodes: Sequence[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a person agreed to was another effect: nothing is recorded."""
    node = nodes[0]
    monkeypatch.setattr(command, "is_on_terminal", lambda: True)

    def agreed() -> bool:
        decide("different", node, "R8", "R9")
        return True

    monkeypatch.setattr(command, "confirm", agreed)
    told = answer("review", "same", node, "R8", "R9", *WHY, status=2)
    assert told["problem"]["code"] == "decision.outdated"
    assert len(answer("review", "list", node)["decisions"]) == 1


def test_questions_show_both_reports_and_are_not_asked_twice(nodes: Sequence[Path]) -> None:
    """The heaviest first, with both reports, the probability and the reason; a decided pair is gone."""
    node = nodes[0]
    found = answer("review", "next", node, "--limit", 50)["questions"]
    weights = [one["weight"] for one in found]
    assert weights == sorted(weights, reverse=True)
    first = found[0]
    pair = [first["report_id"], first["other_id"]]
    assert [one["report_id"] for one in first["reports"]] == pair
    assert first["sentence"].startswith("One event with probability")
    shown = run("review", "next", node, "--limit", 1).stdout
    assert all(name in shown for name in pair)
    assert shown.count("--reason …") == 2


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("together", [False, True])
def test_a_question_is_answered_as_it_says(
    nodes: Sequence[Path], tmp_path: Path, which: int, together: bool
) -> None:
    """Each of the two commands that it offers settles it, and it is not asked again."""
    node = nodes[0]
    found = answer("review", "next", node, "--limit", 50)["questions"]
    one = next(one for one in found if one["together"] == together)
    verb, *names = one["answers"][which]
    decide(verb, node, *names)
    stands = links(node, tmp_path / "after")
    assert (stands[one["report_id"]] == stands[one["other_id"]]) == (which == 0)
    again = answer("review", "next", node, "--limit", 50)["questions"]
    asked = [{each["report_id"], each["other_id"]} for each in again]
    assert {one["report_id"], one["other_id"]} not in asked


def test_what_one_statement_cannot_hold_is_told(
    nodes: Sequence[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many pairs, or too many names, are refused before anything is recorded."""
    monkeypatch.setattr(decision, "MOST_PAIRS", 2)
    assert code("different", nodes[0], "R8", "R9", "R10") == "decision.too_large"
    monkeypatch.setattr(decision, "CONTENT_LIMIT", 50)
    assert code("same", nodes[0], "R8", "R9", "R10") == "decision.too_large"


def test_a_daily_report_heeds_and_names_the_decisions(
    nodes: Sequence[Path], tmp_path: Path
) -> None:
    """One incident less, the digest of the decisions at its foot, and another node computes the same."""
    here, there = nodes
    day = ("report", "daily", "--node", here, "--day", "2016-03-04", "--form", "html")
    before = answer(*day, "--form", "json", "--out", tmp_path / "before")
    assert "Decisions on links" not in (tmp_path / "before" / f"{STEM}.en.html").read_text()
    decide("same", here, "R8", "R9")
    after = answer(*day, "--form", "json", "--out", tmp_path / "after")
    assert after["incidents"] == before["incidents"] - 1
    page = tmp_path / "after" / f"{STEM}.en.html"
    assert "Decisions on links" in page.read_text()
    exchange(nodes)
    assert answer("verify", page, "--node", there)["holds"]
