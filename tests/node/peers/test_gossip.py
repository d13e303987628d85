"""What nodes learn from each other's copies, and what a wrong clock may not do to an honest delegation."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_bytes

import httpx2
import pytest
from tests.peers import make_authoring, make_nodes
from tests.record.logs import drafts

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.authoring.recording import Authoring, record_drafts
from groundtruce.node.node import Node
from groundtruce.node.peers.exchange import Exchange
from groundtruce.record.log.ledger import LedgerRole

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def clock(at: datetime) -> Authoring:
    """Return an authoring whose clock shows a time."""
    return Authoring(now=lambda: at, random=token_bytes)


def record(node: Node, count: int, at: datetime = NOON) -> None:
    """Record statements."""
    with node.append() as log:
        record_drafts(node, log, drafts(count), clock(at))


def cosigned(node: Node, by: list[Node]) -> None:
    """Let others copy and cosign the log of a node, and let it collect their lines."""
    with httpx2.Client() as client:
        for other in by:
            dealings, member = (
                Exchange(other, client, make_authoring()),
                other.register.of_origin(node.origin),
            )
            assert dealings.mirror(member).problem is None
            assert dealings.cosign(member).problem is None
        with node.append() as log:
            for other in by:
                member = node.register.of_origin(other.origin)
                assert (
                    Exchange(node, client, make_authoring())
                    .collect_cosignature(log, member)
                    .problem
                    is None
                )


@pytest.fixture
def nodes(tmp_path: Path) -> list[Node]:
    """Three nodes that reach each other as folders."""
    return make_nodes(tmp_path, "A", "B", "C", at_least=2)


def test_a_ledger_that_was_lost_is_recalled(nodes: list[Node]) -> None:
    """Others hold this node's own cosignature: it stands by that head again, before it cosigns anything."""
    first, second, third = nodes
    record(first, 3)
    cosigned(first, [second, third])
    head = second.ledger.head(LedgerRole.WITNESS, first.origin)
    assert head is not None
    (second.path / "private" / "heads.sqlite").unlink()
    assert second.ledger.head(LedgerRole.WITNESS, first.origin) is None
    with httpx2.Client() as client:
        assert Exchange(second, client, make_authoring()).recall_heads() == [head]
        assert Exchange(second, client, make_authoring()).recall_heads() == []
    assert second.ledger.head(LedgerRole.WITNESS, first.origin) == head


def test_two_views_are_found_by_comparing_copies(nodes: list[Node]) -> None:
    """Each of two nodes was shown another view; whoever asks next finds the fork, and its proof holds."""
    first, second, third = nodes
    record(first, 2)
    twin = first.path.with_name("twin")
    shutil.copytree(first.path, twin)
    record(first, 1)
    cosigned(first, [second])
    shutil.rmtree(first.path)
    twin.rename(first.path)
    record(first, 2, NOON + timedelta(minutes=1))
    with httpx2.Client() as client:
        answer = Exchange(third, client, make_authoring()).mirror(
            third.register.of_origin(first.origin)
        )
    assert answer.problem is not None
    assert answer.problem.problem is Problem.RECORD_MISBEHAVIOUR
    assert answer.problem.details["kind"] == Phrase("fork")
    assert list((third.public / "misbehaviour").glob("fork-*.json"))


@pytest.mark.parametrize(("late", "allowed"), [(5, True), (6, False)])
def test_a_slow_clock_makes_nobody_a_backdater(
    nodes: list[Node], late: int, *, allowed: bool
) -> None:
    """Behind its witnesses by more than honest clocks differ, a node refuses to record."""
    first, second, third = nodes
    record(first, 1, NOON - timedelta(hours=1))
    cosigned(first, [second, third])
    if allowed:
        record(first, 1, NOON - timedelta(minutes=late))
        cosigned(first, [second, third])
        return
    with pytest.raises(GroundtruceError) as caught:
        record(first, 1, NOON - timedelta(minutes=late))
    assert caught.value.problem is Problem.RECORD_CLOCK
    assert first.read(first.own).checkpoint.head.size == 1
