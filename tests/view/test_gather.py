"""Decisions in the record: which ones count, in which order, and who can take them back."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from groundtruce.fusion.clustering.decision import Decision
from groundtruce.model.table import REPORTS
from groundtruce.record.statement.canonical import Value
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Draft, Link, Statement, compose, parse_statement
from groundtruce.view.gather import Gathered, gather
from groundtruce.view.project.reducer import NOT_YET_COMPUTED, WITHOUT_ROWS

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def log(origin: str, *entries: tuple[int, StatementKind, Mapping[str, Value]]) -> list[Statement]:
    """Return the statements of a log; each entry is filed so many seconds after noon."""
    random, found = Random(origin), list[Statement]()
    for sequence, (seconds, kind, content) in enumerate(entries):
        previous = found[-1].identifier if found else None
        link = Link(origin=origin, author=origin, sequence=sequence, previous=previous)
        at = NOON + timedelta(seconds=seconds)
        found.append(parse_statement(compose(Draft(kind, content), link, at, [], random.randbytes)))
    return found


def decision(seconds: int, *reports: str) -> tuple[int, StatementKind, dict[str, Value]]:
    """Return a merge that is filed so many seconds after noon."""
    content: dict[str, Value] = {"decision": "merge", "reports": list(reports), "reason": "seen"}
    return seconds, StatementKind.LINK_DECISION, content


def retraction(seconds: int, of: Statement) -> tuple[int, StatementKind, dict[str, Value]]:
    """Return a retraction that is filed so many seconds after noon."""
    return (
        seconds,
        StatementKind.RETRACTION,
        {"retracts": of.identifier.hex(), "reason": "in error"},
    )


_TIMES = st.lists(st.integers(0, 3), max_size=5).map(sorted)


@given(_TIMES, _TIMES)
def test_every_node_takes_decisions_in_one_order(
    ours: Sequence[int], theirs: Sequence[int]
) -> None:
    """By their time and, within a second, as filed: not by which log is read first."""
    one = log("one", *(decision(at, "A", f"{number}") for number, at in enumerate(ours)))
    two = log("two", *(decision(at, "B", f"{number}") for number, at in enumerate(theirs)))
    found = gather([*one, *two]).decisions.rows()
    assert found == gather([*two, *one]).decisions.rows()
    by_time = sorted([*one, *two], key=lambda each: each.filed_at)
    assert [each.identifier for each in found] == [each.identifier for each in by_time]


@given(st.integers())
def test_of_two_versions_in_one_second_the_later_counts(seed: int) -> None:
    """Whatever their ids, which are random."""
    versions: list[tuple[int, StatementKind, dict[str, Value]]] = [
        (0, StatementKind.METHOD_VERSION, {"method": "fusion", "object": digit * 64, "size": 2})
        for digit in "01"
    ]
    found = gather(log(f"log {seed}", *versions))
    assert found.versions.rows()[StatementKind.METHOD_VERSION] == "1" * 64


def test_a_decision_is_taken_back_in_its_own_log_only() -> None:
    """A retraction in another log does nothing."""
    (made,) = log("one", decision(0, "A", "B"))
    assert gather([made, *log("two", retraction(1, made))]).decisions.decisions() == [
        Decision(together=True, reports=("A", "B"))
    ]
    taken_back = log("one", decision(0, "A", "B"), retraction(1, made))
    assert taken_back[0] == made
    assert gather(taken_back).decisions.decisions() == []


def test_a_split_says_from_what() -> None:
    """Each report is named once."""
    content: dict[str, Value] = {
        "decision": "split",
        "reports": ["B", "A", "B"],
        "against": ["C"],
        "reason": "another street",
    }
    (found,) = gather(log("one", (0, StatementKind.LINK_DECISION, content))).decisions.rows()
    assert found.decision == Decision(together=False, reports=("B", "A"), against=("C",))
    assert (found.origin, found.author, found.reason) == ("one", "one", "another street")
    assert found.filed_at == NOON


def test_an_entry_is_the_one_that_says_what_the_row_says_now() -> None:
    """The report itself, or its latest correction; a row of a file leads to the statement of the file."""
    day = {"occurred_from": "2016-03-04T00:00:00Z", "occurred_to": "2016-03-05T00:00:00Z"}
    said: dict[str, Value] = {"report_id": "A", "source": "post", "kind": "fire", **day}
    other: dict[str, Value] = {**said, "report_id": "B"}
    first = log(
        "one",
        (0, StatementKind.REPORT, {"fields": said}),
        (0, StatementKind.REPORT, {"fields": other}),
    )
    corrected: dict[str, Value] = {
        "supersedes": first[0].identifier.hex(),
        "fields": said,
        "reason": "weapon",
    }
    again: dict[str, Value] = {**corrected, "fields": {**said, "kind": "fire.mortar"}}
    statements = log(
        "one",
        (0, StatementKind.REPORT, {"fields": said}),
        (0, StatementKind.REPORT, {"fields": other}),
        (1, StatementKind.CORRECTION, corrected),
        (2, StatementKind.CORRECTION, again),
    )
    stated = gather(statements).reports
    reports = stated.rows(REPORTS, lambda name: b"")
    assert reports.rows["kind"].to_list() == ["fire.mortar", "fire"]
    assert stated.entries(reports).rows() == [
        ("A", "one", 3, statements[3].identifier.hex()),
        ("B", "one", 1, statements[1].identifier.hex()),
    ]


def test_each_kind_has_one_place() -> None:
    """A reducer takes it, every reducer hears of it, or it is listed among those that give no rows yet or ever."""
    taken = [kind for reducer in Gathered().reducers for kind in reducer.kinds]
    listed = [StatementKind.RETRACTION, *NOT_YET_COMPUTED, *WITHOUT_ROWS]
    assert sorted([*taken, *listed]) == sorted(StatementKind)


def test_every_reducer_is_asked() -> None:
    """None that a gathering holds is left out of its list."""
    gathered = Gathered()
    held = [getattr(gathered, field.name) for field in fields(gathered)]
    assert list(map(id, gathered.reducers)) == list(map(id, held))
