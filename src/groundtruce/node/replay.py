"""Replay: from what a node holds to the view of a record state, now or as it was.

* A state is named by its heads; a log is read up to the size of its head, whose root is checked first.
* Every node that holds the same state recalls the same view.
"""

from collections.abc import Iterator

import polars as pl

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import REPORTS
from groundtruce.node.anchor import anchors_of
from groundtruce.node.node import Node
from groundtruce.record.log.state import RecordState
from groundtruce.record.peers.grade import Evidence, Grade, grade
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Statement, parse_statement
from groundtruce.view.gather import gather
from groundtruce.view.replay import replay
from groundtruce.view.view import LinkedView, RecordBasis, View

__all__ = [
    "arrivals_of",
    "current_state",
    "grade_logs",
    "replay_linked_view",
    "replay_view",
    "statements_of",
]


def current_state(node: Node) -> RecordState:
    """Return the heads of all logs that are here and hold anything."""
    heads = (log.checkpoint.head for _, log in node.logs())
    return RecordState.of(head for head in heads if head.size)


def statements_of(
    node: Node, state: RecordState, after: RecordState | None = None
) -> Iterator[Statement]:
    """Yield the statements of a state, log by log, or those alone that came `after` an earlier one.

    Raises GroundtruceError where the record is another.
    """
    begin = {head.origin: head.size for head in after.heads} if after else {}
    for head in state.heads:
        log = node.read(node.register.of_origin(head.origin))
        held_head = log.checkpoint.head
        if held_head.size < head.size:
            what = Phrase(
                "{origin} beyond {size} statements", origin=head.origin, size=held_head.size
            )
            raise GroundtruceError(Problem.RECORD_MISSING, what=what)
        if log.tree.root_at(head.size) != head.root:
            cause = Phrase("it is no earlier state of the log that is held here")
            raise GroundtruceError(
                Problem.RECORD_PROOF,
                what=Phrase("The head {size} of {origin}", size=head.size, origin=head.origin),
                cause=cause,
            )
        for entry in log.entries(begin.get(head.origin, 0), head.size):
            if isinstance(entry.body, bytes):
                yield parse_statement(entry.body)


def replay_view(node: Node, state: RecordState) -> View:
    """Return the view of a record state; raises GroundtruceError."""
    return replay_linked_view(node, state).view


def replay_linked_view(node: Node, state: RecordState) -> LinkedView:
    """Return the view of a record state with the ground of its links; raises GroundtruceError."""
    names = node.register.names
    basis = RecordBasis(state, {head.origin: names.get(head.origin, "") for head in state.heads})
    return replay(statements_of(node, state), node.load, basis, node.disclosures)


def arrivals_of(
    node: Node, before: RecordState, state: RecordState
) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """Return the reports that came between two states, and which entries they are.

    None where anything else came, or one could not be used: then only a replay shows what it changes.
    Raises GroundtruceError.
    """
    came = list(statements_of(node, state, before))
    if not {statement.kind for statement in came} <= {
        StatementKind.REPORT,
        StatementKind.BULK_REPORTS,
    }:
        return None
    stated = gather(came, node.disclosures).reports
    reports = stated.rows(REPORTS, node.load)
    others = any(file.table is not REPORTS for file in stated.files.values())
    if reports.rejected or stated.withheld or others:
        return None
    return reports.rows, stated.entries(reports)


def grade_logs(node: Node, state: RecordState) -> dict[str, Grade]:
    """Return by origin the evidence grade of a state's heads, from the cosignatures that are held here.

    A witness holds a full copy before it cosigns, so its cosignature is a mirror's too.
    """
    graded = {}
    policy = node.register.policy
    for head in state.heads:
        member = node.register.of_origin(head.origin)
        checkpoint = node.read(member).checkpoint
        others = [
            cosignature
            for cosignature in policy.cosigners(checkpoint)
            if cosignature.key != member.witness
        ]
        anchored = any(cosignature.size >= head.size for cosignature, _ in anchors_of(node, member))
        evidence = Evidence(checkpoint=checkpoint, mirrors=len(others), time_stamped=anchored)
        graded[head.origin] = grade(evidence, policy, member.witness_keys)
    return graded
