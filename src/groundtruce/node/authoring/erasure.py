"""Erasure: how a delegation destroys what it recorded, once enough others have approved, and how copies follow.

* The order: the tombstone is recorded; then keys, salts and disclosures are destroyed; then the content itself.
  A crash between them leaves a tombstone whose erasure is repeated, never a loss without a tombstone.
* Proofs stay valid: a leaf commits to a hash, and the hash stays.
* Copies that were disclosed before cannot be called back.
"""

from collections.abc import Iterable, Mapping, Sequence

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.authoring.recording import Authoring, own_statements, record_drafts
from groundtruce.node.node import Node, disclosure_id
from groundtruce.node.register import MemberRegister
from groundtruce.record.evidence.erasure import Erasure, approvals_of, draft_tombstone, erasure_of
from groundtruce.record.evidence.sealed import ObjectId
from groundtruce.record.log.append import AppendLog
from groundtruce.record.log.read import ReadLog
from groundtruce.record.peers.mirror import MirrorLog
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Statement, parse_statement
from groundtruce.record.tlog.leaf import statement_id

__all__ = ["erase", "erase_buried", "is_approved", "require_approval"]


def erase(
    node: Node, erasure: Erasure, approvals: Sequence[Mapping[str, str]], authoring: Authoring
) -> None:
    """Record the tombstone and destroy what it names; raises GroundtruceError `record.quorum` and others."""
    if erasure.origin != node.origin:
        raise GroundtruceError(Problem.RECORD_LOG_UNKNOWN, origin=erasure.origin)
    require_approval(node.register, erasure, approvals)
    with node.append() as log:
        log.publish()
        if not any(_is_tombstone_of(statement, erasure) for statement in own_statements(node)):
            record_drafts(node, log, [draft_tombstone(erasure, approvals)], authoring)
        _destroy(node, erasure.erases, node.read(node.own), log)


def erase_buried(node: Node, copy: MirrorLog, tombstones: Iterable[Statement]) -> None:
    """Erase from a copy what approved tombstones of that log name; others are left alone, and `fsck` reports them."""
    for tombstone in tombstones:
        if is_approved(node.register, tombstone):
            _destroy(node, erasure_of(tombstone).erases, copy.read(), copy)


def is_approved(register: MemberRegister, statement: Statement) -> bool:
    """Return whether a tombstone carries the approvals that the mechanism asks for."""
    approvals = statement.content.get("approvals")
    try:
        require_approval(
            register, erasure_of(statement), approvals if isinstance(approvals, list) else []
        )
    except GroundtruceError:
        return False
    return True


def require_approval(
    register: MemberRegister, erasure: Erasure, approvals: Iterable[object]
) -> None:
    """Return when the delegations that approved are a quorum; raises GroundtruceError."""
    keys = {member.statement: member for member in register.members.values()}
    approved = approvals_of(erasure, approvals, keys)
    witnesses = {key: name for name, key in register.policy.witnesses.items()}
    names = [witnesses[keys[key].witness] for key in approved]
    if not names or not register.policy.is_met(names):
        raise GroundtruceError(Problem.RECORD_APPROVAL, origin=erasure.origin, count=len(names))


def _destroy(
    node: Node, identifiers: Sequence[str], log: ReadLog, content: AppendLog | MirrorLog
) -> None:
    """Destroy secrets, objects and bodies; each step can be repeated."""
    named = set(identifiers)
    for entry in log.entries():
        body = entry.body
        if isinstance(body, bytes) and statement_id(body).hex() in named:
            statement = parse_statement(body)
            if statement.kind is StatementKind.EVIDENCE_ITEM:
                # what it commits to goes; the statement itself shows no content, only what was there
                named.add(str(statement.content["object"]))
                continue
            digests = statement.content.get("withheld")
            if isinstance(digests, list) and digests:
                node.secrets.destroy(disclosure_id([str(withheld) for withheld in digests]))
            content.erase(entry.index)
    for identifier in sorted(named):
        node.secrets.destroy(ObjectId(identifier))
        node.objects.remove(ObjectId(identifier))


def _is_tombstone_of(statement: Statement, erasure: Erasure) -> bool:
    return statement.kind is StatementKind.TOMBSTONE and erasure_of(statement) == erasure
